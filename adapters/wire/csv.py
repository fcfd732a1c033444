"""CSV, read within limits and written as RFC 4180 has it; and the rows of JSON exports, which portals give of the same tables.

A row with fewer or more cells than the first line names is refused: whatever is shifted by a column is about somebody else.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final, Generic, TypeVar

from adapters.wire import json
from adapters.wire.own_json import items, opens
from hub.errors import Misconfigured, Unreadable

MOST_BYTES: Final = 16 * 1024 * 1024
MOST_COLUMNS: Final = 2_000
# The first line of a table is short; whoever only looks whether it is one looks no further.
MOST_HEAD: Final = 64 * 1024
MOST_CELLS: Final = 1_000_000
DELIMITERS: Final = ",;\t|"
WORD: Final = re.compile(r"[^a-z0-9]+")
UTF_16: Final = (b"\xff\xfe", b"\xfe\xff")
# How a spreadsheet shows a number that is longer than its column.
SHORTENED: Final = re.compile(r"\d(?:[.,]\d+)?[Ee]\+\d+", re.ASCII)
Row = dict[str, Any]
T = TypeVar("T")
# Something that looks at the cells of a row.
Cells = Callable[[Sequence[str]], T]


def read(body: bytes, *, charset: str = "") -> list[Row]:
    r"""The rows of a table, each cell by the name of its column as it is spelled; empty cells are left out.

    `charset` is what the partner file names; without one it must be UTF-8, or UTF-16 with its mark. Raises Unreadable naming
    the line, and never quotes a cell.

    >>> read(b"\xef\xbb\xbfid;place\r\n1;\"a;b\"\r\n")
    [{'id': '1', 'place': 'a;b'}]
    """
    if len(body) > MOST_BYTES:
        raise Unreadable(f"The table is larger than {MOST_BYTES} bytes.", at=f"byte {MOST_BYTES}")
    text = _text(body, charset)
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True)
    try:
        names = _names(next(lines, []))
        most = MOST_CELLS // len(names)
        return [_row(names, cells, lines.line_num) for cells in _limited(lines, most) if any(cells)]
    except csv.Error as error:
        raise Unreadable(f"This is not CSV: {error}.", at=f"line {lines.line_num}") from error


def write(columns: Sequence[str], rows: Sequence[Mapping[str, str]]) -> bytes:
    r"""A table with these columns, in UTF-8; what a row does not have is empty.

    >>> write(["id", "place"], [{"id": "1", "place": "a, b"}])
    b'id,place\r\n1,"a, b"\r\n'
    """
    out = io.StringIO(newline="")
    lines = csv.writer(out)
    lines.writerow(columns)
    lines.writerows([row.get(name, "") for name in columns] for row in rows)
    return out.getvalue().encode()


def normal(name: str) -> str:
    """The name of a column without what portals change from year to year: capitals, blanks, signs.

    >>> normal("Occurred Date / Time"), normal("Type_"), normal("person.names[0].family")
    ('occurred_date_time', 'type', 'person_names_0_family')
    """
    return WORD.sub("_", name.lower()).strip("_")


def dotted(name: str) -> str:
    """The same for a column that is a path: its dots stay.

    >>> dotted("Person.Names.Family ")
    'person.names.family'
    """
    return ".".join(map(normal, name.split(".")))


def head(body: bytes) -> list[str]:
    """The names in the first line, or none where it is no table. Never raises: it only looks."""
    start = body[:MOST_HEAD]
    if opens(body) in (b"", b"{", b"[", b"<"):
        return []
    try:
        text = start[: len(start) & ~1].decode("utf-16") if start.startswith(UTF_16) else _after_mark(start)
        return next(csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text)), [])
    except (csv.Error, UnicodeDecodeError):
        return []


def records(body: bytes) -> Iterator[tuple[bytes, bytes, list[str]]]:
    """The first line of a table and each row below it, both as they are spelled, with the row's cells.

    What cannot be told apart from some place on is one row: whoever reads it says what is wrong. Raises Unreadable when there
    is no first line.
    """
    if body.startswith(UTF_16):
        body = _text(body, "").encode()
    mark = b"\xef\xbb\xbf" if body.startswith(b"\xef\xbb\xbf") else b""
    # Every byte is one character, so that what was spelled comes out again whatever charset it is in.
    text = body.removeprefix(mark).decode("latin-1")
    taken: list[str] = []
    lines = csv.reader(_noting(io.StringIO(text, newline=""), taken), delimiter=_delimiter(text), strict=True)
    try:
        _names(next(lines, []))
    except csv.Error as error:
        raise Unreadable(f"This is not CSV: {error}.", at="line 1") from error
    first = mark + _spelled(taken)
    if not first.endswith((b"\n", b"\r")):
        first += b"\r\n"
    while True:
        try:
            cells = next(lines)
        except StopIteration:
            return
        except csv.Error:
            yield first, _spelled(taken), []
            continue
        row = _spelled(taken)
        if any(cells):
            yield first, row, cells


def mangled(text: str) -> bool:
    """Whether a spreadsheet made this of a long number: its last digits are gone, and strangers have it in common.

    >>> mangled("2.61E+09"), mangled("26-118842")
    (True, False)
    """
    return SHORTENED.fullmatch(text) is not None


class Gathered(Generic[T]):
    """What belongs together by a key, and apart for each person it tells of: two that say other things of somebody are about two."""

    def __init__(self) -> None:
        """Nothing yet."""
        self._found: dict[str, list[tuple[dict[str, str], list[T]]]] = {}

    def add(self, key: str, said: Mapping[str, str], one: T) -> None:
        """Put one where it belongs. `said` is what it says of a person; who says nothing tells of whoever was told of before."""
        several = self._found.setdefault(key or f"\0{len(self._found)}", [])
        for known, together in several:
            if _one_person(known, said):
                known.update(said)
                together.append(one)
                return
        several.append((dict(said), [one]))

    def __iter__(self) -> Iterator[list[T]]:
        """What belongs together, in the order of the first of each."""
        return (together for several in self._found.values() for _, together in several)


def _one_person(known: Mapping[str, str], said: Mapping[str, str]) -> bool:
    both = known.keys() & said.keys()
    return not (known and said) or (bool(both) and all(known[name] == said[name] for name in both))


def grouped(body: bytes, key: Cells[str], about: Cells[Mapping[str, str]] | None = None) -> Iterator[bytes]:
    """One piece for each key and person: its rows, wherever they stand, below the first line; without a key, a row each.

    `key` and `about` look at the cells of a row: which of them belong together, and what they say of a person. A table without
    rows is one piece. Raises Unreadable when there is no first line.
    """
    first, found = b"", Gathered[bytes]()
    for head_line, row, cells in records(body):
        first = head_line
        found.add(key(cells), about(cells) if about else {}, row)
    if not first:
        yield body
    for rows in found:
        yield first + b"".join(row if row.endswith((b"\n", b"\r")) else row + b"\r\n" for row in rows)


def objects(body: bytes) -> list[Row]:
    """The rows of a JSON export: one object, a list, CKAN's `result.records`, ArcGIS's and GeoJSON's `features`.

    >>> objects(b'{"features": [{"attributes": {"id": 7, "at": null}}]}')
    [{'id': '7', 'at': None}]
    """
    whole = json.read(body)
    rows = _listed(whole)
    for n, row in enumerate(rows):
        if row.__class__ is not dict:
            raise Unreadable("an object belongs here.", at=f"$[{n}]")
    return rows


def pieces(body: bytes) -> Iterator[bytes]:
    """One piece a row of a JSON export, as it is spelled where the export is a plain list."""
    if opens(body) == b"[":
        return items(body)
    return (json.write(row) for row in objects(body))


def _listed(whole: Any) -> list[Any]:
    if whole.__class__ is list:
        return whole
    if whole.__class__ is not dict:
        raise Unreadable("an object belongs here.", at="$")
    result = whole.get("result")
    records = result.get("records") if isinstance(result, dict) else None
    if isinstance(records, list):
        return records
    features = whole.get("features")
    if features.__class__ is list:
        return [_feature(one) for one in features]
    return [_feature(whole)]


def _feature(one: Any) -> Any:
    if one.__class__ is dict:
        for name in ("attributes", "properties"):
            if one.get(name).__class__ is dict:
                return one[name]
    return one


def _after_mark(start: bytes) -> str:
    """Every byte as one character: names that matter are ASCII, whatever charset the rest is in."""
    return start.removeprefix(b"\xef\xbb\xbf").decode("latin-1")


def _text(body: bytes, charset: str) -> str:
    if body.startswith(UTF_16):
        charset = "utf-16"
    try:
        text = body.decode(charset or "utf-8-sig").removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        said = f"The table is not {charset or 'UTF-8'}."
        raise Unreadable(said, at=f"byte {error.start}", cure="Name its charset in the partner file.") from error
    except LookupError as error:
        raise Misconfigured(
            f'"{charset}" is no charset.', cure="Use a name that Python has, cp1252 for one."
        ) from error
    if "\0" in text:
        raise Unreadable("There is a NUL in the table.", at=f"character {text.index(chr(0))}")
    return text


def _delimiter(text: str) -> str:
    """Whichever of the usual signs stands most often in the first line."""
    first = text[: text.find("\n")] if "\n" in text else text
    return max(DELIMITERS, key=first[:MOST_HEAD].count)


def _names(cells: list[str]) -> list[str]:
    """The names of the columns. One that has none is named by its place."""
    while cells and not cells[-1].strip():
        cells = cells[:-1]
    names = [cell.strip() or f"column {n}" for n, cell in enumerate(cells, 1)]
    if not names:
        raise Unreadable("The table has no first line that names its columns.", at="line 1")
    if len(names) > MOST_COLUMNS:
        raise Unreadable(f"The table has more than {MOST_COLUMNS} columns.", at="line 1")
    if len(set(names)) < len(names):
        place = next(n for n, name in enumerate(names) if name in names[:n])
        raise Unreadable("A column stands twice.", at=f"line 1 column {place + 1}", cure="Name every column once.")
    return names


def _limited(lines: Iterator[list[str]], most: int) -> Iterator[list[str]]:
    for n, cells in enumerate(lines):
        if n >= most:
            raise Unreadable(f"The table has more than {MOST_CELLS} cells.", cure="Send less at once.")
        yield cells


def _row(names: Sequence[str], cells: Sequence[str], line: int) -> Row:
    if len(cells) != len(names):
        if len(cells) < len(names) or any(cell.strip() for cell in cells[len(names) :]):
            raise Unreadable(
                f"This row has {len(cells)} cells, and the first line names {len(names)}.",
                at=f"line {line}",
                cure="Send a cell for every column, quoted where it holds the separator.",
            )
        cells = cells[: len(names)]
    return {name: text for name, cell in zip(names, cells, strict=True) if (text := cell.strip())}


def _noting(lines: Iterator[str], taken: list[str]) -> Iterator[str]:
    """The same lines; what was handed out is noted."""
    for line in lines:
        taken.append(line)
        yield line


def _spelled(taken: list[str]) -> bytes:
    found = "".join(taken).encode("latin-1")
    taken.clear()
    return found


def as_json(rows: Sequence[Row]) -> bytes:
    """Some rows of a JSON export as an export of their own."""
    return json.write(rows[0] if len(rows) == 1 else list(rows))
