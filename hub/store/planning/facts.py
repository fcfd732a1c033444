"""Facts for planning, gathered for a whole group of messages at once, so that the plan of one costs microseconds."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence

from sqlalchemy import Connection, bindparam, func, select

from hub.errors import KeyUnavailable
from hub.model.plan import Block, Fact
from hub.spans import DAY
from hub.store import schema
from hub.store.among import among
from hub.store.consents import DOUBTED, DOUBTED_WHO_SAID
from hub.store.engine import Database
from hub.store.ids import as_id
from hub.store.planning.world import Consent, Found, Happened, World
from hub.store.reading import Opener
from hub.store.tokens import Seen
from hub.store.tools import Tools

# An episode older than this before the earliest message of a group is no candidate for it.
EPISODE_DAYS = 30


class Ask(Fact, frozen=True):
    """What facts are asked about: one message, as far as it is understood before it is planned.

    `blocks` are the numbers that find the person, `seen` the identities found alike; `keys` (incident numbers) find the
    episode, `parts` those of a snapshot and what it asks for or answers. `ageless`: it does not say how old the person is.
    `at` is UTC microseconds.
    """

    partner: str
    message_id: str
    body: bytes
    at: int
    blocks: tuple[Block, ...] = ()
    seen: tuple[str, ...] = ()
    keys: tuple[Block, ...] = ()
    parts: tuple[Block, ...] = ()
    ageless: bool = False


class Facts:
    """Gathers facts on a reading connection. The writer's thread has one: after a commit, it sees what was committed."""

    def __init__(self, database: Database, tools: Tools) -> None:
        """Ask `Writer.facts` for one."""
        self._database = database
        self._tokens, self._marks, self._opener = tools.tokens, tools.marks, Opener(tools.sealer)

    def gather(self, asks: Sequence[Ask]) -> World:
        """The world as these messages need to know it. Plan them in order, and `apply` each before the next."""
        world = World(self._tokens, self._marks, self)
        with self._database.read() as connection:
            self._duplicates(connection, asks, world)
            self._identities(connection, asks, world)
            self._episodes(connection, asks, world)
        return world

    def people(self, asks: Sequence[Ask]) -> World:
        """Who the numbers of these messages find, and nothing else."""
        world = World(self._tokens, self._marks, self)
        with self._database.read() as connection:
            self._identities(connection, asks, world)
        return world

    def _duplicates(self, connection: Connection, asks: Sequence[Ask], world: World) -> None:
        slots: dict[int, set[bytes]] = defaultdict(set)
        for ask in asks:
            for seen in self._marks.wanted(ask.partner, ask.message_id, ask.body, ask.at):
                slots[seen.slot].add(seen.digest)
        for slot, digests in slots.items():
            for row in connection.execute(_SEEN[slot], {"wanted": list(digests)}):
                world.seen(Seen(slot, row.digest, row.content), row.id)

    # --- what a world asks while its messages are planned: nothing but the writer itself commits meanwhile

    def meet(self, persons: Collection[bytes], world: World) -> None:
        """Who these persons are made of, and what they allowed."""
        with self._database.read() as connection:
            self._persons(connection, persons, world)

    def doubt(self, persons: Collection[bytes], world: World) -> None:
        """Who may be one of these persons and ever said anything about consent."""
        with self._database.read() as connection:
            self._doubts(connection, persons, world)

    def doubters(self, persons: Collection[bytes]) -> list[tuple[bytes, bytes]]:
        """Every pair of one of these persons and somebody who may be them."""
        with self._database.read() as connection:
            return [(row.person, row.other) for row in connection.execute(DOUBTED, {"wanted": list(persons)})]

    def age(self, identity: bytes, world: World) -> None:
        """The last message of an identity that says how old the person is; what was destroyed tells no more."""
        with self._database.read() as connection:
            for row in connection.execute(_LAST, {"owner": identity}).all():
                try:
                    (kept,) = self._opener.payloads(connection, [row])
                except KeyUnavailable:
                    return
                if world.told(identity, kept.events):
                    return

    # --- what is gathered for all messages at once

    def _identities(self, connection: Connection, asks: Sequence[Ask], world: World) -> None:
        numbered = set()
        if tokens := self._tokens_of(block for ask in asks for block in ask.blocks):
            for token, identity, details, person, partner in connection.execute(_FOUND, {"wanted": tokens}):
                world.found(token, Found(identity, partner, details))
                world.belongs(identity, person)
                numbered.add(person)
        alike: set[bytes] = set()
        if seen := {as_id(name) for ask in asks for name in ask.seen}:
            alike.update(connection.scalars(_HELD_TO_BE, {"wanted": list(seen)}))
        self._persons(connection, numbered | alike, world)
        self._doubts(connection, numbered, world)

    def _persons(self, connection: Connection, persons: Collection[bytes], world: World) -> None:
        """Who the persons found are made of, and what they allowed."""
        world.met(persons)
        if not persons:
            return
        wanted = {"wanted": list(persons)}
        members = connection.execute(_IDENTITIES, wanted).all()
        for identity, person in members:
            world.belongs(identity, person)
        for row in connection.execute(_CHANGED, wanted):
            world.changed(row.id, row.changed)
        self._consents(connection, (identity for identity, _ in members), world)

    def _consents(self, connection: Connection, identities: Iterable[bytes], world: World) -> None:
        if unheard := world.unheard(identities):
            for row in connection.execute(_CONSENTS, {"wanted": unheard}):
                world.allowed_by(row.identity, Consent(row.token, self._opener.directive(row)))

    def _doubts(self, connection: Connection, persons: Collection[bytes], world: World) -> None:
        """Who may be one of them and said anything: their refusals hold as well."""
        world.weighed(persons)
        if not persons:
            return
        rows = connection.execute(DOUBTED_WHO_SAID, {"wanted": list(persons)}).all()
        for row in rows:
            world.belongs(row.identity, row.other)
            world.doubted(row.person, row.identity)
        self._consents(connection, (row.identity for row in rows), world)

    def _episodes(self, connection: Connection, asks: Sequence[Ask], world: World) -> None:
        since = min((ask.at for ask in asks), default=0) - EPISODE_DAYS * DAY
        if owners := world.owners():
            for row in connection.execute(_HAPPENED, {"wanted": owners, "since": since}):
                world.happened(row.owner, Happened(row.episode.hex(), row.happened_at, by_number=False))
        if tokens := self._tokens_of(block for ask in asks for block in (*ask.keys, *ask.parts)):
            for row in connection.execute(_INCIDENTS, {"wanted": tokens}):
                world.numbered(row.token, Happened(row.episode.hex(), row.at, by_number=True))

    def _tokens_of(self, blocks: Iterable[Block]) -> list[bytes]:
        return list({token for block in blocks for token in self._tokens.wanted(block)})


