"""What became of a message at every partner: its deliveries, their attempts and outcomes."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, distinct, func, or_, select

from hub.model.plan import Fact
from hub.store import schema
from hub.store.reading import AnyRow, Opener


class Attempt(Fact, frozen=True):
    """One attempt of a delivery. `outcome` is empty while it is in the air; `cause` is the partner's or the carrier's word."""

    number: int
    at: int
    key: str
    leaf: int
    outcome: str = ""
    outcome_at: int = 0
    code: str = ""
    cause: str = ""
    outcome_leaf: int = -1


class Released(Fact, frozen=True):
    """What a person said of a delivery: again, parked or cancelled; who, when, and its leaf."""

    at: int
    decision: str
    actor: str
    leaf: int


class Delivered(Fact, frozen=True):
    """One delivery of a message: where to, and how it went so far.

    `state` is waiting, behind (another of the same person), in the air, again, parked, cancelled or delivered.
    """

    outbox: int
    destination: str
    interest: str
    due_at: int
    deadline: int
    state: str
    attempts: tuple[Attempt, ...] = ()
    released: tuple[Released, ...] = ()


def settled(connection: Connection, messages: Sequence[int]) -> dict[int, tuple[int, int]]:
    """By message (its `seq`), how many of its deliveries are done with, and how many there are; none where there are none."""
    box = schema.outbox.c
    of = box.message.in_(messages)
    done = {row.message: row.settled for row in connection.execute(_DONE.where(of).group_by(box.message))}
    total = connection.execute(select(box.message, func.count(box.seq)).where(of).group_by(box.message))
    return {message: (done.get(message, 0), count) for message, count in total}


def timeline(connection: Connection, opener: Opener, journal: bytes) -> tuple[Delivered, ...]:
    """The deliveries of one message, in order."""
    rows = connection.execute(_DELIVERIES.where(schema.message.c.id == journal)).all()
    return tuple(_delivered(connection, opener, row) for row in rows)


def _delivered(connection: Connection, opener: Opener, row: AnyRow) -> Delivered:
    found = connection.execute(_ATTEMPTS.where(schema.attempt.c.outbox == row.seq)).all()
    attempts = tuple(_attempt(connection, opener, each) for each in found)
    said = connection.execute(_RELEASED.where(schema.release.c.outbox == row.seq)).all()
    released = tuple(Released(at=one.at, decision=one.decision, actor=one.actor, leaf=one.leaf) for one in said)
    cancelled = any(one.decision == "cancelled" for one in released)
    return Delivered(
        outbox=row.seq, destination=row.destination, interest=row.interest, due_at=row.due_at, deadline=row.deadline,
        state="cancelled" if cancelled else _state(attempts, row.state), attempts=attempts, released=released,
    )  # fmt: skip


def _state(attempts: tuple[Attempt, ...], held: str | None) -> str:
    if attempts and not attempts[-1].outcome:
        return "in the air"
    return held or (attempts[-1].outcome if attempts else "waiting")


def _attempt(connection: Connection, opener: Opener, row: AnyRow) -> Attempt:
    begun = {"number": row.number, "at": row.at, "key": row.key, "leaf": row.leaf}
    if row.outcome is None:
        return Attempt(**begun)
    sealed = connection.execute(select(schema.entry).where(schema.entry.c.leaf == row.outcome_leaf)).all()
    (said,) = opener.entries(connection, sealed)
    return Attempt(
        **begun, outcome=row.outcome, outcome_at=row.outcome_at, code=row.code, cause=said.words[0],
        outcome_leaf=row.outcome_leaf,
    )  # fmt: skip


_DELIVERIES = (
    select(schema.outbox, schema.held.c.state)
    .join(schema.message, schema.message.c.seq == schema.outbox.c.message)
    .outerjoin(schema.held, schema.held.c.outbox == schema.outbox.c.seq)
    .order_by(schema.outbox.c.seq)
)
_RELEASED = select(schema.release).order_by(schema.release.c.leaf)
# A delivery is done with once an attempt of it was settled so, or somebody ended it.
_DONE = (
    select(schema.outbox.c.message, func.count(distinct(schema.outbox.c.seq)).label("settled"))
    .outerjoin(schema.attempt, schema.attempt.c.outbox == schema.outbox.c.seq)
    .outerjoin(schema.outcome, schema.outcome.c.attempt == schema.attempt.c.seq)
    .outerjoin(schema.release, schema.release.c.outbox == schema.outbox.c.seq)
    .where(or_(schema.outcome.c.outcome.in_(("delivered", "cancelled")), schema.release.c.decision == "cancelled"))
)
_ATTEMPTS = (
    select(
        schema.attempt,
        schema.outcome.c.outcome,
        schema.outcome.c.at.label("outcome_at"),
        schema.outcome.c.code,
        schema.outcome.c.leaf.label("outcome_leaf"),
    )
    .outerjoin(schema.outcome, schema.outcome.c.attempt == schema.attempt.c.seq)
    .order_by(schema.attempt.c.number)
)
