"""Proves the invariants of a rule set by subtracting boxes, and names rules that do nothing. A failure prints its witness."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache, cached_property

import msgspec

from consent.boxes import Box, Space
from consent.cases import failures
from consent.engine import HERE, RuleSet
from consent.invariant import Invariant, invariants_of
from consent.rule import Rule
from hub.errors import Misconfigured
from hub.located import Located, load
from hub.model.category import Category
from hub.model.registry import BY_CATEGORY, EVERYTHING, mask, paths


class Failure(msgspec.Struct, frozen=True, kw_only=True):
    """An invariant that does not hold: the rule that breaks it, and a request that shows it."""

    invariant: str
    words: str
    citation: str
    rule: str
    witness: dict[str, str]

    def __str__(self) -> str:
        """One sentence with the request to try."""
        request = ", ".join(f"{name}={value}" for name, value in self.witness.items())
        return f"{self.invariant}: {self.words} ({self.citation}) Broken by {self.rule or 'silence'} for {request}."


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """What the check found.

    `dead`: permits that never permit; `idle`: prohibitions that today stop nothing and guard against
    rules to come; `redundant`: rules whose work others do; `exceeding`: what a view would show beyond its rule's categories.
    """

    rule_set: str
    rules: int
    invariants_proved: int
    failed: tuple[Failure, ...]
    cases_failed: tuple[str, ...]
    dead: tuple[str, ...]
    idle: tuple[str, ...]
    redundant: tuple[str, ...]
    exceeding: dict[str, tuple[str, ...]]

    @property
    def sound(self) -> bool:
        """Whether the rule set may be activated."""
        return not (self.failed or self.cases_failed or self.exceeding)


class Prover:
    """The rules in force at one instant, as boxes."""

    def __init__(self, rules: RuleSet, as_of: int) -> None:
        self.rules, self.as_of = rules, as_of
        self.space = Space(rules.vocabulary)
        compiled = rules.at(as_of).compiled.rules
        self.permits = [(rule, self.space.rule(rule)) for rule in compiled if rule.effect == "permit"]
        self.forbids = [(rule, self.space.rule(rule)) for rule in compiled if rule.effect == "forbid"]

    @cached_property
    def stops(self) -> list[Box]:
        """The boxes of all prohibitions."""
        return [box for _, box in self.forbids]

    def prove(self, invariant: Invariant) -> Failure | None:
        """None when the invariant holds of every request there is; otherwise a counterexample."""
        region = self.space.box(invariant.where)
        if invariant.kind == "allows":
            return self._allows(invariant, region)
        for rule, box in self.permits:
            if not self._offends(invariant, rule):
                continue
            part = self.space.meet(region, box)
            left = self.space.left(part, self._near(part)) if part is not None else None
            if left is not None:
                return self._failure(invariant, rule.id, left)
        return None

    def shows(self, rule: Rule) -> int:
        """All that a rule's views could show; what a consent or an order names may be anything."""
        bits = EVERYTHING
        for name in rule.views:
            bits &= self.rules.views[name].bits
        return bits

    def dead(self) -> tuple[str, ...]:
        """Permits that prohibitions cover whole."""
        return tuple(rule.id for rule, box in self.permits if self.space.left(box, self._near(box)) is None)

    def idle(self) -> tuple[str, ...]:
        """Prohibitions that meet no permit."""
        return tuple(r.id for r, box in self.forbids if not any(self.space.meet(box, p) for _, p in self.permits))

    def redundant(self) -> tuple[str, ...]:
        """Rules that could be dropped without any answer changing; idle ones apart."""
        return tuple(
            [rule.id for rule, box in self.permits if self._done_by_permits(rule, box)]
            + [rule.id for rule, box in self.forbids if self._done_by_forbids(rule, box)]
        )

    def _done_by_permits(self, rule: Rule, box: Box) -> bool:
        shown, owed = self.shows(rule), set(rule.obligations)
        others = [
            b
            for r, b in self.permits
            if r is not rule and not shown & ~self.shows(r) and owed.issuperset(r.obligations)
        ]
        return (
            self.space.left(box, self._near(box)) is not None
            and self.space.left(box, [*self._near(box), *others]) is None
        )

    def _done_by_forbids(self, rule: Rule, box: Box) -> bool:
        others = [b for r, b in self.forbids if r is not rule]
        parts = [part for _, permit in self.permits if (part := self.space.meet(box, permit)) is not None]
        return bool(parts) and all(self.space.left(part, self._near(part, others)) is None for part in parts)

    def _offends(self, invariant: Invariant, rule: Rule) -> bool:
        match invariant.kind:
            case "never":
                return not invariant.paths or bool(self.shows(rule) & mask(invariant.paths))
            case "at_most":
                return bool(self.shows(rule) & ~self.rules.views[invariant.name].bits)
            case _:
                return invariant.name not in rule.obligations

    def _allows(self, invariant: Invariant, region: Box) -> Failure | None:
        for rule, box in self.forbids:
            part = self.space.meet(region, box)
            if part is not None:
                return self._failure(invariant, rule.id, part)
        wanted = self.rules.views[invariant.name].bits
        granting = [box for rule, box in self.permits if not wanted & ~self.shows(rule)]
        left = self.space.left(region, granting)
        return None if left is None else self._failure(invariant, "", left)

    def _near(self, box: Box, among: Sequence[Box] | None = None) -> list[Box]:
        """The prohibitions that touch a box at all."""
        return [stop for stop in (self.stops if among is None else among) if self.space.meet(box, stop) is not None]

    def _failure(self, invariant: Invariant, rule: str, left: Box) -> Failure:
        return Failure(
            invariant=invariant.id,
            words=invariant.words,
            citation=invariant.citation,
            rule=rule,
            witness=self.space.witness(left),
        )


