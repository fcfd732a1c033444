"""J4, referral: a co-responder and a Part 2 unit refer somebody to a clinic; everybody hears what they may, and nothing is silent."""

from __future__ import annotations

import json

import pytest

from hub.spans import DAY, HOUR
from tests.journeys.town import Person, Town

pytestmark = pytest.mark.slow

ANA = Person(
    given="Ana", family="Lindgren", born="1984-11-02", street="12 Saguaro Road", phone="602-555-0211", tag="-A"
)
BEN = Person(given="Ben", family="Osterman", born="1971-02-25", street="7 Palo Verde", phone="602-555-0212", tag="-B")
CLEO = Person(given="Cleo", family="Mbatha", born="1996-05-30", street="3 Yucca Street", phone="602-555-0213", tag="-C")
NOTICE = "42 CFR part 2 prohibits unauthorized use or disclosure"


def answered(person: Person, at: str, status: str, business: str) -> bytes:
    """What the clinic says of the referral later, at an hour of the day of the referral."""
    bundle = json.loads(person.told("17-b1-accepts.json"))
    task = bundle["entry"][-1]["resource"]
    said = task["lastModified"]
    task |= {"status": status, "lastModified": f"{said[:11]}{at}:00-07:00"}
    task["businessStatus"]["coding"][0] |= {"code": business, "display": business}
    return json.dumps(bundle | {"id": f"b1-{status}-{at}"}).encode()


def test_both_referrals_reach_the_clinic_and_the_one_who_asked_hears_how_it_goes(county: Town) -> None:
    county.sends("B1-S", ANA.told("14-b1s-consent.json"))
    county.sends("CR1", ANA.told("15-cr1-referral.json"))
    county.sends("B1-S", ANA.told("16-b1s-referral.json"))
    asked, part2 = county.gets("B1", "CR1-RF-5-A"), county.gets("B1", "B1S-RF-9-A")

    assert NOTICE in part2
    assert "the person consented that B1 receives" in part2
    assert NOTICE not in asked
    assert county.holds("S1", "Lindgren") == county.holds("PD", "Lindgren") == []

    county.sends("B1", ANA.told("17-b1-accepts.json"))
    county.sends("B1", answered(ANA, "10:00", "in-progress", "5.0"))
    county.sends("B1", answered(ANA, "11:00", "completed", "7.0"))

    told = county.holds("CR1", "CR1-RF-5-A")
    assert [json.loads(text)["entry"][-1]["resource"]["status"] for text in told] == [
        "accepted",
        "in-progress",
        "completed",
    ]
    assert county.holds("CR1", "B1S-RF-9-A") == []


def test_a_clinic_that_does_not_answer_is_told_on_to_the_supervisor_and_then_the_county(county: Town) -> None:
    county.sends("CR1", BEN.told("15-cr1-referral.json"))

    county.looks_after("promises", later=2 * DAY)
    county.looks_after("promises", later=2 * DAY)

    assert [task.role for task in county.tasks("referral", "CR1-RF-5-B")] == ["supervisor", "county lead"]
    assert all("Osterman" not in task.words for task in county.tasks("referral", "CR1-RF-5-B"))


def test_a_referral_that_ended_is_silent(county: Town) -> None:
    county.sends("CR1", CLEO.told("15-cr1-referral.json"))
    county.sends("B1", answered(CLEO, "09:30", "rejected", "2.0"))

    county.looks_after("promises", later=40 * HOUR)

    assert county.tasks("referral", "CR1-RF-5-C") == []
    assert json.loads(county.gets("CR1", "CR1-RF-5-C"))["entry"][-1]["resource"]["status"] == "rejected"


def test_without_a_consent_in_force_nothing_of_the_unit_leaves_and_the_reason_is_said(county: Town) -> None:
    kept = county.sends("B1-S", CLEO.told("16-b1s-referral.json"))

    assert county.holds("B1", "B1S-RF-9-C") == []
    why = county.types("why", kept.journal, "B1").out
    assert "B1 asked for treatment and may see nothing" in why
    assert "More would have gone with this fact: a release that names this recipient and purpose." in why
