"""J1, dispatch: a call is known for a crisis, the records and the team hear of it, and an officer's card says no more than it may."""

from __future__ import annotations

import csv
import io
import json
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.journeys.officers import APPROACH, SEVEN, THREAT, bearer, card, files, helps, incident, met, releases
from tests.journeys.town import Person, Town

pytestmark = pytest.mark.slow

OLA = Person(given="Ola", family="Fenn", born="1990-03-14", street="4 Canyon Drive", phone="602-555-0311", tag="-O")
PIP = Person(given="Pip", family="Fenn", born="1990-03-14", street="4 Canyon Drive", phone="602-555-0312", tag="-P")
ZOE = Person(given="Zoe", family="Mazur", born="1981-08-21", street="2 Cereus Loop", phone="602-555-0314", tag="-ZM")
UNA = Person(given="Una", family="Reyes", born="1990-03-14", street="9 Ocotillo Pass", phone="602-555-0313", tag="-U")


def test_a_call_is_known_for_a_crisis_and_told_to_whoever_comes_without_a_name(county: Town) -> None:
    county.sends("C1", OLA.told("01-c1-call.json"))
    county.sends("C1", OLA.told("02-c1-dispatched.json"))

    assert "26-118842-O" in county.holds("MCT1", "26-118842-O")[0]
    assert [json.loads(text)["call"]["status"] for text in county.holds("PD", "26-118842-O")] == [
        "Active",
        "ResourcesAssigned",
    ]
    assert json.loads(county.holds("PD", "26-118842-O")[-1])["units"][0]["unit"] == "12A"


def test_without_a_release_the_card_is_empty_and_of_the_same_size_as_where_there_is_nobody(county: Town) -> None:
    county.sends("C1", OLA.told("01-c1-call.json").replace(b"118842-O", b"118842-Q"))
    county.sends("PD", OLA.told("04-pd-field-contact.json").replace(b"26-118842-O", b"26-118842-Q"))
    before = county.leaves()

    shown, size = card(county, "26-118842-Q")
    absent, other = card(county, "no-such-incident")

    assert size == other == 4096
    assert not [name for name in SEVEN if shown[name] or absent[name]]
    assert "Absence of information is not absence of risk." in shown["notice"]
    assert left_by_cards(county, before) == 2


def test_two_people_who_may_be_one_stay_two_and_a_person_looks(county: Town) -> None:
    here = county.sends("H1", OLA.told("05-h1-a04.hl7"))
    there = county.sends("H1", PIP.told("05-h1-a04.hl7").replace(b"Pip", b"Ola"))

    assert here.owner != there.owner
    assert here.episode != there.episode
    assert {task.role for task in county.tasks("link", there.journal)} == {"clinician reviewer"}
    _, size = card(county, "26-118842-O", THREAT)
    assert size == 4096


def roster(folder: Path) -> str:
    """Who is on duty around now: 20V with a certificate, 15C without."""
    now, file = datetime.now(UTC), folder / "roster.csv"
    shift = [(now + timedelta(hours=hours)).isoformat() for hours in (-2, 6)]
    rows = io.StringIO()
    csv.writer(rows).writerows(
        [
            ("worker", "unit", "certificate", "expires", "from", "until"),
            ("2117", "20V", "CIT", "2099-12-31", *shift),
            ("2120", "15C", "", "", *shift),
        ]
    )
    file.write_text(rows.getvalue())
    return str(file)


def test_a_call_in_crisis_proposes_the_unit_that_is_certified_and_free(county: Town, tmp_path: Path) -> None:
    county.types("teams", "load", roster(tmp_path))
    county.sends("C1", UNA.told("01-c1-call.json").replace(b"118842-U", b"118842-V"))

    found = county.types("teams", "propose", "26-118842-V", "--json").json

    assert (found["cit_units"], found["department"]) == (["20V"], "PD")
    assert {one["programme"] for one in found["programmes"]} == {"co-responders", "mobile-crisis"}
    assert "talk-down" in {one["id"] for one in found["guidance"]}
    pushed = json.loads(county.gets("C1", "26-118842-V", "CrisisInterventionUnit"))
    (unit,) = pushed["emergencyResourceComponent"]
    assert (unit["emergencyResourceName"], unit["primaryUnitStatusRegistryText"]) == ("20V", "Available")
    assert not [word for word in ("2117", "15C", "Reyes") if word in json.dumps(pushed)]

    there = UNA.told("03-c1-on-scene.json").replace(b"118842-U", b"118842-V").replace(b"12A", b"20V")
    county.sends("C1", there)
    busy = county.types("teams", "propose", "26-118842-V", "--json").json
    assert (busy["cit_units"], busy["why"]) == ([], "No unit of PD is certified for crises and free now.")


