"""The shape XML must have: which children an element has, in which order, how often, and what its text looks like.

A table says it: `parent,child,least,most,holds` and whatever else a format adds, one row a child, in the order of the standard.
`most` is empty where there is no bound, `holds` where nothing is said of the text; `@name` is an attribute, `a|b` either of two,
`*` whatever else. A row without a parent says what an element holds wherever it stands. A parent without rows is not looked into.
Where a standard closes a list of codes, its table does too: `one_of A B`, or `list A b|C` where codes have blanks.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from difflib import get_close_matches
from functools import cache, lru_cache
from pathlib import Path
from typing import Final, NamedTuple

from adapters.wire.xml import XSI, Element, named, place
from hub.errors import Misconfigured, Unreadable
from hub.lens.times import iso_date

Prefixes = tuple[tuple[str, str], ...]
NIL: Final = f"{{{XSI}}}nil"


class Row(NamedTuple):
    """One child of an element: its names, how often it stands, what it holds, and what else its table says of it."""

    names: tuple[str, ...]
    least: int
    most: int | None
    holds: str
    more: Mapping[str, str]


class Fault(NamedTuple):
    """One thing that is not as the shape says: the rule, the element, and what is wrong in words without values."""

    rule: str
    element: Element
    said: str
    cure: str = ""

    def error(self) -> Unreadable:
        """As an error: line, element, what is wrong, and the name of the rule."""
        return Unreadable(f"{self.said} [{self.rule}]", at=place(self.element), cure=self.cure)


# -- what a text may look like

INSTANT: Final = re.compile(r"-?\d{4,}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)?", re.ASCII)
PACKED: Final = re.compile(r"(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?", re.ASCII)
DAY: Final = re.compile(r"\d{4,}-\d\d-\d\d(Z|[+-]\d\d:\d\d)?", re.ASCII)
FORMS: Final[Mapping[str, re.Pattern[str]]] = {
    name: re.compile(form, re.ASCII)
    for name, form in {
        "icd10": r"[A-Z]\d[0-9A-Z](\.[0-9A-Z]{1,4})?",
        "icd10pcs": r"[0-9A-HJ-NP-Z]{3,7}",
        "postal": r"\d{5}(-\d{4,5})?|[A-Z]\d[A-Z] \d[A-Z]\d",
        "phone": r"[2-9]\d\d-[2-9]\d\d-\d{4}|\+(\d ?){6,14}\d",
        "position": r"[+-]?\d{1,2}(\.\d{1,6})?,[+-]?\d{1,3}(\.\d{1,6})?",
        "grid": r"\d{1,2}[A-Z]{3}(\d\d){4,5}",
        "mail": r".+@.+",
        "uuid": r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}",
        "flag": r"true|false|0|1",
        "year": r"\d{4}",
        "duration": r"-?P(?=.)(\d+Y)?(\d+M)?(\d+D)?(T(?=\d)(\d+H)?(\d+M)?(\d+(\.\d+)?S)?)?",
    }.items()
}


def _instant(text: str) -> bool:
    if not INSTANT.fullmatch(text):
        return False
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True


def _day(text: str) -> bool:
    return bool(DAY.fullmatch(text)) and iso_date(text[:10]) is not None


def _number(text: str, form: str, bounds: Sequence[str]) -> bool:
    if not re.fullmatch(form, text, re.ASCII):
        return False
    low, high = (*bounds, "", "")[:2]
    return (not low or float(text) >= float(low)) and (not high or float(text) <= float(high))


def _length(text: str, bounds: Sequence[str]) -> bool:
    return not bounds or int(bounds[0]) <= len(text) <= int(bounds[1])


def _packed(text: str) -> bool:
    return bool(PACKED.fullmatch("".join(text.split())))


Holds = Callable[[str, Sequence[str]], bool]
WORDS: Final[Mapping[str, Holds]] = {
    "text": _length,
    "integer": lambda text, bounds: _number(text, r"[+-]?\d{1,18}", bounds),
    "decimal": lambda text, bounds: _number(text, r"[+-]?(\d{1,18}(\.\d*)?|\.\d+)", bounds),
    "datetime": lambda text, _: _instant(text),
    "base64": lambda text, _: _packed(text),
    "date": lambda text, _: _day(text),
    "digits": lambda text, count: text.isascii() and text.isdigit() and len(text) == int(count[0]),
}


def holds(form: str, text: str) -> bool:
    """Whether a text looks as a table says: `text 1 50`, `integer 0 500`, `datetime`, `one_of Y N | postal`.

    >>> holds("integer 0 500", "92"), holds("date", "2026-02-30"), holds("digits 2 | year", "1990")
    (True, False, True)
    """
    return any(test(text) for test in _tests(form))


@lru_cache(maxsize=1024)
def _tests(form: str) -> tuple[Callable[[str], bool], ...]:
    return tuple(_test(one.split()) for one in form.split(" | "))


def _test(words: Sequence[str]) -> Callable[[str], bool]:
    name, rest = words[0], words[1:]
    if name in FORMS:
        form = FORMS[name]
        return lambda text: form.fullmatch(text) is not None
    if name == "one_of":
        return frozenset(rest).__contains__
    if name == "list":
        return frozenset(" ".join(rest).split("|")).__contains__
    test = WORDS[name]
    return lambda text: test(text, rest)


def said(form: str) -> str:
    """A form in words; a long list of codes is not told.

    >>> said("integer 0 500"), said("one_of 2205001 2205003 2205009 2205005 2205015")
    ('integer 0 500', 'a code of the list')
    """
    return form if len(form) < 40 or not form.startswith(("one_of", "list")) else "a code of the list"


# -- the shape


class Shape:
    """What a table says of a format's elements."""

    def __init__(self, rows: Mapping[str, tuple[Row, ...]], prefixes: Mapping[str, str] | None = None) -> None:
        """The rows by their parent. With `prefixes`, by namespace, names carry them; without, a name is the local one."""
        self.rows = rows
        self._prefixes = prefixes
        self._places = {
            parent: {name: n for n, row in enumerate(found) for name in row.names if not name.startswith("@")}
            for parent, found in rows.items()
        }

    @property
    def order(self) -> dict[str, tuple[str, ...]]:
        """The children of each element in their order, for who writes."""
        return {parent: tuple(places) for parent, places in self._places.items()}

    def check(self, root: Element) -> None:
        """Refuse what does not have this shape: Unreadable at the first line that is wrong, naming element and rule."""
        fault = next(self.faults(root), None)
        if fault is not None:
            raise fault.error()

    def faults(self, root: Element) -> Iterator[Fault]:
        """Everything that is wrong, in the order of the document."""
        yield from self._element(root, self.row("", self.name(root)))

    def row(self, parent: str, child: str) -> Row | None:
        """What the table says of a child."""
        n = self._places.get(parent, {}).get(child)
        return None if n is None else self.rows[parent][n]

    def name(self, element: Element) -> str:
        """An element's name as the table spells it."""
        local = named(element)
        if self._prefixes is None:
            return local
        prefix = self._prefixes.get(str(element.tag)[1:].partition("}")[0], "?")
        return f"{prefix}:{local}" if prefix else local

    def _element(self, element: Element, row: Row | None) -> Iterator[Fault]:
        name = self.name(element)
        plain = row if row is not None and row.holds else self.row("", name)
        if plain is not None and plain.holds and not self._places.get(name):
            yield from _text(element, plain)
        for one in self.rows.get(name, ()):
            if one.names[0].startswith("@"):
                yield from _attribute(element, one)
        if self._places.get(name):
            yield from self._children(element, name)
        for child in element:
            known = self.row(name, self.name(child))
            # What stands in the place of anything at all is somebody else's to judge.
            if known is not None or "*" not in self._places.get(name, ()):
                yield from self._element(child, known)

    def _children(self, element: Element, name: str) -> Iterator[Fault]:
        rows, places = self.rows[name], self._places[name]
        counts = [0] * len(rows)
        at = 0
        for child in element:
            n = places.get(self.name(child), places.get("*"))
            if n is None:
                yield _unknown(child, self.name(child), places)
                continue
            counts[n] += 1
            if n < at:
                yield Fault("order", child, f"this does not stand here: in {name} it comes earlier.")
            elif rows[n].most is not None and counts[n] > (rows[n].most or 0):
                yield Fault("most", child, f"this stands more often than {rows[n].most}x in {name}.")
            at = max(at, n)
        for n, row in enumerate(rows):
            if counts[n] < row.least and not row.names[0].startswith("@"):
                yield _missing(element, row)


