"""Small cells of a table with totals: what could tell about a few people is hidden, and so is whatever would give it away."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import msgspec

# Counts from 1 to 10 are not published.
SMALLEST: Final = 11
TOTAL: Final = "total"
Cell = tuple[str, str]


class Table(msgspec.Struct, frozen=True, kw_only=True):
    """Rows and columns with their totals; None where a count is hidden."""

    rows: tuple[str, ...]
    columns: tuple[str, ...]
    cells: Mapping[Cell, int | None]

    def at(self, row: str, column: str) -> int | None:
        """A published count, or None."""
        return self.cells[row, column]


def suppressed(counts: Mapping[Cell, int]) -> Table:
    """The table of these counts with totals and without small cells, so that no hidden count follows from the others.

    A hidden cell is safe when nobody can solve for it: seen as edges between rows and columns, hidden cells form rings. The
    hidden part of a line with a published total is never a small number itself.

    >>> suppressed({("B1", "treatment"): 40, ("PD", "dispatch"): 30}).at("total", "total")
    70
    """
    rows = (*sorted({row for row, _ in counts}), TOTAL)
    columns = (*sorted({column for _, column in counts}), TOTAL)
    cells = _with_totals(counts, rows, columns)
    hidden = {cell for cell, number in cells.items() if 0 < number < SMALLEST}
    while more := _one_more(cells, hidden, rows, columns):
        hidden.add(more)
    shown = {cell: None if cell in hidden else number for cell, number in cells.items()}
    return Table(rows=rows, columns=columns, cells=shown)


def _with_totals(counts: Mapping[Cell, int], rows: Sequence[str], columns: Sequence[str]) -> dict[Cell, int]:
    cells = {(row, column): counts.get((row, column), 0) for row in rows[:-1] for column in columns[:-1]}
    for row in rows[:-1]:
        cells[row, TOTAL] = sum(cells[row, column] for column in columns[:-1])
    for column in columns:
        cells[TOTAL, column] = sum(cells[row, column] for row in rows[:-1])
    return cells


def _one_more(cells: Mapping[Cell, int], hidden: set[Cell], rows: Sequence[str], columns: Sequence[str]) -> Cell | None:
    """The next cell that must be hidden too, the smallest that helps; None when the table is safe."""
    for line in _lines(rows, columns):
        ours = [cell for cell in line if cell in hidden]
        told = [cell for cell in line if cell not in hidden and cells[cell] > 0]
        weak = ours and line[-1] not in hidden and sum(cells[cell] for cell in ours) < SMALLEST
        if weak and told:
            return min(told, key=lambda cell: (cells[cell], cell))
    return _breaking_a_bridge(cells, hidden, rows, columns)


def _lines(rows: Sequence[str], columns: Sequence[str]) -> Iterator[list[Cell]]:
    """Every row and column; each line's total is its last cell."""
    yield from ([(row, column) for column in columns] for row in rows)
    yield from ([(row, column) for row in rows] for column in columns)


def _breaking_a_bridge(
    cells: Mapping[Cell, int], hidden: set[Cell], rows: Sequence[str], columns: Sequence[str]
) -> Cell | None:
    """A cell to hide where a hidden one could be solved for: its row and column hang together by it alone."""
    for cell in sorted(hidden):
        reached = _reached(cell, hidden - {cell})
        if f"column {cell[1]}" in reached:
            continue
        joins = [
            (row, column)
            for row in rows
            for column in columns
            if (row, column) not in hidden
            and cells[row, column] > 0
            and (f"row {row}" in reached) != (f"column {column}" in reached)
        ]
        if joins:
            return min(joins, key=lambda each: (cells[each], each))
    return None


def _reached(start: Cell, edges: set[Cell]) -> set[str]:
    """Everything that hangs together with the row of a cell."""
    reached, grew = {f"row {start[0]}"}, True
    while grew:
        grew = False
        for row, column in edges:
            ends = {f"row {row}", f"column {column}"}
            if len(ends & reached) == 1:
                reached |= ends
                grew = True
    return reached
