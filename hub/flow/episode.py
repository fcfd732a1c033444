"""Which crisis episode a message belongs to: a shared incident number, or the same person within three days.

INVARIANT: the order of arrival does not matter. Two messages that share a number within half a year, or are about one person
within three days, are in one episode, and so is whatever hangs together by such pairs: a message that lies between two episodes joins them.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from hub.model.event import CrisisEvent
from hub.model.incident import SAME, numbers_of
from hub.model.plan import Block, EpisodeEvent
from hub.model.registry import body_of
from hub.model.service import CapacityReport, DiversionStatus, ServiceListing
from hub.spans import DAY, HOUR

WINDOW = 72 * HOUR
# Dispatch begins its numbers anew each year: who calls under last year's number is somebody else.
SAME_NUMBER = 183 * DAY
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
    numbers = {pair for event in events for pair in numbers_of(event.body, SAME) if pair[1]}
    return tuple(Block(name=name, values=(n,), strong=True) for name, n in sorted(numbers))


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
    near = sorted({r.episode for r in recent if abs(r.at - at) <= (SAME_NUMBER if r.by_number else WINDOW)})
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
