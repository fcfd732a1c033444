"""The fields of a list as columns: rows to records and back."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any, Final, NamedTuple

from adapters.wire import csv
from adapters.wire.fieldlist import Field
from adapters.wire.json_nodes import derived

View = dict[str, Any]
BETWEEN: Final = "|"
# Between two words of a list, unless a backslash stands before it.
WORDS: Final = re.compile(r"(?<!\\)\|")
NUMBER: Final = re.compile(r"[._](\d{1,2})(?=[._]|$)")
FLAGS: Final = {
    **dict.fromkeys(("true", "yes", "y", "t", "1"), "true"),
    **dict.fromkeys(("false", "no", "n", "f", "0"), "false"),
}

# Flags that guard somebody: a word in them that is no clear no keeps the person anonymous, the record sealed.
GUARDS: Final = frozenset(("anonymous", "person.anonymous", "juvenile", "sealed", "legal_hold.minor"))


class Column(NamedTuple):
    """A field as a column: its path without brackets, the steps to it with whether they repeat, and its type."""

    path: str
    steps: tuple[tuple[str, bool], ...]
    type: str

    @property
    def in_list(self) -> bool:
        """Whether it belongs to an item of a list, so that a second row may tell of a second item."""
        return any(many for _, many in self.steps[:-1])

    @property
    def outer(self) -> str:
        """The first list it is in."""
        first = next(n for n, (_, many) in enumerate(self.steps) if many)
        return ".".join(name for name, _ in self.steps[: first + 1])


class Columns:
    """The columns of a field list."""

    def __init__(self, fields: Sequence[Field]) -> None:
        """Every field once; the labels have a column of their own."""
        found = [_column(field) for field in fields if not field.path.startswith("handling.")]
        # Who has no dots in the names of columns may leave them out, but where two would be the same.
        plain = [csv.normal(column.path) for column in found]
        alone = {name: column for name, column in zip(plain, found, strict=True) if plain.count(name) == 1}
        self.by_name = alone | {csv.dotted(column.path): column for column in found}
        self.header = [column.path for column in found]

    def column(self, name: str) -> tuple[Column | None, int]:
        """The field of a normal name, and which item of its list the name counts to."""
        if name in self.by_name:
            return self.by_name[name], 0
        number = NUMBER.search(name)
        if number is None:
            return None, 0
        found = self.by_name.get(name[: number.start()] + name[number.end() :])
        return (found, max(int(number[1]) - 1, 0)) if found and found.in_list else (None, 0)

    def record(self, rows: Sequence[View]) -> View:
        """The record that some rows tell: the first says what there is once, the others what their lists hold more."""
        found: View = {}
        seen = [self._lists(rows[0])]
        for name, text in rows[0].items():
            column, index = self.column(name)
            if column is None:
                found.setdefault(name, text)
            else:
                _put(found, column, index, text, None)
        for row in rows[1:]:
            items = self._lists(row)
            # An item that an earlier row told is not another one.
            fresh = {outer: item for outer, item in items.items() if all(old.get(outer) != item for old in seen)}
            seen.append(items)
            begun: dict[str, int] = {}
            for item in fresh.values():
                for name, text in item.items():
                    column, index = self.column(name)
                    assert column is not None  # noqa: S101 - only columns of lists are among the items
                    _put(found, column, index, text, begun)
        return found

    def _lists(self, row: View) -> dict[str, View]:
        """What a row says of items, by the list they are in."""
        found: dict[str, View] = {}
        for name, text in row.items():
            column, _ = self.column(name)
            if column is not None and column.in_list:
                found.setdefault(column.outer, {})[name] = text
        return found

    def row(self, record: View) -> dict[str, str]:
        """A record as one row, by column."""
        return dict(_cells(record, ""))


def _column(field: Field) -> Column:
    steps = tuple((step.removesuffix("[]"), step.endswith("[]")) for step in field.path.split("."))
    return Column(field.path.replace("[]", ""), steps, field.type)


def _put(node: View, column: Column, index: int, text: Any, begun: dict[str, int] | None) -> None:
    """Put a cell where its field stands. `begun`: where the items of a further row begin, by list; the first list counts."""
    counted = False
    for name, many in column.steps[:-1]:
        if not many:
            node = node.setdefault(name, {})
            continue
        items = node.setdefault(name, [])
        start = 0 if begun is None else begun.setdefault(name, len(items))
        at = 0 if counted else start + index
        counted = True
        items.extend({} for _ in range(at + 1 - len(items)))
        node = items[at]
    name, many = column.steps[-1]
    node[name] = _words(text) if many else _flag(column, text) if column.type == "flag" else text


def _words(text: Any) -> list[Any]:
    found = (word.replace("\\" + BETWEEN, BETWEEN).strip() for word in WORDS.split(text))
    return [derived(text, word) for word in found if word]


def _flag(column: Column, text: Any) -> Any:
    """A flag as JSON has it; what is none guards, or is left as it is and will not be understood."""
    found = FLAGS.get(text.lower(), "true" if column.path in GUARDS else "")
    return derived(text, found) if found else text


def _cells(node: Any, path: str) -> Iterator[tuple[str, str]]:
    for name, value in node.items():
        below = f"{path}.{name}" if path else name
        if value.__class__ is dict:
            yield from _cells(value, below)
        elif value.__class__ is not list:
            yield below, _text(value)
        elif value and value[0].__class__ is dict:
            for n, item in enumerate(value, 1):
                yield from _cells(item, below if n == 1 else f"{below}.{n}")
        else:
            yield below, BETWEEN.join(_text(word).replace(BETWEEN, "\\" + BETWEEN) for word in value)


def _text(value: Any) -> str:
    return ("true" if value else "false") if value.__class__ is bool else str(value)
