"""The files of an HMIS export as tables: which there are, what their columns are called, and one archive a person."""

from __future__ import annotations

import csv as stdlib
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path, PurePosixPath
from typing import Any, Final

import mappings
from adapters.wire import csv
from adapters.wire.archive import ZIP, pack, unzip
from hub.errors import Unmapped, Unreadable

FOLDER: Final = Path(mappings.__file__).parent / "social" / "hmis"
MOST_BYTES: Final = 256 * 1024 * 1024
MEMBERS: Final = 100
PERSON: Final = "personalid"
VICTIMS: Final = "victimserviceprovider"
NO: Final = frozenset({"", "0", "0.0", "n", "no", "f", "false"})
CUT: Final = "a spreadsheet cut the end of a number off: clients would be taken for one another."
YEAR: Final = re.compile(r"20\d\d")
VERSIONS: Final = ("2024", "2026")
NEWEST: Final = VERSIONS[-1]
Row = dict[str, Any]
Tables = dict[str, list[Row]]


@cache
def columns(version: str) -> dict[str, tuple[str, ...]]:
    """The columns of each file that we write, in a version of the standard."""
    with (FOLDER / "columns.csv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in stdlib.DictReader(file) if row["version"] in ("", version)]
    return {row["file"]: tuple(row["columns"].split()) for row in rows}


@cache
def _spellings() -> dict[str, str]:
    """Columns by their normal names: capitals differ between versions. HispanicLatinaeo became HispanicLatinao."""
    newest_last = [name for version in VERSIONS for names in columns(version).values() for name in names]
    return {csv.normal(name): name for name in newest_last} | {"hispaniclatinaeo": "HispanicLatinao"}


def read(body: bytes, charset: str = "") -> Tables:
    """Every table of an export by the name of its file. Raises Unreadable naming file and line."""
    found: Tables = {}
    for name, inner in _files(body).items():
        try:
            rows = csv.read(inner, charset=charset)
        except Unreadable as problem:
            at = f"{name}.csv {problem.at}".strip()
            raise Unreadable(problem.message, at=at, cure=problem.cure) from problem
        found[name] = [{_spelled(column): text for column, text in row.items()} for row in rows]
    return found


def version(tables: Mapping[str, list[Row]]) -> str:
    """The version an export says it is of. Raises Unmapped when it says none, or one that we do not read."""
    said = next((row.get("CSVVersion", "") for row in tables.get("Export", ())), "")
    year = YEAR.search(said)
    if year is None or year[0] not in VERSIONS:
        raise Unmapped(
            "this version of HMIS CSV is not read." if year else "the export does not say its version.",
            at="Export.csv CSVVersion",
            cure=f"Export it as FY{' or FY'.join(VERSIONS)}.",
        )
    return year[0]


def refuse_victim_services(tables: Mapping[str, list[Row]]) -> None:
    """34 USC 12291(b)(2): what a victim-service provider holds must not be in an HMIS, nor come here through one."""
    if any(_serves_victims(row) for row in tables.get("Organization", ())):
        raise Unreadable(
            "the export holds a victim-service provider, which may not be in an HMIS.",
            at="Organization.csv VictimServiceProvider",
            cure="Export without it.",
        )


def _serves_victims(row: Mapping[str, Any]) -> bool:
    """Whether an organization is one, however the column and its flag are spelled: a word that is no clear no counts as yes."""
    said = (str(text).strip().lower() for name, text in row.items() if csv.normal(name).replace("_", "") == VICTIMS)
    return any(text not in NO for text in said)


def persons(body: bytes) -> Iterator[bytes]:
    """One archive for each person: the rows that name them, as they are spelled, and the export they came in.

    Files without a person in them, such as projects and users, stay behind. Raises Unreadable.
    """
    files = _files(body)
    if "Organization" in files:
        # Names may be in any charset; what is asked for here is ASCII in all of them.
        refuse_victim_services({"Organization": csv.read(files["Organization"], charset="latin-1")})
    about: dict[str, dict[str, bytes]] = {}
    export = {"Export.csv": files["Export"]} if "Export" in files else {}
    for name, inner in files.items():
        for person, rows in _by_person(name, inner):
            about.setdefault(person, dict(export))[f"{name}.csv"] = rows
    if not about:
        yield body
    yield from (pack(one) for one in about.values())


def _by_person(file: str, body: bytes) -> Iterator[tuple[str, bytes]]:
    at = next((n for n, name in enumerate(csv.head(body)) if csv.normal(name) == PERSON), None)
    if at is None:
        return

    def person(cells: Sequence[str]) -> str:
        number = cells[at].strip() if at < len(cells) else ""
        if csv.mangled(number):
            raise Unreadable(CUT, at=f"{file}.csv PersonalID", cure="Export again, and open no file in a spreadsheet.")
        return number

    for piece in csv.grouped(body, person):
        cells = next((cells for _, _, cells in csv.records(piece)), [])
        if at < len(cells):
            yield person(cells), piece


def _files(body: bytes) -> dict[str, bytes]:
    """The tables in an archive, by the last part of their names without the ending."""
    if not body.startswith(ZIP):
        raise Unreadable("An HMIS export is a zip of CSV files.", at="byte 0")
    found: dict[str, bytes] = {}
    for spelled, inner in unzip(body, most=MOST_BYTES, members=MEMBERS):
        path = PurePosixPath(spelled.replace("\\", "/"))
        if path.suffix.lower() != ".csv" or path.name.startswith("."):
            continue
        name = _name(path.stem)
        if name in found:
            raise Unreadable("A file stands twice in the archive.", at=f"{name}.csv")
        found[name] = inner
    if not found:
        raise Unreadable("There is no CSV file in the archive.")
    return found


@cache
def _known_files() -> dict[str, str]:
    return {name.lower(): name for name in (*columns(NEWEST), "Organization")}


def _name(stem: str) -> str:
    return _known_files().get(stem.lower(), stem)


def _spelled(column: str) -> str:
    return _spellings().get(csv.normal(column), column)
