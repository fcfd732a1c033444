"""The pages about the law say what the rules say, and no row of the law is without a keeper."""

from __future__ import annotations

from pathlib import Path

from consent.obligation import obligations
from consent.pages import law, pages
from consent.prover import house_invariants
from tests.consent.asking import rules

PAGES = Path(__file__).parents[2] / "docs" / "regimes"
# Rows that the law asks no rule for; their invariants and obligations keep them.
WITHOUT_RULE = {"accounting", "reproductive", "p2-accounting", "l988-georouting"}


def test_the_pages_are_those_of_the_rules() -> None:
    made = pages(rules())

    assert {page.name for page in PAGES.glob("*.md")} == made.keys()
    assert [name for name, text in made.items() if (PAGES / name).read_text(encoding="utf-8") != text] == []


def test_every_row_of_the_law_has_its_rules() -> None:
    named = {rule.row for rule in rules().rules if rule.row}

    assert named == law().keys() - WITHOUT_RULE


def test_what_a_row_leans_on_exists() -> None:
    promised = {one.id for one in house_invariants(rules())}

    for name, row in law().items():
        assert set(row.invariants) <= promised, name
        assert set(row.obligations) <= obligations().keys(), name
        assert name not in WITHOUT_RULE or row.invariants or row.obligations, name
