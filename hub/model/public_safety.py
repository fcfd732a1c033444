"""What dispatch and police know: calls, units, field contacts, force, holds."""

from __future__ import annotations

from typing import Annotated

from hub.model.category import Category
from hub.model.values import Code, Identifier, Instant, Place, Telecom, Value, Worker

CAD, LE, RISK, NARRATIVE, INJURY = (
    Category.CAD_INCIDENT,
    Category.LE_RECORD,
    Category.RISK_SAFETY,
    Category.NARRATIVE,
    Category.INJURY_PHYS,
)


class Caution(Value, frozen=True):
    """A safety flag about a place or person, with its source and age; never a label of the person."""

    kind: Annotated[Code | None, RISK] = None
    severity: Annotated[Code | None, RISK] = None
    source: Annotated[str, RISK] = ""
    seen_at: Annotated[Instant | None, RISK] = None
    text: Annotated[str, NARRATIVE] = ""


class CallForService(Value, frozen=True, tag="CallForService"):
    """A 911 or non-emergency call and what became of it (NENA-STA-021 incident, APCO codes)."""

    incident: Annotated[str, CAD] = ""
    other_ids: Annotated[tuple[Identifier, ...], CAD] = ()
    agency: Annotated[str, CAD] = ""
    initial_type: Annotated[Code | None, CAD] = None
    final_type: Annotated[Code | None, CAD] = None
    crisis: Annotated[Code | None, CAD] = None
    status: Annotated[Code | None, CAD] = None
    priority: Annotated[Code | None, CAD] = None
    channel: Annotated[Code | None, CAD] = None
    received_at: Annotated[Instant | None, CAD] = None
    entered_at: Annotated[Instant | None, CAD] = None
    dispatched_at: Annotated[Instant | None, CAD] = None
    en_route_at: Annotated[Instant | None, CAD] = None
    on_scene_at: Annotated[Instant | None, CAD] = None
    cleared_at: Annotated[Instant | None, CAD] = None
    place: Place | None = None
    beat: Annotated[str, CAD] = ""
    caller_phone: Annotated[tuple[Telecom, ...], Category.CONTACT] = ()
    transfer_from: Annotated[str, CAD] = ""
    transfer_to: Annotated[str, CAD] = ""
    transferred_at: Annotated[Instant | None, CAD] = None
    units: Annotated[tuple[UnitStatus, ...], CAD] = ()
    cautions: tuple[Caution, ...] = ()
    weapon: Annotated[Code | None, RISK] = None
    dispositions: Annotated[tuple[Code, ...], CAD] = ()
    linked: Annotated[tuple[Code, ...], CAD] = ()
    narrative: Annotated[tuple[str, ...], NARRATIVE] = ()


class UnitStatus(Value, frozen=True, tag="UnitStatus"):
    """One unit on one incident, as its own events say."""

    unit: Annotated[str, CAD] = ""
    agency: Annotated[str, CAD] = ""
    incident: Annotated[str, CAD] = ""
    kind: Annotated[Code | None, CAD] = None
    attributes: Annotated[tuple[Code, ...], CAD] = ()
    status: Annotated[Code | None, CAD] = None
    secondary_status: Annotated[tuple[Code, ...], CAD] = ()
    assigned_at: Annotated[Instant | None, CAD] = None
    en_route_at: Annotated[Instant | None, CAD] = None
    on_scene_at: Annotated[Instant | None, CAD] = None
    cleared_at: Annotated[Instant | None, CAD] = None
    crew: Annotated[tuple[Worker, ...], CAD] = ()
    cit: Annotated[bool | None, CAD] = None


