"""One person's tables as the lenses see them. Nothing is made up: what is hashed, doubtful or deleted is not shown to them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from adapters.social.hmis.tables import Row, Tables
from adapters.wire.csv_lens import HANDLING, labelled
from adapters.wire.json_nodes import derived

RACES: Final = ("AmIndAKNative", "Asian", "BlackAfAmerican", "MidEastNAfrican", "NativeHIPacific", "White")
ETHNICITY: Final = "HispanicLatinao"
GENDERS: Final = ("Woman", "Man", "NonBinary", "DifferentIdentity", "CulturallySpecific", "Questioning")
# HUD list 1.8 and its like: does not know, prefers not to answer, not collected.
NOBODY_KNOWS: Final = frozenset({"8", "9", "99"})
ASKED: Final = frozenset({"Sex", "VeteranStatus", "RaceNone", "GenderNone", "Transgender", *RACES, ETHNICITY, *GENDERS})
# What is only as good as its quality says: 1 is full and exact.
QUALITY: Final = {"SSN": "SSNDataQuality", "DOB": "DOBDataQuality"}
NAMES: Final = ("FirstName", "MiddleName", "LastName", "NameSuffix")
EXACT, UNHASHED = "1", "1"
# HUD list 4.14: a row of Services.csv that is a night in a bed.
BED_NIGHT: Final = "200"
# HUD list 3.12: shelters, and temporary (3xx) and lasting (4xx) housing.
SHELTERS: Final = frozenset({"101", "118"})
HOUSING: Final = ("3", "4")
HASHED: Final = "it is hashed, and no name"
DOUBTFUL: Final = "its quality is not full: it identifies nobody"
DELETED: Final = "the row was deleted at its source"
UNKNOWN: Final = "it says that nobody knows, or no"
TELLS: Final = "it says how good another value is, or which row belongs to which"
JOINTS: Final = frozenset(
    {"PersonalID", "EnrollmentID", "NameDataQuality", *QUALITY.values(), "ExportID", "DateDeleted"}
)


def view(tables: Tables) -> dict[str, Any]:
    """What lenses see of one person."""
    alive = {name: [row for row in rows if not row.get("DateDeleted")] for name, rows in tables.items()}
    client = next(iter(alive.get("Client", ())), None)
    found: dict[str, Any] = {
        "client": _client(client, hashed=hashed(tables)) if client else None,
        "enrollments": [_enrollment(row, alive) for row in alive.get("Enrollment", ())],
        "events": [_event(row, alive) for row in alive.get("Event", ())],
    }
    export = next(iter(tables.get("Export", ())), {})
    labels = labelled({HANDLING: export[HANDLING]}) if HANDLING in export else {}
    return {name: part for name, part in (found | labels).items() if part}


def hashed(tables: Mapping[str, list[Row]]) -> bool:
    """Whether names and numbers are digests."""
    return any(row.get("HashStatus", UNHASHED) != UNHASHED for row in tables.get("Export", ()))


def _client(row: Row, *, hashed: bool) -> Row:
    found = {name: text for name, text in row.items() if not left_out(name, row, hashed=hashed)}
    races = [derived(row[name], name) for name in RACES if row.get(name) == "1"]
    genders = [derived(row[name], name) for name in GENDERS if row.get(name) == "1"]
    more = {
        "races": races,
        "ethnicity": derived(row[ETHNICITY], ETHNICITY) if row.get(ETHNICITY) == "1" else None,
        # Several genders are no single one, and we have place for one.
        "gender": genders[0] if len(genders) == 1 and row.get("Transgender") != "1" else None,
    }
    return found | {name: part for name, part in more.items() if part}


def left_out(name: str, row: Row, *, hashed: bool) -> str:
    """Why a cell of a client is not shown to the lenses; nothing when it is."""
    if hashed and name in (*NAMES, "SSN"):
        return HASHED
    if name in QUALITY and row.get(QUALITY[name]) != EXACT:
        return DOUBTFUL
    if name in ASKED and (row[name] in NOBODY_KNOWS or (row[name] == "0" and name not in ("Sex", "VeteranStatus"))):
        return UNKNOWN
    return ""


def _enrollment(row: Row, alive: Mapping[str, list[Row]]) -> Row:
    mine = row.get("EnrollmentID")
    left = next(_of(mine, alive.get("Exit", ())), None)
    services = list(_of(mine, alive.get("Services", ())))
    nights = [one["DateProvided"] for one in services if one.get("RecordType") == BED_NIGHT and one.get("DateProvided")]
    more = {"exit": left, "services": services, "nights": derived(nights[0], str(len(set(nights)))) if nights else None}
    return row | {name: part for name, part in more.items() if part}


def _event(row: Row, alive: Mapping[str, list[Row]]) -> Row:
    """A request with its last word: its result, or else the exit from the enrolment that it was made in."""
    asked = row.get("EventDate") or ""
    if row.get("ReferralResult"):
        return row | _said(row.get("ResultDate") or asked)
    exits = _of(row.get("EnrollmentID"), alive.get("Exit", ()))
    left = next((one for one in exits if (one.get("ExitDate") or "") >= asked), None)
    if left is None:
        return row | _said(asked)
    how = "housed" if _housed(left.get("Destination") or "") else "ended"
    return row | _said(left["ExitDate"]) | {"left": derived(left["ExitDate"], how)}


def _said(day: Any) -> Row:
    return {"said": derived(day, day)} if day else {}


def _housed(destination: str) -> bool:
    return destination in SHELTERS or (len(destination) == 3 and destination.startswith(HOUSING))


def _of(enrollment: Any, rows: Iterable[Row]) -> Iterator[Row]:
    return (row for row in rows if enrollment and row.get("EnrollmentID") == enrollment)


def reasons(tables: Tables) -> Iterator[tuple[str, str, str]]:
    """Of every cell that no lens may see, or that only joins others: its path, how it went, and why."""
    digests = hashed(tables)
    for file, rows in tables.items():
        for n, row in enumerate(rows):
            for name in row:
                outcome, why = _reason(file, name, row, hashed=digests)
                if why:
                    yield f"{file}[{n}].{name}", outcome, why


def _reason(file: str, name: str, row: Row, *, hashed: bool) -> tuple[str, str]:
    if row.get("DateDeleted"):
        return "withheld", DELETED
    if name in JOINTS:
        return "mapped", TELLS
    if file != "Client":
        return "", ""
    why = left_out(name, row, hashed=hashed)
    return ("mapped" if why == UNKNOWN else "withheld"), why
