"""What is odd about a message, and what comes of it, in words for whoever opens it. Nothing in them is about anybody."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from hub.flow.episode import instant
from hub.flow.merge import MERGED
from hub.model.event import CrisisEvent
from hub.model.person import PersonMerge
from hub.model.plan import Link
from hub.model.public_safety import CallForService
from hub.model.service import Appointment
from hub.spans import DAY, HOUR, MINUTE

# How dispatch says that a call and another one are one thing, or are not.
_SAID: Final = {
    "REPLACING": "dispatch says that this call takes the place of another: they are one episode",
    "REPLACED": "dispatch says that another call takes the place of this one: they are one episode",
    "PARENT": "dispatch says that this call hangs together with another: they are one episode",
    "CHILD": "dispatch says that this call hangs together with another: they are one episode",
    "SPLIT": "dispatch says that this call was split off from another: where the two were one episode, each entry says whose it is",
    "UNLINK": "dispatch says that this call is not of another any more: where the two are one episode, each entry says whose it is",
}
# Clocks differ by so much.
_CLOCKS: Final = 10 * MINUTE


def remarks(events: tuple[CrisisEvent, ...], link: Link | None, arrived: int) -> Iterator[str]:
    """What is odd about a message that told of these events, was linked so and arrived at an instant (UTC microseconds).

    >>> list(remarks((), None, 0))
    []
    """
    # What is booked lies ahead, as it should.
    done = tuple(event for event in events if not isinstance(event.body, Appointment))
    ahead = instant(done) - arrived if done else 0
    if ahead > _CLOCKS:
        yield f"tells of something {_long(ahead)} after it arrived: it counts when that time comes. Is the sender's clock right?"
    if any(isinstance(event.body, PersonMerge) for event in events) and link:
        yield _merged(link)
    for event in events:
        if isinstance(event.body, CallForService):
            yield from dict.fromkeys(_SAID[other.code] for other in event.body.linked if other.code in _SAID)


def _merged(link: Link) -> str:
    moved = sum(move.why == MERGED for move in link.moves)
    if moved:
        return f"merged: {moved} of the sender's numbers {'is' if moved == 1 else 'are'} this person's from now on"
    if link.blocks:
        return "merged a number that nobody knew: whoever comes under it is this person"
    return "merges what is one person already, as when it is told twice or in a circle: nothing changes"


def _long(span: int) -> str:
    """A span (microseconds) as people say it.

    >>> _long(90 * MINUTE), _long(3 * DAY)
    ('90 minutes', '3 days')
    """
    for unit, name in ((DAY, "days"), (HOUR, "hours")):
        if span >= 2 * unit:
            return f"{span // unit} {name}"
    return f"{span // MINUTE} minutes"
