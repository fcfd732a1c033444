"""What 988 and mobile crisis teams know."""

from __future__ import annotations

from typing import Annotated

from hub.model.category import Category
from hub.model.values import Code, Identifier, Instant, Place, Telecom, Value, Worker

LINE, RISK, NARRATIVE, REFERRAL = (
    Category.LIFELINE_CONTACT,
    Category.RISK_SAFETY,
    Category.NARRATIVE,
    Category.REFERRAL,
)


class RiskAnswer(Value, frozen=True):
    """One question of a risk scale and its answer, both coded (LOINC for the C-SSRS)."""

    question: Annotated[Code | None, RISK] = None
    answer: Annotated[Code | None, RISK] = None


class RiskAssessment(Value, frozen=True, tag="RiskAssessment"):
    """A structured judgement of risk, with its scale and time."""

    scale: Annotated[Code | None, RISK] = None
    assessed_at: Annotated[Instant | None, RISK] = None
    assessor: Annotated[Worker | None, RISK] = None
    level: Annotated[Code | None, RISK] = None
    score: Annotated[str, RISK] = ""
    desire: Annotated[Code | None, RISK] = None
    capability: Annotated[Code | None, RISK] = None
    intent: Annotated[Code | None, RISK] = None
    buffers: Annotated[Code | None, RISK] = None
    imminent: Annotated[bool | None, RISK] = None
    attempt_in_progress: Annotated[bool | None, RISK] = None
    danger_to_others: Annotated[bool | None, RISK] = None
    gravely_disabled: Annotated[bool | None, RISK] = None
    weapon: Annotated[Code | None, RISK] = None
    answers: tuple[RiskAnswer, ...] = ()
    narrative: Annotated[str, NARRATIVE] = ""
    # How its source keeps it: the answers to a questionnaire, an assessment; else a finding like others.
    form: Annotated[Code | None, RISK] = None
    # Whether it is final: FHIR observation-status.
    status: Annotated[Code | None, RISK] = None


class CrisisContact(Value, frozen=True, tag="CrisisContact"):
    """A call, text or chat to 988. The caller and the person at risk may be two people."""

    contact: Annotated[str, LINE] = ""
    center: Annotated[str, LINE] = ""
    channel: Annotated[Code | None, LINE] = None
    line: Annotated[Code | None, LINE] = None
    offered_at: Annotated[Instant | None, LINE] = None
    answered_at: Annotated[Instant | None, LINE] = None
    ended_at: Annotated[Instant | None, LINE] = None
    routing: Annotated[Code | None, LINE] = None
    coarse_area: Annotated[str, Category.LOCATION] = ""
    contact_for: Annotated[Code | None, LINE] = None
    anonymous: Annotated[bool | None, LINE] = None
    caller_name: Annotated[str, Category.CONTACT] = ""
    callback: tuple[Telecom, ...] = ()
    place: Place | None = None
    meeting_point: Place | None = None
    wants_visit: Annotated[bool | None, LINE] = None
    concerns: Annotated[tuple[Code, ...], LINE] = ()
    risk: RiskAssessment | None = None
    intervention: Annotated[Code | None, RISK] = None
    active_rescue: Annotated[bool | None, RISK] = None
    emergency_rescue: Annotated[bool | None, RISK] = None
    police_engaged: Annotated[bool | None, LINE] = None
    mobile_team_requested: Annotated[bool | None, LINE] = None
    transfer_direction: Annotated[Code | None, LINE] = None
    transfer_kind: Annotated[Code | None, LINE] = None
    transfer_peer: Annotated[str, LINE] = ""
    transfer_accepted_at: Annotated[Instant | None, LINE] = None
    transfer_incident: Annotated[str, LINE] = ""
    dispositions: Annotated[tuple[Code, ...], LINE] = ()
    referrals: Annotated[tuple[Code, ...], REFERRAL] = ()
    follow_up_consented: Annotated[bool | None, LINE] = None
    follow_ups: Annotated[tuple[FollowUp, ...], LINE] = ()
    shared_by_permission: Annotated[bool | None, Category.CONSENT] = None
    narrative: Annotated[str, NARRATIVE] = ""


class FollowUp(Value, frozen=True):
    """One attempt to reach the caller again, and how they were found to be."""

    number: str = ""
    at: Instant | None = None
    connected: bool | None = None
    risk_level: Annotated[Code | None, RISK] = None
    outcome: Code | None = None


class MobileCrisisVisit(Value, frozen=True, tag="MobileCrisisVisit"):
    """A request to a mobile crisis team and what came of it."""

    visit: Annotated[str, REFERRAL] = ""
    based_on: Annotated[tuple[Identifier, ...], Category.ADMIN] = ()
    requested_by: Annotated[Code | None, REFERRAL] = None
    status: Annotated[Code | None, REFERRAL] = None
    requested_at: Annotated[Instant | None, REFERRAL] = None
    accepted_at: Annotated[Instant | None, REFERRAL] = None
    dispatched_at: Annotated[Instant | None, REFERRAL] = None
    en_route_at: Annotated[Instant | None, REFERRAL] = None
    arrived_at: Annotated[Instant | None, REFERRAL] = None
    engaged_at: Annotated[Instant | None, REFERRAL] = None
    cleared_at: Annotated[Instant | None, REFERRAL] = None
    team: Annotated[str, REFERRAL] = ""
    team_type: Annotated[Code | None, REFERRAL] = None
    members: Annotated[tuple[Worker, ...], REFERRAL] = ()
    mode: Annotated[Code | None, REFERRAL] = None
    place: Place | None = None
    place_kind: Annotated[Code | None, Category.LOCATION] = None
    police_present: Annotated[Code | None, Category.CAD_INCIDENT] = None
    concerns: Annotated[tuple[Code, ...], Category.MH_CLINICAL] = ()
    risk: RiskAssessment | None = None
    involuntary_evaluation: Annotated[bool | None, Category.MH_CLINICAL] = None
    disposition: Annotated[Code | None, Category.ENCOUNTER] = None
    transport: Annotated[Code | None, Category.ENCOUNTER] = None
    destination: Annotated[str, Category.ENCOUNTER] = ""
    restraints: Annotated[bool | None, Category.MH_CLINICAL] = None
    follow_up_due: Annotated[Instant | None, REFERRAL] = None
    narrative: Annotated[str, NARRATIVE] = ""
