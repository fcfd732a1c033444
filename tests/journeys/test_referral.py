"""J4, referral: a co-responder and a Part 2 unit refer somebody to a clinic; everybody hears what they may, and nothing is silent."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from hub.spans import DAY, HOUR
from tests.journeys.officers import bearer, files, incident, met
from tests.journeys.town import Person, Town

pytestmark = pytest.mark.slow

ANA = Person(
    given="Ana", family="Lindgren", born="1984-11-02", street="12 Saguaro Road", phone="602-555-0211", tag="-A"
)
BEN = Person(given="Ben", family="Osterman", born="1971-02-25", street="7 Palo Verde", phone="602-555-0212", tag="-B")
CLEO = Person(given="Cleo", family="Mbatha", born="1996-05-30", street="3 Yucca Street", phone="602-555-0213", tag="-C")
DOV = Person(given="Dov", family="Castell", born="1989-09-14", street="5 Agave Court", phone="602-555-0214", tag="-V")
ELI = Person(given="Eli", family="Nakagawa", born="1967-01-22", street="6 Agave Court", phone="602-555-0215", tag="-Z")
FAY = Person(given="Fay", family="Okonkwo", born="1979-06-08", street="9 Agave Court", phone="602-555-0216", tag="-F")
GIL = Person(given="Gil", family="Petrakis", born="1988-12-04", street="2 Agave Court", phone="602-555-0217", tag="-G")
NOTICE = "42 CFR part 2 prohibits unauthorized use or disclosure"


def answered(person: Person, at: str, status: str, business: str) -> bytes:
    """What the clinic says of the referral later, at an hour of the day of the referral."""
    bundle = json.loads(person.told("17-b1-accepts.json"))
    mine = bundle["entry"][-1]["resource"]
    said = mine["lastModified"]
    mine |= {"status": status, "lastModified": f"{said[:11]}{at}:00-07:00"}
    mine["businessStatus"]["coding"][0] |= {"code": business, "display": business}
    return json.dumps(bundle | {"id": f"b1-{status}-{at}"}).encode()


def task(text: str) -> dict[str, Any]:
    """The task of a bundle."""
    (found,) = [one["resource"] for one in json.loads(text)["entry"] if one["resource"]["resourceType"] == "Task"]
    return dict(found)


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
    assert [task(text)["status"] for text in told] == [
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
    assert task(county.gets("CR1", "CR1-RF-5-C"))["status"] == "rejected"


def test_without_a_consent_in_force_nothing_of_the_unit_leaves_and_the_reason_is_said(county: Town) -> None:
    kept = county.sends("B1-S", CLEO.told("16-b1s-referral.json"))

    assert county.holds("B1", "B1S-RF-9-C") == []
    why = county.types("why", kept.journal, "B1").out
    assert "B1 asked for treatment and may see nothing" in why
    assert "More would have gone with this fact: a release that names this recipient and purpose." in why


def test_an_officer_hears_one_bit_days_later_under_a_release_that_covers_all(county: Town, tmp_path: Path) -> None:
    met(county, DOV)
    county.sends("CR1", DOV.told("15-cr1-referral.json"))
    asked = f"/results/{incident(DOV)}"
    with bearer(county, incident(DOV)) as officer:
        nothing = officer.get(asked)
        form = {"recipients": ["PD"], "purposes": ["COC"], "classes": ["REFERRAL"], "covers_every_provider_type": True}
        files(county, DOV, tmp_path, **form)
        waiting = officer.get(asked).json()["result"]
        county.sends("B1", answered(DOV, "15:00", "completed", "7.0"))
        connected = officer.get(asked)

    assert (nothing.json()["result"], len(nothing.content)) == ("nothing to tell", 128)
    assert (waiting, connected.json()["result"]) == ("not connected yet", "connected")
    assert len(connected.content) == 128
    assert county.holds("PD", "CR1-RF-5-V") == []


def test_a_clinic_that_speaks_hl7_is_asked_and_answers_and_books_in_it(county: Town) -> None:
    county.sends("CR1", ELI.told("15-cr1-referral.json").replace(b"/B1", b"/B2").replace(b'"B1"', b'"B2"'))
    asked = county.gets("B2", "CR1-RF-5-Z")

    assert asked.startswith("MSH|")
    assert "|REF^I12" in asked
    assert "Nakagawa^Eli" in asked

    echoed = [line for line in asked.split("\r") if line.startswith("PRD|")]
    accepted = ("MSA|AA|X", "RF1|A^Accepted^HL70283|||||CR1-RF-5-Z", *echoed)
    county.sends("B2", of_b2("RRI^I12^RRI_I12", "RRI-1", *accepted))
    told = county.gets("CR1", "CR1-RF-5-Z")
    assert task(told)["status"] == "accepted"

    booking = "SCH|CR1-RF-5-Z^CR1|BK-5^B2||||NEW^New^L|FOLLOWUP^Follow-up^HL70276||30|min|||||||||||||||Booked"
    county.sends("B2", of_b2("SIU^S12^SIU_S12", "SIU-1", booking, "TQ1|1||||||20370305090000-0700|20370305093000-0700"))
    county.looks_after("promises", later=4 * DAY)

    assert county.tasks("referral", "CR1-RF-5-Z") == []


def test_a_request_to_somebody_whom_the_county_does_not_know_is_told_to_a_person_at_once(county: Town) -> None:
    asks = BEN.told("15-cr1-referral.json").replace(b"CR1-RF-5", b"CR1-RF-6").replace(b'"B1"', b'"B9"')
    kept = county.sends("CR1", asks)

    (told,) = county.tasks("referral", kept.journal)
    assert told.role == "supervisor"
    assert told.words.startswith("CR1 asked for care, and it reaches nobody")


def test_a_hospital_that_asks_in_hl7_hears_in_hl7_that_a_clinic_declined_by_fhir(county: Town) -> None:
    asks = ("RF1|P^Pending^HL70283|S^Stat^HL70280||||CR1-RF-5-G", "PRD|RP|||^^^^^^^^H1", "PRD|RT|||^^^^^^^^B1")
    who = "PID|1||H1-9^^^H1^MR||Petrakis^Gil||19881204|F|||2 Agave Court^^Exampleton^XX^85000||602-555-0217"
    ref = of_b2("REF^I12^REF_I12", "REF-G", *asks).decode().replace("|EHR|B2|", "|EHR|H1|")
    county.sends("H1", re.sub(r"PID\|.*", who, ref).encode())
    asked = task(county.gets("B1", "CR1-RF-5-G"))

    declines = answered(GIL, "10:00", "rejected", "2.0").replace(b"CR1.", b"H1.").replace(b'"CR1"', b'"H1"')
    county.sends("B1", declines.replace(b"Organization/CR1", b"Organization/H1"))

    told = county.gets("H1", "CR1-RF-5-G")
    assert asked["status"] == "requested"
    assert "|RRI^I12" in told
    assert "\rRF1|R|" in told


def test_whoever_was_never_asked_answers_nothing_by_whatever_format(county: Town) -> None:
    county.sends("CR1", FAY.told("15-cr1-referral.json"))
    echoed = [line for line in county.gets("B1", "CR1-RF-5-F").split("\r") if line.startswith("PRD|")]
    says = ("MSA|AA|X", "RF1|A^Accepted^HL70283|||||CR1-RF-5-F", "PRD|RP|||^^^^^^^^CR1", *echoed)
    book = ("SCH|CR1-RF-5-F^CR1|BK-6^B2||||NEW^New^L|FOLLOWUP^Follow-up^HL70276||30|min|||||||||||||||Booked",)
    county.sends("B2", of_b2("RRI^I12^RRI_I12", "RRI-9", *says))
    county.sends("B2", of_b2("SIU^S12^SIU_S12", "SIU-9", *book))
    county.sends("B1-S", FAY.told("17-b1-accepts.json"))
    county.looks_after("promises", later=2 * DAY)

    assert county.holds("CR1", "CR1-RF-5-F") == []
    words = [task.words for task in county.tasks("referral")]
    for strange in ("B2 said accepted", "B2 said scheduled", "B1-S said accepted"):
        assert sum(said.startswith(f"{strange} of a request that it was never asked of") for said in words) == 1
    assert [task.role for task in county.tasks("referral", "CR1-RF-5-F")] == ["supervisor", "county lead"]

    county.sends("B1", FAY.told("17-b1-accepts.json"))
    assert task(county.gets("CR1", "CR1-RF-5-F"))["status"] == "accepted"


def of_b2(kind: str, control: str, *segments: str) -> bytes:
    """A message of the clinic that speaks HL7 v2."""
    at = f"{datetime.now(UTC):%Y%m%d%H%M%S}+0000"
    head = rf"MSH|^~\&|EHR|B2|HUB|COUNTY|{at}||{kind}|{control}|P|2.5.1|||AL|NE||UNICODE UTF-8"
    who = "PID|1||B2-9^^^B2^MR||Nakagawa^Eli||19670122|F|||6 Agave Court^^Exampleton^XX^85000||602-555-0215"
    first, *rest = segments
    return "\r".join((head, first, *rest, who, "")).encode()
