"""Alerts that live: open, or closed and nobody was told of it yet. Deliveries that are overdue."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Connection, bindparam, exists, func, select

from hub.model.plan import Fact
from hub.store import schema


class Living(Fact, frozen=True):
    """One alert. Instants are UTC microseconds; `closed_at` is 0 while it holds, the others until word of it has left."""

    kind: str
    about: str
    opened_at: int
    told_at: int = 0
    closed_at: int = 0
    told_closed_at: int = 0

    @property
    def key(self) -> tuple[str, str, int]:
        """What tells it from every other."""
        return self.kind, self.about, self.opened_at


class Late(Fact, frozen=True):
    """A delivery that was not settled by its deadline (UTC microseconds)."""

    outbox: int
    destination: str
    interest: str
    identity: str
    journal: str
    deadline: int


def living(connection: Connection) -> Mapping[tuple[str, str, int], Living]:
    """Alerts that are open, or whose end nobody was told of."""
    rows = connection.execute(select(schema.alert).where(schema.alert.c.told_closed_at == 0))
    found = [Living(**row._mapping) for row in rows]  # noqa: SLF001 - the name is SQLAlchemy's, and public
    return {each.key: each for each in found}


def alarmed(connection: Connection, limit: int) -> list[Living]:
    """Alerts that are open, and those that were: the newest first."""
    table = schema.alert.c
    rows = connection.execute(
        select(schema.alert).order_by(table.opened_at.desc(), table.kind, table.about).limit(limit)
    )
    return [Living(**row._mapping) for row in rows]  # noqa: SLF001 - the name is SQLAlchemy's, and public


def late(connection: Connection, since: int, now: int) -> list[Late]:
    """Deliveries whose deadline passed between two instants, that are not settled, and of which nobody was told."""
    rows = connection.execute(_LATE, {"since": since, "now": now})
    return [
        Late(
            outbox=row.seq, destination=row.destination, interest=row.interest, identity=row.identity.hex(),
            journal=row.id.hex(), deadline=row.deadline,
        )
        for row in rows
    ]  # fmt: skip


def ended(connection: Connection, since: int) -> list[Late]:
    """Deliveries with a deadline after an instant that somebody or something ended unsent, and of which nobody was told."""
    rows = connection.execute(_ENDED, {"since": since})
    return [
        Late(
            outbox=row.seq, destination=row.destination, interest=row.interest, identity=row.identity.hex(),
            journal=row.id.hex(), deadline=row.deadline,
        )
        for row in rows
    ]  # fmt: skip


def still_late(connection: Connection, since: int) -> dict[str, int]:
    """How many overdue deliveries of the time since an instant are not settled yet, by destination."""
    return {row.destination: row.number for row in connection.execute(_STILL, {"since": since})}


def duties_undone(connection: Connection, now: int) -> int:
    """How many duties of the law to tell somebody nobody has seen to in time."""
    return connection.scalar(_UNDONE, {"now": now}) or 0


def recalls_unanswered(connection: Connection, now: int) -> dict[str, int]:
    """How many recalls nobody has answered in time, by destination."""
    return {row.destination: row.number for row in connection.execute(_UNANSWERED, {"now": now})}


_UNDONE = select(func.count()).where(
    schema.task.c.done_at == 0, schema.task.c.kind == "duty", schema.task.c.due_at <= bindparam("now")
)
_settled = exists().where(
    schema.attempt.c.outbox == schema.outbox.c.seq,
    schema.outcome.c.attempt == schema.attempt.c.seq,
    schema.outcome.c.outcome == "delivered",
)
_acknowledged = exists().where(
    schema.attempt.c.outbox == schema.recall.c.notice,
    schema.outcome.c.attempt == schema.attempt.c.seq,
    schema.outcome.c.outcome == "delivered",
)
_UNANSWERED = (
    select(schema.outbox.c.destination, func.count().label("number"))
    .join(schema.recall, schema.recall.c.outbox == schema.outbox.c.seq)
    .where(schema.recall.c.done_at == 0, schema.recall.c.due_at <= bindparam("now"), ~_acknowledged)
    .group_by(schema.outbox.c.destination)
)
_ended = exists().where(schema.release.c.outbox == schema.outbox.c.seq, schema.release.c.decision == "cancelled")
_told = exists().where(schema.overdue.c.outbox == schema.outbox.c.seq)
_LATE = (
    select(schema.outbox, schema.message.c.id)
    .join(schema.message, schema.message.c.seq == schema.outbox.c.message)
    .where(
        schema.outbox.c.deadline > 0, schema.outbox.c.deadline > bindparam("since"),
        schema.outbox.c.deadline <= bindparam("now"), ~_settled, ~_ended, ~_told,
    )
    .order_by(schema.outbox.c.deadline)
    .limit(200)
)  # fmt: skip
_ENDED = (
    select(schema.outbox, schema.message.c.id)
    .join(schema.message, schema.message.c.seq == schema.outbox.c.message)
    .where(
        schema.outbox.c.deadline > 0, schema.outbox.c.deadline > bindparam("since"), ~_settled, _ended, ~_told,
    )
    .order_by(schema.outbox.c.deadline)
)  # fmt: skip
_STILL = (
    select(schema.outbox.c.destination, func.count().label("number"))
    .where(
        # Not a join: SQLite would walk all of the outbox by its destinations.
        schema.outbox.c.seq.in_(select(schema.overdue.c.outbox).where(schema.overdue.c.at > bindparam("since"))),
        ~_settled,
        ~_ended,
    )
    .group_by(schema.outbox.c.destination)
)
