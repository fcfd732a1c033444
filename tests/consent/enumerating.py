"""An oracle for the prover that shares nothing with set boxes: it walks through the kinds of requests there are, one by one.

Values that no rule in question tells apart are walked through once. A branch is left early only where one prohibition already
holds whatever comes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import prod
from random import Random
from typing import NamedTuple

from consent.engine import RuleSet
from consent.invariant import Invariant
from consent.prover import Prover
from consent.rule import Rule
from consent.vocabulary import UNKNOWN, Vocabulary
from hub.model.registry import branch

Values = Mapping[str, frozenset[str]]
# Regions with more kinds of requests than this are sampled: five of the two hundred and thirty that the house has.
MOST = 300_000


class Matching(NamedTuple):
    """For one dimension, which rules each of its values matches, as bits; values that match alike are one."""

    name: str
    kinds: tuple[tuple[str, int], ...]


def matches(rule: Rule, name: str, value: str) -> bool:
    """Whether a rule matches a value, read like a person would: the unknown matches every prohibition and no permit."""
    if name not in rule.when:
        return True
    return value in rule.when[name] or (value == UNKNOWN and rule.effect == "forbid")


def universe(words: Vocabulary, region: Values) -> dict[str, list[str]]:
    """Every value of every dimension, the unknown among them, as far as a region reaches."""
    return {
        name: [v for v in (*dimension.values, UNKNOWN) if name not in region or v in region[name]]
        for name, dimension in words.dimensions.items()
    }


def dimensions(rules: Sequence[Rule], reach: Mapping[str, list[str]]) -> list[Matching]:
    """The dimensions, those that tell most apart first."""
    found = []
    for name, values in reach.items():
        kinds: dict[int, str] = {}
        for value in values:
            kinds.setdefault(sum(1 << n for n, rule in enumerate(rules) if matches(rule, name, value)), value)
        found.append(Matching(name, tuple((value, bits) for bits, value in kinds.items())))
    return sorted(found, key=lambda one: -len(one.kinds))


def request(
    rules: Sequence[Rule],
    reach: Mapping[str, list[str]],
    wrong: Callable[[int], bool],
    sure: Callable[[int], bool],
    most: int = MOST,
) -> dict[str, str] | None:
    """The first kind of request whose matching rules (as bits) are `wrong`; None when none is.

    `sure` says of some bits that they settle a request as right whatever else matches. Where the same rules are left at the
    same dimension, the rest was walked through before.
    """
    order = dimensions(rules, reach)
    if prod(len(one.kinds) for one in order) > most:
        return _sampled(rules, order, wrong)
    bound = [_bound(order, n, len(rules)) for n in range(len(order) + 1)]
    walked: set[tuple[int, int]] = set()

    def walk(place: int, bits: int) -> dict[str, str] | None:
        if sure(bits & bound[place]) or (place, bits) in walked:
            return None
        if place == len(order):
            return {} if wrong(bits) else None
        for value, matching in order[place].kinds:
            found = walk(place + 1, bits & matching)
            if found is not None:
                return {order[place].name: value, **found}
        walked.add((place, bits))
        return None

    return walk(0, (1 << len(rules)) - 1)


def _sampled(rules: Sequence[Rule], order: Sequence[Matching], wrong: Callable[[int], bool]) -> dict[str, str] | None:
    chance = Random(len(rules))
    for _ in range(2_000):
        picked = [(one.name, *chance.choice(one.kinds)) for one in order]
        bits = (1 << len(rules)) - 1
        for _, _, matching in picked:
            bits &= matching
        if wrong(bits):
            return {name: value for name, value, _ in picked}
    return None


def _bound(order: Sequence[Matching], start: int, count: int) -> int:
    """The rules that match whatever comes from a dimension on."""
    bits = (1 << count) - 1
    for one in order[start:]:
        for _, matching in one.kinds:
            bits &= matching
    return bits


def counterexample(known: RuleSet, at: int, invariant: Invariant, most: int = MOST) -> dict[str, str] | None:
    """A request that breaks an invariant, or None where none of all requests does.

    A region that holds more kinds of requests than `most` is sampled.
    """
    prover = Prover(known, at)
    in_force = known.at(at).compiled.rules
    forbids = [rule for rule in in_force if rule.effect == "forbid"]
    permits = [rule for rule in in_force if rule.effect == "permit"]
    if invariant.kind == "allows":
        return _not_allowed(known, invariant, prover, permits, forbids)
    for permit in permits:
        if not _offends(known, prover, invariant, permit):
            continue
        region = {name: frozenset(values) for name, values in invariant.where.items()}
        region |= {name: found & region.get(name, found) for name, found in permit.when.items()}
        reach = universe(known.vocabulary, region)
        if not all(reach.values()):
            continue
        near = [
            stop for stop in forbids if all(any(matches(stop, n, v) for v in values) for n, values in reach.items())
        ]
        found = request(near, reach, lambda bits: not bits, bool, most)
        if found is not None:
            return found
    return None


def _offends(known: RuleSet, prover: Prover, invariant: Invariant, permit: Rule) -> bool:
    """Whether a permit would break the invariant wherever it is not stopped."""
    shown = prover.shows(permit)
    if invariant.kind == "never":
        return not invariant.paths or any(shown & branch(path) for path in invariant.paths)
    if invariant.kind == "at_most":
        return bool(shown & ~known.views[invariant.name].bits)
    return invariant.name not in permit.obligations


def _not_allowed(
    known: RuleSet, invariant: Invariant, prover: Prover, permits: Sequence[Rule], forbids: Sequence[Rule]
) -> dict[str, str] | None:
    wanted = known.views[invariant.name].bits
    granting = [rule for rule in permits if not wanted & ~prover.shows(rule)]
    stops = (1 << len(forbids)) - 1
    reach = universe(known.vocabulary, invariant.where)
    return request([*forbids, *granting], reach, lambda bits: bool(bits & stops) or not bits & ~stops, lambda _: False)
