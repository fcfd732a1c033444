"""Episodes as they stand: which had news since, and what everybody told of one."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import NamedTuple

from sqlalchemy import Connection, func, select

from hub.errors import KeyUnavailable
from hub.model.event import CrisisEvent
from hub.store import schema
from hub.store.ids import as_id
from hub.store.reading import AnyRow, Opener
from hub.store.sealing import Sealer

# The most frequent kinds, which never do; each costs opening.
_NO_REFERRALS = ("ADT^A", "ORU", "MDM", "EIDO", "BOARD", "PLACEMENT")


# So many messages are looked at in one look: what watches over crises must never be what makes a hub busy.
PAGE = 2_000


class Told(NamedTuple):
    """One message: its number and id, and what it says."""

    seq: int
    journal: str
    events: tuple[CrisisEvent, ...]


class Bound(NamedTuple):
    """One message: who sent it, what it says, and the security codes with which it came."""

    source: str
    events: tuple[CrisisEvent, ...]
    inherited: tuple[str, ...]


class Crises:
    """Reads episodes within one reading transaction. What was destroyed tells nothing any more."""

    def __init__(self, connection: Connection, sealer: Sealer) -> None:
        self._connection, self._opener = connection, Opener(sealer)

    def newest(self) -> int:
        """The number of the last message; 0 where there is none."""
        found: int | None = self._connection.scalar(select(func.max(schema.message.c.seq)))
        return found or 0

    def news(self, after: int, since: int) -> tuple[tuple[str, ...], int]:
        """The episodes of the next messages after this number that arrived since an instant; and the last number looked at."""
        table = schema.message.c
        wanted = select(table.seq, table.episode).where(table.seq > after, table.at >= since, table.episode != b"")
        rows = self._connection.execute(wanted.order_by(table.seq).limit(PAGE)).all()
        return tuple(dict.fromkeys(row.episode.hex() for row in rows)), rows[-1].seq if rows else after

    def events(self, episode: str) -> tuple[CrisisEvent, ...]:
        """Every event of an episode, in the order of arrival."""
        table = schema.message
        wanted = select(table).where(table.c.episode == as_id(episode), table.c.state == "planned")
        rows = self._connection.execute(wanted.order_by(table.c.seq)).all()
        return tuple(event for row in rows for event in self._opened([row]))

    def rejoined(self) -> frozenset[str]:
        """The episodes that turned out to be another one."""
        return frozenset(name.hex() for name in self._connection.scalars(select(schema.rejoined.c.episode)))

    def referred(self, after: int, since: int) -> tuple[int, tuple[CrisisEvent, ...]]:
        """What the next messages told after a number, in kinds that may speak of referrals; and the last number looked at."""
        last, told = self.speaking(after, since)
        return last, tuple(event for one in told for event in one.events)

    def speaking(self, after: int, since: int) -> tuple[int, tuple[Told, ...]]:
        """The same, message by message."""
        table, newest = schema.message, self.newest()
        others = [table.c.kind.notlike(f"{kind}%") for kind in _NO_REFERRALS]
        wanted = select(table).where(
            table.c.seq > after, table.c.seq <= newest, table.c.at >= since, table.c.state == "planned", *others
        )
        rows = self._connection.execute(wanted.order_by(table.c.seq).limit(PAGE)).all()
        # Where there is no more of them, nothing up to the newest needs another look.
        last = rows[-1].seq if len(rows) == PAGE else max(after, newest)
        return last, tuple(Told(row.seq, row.id.hex(), self._opened([row])) for row in rows)

    def told_by(self, partners: Collection[str], after: int, since: int, door: str) -> tuple[Told, ...]:
        """The next messages of these partners after a number, that arrived since an instant and not by this door of the hub's own."""
        table = schema.message
        wanted = select(table).where(
            table.c.partner.in_(partners),
            table.c.seq > after,
            table.c.at >= since,
            table.c.state == "planned",
            table.c.door != door,
        )
        rows = self._connection.execute(wanted.order_by(table.c.seq).limit(PAGE)).all()
        return tuple(Told(row.seq, row.id.hex(), self._opened([row])) for row in rows)

    def about(self, identity: str, since: int) -> tuple[CrisisEvent, ...]:
        """Every event about the person that an identity is held to be, from messages that arrived since an instant."""
        return tuple(event for row in self._about(identity, since) for event in self._opened([row]))

    def bound(self, identity: str, since: int) -> tuple[Bound, ...]:
        """The same, message by message, each with the security codes with which it came."""
        rows = self._about(identity, since)
        found = ((row.partner, self._opened([row]), row) for row in rows)
        return tuple(Bound(source, events, self._inherited(row)) for source, events, row in found if events)

    def _about(self, identity: str, since: int) -> Sequence[AnyRow]:
        person = select(schema.identity.c.person).where(schema.identity.c.id == as_id(identity)).scalar_subquery()
        owners = select(schema.identity.c.id).where(schema.identity.c.person == person)
        table = schema.message
        wanted = select(table).where(table.c.owner.in_(owners), table.c.at >= since, table.c.state == "planned")
        return self._connection.execute(wanted.order_by(table.c.seq).limit(PAGE)).all()

    def _inherited(self, row: AnyRow) -> tuple[str, ...]:
        return self._opener.plans(self._connection, [row])[0].inherited

    def _opened(self, rows: Sequence[AnyRow]) -> tuple[CrisisEvent, ...]:
        try:
            return self._opener.payloads(self._connection, rows)[0].events
        except KeyUnavailable:
            return ()
