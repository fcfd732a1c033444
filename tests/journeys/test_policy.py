"""J10, a change of the rules: what it would have changed is said of what happened, by partner, field and person, before it is in force."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.test_activation import written
from tests.journeys.town import Person, Town

pytestmark = pytest.mark.slow

SOL = Person(given="Sol", family="Garza", born="1973-11-11", street="2 Pinyon Loop", phone="602-555-0331", tag="-S")


@pytest.fixture
def draft(tmp_path: Path) -> Path:
    """A draft under which clinics hear of no stays of anybody."""
    folder = written(tmp_path / "draft")
    house = folder / "rules" / "zz-house.yaml"
    stricter = house.read_text().replace(", subject: [MINOR]}", "}").replace(", subject: MINOR}", "}")
    assert stricter != house.read_text()
    house.write_text(stricter)
    return folder


def test_a_draft_is_tried_on_what_happened_and_changes_nothing(county: Town, draft: Path) -> None:
    stay = county.sends("H1", SOL.told("05-h1-a04.hl7"))
    county.gets("B1", "Garza")
    before = county.types("why", stay.journal, "B1").out

    found = county.mistypes("policy", "impact", str(draft), "--days", "5")

    assert found.status == 0, found.whole
    assert "B1" in found.out
    assert "encounter" in found.out
    assert "Garza" not in found.whole
    assert county.types("why", stay.journal, "B1").out == before


def test_what_would_go_no_more_is_said_exactly_with_a_request_that_shows_it(county: Town, draft: Path) -> None:
    said = county.mistypes("policy", "diff", "current", str(draft))

    assert said.status == 0, said.whole
    assert "added: house.no.stays" in said.out
    assert "hipaa.treat" in said.out


def test_a_rule_set_that_breaks_a_promise_is_refused_with_the_promise(county: Town, draft: Path) -> None:
    broken = draft / "rules" / "zz-house.yaml"
    broken.write_text(broken.read_text().replace("effect: forbid", "effect: permit").replace("consent: [NONE], ", ""))

    said = county.mistypes("policy", "check", "--rules", str(draft), alone=True)

    assert said.status == 1
