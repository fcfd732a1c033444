"""What was granted to one partner when it came: by message, by whom it is about, by episode. It is decided again before it is shown."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ColumnElement, Connection, Select, exists, func, literal, select

from hub.model.plan import Fact
from hub.store import schema
from hub.store.asking.due import OUT, Due, opened
from hub.store.asking.wards import DOOR
from hub.store.reading import AnyRow, Opener
from hub.store.sealing import Sealer

# So many of the last messages about somebody are looked through.
LAST = 300


class Grant(Fact, frozen=True):
    """One message under one interest, with all that it takes to decide it again. `person`: it is about somebody; ids are hex.

    `message` is its number in the order of the world, `episode` empty where it belongs to none.
    """

    due: Due
    message: int
    episode: str
    person: bool


class Owner(Fact, frozen=True):
    """Whose messages a partner may see: the source identity, and the number of the first delivery that told of it."""

    identity: str
    first: int


class Granted:
    """Reads for one partner within one reading transaction."""

    def __init__(self, connection: Connection, sealer: Sealer, partner: str) -> None:
        self._connection, self._opener, self._partner = connection, Opener(sealer), partner

    def about(self, identity: str) -> list[Grant]:
        """The last messages about a source identity, the newest first."""
        return self._grants(schema.message.c.owner == bytes.fromhex(identity))

    def message(self, number: int) -> list[Grant]:
        """One message, under each interest it met."""
        return self._grants(schema.message.c.seq == number)

    def episode(self, episode: str) -> list[Grant]:
        """The last messages of an episode, the newest first; one that turned out to be another is that other."""
        there = bytes.fromhex(episode)
        root = select(schema.rejoined.c.root).where(schema.rejoined.c.episode == there).scalar_subquery()
        return self._grants(schema.message.c.episode == func.coalesce(root, there))

    def since(self, delivery: int, most: int) -> list[Grant]:
        """What was granted after a delivery, the oldest first."""
        query = _GRANTS.where(self._mine, schema.outbox.c.seq > delivery).order_by(schema.outbox.c.seq).limit(most)
        return self._opened(self._connection.execute(query).all())

    def board(self, delivery: int) -> list[Grant]:
        """What the bed board told last of each unit, of what it told since a delivery."""
        last = (
            select(func.max(schema.outbox.c.message))
            .join(schema.message, schema.message.c.seq == schema.outbox.c.message)
            .where(self._mine, schema.outbox.c.seq > delivery, schema.message.c.door == DOOR)
            .group_by(schema.outbox.c.identity)
        )
        query = _GRANTS.where(self._mine, schema.outbox.c.message.in_(last)).order_by(schema.outbox.c.seq)
        return self._opened(self._connection.execute(query).all())

    def newest(self) -> int:
        """The number of the last delivery; 0 where there is none."""
        found: int | None = self._connection.scalar(select(func.max(schema.outbox.c.seq)).where(self._mine))
        return found or 0

    def owners(self, after: int, most: int) -> list[Owner]:
        """The next source identities that anything was granted about, in the order in which the partner first heard of them."""
        query = _FIRST.where(self._mine, schema.outbox.c.seq > after).order_by(schema.outbox.c.seq).limit(most)
        rows = self._connection.execute(query)
        return [Owner(identity=row.identity.hex(), first=row.seq) for row in rows]

    def kept(self, journal: str) -> bool:
        """Whether a message is kept under this id."""
        found = select(schema.message.c.seq).where(schema.message.c.id == bytes.fromhex(journal))
        return self._connection.scalar(found) is not None

    @property
    def _mine(self) -> ColumnElement[bool]:
        return schema.outbox.c.destination == self._partner

    def _grants(self, which: ColumnElement[bool]) -> list[Grant]:
        query: Select[*tuple[object, ...]] = _GRANTS.where(self._mine, which)
        return self._opened(self._connection.execute(query.order_by(schema.outbox.c.seq.desc()).limit(LAST)).all())

    def _opened(self, rows: Sequence[AnyRow]) -> list[Grant]:
        if not rows:
            return []
        dues = opened(self._connection, self._opener, rows)
        return [
            Grant(due=due, message=row.message, episode=row.episode.hex(), person=row.known is not None)
            for row, due in zip(rows, dues, strict=True)
        ]


_GRANTS = (
    select(
        *OUT,
        literal(0).label("attempts"),
        schema.message.c.episode,
        schema.identity.c.id.label("known"),
    )
    .join(schema.message, schema.message.c.seq == schema.outbox.c.message)
    .outerjoin(schema.identity, schema.identity.c.id == schema.message.c.owner)
)
_earlier, _its = schema.outbox.alias("earlier"), schema.message.alias("its")
# By the messages about somebody, which are few, and not by the deliveries to a partner, which are many.
_before = (
    exists()
    .where(
        _earlier.c.message == _its.c.seq,
        _earlier.c.destination == schema.outbox.c.destination,
        _earlier.c.seq < schema.outbox.c.seq,
    )
    .correlate(_its, schema.outbox)
)
_FIRST = select(schema.outbox.c.seq, schema.outbox.c.identity).where(
    ~exists().where(_its.c.owner == schema.outbox.c.identity, _its.c.seq <= schema.outbox.c.message, _before)
)
