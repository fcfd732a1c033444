"""Looks for people who are alike, in a reading transaction of its own: the writer never waits for it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import BindParameter, Connection, bindparam, func, or_, select

from hub.errors import KeyUnavailable
from hub.model.plan import Block, Candidate, Fact, Sighting
from hub.model.traits import Traits
from hub.store import schema
from hub.store.engine import Database
from hub.store.reading import AnyRow
from hub.store.seal import Keystore
from hub.store.sealing import Place, Sealer
from hub.store.tokens import Tokens

# So many candidates are opened for one message; where there are more, nothing is certain.
MOST = 64
_traits = msgspec.msgpack.Decoder(Traits).decode


class Wanted(Fact, frozen=True):
    """Who is looked for: the source that speaks, the numbers it gives, and the other blocks."""

    source: str
    numbers: tuple[Block, ...] = ()
    finders: tuple[Block, ...] = ()


class _Crowd(NamedTuple):
    """Everybody who stands where one is looked for: in order, with the blocks that led there, and with their rows."""

    order: list[bytes]
    names: dict[bytes, list[Block]]
    rows: dict[bytes, AnyRow]


class Scout:
    """One reader. It has tokens of its own, so that it may work in a thread of its own."""

    def __init__(self, database: Database, keys: Keystore, origin: str) -> None:
        self._database = database
        self._tokens, self._sealer = Tokens(keys), Sealer(keys, origin)

    def look(self, wanted: Sequence[Wanted]) -> list[Sighting]:
        """Who is alike to each of these, as of one moment."""
        with self._database.read() as connection:
            rows = self._found(connection, wanted)
            crowds = [self._crowd(each, rows) for each in wanted]
            opened = traits_of(connection, self._sealer, {i for crowd in crowds for i in crowd.order[:MOST]})
            return [_sighting(connection, *each, opened) for each in zip(wanted, crowds, strict=True)]

    def _found(self, connection: Connection, wanted: Sequence[Wanted]) -> dict[bytes, list[AnyRow]]:
        """Rows of the index by token, for all of them at once; where one token leads to a crowd, each token by itself."""
        tokens = list({token for each in wanted for token in self._all(each)})
        limit = (MOST + 1) * len(tokens)
        rows = connection.execute(_FOUND, {"wanted": tokens, "limit": limit}).all() if tokens else []
        if len(rows) == limit:
            each_limited = ({"wanted": [token], "limit": MOST + 1} for token in tokens)
            rows = [row for limited in each_limited for row in connection.execute(_FOUND, limited)]
        found: dict[bytes, list[AnyRow]] = defaultdict(list)
        for row in rows:
            found[row.token].append(row)
        return found

    def _all(self, wanted: Wanted) -> Iterable[bytes]:
        return (token for block in (*wanted.numbers, *wanted.finders) for token in self._tokens.wanted(block))

    def _crowd(self, wanted: Wanted, rows: dict[bytes, list[AnyRow]]) -> _Crowd:
        names: dict[bytes, list[Block]] = defaultdict(list)
        by_identity: dict[bytes, AnyRow] = {}
        for block in (*wanted.numbers, *wanted.finders):
            for token in self._tokens.wanted(block):
                for row in rows.get(token, ()):
                    names[row.identity].append(block)
                    by_identity[row.identity] = row
        # Numbers first: whoever shares one is opened before those who are alike.
        order = sorted(names, key=lambda identity: (not any(b.strong for b in names[identity]), identity))
        return _Crowd(order, names, by_identity)


def traits_of(connection: Connection, sealer: Sealer, identities: Collection[bytes]) -> dict[bytes, Traits]:
    """What is known of identities for linking, as far as it was not destroyed."""
    found: dict[bytes, Traits] = {}
    if not identities:
        return found
    for row in connection.execute(_TRAITS, {"wanted": list(identities)}):
        try:
            plain = sealer.opened(row.sealed, Place("traits", row.identity, row.at, row.identity))
        except KeyUnavailable:
            continue  # destroyed on purpose: found by the index still, and never certain
        found[row.identity] = _traits(plain)
    return found


def _sighting(connection: Connection, wanted: Wanted, crowd: _Crowd, opened: dict[bytes, Traits]) -> Sighting:
    if not crowd.order:
        return Sighting(alone=True)
    order, names, rows = crowd
    mine = next((i for i in order if _own(rows[i], names[i], wanted)), None)
    barred, alone = _relations(connection, mine, rows)
    return Sighting(
        candidates=tuple(
            _candidate(rows[identity], names[identity], opened.get(identity))
            for identity in order[:MOST]
            if rows[identity].person not in barred
        ),
        overflow=len(order) > MOST,
        alone=alone,
    )


def _own(row: AnyRow, blocks: list[Block], wanted: Wanted) -> bool:
    return row.partner == wanted.source and any(block in wanted.numbers for block in blocks)


def _relations(connection: Connection, mine: bytes | None, rows: dict[bytes, AnyRow]) -> tuple[set[bytes], bool]:
    """The persons that the identity with the source's own number is not, by somebody's word; and whether it stands alone."""
    if mine is None:
        return set(), True
    members = connection.scalar(_MEMBERS, {"person": rows[mine].person}) or 0
    others = {row.other if row.identity == mine else row.identity for row in connection.execute(_APART, {"mine": mine})}
    persons = set(connection.scalars(_PERSONS, {"wanted": list(others)})) if others else set()
    return persons - {rows[mine].person}, members <= 1


def _candidate(row: AnyRow, blocks: list[Block], traits: Traits | None) -> Candidate:
    return Candidate(
        identity=row.identity.hex(),
        person=row.person.hex(),
        partner=row.partner,
        blocks=tuple(dict.fromkeys(block.name for block in blocks)),
        strong=any(block.strong for block in blocks),
        traits=traits,
    )


_wanted: BindParameter[Any] = bindparam("wanted", expanding=True)
_FOUND = (
    select(schema.blind.c.token, schema.blind.c.identity, schema.identity.c.person, schema.identity.c.partner)
    .join(schema.identity, schema.identity.c.id == schema.blind.c.identity)
    .where(schema.blind.c.token.in_(_wanted))
    .limit(bindparam("limit"))
)
_TRAITS = select(schema.traits).where(schema.traits.c.identity.in_(_wanted))
_MEMBERS = select(func.count()).where(schema.identity.c.person == bindparam("person"))
_APART = select(schema.apart).where(
    or_(schema.apart.c.identity == bindparam("mine"), schema.apart.c.other == bindparam("mine"))
)
_PERSONS = select(schema.identity.c.person).where(schema.identity.c.id.in_(_wanted))
