"""How the store fares, in numbers: what was ever done, how large the last groups were, what waits for a person."""

from __future__ import annotations

from sqlalchemy import Connection, func, select

from hub.model.plan import Fact
from hub.store import schema

_GROUPS = 100


class Pulse(Fact, frozen=True):
    """Counts since the database began, and the state of now. `group_messages` and `group_leaves` are means of the last groups."""

    messages: int
    deliveries: int
    attempts: int
    rejects: int
    commits: int
    leaves: int
    group_messages: float
    group_leaves: float
    parked_messages: int
    open_tasks: int


def pulse(connection: Connection) -> Pulse:
    """The numbers as of one moment. Costs a few reads of indexes, whatever the size of the database."""
    last = {t.name: connection.scalar(select(func.max(t.c.seq))) or 0 for t in _NUMBERED}
    groups = connection.execute(_LAST_GROUPS).all()
    newest = groups[0] if groups else None
    counted = max(1, len(groups))
    return Pulse(
        messages=last["message"],
        deliveries=last["outbox"],
        attempts=last["attempt"],
        rejects=last["reject"],
        commits=newest.commit if newest else 0,
        leaves=newest.first_leaf + newest.leaf_count if newest else 0,
        group_messages=sum(row.message_count for row in groups) / counted,
        group_leaves=sum(row.leaf_count for row in groups) / counted,
        parked_messages=connection.scalar(_PARKED) or 0,
        open_tasks=connection.scalar(_TASKS) or 0,
    )


_NUMBERED = (schema.message, schema.outbox, schema.attempt, schema.reject)
_LAST_GROUPS = (
    select(
        schema.growth.c.commit, schema.growth.c.first_leaf, schema.growth.c.leaf_count, schema.growth.c.message_count
    )
    .order_by(schema.growth.c.commit.desc())
    .limit(_GROUPS)
)
_PARKED = select(func.count()).select_from(schema.parked)
_TASKS = select(func.count()).where(schema.task.c.done_at == 0)


def newest_commit(connection: Connection) -> int:
    """The number of the newest commit; 0 where nothing was ever kept."""
    return connection.scalar(select(func.max(schema.growth.c.commit))) or 0
