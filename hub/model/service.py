"""What moves between partners: referrals, appointments, transports, messages, capacity, listings, rosters."""

from __future__ import annotations

from typing import Annotated

from hub.model.category import Category
from hub.model.values import Address, Code, Identifier, Instant, PartialDate, Place, Telecom, Unit, Value, Worker

REFERRAL, BED, DIRECTORY, WORKFORCE, HMIS = (
    Category.REFERRAL,
    Category.BED,
    Category.DIRECTORY,
    Category.WORKFORCE,
    Category.HMIS_RECORD,
)


class Referral(Value, frozen=True, tag="Referral"):
    """A request that somebody take up a person's care; one state machine over every wire form."""

    number: Annotated[str, REFERRAL] = ""
    status: Annotated[Code | None, REFERRAL] = None
    business_status: Annotated[Code | None, REFERRAL] = None
    status_reason: Annotated[Code | None, REFERRAL] = None
    intent: Annotated[Code | None, REFERRAL] = None
    priority: Annotated[Code | None, REFERRAL] = None
    service: Annotated[Code | None, REFERRAL] = None
    category: Annotated[Code | None, REFERRAL] = None
    # Where it is to take place: as an inpatient, in a clinic, at home (HL7 table 0284).
    setting: Annotated[Code | None, REFERRAL] = None
    reason: Annotated[tuple[Code, ...], Category.MH_CLINICAL] = ()
    authored_at: Annotated[Instant | None, REFERRAL] = None
    requested_for: Annotated[Instant | None, REFERRAL] = None
    due_at: Annotated[Instant | None, REFERRAL] = None
    requester: Annotated[str, REFERRAL] = ""
    requester_worker: Annotated[Worker | None, REFERRAL] = None
    performer: Annotated[str, REFERRAL] = ""
    contact_window: Annotated[str, REFERRAL] = ""
    need: Annotated[tuple[Code, ...], HMIS] = ()
    eligibility: Annotated[tuple[Code, ...], HMIS] = ()
    # What a bed must have, asked before anybody is named: words of closed lists, about nobody.
    criteria: Annotated[tuple[Code, ...], REFERRAL] = ()
    connected: Annotated[bool | None, REFERRAL] = None
    based_on: Annotated[tuple[Identifier, ...], Category.ADMIN] = ()
    note: Annotated[str, Category.NARRATIVE] = ""
    # What the one who takes it up calls it.
    performer_number: Annotated[str, REFERRAL] = ""
    # Who accepts there: a clinician, where one is named.
    performer_worker: Annotated[Worker | None, REFERRAL] = None
    # By which message it was told: "REF I13" changes a request, "RRI I13" answers the change.
    trigger: Annotated[str, Category.ADMIN] = ""


class Appointment(Value, frozen=True, tag="Appointment"):
    """A booked time, kept or missed."""

    number: Annotated[str, REFERRAL] = ""
    status: Annotated[Code | None, REFERRAL] = None
    service: Annotated[Code | None, REFERRAL] = None
    reason: Annotated[Code | None, Category.MH_CLINICAL] = None
    starts_at: Annotated[Instant | None, REFERRAL] = None
    ends_at: Annotated[Instant | None, REFERRAL] = None
    location: Annotated[str, REFERRAL] = ""
    worker: Annotated[Worker | None, REFERRAL] = None
    # What is needed beside people and rooms.
    equipment: Annotated[Code | None, REFERRAL] = None
    equipment_kind: Annotated[Code | None, REFERRAL] = None
    # What belongs to the service beside it, and what is noted of it.
    details: Annotated[tuple[Code, ...], Category.MH_CLINICAL] = ()
    comment: Annotated[str, Category.NARRATIVE] = ""
    based_on: Annotated[tuple[Identifier, ...], Category.ADMIN] = ()
    kind: Annotated[Code | None, REFERRAL] = None
    # How soon it is needed, and how long it is to last.
    priority: Annotated[Code | None, REFERRAL] = None
    minutes: Annotated[int | None, REFERRAL] = None


class Transport(Value, frozen=True, tag="Transport"):
    """A ride: from where, to where, what is needed; no diagnosis."""

    number: Annotated[str, REFERRAL] = ""
    status: Annotated[Code | None, REFERRAL] = None
    pick_up: Place | None = None
    drop_off: Annotated[Place | None, REFERRAL] = None
    needed_at: Annotated[Instant | None, REFERRAL] = None
    arrived_at: Annotated[Instant | None, REFERRAL] = None
    needs: Annotated[tuple[Code, ...], REFERRAL] = ()
    legal_status: Annotated[Code | None, REFERRAL] = None


class Communication(Value, frozen=True, tag="Communication"):
    """A message between people, or a notice from the hub (recall, duty, one-bit result)."""

    kind: Annotated[Code | None, Category.ADMIN] = None
    about: Annotated[tuple[Identifier, ...], Category.ADMIN] = ()
    sent_at: Annotated[Instant | None, Category.ADMIN] = None
    result: Annotated[Code | None, REFERRAL] = None
    text: Annotated[str, Category.NARRATIVE] = ""