_SEEN = [
    select(table.c.digest, table.c.content, schema.message.c.id)
    .join(schema.message, schema.message.c.seq == table.c.message)
    .where(among(table.c.digest))
    for table in schema.dedupe
]
_FOUND = (
    select(schema.blind, schema.identity.c.person, schema.identity.c.partner)
    .join(schema.identity, schema.identity.c.id == schema.blind.c.identity)
    .where(among(schema.blind.c.token))
)
_HELD_TO_BE = select(schema.identity.c.person).where(among(schema.identity.c.id))
_IDENTITIES = select(schema.identity.c.id, schema.identity.c.person).where(among(schema.identity.c.person))
_CHANGED = select(schema.person).where(among(schema.person.c.id))
_CONSENTS = (
    select(schema.directive)
    .where(among(schema.directive.c.identity), schema.directive.c.known_to == 0)
    .order_by(schema.directive.c.seq)
)
# A person's own system repeats their birth date in nearly every message.
_LAST = (
    select(schema.message)
    .where(schema.message.c.owner == bindparam("owner"), schema.message.c.state == "planned")
    .order_by(schema.message.c.seq.desc())
    .limit(8)
)
_HAPPENED = (
    select(schema.message.c.owner, schema.message.c.episode, schema.message.c.happened_at)
    .where(among(schema.message.c.owner), schema.message.c.at >= bindparam("since"), schema.message.c.episode != b"")
    .order_by(schema.message.c.seq)
)
_INCIDENTS = (
    select(
        schema.incident.c.token,
        schema.incident.c.at,
        func.coalesce(schema.rejoined.c.root, schema.incident.c.episode).label("episode"),
    )
    .outerjoin(schema.rejoined, schema.rejoined.c.episode == schema.incident.c.episode)
    .where(among(schema.incident.c.token))
)
