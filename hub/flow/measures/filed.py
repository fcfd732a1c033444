"""A report that a state's law asks for: its own lines, each a number of the measures or of the disclosures, by a template."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Annotated, Final, Literal

import msgspec

from hub.errors import Misconfigured
from hub.flow.measures.cells import UNDER, Shown
from hub.flow.measures.report import MEASURES, Table

Counted = Literal["", "delivered", "decided", "withheld"]
NONE: Final = "0"
EPISODES: Final = "episodes"


class Line(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One line of a template: a cell of a measure, or how many disclosures were delivered, decided or withheld."""

    words: Annotated[str, msgspec.Meta(min_length=1)]
    measure: str = ""
    at: tuple[str, ...] = ()
    value: str = EPISODES
    disclosures: Counted = ""


class Template(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a state asks to be told, and by which law."""

    title: Annotated[str, msgspec.Meta(min_length=1)]
    law: Annotated[str, msgspec.Meta(min_length=1)]
    lines: Annotated[tuple[Line, ...], msgspec.Meta(min_length=1)]


class Filed(msgspec.Struct, frozen=True, kw_only=True):
    """One line as it is filed. `number` is a word where it may not be told."""

    words: str
    number: str


def check(template: Template) -> None:
    """Raises Misconfigured naming the first line that no number can be found for, and the nearest that could."""
    known = {"SD00": ("partner", "week"), **{each.id: each.dimensions for each in MEASURES}}
    for n, line in enumerate(template.lines, 1):
        place = f"line {n} of the template"
        if bool(line.measure) == bool(line.disclosures):
            raise Misconfigured("A line tells of a measure or of disclosures.", at=place, cure="Write one of the two.")
        if line.measure and line.measure not in known:
            raise Misconfigured(f'"{line.measure}" is no measure.', at=place, cure=f"One of {', '.join(known)}.")
        if line.measure and len(line.at) != len(known[line.measure]):
            names = ", ".join(known[line.measure])
            raise Misconfigured(
                f"{line.measure} has the dimensions {names}.", at=place, cure='Write at: with one word each, or "all".'
            )


def filed(template: Template, tables: Iterable[Table], disclosed: Mapping[str, int | None]) -> Iterator[Filed]:
    """Every line with its number; what is small or hidden in the tables is so here, and what nobody counted is 0."""
    cells = {(table.id, cell.at): cell for table in tables for cell in table.cells}
    for line in template.lines:
        if line.disclosures:
            number = disclosed[line.disclosures]
            yield Filed(words=line.words, number=UNDER if number is None else str(number))
        else:
            yield Filed(words=line.words, number=_number(cells.get((line.measure, line.at)), line.value))


def _number(cell: Shown | None, value: str) -> str:
    if cell is None:
        return NONE
    if value == EPISODES or isinstance(cell.n, str):
        return str(cell.n)
    return next((f"{number:g}" for name, number in cell.values if name == value), "not told")
