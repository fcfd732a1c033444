"""Our own formats as CSV, for systems that export nothing else: one record a row, and a column for each field of the same list.

A column is the path of its field: `person.names.family`, and `person.names.2.family` for a second one. Words of one list stand
in one cell with `|` between them. A partner's mapping may say in its `layout` what its columns are called, what says nothing,
and which column tells that several rows are one record.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache, partial
from pathlib import Path
from typing import Final

import msgspec

from adapters.wire import csv, fieldlist
from adapters.wire.csv_columns import Columns
from adapters.wire.csv_lens import HANDLING, Csv, Layout, labelled, told, understood
from adapters.wire.own_json import HOME, OwnJson, View
from hub.contracts import Reading, Received
from hub.errors import Unreadable
from hub.lens.load import load
from hub.lens.translate import Translator

# A table is of a format when so much of its first line is known there, in so many columns at least.
FIT: Final = 0.6
FEWEST: Final = 3
# What tells of the person, as it is called before the first dot.
WHO: Final = frozenset(("person", "demographics"))


class OwnCsv(OwnJson):
    """One of our own formats as a table. The profile may name `mapping`: the same lenses, and a layout of the partner's columns."""

    media_type = "text/csv"

    def __init__(self, profile: Mapping[str, str] | None = None) -> None:
        """Compile the partner's lenses. Raises Misconfigured naming file and line."""
        super().__init__(profile)
        mapping = self.profile.get("mapping") or str(HOME / self.lenses)
        self.table = table(mapping, self.fields, type(self).shown)
        self.translator = self.table.translator

    def recognises(self, body: bytes) -> bool:
        """Whether enough of the first line are columns of this format, and one of them is a mark of it."""
        names = [self.table.layout.name(name) for name in csv.head(body) if name]
        known = [column for name in names if (column := self.table.columns.column(name)[0])]
        own = {mark.decode().strip('"') for mark in self.marks}
        # A partner with a layout of its own may have as many more columns as it likes.
        fewest = FEWEST if self.profile.get("mapping") else max(FEWEST, FIT * len(names))
        return len(known) >= fewest and any(column.steps[0][0] in own for column in known)

    def split(self, body: bytes) -> Iterator[bytes]:
        """One piece a record; where the layout says which column tells them apart, the rows of one are brought together."""
        head, layout = csv.head(body), self.table.layout
        return csv.grouped(body, layout.key(head), layout.about(head, self.table.of_person))

    def read(self, body: bytes, received: Received) -> Reading:
        """The events of one record. Raises Unreadable naming the line, or Unmapped."""
        again = partial(csv.read, body, charset=received.charset or self.profile.get("charset", ""))
        rows = again()
        if not rows:
            raise Unreadable("The table has no row.", at="line 2")
        record = self.table.record(rows)
        number, view = self._number(record), self.shown(record)
        reading = self.translator.reading(view, self.kind, number, received, again=again)
        reading = self.accounted(reading, self.table.field)
        return msgspec.structs.replace(reading, account=partial(understood, reading, again, self.table.layout))

    def spelled(self, record: View) -> bytes:
        """A record as a table of one row, with the labels in the last column."""
        labels = record.pop("handling")
        row = self.table.columns.row(record)
        header = dict.fromkeys((*self.table.columns.header, *row))
        spelled = self.table.layout.spelled_as
        body = {spelled(name): text for name, text in row.items()}
        return csv.write([*map(spelled, header), HANDLING], [{**body, HANDLING: told(labels)}])


class Table:
    """One layout of one format: its columns and its compiled lenses."""

    def __init__(self, path: str, fields: str, shown: Callable[[View], View]) -> None:
        """`fields` is the field list, `shown` makes what lenses see of a record. Raises Misconfigured naming file and line."""
        lenses = load(Path(path), home=HOME)
        self.layout = Layout(lenses, csv.dotted)
        self.columns = Columns(fieldlist.load(fields))
        self._shown = shown
        self.translator = Translator(lenses, Csv(self._view))

    def record(self, rows: list[View]) -> View:
        """The record that some rows tell."""
        return labelled(self.columns.record([self.layout.row(row) for row in rows]))

    def _view(self, rows: list[View]) -> View:
        return self._shown(self.record(rows))

    def of_person(self, name: str) -> bool:
        """Whether a column, by its normal name, tells whom it is about."""
        column, _ = self.columns.column(name)
        return column is not None and column.steps[0][0] in WHO

    def field(self, path: str) -> str:
        """The field of a column as it is spelled."""
        column, _ = self.columns.column(self.layout.name(path.partition("[")[0]))
        return column.path if column else path


@lru_cache(maxsize=256)
def table(path: str, fields: str, shown: Callable[[View], View]) -> Table:
    """The layout and the lenses of a mapping file. Partners with the same file share them."""
    return Table(path, fields, shown)
