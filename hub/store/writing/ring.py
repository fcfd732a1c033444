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
        """Within the writer's transaction: make keys for the window of `at` and the next, and clear tables that are over.

        What is cleared is more than 30 days old, and its key may have been dropped already. A clock that went back clears nothing.
        """
        following = self._marks.prepare(at)
        if following == self._next:
            return
        there = {row.slot: row.window for row in connection.execute(_RING)}
        for window in range(following - schema.SLOTS + 1, following + 1):
            slot = window % schema.SLOTS
            if there.get(slot, -1) < window:
                connection.execute(delete(schema.dedupe[slot]))
                bulk.upsert(connection, schema.ring, [(slot, window)], {"window": "excluded.window"})
        self._next = following


_RING = select(schema.ring.c.slot, schema.ring.c.window)
