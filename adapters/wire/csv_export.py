"""Tables that a partner's system exports, as CSV or as JSON: one adapter, and one mapping file for each layout."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache, cached_property, lru_cache, partial
from pathlib import Path
from typing import Any, Final

import msgspec

from adapters.wire import csv, json
from adapters.wire.csv_lens import COLUMN, HANDLING, Csv, Layout, told, understood
from adapters.wire.json_lens import united
from adapters.wire.own_json import HOME, known_as, labels, opens, placed
from hub.contracts import Losses, Reading, Received, Target, Writing
from hub.errors import Misconfigured, Unmapped, Unreadable
from hub.lens.compile_write import bodies_of
from hub.lens.load import load
from hub.lens.losses import kept
from hub.lens.spec import Lenses, Line
from hub.lens.translate import Translator
from hub.model.disclosure import Disclosure
from hub.model.event import CrisisEvent

# A table is of a layout when so much of its first line is known there, in so many columns at least.
FIT: Final = 0.6
FEWEST: Final = 3
Row = dict[str, Any]


class Table:
    """One layout: its columns, and its lenses, which are compiled when the first table of it comes."""

    def __init__(self, lenses: Lenses) -> None:
        """Raises Misconfigured naming file and line."""
        self.lenses = lenses
        self.layout = Layout(lenses)
        self._person = frozenset(person_columns(lenses))

    @cached_property
    def translator(self) -> Translator:
        """The compiled lenses."""
        return Translator(self.lenses, Csv(self.layout.view))

    def about(self, head: Sequence[str]) -> csv.Cells[dict[str, str]] | None:
        """What takes from the cells of a row what they say of a person; None where no column does."""
        return self.layout.about(head, self._person.__contains__)


class Export:
    """One partner's exports. The profile may name `mapping`; without one, a table is known by its first line.

    What is written is CSV; a partner whose options say `syntax: json` gets a list of objects in the same columns.
    """

    name: str
    kind: str
    media_type = "text/csv"
    # The common layout, which is written when no other is named, and the folder of all that are known.
    common: str
    folder: str
    # The column in which a record's own number stands, besides `one` of the layout.
    number = ""

    def __init__(self, profile: Mapping[str, str] | None = None) -> None:
        """Compile the partner's lenses. Raises Misconfigured naming file and line."""
        self.profile = dict(profile or {})
        self.named = bool(self.profile.get("mapping"))
        self.table = table(self.profile.get("mapping") or str(HOME / self.common))
        self.translator = self.table.translator
        self.written = bodies_of(self.translator.lenses.lenses)

    def recognises(self, body: bytes) -> bool:
        """Whether the first line, or the first object, has the columns of a layout that is known."""
        try:
            return self._fitting(_columns(body)) is not None
        except (Unreadable, RecursionError):
            return False

    def split(self, body: bytes) -> Iterator[bytes]:
        """One piece a call: the rows that tell of one are brought together, each as it was spelled. Raises Unreadable."""
        if opens(body) in (b"{", b"["):
            return self._json_pieces(body)
        head = csv.head(body)
        found = self.table if self.named else self._fitting([name for name in head if name])
        return csv.grouped(body, found.layout.key(head), found.about(head)) if found else csv.grouped(body, _alone)

    def read(self, body: bytes, received: Received) -> Reading:
        """The events of one call. Raises Unreadable naming the line, or Unmapped."""
        again = partial(rows_of, body, received.charset or self.profile.get("charset", ""))
        rows = again()
        if not rows:
            raise Unreadable("The table has no row.", at="line 2")
        chosen = self.table if self.named else self._chosen(_columns(body))
        layout, translator = chosen.layout, chosen.translator
        view = layout.view(rows)
        number = str(view["call"][0].get(layout.one) or view["call"][0].get(self.number) or "")
        reading = translator.reading(view, self.kind, number, received, again=again)
        events = self.folded(reading.events)
        return msgspec.structs.replace(
            reading,
            events=events,
            unmapped_codes=(*reading.unmapped_codes, *self.unknown(events)),
            account=partial(understood, reading, again, layout),
        )

    def write(self, disclosure: Disclosure, target: Target) -> Writing:
        """A table of what was disclosed, with the labels in a column of their own. Raises Unmapped."""
        events = known_as(self.told(disclosure.events), target.person_id)
        layout = self.table.layout
        view = united(self.translator.write(events, self.kind, target.zone, {}, target.at)) or {}
        rows = layout.spelled(_rows(view))
        if not rows or not placed(events, self.written):
            raise Unmapped(
                f"{self.name} has no column for any of this.", cure="Take it out of what this partner wants."
            )
        handling = {HANDLING: told(labels(disclosure.handling))}
        media_type, spell = _spelling(target.options.get("syntax", "csv"))
        body = spell([*layout.columns, HANDLING], [row | handling for row in rows])
        back = Received(journal="", partner=target.partner, as_of=target.at, zone=target.zone)
        return Writing(body=body, media_type=media_type, kind=self.kind, losses=partial(self._kept, events, body, back))

    # -- what a kind of export may do its own way

    def folded(self, events: tuple[CrisisEvent, ...]) -> tuple[CrisisEvent, ...]:
        """The events, after what only all of them together can say."""
        return events

    def told(self, events: Sequence[CrisisEvent]) -> Sequence[CrisisEvent]:
        """The events in the words of this format."""
        return events

    def unknown(self, events: Sequence[CrisisEvent]) -> Iterable[tuple[str, str]]:
        """Codes that no table knows, beyond those that the lenses looked up."""
        return ()

    # -- once an export

    def _chosen(self, columns: Sequence[str]) -> Table:
        found = self._fitting(columns)
        if found is None:
            names = ", ".join(sorted(Path(one).stem for one in self._known()))
            raise Unmapped(
                "No layout here has these columns.",
                at="line 1",
                cure=f"Name a mapping in the partner file. There are layouts for {names}.",
            )
        return found

    def _fitting(self, columns: Sequence[str]) -> Table | None:
        """The layout that some columns are of: the partner's own, or the one of ours that fits best."""
        return self.table if self.named and _fits(self.table, columns) else _best(self._known(), tuple(columns))

    @classmethod
    def _known(cls) -> tuple[str, ...]:
        return known(HOME / cls.folder)

    def _json_pieces(self, body: bytes) -> Iterator[bytes]:
        rows = csv.objects(body)
        chosen = self.table if self.named else self._fitting([*rows[0]] if rows else [])
        calls = csv.Gathered[Row]()
        for row in rows:
            head, cells = [*row], [str(cell) if cell is not None else "" for cell in row.values()]
            about = chosen.about(head) if chosen else None
            calls.add(chosen.layout.key(head)(cells) if chosen else "", about(cells) if about else {}, row)
        if not rows:
            yield body
        for found in calls:
            yield csv.as_json(found)

    def _kept(self, events: Sequence[CrisisEvent], body: bytes, back: Received) -> Losses:
        return kept(events, type(self)(self.profile | {"mapping": self._mapping()}).read(body, back).events)

    def _mapping(self) -> str:
        return self.profile.get("mapping") or str(HOME / self.common)


