"""Which incidents and contacts a message tells of, and which messages still hang together after dispatch took incidents apart."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final, NamedTuple

from hub.model.crisis import CrisisContact, MobileCrisisVisit
from hub.model.event import CrisisEvent
from hub.model.public_safety import CallForService, FieldContact, UnitStatus, UseOfForce
from hub.model.values import Identifier

# Incidents that dispatch says are one thing. One that was split off, unlinked, or is merely related goes its own way.
SAME: Final = frozenset({"PARENT", "CHILD", "REPLACING", "REPLACED"})
APART: Final = frozenset({"SPLIT", "UNLINK"})
INSTEAD: Final = frozenset({"REPLACING"})
INCIDENT, CONTACT = "incident", "contact"
# Whose number it is, of an agency's incident or of a contact of 988, and the number.
Number = tuple[str, str]


def numbers_of(body: object, same: frozenset[str] = frozenset()) -> tuple[Number, ...]:
    """The numbers of a body: its own, and those of incidents that it says are the `same` in one of these ways.

    >>> numbers_of(FieldContact(incident="26-7"))
    (('incident', '26-7'),)
    """
    match body:
        case CallForService():
            others = (link.local for link in body.linked if link.code in same)
            return _incidents(body.incident, *(number.value for number in body.other_ids), *others)
        case FieldContact() | UnitStatus() | UseOfForce():
            return _incidents(body.incident)
        case CrisisContact():
            return *_incidents(body.transfer_incident), _contact(body.contact)
        case MobileCrisisVisit():
            return tuple(_based_on(number) for number in body.based_on)
    return ()


def tells_of(events: Iterable[CrisisEvent], incident: str) -> bool:
    """Whether a message tells the state of an incident: under its own number, or as the incident that took its place.

    One that is merely its parent or child belongs to the same episode, and tells of something else.
    """
    return any((INCIDENT, incident) in numbers_of(event.body, INSTEAD) for event in events)


class Said(NamedTuple):
    """A message of an episode: the source identity it is about, and what it says."""

    identity: str
    events: tuple[CrisisEvent, ...]


class Parted(NamedTuple):
    """An episode after dispatch took incidents of it apart.

    `homes` has for each message the number under which all that hangs together with it is gathered; none for what stands under
    no incident's number. `since` is when dispatch took the incidents of such a number apart from another's (UTC microseconds).
    """

    groups: dict[Number, Number]
    homes: tuple[Number | None, ...]
    since: dict[Number, int]


def parted(told: Sequence[Said]) -> Parted | None:
    """What hangs together in an episode, now that dispatch may have taken incidents apart; None where it took none apart.

    The last word about two incidents counts, whichever of them said it. Messages about one identity stay together.
    """
    links = [link for one in told for link in _links(one.events)]
    if not any(link.apart for link in links):
        return None
    groups: dict[Number, Number] = {}
    for one in told:
        _join(groups, _own(one))
    links.sort(key=lambda link: (link.at, link.apart))
    last = {frozenset({_root(groups, link.own), _root(groups, link.other)}): link for link in links}
    for link in last.values():
        if not link.apart:
            _join(groups, (link.own, link.other))
    since: dict[Number, int] = {}
    for link in last.values():
        if link.apart and (both := {_root(groups, link.own), _root(groups, link.other)}) and len(both) == 2:
            since |= {home: max(link.at, since.get(home, 0)) for home in both}
    numbered = {_root(groups, number) for one in told for number in _own(one)[1:]}
    homes = (_root(groups, _own(one)[0]) for one in told)
    return Parted(groups, tuple(home if home in numbered else None for home in homes), since)


def together(told: Sequence[Said], incident: str) -> list[bool]:
    """Which messages of an episode hang together with an incident, now that dispatch may have taken it apart from another."""
    found = parted(told)
    if found is None:
        return [True] * len(told)
    home = _root(found.groups, (INCIDENT, incident))
    return [any(_root(found.groups, number) == home for number in _own(one)) for one in told]


class _Link(NamedTuple):
    """What a call says of itself and another: which two, when (UTC microseconds), and whether they are apart."""

    own: Number
    other: Number
    at: int
    apart: bool


def _links(events: Iterable[CrisisEvent]) -> Iterator[_Link]:
    for event in events:
        if isinstance(event.body, CallForService):
            at = event.occurred_at.at if event.occurred_at else event.recorded_at
            own = next((number for number in numbers_of(event.body) if number[1]), None)
            for link in event.body.linked:
                if own and link.code in SAME | APART:
                    yield _Link(own, (INCIDENT, link.local), at, link.code in APART)


def _own(one: Said) -> tuple[Number, ...]:
    return ("identity", one.identity), *(n for event in one.events for n in numbers_of(event.body) if n[1])


def _join(groups: dict[Number, Number], several: Sequence[Number]) -> None:
    for number in several[1:]:
        groups[_root(groups, number)] = _root(groups, several[0])


def _root(groups: dict[Number, Number], number: Number) -> Number:
    while (above := groups.get(number, number)) != number:
        number = above
    return number


def _incidents(*numbers: str) -> tuple[Number, ...]:
    return tuple((INCIDENT, number) for number in numbers)


def _based_on(number: Identifier) -> Number:
    """What a visit answers. A URN is an incident of a dispatch centre, whoever passed it on."""
    if number.type == "988" and not number.value.startswith("urn:"):
        return _contact(number.value)
    return INCIDENT, number.value


def _contact(number: str) -> Number:
    return CONTACT, f"988:{number}" if number else ""
