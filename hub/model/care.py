"""What hospitals and clinics know: encounters, conditions, findings, plans, documents."""

from __future__ import annotations

from typing import Annotated

from hub.model.category import Category
from hub.model.values import Code, HumanName, Identifier, Instant, PartialDate, Quantity, Unit, Value, Worker

ADMIN, ENCOUNTER, CLINICAL, MEDS, NARRATIVE, APPROACH = (
    Category.ADMIN,
    Category.ENCOUNTER,
    Category.MH_CLINICAL,
    Category.MEDS,
    Category.NARRATIVE,
    Category.APPROACH,
)
REFERRAL = Category.REFERRAL


class Encounter(Value, frozen=True, tag="Encounter"):
    """A stay or visit, as its last message told it. `trigger` is the wire event (for instance A01); the census is folded from these."""

    number: Annotated[str, ENCOUNTER] = ""
    account: Annotated[str, ENCOUNTER] = ""
    trigger: Annotated[str, ADMIN] = ""
    status: Annotated[Code | None, ENCOUNTER] = None
    patient_class: Annotated[Code | None, ENCOUNTER] = None
    location: Annotated[Unit | None, ENCOUNTER] = None
    prior_location: Annotated[Unit | None, ENCOUNTER] = None
    service: Annotated[Code | None, ENCOUNTER] = None
    admission_type: Annotated[Code | None, ENCOUNTER] = None
    admit_source: Annotated[Code | None, ENCOUNTER] = None
    reason: Annotated[Code | None, CLINICAL] = None
    accommodation: Annotated[Code | None, ENCOUNTER] = None
    legal_status: Annotated[Code | None, ENCOUNTER] = None
    attending: Annotated[tuple[Worker, ...], ENCOUNTER] = ()
    referring: Annotated[tuple[Worker, ...], ENCOUNTER] = ()
    consulting: Annotated[tuple[Worker, ...], ENCOUNTER] = ()
    admitting: Annotated[tuple[Worker, ...], ENCOUNTER] = ()
    event_at: Annotated[Instant | None, ENCOUNTER] = None
    planned_at: Annotated[Instant | None, ENCOUNTER] = None
    admitted_at: Annotated[Instant | None, ENCOUNTER] = None
    discharged_at: Annotated[Instant | None, ENCOUNTER] = None
    discharge_disposition: Annotated[Code | None, ENCOUNTER] = None
    discharged_to: Annotated[str, ENCOUNTER] = ""
    primary_care: Annotated[tuple[Worker, ...], ENCOUNTER] = ()
    # Whoever else takes part, each in a role of their own.
    participants: Annotated[tuple[Worker, ...], ENCOUNTER] = ()
    narrative: Annotated[str, NARRATIVE] = ""
    # What the visit or its account was known by before, and whose it was thought to be (HL7 A35, A41-A45, A50).
    prior_number: Annotated[str, ENCOUNTER] = ""
    prior_account: Annotated[str, ENCOUNTER] = ""
    moved_from: tuple[Identifier, ...] = ()
    # Where they are to be moved.
    planned_location: Annotated[Unit | None, ENCOUNTER] = None
    # Where they are for now, beside the place that is theirs: a hallway, an examination.
    temporary_location: Annotated[Unit | None, ENCOUNTER] = None
    # What others call the visit, and what it was called before it began (HL7 PV1-50, PV1-5).
    other_numbers: Annotated[tuple[Identifier, ...], ENCOUNTER] = ()
    preadmit_number: Annotated[Identifier | None, ENCOUNTER] = None
    # The course of visits that it belongs to (HL7 PV1-54, FHIR EpisodeOfCare).
    episode_number: Annotated[Identifier | None, ENCOUNTER] = None
    # How they came: on foot, by ambulance (HL7 table 0430).
    arrival_mode: Annotated[Code | None, ENCOUNTER] = None
    priority: Annotated[Code | None, ENCOUNTER] = None
    readmission: Annotated[Code | None, ENCOUNTER] = None
    # What they need to get about: a wheelchair, an interpreter (HL7 PV1-15).
    arrangements: Annotated[tuple[Code, ...], CLINICAL] = ()
    # When a bed is likely to be free again.
    expected_discharge_at: Annotated[Instant | None, ENCOUNTER] = None
    # What they eat: it tells of faith and of illness.
    diet: Annotated[Code | None, CLINICAL] = None
    # The referral that led to it and went another way: nobody is asked through the hub.
    referral_numbers: Annotated[tuple[Identifier, ...], REFERRAL] = ()
    referral_status: Annotated[Code | None, REFERRAL] = None
    referral_priority: Annotated[Code | None, REFERRAL] = None
    referral_category: Annotated[Code | None, REFERRAL] = None
    referral_reasons: Annotated[tuple[Code, ...], CLINICAL] = ()
    referral_reason_text: Annotated[str, NARRATIVE] = ""
    referred_at: Annotated[Instant | None, REFERRAL] = None
    referral_note: Annotated[str, NARRATIVE] = ""
    # The accident that it follows, and what somebody died of (HL7 ACC, PDA): for who treats, since some of it is the police's.
    accident_at: Annotated[Instant | None, CLINICAL] = None
    accident_text: Annotated[str, NARRATIVE] = ""
    accident_number: Annotated[Identifier | None, CLINICAL] = None
    accident_at_work: Annotated[Code | None, CLINICAL] = None
    accident_fatal: Annotated[Code | None, CLINICAL] = None
    police_notified: Annotated[Code | None, CLINICAL] = None
    death_cause: Annotated[Code | None, CLINICAL] = None
    death_certified: Annotated[Code | None, CLINICAL] = None
    autopsy: Annotated[Code | None, CLINICAL] = None
    coroner: Annotated[Code | None, CLINICAL] = None
    # How many days it has lasted.
    days: Annotated[str, ENCOUNTER] = ""


