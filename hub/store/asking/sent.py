"""What was disclosed and what was refused, newest first, page by page: attempts with their facts, decisions with theirs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from sqlalchemy import ColumnElement, Connection, select

from hub.errors import KeyUnavailable
from hub.model.entry import LedgerEntry
from hub.model.plan import Fact
from hub.store import schema
from hub.store.reading import AnyRow, Opener
from hub.store.sealing import Sealer

# What an attempt is called that nobody has answered yet.
IN_THE_AIR: Final = "in the air"


class Sent(Fact, frozen=True):
    """One attempt to deliver. `entry` is None where its facts were destroyed; `outcome` is empty while it is in the air.

    `key` is where the next page begins.
    """

    key: int
    at: int
    partner: str
    interest: str
    journal: str
    number: int
    leaf: int
    outcome: str
    code: str
    entry: LedgerEntry | None


class Sought(Fact, frozen=True):
    """What is looked for; what is empty does not matter. `kind` is sent, granted or refused; `before` is where the page begins."""

    kind: str = "sent"
    partner: str = ""
    purpose: str = ""
    rule: str = ""
    outcome: str = ""
    category: str = ""
    before: int = 0
    limit: int = 50


class Sendings:
    """Reads within one reading transaction."""

    def __init__(self, connection: Connection, sealer: Sealer) -> None:
        self._connection, self._opener = connection, Opener(sealer)

    def sent(self, *, partner: str = "", outcome: str = "", before: int = 0, limit: int = 50) -> list[Sent]:
        """Attempts, the newest first; of one partner in the order of its deliveries. `before` is the last key seen.

        Where an `outcome` is asked for, the facts of other attempts are not opened: nobody reads them.
        """
        key = schema.outbox.c.seq if partner else schema.attempt.c.seq
        asked: list[ColumnElement[bool]] = [schema.outbox.c.destination == partner] if partner else []
        asked += [key < before] if before else []
        query = (_OF_PARTNER if partner else _ATTEMPTS).where(*asked).order_by(key.desc(), schema.attempt.c.number)
        rows = self._connection.execute(query.limit(limit)).all()
        entries = self._entries([row.leaf for row in rows if outcome in ("", row.outcome or IN_THE_AIR)])
        return [_sent(row, row.outbox if partner else row.seq, entries.get(row.leaf)) for row in rows]

    def _entries(self, leaves: Sequence[int]) -> dict[int, LedgerEntry]:
        """The facts behind leaves, opened together; those that were destroyed are left out."""
        rows = self._connection.execute(select(schema.entry).where(schema.entry.c.leaf.in_(leaves))).all()
        return self._opened(rows) if rows else {}

    def _opened(self, rows: Sequence[AnyRow]) -> dict[int, LedgerEntry]:
        try:
            found = self._opener.entries(self._connection, rows)
        except KeyUnavailable:
            half = len(rows) // 2
            return self._opened(rows[:half]) | self._opened(rows[half:]) if half else {}
        return {row.leaf: each.entry for row, each in zip(rows, found, strict=True)}


def _sent(row: AnyRow, key: int, entry: LedgerEntry | None) -> Sent:
    return Sent(
        key=key, at=row.at, partner=row.destination, interest=row.interest, journal=row.id.hex(), number=row.number,
        leaf=row.leaf, outcome=row.outcome or "", code=row.code or "", entry=entry,
    )  # fmt: skip


class Paths:
    """The names of sets of paths that entries speak of: each set is read once."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._names: dict[str, tuple[str, ...]] = {"": ()}

    def names(self, path_set: str) -> tuple[str, ...]:
        """The paths of a set; none for a set that was never written down."""
        if path_set not in self._names:
            table = schema.path_set.c
            found = self._connection.scalar(select(table.names).where(table.id == path_set))
            self._names[path_set] = tuple(found.split("\n")) if found else ()
        return self._names[path_set]


_COLUMNS = (
    schema.attempt,
    schema.outbox.c.destination,
    schema.outbox.c.interest,
    schema.message.c.id,
    schema.outcome.c.outcome,
    schema.outcome.c.code,
)
_ATTEMPTS = (
    select(*_COLUMNS)
    .select_from(schema.attempt)
    .join(schema.outbox, schema.outbox.c.seq == schema.attempt.c.outbox)
    .join(schema.message, schema.message.c.seq == schema.outbox.c.message)
    .outerjoin(schema.outcome, schema.outcome.c.attempt == schema.attempt.c.seq)
)
_OF_PARTNER = (
    select(*_COLUMNS)
    .select_from(schema.outbox)
    .join(schema.attempt, schema.attempt.c.outbox == schema.outbox.c.seq)
    .join(schema.message, schema.message.c.seq == schema.outbox.c.message)
    .outerjoin(schema.outcome, schema.outcome.c.attempt == schema.attempt.c.seq)
)
