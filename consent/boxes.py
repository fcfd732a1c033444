"""Set boxes: products of finite sets of values. Rules are boxes, so what is left after a subtraction is an exact counterexample."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from consent.rule import Rule
from consent.vocabulary import UNKNOWN, Vocabulary

# One set of values per dimension, as bits; a dimension that is absent is free.
Box = Mapping[str, int]


class Space:
    """All dimensions with their values, the unknown included; turns rules and regions into boxes and boxes into words."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self.values = {name: (*d.values, UNKNOWN) for name, d in vocabulary.dimensions.items()}
        self.bit = {name: {value: 1 << n for n, value in enumerate(values)} for name, values in self.values.items()}
        self.full = {name: (1 << len(values)) - 1 for name, values in self.values.items()}

    def box(self, when: Mapping[str, Iterable[str]]) -> Box:
        """The box of exactly these values."""
        return {name: sum(self.bit[name][value] for value in set(values)) for name, values in when.items()}

    def rule(self, rule: Rule) -> Box:
        """Where a rule matches: a prohibition matches the unknown too, in every dimension that it asks about."""
        found = self.box(rule.when)
        if rule.effect != "forbid":
            return found
        return {name: bits | self.bit[name][UNKNOWN] for name, bits in found.items()}

    def left(self, box: Box, taken: Sequence[Box]) -> Box | None:
        """Some part of a box that none of the others covers, or None when they cover it whole."""
        return next(self.leftovers(box, taken), None)

    def leftovers(self, box: Box, taken: Sequence[Box], start: int = 0) -> Iterator[Box]:
        """All disjoint parts of a box that none of the others covers."""
        for n in range(start, len(taken)):
            if self.meet(box, taken[n]) is not None:
                for part in self._without(box, taken[n]):
                    yield from self.leftovers(part, taken, n + 1)
                return
        yield box

    def meet(self, one: Box, other: Box) -> Box | None:
        """What two boxes have in common, or None."""
        common = dict(one)
        for name, bits in other.items():
            both = common.get(name, bits) & bits
            if not both:
                return None
            common[name] = both
        return common

    def _without(self, box: Box, taken: Box) -> Iterator[Box]:
        inside = dict(box)
        for name, bits in taken.items():
            held = inside.get(name, self.full[name])
            if outside := held & ~bits:
                yield {**inside, name: outside}
            inside[name] = held & bits

    def witness(self, box: Box) -> dict[str, str]:
        """One request inside a box: the first value of each dimension that is not free."""
        return {
            name: next(value for value in self.values[name] if self.bit[name][value] & bits)
            for name, bits in box.items()
            if bits != self.full[name]
        }
