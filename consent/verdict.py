"""Judges the elements of one event: within a regime permits unite, across regimes they intersect, a forbid wins."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from consent.compiler import Compiled
from consent.question import Facts, Limits, Names, Scope
from consent.rule import Rule
from consent.view import View
from hub.model.category import Category, Regime
from hub.model.label import Label
from hub.model.registry import BODIES, BY_BODY, BY_CATEGORY, mask

# Per body: the categories declared in it, each with its paths.
DECLARED: dict[str, tuple[tuple[Category, int], ...]] = {
    body: tuple((c, BY_BODY[body] & bits) for c, bits in BY_CATEGORY.items() if BY_BODY[body] & bits) for body in BODIES
}
NO_RULE = -1
# 42 CFR 2.33(b)(1): what was received by consent goes on as HIPAA allows; the Department of Veterans Affairs is a covered entity.
WITHIN_HIPAA = frozenset({Regime.PART2_RECEIVED, Regime.VA7332})
# Whatever a label says, these stay what they are as well: no value makes criminal history into something milder.
FIXED = frozenset(
    {
        Category.PSYNOTES,
        Category.SUD_NOTES,
        Category.CHRI,
        Category.DNA_DENTAL,
        Category.DV_VICTIM,
        Category.WELLNESS,
        Category.NARRATIVE,
    }
)


class Finding(msgspec.Struct, frozen=True, gc=False):
    """What settled some paths of one kind under one regime. `rule` is its place among the compiled rules, or NO_RULE."""

    effect: str
    kind: Category
    regime: Regime
    rule: int
    bits: int


class Grant(msgspec.Struct, frozen=True, kw_only=True):
    """What may be seen of one event, and what settled it."""

    bits: int
    because: tuple[Finding, ...]
    withheld: tuple[Finding, ...]


class Asked(msgspec.Struct, frozen=True, kw_only=True, cache_hash=True):
    """What is the same for all events of a question: the part of it that judging depends on."""

    partner: str
    facts: Facts
    limits: Limits
    consent: Scope
    order: Scope
    dischargeable: Names
    refused: frozenset[Category] = frozenset()


class Judge:
    """One `Asked` against the compiled rules; remembers what it judged."""

    def __init__(self, asked: Asked, compiled: Compiled, views: dict[str, View], afterwards: Names) -> None:
        self.asked, self.compiled, self.views = asked, compiled, views
        self.applying = compiled.applying(asked.facts)
        self.refusing = self._refusing() if asked.refused else 0
        urgent = afterwards if asked.facts.purpose == "AVERT_THREAT" else frozenset()
        self.dischargeable = asked.dischargeable | urgent
        self.agreed = asked.facts.purpose in asked.limits.purposes

    def _refusing(self) -> int:
        """What applies to the categories that were refused: every prohibition of a refusal, and no permit that it ends."""
        denied = self.compiled.applying(msgspec.structs.replace(self.asked.facts, consent="DENY"))
        return self.applying & denied | (self.applying | denied) & self.compiled.forbids

    def grant(self, label: Label, body: str) -> Grant:
        """What may be seen of an event with this label and body."""
        moved = _moves(label)
        bits, because, withheld = 0, [], []
        for declared, paths in DECLARED[body]:
            left = paths
            found: list[Finding] = []
            for kind in _kinds(declared, moved):
                left &= self._kind(label, kind, declared, paths, found)
            bits |= left
            because += [
                msgspec.structs.replace(f, bits=f.bits & left) for f in found if f.effect == "permit" and f.bits & left
            ]
            withheld += [f for f in found if f.effect != "permit"] if left != paths else []
            withheld += _unlisted(found, paths & ~left) if left != paths else []
        if not bits & ~BY_CATEGORY[Category.ADMIN]:
            return Grant(bits=0, because=(), withheld=tuple(withheld))
        return Grant(bits=bits, because=tuple(because), withheld=tuple(withheld))

    def _kind(self, label: Label, kind: Category, declared: Category, paths: int, found: list[Finding]) -> int:
        regimes = _standing(label)
        if declared is not Category.ADMIN and not (self.agreed and kind in self.asked.limits.categories):
            found.append(Finding("agreement", kind, regimes[0], NO_RULE, paths))
            return 0
        left = paths
        for regime in regimes:
            left &= self._under(regime, kind, declared, paths, found)
        return left

    def _under(self, regime: Regime, kind: Category, declared: Category, paths: int, found: list[Finding]) -> int:
        applying = self.applying if self.asked.refused.isdisjoint((kind, declared)) else self.refusing
        hit = applying & self.compiled.regime[regime] & self.compiled.category[kind]
        if stopped := hit & self.compiled.forbids:
            found += [Finding("forbid", kind, regime, place, paths) for place, _ in self.compiled.named(stopped)]
            return 0
        united = 0
        for place, rule in self.compiled.named(hit & self.compiled.permits):
            try:
                seen = self._seen(rule, kind, declared, paths)
            except Exception:  # noqa: BLE001  # INVARIANT: a rule that raises forbids, whatever it raised
                found.append(Finding("fault", kind, regime, place, paths))
                return 0
            if seen and not self.dischargeable.issuperset(rule.obligations):
                found.append(Finding("undischarged", kind, regime, place, seen))
                continue
            found.append(Finding("permit", kind, regime, place, seen))
            united |= seen
        if not hit & self.compiled.permits:
            found.append(Finding("silence", kind, regime, NO_RULE, paths))
        return united

    def _seen(self, rule: Rule, kind: Category, declared: Category, paths: int) -> int:
        for name in rule.views:
            view = self.views[name]
            paths &= view.bits
            if view.named_by:
                paths &= self._named(
                    self.asked.consent if view.named_by == "consent" else self.asked.order, kind, declared, paths
                )
        return paths

    def _named(self, scope: Scope, kind: Category, declared: Category, paths: int) -> int:
        facts = self.asked.facts
        if facts.purpose not in scope.purposes or scope.actors.isdisjoint((self.asked.partner, facts.recipient)):
            return 0
        if kind in scope.categories:
            return paths
        return paths & mask(scope.paths) if kind is declared else 0


def _standing(label: Label) -> list[Regime]:
    """The regimes of a label. INVARIANT: those that only take away from HIPAA never stand without it."""
    implied = {Regime.HIPAA} if label.regimes & WITHIN_HIPAA else set()
    return sorted(label.regimes | implied) or [Regime.UNKNOWN]


def _moves(label: Label) -> dict[Category, tuple[Category, ...]]:
    """Where a label moves declared categories; what is moved twice must pass as both."""
    found: dict[Category, tuple[Category, ...]] = {}
    for source, target in label.recast:
        found[source] = (*found.get(source, ()), target)
    return found


def _kinds(declared: Category, moved: dict[Category, tuple[Category, ...]]) -> tuple[Category, ...]:
    kinds = moved.get(declared, (declared,))
    return (*kinds, declared) if declared in FIXED and declared not in kinds else kinds


def _unlisted(found: Iterable[Finding], missing: int) -> list[Finding]:
    """The permits whose view, consent or order does not name some paths that nothing else withheld."""
    settled = [f for f in found if f.effect != "permit"]
    if settled:
        return []
    return [Finding("view", f.kind, f.regime, f.rule, missing & ~f.bits) for f in found if missing & ~f.bits]
