"""What may be cleared away after its time, and whose records must stay: those of whom something is not settled."""

from __future__ import annotations

from sqlalchemy import Connection, bindparam, delete, exists, or_, select, union

from hub.store import schema

_AT_ONCE = 500


def unresolved(connection: Connection, before: int) -> frozenset[bytes]:
    """The owners of messages older than an instant (UTC microseconds) that wait for somebody.

    They are parked, have an open task, or a delivery that is neither received nor ended.
    """
    return frozenset(connection.scalars(_UNRESOLVED, {"before": before}))


def clear(connection: Connection, before: int, spared: frozenset[bytes]) -> int:
    """Remove the sealed payload of commits all of whose messages are older and not spared; says of how many commits.

    Its keys are destroyed already: this gives the room back. Rows, facts and leaves stay.
    """
    cleared = 0
    while commits := list(connection.scalars(_OLD, {"before": before, "spared": sorted(spared) or [b""]})):
        connection.execute(delete(schema.payload).where(schema.payload.c.commit.in_(commits)))
        cleared += len(commits)
    return cleared


def forget_assertions(connection: Connection, now: int) -> int:
    """Remove used assertions that have expired: nobody could use them again anyway."""
    return connection.execute(delete(schema.jti).where(schema.jti.c.expires < now)).rowcount


_received = exists().where(
    schema.attempt.c.outbox == schema.outbox.c.seq,
    schema.outcome.c.attempt == schema.attempt.c.seq,
    schema.outcome.c.outcome == "delivered",
)
_ended = exists().where(schema.release.c.outbox == schema.outbox.c.seq, schema.release.c.decision == "cancelled")
_old = schema.message.c.at < bindparam("before")
_UNRESOLVED = union(
    select(schema.message.c.owner).where(_old, schema.message.c.state == "parked"),
    select(schema.message.c.owner)
    .join(schema.outbox, schema.outbox.c.message == schema.message.c.seq)
    .where(_old, ~_received, ~_ended),
    select(schema.task.c.owner).where(schema.task.c.done_at == 0, schema.task.c.at < bindparam("before")),
)
_young = schema.message.alias("young")
_OLD = (
    select(schema.payload.c.commit)
    .where(
        schema.payload.c.commit.in_(select(schema.message.c.commit).where(_old)),
        ~exists().where(
            _young.c.commit == schema.payload.c.commit,
            or_(_young.c.at >= bindparam("before"), _young.c.owner.in_(bindparam("spared", expanding=True))),
        ),
    )
    .limit(_AT_ONCE)
)
