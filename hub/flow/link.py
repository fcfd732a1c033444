"""Same person or not. The source's own number settles it; else the weight of all evidence does, and *maybe* never merges.

Conservative by design: a false merge discloses one person's life to another's circle, a missed link costs a review.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, NamedTuple

from msgspec.structs import replace

from hub.flow.linkage.finders import SSN, finders, numbers
from hub.flow.linkage.likeness import Likeness, likeness
from hub.flow.linkage.traits import joined, traits
from hub.model.event import CrisisEvent
from hub.model.person import Person
from hub.model.plan import Block, Candidate, Link, Move, Sighting, Verdict
from hub.model.traits import Traits

NOBODY: Final = Traits()
NOT_SEEN: Final = Sighting()
DOUBT: Final = "The number is known, and comes with another name and birth date now."
# Of two people who are alike, one is it clearly only when so many bits lie between them, and something speaks against the other.
AHEAD: Final = 8.0


def person_of(events: tuple[CrisisEvent, ...]) -> Person | None:
    """The Person among the events of a message: it comes first, or there is none."""
    return events[0].body if events and isinstance(events[0].body, Person) else None


def traits_of(person: Person | None, source: str) -> Traits:
    """A person's traits. An anonymous caller has none: nobody is linked without their consent."""
    return NOBODY if person is None else traits(person, source)


def own(found: Iterable[Candidate], source: str) -> Candidate | None:
    """The identity that the same source gave one of these numbers to."""
    return next((c for c in found if c.strong and c.partner == source and c.blocks != (SSN,)), None)


def settled(found: Iterable[Candidate], known: Traits, source: str) -> Link | None:
    """The link of somebody who needs no looking for: known by the source's number and unchanged, or without any trait."""
    mine = own(found, source)
    if mine is None or not (mine.unchanged or known == NOBODY):
        return None
    return Link(verdict="same", identity=mine.identity, person=mine.person, fresh=False, evidence=mine.blocks)


def judge(
    found: tuple[Candidate, ...], seen: Sighting, known: Traits, source: str, *, identity: str, person: str
) -> Link:
    """Weigh who it may be. `found` are identities with the very numbers; `seen` whoever is alike, as a reader saw them.

    `identity` and `person` are fresh ids to use when this is a new identity or a new person.
    """
    mine = own(found, source)
    rivals = tuple(c for c in seen.candidates if not mine or c.person != mine.person)
    chosen = _choose(rivals, seen, known, source)
    blocks = (*numbers(known), *finders(known))
    if mine is None:
        joined = chosen.persons[0] if chosen.verdict == "same" else person
        return _link(chosen, identity, joined, blocks, known)
    return _known(mine, seen, chosen, blocks, known)


class _Chosen(NamedTuple):
    verdict: Verdict
    persons: tuple[str, ...] = ()
    evidence: tuple[str, ...] = ()


def _link(chosen: _Chosen, identity: str, person: str, blocks: tuple[Block, ...], known: Traits) -> Link:
    return Link(
        verdict=chosen.verdict,
        identity=identity,
        person=person,
        fresh=True,
        blocks=blocks,
        traits=known if known != NOBODY else None,
        said=known if known != NOBODY else None,
        evidence=chosen.evidence,
        rivals=chosen.persons if chosen.verdict == "maybe" else (),
    )


def _known(mine: Candidate, seen: Sighting, chosen: _Chosen, blocks: tuple[Block, ...], known: Traits) -> Link:
    """The link of a known number with other traits than before. Its person stays; only one that stood alone may be resolved.

    Where the number comes with somebody else's traits all of a sudden, or two persons turn out to be alike, a person must look.
    """
    before = next((c.traits for c in seen.candidates if c.identity == mine.identity), None)
    replaced = _replaced(before, known)
    resolved = chosen.verdict == "same" and seen.alone and not replaced
    unsure = chosen.verdict == "maybe" or (chosen.verdict == "same" and not resolved)
    after = chosen.persons[0] if resolved else mine.person
    return Link(
        verdict="maybe" if unsure else "same",
        identity=mine.identity,
        person=after,
        fresh=False,
        blocks=blocks,
        traits=known if before is None or replaced else joined(before, known),
        said=known,
        evidence=chosen.evidence if unsure or resolved else mine.blocks,
        rivals=chosen.persons if unsure else (),
        moves=(Move(identity=mine.identity, before=mine.person, after=after, why="resolved"),) if resolved else (),
        doubt=DOUBT if replaced else "",
    )


def _replaced(before: Traits | None, known: Traits) -> bool:
    """Whether both were named and born, and neither agrees any more."""
    if before is None or not (before.names and before.birth and known.names and known.birth):
        return False
    return likeness(replace(before, numbers=()), replace(known, numbers=())).weight < 0


def _choose(rivals: tuple[Candidate, ...], seen: Sighting, known: Traits, source: str) -> _Chosen:
    best: dict[str, Likeness] = {}
    for candidate in rivals:
        alike = _alike(candidate, known, source)
        before = best.get(candidate.person)
        if before is None or (alike.barred, alike.weight) > (before.barred, before.weight):
            best[candidate.person] = alike
    worth = {person: alike for person, alike in best.items() if alike.verdict != "different"}
    if not worth:
        return _Chosen("different" if rivals else "nobody")
    order = sorted(worth, key=lambda person: (-worth[person].weight, person))
    first = worth[order[0]]
    clear = first.verdict == "same" and all(_behind(worth[other], first) for other in order[1:])
    if clear and not seen.overflow:
        return _Chosen("same", (order[0],), first.evidence)
    evidence = dict.fromkeys(word for person in order for word in worth[person].evidence)
    return _Chosen("maybe", tuple(sorted(worth)), tuple(evidence))


def _behind(other: Likeness, first: Likeness) -> bool:
    return other.contradicted and first.weight - other.weight >= AHEAD


def _alike(candidate: Candidate, known: Traits, source: str) -> Likeness:
    """How alike; a number of the same source's that is another one bars it: whose doubles those are, only the source knows.

    A source that gave neither a number knows no doubles: a dispatcher writes the same person down with every call.
    """
    if candidate.traits is None:
        return Likeness(verdict="maybe", weight=0, evidence=("found in the index; its details are gone",))
    alike = likeness(candidate.traits, known)
    unnumbered = not (candidate.traits.numbers or known.numbers)
    if candidate.partner != source or alike.verdict == "different" or unnumbered:
        return alike
    return alike.bar("the same source knows it by another number")
