"""Deliveries as the courier meets them: due with all it needs, in the air after a crash, or dead with the cause."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from sqlalchemy import Connection, bindparam, exists, select

from hub.errors import KeyUnavailable, SealBroken
from hub.model.event import CrisisEvent
from hub.model.plan import Fact, Plan
from hub.store import schema
from hub.store.reading import AnyRow, Opener


class Due(Fact, frozen=True):
    """A delivery whose turn has come, with everything to decide it again and write it.

    `identity` is whom order is kept for; `attempts` counts those behind it. `question` is what was decided about this
    partner and interest; `inherited` are the security codes the message came with, `at` is when it came from `source`.
    `changed` says that consents or links of the person changed since, so that the question must be asked with what holds
    now. `akin`: other source identities are held to be the same person. `lost` says why there are no events: keys were
    destroyed, or bytes altered. Instants are UTC microseconds.
    """

    outbox: int
    destination: str
    interest: str
    identity: str
    journal: str
    source: str
    at: int
    due_at: int
    deadline: int
    attempts: int
    question: bytes = b""
    inherited: tuple[str, ...] = ()
    events: tuple[CrisisEvent, ...] = ()
    changed: bool = False
    akin: bool = False
    lost: str = ""


class Flown(Fact, frozen=True):
    """A delivery that was claimed and not settled: after a crash nobody knows whether the bytes left."""

    outbox: int
    destination: str
    identity: str
    journal: str
    attempt: int
    at: int
    key: str
    body_digest: bytes


class Dead(Fact, frozen=True):
    """A parked delivery: where to, since when, after how many attempts, and why in the words of its last outcome."""

    outbox: int
    destination: str
    journal: str
    at: int
    attempts: int
    code: str
    cause: str


class Depth(Fact, frozen=True):
    """How a destination stands: deliveries waiting or held, when the oldest was due (UTC microseconds, 0 for none), the parked."""

    destination: str
    waiting: int
    oldest: int
    again: int
    parked: int


def opened(connection: Connection, opener: Opener, rows: Sequence[AnyRow]) -> list[Due]:
    """Due rows with their messages opened, in this order."""
    numbers = list({row.message for row in rows})
    messages = {row.seq: row for row in connection.execute(_MESSAGES, {"wanted": numbers})}
    several = [messages[number] for number in numbers]
    try:
        kept = zip(opener.payloads(connection, several), opener.plans(connection, several), strict=True)
        found = {number: (each.events, plan) for number, (each, plan) in zip(numbers, kept, strict=True)}
    except (KeyUnavailable, SealBroken) as lost:
        if len(rows) == 1:
            return [_due(rows[0], messages[numbers[0]], lost=str(lost))]
        return [due for row in rows for due in opened(connection, opener, [row])]
    return [_due(row, messages[row.message], *found[row.message]) for row in rows]


def _due(
    row: AnyRow, message: AnyRow, events: tuple[CrisisEvent, ...] = (), plan: Plan | None = None, lost: str = ""
) -> Due:
    return Due(
        outbox=row.outbox, destination=row.destination, interest=row.interest, identity=row.identity.hex(),
        journal=message.id.hex(), source=message.partner, at=message.at, due_at=row.due_at, deadline=row.deadline,
        attempts=row.attempts, question=_question(plan, row), events=events, inherited=plan.inherited if plan else (),
        changed=(message.changed or 0) > message.seq, akin=bool(message.akin), lost=lost,
    )  # fmt: skip


def _question(plan: Plan | None, row: AnyRow) -> bytes:
    decided = plan.decided if plan else ()
    here = (row.destination, row.interest)
    return next((each.question for each in decided if (each.partner, each.interest) == here), b"")


def flown(row: AnyRow) -> Flown:
    """A delivery in the air, from its row."""
    return Flown(
        outbox=row.outbox, destination=row.destination, identity=row.identity.hex(), journal=row.journal.hex(),
        attempt=row.number, at=row.at, key=row.key, body_digest=row.body_digest,
    )  # fmt: skip


def dead(row: AnyRow, words: tuple[str, ...]) -> Dead:
    """A parked delivery, from its row and the words sealed with its last outcome."""
    return Dead(
        outbox=row.outbox, destination=row.destination, journal=row.journal.hex(), at=row.parked_at,
        attempts=row.attempts, code=row.code, cause=words[0] if words else "",
    )  # fmt: skip


# What `opened` needs of the outbox, beside the attempts behind a delivery.
OUT: Final = (
    schema.outbox.c.seq.label("outbox"),
    schema.outbox.c.destination,
    schema.outbox.c.identity,
    schema.outbox.c.message,
    schema.outbox.c.interest,
    schema.outbox.c.due_at,
    schema.outbox.c.deadline,
)
_other = schema.identity.alias("other")
_akin = exists().where(_other.c.person == schema.identity.c.person, _other.c.id != schema.identity.c.id)
_MESSAGES = (
    select(schema.message, schema.person.c.changed, _akin.correlate(schema.identity).label("akin"))
    .outerjoin(schema.identity, schema.identity.c.id == schema.message.c.owner)
    .outerjoin(schema.person, schema.person.c.id == schema.identity.c.person)
    .where(schema.message.c.seq.in_(bindparam("wanted", expanding=True)))
)