def check(rules: RuleSet, as_of: int, invariants: Iterable[Invariant] | None = None) -> Report:
    """Prove every invariant, run every case, and name the rules that do nothing, as of an instant (UTC microseconds)."""
    prover = Prover(rules, as_of)
    promised = tuple(house_invariants(rules) if invariants is None else invariants)
    failed = tuple(failure for one in promised if (failure := prover.prove(one)) is not None)
    in_force = [rule for rule in rules.rules if rule in rules.at(as_of).compiled.rules]
    return Report(
        rule_set=rules.hash,
        rules=len(rules.rules),
        invariants_proved=len(promised) - len(failed),
        failed=failed,
        cases_failed=tuple(failures(in_force, rules, as_of)),
        dead=prover.dead(),
        idle=prover.idle(),
        redundant=prover.redundant(),
        exceeding={rule.id: beyond for rule in in_force if (beyond := _beyond(rule, prover))},
    )


def require_sound(rules: RuleSet, as_of: int) -> None:
    """Refuse a rule set that breaks an invariant now or at any later turn of the law. Raises Misconfigured with the witness."""
    promised = house_invariants(rules)
    for at in (as_of, *(turn for turn in rules.turns if turn > as_of)):
        prover = Prover(rules, at)
        for invariant in promised:
            if (failure := prover.prove(invariant)) is not None:
                raise Misconfigured(
                    str(failure), at="rules", cure="Correct the rule, or have counsel change the invariant."
                )


def house_invariants(rules: RuleSet) -> tuple[Invariant, ...]:
    """The invariants of the house, read against the vocabulary and views of a rule set."""
    return invariants_of(_promised(), rules.vocabulary, rules.views)


@cache
def _promised() -> Located:
    """The house's own file: it belongs to the code, and does not change while that runs."""
    return load(HERE / "invariants.yaml")


def _beyond(rule: Rule, prover: Prover) -> tuple[str, ...]:
    """Paths of a permit's views that lie outside the categories it permits; they are never shown by it."""
    if rule.effect != "permit" or any(prover.rules.views[name].named_by for name in rule.views):
        return ()
    allowed = 0
    for name in rule.when["category"]:
        allowed |= BY_CATEGORY[Category(name)]
    return paths(prover.shows(rule) & ~allowed)
