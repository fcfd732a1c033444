"""Where the world stands: the last number of each kind of row, and the ledger's frontier. Read at start, then carried along."""

from __future__ import annotations

from dataclasses import dataclass, field

from sqlalchemy import Connection, Table, func, select

from hub.store import schema
from hub.tlog.tree import HASH_SIZE, Frontier

COUNTED = (
    schema.message, schema.outbox, schema.attempt, schema.directive, schema.task, schema.reject, schema.moved,
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Tip:
    """The state that the next commit builds upon. `last` gives the last `seq` of each numbered table.

    `path_sets` are those whose names are written down already.
    """

    commit: int = 0
    last: dict[Table, int] = field(default_factory=lambda: dict.fromkeys(COUNTED, 0))
    frontier: Frontier = field(default_factory=Frontier)
    note: bytes = b""
    mark: int = 0
    path_sets: frozenset[str] = frozenset()


def read_tip(connection: Connection) -> Tip:
    """The tip as the database holds it."""
    newest = connection.execute(select(schema.growth).order_by(schema.growth.c.commit.desc()).limit(1)).one_or_none()
    if newest is None:
        return Tip()
    last = {table: connection.execute(select(func.max(table.c.seq))).scalar_one() or 0 for table in COUNTED}
    signed = select(schema.growth.c.note).where(schema.growth.c.note != b"").order_by(schema.growth.c.commit.desc())
    return Tip(
        commit=newest.commit,
        last=last,
        frontier=frontier_of(newest.first_leaf + newest.leaf_count, newest.peaks),
        note=connection.execute(signed.limit(1)).scalar_one_or_none() or b"",
        mark=newest.mark,
        path_sets=frozenset(connection.scalars(select(schema.path_set.c.id))),
    )


def relied_on(connection: Connection) -> int:
    """The mark of the keystore that the last commit relies on; 0 before the first."""
    newest = select(schema.growth.c.mark).order_by(schema.growth.c.commit.desc()).limit(1)
    return connection.scalar(newest) or 0


def frontier_of(size: int, peaks: bytes) -> Frontier:
    """The frontier of a tree of `size` leaves, from its peaks joined."""
    return Frontier(size=size, peaks=tuple(peaks[at : at + HASH_SIZE] for at in range(0, len(peaks), HASH_SIZE)))
