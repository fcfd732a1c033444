"""Every rule keeps its own cases, and no rule can be dropped or flipped without a case noticing."""

from __future__ import annotations

import msgspec
import pytest

from consent.cases import failures
from consent.engine import RuleSet
from consent.rule import Rule
from tests.consent.asking import AS_OF, rules

OPPOSITE = {"permit": "forbid", "forbid": "permit", "duty": "forbid"}


def changed(name: str, change: dict[str, object] | None) -> RuleSet:
    """The rules of the house with one rule dropped, or with some of its fields changed."""

    def mend(rule: Rule) -> tuple[Rule, ...]:
        if rule.id != name:
            return (rule,)
        return () if change is None else (msgspec.structs.replace(rule, **change),)

    files = tuple(
        msgspec.structs.replace(file, rules=tuple(kept for rule in file.rules for kept in mend(rule)))
        for file in rules().files
    )
    return RuleSet(files, rules().views, rules().vocabulary)


def flipped(rule: Rule) -> dict[str, object]:
    effect = OPPOSITE[rule.effect]
    return {"effect": effect, "views": ("received",) if effect == "permit" else (), "obligations": (), "tell": ()}


def test_every_case_of_every_rule_holds() -> None:
    assert failures(rules().rules, rules(), AS_OF) == []


@pytest.mark.parametrize("rule", rules().rules, ids=lambda rule: rule.id)
def test_dropping_or_flipping_a_rule_is_noticed(rule: Rule) -> None:
    assert failures((rule,), changed(rule.id, None), AS_OF) != []
    assert failures((rule,), changed(rule.id, flipped(rule)), AS_OF) != []


def test_every_permit_has_a_case_that_gives_and_every_prohibition_one_that_hides() -> None:
    bare = [
        rule.id
        for rule in rules().rules
        if not any({"permit": case.gives, "forbid": case.hides, "duty": case.duty}[rule.effect] for case in rule.cases)
    ]

    assert bare == []


def test_rules_have_law_and_words_for_people() -> None:
    for rule in rules().rules:
        assert len(rule.words) > 20, rule.id
        assert rule.words.endswith("."), rule.id
        assert rule.citation, rule.id
