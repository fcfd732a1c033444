"""Where an instant lies in the order of the world: rows are numbered as they come, so time is found by halving, without an index."""

from __future__ import annotations

from collections.abc import Sequence
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

    @property
    def last(self) -> int:
        """The number of the newest row, 0 where there is none."""
        return self._connection.scalar(select(func.max(self._table.c.seq))) or 0

    def first(self, at: int) -> int:
        """The number of the first row at or after an instant (UTC microseconds); one beyond the newest where there is none."""
        low, high = 1, self.last + 1
        while low < high:
            middle = (low + high) // 2
            row = self._connection.execute(self._at, {"low": middle}).one()
            if row.at >= at:
                high = middle
            else:
                low = row.seq + 1
        return low

    def counts(self, edges: Sequence[int]) -> list[int]:
        """How many rows lie between each two neighbouring instants."""
        found = [self.first(edge) for edge in edges]
        return [after - before for before, after in pairwise(found)]
