"""Runs the cases that every rule carries. A case fails when a path goes where it should not, or when another rule settles it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from consent.engine import RuleSet
from consent.obligation import obligations
from consent.question import Limits, Question, Scope, usual
from consent.rule import Case, Rule
from hub.model.category import Category, Regime
from hub.model.decision import Decision
from hub.model.label import Label
from hub.model.registry import branch

ANYONE = Limits(agreement="case", categories=frozenset(Category))


def question(case: Case, as_of: int) -> Question:
    """The question that a case asks: usual facts, an agreement that covers everything, all obligations dischargeable."""
    facts = usual(**case.ask)
    purposes = frozenset({facts.purpose})
    named = frozenset(Category) if case.scope is None else frozenset(Category(name) for name in case.scope)
    scope = Scope(actors=frozenset({facts.recipient}), purposes=purposes, categories=named)
    label = Label(
        regimes=frozenset(Regime(name) for name in case.regimes),
        recast=tuple((Category(source), Category(target)) for source, target in case.recast.items()),
    )
    bodies = tuple(sorted({path.split(".")[0] for path in (*case.gives, *case.hides)})) or ("person",)
    return Question(
        partner="case",
        facts=facts,
        labels=(label,) * len(bodies),
        bodies=bodies,
        limits=Limits(agreement="case", categories=ANYONE.categories, purposes=purposes),
        consent=scope,
        order=scope,
        dischargeable=frozenset(obligations()),
        consents=("consent@1",),
        as_of=as_of,
    )


def wrong(rule: Rule, case: Case, rules: RuleSet, as_of: int) -> Iterator[str]:
    """What is wrong with one case, in sentences; nothing when it holds."""
    decision = rules.decide(question(case, as_of))
    shown = 0
    for bits in decision.granted:
        shown |= bits
    for path in case.gives:
        if branch(path) & ~shown:
            yield f'{rule.id}: "{path}" should go and is withheld.'
    for path in case.hides:
        if branch(path) & shown:
            yield f'{rule.id}: "{path}" should be withheld and goes.'
    if not _settles(rule, case, decision):
        yield f"{rule.id}: another rule settles this case: {case.why or dict(case.ask)}."


def _settles(rule: Rule, case: Case, decision: Decision) -> bool:
    """Whether the rule itself is named where the case says that it speaks."""
    match rule.effect:
        case "permit":
            return not case.gives or any(r.rule == rule.id and r.effect == "permit" for r in decision.because)
        case "forbid":
            return not case.hides or any(r.rule == rule.id and r.effect == "forbid" for r in decision.withheld)
        case _:
            return any(duty.rule == rule.id for duty in decision.duties) == case.duty


def failures(tested: Iterable[Rule], rules: RuleSet, as_of: int) -> list[str]:
    """Every sentence about every failing case of some rules, judged by a rule set."""
    return [found for rule in tested for case in rule.cases for found in wrong(rule, case, rules, as_of)]