class Condition(Value, frozen=True, tag="Condition"):
    """A diagnosis or problem."""

    code: Annotated[Code | None, CLINICAL] = None
    text: Annotated[str, NARRATIVE] = ""
    kind: Annotated[Code | None, CLINICAL] = None
    clinical_status: Annotated[Code | None, CLINICAL] = None
    verification: Annotated[Code | None, CLINICAL] = None
    onset: Annotated[PartialDate | None, CLINICAL] = None
    recorded: Annotated[Instant | None, CLINICAL] = None
    rank: Annotated[str, CLINICAL] = ""
    asserter: Annotated[tuple[Worker, ...], CLINICAL] = ()
    # What its source calls it, and what it calls the one that it comes from (HL7 DG1-20, DG1-22).
    number: Annotated[Identifier | None, CLINICAL] = None
    due_to: Annotated[Identifier | None, CLINICAL] = None


class Allergy(Value, frozen=True, tag="Allergy"):
    """An allergy or intolerance."""

    code: Annotated[Code | None, MEDS] = None
    kind: Annotated[Code | None, MEDS] = None
    severity: Annotated[Code | None, MEDS] = None
    reactions: Annotated[tuple[str, ...], MEDS] = ()
    onset: Annotated[PartialDate | None, MEDS] = None


class Medication(Value, frozen=True, tag="Medication"):
    """A medication somebody takes, was ordered or was given."""

    code: Annotated[Code | None, MEDS] = None
    kind: Annotated[Code | None, MEDS] = None
    status: Annotated[Code | None, MEDS] = None
    dose: Annotated[Quantity | None, MEDS] = None
    route: Annotated[Code | None, MEDS] = None
    sig: Annotated[str, MEDS] = ""
    started: Annotated[PartialDate | None, MEDS] = None
    ended: Annotated[PartialDate | None, MEDS] = None
    prescriber: Annotated[tuple[Worker, ...], MEDS] = ()
    # What was asked for, where it was ordered or planned and nobody says that it is taken: FHIR MedicationRequest.intent.
    intent: Annotated[Code | None, MEDS] = None


class Observation(Value, frozen=True, tag="Observation"):
    """A finding: exactly one of the values is set. Numbers keep their spelling."""

    code: Annotated[Code | None, CLINICAL] = None
    status: Annotated[Code | None, CLINICAL] = None
    quantity: Annotated[Quantity | None, CLINICAL] = None
    # The same again, where one number repeats: in the unit of the first.
    repeats: Annotated[tuple[str, ...], CLINICAL] = ()
    coded: Annotated[Code | None, CLINICAL] = None
    text: Annotated[str, NARRATIVE] = ""
    instant: Annotated[Instant | None, CLINICAL] = None
    reference_range: Annotated[str, CLINICAL] = ""
    interpretation: Annotated[tuple[Code, ...], CLINICAL] = ()
    observed_at: Annotated[Instant | None, CLINICAL] = None
    sub_id: Annotated[str, CLINICAL] = ""
    method: Annotated[Code | None, CLINICAL] = None
    order_code: Annotated[Code | None, CLINICAL] = None
    # What who carries the order out calls it, or else who placed it; and what who placed it calls it beside that.
    order_number: Annotated[str, CLINICAL] = ""
    placer_number: Annotated[str, CLINICAL] = ""
    # What became of that order, and how, why and when it was to be carried out.
    order_status: Annotated[Code | None, CLINICAL] = None
    order_priority: Annotated[Code | None, CLINICAL] = None
    order_reasons: Annotated[tuple[Code, ...], CLINICAL] = ()
    order_details: Annotated[tuple[Code, ...], CLINICAL] = ()
    order_quantity: Annotated[Quantity | None, CLINICAL] = None
    order_starts_at: Annotated[Instant | None, CLINICAL] = None
    order_ends_at: Annotated[Instant | None, CLINICAL] = None
    order_condition: Annotated[str, NARRATIVE] = ""
    order_notes: Annotated[tuple[str, ...], NARRATIVE] = ()
    performer: Annotated[tuple[Worker, ...], CLINICAL] = ()
    # What was noted of it, beside its value.
    comments: Annotated[tuple[str, ...], NARRATIVE] = ()
    # What it is beside a finding: a flag, which warns whoever meets the person until it ends.
    form: Annotated[Code | None, CLINICAL] = None
    ends_at: Annotated[Instant | None, CLINICAL] = None
    # What its source calls it, and where on the body it was made (HL7 OBX-21, OBX-20).
    number: Annotated[Identifier | None, CLINICAL] = None
    site: Annotated[Code | None, CLINICAL] = None


