"""What an EIDO has no component for, told as what it has: a 988 contact as a call, a team's visit as a unit.

Only what was disclosed is told again, and nothing is added but words made of codes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

import msgspec

from hub.model.crisis import CrisisContact, MobileCrisisVisit, RiskAssessment
from hub.model.event import CrisisEvent
from hub.model.public_safety import CallForService, UnitStatus
from hub.model.values import Code, Instant

TEAM: Final = Code(code="CrisisInterventionUnit", system="urn:nena:resource-type")
ATTEMPT: Final = Code(code="SUICTHRT", system="urn:apco:2.103.2")
WELFARE: Final = Code(code="WELFARE", system="urn:apco:2.103.2")
ACTIVITY: Final = "urn:nena:unit-activity"
# The words of a rescue, each from one coded fact: 911 must read them at a glance.
FLAGS: Final = (
    ("attempt_in_progress", "attempt in progress"),
    ("imminent", "imminent risk"),
    ("danger_to_others", "danger to others"),
)


def recast(events: Iterable[CrisisEvent]) -> list[CrisisEvent]:
    """The same events in the words of dispatch; units inside a call stand by themselves."""
    return [told for event in events for told in _told(event)]


def _told(event: CrisisEvent) -> Iterator[CrisisEvent]:
    match event.body:
        case CrisisContact() as contact:
            yield msgspec.structs.replace(event, body=_rescue(contact))
        case MobileCrisisVisit() as visit:
            yield msgspec.structs.replace(event, body=_team(visit))
        case CallForService(units=units) if units:
            yield msgspec.structs.replace(event, body=msgspec.structs.replace(event.body, units=()))
            yield from (msgspec.structs.replace(event, body=unit) for unit in units)
        case _:
            yield event


def _rescue(contact: CrisisContact) -> CallForService:
    risk = contact.risk or RiskAssessment()
    attempt = bool(risk.attempt_in_progress)
    return CallForService(
        incident=contact.transfer_incident,
        final_type=ATTEMPT if attempt or risk.imminent else WELFARE,
        received_at=contact.answered_at or contact.offered_at,
        # 47 CFR 52.202 keeps a contact coarse. Whether it is a rescue is not always disclosed with the place: the rules know.
        place=None if contact.active_rescue is False else contact.place,
        caller_phone=contact.callback,
        weapon=risk.weapon,
        narrative=tuple(_words(contact, risk)),
    )


def _words(contact: CrisisContact, risk: RiskAssessment) -> Iterator[str]:
    """One line for the call-taker, made of codes; a counsellor's own words never stand in it."""
    said = ["active rescue"] if contact.active_rescue else []
    said += [f"risk {risk.level.code or risk.level.local}"] if risk.level else []
    said += [words for name, words in FLAGS if getattr(risk, name)]
    said += [f"weapon: {risk.weapon.code or risk.weapon.local}"] if risk.weapon else []
    if said:
        yield f"988: {', '.join(said)}"


def _team(visit: MobileCrisisVisit) -> UnitStatus:
    moments = (
        ("Dispatched", visit.dispatched_at or visit.accepted_at),
        ("EnRoute", visit.en_route_at),
        ("OnScene", visit.arrived_at or visit.engaged_at),
        ("Cleared", visit.cleared_at),
    )
    reached = [status for status, at in moments if at]
    times: dict[str, Instant | None] = dict(moments)
    return UnitStatus(
        unit=visit.team or visit.visit,
        incident=next((i.value for i in visit.based_on if i.type != "988"), ""),
        kind=TEAM,
        secondary_status=tuple(Code(code=status, system=ACTIVITY) for status in reached[-1:]),
        assigned_at=times["Dispatched"],
        en_route_at=times["EnRoute"],
        on_scene_at=times["OnScene"],
        cleared_at=times["Cleared"],
    )
