"""Compiles the rules in force into bit masks: one mask of rules per (dimension, value), so that a question is a row of ANDs."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from consent.question import Facts
from consent.rule import Rule
from consent.vocabulary import UNKNOWN, Vocabulary
from hub.errors import Misconfigured
from hub.model.category import Category, Regime


class Masks(msgspec.Struct, frozen=True):
    """One dimension, compiled: the rules that each value matches, and those that an unknown value matches."""

    by_value: dict[str, int]
    unknown: int

    def of(self, value: str) -> int:
        """The rules that this value matches."""
        return self.by_value.get(value, self.unknown)


class Compiled:
    """The rules of one span of time. Bit n of a mask stands for the nth rule, in the order of ids, so order of files is nothing.

    INVARIANT: a value that nobody knows matches no permit that asks about its dimension, and every prohibition that does.
    """

    def __init__(self, rules: tuple[Rule, ...], vocabulary: Vocabulary) -> None:
        self.rules = tuple(sorted(rules, key=lambda rule: rule.id))
        self.everything = (1 << len(self.rules)) - 1
        self.permits, self.forbids, self.duties = (self._effect(e) for e in ("permit", "forbid", "duty"))
        _agree(vocabulary)
        self.context = tuple(self._masks(name, vocabulary) for name in Facts.__struct_fields__)
        regimes, categories = self._masks("regime", vocabulary), self._masks("category", vocabulary)
        self.regime = {regime: regimes.of(regime.value) for regime in Regime}
        self.category = {category: categories.of(category.value) for category in Category}

    def applying(self, facts: Facts) -> int:
        """The rules whose context these facts fulfil; what is left to ask is the element."""
        left = self.everything
        for masks, value in zip(self.context, msgspec.structs.astuple(facts), strict=True):
            left &= masks.by_value.get(value, masks.unknown)
        return left

    def named(self, mask: int) -> Iterator[tuple[int, Rule]]:
        """The rules of a mask with their places, in the order of ids."""
        while mask:
            lowest = mask & -mask
            place = lowest.bit_length() - 1
            yield place, self.rules[place]
            mask ^= lowest

    def _effect(self, effect: str) -> int:
        return sum(1 << n for n, rule in enumerate(self.rules) if rule.effect == effect)

    def _masks(self, name: str, vocabulary: Vocabulary) -> Masks:
        free = sum(1 << n for n, rule in enumerate(self.rules) if name not in rule.when)
        asked = [(1 << n, rule.when[name]) for n, rule in enumerate(self.rules) if name in rule.when]
        values = {v: free | sum(bit for bit, found in asked if v in found) for v in vocabulary.dimensions[name].values}
        closed = sum(bit for bit, _ in asked) & self.forbids
        return Masks(by_value=values, unknown=free | closed)


def _agree(vocabulary: Vocabulary) -> None:
    known, asked = set(vocabulary.context), set(Facts.__struct_fields__)
    for odd in sorted(known ^ asked):
        raise Misconfigured(f"the dimension {odd} stands only in vocabulary.yaml or only in Facts.", cure="Add it.")
    for dimension in vocabulary.dimensions.values():
        if UNKNOWN in dimension.values:
            raise Misconfigured(f"{dimension.name} may not list {UNKNOWN}.", cure="Leave it out: it is what remains.")
