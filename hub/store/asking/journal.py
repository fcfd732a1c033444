"""Reading the journal: one message by id or sender's id, its timeline over all partners, and searches page by page."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Select, select

from hub.clock import now
from hub.errors import Lasting
from hub.model.plan import Fact, Plan
from hub.store import schema
from hub.store.asking.order import Order
from hub.store.asking.timeline import Delivered, settled, timeline
from hub.store.ids import ID_BYTES, as_id
from hub.store.reading import AnyRow, Kept, Opener
from hub.store.seal import Keystore
from hub.store.sealing import Sealer
from hub.store.tokens import Marks

SHORTEST_PREFIX = 8
PAGE = 50
# Doors take messages side by side, so that instants may stand a little out of order.
_AMONG = 2_000


class Message(Fact, frozen=True):
    """One message as the journal knows it in clear. `seq` is its place in the order of the world.

    `owner` is the source identity it belongs to. `cause`, `place` and `lens` say why it is parked.
    """

    seq: int
    journal: str
    at: int
    partner: str
    door: str
    kind: str
    state: str
    size: int
    owner: str
    episode: str
    happened_at: int
    leaf: int
    leaf_count: int
    cause: str = ""
    place: str = ""
    lens: str = ""


class Parked(NamedTuple):
    """A message that waits for a person: its id, when it came (UTC microseconds), from whom, and why."""

    journal: str
    at: int
    partner: str
    cause: str


class Wanted(Fact, frozen=True):
    """What a search asks for; what is empty does not matter. `before` is the `seq` of the last message of the page before.

    `destination` is a partner that it goes to.
    `since` and `until` bound when it came, `happened_since` and `happened_until` when it happened (UTC microseconds).
    """

    partner: str = ""
    kind: str = ""
    state: str = ""
    destination: str = ""
    owner: str = ""
    episode: str = ""
    since: int = 0
    until: int = 0
    happened_since: int = 0
    happened_until: int = 0
    before: int = 0
    limit: int = PAGE


class Journal:
    """Reads messages within one reading transaction."""

    def __init__(self, connection: Connection, keys: Keystore, origin: str) -> None:
        self._connection = connection
        self._marks = Marks(keys)
        self._opener = Opener(Sealer(keys, origin))

    def message(self, prefix: str) -> Message | None:
        """The message whose id begins with these hexadecimal digits (8 at least); `Lasting` when there are several."""
        low, high = _range(prefix)
        found = self._rows(_MESSAGES.where(schema.message.c.id.between(low, high)).limit(2))
        if len(found) > 1:
            raise Lasting(f"Several messages begin with {prefix}.", cure="Give more digits.")
        return _message(found[0]) if found else None

    def by_message_id(self, partner: str, message_id: str, at: int = 0) -> tuple[Message, ...]:
        """The messages of a partner with this id of theirs, in the 30 days before `at` (now), in order."""
        numbers: set[int] = set()
        for seen in self._marks.id_wanted(partner, message_id, at or now()):
            table = schema.dedupe[seen.slot]
            numbers.update(self._connection.scalars(select(table.c.message).where(table.c.digest == seen.digest)))
        rows = self._rows(_MESSAGES.where(schema.message.c.seq.in_(numbers)).order_by(schema.message.c.seq))
        return tuple(map(_message, rows))

    def search(self, wanted: Wanted) -> tuple[Message, ...]:
        """A page of messages, the newest first."""
        table = schema.message.c
        conditions = {
            "partner": table.partner == wanted.partner,
            "kind": table.kind == wanted.kind,
            "state": table.state == wanted.state,
            "since": table.at >= wanted.since,
            "until": table.at < wanted.until,
            "happened_since": table.happened_at >= wanted.happened_since,
            "happened_until": table.happened_at < wanted.happened_until,
            "before": table.seq < wanted.before,
        }
        asked = [condition for name, condition in conditions.items() if getattr(wanted, name)]
        if wanted.owner:
            asked.append(table.owner == as_id(wanted.owner))
        if wanted.episode:
            asked.append(table.episode == as_id(wanted.episode))
        if wanted.destination:
            sent = schema.outbox.c
            asked.append(table.seq.in_(select(sent.message).where(sent.destination == wanted.destination)))
        asked += self._around(wanted)
        # The few that are parked are found from their own table: there may be a million others.
        if wanted.state == "parked":
            asked.append(table.seq.in_(select(schema.parked.c.message)))
        rows = self._rows(_MESSAGES.where(*asked).order_by(table.seq.desc()).limit(wanted.limit))
        return tuple(map(_message, rows))

    def _around(self, wanted: Wanted) -> list[ColumnElement[bool]]:
        """Where in the order of the world a span of time lies: nobody reads through what came after it or long before."""
        table, order = schema.message.c, Order(self._connection, schema.message)
        low = [table.seq >= order.first(wanted.since) - _AMONG] if wanted.since else []
        high = [table.seq < order.first(wanted.until) + _AMONG] if wanted.until else []
        return [*low, *high]

    def parked(self) -> Iterator[Parked]:
        """Every message that could not be read or planned, the newest first, as far as it takes to say why."""
        for row in self._connection.execute(_PARKED):
            yield Parked(journal=row.id.hex(), at=row.at, partner=row.partner, cause=row.cause)

    def kept(self, journals: Sequence[str]) -> list[Kept]:
        """The bytes and events of messages, in this order; `KeyUnavailable` when they were destroyed."""
        return self._opener.payloads(self._connection, self._named(journals))

    def plans(self, journals: Sequence[str]) -> list[Plan]:
        """What was planned and decided about messages, without events, in this order."""
        return self._opener.plans(self._connection, self._named(journals))

    def timeline(self, journal: str) -> tuple[Delivered, ...]:
        """What became of a message at every partner it goes to, in order."""
        return timeline(self._connection, self._opener, as_id(journal))

    def settled(self, messages: Sequence[Message]) -> dict[str, tuple[int, int]]:
        """By id of a message, how many of its deliveries are done with, of how many; messages that go nowhere are not in it."""
        found = settled(self._connection, [message.seq for message in messages])
        return {message.journal: found[message.seq] for message in messages if message.seq in found}

    def _named(self, journals: Sequence[str]) -> list[AnyRow]:
        names = [as_id(journal) for journal in journals]
        rows = {row.id: row for row in self._rows(_MESSAGES.where(schema.message.c.id.in_(names)))}
        if missing := [journal for journal, name in zip(journals, names, strict=True) if name not in rows]:
            raise Lasting("There is no such message.", at=missing[0])
        return [rows[name] for name in names]

    def _rows(self, query: Select[Any]) -> Sequence[AnyRow]:
        return self._connection.execute(query).all()


_PARKED = (
    select(schema.message.c.id, schema.message.c.at, schema.message.c.partner, schema.parked.c.cause)
    .join(schema.message, schema.message.c.seq == schema.parked.c.message)
    .order_by(schema.parked.c.message.desc())
)
_MESSAGES = select(schema.message, schema.parked.c.cause, schema.parked.c.place, schema.parked.c.lens).outerjoin(
    schema.parked, schema.parked.c.message == schema.message.c.seq
)


def _message(row: AnyRow) -> Message:
    return Message(
        seq=row.seq, journal=row.id.hex(), at=row.at, partner=row.partner, door=row.door, kind=row.kind, state=row.state,
        size=row.size, owner=row.owner.hex(), episode=row.episode.hex(), happened_at=row.happened_at, leaf=row.leaf,
        leaf_count=row.leaf_count, cause=row.cause or "", place=row.place or "", lens=row.lens or "",
    )  # fmt: skip


def _range(prefix: str) -> tuple[bytes, bytes]:
    """The smallest and the largest id that begin so."""
    whole = 2 * ID_BYTES
    if not SHORTEST_PREFIX <= len(prefix) <= whole or not set(prefix) <= set("0123456789abcdef"):
        raise Lasting(
            f"A message is named by {SHORTEST_PREFIX} to {whole} hexadecimal digits.", at=repr(prefix[:whole])
        )
    return bytes.fromhex(prefix.ljust(whole, "0")), bytes.fromhex(prefix.ljust(whole, "f"))
