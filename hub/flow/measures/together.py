"""Tables that are published together: what is hidden in one is hidden in all, and nothing can be worked out between them.

Whoever was reached by a mobile team is one part of those whom anybody reached; a table of the other parts would tell how many.
So cells of several tables that are about the same episodes are one number, and all sums of all tables are held together.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence

from hub.flow.measures.cells import Cell, Key, Shown, concluded, eliminated, mask, plain, small, sums, veiled

# One number: the episodes that it is about and how many, else its table and its place there.
Number = tuple[int, int]
Names = Mapping[Key, Number]
Lines = Collection[Sequence[Number]]


def shown_together(tables: Sequence[Sequence[Cell]]) -> list[list[Shown]]:
    """The cells of each table with what must be hidden hidden: no small number follows from one of them, nor from all of them."""
    names = [dict(_named(place, cells)) for place, cells in enumerate(tables)]
    counts = {number: cell.n for each, cells in zip(names, tables, strict=True) for number, cell in _both(each, cells)}
    lines = list(dict.fromkeys(line for each in names for line in _lines(each)))
    hidden = _hidden(names, counts, lines)
    said = _said(lines, counts, hidden)
    return [
        [veiled(cell, said=number in said) if number in hidden else plain(cell) for number, cell in _both(*each)]
        for each in zip(names, tables, strict=True)
    ]


def _named(place: int, cells: Sequence[Cell]) -> Iterator[tuple[Key, Number]]:
    for n, cell in enumerate(cells):
        yield cell.at, (cell.who, cell.n) if cell.who and cell.n else (-1 - place, n)


def _both(names: Names, cells: Sequence[Cell]) -> Iterator[tuple[Number, Cell]]:
    return ((names[cell.at], cell) for cell in cells)


def _lines(names: Names) -> Iterator[tuple[Number, ...]]:
    """The sums of a table, its total last; where one part is all of it there is nothing to add up."""
    found = (tuple(names[key] for key in line) for line in sums(names))
    return (line for line in found if len(set(line)) == len(line) > 1)


def _spread(
    names: Sequence[Names], counts: Mapping[Number, int], tables: Mapping[Number, int], hidden: set[Number]
) -> None:
    """What is hidden anywhere is hidden in every table, and in each so much more that its own sums tell nothing."""
    before = -1
    while before < len(hidden):
        before = len(hidden)
        for each in names:
            also = [key for key, number in each.items() if number in hidden]
            shared = {key: tables[number] for key, number in each.items()}
            hidden.update(each[key] for key in mask(_own(each, counts), also, shared))


def _own(names: Names, counts: Mapping[Number, int]) -> dict[Key, int]:
    return {key: counts[number] for key, number in names.items()}


def _hidden(names: Sequence[Names], counts: Mapping[Number, int], lines: Lines) -> set[Number]:
    """Which numbers are hidden, wherever they stand."""
    hidden = {number for number, n in counts.items() if small(n)}
    tables = Counter(number for each in names for number in set(each.values()))
    _spread(names, counts, tables, hidden)
    # One that was hidden for the sake of others alone may be told, as long as these are not.
    while told := {number for number in _told(lines, counts, hidden, ()) if small(counts[number])}:
        beside = {number for line in lines if not told.isdisjoint(line) for number in line}
        open_ = [number for number in beside if number not in hidden and counts[number]]
        if not open_:
            break
        hidden.add(min(open_, key=lambda number: (tables[number], counts[number], number)))
        _spread(names, counts, tables, hidden)
    return hidden


def _told(
    lines: Lines, counts: Mapping[Number, int], hidden: Collection[Number], said: Collection[Number]
) -> set[Number]:
    """Which hidden numbers all tables together tell."""
    narrow = {number for number, (low, high) in concluded(lines, counts, hidden, said).items() if low >= high}
    return narrow | eliminated(lines, hidden)


def _said(lines: Lines, counts: Mapping[Number, int], hidden: Collection[Number]) -> set[Number]:
    """Of which hidden numbers it may be told that they are small: as long as that tells no more."""
    said = {number for number in hidden if small(counts[number])}
    while told := said & _told(lines, counts, hidden, said):
        said -= {number for line in lines if not told.isdisjoint(line) for number in line} | told
    return said
