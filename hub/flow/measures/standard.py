"""One episode in the standard fields (SD00): what many partners told about one crisis, folded to what may be counted.

The order in which it was told does not matter: times take the earliest, facts unite. Nothing here names a person, and none of
it is shown: only what is counted over many of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple

import msgspec

from hub.flow.diverted import HOSPITALS
from hub.flow.roster import of_units
from hub.model.care import Encounter
from hub.model.crisis import CrisisContact, MobileCrisisVisit
from hub.model.event import Body
from hub.model.public_safety import CallForService, CustodyHold, FieldContact, UnitStatus, UseOfForce
from hub.model.service import Appointment, Referral
from hub.model.values import Code, Instant
from hub.spans import HOUR


class Told(NamedTuple):
    """One thing that a partner told: which partner, of which kind (`LE`, `HOSP_ED` ...), what, when it happened and when it was told.

    Instants are UTC microseconds.
    """

    partner: str
    kind: str
    body: Body
    at: int
    told_at: int = 0


class Standard(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The standard fields of one episode. Instants are UTC microseconds; 0 and "" stand for unknown, None for nobody said.

    `ed` and `booked` are when somebody arrived at a hospital or was booked; `kept` when an appointment was kept.
    """

    began_at: int = 0
    initial_type: str = ""
    final_type: str = ""
    received_at: int = 0
    dispatched_at: int = 0
    on_scene_at: int = 0
    cleared_at: int = 0
    zone: str = ""
    area: str = ""
    police: bool = False
    co_response: bool = False
    mobile_team: bool = False
    line: bool = False
    cit: bool | None = None
    units: int = 0
    force: bool = False
    injured: bool = False
    charged: bool = False
    disposition: str = ""
    destination: str = ""
    transported: bool | None = None
    ed: tuple[int, ...] = ()
    booked: tuple[int, ...] = ()
    referred_at: int = 0
    follow_up: bool = False
    kept: tuple[int, ...] = ()
    turned_away: tuple[str, ...] = ()
    # Who was asked to take somebody up, and when; what each said, and when; appointments and whether they were kept.
    asked: tuple[tuple[str, int], ...] = ()
    answered: tuple[tuple[str, int, str], ...] = ()
    # Who referred whom on: who asked, and who was asked.
    sent: tuple[tuple[str, str], ...] = ()
    seen: tuple[tuple[str, str, bool], ...] = ()
    # What each stabilisation centre said of a stay: which one, its number, when it was said, how many hours it lasted (-1: not over).
    stayed: tuple[tuple[str, str, int, float], ...] = ()
    # When the same person was booked after it: of other episodes, so nothing that is told of this one.
    booked_again: tuple[int, ...] = ()
    # How often force was used on the same person before it, in other episodes that were read.
    forced_before: int = 0
    partners: tuple[str, ...] = ()
    # Which of a report's episodes it is, counted from one; nothing that is counted.
    place: int = 0

    @property
    def response(self) -> str:
        """Who went, in one word: the most specialised of those who did."""
        answers = (
            ("co-response", self.co_response),
            ("mobile team", self.mobile_team),
            ("police, CIT", bool(self.cit)),
        )
        found = next((word for word, went in answers if went), "")
        return found or ("police" if self.police else "988 alone" if self.line else "health alone")


Facts = dict[str, Any]
_encode = msgspec.msgpack.Encoder().encode
# What a correction shares with what it corrects. Of encounters every message counts: each tells another movement.
OWN_NUMBER: Final[dict[type, str]] = {
    CallForService: "incident",
    FieldContact: "number",
    MobileCrisisVisit: "visit",
    CrisisContact: "contact",
    Referral: "number",
    Appointment: "number",
}
# Codes of our own tables, of APCO 1.111.2 and NEMSIS, by what they mean for a count.
ARRESTED: Final = frozenset({"arrest", "03"})
MOVED: Final = frozenset(
    {"16", "33", "voluntary_transport", "emergent_detention", "emergency_department", "inpatient", "detox"}
)
STAYED: Final = frozenset(
    {"05", "14", "18", "no_action", "stabilized_in_community", "refused", "not_found", "resolved_on_contact"}
)
TO_HOSPITAL: Final = frozenset({"hospital"})
TO_JAIL: Final = frozenset({"jail", "juvenile_intake"})
ARRIVALS: Final = frozenset({"A01", "A04"})
LEAVES, STAYS_ON, CANCELS = "A03", "A13", "A11"
KEPT: Final = frozenset({"arrived", "checked-in", "fulfilled"})
MISSED: Final = frozenset({"noshow"})
ACCEPTED: Final = frozenset({"accepted", "in-progress", "completed"})
REFUSED: Final = frozenset({"rejected", "cancelled", "failed"})
NO_ROOM: Final = frozenset({"no-capacity", "no_capacity", "full", "waitlist"})