class HousingRecord(Value, frozen=True, tag="HousingRecord"):
    """What a housing programme keeps (HUD HMIS): need, enrolment, living situation."""

    personal_id: Annotated[str, HMIS] = ""
    enrollment: Annotated[str, HMIS] = ""
    project: Annotated[str, HMIS] = ""
    enrolled: Annotated[PartialDate | None, HMIS] = None
    exited: Annotated[PartialDate | None, HMIS] = None
    living_situation: Annotated[Code | None, HMIS] = None
    destination: Annotated[Code | None, HMIS] = None
    event: Annotated[Code | None, HMIS] = None
    result: Annotated[Code | None, HMIS] = None
    nights: Annotated[str, HMIS] = ""
    services: Annotated[tuple[HousingService, ...], HMIS] = ()
    disabling: Annotated[Code | None, Category.MH_CLINICAL] = None
    consultation: Annotated[Code | None, Category.MH_CLINICAL] = None


class HousingService(Value, frozen=True):
    """A service that a housing programme provided: a night, an outreach, a referral made (HUD HMIS Services)."""

    number: str = ""
    on: PartialDate | None = None
    kind: Code | None = None
    type: Code | None = None
    outcome: Code | None = None


class VictimService(Value, frozen=True, tag="VictimService"):
    """What a victim-service provider holds (34 USC 12291(b)(2)); presence alone is confidential."""

    service: Annotated[Code | None, Category.DV_VICTIM] = None
    shelter: Annotated[str, Category.DV_VICTIM] = ""
    safety_plan: Annotated[str, Category.DV_VICTIM] = ""


class CapacityReport(Value, frozen=True, tag="CapacityReport"):
    """Beds, chairs or slots of one unit at one time; counts only."""

    facility: Annotated[str, BED] = ""
    unit: Annotated[str, BED] = ""
    bed_type: Annotated[Code | None, BED] = None
    staffed: Annotated[int | None, BED] = None
    occupied: Annotated[int | None, BED] = None
    available: Annotated[int | None, BED] = None
    blocked: Annotated[int | None, BED] = None
    held: Annotated[int | None, BED] = None
    maximum: Annotated[int | None, BED] = None
    waiting: Annotated[int | None, BED] = None
    measure: Annotated[str, BED] = ""
    as_of: Annotated[Instant | None, BED] = None
    status: Annotated[Code | None, BED] = None
    profile: Annotated[tuple[Code, ...], BED] = ()
    note: Annotated[str, Category.NARRATIVE] = ""
    # One bed by itself, and then `status` is that bed's (HL7 A20).
    bed: Annotated[Unit | None, BED] = None


class DiversionStatus(Value, frozen=True, tag="DiversionStatus"):
    """A facility asks ambulances or referrals to go elsewhere: raw word, common word, scope, reason, end."""

    facility: Annotated[str, BED] = ""
    status: Annotated[Code | None, BED] = None
    scope: Annotated[Code | None, BED] = None
    reason: Annotated[Code | None, BED] = None
    since: Annotated[Instant | None, BED] = None
    expires_at: Annotated[Instant | None, BED] = None
    offload_minutes: Annotated[str, BED] = ""


class ServiceListing(Value, frozen=True, tag="ServiceListing"):
    """A public listing of a service, of who gives it and where, or of a time at which it may be had (Open Referral HSDS, FHIR)."""

    number: Annotated[str, DIRECTORY] = ""
    name: Annotated[str, DIRECTORY] = ""
    organization: Annotated[str, DIRECTORY] = ""
    description: Annotated[str, DIRECTORY] = ""
    kinds: Annotated[tuple[Code, ...], DIRECTORY] = ()
    status: Annotated[Code | None, DIRECTORY] = None
    addresses: Annotated[tuple[Address, ...], DIRECTORY] = ()
    telecoms: Annotated[tuple[Telecom, ...], DIRECTORY] = ()
    hours: Annotated[tuple[str, ...], DIRECTORY] = ()
    languages: Annotated[tuple[Code, ...], DIRECTORY] = ()
    eligibility: Annotated[str, DIRECTORY] = ""
    url: Annotated[str, DIRECTORY] = ""
    # What is listed: nothing for a service; organization, place, professional, person, calendar, or time.
    entry: Annotated[str, DIRECTORY] = ""


class Certificate(Value, frozen=True, tag="Certificate"):
    """A training certificate of a member of staff, with its end (CIT)."""

    worker: Annotated[Worker | None, WORKFORCE] = None
    kind: Annotated[Code | None, WORKFORCE] = None
    issued: Annotated[PartialDate | None, WORKFORCE] = None
    expires: Annotated[PartialDate | None, WORKFORCE] = None


class Roster(Value, frozen=True, tag="Roster"):
    """Who is on duty in which unit."""

    unit: Annotated[str, WORKFORCE] = ""
    on_duty: Annotated[bool | None, WORKFORCE] = None
    workers: Annotated[tuple[Worker, ...], WORKFORCE] = ()
    starts_at: Annotated[Instant | None, WORKFORCE] = None
    ends_at: Annotated[Instant | None, WORKFORCE] = None
    zone: Annotated[str, WORKFORCE] = ""


class WellnessNote(Value, frozen=True, tag="WellnessNote"):
    """Employees' own wellness: named here so that it can be recognised and refused; only `debrief_due` may pass."""

    debrief_due: Annotated[bool | None, WORKFORCE] = None
    content: Annotated[str, Category.WELLNESS] = ""
