"""The code sets on labelled facts: what is promised of them, and that the figures are honest."""

from __future__ import annotations

from pathlib import Path

import pytest

from consent.codeset import codesets
from consent.measure import HELD, facts, measured
from hub.errors import Misconfigured
from tests.cli.conftest import ran

FACTS = facts()


def test_the_set_is_no_toy() -> None:
    assert len(FACTS) >= 500
    assert sum(one.part == HELD for one in FACTS) >= 100
    assert sum(not one.sets for one in FACTS) >= 100
    for name in codesets().sensitivities:
        assert sum(name in one.sets for one in FACTS) >= 30, name


def test_no_fact_stands_twice() -> None:
    said = [(one.system, one.code, one.text.lower()) for one in FACTS]

    assert len(said) - len(set(said)) == 0


@pytest.mark.parametrize(("part", "recall"), [("tuned", 0.93), (HELD, 0.85)])
def test_what_is_found_does_not_become_less(part: str, recall: float) -> None:
    *_, whole = measured(one for one in FACTS if one.part == part)

    assert whole.recall >= recall
    assert whole.precision >= 0.97


def test_codes_are_found_whoever_wrote_them() -> None:
    coded = [one for one in FACTS if one.code and one.sets]

    missed = [str(one) for one in coded if not one.found]
    assert len(missed) <= 0.03 * len(coded), missed


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("SUDD,,,drunk,,held", "line 2: no set SUDD"),
        ("SUD,ICD10CM,F10,drunk,,held", "line 2: a fact is a code or a text"),
        ("SUD,,,,,held", "line 2: a fact is a code or a text"),
    ],
)
def test_a_wrong_row_is_refused_by_line(tmp_path: Path, row: str, said: str) -> None:
    file = tmp_path / "facts.csv"
    file.write_text(f"sets,system,code,text,note,part\n{row}\n", encoding="utf-8")

    with pytest.raises(Misconfigured, match=said):
        facts(file)


def test_the_command_prints_the_figures_and_names_what_was_missed() -> None:
    said = ran("policy", "labels", "--json").json

    assert {one["set"] for one in said["held"]} == {*codesets().sensitivities, "any"}
    assert "missed SUD: line" in ran("policy", "labels", "--missed").out
