"""How far each destination has come: up to its cursor every delivery was attempted or is held, so nobody reads those again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from sqlalchemy import Connection, bindparam, delete, func, select

from hub.store import bulk
from hub.store.schema import attempt, cursor, held, outbox

# Moving a cursor reads a page of rows; not for every claim.
_EVERY_CLAIMS = 200
_AT_ONCE = 2_000


class Cursors:
    """Moves the cursors forward, now and then, within the writer's transaction."""

    def __init__(self) -> None:
        self._claims: Counter[str] = Counter()

    def claimed(self, destinations: Iterable[str]) -> None:
        """Count claims; a cursor moves after so many."""
        self._claims.update(destinations)

    def move(self, connection: Connection, now: int) -> None:
        """Move the cursors that are due."""
        for destination in [name for name, count in self._claims.items() if count >= _EVERY_CLAIMS]:
            del self._claims[destination]
            move(connection, destination, now)


def move(connection: Connection, destination: str, now: int) -> None:
    """Move one cursor over attempted and held rows, and hold those behind a held one, up to the first that is free."""
    start = (
        connection.execute(select(cursor.c.seq).where(cursor.c.destination == destination)).scalar_one_or_none() or 0
    )
    blocked = _blocked(connection, destination)
    last, behind = start, []
    for row in connection.execute(_AHEAD, {"name": destination, "start": start}):
        if row.first is None and row.state is None:
            if blocked.get(row.identity, row.seq) >= row.seq:
                break
            behind.append((row.seq, destination, row.identity, "behind", 0, row.due_at, now, -1))
        last = row.seq
    if behind:
        bulk.insert(connection, held, behind)
    if last > start:
        bulk.upsert(connection, cursor, [(destination, last)], {"seq": "excluded.seq"})
    passed = (held.c.destination == destination, held.c.state == "cancelled", held.c.outbox <= last)
    connection.execute(delete(held).where(*passed))


def _blocked(connection: Connection, destination: str) -> dict[bytes, int]:
    """The first held delivery of each identity."""
    rows = select(held.c.identity, func.min(held.c.outbox).label("first")).where(
        held.c.destination == destination, held.c.state != "cancelled"
    )
    return {row.identity: row.first for row in connection.execute(rows.group_by(held.c.identity))}


_AHEAD = (
    select(outbox.c.seq, outbox.c.identity, outbox.c.due_at, attempt.c.seq.label("first"), held.c.state)
    .outerjoin(attempt, (attempt.c.outbox == outbox.c.seq) & (attempt.c.number == 1))
    .outerjoin(held, held.c.outbox == outbox.c.seq)
    .where(outbox.c.destination == bindparam("name"), outbox.c.seq > bindparam("start"))
    .order_by(outbox.c.seq)
    .limit(_AT_ONCE)
)
