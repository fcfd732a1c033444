"""What was told of beds and stays, message by message, for whoever keeps the board."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from sqlalchemy import Connection, func, or_, select

from hub.errors import KeyUnavailable
from hub.model.event import CrisisEvent
from hub.store import schema
from hub.store.ids import as_id
from hub.store.reading import AnyRow, Opener
from hub.store.sealing import Sealer

PAGE = 500


class Word(NamedTuple):
    """One message: its number, who sent it and in which wire form, the identity it is about, and what it says."""

    seq: int
    at: int
    partner: str
    kind: str
    owner: str
    events: tuple[CrisisEvent, ...]


class Wards:
    """Reads messages about stays and counts within one reading transaction. What was destroyed tells nothing any more."""

    def __init__(self, connection: Connection, sealer: Sealer) -> None:
        self._connection, self._opener = connection, Opener(sealer)

    def mark(self) -> tuple[int, int]:
        """The numbers of the last message and the last change of person: while they stand, nothing is new."""
        last = self._connection.scalar(select(func.max(schema.message.c.seq))) or 0
        return last, self._connection.scalar(select(func.max(schema.moved.c.seq))) or 0

    def words(self, after: int, since: int) -> Iterator[Word]:
        """Messages after a number that arrived since an instant: movements of stays, and what belongs to nobody's episode."""
        table = schema.message.c
        stays = [table.kind.like(f"{word}%") for word in ("ADT", "Bundle", "Encounter")]
        wanted = select(schema.message).where(
            table.state == "planned", table.at >= since, or_(table.episode == b"", *stays), table.door != DOOR
        )
        while page := self._connection.execute(wanted.where(table.seq > after).order_by(table.seq).limit(PAGE)).all():
            yield from map(self._word, page)
            after = page[-1].seq

    def said(self) -> Iterator[bytes]:
        """What the board itself told last, the newest first: a restart tells nothing twice."""
        wanted = select(schema.message).where(schema.message.c.door == DOOR, schema.message.c.state == "planned")
        for row in self._connection.execute(wanted.order_by(schema.message.c.seq.desc()).limit(PAGE)):
            try:
                yield self._opener.payloads(self._connection, [row])[0].body
            except KeyUnavailable:
                return

    def persons(self, identities: Iterable[str]) -> dict[str, str]:
        """The persons that identities are held to be now."""
        table, names = schema.identity.c, [as_id(each) for each in identities]
        found: dict[str, str] = {}
        for start in range(0, len(names), PAGE):
            rows = self._connection.execute(
                select(table.id, table.person).where(table.id.in_(names[start : start + PAGE]))
            )
            found |= {row.id.hex(): row.person.hex() for row in rows}
        return found

    def _word(self, row: AnyRow) -> Word:
        try:
            (kept,) = self._opener.payloads(self._connection, [row])
            events = kept.events
        except KeyUnavailable:
            events = ()
        return Word(row.seq, row.at, row.partner, row.kind, row.owner.hex(), events)


# What the board itself says comes through this door; it does not listen to itself.
DOOR = "board"