class CarePlan(Value, frozen=True, tag="CarePlan"):
    """A plan of care that clinicians share."""

    plan: Annotated[str, CLINICAL] = ""
    version: Annotated[str, ADMIN] = ""
    status: Annotated[Code | None, CLINICAL] = None
    title: Annotated[str, NARRATIVE] = ""
    goals: Annotated[tuple[str, ...], NARRATIVE] = ()
    activities: Annotated[tuple[Code, ...], CLINICAL] = ()
    period_start: Annotated[PartialDate | None, CLINICAL] = None
    period_end: Annotated[PartialDate | None, CLINICAL] = None


class ApproachCard(Value, frozen=True, tag="ApproachCard"):
    """What helps an officer in the next five minutes, released by the person. Never a diagnosis, medication or SUD fact."""

    language: Annotated[Code | None, APPROACH] = None
    communication_need: Annotated[tuple[Code, ...], APPROACH] = ()
    triggers: Annotated[tuple[Code, ...], APPROACH] = ()
    calming: Annotated[tuple[Code, ...], APPROACH] = ()
    contact_wish: Annotated[str, APPROACH] = ""
    safety_flags: Annotated[tuple[Code, ...], Category.RISK_SAFETY] = ()
    risk_level: Annotated[Code | None, Category.RISK_SAFETY] = None
    last_outcomes: Annotated[tuple[Code, ...], APPROACH] = ()
    expires_at: Annotated[Instant | None, ADMIN] = None


class Disposition(Value, frozen=True, tag="Disposition"):
    """How an encounter or call ended."""

    code: Annotated[Code | None, ENCOUNTER] = None
    decided_at: Annotated[Instant | None, ENCOUNTER] = None
    destination: Annotated[str, ENCOUNTER] = ""
    based_on: Annotated[tuple[Identifier, ...], ADMIN] = ()
    lethal_means_counselled: Annotated[bool | None, CLINICAL] = None


class Document(Value, frozen=True, tag="Document"):
    """A note or document kept whole. `psychotherapy` and `sud_counselling` notes stand in categories of their own."""

    kind: Annotated[Code | None, ADMIN] = None
    title: Annotated[str, NARRATIVE] = ""
    media_type: Annotated[str, ADMIN] = ""
    written_at: Annotated[Instant | None, ENCOUNTER] = None
    author: Annotated[tuple[Worker, ...], ENCOUNTER] = ()
    number: Annotated[str, ENCOUNTER] = ""
    body: Annotated[str, NARRATIVE] = ""
    psychotherapy: Annotated[str, Category.PSYNOTES] = ""
    sud_counselling: Annotated[str, Category.SUD_NOTES] = ""


class Coverage(Value, frozen=True, tag="Coverage"):
    """Who pays."""

    plan: Annotated[Code | None, Category.COVERAGE] = None
    payer_id: Annotated[str, Category.COVERAGE] = ""
    payer_name: Annotated[str, Category.COVERAGE] = ""
    member_id: Annotated[str, Category.COVERAGE] = ""
    group: Annotated[str, Category.COVERAGE] = ""
    subscriber_relation: Annotated[Code | None, Category.COVERAGE] = None
    starts: Annotated[PartialDate | None, Category.COVERAGE] = None
    ends: Annotated[PartialDate | None, Category.COVERAGE] = None
    # What kind of plan it is: HL7 table 0086, FHIR Coverage.type.
    kind: Annotated[Code | None, Category.COVERAGE] = None
    # In whose name it is.
    subscriber: Annotated[HumanName | None, Category.COVERAGE] = None
    # What Medicare, Medicaid, the forces and the plan itself call the case (HL7 IN2): somebody else's numbers, where another is insured.
    numbers: Annotated[tuple[Identifier, ...], Category.COVERAGE] = ()
    # In whose name Medicaid keeps the case.
    case_name: Annotated[HumanName | None, Category.COVERAGE] = None


class EducationRecord(Value, frozen=True, tag="EducationRecord"):
    """A fact a school shares about a student (20 USC 1232g)."""

    kind: Annotated[Code | None, Category.EDU_RECORD] = None
    text: Annotated[str, Category.EDU_RECORD] = ""
