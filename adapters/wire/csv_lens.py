"""CSV as a syntax of lenses. A lens has `each: call[]` or `each: rows[]`; its paths are `.column`, as `wire.csv.normal` spells it.

What a city does its own way stands in the `layout` of its mapping file:

    columns   the first line that we write; and so what may be read
    also      other names that a column had: {time_arrival: timearrive}
    nothing   what stands where nothing is known, in any column or in one; `1900-01-01*` is whatever begins so
    one       the column that tells which rows are one call
    points    columns with a point in them: .location_lat and .location_lon are read from it
"""

from __future__ import annotations

import json as stdlib
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from typing import Any, Final

from adapters.wire import csv, json
from adapters.wire.json import Spelled
from adapters.wire.json_lens import Marked, leaves, marked
from adapters.wire.json_nodes import derived
from adapters.wire.laid_out import SENT, LaidOut
from hub.contracts import Loss, Losses, Outcome, Reading
from hub.errors import Misconfigured
from hub.lens.spec import Lenses

SILENT: Final = "it stands where nothing is known"
SAID: Final = "an earlier row says the same"
CUT: Final = "a spreadsheet cut the end of this number off; export the column as text"
# The column in which the labels of what we write travel.
HANDLING: Final = "crisis_hub_handling"
ANY: Final = "any"
POINT: Final = re.compile(r"(?:POINT ?)?\((-?\d{1,3}(?:\.\d+)?)[ ,] ?(-?\d{1,3}(?:\.\d+)?)\)", re.ASCII)
COLUMN: Final = re.compile(r"\.\.?([a-z0-9_]+)$")
Row = dict[str, Any]


class Layout:
    """The columns of one table: how they are spelled, what else they were called, and what says nothing."""

    def __init__(self, lenses: Lenses, normal: Callable[[str], str] = csv.normal) -> None:
        """`normal`: how a column is told from others. Raises Misconfigured when a line names no column, or two are the same."""
        self._normal = normal
        said: Mapping[str, Any] = lenses.resolved.get("layout") or {}
        self.columns: tuple[str, ...] = tuple(said.get("columns") or ())
        self.names = {normal(column): column for column in self.columns}
        self.also = {normal(old): normal(name) for old, name in (said.get("also") or {}).items() if name}
        # The first other name of a column is the one that is written.
        self.own: dict[str, str] = {}
        for old, name in (said.get("also") or {}).items():
            if name:
                self.own.setdefault(normal(name), old)
        self.one = normal(said.get("one") or "")
        self.points = tuple(normal(name) for name in said.get("points") or ())
        nothing = {normal(name): words for name, words in (said.get("nothing") or {}).items() if words}
        self.silent = {name: _silence([*nothing.get(ANY, ()), *words]) for name, words in nothing.items()}
        self.anywhere = self.silent.get(ANY) or _silence(())
        self._check(lenses)

    def _check(self, lenses: Lenses) -> None:
        at = str(lenses.place)
        if len(self.names) < len(self.columns):
            raise Misconfigured("two columns of this layout have the same name but for signs and capitals.", at=at)
        known = self.known() | {HANDLING}
        lines = [line for lens in lenses.lenses for line in lens.lines] if self.columns else []
        for line in lines:
            for wire in line.wire.split(" + "):
                found = COLUMN.fullmatch(wire)
                if found and found[1] not in known:
                    close = get_close_matches(found[1], known, n=1)
                    cure = f'Did you mean ".{close[0]}"?' if close else "Name it among the columns of the layout."
                    raise Misconfigured(f'"{wire}" is no column of this layout.', at=str(line.place), cure=cure)

    def known(self) -> set[str]:
        """Every name that a lens may use."""
        return {*self.names, *(f"{name}_{axis}" for name in self.points for axis in ("lat", "lon"))}

    def name(self, column: str) -> str:
        """Our name of a column as it is spelled."""
        name = self._normal(column)
        return self.also.get(name, name)

    def fit(self, columns: Sequence[str]) -> tuple[float, int]:
        """How much of some columns this layout knows, and how many they are."""
        names = {self.name(column) for column in columns}
        count = len(names & self.names.keys())
        return count / max(len(names), 1), count

    def says(self, name: str, text: str) -> bool:
        """Whether a cell says anything. A number that a spreadsheet cut off says nothing: strangers have what is left in common."""
        return not (self.silent.get(name, self.anywhere)(text) or csv.mangled(text))

    def key(self, head: Sequence[str]) -> csv.Cells[str]:
        """What tells, by the cells of a row below a first line, which rows are one call; nothing where they do not say."""
        at = next((n for n, column in enumerate(head) if self.one and self.name(column) == self.one), None)

        def told(cells: Sequence[str]) -> str:
            text = cells[at].strip() if at is not None and at < len(cells) else ""
            return text if text and self.says(self.one, text) else ""

        return told

    def about(self, head: Sequence[str], who: Callable[[str], bool]) -> csv.Cells[dict[str, str]] | None:
        """What takes from the cells of a row what they say of a person: `who` tells the columns that do. None where none does."""
        places = [(n, name) for n, name in enumerate(map(self.name, head)) if who(name)]

        def told(cells: Sequence[str]) -> dict[str, str]:
            found = ((name, cells[n].strip()) for n, name in places if n < len(cells))
            return {name: text.casefold() for name, text in found if text and self.says(name, text)}

        return told if places else None

    def view(self, rows: Sequence[Row]) -> Row:
        """What lenses see: the call with what any of its rows says first, and the rows as they came."""
        found = [self.row(row) for row in rows]
        whole = labelled(found[0] if len(found) == 1 else _first_said(found))
        handling = {"handling": whole.pop("handling")} if "handling" in whole else {}
        return {"call": [whole], "rows": found, **handling}

    def row(self, row: Row) -> Row:
        """The cells of a row that say anything, by our names of their columns."""
        found: Row = {}
        for column, text in _cells(row):
            name = self.name(column)
            if self.says(name, text):
                found.setdefault(name, text)
        for name in self.points:
            if point := POINT.fullmatch(str(found.get(name, ""))):
                lon, lat = point.groups() if found[name].startswith("POINT") else point.groups()[::-1]
                found |= {f"{name}_lat": derived(found[name], lat), f"{name}_lon": derived(found[name], lon)}
        return found

    def spelled_as(self, column: str) -> str:
        """How this partner spells a column of ours."""
        return self.own.get(self._normal(column), column)

    def spelled(self, rows: Sequence[Row]) -> list[dict[str, str]]:
        """Rows as lenses wrote them, in the columns of this layout."""
        return [self._spelled(row) for row in rows]

    def _spelled(self, row: Row) -> dict[str, str]:
        more = {
            name: f"POINT ({row[f'{name}_lon']} {row[f'{name}_lat']})"
            for name in self.points
            if f"{name}_lon" in row and f"{name}_lat" in row
        }
        return {self.names.get(name, name): str(text) for name, text in (row | more).items()}


