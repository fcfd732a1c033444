"""J12, the integration engineer's first hour: a mapping with mistakes, what is wrong with it, and what it would change."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.cli.county import MENDED
from tests.journeys.town import Person, Town

pytestmark = pytest.mark.slow

RIA = Person(given="Ria", family="Stone", born="1992-02-28", street="9 Kiva Court", phone="602-555-0321", tag="-R")
ABOVE = "extends: ehr/hl7v2/set.yaml\nlenses:\n  person:\n    lines:\n"
BROKEN = f"{ABOVE}      person.veterans: ZPD-3 as cwe veteran\n      person.language: PID-15 as cwe langage\n"
SAM = Person(given="Sam", family="Tolliver", born="1990-02-13", street="10 Kiva Court", phone="602-555-0322", tag="-S")
# The layout of a city, with a path that is none and a table that there is not.
CALLS = """extends: cad/export/plain.yaml
layout:
  one: number
  columns: [number, nature, closed_as]
lenses:
  call:
    lines:
      call_for_service.final_typ: .closed_as
      call_for_service.initial_type.code: .nature as word naturre
"""


def test_mistakes_are_named_by_line_with_what_was_probably_meant(county: Town, tmp_path: Path) -> None:
    draft = tmp_path / "h1.yaml"
    draft.write_text(BROKEN)

    said = county.mistypes("map", "check", str(draft), alone=True)

    assert said.status == 1
    assert "h1.yaml line 5" in said.whole
    assert "h1.yaml line 6" in said.whole
    assert "person.veteran" in said.whole


def test_a_draft_is_tried_on_what_was_received_and_nothing_is_sent(county: Town, tmp_path: Path) -> None:
    told = [RIA.told("05-h1-a04.hl7").replace(b"|H1-900", b"|H1-9%02d" % n) + b"ZPD|||Y\r" for n in range(12)]
    kept = [county.sends("H1", one) for one in told][-1]
    draft = tmp_path / "h1.yaml"
    draft.write_text(MENDED)
    before = county.leaves()

    said = county.mistypes("map", "diff", str(draft), "--sender", "H1", "--last", "1000")

    assert said.status == 1
    assert re.fullmatch(r"person\.veteran +gained +12", said.out.strip().splitlines()[-1])
    assert county.leaves() == before
    assert "kept: ADT^A04 by mllp" in county.types("message", kept.journal).out


def test_what_a_mapping_cannot_read_waits_until_a_mended_one_is_in_force_and_is_told_step_by_step(
    county: Town, tmp_path: Path
) -> None:
    sent = SAM.told("05-h1-a04.hl7").replace(b"|H1|", b"|H2|").replace(b"^^^H1^MR", b"^^^H2^MR")
    assert county.tries("H2", sent).taken
    parked = county.comes(lambda: county.newest("H2"))
    assert (parked.state, county.holds("B1", "Tolliver")) == ("parked", [])
    assert "h2-mapping.yaml line 5" in parked.cause
    theirs = tmp_path / "theirs"
    theirs.mkdir()
    (theirs / "a.hl7").write_bytes(sent)
    kit = ("partners", "kit", "H2", "--samples", str(theirs))
    tried = county.mistypes(*kit)
    assert tried.status == 1
    assert re.search(r"H2: \d+ of \d+ passed\.", tried.out)
    assert "a.hl7 is read" in tried.out
    mended = tmp_path / "h2-mapping.yaml"
    mended.write_text(MENDED)

    said = county.types("map", "publish", str(mended), "--reason", "H2 leaves it out", "--json").json
    county.types("replay", parked.journal, "--reason", "mended")

    assert said["done"] == "is in force"
    assert county.types(*kit).status == 0
    assert county.gets("B1", "Tolliver")
    told = county.types("message", parked.journal).out
    assert [step for step in ("kept: ADT^A04 by mllp", "B1") if step not in told] == []
    assert county.types("map", "diff", str(mended), "--sender", "H2").out == "Nothing would be read otherwise.\n"


def test_a_table_of_calls_with_a_mistake_in_its_mapping_is_refused_by_line(county: Town, tmp_path: Path) -> None:
    draft = tmp_path / "c2-calls.yaml"
    draft.write_text(CALLS)

    said = county.mistypes("map", "check", str(draft), alone=True)

    assert said.status == 1
    assert "c2-calls.yaml: 2 to mend, of 89 lines and" in said.whole
    assert "c2-calls.yaml line 8" in said.whole
    assert "c2-calls.yaml line 9" in said.whole
    assert "call_for_service.final_type" in said.whole

    draft.write_text(CALLS.replace("final_typ:", "final_type.code:").replace("naturre", "crisis_kind"))
    mended = county.mistypes("map", "check", str(draft), alone=True)
    assert (mended.status, mended.out) == (0, "c2-calls.yaml: every line and every case holds\n")
