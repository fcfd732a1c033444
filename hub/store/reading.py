"""Opening what was sealed: the bytes and events of messages, the facts of decisions and entries, many at a time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import Connection, Integer, Row, Table, bindparam, cast, func, select

from hub.model.consent import ConsentDirective
from hub.model.event import CrisisEvent, decode_events
from hub.model.plan import Plan
from hub.store import schema
from hub.store.parts import Part, Sealed
from hub.store.sealing import Place, Sealer

_plan = msgspec.msgpack.Decoder(Plan).decode
_sealed = msgspec.msgpack.Decoder(Sealed).decode
_directive = msgspec.msgpack.Decoder(ConsentDirective).decode
_LENGTH_BYTES = 4
AnyRow = Row[*tuple[Any, ...]]


class Kept(NamedTuple):
    """A message's own bytes, and its canonical events as they were encoded."""

    body: bytes
    encoded: bytes

    @property
    def events(self) -> tuple[CrisisEvent, ...]:
        """The canonical events, none when it was parked."""
        return decode_events(self.encoded)


class Opener:
    """Opens sealed parts of rows. `KeyUnavailable` says that they were destroyed, `SealBroken` that somebody altered them."""

    def __init__(self, sealer: Sealer) -> None:
        self._sealer = sealer

    def payloads(self, connection: Connection, rows: Sequence[AnyRow]) -> list[Kept]:
        """Bytes and events of message rows, in their order."""
        parts = [Part(row.payload_from, row.payload_size) for row in rows]
        cut = _cut(connection, schema.payload, [row.commit for row in rows], parts)
        return [self._kept(row, sealed) for row, sealed in zip(rows, cut, strict=True)]

    def plans(self, connection: Connection, rows: Sequence[AnyRow]) -> list[Plan]:
        """What was planned about message rows, without events and blocks, in their order."""
        parts = [Part(row.account_from, row.account_size) for row in rows]
        cut = _cut(connection, schema.account, [row.commit for row in rows], parts)
        return [
            _plan(self._sealer.opened(sealed, Place("account", row.owner, row.at, row.id, row.version)))
            for row, sealed in zip(rows, cut, strict=True)
        ]

    def entries(self, connection: Connection, rows: Sequence[AnyRow]) -> list[Sealed]:
        """The facts of entry rows, in their order."""
        parts = [Part(row.account_from, row.account_size) for row in rows]
        commits = [row.commit for row in rows]
        scattered = len(rows) > _FEW and 2 * len(set(commits)) > len(rows)
        cut = _scattered(connection, rows) if scattered else _cut(connection, schema.account, commits, parts)
        return [
            _sealed(self._sealer.opened(sealed, Place("entry", row.owner, row.at, row.leaf.to_bytes(8))))
            for row, sealed in zip(rows, cut, strict=True)
        ]

    def directive(self, row: AnyRow) -> ConsentDirective:
        """The consent of a directive row."""
        place = Place("directive", row.identity, row.known_from, row.seq.to_bytes(8))
        return _directive(self._sealer.opened(row.sealed, place))

    def _kept(self, row: AnyRow, sealed: bytes) -> Kept:
        plain = self._sealer.opened(sealed, Place("payload", row.owner, row.at, row.id, row.version))
        end = _LENGTH_BYTES + int.from_bytes(plain[:_LENGTH_BYTES])
        return Kept(plain[_LENGTH_BYTES:end], plain[end:])


def _cut(connection: Connection, table: Table, commits: Sequence[int], parts: Sequence[Part]) -> list[bytes]:
    """The parts of the blobs of commits. One part of a blob is cut out by the database, several are cut here."""
    wanted: dict[int, list[int]] = defaultdict(list)
    for place, commit in enumerate(commits):
        wanted[commit].append(place)
    found = [b""] * len(parts)
    for commit, places in wanted.items():
        if len(places) == 1:
            (place,) = places
            start, size = parts[place]
            found[place] = connection.scalar(_PART[table], {"number": commit, "start": start + 1, "size": size}) or b""
        else:
            blob = connection.scalar(_WHOLE[table], {"number": commit}) or b""
            for place in places:
                start, size = parts[place]
                found[place] = blob[start : start + size]
    return found


def _scattered(connection: Connection, rows: Sequence[AnyRow]) -> list[bytes]:
    """The facts of entries that lie in nearly as many commits, as those of one person do: cut out by one statement."""
    cut = connection.execute(_FACTS, {"leaves": [row.leaf for row in rows]})
    found = {part.leaf: part.sealed for part in cut}
    return [found.get(row.leaf, b"") for row in rows]


_FEW = 8
# Built once: to build a statement costs as much as to run it.
_WHOLE = {
    table: select(table.c.sealed).where(table.c.commit == bindparam("number"))
    for table in (schema.payload, schema.account)
}
_PART = {
    table: select(func.substr(table.c.sealed, bindparam("start"), bindparam("size"))).where(
        table.c.commit == bindparam("number")
    )
    for table in _WHOLE
}
_FACTS = (
    select(
        schema.entry.c.leaf,
        func.substr(
            schema.account.c.sealed,
            cast(schema.entry.c.account_from, Integer) + 1,
            cast(schema.entry.c.account_size, Integer),
        ).label("sealed"),
    )
    .join(schema.account, schema.account.c.commit == schema.entry.c.commit)
    .where(schema.entry.c.leaf.in_(bindparam("leaves", expanding=True)))
)