class FieldContact(Value, frozen=True, tag="FieldContact"):
    """A police contact with a person, as the agency's records system keeps it; not an arrest record."""

    number: Annotated[str, LE] = ""
    version: Annotated[str, LE] = ""
    case_number: Annotated[str, LE] = ""
    incident: Annotated[str, LE] = ""
    ori: Annotated[str, LE] = ""
    agency: Annotated[str, LE] = ""
    officer: Annotated[Worker | None, LE] = None
    origin: Annotated[Code | None, LE] = None
    channel: Annotated[Code | None, LE] = None
    started_at: Annotated[Instant | None, LE] = None
    ended_at: Annotated[Instant | None, LE] = None
    reported_at: Annotated[Instant | None, LE] = None
    initial_type: Annotated[Code | None, LE] = None
    final_type: Annotated[Code | None, LE] = None
    place: Place | None = None
    mental_health_factor: Annotated[bool | None, Category.MH_CLINICAL] = None
    substance: Annotated[Code | None, Category.MH_CLINICAL] = None
    cit_requested: Annotated[bool | None, LE] = None
    cit_dispatched: Annotated[bool | None, LE] = None
    cit_arrived: Annotated[bool | None, LE] = None
    cit_certified: Annotated[bool | None, LE] = None
    co_responder: Annotated[bool | None, LE] = None
    clinician: Annotated[Worker | None, LE] = None
    officers_involved: Annotated[str, LE] = ""
    officer_hours: Annotated[str, LE] = ""
    use_of_force: Annotated[bool | None, LE] = None
    injury: Annotated[Code | None, INJURY] = None
    weapon: Annotated[Code | None, RISK] = None
    cautions: tuple[Caution, ...] = ()
    disposition: Annotated[Code | None, LE] = None
    transported_to: Annotated[Code | None, LE] = None
    involuntary: Annotated[bool | None, LE] = None
    follow_up: Annotated[bool | None, LE] = None
    repeat_location: Annotated[bool | None, LE] = None
    juvenile: Annotated[bool | None, LE] = None
    sealed: Annotated[bool | None, LE] = None
    charges: Annotated[tuple[Code, ...], Category.CHRI] = ()
    criminal_history: Annotated[tuple[str, ...], Category.CHRI] = ()
    narrative: Annotated[str, NARRATIVE] = ""


class UseOfForce(Value, frozen=True, tag="UseOfForce"):
    """Force used, as the FBI's national collection asks for it."""

    incident: Annotated[str, LE] = ""
    qualifier: Annotated[Code | None, LE] = None
    occurred_at: Annotated[Instant | None, LE] = None
    officers_applying: Annotated[str, LE] = ""
    officers_from_agency: Annotated[str, LE] = ""
    place: Place | None = None
    place_kind: Annotated[Code | None, Category.LOCATION] = None
    officer_approached: Annotated[bool | None, LE] = None
    ambush: Annotated[bool | None, LE] = None
    supervisor_present: Annotated[bool | None, LE] = None
    initial_reason: Annotated[Code | None, LE] = None
    zero_report: Annotated[bool | None, LE] = None
    cit: Annotated[bool | None, LE] = None


class CustodyHold(Value, frozen=True, tag="CustodyHold"):
    """An emergency mental-health hold (for instance CA WIC 5150, VA ECO/TDO, FL 394.463)."""

    statute: Annotated[Code | None, LE] = None
    started_at: Annotated[Instant | None, LE] = None
    expires_at: Annotated[Instant | None, LE] = None
    released_at: Annotated[Instant | None, LE] = None
    max_hours: Annotated[str, LE] = ""
    criteria: Annotated[tuple[Code, ...], RISK] = ()
    circumstances: Annotated[str, NARRATIVE] = ""
    probable_cause: Annotated[str, NARRATIVE] = ""
    history_considered: Annotated[str, NARRATIVE] = ""
    statement_source: Annotated[Code | None, LE] = None
    author: Annotated[Worker | None, LE] = None
    author_role: Annotated[Code | None, LE] = None
    advisement_given: Annotated[bool | None, LE] = None
    criminal_arrest: Annotated[bool | None, LE] = None
    minor: Annotated[bool | None, LE] = None
    facility: Annotated[str, LE] = ""
    notify_on_release: Annotated[bool | None, LE] = None
    confidentiality: Annotated[Code | None, Category.ADMIN] = None
