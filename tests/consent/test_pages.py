"""The pages about the law say what the rules say, and no row of the law is without a keeper."""

from __future__ import annotations

from pathlib import Path

import pytest

from consent.obligation import obligations
from consent.pages import keepers, law, pages
from consent.prover import house_invariants
from tests.consent.asking import rules

PAGES = Path(__file__).parents[2] / "docs" / "regimes"
# Rows without a rule of their own: rules of other rows carry them out, with a case that shows it.
BY_OTHERS = {
    "accounting": ("hipaa.le.identify", "ACCOUNTING"),
    "p2-accounting": ("p2.tpo.intermediary", "P2_LIST"),
    "reproductive": ("hipaa.le.process", "no attestation is asked for reproductive health"),
    "l988-georouting": ("l988.rescue", "crisis_contact.coarse_area"),
}


def test_the_pages_are_those_of_the_rules() -> None:
    made = pages(rules())

    assert {page.name for page in PAGES.glob("*.md")} == made.keys()
    assert [name for name, text in made.items() if (PAGES / name).read_text(encoding="utf-8") != text] == []


def test_every_row_of_the_law_has_its_rules() -> None:
    named = {rule.row for rule in rules().rules if rule.row}

    assert named == law().keys() - BY_OTHERS.keys()


@pytest.mark.parametrize("name", law())
def test_every_row_of_the_law_has_rule_ids_and_their_cases(name: str) -> None:
    found = keepers(name, law()[name], rules())

    assert [one.id for one in found if one.cases]
    assert [one.id for one in found if not one.cases] == []


@pytest.mark.parametrize("name", BY_OTHERS)
def test_a_row_without_a_rule_of_its_own_is_shown_by_anothers(name: str) -> None:
    rule, shown = BY_OTHERS[name]
    (found,) = (one for one in keepers(name, law()[name], rules()) if one.id == rule)

    said = [*found.obligations, *(word for case in found.cases for word in (case.why, *case.hides))]
    assert shown in said


def test_what_a_row_leans_on_exists() -> None:
    promised = {one.id for one in house_invariants(rules())}

    for name, row in law().items():
        assert set(row.invariants) <= promised, name
        assert set(row.obligations) <= obligations().keys(), name
        assert set(row.rules) <= {rule.id for rule in rules().rules}, name


# The table of law as counsel reads it, row by row. A row that leaves law.yaml, or comes without its rules, is missed here.
TABLE = """
treat payment-operations psynotes family le-request le-process litigant crime-victim death-crime premises off-premises threat
admission admission-therapy child-abuse adult-abuse custody nics coroner research unverified whole-record business-associate
accounting restriction not-to-share consent-defective minor-parent reproductive p2-minimum p2-tpo p2-received p2-emergency
p2-police-order p2-notes p2-premises p2-child-abuse p2-supervision p2-proceedings p2-public-health p2-presence p2-restriction
p2-minor-alone p2-minor-both p2-accounting p2-intermediary va chri vawa fvpsa police-dv victim-hmis hmis-police education
l988-contact l988-georouting ca tx ny il fl transfer wellness
"""


def test_no_row_of_the_table_of_law_is_missing() -> None:
    named = {rule.row for rule in rules().rules if rule.row}

    assert set(law()) == set(TABLE.split())
    assert named <= set(law())
    assert [name for name, row in law().items() if name not in named and not (row.invariants or row.obligations)] == []
