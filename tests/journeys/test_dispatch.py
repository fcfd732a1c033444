"""J1, dispatch: a call is known for a crisis, the records and the team hear of it, and an officer's card says no more than it may."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from tests.journeys.town import Person, Town

pytestmark = pytest.mark.slow

OLA = Person(given="Ola", family="Fenn", born="1990-03-14", street="4 Canyon Drive", phone="602-555-0311", tag="-O")
PIP = Person(given="Pip", family="Fenn", born="1990-03-14", street="4 Canyon Drive", phone="602-555-0312", tag="-P")
SEVEN = ("language", "communication_need", "triggers", "calming", "contact_wish", "safety_flags", "last_outcomes")
THREAT = {"basis": "the caller saw a knife", "judged_by": "Sgt. Osei"}


def card(county: Town, incident: str, threat: dict[str, str] | None = None) -> tuple[dict[str, Any], int]:
    """What an officer of the department is shown at an incident, and how many bytes that took."""
    with county.client("PD") as officer:
        token = officer.post("/responders", json={"incident": incident}).json()["token"]
    headers, url = {"authorization": f"Bearer {token}"}, f"{county.url}/cards/{incident}"
    with httpx.Client(headers=headers, trust_env=False) as phone:
        answer = phone.post(url, json=threat) if threat else phone.get(url)
    assert answer.status_code == 200
    return answer.json(), len(answer.content)


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
    assert county.leaves() == before + 2


def test_two_people_who_may_be_one_stay_two_and_a_person_looks(county: Town) -> None:
    here = county.sends("H1", OLA.told("05-h1-a04.hl7"))
    there = county.sends("H1", PIP.told("05-h1-a04.hl7").replace(b"Pip", b"Ola"))

    assert here.owner != there.owner
    assert here.episode != there.episode
    _, size = card(county, "26-118842-O", THREAT)
    assert size == 4096
