"""How the tests of this room ask: one rule set for all, and questions with everything granted but what a test narrows."""

from __future__ import annotations

from functools import cache

from consent.engine import RuleSet
from consent.obligation import obligations
from consent.question import Limits, Question, Scope, usual
from hub.model.category import Category, Regime
from hub.model.decision import Decision
from hub.model.label import Label
from hub.model.registry import branch

# 2026-11-22, midnight UTC, in microseconds.
AS_OF = 1_795_305_600_000_000


@cache
def rules() -> RuleSet:
    """The rules of the house, read once."""
    return RuleSet.load()


def ask(
    bodies: tuple[str, ...],
    regimes: tuple[str, ...] = ("HIPAA",),
    recast: tuple[tuple[str, str], ...] = (),
    named: tuple[str, ...] | None = None,
    **facts: str,
) -> Question:
    """A question about some bodies; the agreement covers everything, every obligation can be discharged."""
    said = usual(**({"state": "DEMO"} | facts))
    purposes = frozenset({said.purpose})
    categories = frozenset(Category) if named is None else frozenset(Category(n) for n in named)
    scope = Scope(actors=frozenset({"partner"}), purposes=purposes, categories=categories)
    label = Label(
        regimes=frozenset(Regime(r) for r in regimes),
        recast=tuple((Category(a), Category(b)) for a, b in recast),
    )
    return Question(
        partner="partner",
        facts=said,
        labels=(label,) * len(bodies),
        bodies=bodies,
        limits=Limits(agreement="A@1", categories=frozenset(Category), purposes=purposes),
        consent=scope,
        order=scope,
        dischargeable=frozenset(obligations()),
        consents=("C@1",),
        as_of=AS_OF,
    )


def shown(decision: Decision) -> int:
    """Everything that a decision grants, event by event, as one set of paths."""
    bits = 0
    for granted in decision.granted:
        bits |= granted
    return bits


def goes(decision: Decision, path: str) -> bool:
    """Whether a path, with all below it, is granted."""
    return not branch(path) & ~shown(decision)


def stays(decision: Decision, path: str) -> bool:
    """Whether nothing of a path is granted."""
    return not branch(path) & shown(decision)
