"""Where an instant lies in the order of the world: rows are numbered as they come, so time is found by halving, without an index."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from itertools import pairwise

from sqlalchemy import Connection, Table, bindparam, func, select


class Order:
    """Finds numbers of rows by their instants, in a table with `seq` and `at`, within one reading transaction.

    Instants are nearly in order: rows that came side by side may differ by a moment.
    """

    def __init__(self, connection: Connection, table: Table) -> None:
        self._connection, self._table = connection, table
        columns = table.c
        self._at = select(columns.seq, columns.at).where(columns.seq >= bindparam("low")).order_by(columns.seq).limit(1)

    @cached_property
    def last(self) -> int:
        """The number of the newest row, 0 where there is none."""
        return self._connection.scalar(select(func.max(self._table.c.seq))) or 0

    def first(self, at: int, beyond: int = 1) -> int:
        """The number of the first row at or after an instant (UTC microseconds); one beyond the newest where there is none.

        `beyond`: no row before this number is at or after it.
        """
        low, high = beyond, self.last + 1
        # Hours in which nothing came, and those before all that is here, take one look each.
        middle = low
        while low < high:
            row = self._connection.execute(self._at, {"low": middle}).one()
            if row.at >= at:
                high = middle
            else:
                low = row.seq + 1
            middle = (low + high) // 2
        return low

    def counts(self, edges: Sequence[int]) -> list[int]:
        """How many rows lie between each two neighbouring instants, the earlier first."""
        found = [1]
        for edge in edges:
            found.append(self.first(edge, found[-1]))
        return [after - before for before, after in pairwise(found[1:])]
