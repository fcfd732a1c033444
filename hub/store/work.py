"""Work that waits for people: open tasks with their words, and that somebody saw to one."""

from __future__ import annotations

import msgspec
from sqlalchemy import Connection, select

from hub.errors import Conflict, KeyUnavailable
from hub.model.commands import Tend
from hub.model.plan import Fact
from hub.store import schema
from hub.store.group import Group
from hub.store.reading import AnyRow
from hub.store.result import Result
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


def tend(group: Group, command: Tend) -> Result:
    """A task is seen to, once."""
    owner = group.known.tasks.get(command.task)
    if owner is None or command.task in group.tended:
        raise Conflict("Nothing is to be done there any more.", at=f"task {command.task}", cure="Look again.")
    group.tended[command.task] = (command.at, command.actor)
    return Result(seq=command.task, leaf=group.record(command.entry, owner))


class Work:
    """Reads work within one reading transaction. Where words were destroyed, the task stands all the same."""

    def __init__(self, connection: Connection, sealer: Sealer) -> None:
        self._connection, self._sealer = connection, sealer

    def tasks(self, limit: int = 50, after: int = 0, role: str = "") -> list[Open]:
        """Open tasks, the oldest first, perhaps of one role; `after` is the `seq` of the last one seen."""
        query = _TASKS.where(schema.task.c.seq > after).limit(limit)
        wanted = query.where(schema.task.c.role == role) if role else query
        return [self._task(row) for row in self._connection.execute(wanted)]

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


_words = msgspec.msgpack.Decoder(tuple[str, str]).decode
_TASKS = (
    select(schema.task, schema.message.c.id)
    .outerjoin(schema.message, schema.message.c.seq == schema.task.c.message)
    .where(schema.task.c.done_at == 0)
    .order_by(schema.task.c.seq)
)
