"""J6, frequent contact: somebody is met again and again; a coordinator and the clinic are asked, and police learn nothing new."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, cast
from zoneinfo import ZoneInfo

import httpx
import pytest

from hub.app.acts.reviews import Reviews
from hub.app.waiting import Pen
from hub.model.entry import Kind
from hub.store.asking.journal import Wanted
from hub.store.ids import short
from hub.store.writing.work import Open
from tests.journeys.officers import APPROACH, card, files, helps, incident, met, releases
from tests.journeys.town import Person, Town

pytestmark = pytest.mark.slow

MAX = Person(given="Max", family="Oyelaran", born="1987-07-07", street="14 Bluff View", phone="602-555-0281", tag="-M")
NED = Person(given="Ned", family="Sorel", born="1986-06-16", street="15 Bluff View", phone="602-555-0282", tag="-E2")

SSN = "512-44-7310"
COUNTS = "5 contacts in 90 days: 911 3, emergency department 1, police 1"


def ago(days: int) -> str:
    """The day so many days ago, there."""
    return str(datetime.now(ZoneInfo("America/Phoenix")).date() - timedelta(days=days))


def contact(number: int) -> bytes:
    """The officer's report of another incident."""
    said = json.loads(MAX.told("04-pd-field-contact.json"))
    day = ago(70 - 30 * (number % 2) - 4 * number)
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
    at = f"{ago(38 - 5 * number)}T14:02:05-07:00"
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


def held(county: Town) -> dict[str, int]:
    """How many messages each partner's own system holds."""
    return {name: len(county.copies(name)) for name in county.stage.receivers}


def coordinates(county: Town) -> list[Open]:
    """What the care coordinator has to do about the one whom 911 met three times."""
    return [task for task in county.tasks("coordinate") if "911 3" in task.words]


def test_six_contacts_become_one_task_with_counts_and_the_anonymous_one_is_nobodys(county: Town) -> None:
    stay = county.sends("H1", known_by_number(MAX.told("05-h1-a04.hl7")))
    for number in range(3):
        county.sends("C1", call(number))
    county.sends("PD", contact(0))
    county.sends("L1", MAX.told("10-l1-contact-c9.json"))
    before = held(county)

    county.looks_after("frequent contact")
    county.looks_after("frequent contact")

    assert [(task.role, task.words) for task in coordinates(county)] == [
        ("care coordinator", f"{COUNTS}. Who coordinates the care? Clinic B1 is asked.")
    ]
    # The page of the task leads to who it is, for whoever may open messages.
    (task,) = coordinates(county)
    last = Reviews(look=county.look, pen=cast("Pen", None)).task(task.seq).journal
    assert county.look.message(last).kind == "COORDINATION"
    with county.look.journal() as journal:
        assert [sent.destination for sent in journal.timeline(last)] == ["B1"]
    assert county.look.message(last).owner == county.look.message(stay.journal).owner
    asked = county.gets("B1", COUNTS)
    assert "Oyelaran" in asked
    assert "988" not in asked
    # Nobody else hears a word: police, 911 and 988 hold what they held.
    assert held(county) == before | {"B1": before["B1"] + 1}


def test_what_the_clinic_says_of_it_ends_the_task_and_opens_another_where_it_gives_it_back(county: Town) -> None:
    (asked,) = [
        one["resource"] for one in bundle(county.gets("B1", COUNTS)) if one["resource"]["resourceType"] == "Task"
    ]
    number = asked["identifier"][0]["value"]
    before = held(county)
    with county.client("B1") as clinic:
        says(clinic, number, "accepted")
        county.looks_after("coordination")
        taken = coordinates(county)
        says(clinic, number, "failed")
        county.looks_after("coordination")
        again = [one for one in county.tasks("coordinate") if "Clinic B1" in one.words]

    assert taken == []
    assert [(task.role, task.words) for task in again] == [
        ("care coordinator", "Clinic B1 does not coordinate the care: rejected. Who does?")
    ]
    assert held(county) == before


def test_that_the_clinic_was_told_of_them_stands_in_the_ledger_and_in_their_accounting(county: Town) -> None:
    (sent,) = county.look.messages(Wanted(kind="COORDINATION"))
    whole = ("--law", "all", "--verified", "passport seen by dana", "--actor", "dana", "--form", "csv")

    rows = csv.DictReader(
        io.StringIO(county.types("accounting", "list", "--identifier", "MR", "H1", "H1-77-M", *whole).out)
    )
    told = [row for row in rows if row["message"] == short(sent.journal)]

    assert {(row["recipient"], row["record of"]) for row in told} == {("Clinic B1", "H1")}
    assert {entry.kind for entry in county.entries() if entry.journal == sent.journal} >= {Kind.DECIDED, Kind.ATTEMPT}


def test_whoever_refuses_the_clinic_later_is_asked_back_from_it(county: Town, tmp_path: Path) -> None:
    (sent,) = county.look.messages(Wanted(kind="COORDINATION"))
    before = len(county.recalls("B1"))

    files(county, MAX, tmp_path, kind="DENY", recipients=["B1"], purposes=["TREAT"])

    assert "Stop relying" in county.comes(lambda: county.recalls("B1")[before:])[0].body.decode()
    assert county.types("recall", "list").out.count(short(sent.journal)) == 1


def bundle(text: str) -> list[dict[str, Any]]:
    """The entries of a bundle."""
    return list(json.loads(text)["entry"])


def found(clinic: httpx.Client, url: str) -> Iterator[dict[str, Any]]:
    """What the clinic's own program may see, page by page."""
    while url:
        page = clinic.get(url).json()
        yield from (one["resource"] for one in page.get("entry", ()))
        url = next((link["url"] for link in page["link"] if link["relation"] == "next"), "")


def says(clinic: httpx.Client, number: str, status: str) -> None:
    """The clinic's own program reads the task, and says what becomes of it, of the version that it read."""
    (task,) = [one for one in found(clinic, "/fhir/Task") if number in json.dumps(one["identifier"])]
    headers = {"content-type": "application/fhir+json", "if-match": f'W/"{task["meta"]["versionId"]}"'}
    answer = clinic.put(f"/fhir/Task/{task['id']}", json={**task, "status": status}, headers=headers)
    assert answer.status_code == 200, answer.text


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
