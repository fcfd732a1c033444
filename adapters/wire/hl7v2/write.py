"""Messages to bytes: from nested lists, or from a message with some places said anew."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Final, TypeVar

from adapters.wire.hl7v2.charset import candidates
from adapters.wire.hl7v2.marks import OFF, RECOMMENDED, STANDARD, Marks, Raw, escape, marks
from adapters.wire.hl7v2.message import Message, Segment, Tree, cut
from adapters.wire.hl7v2.path import Address
from hub.errors import Unmapped

Component = str | None | Sequence[str | None]
Repetition = str | None | Sequence[Component]
Field = str | None | Sequence[Repetition]
# Number 0 is the segment id and number n is field n, also in MSH, where 1 and 2 are the delimiters.
Row = Sequence[Field]

T = TypeVar("T")
_HEADERS: Final = ("MSH", "FHS", "BHS")
_CHARSET: Final = 18


def write(rows: Iterable[Row | Segment], *, charset: str = "") -> bytes:
    r"""A message: each row a segment, cut by the delimiters its header names, CR after each, nothing empty at any end.

    A field is text, or a list of repetitions, each text or a list of components, each text or a list of subcomponents.
    A Segment is copied as it was spelled. `charset` is a codec; without it the one that MSH-18 names, or UTF-8.
    Raises Unmapped for a character that the charset does not have, or a delimiter that cannot be escaped.

    >>> write([["MSH", "|", "^~\\&", "HUB"], ["PID", "1", None, [["M1", "", "", ["H", "1.2"]], "S|2"], ""]])
    b'MSH|^~\\&|HUB\rPID|1||M1^^^H&1.2~S\\F\\2\r'
    """
    by = STANDARD
    lines: list[str] = []
    for row in rows:
        fields = row.fields if isinstance(row, Segment) else row
        if fields[0] in _HEADERS:
            charset = charset or _declared(fields)
            by = marks(_text(fields, 1) or "|", _text(fields, 2))
        lines.append(row.text if isinstance(row, Segment) else _line(row, by))
    return _encode(lines, charset or "utf-8")


def _line(row: Row, by: Marks) -> str:
    name = _text(row, 0)
    if name in _HEADERS:
        row = [Raw(f"{name}{by.field}{_text(row, 2) or RECOMMENDED}"), *row[3:]]
    try:
        return _join([_spell(field, (by.repetition, by.component, by.subcomponent), by) for field in row], by.field)
    except Unmapped as error:
        raise Unmapped(error.message, at=name, cure=error.cure) from error


def _declared(header: Row) -> str:
    return next(iter(candidates(_text(header, _CHARSET), "")), "")


def _text(row: Row, field: int) -> str:
    return str(row[field] or "") if field < len(row) else ""


def _spell(value: object, separators: tuple[str, ...], by: Marks) -> str:
    if isinstance(value, str):
        return value if isinstance(value, Raw) or value.isalnum() else escape(value, by)
    if value is None:
        return ""
    if not isinstance(value, (list, tuple)) or not separators:
        raise Unmapped(f"HL7 v2 nests text three deep and holds no {type(value).__name__} there.")
    inner = separators[1:]
    return _join([_spell(part, inner, by) for part in value], separators[0])


def _join(parts: list[str], separator: str) -> str:
    while parts and not parts[-1]:
        parts.pop()
    if separator == OFF and len(parts) > 1:
        raise Unmapped("MSH-2 names no delimiter between these.", cure="Write with the delimiters ^~\\&.")
    return separator.join(parts)


def _encode(lines: list[str], charset: str) -> bytes:
    try:
        return "\r".join((*lines, "")).encode(charset)
    except UnicodeEncodeError as error:
        message = f"There is a character that {charset} does not have."
        place = next(line[:3] for line in lines if line.encode(charset, "ignore").decode(charset) != line)
        raise Unmapped(message, at=place, cure="Write to this partner in UNICODE UTF-8.") from error


class Draft:
    r"""A message being written place by place, from nothing or over one that was read.

    What is not put stays as it was spelled, to the byte of its field. New segments follow the last one.

    >>> from adapters.wire.hl7v2 import address
    >>> draft = Draft()
    >>> draft.put(address("MSH-3"), "HUB")
    >>> draft.put(address("PID-3[2].4.1"), "H")
    >>> bytes(draft)
    b'MSH|^~\\&|HUB\rPID|||~^^^H\r'
    """

    def __init__(self, message: Message | None = None) -> None:
        """Over `message`, in its delimiters and charset; or from nothing, in the recommended ones and the charset of MSH-18."""
        self._rows: list[Segment | list[str | Tree]] = [*message] if message else []
        self._places: dict[str, list[int]] = {}
        for place, row in enumerate(message or ()):
            self._places.setdefault(row.id, []).append(place)
        self._by = message.marks if message else STANDARD
        self._charset = message.charset if message else ""

    def put(self, at: Address, value: str | None) -> None:
        """Say `value` at a place; None and "" both empty it, NULL tells the reader to delete. Raises Unmapped in MSH-1 and MSH-2."""
        _, _, field, repetition, component, subcomponent = at = at.leaf
        if at.segment in _HEADERS and field < 3:
            raise Unmapped("The delimiters are not ours to write.", at=str(at))
        turns = self._tree(self._row(at), field)
        leaves = _reach(_reach(turns, repetition, list), component, list)
        _reach(leaves, subcomponent, str)
        leaves[subcomponent - 1] = value or ""

    def __bytes__(self) -> bytes:
        """The message, as `write` spells it."""
        return write(self._rows, charset=self._charset)

    def _row(self, at: Address) -> list[str | Tree]:
        places = self._places.setdefault(at.segment, [])
        while len(places) < at.occurrence:
            places.append(len(self._rows))
            self._rows.append([at.segment])
        row = self._rows[places[at.occurrence - 1]]
        if isinstance(row, Segment):
            row = [Raw(field) for field in row.fields]
            self._rows[places[at.occurrence - 1]] = row
        return row

    def _tree(self, row: list[str | Tree], field: int) -> Tree:
        raw = _reach(row, field + 1, str)
        tree = cut(raw, self._by) if isinstance(raw, str) else raw
        row[field] = tree
        return tree


def _reach(parts: list[T], number: int, make: Callable[[], T]) -> T:
    """The nth part, after making what is missing before it."""
    if len(parts) < number:
        parts.extend(make() for _ in range(number - len(parts)))
    return parts[number - 1]