def test_with_a_release_seven_fields_are_shown_a_threat_shows_three_and_two_hours_after_the_end_there_is_nothing(
    county: Town, tmp_path: Path
) -> None:
    met(county, UNA)
    helps(county, UNA, APPROACH)
    threatened, _ = card(county, "26-118842-U", THREAT)
    threat = next(entry for entry in reversed(county.entries()) if entry.outcome.startswith("approach card"))
    releases(county, UNA, tmp_path)
    before = county.leaves()

    released, size = card(county, "26-118842-U")

    assert [name for name in (*SEVEN, "risk_level") if threatened[name]] == ["language", "safety_flags", "risk_level"]
    assert (threat.actor, threat.outcome) == ("Sgt. Osei", "approach card: the caller saw a knife")
    assert {name for name in SEVEN if released[name]} == set(SEVEN)
    assert released["triggers"] == ["Sirens and flashing lights", "Being touched"]
    assert released["calming"] == ["Slow and quiet speech"]
    assert len(released["last_outcomes"]) == 3
    assert not [word for word in ("F20", "lithium", "Reyes", "high") if word in json.dumps(released)]
    assert (size, left_by_cards(county, before)) == (4096, 1)

    county.sends("C1", cleared(hours=1))
    soon, _ = card(county, "26-118842-U")
    county.sends("C1", cleared(hours=3))

    over, size = card(county, "26-118842-U")
    assert soon["expires_at"]
    assert (size, [name for name in SEVEN if over[name]]) == (4096, [])


def left_by_cards(county: Town, since: int) -> int:
    """How many leaves cards left since an index; whatever else came meanwhile tells of messages and their deliveries, and of no officer."""
    new = county.entries(since)
    cards = [entry for entry in new if entry.outcome.startswith("approach card")]
    assert [entry for entry in new if entry not in cards and (entry.actor or not entry.journal)] == []
    return len(cards)


def cleared(hours: int) -> bytes:
    """The unit cleared so many hours ago, says the dispatcher."""
    at = (datetime.now(UTC) - timedelta(hours=hours)).isoformat(timespec="seconds")
    said = json.loads(UNA.told("03-c1-on-scene.json"))
    (unit,) = said["emergencyResourceComponent"]
    unit |= {"lastUpdateTimeStamp": at, "secondaryUnitStatusRegistryText": ["Cleared"]}
    return json.dumps(said).encode()


def team(status: str, **more: Any) -> bytes:
    """What the mobile team says of the visit that 911 asked it for."""
    known = json.loads(ZOE.told("04-pd-field-contact.json"))["person"]
    visit = {
        "message_id": f"MCT1-ZM-{status}",
        "sent_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "encounter_id": "MV-26-ZM",
        "source_contact_ref": incident(ZOE),
        "team": "MCT1-B",
        "request_source": "911",
        "status": status,
        "person": {**known, "identifiers": [{"value": "M-31-ZM", "assigner": "MCT1", "type": "MR"}]},
        **more,
    }
    return json.dumps(visit).encode()


def way_of_a_request(county: Town, number: bytes) -> float:
    """911 asks for a team, which says at once that it comes: the seconds until 911 knows."""

    def renamed(body: bytes) -> bytes:
        return (
            body.replace(b"118842-ZM", b"118842-" + number)
            .replace(b"5521-ZM", b"5521-" + number)
            .replace(b"MV-26-ZM", b"MV-26-" + number)
        )

    name, began, now = f"26-118842-{number.decode()}", time.monotonic(), datetime.now(UTC).isoformat(timespec="seconds")
    county.takes("C1", renamed(ZOE.told("01-c1-call.json")))
    county.gets("MCT1", name)
    said = renamed(team("accepted", requested_at=now, accepted_at=now))
    county.takes("MCT1", said.replace(b"MCT1-ZM-accepted", b"MCT1-accepted-" + number))
    county.gets("C1", name, "MCT1-B")
    return time.monotonic() - began


def test_a_team_is_asked_and_its_first_word_is_back_in_two_seconds_and_the_officer_hears_one_outcome_alone(
    county: Town, tmp_path: Path
) -> None:
    took = [way_of_a_request(county, number) for number in (b"K1", b"K2", b"J")]
    now = datetime.now(UTC).isoformat(timespec="seconds")

    county.sends("C1", ZOE.told("03-c1-on-scene.json"))
    county.sends("PD", ZOE.told("04-pd-field-contact.json"))
    asked = f"/results/{incident(ZOE)}"
    with bearer(county, incident(ZOE)) as officer:
        unreleased = officer.get(asked)
        form = {"recipients": ["PD"], "purposes": ["COC"], "classes": ["REFERRAL"], "covers_every_provider_type": True}
        files(county, ZOE, tmp_path, **form)
        coming = officer.get(asked)
        county.sends("MCT1", team("cleared", accepted_at=now, engaged_at=now, disposition="stabilized_in_community"))
        over = officer.get(asked)

    assert max(took) < 2.0
    told = county.holds("C1", incident(ZOE), "MCT1-B")
    assert not [word for word in ("Mazur", "602-555", "stabilized") if word in "".join(told)]
    answers = [answer.json()["result"] for answer in (unreleased, coming, over)]
    assert answers == ["nothing to tell", "not connected yet", "connected"]
    assert {len(answer.content) for answer in (unreleased, coming, over)} == {128}
    assert county.holds("PD", "stabilized_in_community") == []
