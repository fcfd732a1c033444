"""Which crisis episode a message belongs to: a shared incident number, or the same person within three days.

INVARIANT: the order of arrival does not matter. Two messages that share a number, or are about one person within three days,
are in one episode, and so is whatever hangs together by such pairs: a message that lies between two episodes joins them.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from hub.model.crisis import CrisisContact, MobileCrisisVisit
from hub.model.event import CrisisEvent
from hub.model.plan import Block, EpisodeEvent
from hub.model.public_safety import CallForService, FieldContact, UnitStatus, UseOfForce
from hub.model.registry import body_of
from hub.model.service import CapacityReport, DiversionStatus, ServiceListing
from hub.model.values import Identifier
from hub.spans import HOUR

WINDOW = 72 * HOUR
# Incidents that dispatch says are one thing. One that was split off, unlinked, or is merely related goes its own way.
SAME = frozenset({"PARENT", "CHILD", "REPLACING", "REPLACED"})
_INSTEAD = frozenset({"REPLACING"})
_INCIDENT, _CONTACT = "incident", "contact"
_OPEN = (CapacityReport, DiversionStatus, ServiceListing)


class Recent(Protocol):
    """Something that happened in an episode that might be the one: when, and whether an incident number led to it."""

    @property
    def episode(self) -> str:
        """Its id."""
        ...

    @property
    def at(self) -> int:
        """UTC microseconds."""
        ...

    @property
    def by_number(self) -> bool:
        """Whether an incident number led to it."""
        ...


def keys(events: Iterable[CrisisEvent]) -> tuple[Block, ...]:
    """The incident numbers and references a message carries: what two agencies share before they know a name.

    Numbers of 988 contacts stand apart: whatever an agency calls its own incident, it never leads to a contact.
    """
    numbers = {pair for event in events for pair in _numbers(event.body) if pair[1]}
    return tuple(Block(name=name, values=(n,), strong=True) for name, n in sorted(numbers))


def tells_of(events: Iterable[CrisisEvent], incident: str) -> bool:
    """Whether a message tells the state of an incident: under its own number, or as the incident that took its place.

    One that is merely its parent or child belongs to the same episode, and tells of something else.
    """
    return any((_INCIDENT, incident) in _numbers(event.body, _INSTEAD) for event in events)


def _numbers(body: object, same: frozenset[str] = SAME) -> tuple[tuple[str, str], ...]:
    """The numbers of a body, each with whose they are: incidents of agencies, or contacts of 988."""
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


def _incidents(*numbers: str) -> tuple[tuple[str, str], ...]:
    return tuple((_INCIDENT, number) for number in numbers)


def _based_on(number: Identifier) -> tuple[str, str]:
    """What a visit answers. A URN is an incident of a dispatch centre, whoever passed it on."""
    if number.type == "988" and not number.value.startswith("urn:"):
        return _contact(number.value)
    return _INCIDENT, number.value


def _contact(number: str) -> tuple[str, str]:
    return _CONTACT, f"988:{number}" if number else ""


def place(
    events: tuple[CrisisEvent, ...],
    recent: Iterable[Recent],
    fresh: str,
    numbers: tuple[Block, ...],
    parts: tuple[tuple[Block, int], ...] = (),
) -> EpisodeEvent | None:
    """The episode of a message; `fresh` is the id of a new one. Counts and listings belong to no episode.

    `parts` are those of a snapshot that it tells anew.
    """
    if not events or all(isinstance(e.body, _OPEN) for e in events):
        return None
    at, what = instant(events), _what(events)
    near = sorted({r.episode for r in recent if r.by_number or abs(r.at - at) <= WINDOW})
    if not near:
        return EpisodeEvent(episode=fresh, at=at, what=what, fresh=True, keys=numbers, parts=parts)
    # Ids rise with time: the oldest keeps its name.
    first, *others = near
    return EpisodeEvent(episode=first, at=at, what=what, keys=numbers, joins=tuple(others), parts=parts)


def instant(events: tuple[CrisisEvent, ...]) -> int:
    """When it happened, UTC microseconds: the first event that says so, else when it was recorded."""
    return next((e.occurred_at.at for e in events if e.occurred_at), events[0].recorded_at)


def _what(events: tuple[CrisisEvent, ...]) -> str:
    kinds = [body_of(e.body) for e in events]
    return next((k for k in kinds if k != "person"), kinds[0])
