"""Work that waits for people: open tasks with their words, and local codes that no table knows yet."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import Column, Connection, Select, select

from hub.errors import KeyUnavailable
from hub.model.plan import Fact
from hub.store import schema
from hub.store.reading import AnyRow
from hub.store.sealing import Place, Sealer


class Open(Fact, frozen=True):
    """A task nobody has done yet. `due_at` is UTC microseconds, 0 for never; `journal` names its message, if it has one."""

    seq: int
    at: int
    kind: str
    role: str
    due_at: int
    about: str
    words: str
    journal: str = ""


class Unmapped(Fact, frozen=True):
    """A local code of a partner that a table does not know: how often it came, and the message that first showed it."""

    partner: str
    table: str
    code: str
    times: int
    journal: str


class Work:
    """Reads work within one reading transaction. What was destroyed is empty, and the work stands all the same."""

    def __init__(self, connection: Connection, sealer: Sealer) -> None:
        self._connection, self._sealer = connection, sealer

    def tasks(self, limit: int = 50, after: int = 0, role: str = "") -> list[Open]:
        """Open tasks, the oldest first, perhaps of one role; `after` is the `seq` of the last one seen."""
        query = _TASKS.where(schema.task.c.seq > after).limit(limit)
        return [self._task(row) for row in self._rows(query, schema.task.c.role, role)]

    def unmapped(self, partner: str = "", limit: int = 500) -> list[Unmapped]:
        """Codes to map, the commonest first."""
        return [self._code(row) for row in self._rows(_CODES.limit(limit), schema.code.c.partner, partner)]

    def _rows(self, query: Select[Any], column: Column[str], wanted: str) -> Sequence[AnyRow]:
        return self._connection.execute(query.where(column == wanted) if wanted else query).all()

    def _task(self, row: AnyRow) -> Open:
        opened = self._opened(row, Place("task", row.owner, row.at, row.seq.to_bytes(8)))
        about, words = _words(opened) if opened else ("", "")
        return Open(
            seq=row.seq, at=row.at, kind=row.kind, role=row.role, due_at=row.due_at, about=about, words=words,
            journal=row.id.hex() if row.id else "",
        )  # fmt: skip

    def _code(self, row: AnyRow) -> Unmapped:
        opened = self._opened(row, Place("code", row.owner, row.at, row.token))
        return Unmapped(
            partner=row.partner, table=row.table, code=opened.decode(), times=row.times, journal=row.id.hex()
        )

    def _opened(self, row: AnyRow, place: Place) -> bytes:
        try:
            return self._sealer.opened(row.sealed, place)
        except KeyUnavailable:
            return b""


_words = msgspec.msgpack.Decoder(tuple[str, str]).decode
_TASKS = (
    select(schema.task, schema.message.c.id)
    .outerjoin(schema.message, schema.message.c.seq == schema.task.c.message)
    .where(schema.task.c.done_at == 0)
    .order_by(schema.task.c.seq)
)
_CODES = (
    select(schema.code, schema.message.c.id)
    .join(schema.message, schema.message.c.seq == schema.code.c.message)
    .order_by(schema.code.c.times.desc(), schema.code.c.message)
)
