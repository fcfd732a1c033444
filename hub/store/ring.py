"""The ring of dedupe tables: each holds one window of days, and is cleared before its turn comes round again."""

from __future__ import annotations

from sqlalchemy import Connection, delete, select

from hub.store import bulk, schema
from hub.store.tokens import Marks


class Ring:
    """Prepares the next window while the present one is being written, so that no message waits for it."""

    def __init__(self, marks: Marks) -> None:
        self._marks = marks
        self._next = -1

    def turn(self, connection: Connection, at: int) -> None:
        """Within the writer's transaction: make keys for the window of `at` and the next, and clear the next one's table.

        What is cleared is more than 30 days old, and its key may have been dropped already.
        """
        if (window := self._marks.prepare(at)) == self._next:
            return
        slot = window % schema.SLOTS
        there = connection.scalar(select(schema.ring.c.window).where(schema.ring.c.slot == slot))
        if there != window:
            connection.execute(delete(schema.dedupe[slot]))
            bulk.upsert(connection, schema.ring, [(slot, window)], {"window": "excluded.window"})
        self._next = window
