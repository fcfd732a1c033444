"""How a partner is doing, from its newest rows: when it was last heard, when it last took something, and how long that takes."""

from __future__ import annotations

from sqlalchemy import Connection, bindparam, select

from hub.model.plan import Fact
from hub.store import schema

# Enough for a 95th percentile, and read in a millisecond.
_SAMPLE = 200


class Pace(Fact, frozen=True):
    """Instants in UTC microseconds, 0 for never; lengths in microseconds, of the newest deliveries that were taken, in order."""

    heard: int
    took: int
    lengths: tuple[int, ...] = ()

    def quantile(self, share: float) -> int:
        """The length that this share of deliveries stays within; 0 where there were none."""
        return self.lengths[min(len(self.lengths) - 1, int(share * len(self.lengths)))] if self.lengths else 0


def pace(connection: Connection, partner: str) -> Pace:
    """The pace of one partner."""
    heard = connection.scalar(_HEARD, {"name": partner}) or 0
    rows = connection.execute(_TAKEN, {"name": partner, "size": _SAMPLE}).all()
    taken = [row for row in rows if row.outcome == "delivered"]
    took = max((row.ended for row in taken), default=0)
    return Pace(heard=heard, took=took, lengths=tuple(sorted(max(0, row.ended - row.begun) for row in taken)))


_HEARD = (
    select(schema.message.c.at)
    .where(schema.message.c.partner == bindparam("name"))
    .order_by(schema.message.c.seq.desc())
    .limit(1)
)
# Of the newest deliveries, and not of all that ever were.
_newest = (
    select(schema.outbox.c.seq)
    .where(schema.outbox.c.destination == bindparam("name"))
    .order_by(schema.outbox.c.seq.desc())
    .limit(bindparam("size"))
    .subquery()
)
_TAKEN = (
    select(schema.attempt.c.at.label("begun"), schema.outcome.c.at.label("ended"), schema.outcome.c.outcome)
    .join(_newest, _newest.c.seq == schema.attempt.c.outbox)
    .join(schema.outcome, schema.outcome.c.attempt == schema.attempt.c.seq)
)
