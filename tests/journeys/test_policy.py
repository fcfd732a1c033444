"""J10, a change of the rules: what it would have changed is said of what happened, by partner, field and person, before it is in force."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.test_activation import activated, staffed_with, written
from tests.journeys.town import Person, Town

pytestmark = pytest.mark.slow

SOL = Person(given="Sol", family="Garza", born="1973-11-11", street="2 Pinyon Loop", phone="602-555-0331", tag="-S")
TOM = Person(given="Tom", family="Ugarte", born="2012-08-01", street="3 Pinyon Loop", phone="602-555-0332", tag="-T")


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


@pytest.fixture
def turned(county: Town, tmp_path: Path) -> Iterator[Town]:
    """A county that lives by a draft about minors, which two people put in force while its hub runs; afterwards one takes it back."""
    staffed_with(county.config, county.types)
    before = county.hub.known.house.rules.hash
    said = activated(county.config, written(tmp_path / "minors"))
    assert said.status == 0, said.whole
    county.comes(lambda: county.hub.known.house.rules.hash != before)
    yield county
    if county.hub.known.house.rules.hash != before:
        county.types("policy", "rollback", "--reason", "the journey is over")
        county.comes(lambda: county.hub.known.house.rules.hash == before)


def test_a_draft_in_force_holds_until_one_command_takes_it_back_and_each_decision_stays_explained(
    county: Town, request: pytest.FixtureRequest
) -> None:
    first = county.sends("H1", TOM.told("05-h1-a04.hl7"))
    rules = county.hub.known.house.rules.hash
    request.getfixturevalue("turned")
    second = county.sends("H1", TOM.told("07-h1-a01.hl7"))

    county.types("policy", "rollback", "--reason", "it withheld too much")
    county.comes(lambda: county.hub.known.house.rules.hash == rules)
    third = county.sends("H1", TOM.told("08-h1-a03.hl7"))

    withheld = ["house.no.stays" in county.types("why", one.journal, "B1").out for one in (first, second, third)]
    assert withheld == [False, True, False]
    for one in (first, second, third):
        assert county.types("why", one.journal, "B1", "--replay").status == 0