def _text(element: Element, row: Row) -> Iterator[Fault]:
    if (element.get(NIL) or "").strip() in ("true", "1"):
        return
    if not holds(row.holds, (element.text or "").strip()):
        yield Fault("form", element, f"{said(row.holds)} belongs here.")


def _attribute(element: Element, row: Row) -> Iterator[Fault]:
    name = row.names[0][1:]
    value = next((text for key, text in element.attrib.items() if str(key).rpartition("}")[2] == name), None)
    if value is None:
        if row.least:
            yield Fault("least", element, f'the attribute "{name}" is missing.', f"Send {name}.")
    elif row.holds and not holds(row.holds, str(value).strip()):
        yield Fault("form", element, f'in the attribute "{name}", {said(row.holds)} belongs.')


def _unknown(child: Element, name: str, places: Mapping[str, int]) -> Fault:
    close = get_close_matches(name, places, n=1, cutoff=0.8)
    cure = f'Did you mean "{close[0]}"?' if close and close[0] != name else ""
    return Fault("unknown", child, "this element is not known here.", cure)


def _missing(element: Element, row: Row) -> Fault:
    wanted = (
        "something"
        if row.names == ("*",)
        else " or ".join(row.names[:4]) + (" or another" if len(row.names) > 4 else "")
    )
    return Fault("least", element, f'"{wanted}" is missing.', f"Send {wanted}.")


@cache
def load(path: Path, prefixes: Prefixes = ()) -> Shape:
    """The shape a table says; `prefixes` are pairs of namespace and prefix. Raises Misconfigured naming file and row."""
    rows: dict[str, list[Row]] = {}
    with path.open(encoding="utf-8", newline="") as file:
        for said in csv.DictReader(file):
            more = {name: value for name, value in said.items() if value and name not in BASIC}
            most = int(said["most"]) if said["most"] else None
            row = Row(tuple(said["child"].split("|")), int(said["least"]), most, said["holds"], more)
            try:
                _tests(row.holds or "text")
            except KeyError as error:
                at = f"{path.name}: {said['parent']} {said['child']}"
                raise Misconfigured(f"{error} is not a form of text.", at=at) from error
            rows.setdefault(said["parent"], []).append(row)
    return Shape({parent: tuple(found) for parent, found in rows.items()}, dict(prefixes) or None)


BASIC: Final = ("parent", "child", "least", "most", "holds")