def standard(told: Iterable[Told]) -> Standard:
    """The standard fields of one episode, the same for every order in which it was told."""
    facts: Facts = {}
    everything = _happened(list(told))
    for each in everything:
        if isinstance(each.body, Referral):
            _answers(each, each.body, facts)
    newest = _newest(everything)
    facts["units"] = len({(one.incident, one.unit) for each in newest for one in of_units(each.body)})
    for each in newest:
        _unite(facts, "partners", (each.partner,))
        _earliest(facts, "began_at", _instant(each))
        if tells := TELLS.get(type(each.body)):
            tells(each, each.body, facts)
    return Standard(**facts)


def _happened(told: Sequence[Told]) -> list[Told]:
    """What was told, without arrivals that were cancelled afterwards: they never were."""
    cancelled: dict[tuple[str, str], int] = {}
    for partner, _, body, at, _ in told:
        if isinstance(body, Encounter) and body.trigger == CANCELS and body.number:
            cancelled[partner, body.number] = max(at, cancelled.get((partner, body.number), at))
    return [each for each in told if not _taken_back(each, cancelled)]


def _taken_back(told: Told, cancelled: Mapping[tuple[str, str], int]) -> bool:
    stay = told.body
    if not isinstance(stay, Encounter) or stay.trigger not in ARRIVALS:
        return False
    return told.at <= cancelled.get((told.partner, stay.number), told.at - 1)


def _newest(told: Iterable[Told]) -> list[Told]:
    """Of what a partner told again and again under its own number, the newest version; everything else once."""
    found: dict[Any, Told] = {}
    for each in told:
        own = OWN_NUMBER.get(type(each.body))
        number = getattr(each.body, own) if own else ""
        name = (each.partner, type(each.body), number) if number else (each.partner, each.at, _encode(each.body))
        if name not in found or _age(found[name]) < _age(each):
            found[name] = each
    return [found[name] for name in sorted(found, key=repr)]


def _age(told: Told) -> tuple[int, int, int, bytes]:
    version = getattr(told.body, "version", "")
    return int(version) if version.isdecimal() else 0, told.at, told.told_at, _encode(told.body)


def _of_call(told: Told, call: CallForService, facts: Facts) -> None:
    _times(facts, call.received_at, call.dispatched_at, call.on_scene_at, call.cleared_at)
    _word(facts, "initial_type", _code(call.initial_type))
    _word(facts, "final_type", _code(call.final_type or call.crisis))
    _word(facts, "zone", call.beat)
    _word(facts, "area", call.place.area if call.place else "")
    facts["police"] = facts.get("police", False) or bool(call.dispatched_at and told.kind in ("PSAP", "LE"))
    facts["units"] = max(facts.get("units", 0), len(call.units))
    for unit in call.units:
        _of_unit(told, unit, facts)
    _ended(facts, [each.code for each in call.dispositions], told.at)


def _of_unit(_: Told, unit: UnitStatus, facts: Facts) -> None:
    _times(facts, None, unit.assigned_at, unit.on_scene_at, None)
    _either(facts, "cit", unit.cit)


def _of_contact(told: Told, contact: FieldContact, facts: Facts) -> None:
    facts["police"] = True
    _word(facts, "initial_type", _code(contact.initial_type))
    _word(facts, "final_type", _code(contact.final_type))
    _either(facts, "cit", contact.cit_arrived if contact.cit_arrived is not None else contact.cit_certified)
    _either(facts, "co_response", contact.co_responder)
    _either(facts, "force", contact.use_of_force)
    _either(facts, "follow_up", contact.follow_up)
    _either(facts, "injured", bool(contact.injury and contact.injury.code not in ("", "none")))
    at = contact.ended_at.at if contact.ended_at else contact.started_at.at if contact.started_at else told.at
    _ended(facts, [_code(contact.disposition)], at)
    went = _code(contact.transported_to)
    _word(facts, "destination", went)
    if went:
        _either(facts, "transported", went not in ("", "none"))
    if went in TO_HOSPITAL:
        _unite(facts, "ed", (at,))
    if went in TO_JAIL:
        _unite(facts, "booked", (at,))
    _either(facts, "charged", bool(contact.charges))


def _of_visit(told: Told, visit: MobileCrisisVisit, facts: Facts) -> None:
    facts["mobile_team"] = facts.get("mobile_team", False) or bool(visit.arrived_at or visit.engaged_at)
    _times(facts, visit.requested_at, visit.dispatched_at, visit.arrived_at, visit.cleared_at)
    _either(facts, "follow_up", bool(visit.follow_up_due) or None)
    _ended(facts, [_code(visit.disposition)], visit.cleared_at.at if visit.cleared_at else told.at)
    if _code(visit.disposition) == "emergency_department":
        _word(facts, "destination", "hospital")
        _unite(facts, "ed", (visit.cleared_at.at if visit.cleared_at else told.at,))


def _of_line(_: Told, contact: CrisisContact, facts: Facts) -> None:
    facts["line"] = True
    _times(facts, contact.offered_at, None, None, None)
    _word(facts, "area", contact.coarse_area)
    _either(facts, "follow_up", contact.follow_up_consented)


