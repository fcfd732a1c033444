"""J11, the quarter: an analyst counts, small numbers stay hidden, and whoever counts again gets the same numbers."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime, timedelta

import pytest

from tests.journeys.town import Person, Town

pytestmark = pytest.mark.slow


def people(count: int) -> list[Person]:
    return [_person(f"{n:02}") for n in range(count)]


def _person(n: str) -> Person:
    born, phone = f"19{60 + int(n)}-01-1{int(n)}", f"602-555-05{n}"
    return Person(given="Quinn", family=f"Q{n}vist", born=born, street=f"{n} Quarter Lane", phone=phone, tag=f"-Q{n}")


def test_a_quarter_is_counted_alike_twice_and_says_of_which_journal(county: Town) -> None:
    for person in people(3):
        county.sends("C1", person.told("01-c1-call.json"))
        county.sends("PD", person.told("04-pd-field-contact.json"))
        county.sends("H1", person.told("05-h1-a04.hl7"))
    today = datetime.now(UTC).date()
    period = ("--since", str(today - timedelta(days=5)), "--until", str(today + timedelta(days=1)))

    first, second = (county.types("measures", *period, "--format", "csv").out for _ in range(2))

    rows = list(csv.DictReader(io.StringIO(first)))
    again = list(csv.DictReader(io.StringIO(second)))
    # The checkpoint is of the moment: a hub that runs writes leaves meanwhile.
    assert [{**row, "checkpoint": ""} for row in rows] == [{**row, "checkpoint": ""} for row in again]
    assert rows
    assert "Quinn" not in first
    assert "602-555" not in first
    numbers = [value for row in rows for value in row.values() if value in {str(n) for n in range(1, 11)}]
    assert numbers == []
    assert {row["query"] for row in rows} == {county.types("measures", *period).out.split("Query ")[1].strip()}
    assert all(row["checkpoint"] for row in rows)
