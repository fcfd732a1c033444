"""J5, housing: somebody needs a bed; the shelter learns the need and a way to reach them, and police learn nothing of it."""

from __future__ import annotations

import pytest

from tests.journeys.town import Person, Town

pytestmark = pytest.mark.slow

EVA = Person(given="Eva", family="Novak", born="1979-12-12", street="21 Cholla Way", phone="602-555-0231", tag="-E")
FAY = Person(given="Fay", family="Ruiz", born="1988-04-17", street="8 Sotol Place", phone="602-555-0232", tag="-F")


def test_beds_are_known_to_whoever_looks_for_one(county: Town) -> None:
    county.sends("SH1", EVA.told("18-sh1-capacity.json"), "beds.json")

    for partner in ("C1", "L1", "MCT1"):
        assert county.comes(lambda: county.holds(partner, "Emergency shelter beds"))  # noqa: B023 - called before the next


def test_with_a_release_the_shelter_learns_need_and_eligibility_and_nothing_clinical(county: Town) -> None:
    county.sends("CR1", EVA.told("19-cr1-release.json"))
    county.sends("CR1", EVA.told("20-cr1-shelter.json"))

    told = county.gets("SH1", "CR1-RF-6-E")
    assert all(word in told for word in ("Novak", "602-555-0231", "shelter", "Veteran"))
    assert not [word for word in ("depression", "police", "Cholla", "Z59.", "F32.", "R45.") if word in told]
    assert county.holds("PD", "Novak") == county.holds("C1", "Novak") == []


def test_without_a_release_the_shelter_hears_nothing_and_the_co_responder_can_see_why(county: Town) -> None:
    kept = county.sends("CR1", FAY.told("20-cr1-shelter.json"))

    assert county.holds("SH1", "CR1-RF-6-F") == []
    assert "may see nothing" in county.types("why", kept.journal, "SH1").out
