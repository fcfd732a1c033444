"""No rule, no view and no overlay can be altered unnoticed: the tables of law contradict the answers of every mutant.

`answers.csv` says by rule whom, what for and when it speaks, `fields.csv` by field which views show it; both are changed by hand.
A new rule needs its rows there, with every value spelled out: what a set like `providers` comes to is said twice on purpose.
"""

from __future__ import annotations

import os
from zlib import crc32

import pytest

from consent.rule import Rule
from hub.model.registry import paths
from tests.consent.asking import rules
from tests.consent.edges import edges
from tests.consent.mutants import (
    contradicted,
    contradicted_by_date,
    contradicted_by_view,
    dated,
    of_rule,
    of_view,
    silent,
)
from tests.consent.tables import DOOR, WINDOW, Answer, answer, shown, table

IDS = [rule.id for rule in rules().rules]
# Before a commit every twelfth mutant is tried, always the same ones; the check tries all.
EVERY = 12 if os.environ.get("CRISIS_HUB_PROPERTIES") == "quick" else 1


def tried(*name: str) -> bool:
    return crc32(" ".join(name).encode()) % EVERY == 0


def test_every_rule_stands_in_the_tables() -> None:
    assert sorted(table().keys() - {DOOR, WINDOW}) == sorted(IDS)


def test_every_field_that_a_view_shows_stands_in_the_tables() -> None:
    """A new field below a branch that views list: read who sees it, then give it a row in `fields.csv`, or keep it from them."""
    beyond = {name: paths(view.bits & ~shown()[name]) for name, view in rules().views.items()}
    missing = {name: paths(shown()[name] & ~view.bits) for name, view in rules().views.items()}

    assert {name: found for name, found in beyond.items() if found} == {}
    assert {name: found for name, found in missing.items() if found} == {}


@pytest.mark.parametrize("rule", rules().rules, ids=IDS)
def test_every_rule_answers_at_its_edges_as_the_tables_say(rule: Rule) -> None:
    for question in edges(table()[rule.id]):
        if tried(rule.id, str(question.facts)):
            assert Answer.of(rules().decide(question)) == answer(question), (question.facts, question.labels[0])


@pytest.mark.parametrize("rule", rules().rules, ids=IDS)
def test_no_mutant_of_a_rule_survives(rule: Rule) -> None:
    survivors = [
        one.words
        for one in of_rule(rule)
        if tried(rule.id, one.words) and not silent(rule, one.altered) and not contradicted(rule.id, one)
    ]
    survivors += [word for word, altered in dated(rule) if not contradicted_by_date(rule, altered)]

    assert survivors == []


@pytest.mark.parametrize("name", sorted(rules().views))
def test_no_mutant_of_a_view_survives(name: str) -> None:
    survivors = [
        word
        for word, altered in of_view(rules().views[name])
        if tried(name, word) and contradicted_by_view(altered) is False
    ]

    assert survivors == []


def test_the_mutants_are_many_and_few_make_no_difference() -> None:
    mutants = [(rule, one.altered) for rule in rules().rules for one in of_rule(rule)]

    assert len(mutants) > 15_000
    assert sum(silent(*one) for one in mutants) < 0.15 * len(mutants)