class Csv(LaidOut):
    """Rows of one call, or of one record, as lenses see them."""

    name = "csv"

    def __init__(self, lay_out: Callable[[Any], dict[str, Any]] | None = None) -> None:
        """`lay_out` is a layout's `view`. Without one, rows are taken as they are: for cases in mapping files."""
        super().__init__(lay_out or _plain)

    def spell(self, conversion: str, expr: str) -> str:
        """Everything in a cell is text."""
        return expr

    def mark(self, root: Any) -> Any:
        """Every cell knows its row and column."""
        sent = marked(root)
        return {**self.lay_out(sent), SENT: sent}

    def elements(self, root: Any) -> Mapping[Any, str]:
        """Every cell that says anything: the name of its column, and from the second row on which row it is."""
        return {at: shown(at) for at in super().elements(root)}


def shown(at: Sequence[str | int]) -> str:
    """The place of a cell for people: `Beat`, and `Beat[2]` in the second row."""
    row, *names = at
    name = ".".join(map(str, names))
    return f"{name}[{int(row) + 1}]" if row else name


def _cells(row: Row) -> Iterator[tuple[str, Any]]:
    """The cells of a row; an object in a cell of a JSON export gives one for each of its names."""
    for column, value in row.items():
        if value.__class__ is dict:
            yield from _cells({f"{column}_{name}": inner for name, inner in value.items()})
        elif value.__class__ is bool:
            yield column, "true" if value else "false"
        elif value.__class__ in (str, Spelled, Marked) and value != "":
            yield column, str(value) if value.__class__ is Spelled else value


def _first_said(rows: Sequence[Row]) -> Row:
    whole: Row = {}
    for row in rows:
        for name, text in row.items():
            whole.setdefault(name, text)
    return whole


def _silence(words: Sequence[str]) -> Callable[[str], bool]:
    """Whether a text is one of some words, or begins as one that ends in a star."""
    whole = frozenset(word for word in words if not word.endswith("*"))
    starts = tuple(word[:-1] for word in words if word.endswith("*"))
    return lambda text: text in whole or (bool(starts) and text.startswith(starts))


def labelled(row: Row) -> Row:
    """A row in which the column of the labels is what it says."""
    text = row.pop(HANDLING, None)
    return {**row, "handling": _labels(text)} if text else row


def told(labels: Mapping[str, Any]) -> str:
    """Labels as they stand in their column."""
    return json.write({name: value for name, value in labels.items() if value}).decode()


def _labels(text: str) -> Any:
    """The labels in their column; what is not what we write there stays text, and is not understood."""
    try:
        found = stdlib.loads(text)
    except (ValueError, RecursionError):
        return text
    if found.__class__ is not dict or not all(_label(value) for value in found.values()):
        return text
    return {name: _each_derived(text, value) for name, value in found.items() if value}


def _label(value: Any) -> bool:
    return isinstance(value, str) or (isinstance(value, list) and all(isinstance(one, str) for one in value))


def _each_derived(source: Any, value: Any) -> Any:
    return [derived(source, one) for one in value] if value.__class__ is list else derived(source, value)


def _plain(rows: Any) -> dict[str, Any]:
    return {"call": list(rows), "rows": list(rows)}


def understood(reading: Reading, again: Callable[[], list[Row]], layout: Layout) -> Losses:
    """The account of the lenses. A cell that says nothing on purpose, or what an earlier row said, was understood."""
    known: dict[str, tuple[Outcome, str]] = {}
    said: dict[str, str] = {}
    for leaf in leaves(marked(again())):
        name = layout.name("_".join(map(str, leaf.at[1:])))
        if not layout.says(name, str(leaf)):
            known[shown(leaf.at)] = ("invalid", CUT) if csv.mangled(leaf) else ("mapped", SILENT)
        elif name not in said:
            said[name] = str(leaf)
        elif leaf.at[0] and said[name] == str(leaf):
            known[shown(leaf.at)] = "mapped", SAID
    if not known:
        return reading.account()
    return Losses(items=tuple(_understood(loss, known) for loss in reading.account().items))


def _understood(loss: Loss, known: Mapping[str, tuple[Outcome, str]]) -> Loss:
    if loss.outcome != "unmapped" or loss.path not in known:
        return loss
    outcome, why = known[loss.path]
    return Loss(path=loss.path, outcome=outcome, why=why)
