"""Identities that a source puts together or takes apart: HL7 A40 and its like. A source speaks for its own numbers alone."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

from msgspec.structs import replace

from hub.flow.linkage.finders import numbers
from hub.flow.linkage.traits import traits
from hub.model.event import CrisisEvent
from hub.model.person import Person, PersonMerge, PersonUnmerge
from hub.model.plan import Block, Candidate, Link, Move
from hub.model.values import Identifier

MERGED: Final = "merged"
UNMERGED: Final = "unmerged"
# Whoever else came along speaks for itself, and what went out meanwhile is nobody's to forget.
TAKEN_BACK: Final = (
    "Its source takes back that two of its numbers are one person. Which other records are whose,"
    " and who received what because of it? crisis-hub link radius tells."
)
Members = Callable[[str], Iterable[str]]


def gone(events: Iterable[CrisisEvent], source: str) -> tuple[Block, ...]:
    """The numbers that are somebody else's from now on."""
    return _numbers(source, (e.body.merged for e in events if isinstance(e.body, PersonMerge)))


def restored(events: Iterable[CrisisEvent], source: str) -> tuple[Block, ...]:
    """The numbers that were put together with others by mistake."""
    return _numbers(source, (e.body.restored for e in events if isinstance(e.body, PersonUnmerge)))


def _numbers(source: str, identifiers: Iterable[tuple[Identifier, ...]]) -> tuple[Block, ...]:
    found = (b for each in identifiers for b in numbers(traits(Person(identifiers=each), source)))
    return tuple(dict.fromkeys(found))


def together(link: Link, wanted: tuple[Block, ...], found: Iterable[Candidate], source: str, members: Members) -> Link:
    """The link of a message that merges: whole persons join, because what was one person stays one.

    A number nobody knew yet becomes another number of the survivor, so that a late message under it finds them. What is one
    person already (a merge in a circle, or told twice) changes nothing.
    """
    theirs = tuple(c for c in found if c.partner == source)
    persons = dict.fromkeys(c.person for c in theirs if c.person != link.person)
    moves = tuple(
        Move(identity=identity, before=person, after=link.person, why=MERGED)
        for person in persons
        for identity in members(person)
    )
    unknown = wanted if not theirs else ()
    return replace(link, moves=(*link.moves, *moves), blocks=(*link.blocks, *unknown))


def apart(link: Link, found: Iterable[Candidate], source: str, person: str) -> Link:
    """The link of a message that takes back a merge: the restored identity is a person of its own again, `person`.

    Only a person can say what became of it meanwhile, so one is asked.
    """
    moves = tuple(
        Move(identity=c.identity, before=c.person, after=person, why=UNMERGED)
        for c in found
        if c.partner == source and c.identity != link.identity and c.person == link.person
    )
    return replace(link, moves=(*link.moves, *moves), doubt=TAKEN_BACK) if moves else link
