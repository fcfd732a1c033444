"""Compares two rule sets by set boxes: which requests the new one lets through that the old one did not, and the other way round.

Exact: every difference is a region of requests with a witness to try, and where none is found there is none.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import reduce
from operator import or_
from typing import Final, Literal, NamedTuple

import msgspec

from consent.boxes import Box, Space
from consent.engine import RuleSet
from consent.prover import Prover
from consent.rule import Rule
from hub.errors import Misconfigured
from hub.model.category import Category
from hub.model.registry import BY_CATEGORY, paths

Way = Literal["gained", "lost"]
# What no change of the rules may newly do: records of a substance-use programme in the hands of police and prosecution.
GUARDED: Final = {
    "regime": ("PART2", "PART2_RECEIVED"),
    "recipient": ("LE", "PROSECUTOR", "CORRECTIONS", "PROBATION"),
}
# From where a label may move a fact into a category.
_CLINICAL: Final = (Category.MH_CLINICAL, Category.MEDS)
MOVED: Final = {
    Category.SUD_RECORD: (*_CLINICAL, Category.ENCOUNTER, Category.REFERRAL),
    Category.HIV: _CLINICAL,
    Category.REPRODUCTIVE: _CLINICAL,
}
REFUSED: Final = "This change newly lets records of a substance-use programme reach police"


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """What one rule newly lets through, or lets through no more: some paths, for a region of requests.

    `witness` is one request of the region, about the path `example`; `region` its values by dimension, where it does not hold
    of all. `since` is the instant (UTC microseconds) of the law that both were compared at. `guarded`: it is one of those that
    no change may make.
    """

    way: Way
    rule: str
    words: str
    citation: str
    paths: tuple[str, ...]
    example: str
    witness: dict[str, str]
    region: dict[str, tuple[str, ...]]
    since: int
    guarded: bool = False


class Eased(msgspec.Struct, frozen=True, kw_only=True):
    """A rule whose duties in return, or whose persons to be told, are others than before."""

    rule: str
    before: tuple[str, ...]
    after: tuple[str, ...]


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """All that is different between two rule sets, by their hashes."""

    old: str
    new: str
    added: tuple[str, ...]
    removed: tuple[str, ...]
    reworded: tuple[str, ...]
    changes: tuple[Change, ...]
    obligations: tuple[Eased, ...]

    @property
    def guarded(self) -> tuple[Change, ...]:
        """The changes that may not be made."""
        return tuple(one for one in self.changes if one.guarded)


def difference(old: RuleSet, new: RuleSet, as_of: int) -> Difference:
    """Compare two rule sets as of an instant (UTC microseconds) and at every turn of the law after it."""
    before, after = ({rule.id: rule for rule in rules.rules} for rules in (old, new))
    common = [name for name in before if name in after]
    return Difference(
        old=old.hash,
        new=new.hash,
        added=tuple(sorted(after.keys() - before.keys())),
        removed=tuple(sorted(before.keys() - after.keys())),
        reworded=tuple(n for n in common if _said(before[n]) != _said(after[n])),
        changes=tuple(_changes(old, new, as_of)),
        obligations=tuple(
            Eased(rule=n, before=_owed(before[n]), after=_owed(after[n]))
            for n in common
            if _owed(before[n]) != _owed(after[n])
        ),
    )


def require_guarded(old: RuleSet, new: RuleSet, as_of: int) -> None:
    """Refuse a change that newly lets Part 2 data reach police. Raises Misconfigured with the witness."""
    for change in difference(old, new, as_of).guarded:
        request = ", ".join(f"{name}={value}" for name, value in change.witness.items())
        raise Misconfigured(
            f"{REFUSED}: rule {change.rule} for {request}.",
            at="rules",
            cure="Take the change back (42 CFR 2.12(d)(1)).",
        )


def _said(rule: Rule) -> tuple[str, str]:
    return rule.words, rule.citation


def _owed(rule: Rule) -> tuple[str, ...]:
    return (
        *rule.obligations,
        *(f"tell {who}" for who in rule.tell),
        *([f"within {rule.within}"] if rule.within else ()),
    )


class _Found(NamedTuple):
    """What one rule does beyond the other side: all paths, and a region of requests for some of them."""

    rule: Rule
    bits: int
    of_region: int
    region: Box
    guarded: bool


def _changes(old: RuleSet, new: RuleSet, as_of: int) -> Iterator[Change]:
    """Both ways, at each instant at which the law of either turns; what was told of one instant is not repeated."""
    told: set[tuple[str, str, int]] = set()
    for at in (as_of, *sorted({t for rules in (old, new) for t in rules.turns if t > as_of})):
        before, after = _Side(old, at), _Side(new, at)
        ways: tuple[tuple[Way, Iterator[_Found]], ...] = (
            ("gained", after.beyond(before)),
            ("lost", before.beyond(after)),
        )
        for way, each in ways:
            for found in each:
                if (key := (way, found.rule.id, found.bits)) not in told:
                    told.add(key)
                    yield _change(way, found, before.space, at)


def _change(way: Way, found: _Found, space: Space, at: int) -> Change:
    reach = reached(found.rule)
    return Change(
        way=way,
        rule=found.rule.id,
        words=found.rule.words,
        citation=found.rule.citation,
        paths=paths(found.bits & reach or found.bits),
        example=paths(found.of_region & reach or found.of_region)[0],
        witness=space.witness(found.region),
        region={name: _values(space, name, held) for name, held in found.region.items() if held != space.full[name]},
        since=at,
        guarded=found.guarded and way == "gained",
    )


def reached(rule: Rule) -> int:
    """The paths that a rule can be about: those declared in its categories, and those that a label may move into them."""
    found = 0
    for name in rule.when["category"]:
        found |= BY_CATEGORY[Category(name)]
        for declared in MOVED.get(Category(name), ()):
            found |= BY_CATEGORY[declared]
    return found


def _values(space: Space, name: str, held: int) -> tuple[str, ...]:
    return tuple(value for value in space.values[name] if space.bit[name][value] & held)


class _Side:
    """One rule set at one instant, as permits and prohibitions in boxes."""

    def __init__(self, rules: RuleSet, at: int) -> None:
        self.prover = Prover(rules, at)
        self.space = self.prover.space
        self.shown = [(rule, box, self.prover.shows(rule)) for rule, box in self.prover.permits]

    def beyond(self, other: _Side) -> Iterator[_Found]:
        """What each rule of this side lets through and the other side does not."""
        gone = [stop for stop in other.prover.stops if stop not in self.prover.stops]
        for rule, box, shown in self.shown:
            kept = any(box == b and not shown & ~s for _, b, s in other.shown)
            if kept and not any(self.space.meet(box, stop) for stop in gone):
                continue
            found = [
                (bits, *left)
                for bits, granting in self._groups(shown, box, other)
                if (left := self._look(box, granting, gone))
            ]
            if found:
                first, region, guarded = max(found, key=lambda one: one[2])
                yield _Found(rule, reduce(or_, (bits for bits, _, _ in found)), first, region, guarded)

    def _look(self, box: Box, granting: Sequence[Box], gone: Sequence[Box]) -> tuple[Box, bool] | None:
        """A region of a box that is let through here alone, and whether it is a guarded one: those are looked for first."""
        inner = self.space.meet(box, self.space.box(GUARDED))
        if inner is not None and (left := self._left(inner, granting, gone)) is not None:
            return left, True
        left = self._left(box, granting, gone)
        return None if left is None else (left, False)

    def _groups(self, shown: int, box: Box, other: _Side) -> Iterator[tuple[int, list[Box]]]:
        """The paths of a rule by which permits of the other side show them too; each with the boxes of those."""
        touching = [(b, s) for _, b, s in other.shown if s & shown and self.space.meet(box, b) is not None]
        cells: dict[int, int] = {shown: 0}
        for n, (_, seen) in enumerate(touching):
            cells = {
                part: held
                for bits, named in cells.items()
                for part, held in ((bits & seen, named | 1 << n), (bits & ~seen, named))
                if part
            }
        by_permits: dict[int, int] = {}
        for bits, named in cells.items():
            by_permits[named] = by_permits.get(named, 0) | bits
        for named, bits in by_permits.items():
            yield bits, [b for n, (b, _) in enumerate(touching) if named >> n & 1]

    def _left(self, box: Box, granting: Sequence[Box], gone: Sequence[Box]) -> Box | None:
        """Some request of a box that this side permits, and the other does not permit or forbids."""
        stops = [stop for stop in self.prover.stops if self.space.meet(box, stop) is not None]
        for stop in gone:
            part = self.space.meet(box, stop)
            if part is not None and (left := self.space.left(part, stops)) is not None:
                return left
        return self.space.left(box, [*stops, *granting])
