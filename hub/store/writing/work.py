"""Work that waits for people: open tasks with their words, and that somebody saw to one."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

import msgspec
from sqlalchemy import Connection, func, select

from hub.errors import Conflict, KeyUnavailable
from hub.model.commands import Tend
from hub.model.plan import Fact
from hub.store import schema
from hub.store.reading import AnyRow
from hub.store.result import Result
from hub.store.sealing import Place, Sealer
from hub.store.writing.group import Group

# A page of tasks.
LIMIT: Final = 50


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


def tend(group: Group, command: Tend) -> Result:
    """A task is seen to, once."""
    owner = group.known.tasks.get(command.task)
    if owner is None or command.task in group.tended:
        raise Conflict("Nothing is to be done there any more.", at=f"task {command.task}", cure="Look again.")
    group.tended[command.task] = (command.at, command.actor)
    return Result(seq=command.task, leaf=group.record(command.entry, owner) if command.entry else -1)


class Work:
    """Reads work within one reading transaction. Where words were destroyed, the task stands all the same."""

    def __init__(self, connection: Connection, sealer: Sealer) -> None:
        self._connection, self._sealer = connection, sealer

    def tasks(
        self, limit: int = LIMIT, after: int = 0, role: str = "", *, kind: str = "", but: Collection[str] = ()
    ) -> list[Open]:
        """Open tasks, the oldest first, perhaps of one role or kind, or of all kinds but some; `after` is the `seq` of the last seen."""
        table = schema.task.c
        query = _TASKS.where(table.seq > after, table.kind.not_in(but)).limit(limit)
        wanted = query.where(table.role == role) if role else query
        wanted = wanted.where(table.kind == kind) if kind else wanted
        return [self._task(row) for row in self._connection.execute(wanted)]

    def waiting(self, kind: str) -> tuple[int, int]:
        """How many tasks of a kind are open, and since when the oldest is (UTC microseconds, 0 where there is none)."""
        count, oldest = self._connection.execute(_WAITING.where(schema.task.c.kind == kind)).one()
        return count, oldest or 0

    def task(self, number: int) -> Open | None:
        """One open task; None where there is none, or somebody saw to it."""
        row = self._connection.execute(_TASKS.where(schema.task.c.seq == number)).first()
        return self._task(row) if row else None

    def _task(self, row: AnyRow) -> Open:
        try:
            about, words = _words(
                self._sealer.opened(row.sealed, Place("task", row.owner, row.at, row.seq.to_bytes(8)))
            )
        except KeyUnavailable:
            about, words = "", ""
        return Open(
            seq=row.seq, at=row.at, kind=row.kind, role=row.role, due_at=row.due_at, about=about, words=words,
            journal=row.id.hex() if row.id else "",
        )  # fmt: skip


_WAITING = select(func.count(schema.task.c.seq), func.min(schema.task.c.at)).where(schema.task.c.done_at == 0)
_words = msgspec.msgpack.Decoder(tuple[str, str]).decode
_TASKS = (
    select(schema.task, schema.message.c.id)
    .outerjoin(schema.message, schema.message.c.seq == schema.task.c.message)
    .where(schema.task.c.done_at == 0)
    .order_by(schema.task.c.seq)
)
