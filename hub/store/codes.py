"""Local codes that no table knows: how often each came, and the message that first showed it. They are the mapping analyst's work."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Connection, select

from hub.errors import KeyUnavailable
from hub.model.plan import Fact
from hub.store import schema
from hub.store.reading import AnyRow, Opener

DESTROYED = "(destroyed)"


class Unmapped(Fact, frozen=True):
    """A code of one partner that `table` does not know. `message` is the id of the first that showed it."""

    partner: str
    table: str
    code: str
    times: int
    message: str


def unmapped(connection: Connection, opener: Opener) -> tuple[Unmapped, ...]:
    """Every such code, the most frequent first. The code itself is sealed with its message, and destroyed with it."""
    rows = connection.execute(_CODES).all()
    return tuple(_unmapped(connection, opener, row) for row in rows)


def _unmapped(connection: Connection, opener: Opener, row: AnyRow) -> Unmapped:
    code = next(_said(connection, opener, row), DESTROYED)
    return Unmapped(partner=row.source, table=row.table, code=code, times=row.times, message=row.id.hex())


def _said(connection: Connection, opener: Opener, row: AnyRow) -> Iterator[str]:
    try:
        (plan,) = opener.plans(connection, [row])
    except KeyUnavailable:
        return
    yield plan.unmapped_codes[row.position][1]


_CODES = (
    select(
        schema.code.c.partner.label("source"), schema.code.c.table, schema.code.c.position, schema.code.c.times,
        schema.message,
    )
    .join(schema.message, schema.message.c.seq == schema.code.c.message)
    .order_by(schema.code.c.times.desc(), schema.code.c.partner, schema.code.c.table, schema.code.c.token)
)  # fmt: skip
