"""The two sides of a wrong link: which identities go with the one that is taken out, and which stay.

Who came together goes together. Who came later, to a person that was two, goes with the side that is more like it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from hub.flow.linkage.likeness import likeness
from hub.model.traits import Traits
from hub.store.writing.relink import Identity, Moved

Some = list[Identity]
_NOBODYS: Final = float("-inf")


def sides(
    identity: Identity, members: Sequence[Identity], moves: Iterable[Moved], traits: Mapping[str, Traits]
) -> tuple[Some, Some]:
    """The side of an identity, itself first, and the other side; both of what is held to be one person now."""
    came = {move.identity: move for move in moves if move.after == identity.person}
    mine, theirs = _came(identity, members, came) if came else _known(identity, members)
    for late in members:
        if late not in mine and late not in theirs:
            (mine if _alike(late, mine, traits) > _alike(late, theirs, traits) else theirs).append(late)
    return mine, theirs


def _came(identity: Identity, members: Sequence[Identity], came: Mapping[str, Moved]) -> tuple[Some, Some]:
    """By how they came: with the same act and from the same person, or, of those who were there first, not at all."""
    act = _act(came.get(identity.id))
    with_it = [each for each in members if _act(came.get(each.id)) == act]
    if act is None:
        since = min(move.at for move in came.values())
        first = [each for each in with_it if each.at < since or each.id == identity.id]
        return _foremost(identity, first), [each for each in members if each.id in came]
    at = came[identity.id].at
    there = [each for each in members if each not in with_it and _since(each, came) < at]
    return _foremost(identity, with_it), there


def _known(identity: Identity, members: Sequence[Identity]) -> tuple[Some, Some]:
    """Whom evidence alone brought together: those known before it are the other side, and where there are none, all others."""
    older = [each for each in members if (each.at, each.id) < (identity.at, identity.id)]
    return [identity], older or [each for each in members if each.id != identity.id]


def _act(move: Moved | None) -> tuple[int, int, str] | None:
    return (move.leaf, move.message, move.before) if move else None


def _since(each: Identity, came: Mapping[str, Moved]) -> int:
    return came[each.id].at if each.id in came else each.at


def _foremost(identity: Identity, some: Iterable[Identity]) -> Some:
    return sorted(some, key=lambda each: each.id != identity.id)


def _alike(late: Identity, side: Iterable[Identity], traits: Mapping[str, Traits]) -> float:
    """How like somebody of a side; nobody is of a side that it is nothing like."""
    own = traits.get(late.id)
    if own is None:
        return _NOBODYS
    found = (likeness(traits[each.id], own) for each in side if each.id in traits)
    return max((one.weight for one in found if one.verdict != "different"), default=_NOBODYS)
