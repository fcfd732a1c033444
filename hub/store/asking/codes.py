"""Local codes that no table knows: how often each came, and the message that first showed it. They are the mapping analyst's work."""

from __future__ import annotations

from sqlalchemy import Connection, select

from hub.errors import KeyUnavailable
from hub.model.plan import Fact
from hub.store import schema
from hub.store.reading import AnyRow
from hub.store.sealing import Place, Sealer

DESTROYED = "(destroyed)"


class Unmapped(Fact, frozen=True):
    """A code of one partner that `table` does not know. `message` is the id of the first that showed it."""

    partner: str
    table: str
    code: str
    times: int
    message: str


class Codes:
    """Reads the work list within one reading transaction."""

    def __init__(self, connection: Connection, sealer: Sealer) -> None:
        self._connection, self._sealer = connection, sealer

    def unmapped(self) -> tuple[Unmapped, ...]:
        """Every such code, the most frequent first. The code itself is sealed, and destroyed with the accounting of its person."""
        return tuple(map(self._unmapped, self._connection.execute(_CODES)))

    def _unmapped(self, row: AnyRow) -> Unmapped:
        try:
            code = self._sealer.opened(row.sealed, Place("code", row.owner, row.at, row.token)).decode()
        except KeyUnavailable:
            code = DESTROYED
        return Unmapped(partner=row.partner, table=row.table, code=code, times=row.times, message=row.id.hex())


_CODES = (
    select(schema.code, schema.message.c.id)
    .join(schema.message, schema.message.c.seq == schema.code.c.message)
    .order_by(schema.code.c.times.desc(), schema.code.c.partner, schema.code.c.table, schema.code.c.token)
)
