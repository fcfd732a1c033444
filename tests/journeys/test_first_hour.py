"""J12, the integration engineer's first hour: a mapping with mistakes, what is wrong with it, and what it would change."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.journeys.town import Person, Town

pytestmark = pytest.mark.slow

RIA = Person(given="Ria", family="Stone", born="1992-02-28", street="9 Kiva Court", phone="602-555-0321", tag="-R")
ABOVE = "extends: ehr/hl7v2/set.yaml\nlenses:\n  person:\n    lines:\n"
BROKEN = f"{ABOVE}      person.veterans: ZPD-3 as cwe veteran\n      person.language: PID-15 as cwe langage\n"
MENDED = f"{ABOVE}      person.veteran: ZPD-3 as cwe veteran\n"


def test_mistakes_are_named_by_line_with_what_was_probably_meant(county: Town, tmp_path: Path) -> None:
    draft = tmp_path / "h1.yaml"
    draft.write_text(BROKEN)

    said = county.mistypes("map", "check", str(draft), alone=True)

    assert said.status == 1
    assert "h1.yaml line 5" in said.whole
    assert "h1.yaml line 6" in said.whole
    assert "person.veteran" in said.whole


def test_a_draft_is_tried_on_what_was_received_and_nothing_is_sent(county: Town, tmp_path: Path) -> None:
    kept = county.sends("H1", RIA.told("05-h1-a04.hl7") + b"ZPD|||Y\r")
    draft = tmp_path / "h1.yaml"
    draft.write_text(MENDED)
    before = county.leaves()

    said = county.mistypes("map", "diff", str(draft), "--sender", "H1", "--last", "1")

    assert said.status == 1
    assert "person.veteran" in said.whole
    assert county.leaves() == before
    assert "kept: ADT^A04 by mllp" in county.types("message", kept.journal).out
