"""Places in a message as people write them, `PID-3[2].4.1`, and the account of every place that says something."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Final, NamedTuple

from adapters.wire.hl7v2.marks import Marks
from adapters.wire.hl7v2.message import Header, Segment, Segments, cut
from hub.errors import Misconfigured

# `[]`: each of them, one after the other.
EACH: Final = -1
_NUMBER: Final = r"(?:\[(\d{0,5})\])?"
_PATH: Final = re.compile(
    rf"([A-Z][A-Z0-9]{{2}}){_NUMBER}-(\d{{1,5}}){_NUMBER}(?:\.(\d{{1,5}})(?:\.(\d{{1,5}}))?)?", re.ASCII
)


class Address(NamedTuple):
    """A place. Everything counts from 1; 0 is what the path does not say, EACH is `[]`."""

    segment: str
    occurrence: int
    field: int
    repetition: int = 0
    component: int = 0
    subcomponent: int = 0

    @property
    def leaf(self) -> Address:
        """The one leaf it names: what is not said, and each, is the first."""
        return self if min(self[1:]) > 0 else Address(self.segment, *[max(number, 1) for number in self[1:]])

    def of(self, message: Segments) -> str | None:
        """What a message says there, as `Segments.value`."""
        segment, occurrence, field, repetition, component, subcomponent = self.leaf
        return message.value(segment, field, component, subcomponent, repetition, occurrence)

    def __str__(self) -> str:
        """The shortest path that says the same, apart from firsts.

        >>> str(Address("PID", 1, 3, 2, 4, 1)), str(Address("OBX", 2, 5, EACH))
        ('PID-3[2].4', 'OBX[2]-5[]')
        """
        subcomponent = f".{self.subcomponent}" if self.subcomponent > 1 else ""
        component = f".{self.component or 1}" if self.component or subcomponent else ""
        return f"{self.segment}{_which(self.occurrence)}-{self.field}{_which(self.repetition)}{component}{subcomponent}"


def _which(number: int) -> str:
    return "[]" if number == EACH else f"[{number}]" if number > 1 else ""


@lru_cache(maxsize=4096)
def address(path: str) -> Address:
    """The address that a path names. Raises Misconfigured when it names none.

    >>> address("PID-3[2].4.1")
    Address(segment='PID', occurrence=0, field=3, repetition=2, component=4, subcomponent=1)
    """
    found = _PATH.fullmatch(path)
    if not found:
        raise Misconfigured(
            "This is not a place in an HL7 v2 message.", at=path[:40], cure="Write it like PID-3[2].4.1."
        )
    numbers = [EACH if number == "" else int(number or 0) for number in found.groups()[1:]]
    if "0" in found.groups() or not numbers[1]:
        raise Misconfigured("Places in HL7 v2 count from 1.", at=path)
    return Address(found[1], *numbers)


def elements(message: Segments) -> Iterator[tuple[Address, str]]:
    """Every leaf that says something, in wire order, with its unescaped value. The delimiters in MSH-1 and MSH-2 are not said.

    The component is always named, so that one place has one spelling: `PID-8.1`.
    """
    seen: dict[str, int] = {}
    for row in message.rows:
        seen[row.id] = occurrence = seen.get(row.id, 0) + 1
        for number, raw in _said(row):
            for repetition, parts in enumerate(cut(raw, row.marks), 1):
                for component, leaves in enumerate(parts, 1):
                    for subcomponent, value in enumerate(leaves, 1):
                        if value:
                            yield Address(row.id, occurrence, number, repetition, component, subcomponent), value


def count(message: Segments) -> int:
    r"""How many elements there are, without making them.

    >>> from adapters.wire.hl7v2 import STANDARD
    >>> count(Segments([Segment("PID|1||M1^^^H&1.2&ISO~S2", STANDARD)]))
    6
    """
    return sum(len(_leaves(row.marks).findall(row.text, _data_at(row))) for row in message.rows)


def _data_at(row: Segment) -> int:
    """Where in its text the data of a segment begins."""
    return 4 + len(row.fields[2]) if isinstance(row, Header) else 3


def _said(row: Segment) -> Iterator[tuple[int, str]]:
    """The numbered raw fields of a segment that are data."""
    first = 3 if isinstance(row, Header) else 1
    return ((number, raw) for number, raw in enumerate(row.fields[first:], first) if raw)


@lru_cache(maxsize=64)
def _leaves(by: Marks) -> re.Pattern[str]:
    return re.compile("[^" + re.escape(by.field + by.component + by.repetition + by.subcomponent) + "]+")