def _of_encounter(told: Told, stay: Encounter, facts: Facts) -> None:
    if told.kind == "STABILISATION" and stay.trigger in (LEAVES, STAYS_ON):
        _unite(facts, "stayed", ((told.partner, stay.number, told.at, _hours(stay)),))
    hospital = told.kind in HOSPITALS or _code(stay.patient_class) in ("EMER", "E")
    if hospital and (stay.trigger in ARRIVALS or (not stay.trigger and stay.admitted_at)):
        at = stay.admitted_at or stay.event_at
        _unite(facts, "ed", (at.at if at else told.at,))


def _hours(stay: Encounter) -> float:
    if stay.trigger != LEAVES or not stay.admitted_at or not stay.discharged_at:
        return -1.0
    return (stay.discharged_at.at - stay.admitted_at.at) / HOUR


def _of_hold(told: Told, hold: CustodyHold, facts: Facts) -> None:
    facts["police"] = True
    if hold.criminal_arrest:
        _either(facts, "charged", said=True)
        _unite(facts, "booked", (hold.started_at.at if hold.started_at else told.at,))


def _of_force(_: Told, force: UseOfForce, facts: Facts) -> None:
    _either(facts, "force", not force.zero_report)
    _either(facts, "cit", force.cit)


def _answers(told: Told, referral: Referral, facts: Facts) -> None:
    """Who was asked, and who answered what: an acceptance counts when it was said, whatever became of it later."""
    if referral.performer and referral.performer != told.partner:
        at = referral.authored_at.at if referral.authored_at else told.at
        _unite(facts, "sent", [(told.partner, referral.performer)])
        before = dict(facts.get("asked", ()))
        facts["asked"] = tuple(
            sorted({**before, referral.performer: min(at, before.get(referral.performer, at))}.items())
        )
    status = _code(referral.status)
    if status in REFUSED | ACCEPTED:
        _unite(facts, "answered", [(told.partner, told.at, "accepted" if status in ACCEPTED else "declined")])


def _of_referral(told: Told, referral: Referral, facts: Facts) -> None:
    _earliest(facts, "referred_at", referral.authored_at.at if referral.authored_at else told.at)
    if _code(referral.status) in REFUSED and _code(referral.status_reason) in NO_ROOM:
        _unite(
            facts,
            "turned_away",
            [need.code or need.local for need in referral.need] or [_code(referral.service) or "unnamed"],
        )


def _of_appointment(told: Told, booked: Appointment, facts: Facts) -> None:
    status = _code(booked.status)
    if status in KEPT | MISSED:
        _unite(facts, "seen", [(told.partner, booked.number or str(told.at), status in KEPT)])
    if status in KEPT:
        _unite(facts, "kept", (booked.starts_at.at if booked.starts_at else told.at,))


TELLS: Final[dict[type, Callable[[Told, Any, Facts], None]]] = {
    CallForService: _of_call,
    UnitStatus: _of_unit,
    FieldContact: _of_contact,
    MobileCrisisVisit: _of_visit,
    CrisisContact: _of_line,
    Encounter: _of_encounter,
    CustodyHold: _of_hold,
    UseOfForce: _of_force,
    Referral: _of_referral,
    Appointment: _of_appointment,
}


def _ended(facts: Facts, codes: Iterable[str], at: int) -> None:
    """What a disposition says: somebody was arrested, moved, or stayed."""
    said = {code for code in codes if code}
    _word(facts, "disposition", min(said, default=""))
    if said & ARRESTED:
        _either(facts, "charged", said=True)
        _unite(facts, "booked", (at,))
    if said & (MOVED | STAYED | ARRESTED):
        _either(facts, "transported", bool(said & (MOVED | ARRESTED)))


def _times(facts: Facts, *found: Instant | None) -> None:
    for name, instant in zip(("received_at", "dispatched_at", "on_scene_at"), found, strict=False):
        _earliest(facts, name, instant.at if instant else 0)
    if found[3]:
        facts["cleared_at"] = max(facts.get("cleared_at", 0), found[3].at)


def _instant(told: Told) -> int:
    for name in ("received_at", "offered_at", "started_at", "requested_at", "admitted_at", "event_at", "authored_at"):
        if found := getattr(told.body, name, None):
            return int(found.at)
    return told.at


def _earliest(facts: Facts, name: str, at: int) -> None:
    if at:
        facts[name] = min(facts.get(name) or at, at)


def _word(facts: Facts, name: str, word: str) -> None:
    """Where two partners say different words, the first by alphabet stands, whoever spoke first."""
    if word:
        facts[name] = min(facts.get(name) or word, word)


def _either(facts: Facts, name: str, said: bool | None) -> None:  # noqa: FBT001 - what somebody said, or nothing
    if said is not None:
        facts[name] = bool(facts.get(name)) or said


def _unite(facts: Facts, name: str, found: Iterable[Any]) -> None:
    facts[name] = tuple(sorted({*facts.get(name, ()), *found}))


def _code(code: Code | None) -> str:
    return (code.code or code.local) if code else ""
