"""Messages that go for good: which keys are theirs alone, which neighbours must be sealed anew, what stays known of a person."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

import msgspec
from sqlalchemy import Connection, delete, func, select, update

from hub.errors import KeyUnavailable, Lasting
from hub.model.commands import Expunge
from hub.model.event import CrisisEvent
from hub.model.traits import Traits
from hub.store import bulk, schema
from hub.store.ids import as_id
from hub.store.reading import AnyRow, Opener
from hub.store.result import Result
from hub.store.seal import HUB, KeyRef, month_of
from hub.store.sealing import Place, Sealer
from hub.store.writing.group import Group
from hub.store.writing.put import EXPUNGED

_encode = msgspec.msgpack.Encoder().encode
# What a message says of its person, as far as linking compares it: the shell knows how, by the partner it came from.
Told = Callable[[Sequence[CrisisEvent], str], Traits]
Joined = Callable[[Traits, Traits], Traits]


class Share(NamedTuple):
    """What goes of one source identity: `gone` messages of so many months; `left` messages stay, `beside` of them in these months."""

    owner: bytes
    gone: tuple[str, ...]
    months: tuple[int, ...]
    left: int
    beside: int

    @property
    def wholly(self) -> bool:
        """Whether nothing of this identity stays."""
        return not self.left


def expunge(group: Group, command: Expunge) -> Result:
    """One leaf for all of them; what is derived from them goes in the same transaction."""
    leaf = group.record(command.entry, HUB)
    group.expunged += [as_id(each) for each in command.messages]
    return Result(leaf=leaf)


def shares(connection: Connection, journals: Iterable[str]) -> tuple[Share, ...]:
    """What goes, by source identity. Raises Lasting for a message there is not."""
    names = sorted({as_id(each) for each in journals})
    table = schema.message
    rows = connection.execute(select(table.c.id, table.c.owner, table.c.at).where(table.c.id.in_(names))).all()
    if len(rows) < len(names):
        missing = next(name for name in names if name not in {row.id for row in rows})
        raise Lasting("There is no such message.", at=missing.hex())
    mine: dict[bytes, list[AnyRow]] = defaultdict(list)
    for row in rows:
        mine[row.owner].append(row)
    return tuple(_share(connection, owner, several) for owner, several in sorted(mine.items()))


def _share(connection: Connection, owner: bytes, rows: Sequence[AnyRow]) -> Share:
    months, gone = sorted({month_of(row.at) for row in rows}), [row.id for row in rows]
    others = [row for row in _messages(connection, owner) if row.id not in gone]
    beside = sum(month_of(row.at) in months for row in others)
    return Share(owner, tuple(name.hex() for name in gone), tuple(months), len(others), beside)


def _messages(connection: Connection, owner: bytes) -> list[AnyRow]:
    """The messages of an identity that were not expunged, in order."""
    table = schema.message
    stays = (table.c.owner == owner, table.c.state != EXPUNGED)
    return list(connection.execute(select(table).where(*stays).order_by(table.c.seq)))


class Resealing:
    """Seals anew what stays beside something that goes: its key is destroyed, and another takes its name."""

    def __init__(self, connection: Connection, sealer: Sealer, renamed: Mapping[bytes, bytes]) -> None:
        """`renamed`: the name under which each key was made that will take a destroyed one's place, and that name."""
        self._connection, self._sealer, self._opener = connection, sealer, Opener(sealer)
        self._fresh = {KeyRef(after): KeyRef(made) for made, after in renamed.items()}

    def beside(self, share: Share) -> int:
        """The bytes and events of messages that stay, in months of which something goes; says how many."""
        moved = 0
        for row in _messages(self._connection, share.owner):
            place = Place("payload", row.owner, row.at, row.id, row.version)
            if row.id.hex() in share.gone or (fresh := self._fresh.get(place.key)) is None:
                continue
            moved += self._moved(row, place, fresh)
        return moved

    def _moved(self, row: AnyRow, place: Place, fresh: KeyRef) -> int:
        table = schema.payload
        blob = self._connection.scalar(select(table.c.sealed).where(table.c.commit == row.commit))
        if blob is None:
            return 0  # its time was over, and it was cleared away
        start, stop = row.payload_from, row.payload_from + row.payload_size
        sealed = self._sealer.sealed_with(self._sealer.opened(blob[start:stop], place), place, fresh)
        whole = b"".join((blob[:start], sealed, blob[stop:]))
        self._connection.execute(update(table).where(table.c.commit == row.commit).values(sealed=whole))
        return 1

    def known_still(self, share: Share, told: Told, joined: Joined) -> Traits | None:
        """What the messages that stay say of an identity, as far as they can be read; None where they say nothing."""
        known: Traits | None = None
        for row in _messages(self._connection, share.owner):
            if row.id.hex() in share.gone:
                continue
            try:
                (kept,) = self._opener.payloads(self._connection, [row])
            except KeyUnavailable:
                continue  # destroyed by its age: what it said goes with the rest
            said = told(kept.events, row.partner)
            known = said if known is None else joined(known, said)
        return None if known in (None, Traits()) else known

    def relearn(self, share: Share, known: Traits | None, rows: Mapping[bytes, bytes], at: int) -> None:
        """Keep only this of an identity for linking; `rows` are its tokens with their details."""
        identity = share.owner
        self._connection.execute(delete(schema.traits).where(schema.traits.c.identity == identity))
        self._connection.execute(delete(schema.blind).where(schema.blind.c.identity == identity))
        if known is not None:
            place = Place("traits", identity, at, identity)
            fresh = self._fresh.get(place.key, place.key)
            sealed = self._sealer.sealed_with(_encode(known), place, fresh)
            bulk.insert(self._connection, schema.traits, [(identity, at, sealed)])
            bulk.insert(self._connection, schema.blind, [(token, identity, details) for token, details in rows.items()])


def forget_episodes(connection: Connection) -> int:
    """Take incident numbers away that lead to an episode of which no message is left; says how many."""
    incident, rejoined = schema.incident, schema.rejoined
    root = select(rejoined.c.root).where(rejoined.c.episode == incident.c.episode).scalar_subquery()
    left = select(schema.message.c.episode)
    return connection.execute(delete(incident).where(func.coalesce(root, incident.c.episode).not_in(left))).rowcount


def persons(connection: Connection, owners: Iterable[bytes]) -> tuple[str, ...]:
    """The persons that these identities are held to be, in order; what belongs to nobody has none."""
    table = schema.identity.c
    found = connection.scalars(select(table.person).where(table.id.in_(list(owners))))
    return tuple(sorted({person.hex() for person in found}))
