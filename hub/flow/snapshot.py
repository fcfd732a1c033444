"""What is news in a message that tells a whole state again: the parts that changed since the same partner told them.

A part that is told again as it was is no news. One that says something else is, whatever its time: not every system sets the time of
what it changes. One that changed earlier than what was told comes late: it is kept, and nobody hears of it behind what is newer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from hashlib import sha256
from typing import NamedTuple

import msgspec

from hub.contracts import Reading
from hub.model.event import CrisisEvent
from hub.model.plan import Block
from hub.model.registry import body_of

_encode = msgspec.msgpack.Encoder().encode


class Part(NamedTuple):
    """A part of a snapshot: under which block it stands, under which with what it says, and when it changed, UTC microseconds."""

    block: Block
    exactly: Block
    at: int


def parts(reading: Reading, partner: str) -> tuple[Part, ...]:
    """The parts of a snapshot in the order of its events; none of any other message."""
    told = reading.snapshot
    if told is None:
        return ()
    whose = f"part:{partner}"
    return tuple(
        _part(whose, f"{told.of} {name}", at, event)
        for event, (name, at) in zip(reading.events, told.parts, strict=True)
    )


def _part(whose: str, name: str, at: int, event: CrisisEvent) -> Part:
    said = sha256(_encode(event.body)).hexdigest()
    exactly = Block(name=whose, values=(f"{name} {at} {said}",), strong=True)
    return Part(Block(name=whose, values=(name,), strong=True), exactly, at)


def fresh(found: Iterable[Part], newest: Callable[[Block], int | None]) -> tuple[Part, ...]:
    """The parts that say something new. `newest` says when the one that was told last under a block had changed."""
    return tuple(part for part in found if _is_new(part, newest))


def _is_new(part: Part, newest: Callable[[Block], int | None]) -> bool:
    at = newest(part.block)
    return at is None or at < part.at or (at == part.at and newest(part.exactly) is None)


def news(reading: Reading, found: tuple[Part, ...], changed: tuple[Part, ...]) -> frozenset[str] | None:
    """The kinds of events that are news; None where all of them are."""
    if len(changed) == len(found):
        return None
    return frozenset(body_of(e.body) for e, part in zip(reading.events, found, strict=True) if part in changed)


def told(changed: Iterable[Part]) -> Iterator[tuple[Block, int]]:
    """What is to be remembered of the parts that were told."""
    for part in changed:
        yield part.block, part.at
        yield part.exactly, part.at
