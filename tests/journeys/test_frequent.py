"""J6, frequent contact: somebody is met again and again by several agencies; a coordinator is asked, and police learn nothing new."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.journeys.officers import APPROACH, card, helps, incident, met, releases
from tests.journeys.town import Person, Town

pytestmark = pytest.mark.slow

MAX = Person(given="Max", family="Oyelaran", born="1987-07-07", street="14 Bluff View", phone="602-555-0281", tag="-M")
NED = Person(given="Ned", family="Sorel", born="1986-06-16", street="15 Bluff View", phone="602-555-0282", tag="-E2")

SSN = "512-44-7310"


def contact(number: int) -> bytes:
    """The officer's report of another incident."""
    said = json.loads(MAX.told("04-pd-field-contact.json"))
    day = f"2026-{9 + number % 2:02}-{3 + 4 * number:02}"
    said |= {
        "message_id": f"PD-M-{number}",
        "case_number": f"26-M{number}",
        "incident": f"26-M{number}",
        "sent_at": f"{day}T15:00:00-07:00",
        "occurred_at": f"{day}T14:00:00-07:00",
        "ended_at": f"{day}T14:30:00-07:00",
        "reported_at": f"{day}T15:00:00-07:00",
        "cautions": [],
    }
    return json.dumps(said).encode()


def call(number: int) -> bytes:
    """A call about the same person, of another incident, as the dispatcher writes it down."""
    said = json.loads(MAX.told("01-c1-call.json").replace(b"118842-M", b"6%d-M" % number))
    at = f"2026-10-{10 + 5 * number}T14:02:05-07:00"
    whom = {
        "name": [{"personSurName": [{"value": MAX.family}], "personGivenName": [{"value": MAX.given}]}],
        "birthDate": [{"date": [{"value": MAX.born}]}],
        "ssnIdentification": [{"identificationId": [{"value": SSN}]}],
    }
    person = {
        "$id": f"subject-{number}",
        "lastUpdateTimeStamp": at,
        "updatedByAgencyReference": {"$ref": "c1.example-county.example"},
        "personIncidentRoleRegistryText": ["PersonOfInterest"],
        "ncPersonComponent": whom,
    }
    said["personComponent"].append(person)
    return re.sub(r"20\d\d-\d\d-\d\dT[0-9:]{8}", at[:19], json.dumps(said)).encode()


def known_by_number(body: bytes) -> bytes:
    """The hospital knows the social security number (PID-19) as well."""
    lines = body.decode().split("\r")
    whom = next(n for n, line in enumerate(lines) if line.startswith("PID|"))
    fields = [*lines[whom].split("|"), *[""] * 20][:31]
    fields[19] = SSN.replace("-", "")
    lines[whom] = "|".join(fields)
    return "\r".join(lines).encode()


def test_six_contacts_become_one_task_with_counts_and_the_anonymous_one_is_nobodys(county: Town) -> None:
    stay = county.sends("H1", known_by_number(MAX.told("05-h1-a04.hl7")))
    for number in range(3):
        county.sends("C1", call(number))
    county.sends("PD", contact(0))
    county.sends("L1", MAX.told("10-l1-contact-c9.json"))
    before = len(county.copies("PD"))

    county.looks_after("frequent contact")
    county.looks_after("frequent contact")

    person = county.look.message(stay.journal).owner
    tasks = [task for task in county.tasks("coordinate") if "911 3" in task.words]
    assert [(task.role, task.words) for task in tasks] == [
        (
            "care coordinator",
            "5 contacts in 90 days: 911 3, emergency department 1, police 1. Who coordinates the care?",
        )
    ]
    assert person
    assert len(county.copies("PD")) == before


def test_what_is_written_down_anew_speaks_on_the_card_once_the_person_released_it(county: Town, tmp_path: Path) -> None:
    met(county, NED)
    helps(county, NED, APPROACH)
    helps(county, NED, {"calming": ["outside"], "triggers": ["crowds"]}, number=2)
    hidden, _ = card(county, incident(NED))

    releases(county, NED, tmp_path)

    shown, _ = card(county, incident(NED))
    assert hidden["calming"] == []
    assert (shown["calming"], shown["triggers"]) == (["Going outside"], ["Many people at once"])
    assert shown["language"] == "es"
