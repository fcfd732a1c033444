"""What lenses wrote, as rows of every file of an export."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

from adapters.social.hmis.tables import Row, Tables
from adapters.social.hmis.view import ETHNICITY, GENDERS, RACES
from adapters.wire.csv_lens import HANDLING, told

FULL_DATE: Final = 10
SPELLED: Final = {"2024": "2024 v1.3", "2026": "2026 v1.0"}
# Data quality: full, and not collected.
FULL, MISSING = "1", "99"
FILLED: Final = {"NameDataQuality": ("LastName", "FirstName"), "SSNDataQuality": ("SSN",), "DOBDataQuality": ("DOB",)}


class Facts(NamedTuple):
    """Of this delivery: our local time, the id of the message, the version to write, and the labels."""

    now: str
    message: str
    version: str
    labels: Mapping[str, Any]


def fold(view: Mapping[str, Any], facts: Facts) -> Tables:
    """The tables, each with the rows it has. Every row names the export, and the person where one was told."""
    client = view.get("client") or {}
    enrollments = [_enrollment(row, n, facts) for n, row in enumerate(view.get("enrollments") or (), 1)]
    person = client.get("PersonalID") or next(
        (row["PersonalID"] for row, _, _ in enrollments if "PersonalID" in row), ""
    )
    found: Tables = {
        "Client": [_client(client, facts.version)] if client else [],
        "Enrollment": [row for row, _, _ in enrollments],
        "Exit": [left for _, left, _ in enrollments if left],
        "Services": [service for _, _, services in enrollments for service in services],
        "Event": [{"EventID": f"{facts.message}.{n}"} | row for n, row in enumerate(view.get("events") or (), 1)],
    }
    for row in (row for rows in found.values() for row in rows):
        row |= {"ExportID": facts.message, "DateCreated": facts.now, "DateUpdated": facts.now}
        if person:
            row["PersonalID"] = person
    return {"Export": [_export(facts)]} | {name: rows for name, rows in found.items() if rows}


def _export(facts: Facts) -> Row:
    day = facts.now[:FULL_DATE]
    return {
        "ExportID": facts.message,
        "ExportDate": facts.now,
        "ExportStartDate": day,
        "ExportEndDate": day,
        "SoftwareName": "crisis-hub",
        "CSVVersion": SPELLED[facts.version],
        "HashStatus": "1",
        HANDLING: told(facts.labels),
    }


def _client(client: Mapping[str, Any], version: str) -> Row:
    races, ethnicity, gender = client.get("races") or (), client.get("ethnicity"), client.get("gender")
    row: Row = {
        name: text for name, text in client.items() if isinstance(text, str) and name not in ("ethnicity", "gender")
    }
    # A date that is not full is no date here, and is not filled up.
    if len(row.get("DOB", "")) != FULL_DATE:
        row.pop("DOB", None)
    if races or ethnicity:
        row |= {name: "1" if name in races else "0" for name in RACES}
        row["HispanicLatinaeo" if version == "2024" else ETHNICITY] = "1" if ethnicity else "0"
    if gender and version == "2024":
        row |= {name: "1" if name == gender else "0" for name in GENDERS}
    return row | dict(_quality(row))


def _quality(row: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for quality, names in FILLED.items():
        yield quality, FULL if all(row.get(name) for name in names) else MISSING


def _enrollment(row: Mapping[str, Any], n: int, facts: Facts) -> tuple[Row, Row, list[Row]]:
    """The row of an enrollment, of its exit, and of its services."""
    mine = {name: text for name, text in row.items() if isinstance(text, str)}
    number = mine.setdefault("EnrollmentID", f"{facts.message}.{n}")
    joint = {"EnrollmentID": number}
    left = {"ExitID": f"{number}.exit"} | joint | dict(row["exit"]) if row.get("exit") else {}
    services = [
        {"ServicesID": f"{number}.{at}"} | joint | service for at, service in enumerate(row.get("services") or (), 1)
    ]
    return mine, left, services
