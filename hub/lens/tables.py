"""Code tables: the local code on the wire beside the common one, both ways, as CSV that an analyst edits."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path

import msgspec

from hub.errors import Misconfigured
from hub.lens.source import Place
from hub.model.values import Code

COLUMNS = ("wire", "canonical", "system", "display", "note", "activated_at", "retired_at")
NEEDED = ("wire", "canonical")


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One line of a table. It counts from `since` to before `until`, UTC microseconds; 0 means always."""

    wire: str
    canonical: str
    place: Place
    system: str = ""
    display: str = ""
    since: int = 0
    until: int = 0

    def active(self, at: int) -> bool:
        """Whether this row counts at an instant."""
        return self.since <= at and (not self.until or at < self.until)


class Table(msgspec.Struct, frozen=True, kw_only=True):
    """A named table. Of rows with the same wire code the last counts; of those with the same meaning the first of `written`."""

    name: str
    rows: tuple[Row, ...] = ()
    written: tuple[Row, ...] = ()

    def instants(self) -> set[int]:
        """When its meaning changes."""
        return {at for row in self.rows for at in (row.since, row.until) if at}

    def codes(self, at: int) -> dict[str, Code]:
        """Wire code to Code, as it counts at an instant."""
        return {
            row.wire: Code(code=row.canonical, system=row.system, display=row.display, local=row.wire)
            for row in self.rows
            if row.active(at)
        }

    def words(self, at: int) -> dict[str, str]:
        """Wire code to common code."""
        return {row.wire: row.canonical for row in self.rows if row.active(at)}

    def wires(self, at: int) -> dict[str, str]:
        """Common code to the wire code it is written as: the first row that has it, a partner's rows before the common ones."""
        found: dict[str, str] = {}
        for row in self.written or self.rows:
            if row.active(at):
                found.setdefault(row.canonical, row.wire)
        return found


def read(path: Path, shown: str = "") -> Table:
    """A table from a CSV file; its name is the file's. Raises Misconfigured naming file and line."""
    name = shown or path.name
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise Misconfigured("this code table cannot be read as UTF-8.", at=name) from error
    return Table(name=path.stem, rows=rows(text.splitlines(), name))


def rows(lines: Iterable[str], name: str) -> tuple[Row, ...]:
    """The rows of a table.

    >>> rows(["wire,canonical,system", "F,female,sex"], "sex.csv")[0].canonical
    'female'
    """
    found = csv.DictReader(lines, strict=True)
    try:
        columns = found.fieldnames or ()
        _check_columns(columns, name)
        return _distinct([_row(r, Place(name, found.line_num)) for r in found if any(r.values())])
    except csv.Error as error:
        raise Misconfigured(f"this is not CSV: {error}.", at=str(Place(name, found.line_num))) from error


def extend(base: Table, more: Table) -> Table:
    """A partner's rows after the common ones. A row with an empty canonical code takes the wire code away."""
    gone = {row.wire for row in more.rows if not row.canonical}
    kept = tuple(row for row in base.rows if row.wire not in gone)
    own = tuple(row for row in more.rows if row.canonical)
    older = tuple(row for row in base.written or base.rows if row in kept)
    return Table(name=base.name, rows=(*kept, *own), written=(*own, *older))


def folder(path: Path, shown: str = "") -> dict[str, Table]:
    """Every table of a folder, by name."""
    return {file.stem: read(file, f"{shown or path.name}/{file.name}") for file in sorted(path.glob("*.csv"))}


def changes(tables: Mapping[str, Table]) -> tuple[int, ...]:
    """The instants at which any table changes its meaning, in order."""
    return tuple(sorted({at for table in tables.values() for at in table.instants()}))


def _check_columns(columns: Iterable[str], name: str) -> None:
    names = list(columns)
    missing = [column for column in NEEDED if column not in names]
    unknown = [column for column in names if column not in COLUMNS]
    if missing or unknown:
        raise Misconfigured(
            f"the first line of a code table names its columns; {(missing or unknown)[0]!r} is "
            f"{'missing' if missing else 'unknown'}.",
            at=str(Place(name, 1)),
            cure=f"The columns are {', '.join(COLUMNS)}.",
        )


def _row(row: dict[str, str | None], place: Place) -> Row:
    if None in row or None in row.values():
        raise Misconfigured("this line has another number of columns than the first.", at=str(place))
    cell = {key: (value or "").strip() for key, value in row.items()}
    if not cell["wire"]:
        raise Misconfigured("this line has no wire code.", at=str(place))
    return Row(
        wire=cell["wire"],
        canonical=cell["canonical"],
        place=place,
        system=cell.get("system", ""),
        display=cell.get("display", ""),
        since=_instant(cell.get("activated_at", ""), place),
        until=_instant(cell.get("retired_at", ""), place),
    )


def _instant(text: str, place: Place) -> int:
    if not text:
        return 0
    try:
        at: datetime | None = datetime.fromisoformat(text)
    except ValueError:
        at = None
    if at is None or at.tzinfo is None:
        cure = "Write 2026-03-01T00:00:00-06:00."
        raise Misconfigured(f'"{text}" is not an instant with its offset.', at=str(place), cure=cure)
    return int(at.timestamp()) * 1_000_000


def _distinct(found: list[Row]) -> tuple[Row, ...]:
    seen: dict[tuple[str, int, int], Row] = {}
    for row in found:
        first = seen.setdefault((row.wire, row.since, row.until), row)
        if first is not row:
            raise Misconfigured(
                f'"{row.wire}" stands here and in line {first.place.line}.', at=str(row.place), cure="Keep one of them."
            )
    return tuple(found)
