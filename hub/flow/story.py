"""An episode as a story: the milestones that its messages tell, folded so that order and repetition do not matter.

A later word of the same source about the same thing takes the place of the earlier one, whichever came first; a cancelled
arrival never was. Words are compared by when they were said, not by when they came.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final

from hub.flow.referral import WORDS
from hub.model.care import Encounter
from hub.model.crisis import CrisisContact, MobileCrisisVisit
from hub.model.event import CrisisEvent
from hub.model.plan import Fact
from hub.model.public_safety import CallForService, CustodyHold, FieldContact, UnitStatus
from hub.model.service import Appointment, Referral, Transport
from hub.model.values import WITHDRAWN, Code, Instant


class Milestone(Fact, frozen=True):
    """Something that happened: when (UTC microseconds), what in a word of `WHAT`, and which source told it."""

    at: int
    what: str
    source: str


class Said(Fact, frozen=True):
    """One word about one thing (a visit, a call, a stay): `at` is 0 where the word is that it did not happen."""

    source: str
    thing: str
    what: str
    said_at: int
    order: str
    at: int


WHAT: Final = {
    "call": "a call for service came in",
    "on scene": "the first unit was on scene",
    "988 contact": "988 answered",
    "911 asked for": "988 asked 911 for a rescue",
    "team asked for": "a mobile team was asked for",
    "team arrived": "the mobile team arrived",
    "team cleared": "the mobile team was done",
    "sent to hospital": "somebody brought the person to hospital",
    "police contact": "police met the person",
    "follow-up wished": "police asked for a follow-up",
    "ED arrival": "the person came to an emergency department",
    "ED left": "the person left the emergency department",
    "admitted": "the person was admitted",
    "discharged": "the person was discharged",
    "clinic visit": "the person was seen by a clinic",
    "hold began": "an emergency hold began",
    "hold ended": "the hold ended",
    "referred": "the person was referred",
    "turned down": "a referral was declined or withdrawn",
    "appointment": "an appointment was made",
    "appointment kept": "the appointment was kept",
    "appointment missed": "the appointment was missed",
    "followed up": "988 reached the person again",
}


def story(events: Iterable[CrisisEvent]) -> tuple[Milestone, ...]:
    """The milestones of an episode, in the order in which they happened."""
    newest: dict[tuple[str, str, str], Said] = {}
    for event in events:
        for said in _said(event):
            key = (said.source, said.thing, said.what)
            before = newest.get(key)
            if before is None or _age(said) > _age(before):
                newest[key] = said
    stands = [said for said in newest.values() if said.at and not _turned_down(said, newest.values())]
    found = {Milestone(at=said.at, what=said.what, source=said.source) for said in stands}
    return tuple(sorted(found, key=lambda each: (each.at, each.what, each.source)))


def _turned_down(said: Said, every: Iterable[Said]) -> bool:
    """Whether a referral came to nothing: whoever was asked says so under its number, as well as whoever asked."""
    return said.what == REFERRED and any(
        (other.what, other.thing) == (DECLINED, said.thing) and other.said_at >= said.said_at for other in every
    )


def _age(said: Said) -> tuple[int, bool, str]:
    """What is newer is greater. HL7 v2 gives a cancellation the time of what it cancels (EVN-6), so of one instant it is the last word."""
    return said.said_at, not said.at, said.order


def _said(event: CrisisEvent) -> Iterator[Said]:
    tell = TELLS.get(type(event.body))
    if tell is None:
        return
    said_at = event.occurred_at.at if event.occurred_at else event.recorded_at
    for thing, what, at in tell(event.body, said_at):
        yield Said(source=event.source, thing=thing, what=what, said_at=said_at, order=event.id, at=at)


Told = Iterator[tuple[str, str, int]]


def _times(thing: str, **times: Instant | None) -> Told:
    for what, instant in times.items():
        if instant:
            yield thing, what.replace("_", " "), instant.at


def _call(body: CallForService, _: int) -> Told:
    yield from _times(body.incident, call=body.received_at or body.entered_at, on_scene=body.on_scene_at)


def _unit(body: UnitStatus, _: int) -> Told:
    yield from _times(f"{body.incident}/{body.unit}", on_scene=body.on_scene_at)


def _contact(body: CrisisContact, said_at: int) -> Told:
    answered = body.answered_at or body.offered_at
    at = answered.at if answered else said_at
    yield body.contact, "988 contact", at
    if body.active_rescue or body.emergency_rescue:
        yield body.contact, "911 asked for", body.ended_at.at if body.ended_at else at
    elif body.active_rescue is False:
        yield body.contact, "911 asked for", 0
    if body.mobile_team_requested is not None:
        yield body.contact, "team asked for", at if body.mobile_team_requested else 0
    reached = [each.at.at for each in body.follow_ups if each.connected and each.at]
    if reached:
        yield body.contact, "followed up", min(reached)


def _visit(body: MobileCrisisVisit, said_at: int) -> Told:
    thing = body.visit
    times = _times(thing, asked_for=body.requested_at, arrived=body.arrived_at, cleared=body.cleared_at)
    yield from ((thing, f"team {what}", at) for _, what, at in times)
    if _word(body.status) in NOTHING_COMES and not body.arrived_at:
        yield thing, "team asked for", 0
    if body.transport and body.destination:
        yield thing, "sent to hospital", body.cleared_at.at if body.cleared_at else said_at


def _police(body: FieldContact, said_at: int) -> Told:
    at = body.started_at.at if body.started_at else said_at
    yield body.number, "police contact", at
    if body.follow_up is not None:
        yield body.number, "follow-up wished", at if body.follow_up else 0
    if body.transported_to and _word(body.transported_to) in HOSPITALS:
        yield body.number, "sent to hospital", body.ended_at.at if body.ended_at else at


def _stay(body: Encounter, said_at: int) -> Told:
    """A stay by its last word: a cancelled arrival (A11), a deleted visit (A23) or a cancelled discharge (A13) never was."""
    emergency = _word(body.patient_class) in EMERGENCY
    came, left = ("ED arrival", "ED left") if emergency else ("admitted", "discharged")
    if not emergency and _word(body.patient_class) in CLINIC:
        came, left = "clinic visit", ""
    never = body.trigger in CANCELS_ARRIVAL or _word(body.status) in WITHDRAWN
    began = 0 if never else body.admitted_at.at if body.admitted_at else 0
    if never:
        yield body.number, came, 0
    elif began or body.trigger in ARRIVES:
        yield body.number, came, began or said_at
    if not left:
        return
    if body.trigger in CANCELS_DISCHARGE:
        yield body.number, left, 0
    elif body.trigger in LEAVES or body.discharged_at:
        yield body.number, left, body.discharged_at.at if body.discharged_at else said_at


def _hold(body: CustodyHold, _: int) -> Told:
    thing = body.facility
    yield from _times(thing, hold_began=body.started_at, hold_ended=body.released_at)


def _referral(body: Referral, said_at: int) -> Told:
    if {_word(body.business_status), _word(body.status)} & NOTHING_COMES:
        yield body.number, DECLINED, said_at
    else:
        yield body.number, REFERRED, body.authored_at.at if body.authored_at else said_at


def _appointment(body: Appointment, said_at: int) -> Told:
    word = _word(body.status)
    yield body.number, "appointment", 0 if word in NOTHING_COMES else said_at
    if became := ATTENDED.get(word):
        # A correction of the one takes the other back.
        for what in sorted({*ATTENDED.values()}):
            yield body.number, what, (body.starts_at.at if body.starts_at else said_at) if what == became else 0


def _ride(body: Transport, said_at: int) -> Told:
    if body.drop_off:
        yield body.number, "sent to hospital", said_at


def _word(code: Code | None) -> str:
    return code.code if code else ""


EMERGENCY: Final = {"EMER"}
CLINIC: Final = {"AMB", "VR", "HH"}
HOSPITALS: Final = {"hospital", "emergency_department", "emergency-department", "ed", "psychiatric_hospital"}
ARRIVES: Final = {"A01", "A04"}
LEAVES: Final = {"A03"}
REFERRED, DECLINED = "referred", "turned down"
NOTHING_COMES: Final = {code for code, state in WORDS.items() if state in ("rejected", "cancelled")}
ATTENDED: Final = {
    "fulfilled": "appointment kept",
    "arrived": "appointment kept",
    "noshow": "appointment missed",
}
CANCELS_ARRIVAL: Final = {"A11", "A23"}
CANCELS_DISCHARGE: Final = {"A13"}
TELLS: Final[dict[type, Callable[[Any, int], Told]]] = {
    CallForService: _call,
    UnitStatus: _unit,
    CrisisContact: _contact,
    MobileCrisisVisit: _visit,
    FieldContact: _police,
    Encounter: _stay,
    CustodyHold: _hold,
    Referral: _referral,
    Appointment: _appointment,
    Transport: _ride,
}
