"""Looks for people who are alike, in a reading transaction of its own, while the writer goes on."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from threading import Lock
from typing import NamedTuple

import msgspec
from sqlalchemy import Connection, bindparam, or_, select

from hub.errors import KeyUnavailable
from hub.model.plan import Block, Candidate, Fact, Sighting
from hub.model.traits import Traits
from hub.store import schema
from hub.store.among import among
from hub.store.engine import Database
from hub.store.reading import AnyRow
from hub.store.sealing import Place, Sealer
from hub.store.tokens import marked
from hub.store.tools import Tools

# So many candidates are opened for one message; where there are more, nothing is certain.
MOST = 64
_traits = msgspec.msgpack.Decoder(Traits).decode


class Wanted(Fact, frozen=True):
    """Who is looked for: the source that speaks, the traits it gives, their numbers, and the other blocks."""

    source: str
    traits: Traits = Traits()
    numbers: tuple[Block, ...] = ()
    finders: tuple[Block, ...] = ()

    @property
    def blocks(self) -> tuple[Block, ...]:
        """Wherever somebody alike may stand."""
        return *self.numbers, *self.finders


class _Crowd(NamedTuple):
    """Everybody who stands where one is looked for: in order, with the blocks that led there, and with their rows."""

    order: list[bytes]
    names: dict[bytes, list[Block]]
    rows: dict[bytes, AnyRow]


class Scout:
    """One reader, for whichever thread asks, one at a time."""

    def __init__(self, database: Database, tools: Tools) -> None:
        """Ask `Writer.scout` for one: the tokens that it makes here are needed again when the message is written."""
        self._database = database
        self._tokens, self._sealer, self._turn = tools.tokens, tools.sealer, Lock()

    def look(self, wanted: Sequence[Wanted]) -> list[Sighting | None]:
        """Who is alike to each of these, as of one moment; nothing for those whom the source's own number settles."""
        if not any(each.finders for each in wanted):
            return [None] * len(wanted)
        with self._turn, self._database.read() as connection:
            rows = self._found(connection, (block for each in wanted for block in each.numbers))
            lost = [n for n, each in enumerate(wanted) if each.finders and not self._settled(each, rows)]
            rows |= self._found(connection, (block for n in lost for block in wanted[n].finders))
            found = dict(zip(lost, self._sightings(connection, [wanted[n] for n in lost], rows), strict=True))
        return [found.get(n) for n in range(len(wanted))]

    def look_again(self, wanted: Wanted) -> Sighting:
        """Who is alike to somebody whose number turned out to settle nothing."""
        with self._turn, self._database.read() as connection:
            (found,) = self._sightings(connection, [wanted], self._found(connection, wanted.blocks))
        return found

    def _settled(self, wanted: Wanted, rows: dict[bytes, list[AnyRow]]) -> bool:
        """Whether the source gave one of these numbers with these very traits before."""
        mark = self._tokens.mark(wanted.traits)
        there = (row for block in wanted.numbers for token in self._tokens.wanted(block) for row in rows.get(token, ()))
        return any(row.partner == wanted.source and marked(row.details, mark) for row in there)

    def _sightings(
        self, connection: Connection, wanted: Sequence[Wanted], rows: dict[bytes, list[AnyRow]]
    ) -> list[Sighting]:
        crowds = [self._crowd(each, rows) for each in wanted]
        opened = traits_of(connection, self._sealer, {i for crowd in crowds for i in crowd.order[:MOST]})
        return [_sighting(connection, *each, opened) for each in zip(wanted, crowds, strict=True)]

    def _found(self, connection: Connection, blocks: Iterable[Block]) -> dict[bytes, list[AnyRow]]:
        """Rows of the index by token, for all blocks at once; where one token leads to a crowd, each token by itself."""
        tokens = list({token for block in blocks for token in self._tokens.wanted(block)})
        limit = (MOST + 1) * len(tokens)
        rows = connection.execute(_FOUND, {"wanted": tokens, "limit": limit}).all() if tokens else []
        if len(rows) == limit:
            each_limited = ({"wanted": [token], "limit": MOST + 1} for token in tokens)
            rows = [row for limited in each_limited for row in connection.execute(_FOUND, limited)]
        found: dict[bytes, list[AnyRow]] = defaultdict(list)
        for row in rows:
            found[row.token].append(row)
        return found

    def _crowd(self, wanted: Wanted, rows: dict[bytes, list[AnyRow]]) -> _Crowd:
        names: dict[bytes, list[Block]] = defaultdict(list)
        by_identity: dict[bytes, AnyRow] = {}
        for block in wanted.blocks:
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
        return Sighting()
    order, names, rows = crowd
    mine = next((i for i in order if _own(rows[i], names[i], wanted)), None)
    return Sighting(
        candidates=tuple(_candidate(rows[each], names[each], opened.get(each)) for each in order[:MOST]),
        overflow=len(order) > MOST,
        own=mine.hex() if mine else "",
        barred=_barred(connection, rows[mine]) if mine else frozenset(),
    )


def _own(row: AnyRow, blocks: list[Block], wanted: Wanted) -> bool:
    return row.partner == wanted.source and any(block in wanted.numbers for block in blocks)


def _barred(connection: Connection, mine: AnyRow) -> frozenset[str]:
    """The persons that the identity with the source's own number is not, by somebody's word."""
    apart = connection.execute(_APART, {"mine": mine.identity})
    others = {row.other if row.identity == mine.identity else row.identity for row in apart}
    persons = set(connection.scalars(_PERSONS, {"wanted": list(others)})) if others else set()
    return frozenset(person.hex() for person in persons - {mine.person})


def _candidate(row: AnyRow, blocks: list[Block], traits: Traits | None) -> Candidate:
    return Candidate(
        identity=row.identity.hex(),
        person=row.person.hex(),
        partner=row.partner,
        blocks=tuple(dict.fromkeys(block.name for block in blocks)),
        strong=any(block.strong for block in blocks),
        traits=traits,
    )


_FOUND = (
    select(schema.blind, schema.identity.c.person, schema.identity.c.partner)
    .join(schema.identity, schema.identity.c.id == schema.blind.c.identity)
    .where(among(schema.blind.c.token))
    .limit(bindparam("limit"))
)
_TRAITS = select(schema.traits).where(among(schema.traits.c.identity))
_APART = select(schema.apart).where(
    or_(schema.apart.c.identity == bindparam("mine"), schema.apart.c.other == bindparam("mine"))
)
_PERSONS = select(schema.identity.c.person).where(among(schema.identity.c.id))