def _alone(_: Sequence[str]) -> str:
    """Nothing tells which rows belong together."""
    return ""


def person_columns(lenses: Lenses) -> Iterator[str]:
    """The columns that tell of a person, also those inside a composite."""
    for lens in lenses.lenses:
        for line in lens.lines:
            if line.canon.startswith("person."):
                yield from _columns_of(line, lenses)


def _columns_of(line: Line, lenses: Lenses) -> Iterator[str]:
    yield from (found[1] for wire in line.wire.split(" + ") if (found := COLUMN.fullmatch(wire)))
    if line.conversion in lenses.types:
        for inner in lenses.types[line.conversion].lines:
            yield from _columns_of(inner, lenses)


@lru_cache(maxsize=256)
def table(path: str) -> Table:
    """The layout of a mapping file. Partners with the same file share it."""
    return Table(load(Path(path), home=HOME))


@cache
def known(folder: Path) -> tuple[str, ...]:
    """The mapping files of a folder of layouts."""
    return tuple(sorted(str(path) for path in folder.glob("*.yaml") if path.stem != "base"))


@lru_cache(maxsize=256)
def _best(paths: tuple[str, ...], columns: tuple[str, ...]) -> Table | None:
    """The layout that fits some columns best, if it fits them."""
    found = max(map(table, paths), key=lambda one: one.layout.fit(columns))
    return found if _fits(found, columns) else None


def _fits(found: Table, columns: Sequence[str]) -> bool:
    share, count = found.layout.fit(columns)
    return share >= FIT and count >= FEWEST


def rows_of(body: bytes, charset: str) -> list[Row]:
    """The rows of an export, CSV or JSON."""
    return csv.objects(body) if opens(body) in (b"{", b"[") else csv.read(body, charset=charset)


def _columns(body: bytes) -> list[str]:
    if opens(body) not in (b"{", b"["):
        return [name for name in csv.head(body) if name]
    rows = csv.objects(body)
    return [*rows[0]] if rows else []


def _objects(columns: Sequence[str], rows: Sequence[Row]) -> bytes:
    """Rows as portals give them in JSON: a list of objects, each with the columns that say something."""
    return json.write([{name: row[name] for name in columns if row.get(name)} for row in rows])


# How an export may be spelled, by what `syntax` among a partner's options says.
SPELLED: Final[Mapping[str, tuple[str, Callable[[Sequence[str], Sequence[Row]], bytes]]]] = {
    "csv": ("text/csv", csv.write),
    "json": ("application/json", _objects),
}


def _spelling(syntax: str) -> tuple[str, Callable[[Sequence[str], Sequence[Row]], bytes]]:
    if syntax not in SPELLED:
        raise Misconfigured(
            f'"{syntax}" is no syntax of an export.', at="delivery.options.syntax", cure="Use csv or json."
        )
    return SPELLED[syntax]


def _rows(view: Row) -> list[Row]:
    """One row a unit, each with what is said of the call; or the call by itself."""
    call = {name: text for part in view.get("call") or () for name, text in part.items()}
    return [call | row for row in view.get("rows") or ()] or ([call] if call else [])
