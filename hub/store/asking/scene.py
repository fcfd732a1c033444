"""What is known at the scene of an incident: its messages, whom they are about if that is one person, and that person's cards."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import BindParameter, Connection, bindparam, func, select

from hub import clock
from hub.errors import KeyUnavailable
from hub.model.care import ApproachCard
from hub.model.consent import ConsentDirective
from hub.model.event import CrisisEvent
from hub.model.incident import Said, together
from hub.model.plan import Block, Fact
from hub.store import schema
from hub.store.ids import as_id
from hub.store.reading import AnyRow, Opener
from hub.store.seal import Keystore
from hub.store.sealing import Sealer
from hub.store.tokens import Tokens

# A person's last so many messages are looked through for a card.
LAST = 300


class Told(Fact, frozen=True):
    """One message: who sent it, about which source identity, when it came, what it says, and the labels it came with.

    `episode` is the crisis it belongs to, empty where it belongs to none.
    """

    source: str
    identity: str
    journal: str
    at: int
    events: tuple[CrisisEvent, ...]
    inherited: tuple[str, ...]
    episode: str = ""


class Scene(Fact, frozen=True):
    """An incident. `told` are its messages, the oldest first; `mine` the last ones of the one person it is about, the newest first.

    Without one certain person there is nothing of theirs, no cards and no directives.
    """

    told: tuple[Told, ...] = ()
    mine: tuple[Told, ...] = ()
    cards: tuple[Told, ...] = ()
    directives: tuple[ConsentDirective, ...] = ()


class Scenes:
    """Reads within one reading transaction. One for each thread."""

    def __init__(self, connection: Connection, keys: Keystore, origin: str) -> None:
        self._connection = connection
        self._tokens, self._opener = Tokens(keys), Opener(Sealer(keys, origin))

    def of(self, incident: str) -> Scene:
        """The scene of an incident number, without what dispatch took apart from it; an empty one where nobody knows it."""
        rows = self._messages(incident)
        told = self._opened(rows)
        held = together([Said(one.identity, one.events) for one in told], incident)
        gone = {one.journal for one, here in zip(told, held, strict=True) if not here}
        told = tuple(one for one in told if one.journal not in gone)
        persons = self._persons([row for row in rows if row.id.hex() not in gone])
        if len(persons) != 1:
            # Nobody, or two who may be meant: a guess would show one person's card to another's officer.
            return Scene(told=told)
        mine = self._opened(self._connection.execute(_OF_PERSON, {"person": persons[0], "most": LAST}).all())
        cards = tuple(one for one in mine if any(isinstance(e.body, ApproachCard) for e in one.events))
        allowed = self._connection.execute(_DIRECTIVES, {"person": persons[0]})
        return Scene(told=told, mine=mine, cards=cards, directives=tuple(map(self._opener.directive, allowed)))

    def last_of(self, numbers: Sequence[Block]) -> Scene:
        """The last episode of the one person these numbers lead to, with what they allowed; an empty scene for nobody, or two."""
        tokens = [token for block in numbers for token in self._tokens.wanted(block)]
        persons = list(self._connection.scalars(_NUMBERED, {"wanted": tokens})) if tokens else []
        if len(persons) != 1:
            return Scene()
        mine = self._connection.execute(_OF_PERSON, {"person": persons[0], "most": LAST}).all()
        newest = max((row for row in mine if row.episode), key=lambda row: (row.happened_at, row.seq), default=None)
        rows = [row for row in reversed(mine) if newest is not None and row.episode == newest.episode]
        allowed = self._connection.execute(_DIRECTIVES, {"person": persons[0]})
        return Scene(told=self._opened(rows), directives=tuple(map(self._opener.directive, allowed)))

    def whose(self, numbers: Sequence[Block]) -> tuple[str, str] | None:
        """A source identity, and the one person, that these numbers lead to; None for nobody, or two."""
        tokens = [token for block in numbers for token in self._tokens.wanted(block)]
        rows = self._connection.execute(_WHOSE, {"wanted": tokens}).all() if tokens else []
        if len({row.person for row in rows}) != 1:
            return None
        return rows[0].id.hex(), rows[0].person.hex()

    def met(self, person: str, since: int) -> tuple[Told, ...]:
        """What was told of a person in episodes and happened since an instant (UTC microseconds), the oldest message first."""
        return self._opened(self._connection.execute(_MET, {"person": as_id(person), "since": since}).all())

    def _messages(self, incident: str) -> Sequence[AnyRow]:
        if not incident:
            return ()
        block = Block(name="incident", values=(incident,), strong=True)
        wanted = {"wanted": list(self._tokens.wanted(block)), "now": clock.now()}
        found = self._connection.scalars(_EPISODES, wanted).all()
        return self._connection.execute(_AT_SCENE, {"wanted": found}).all() if found else ()

    def _persons(self, rows: Sequence[AnyRow]) -> list[bytes]:
        """Who is spoken of by a name or a number: a caller of whom nothing is known is nobody yet."""
        owners = list({row.owner for row in rows})
        return list(self._connection.scalars(_KNOWN, {"wanted": owners})) if owners else []

    def _opened(self, rows: Sequence[AnyRow]) -> tuple[Told, ...]:
        found = []
        for row in rows:
            try:
                (kept,) = self._opener.payloads(self._connection, [row])
                (plan,) = self._opener.plans(self._connection, [row])
            except KeyUnavailable:
                continue  # destroyed on purpose: it says nothing any more
            found.append(
                Told(
                    source=row.partner, identity=row.owner.hex(), journal=row.id.hex(), at=row.at, events=kept.events,
                    inherited=plan.inherited, episode=row.episode.hex(),
                )
            )  # fmt: skip
        return tuple(found)


_wanted: BindParameter[Any] = bindparam("wanted", expanding=True)
_root = func.coalesce(schema.rejoined.c.root, schema.incident.c.episode)
# A number that dispatch gave again in another year means the incident that is nearest to now.
_EPISODES = (
    select(_root)
    .select_from(schema.incident)
    .outerjoin(schema.rejoined, schema.rejoined.c.episode == schema.incident.c.episode)
    .where(schema.incident.c.token.in_(_wanted))
    .order_by(func.abs(schema.incident.c.at - bindparam("now")))
    .limit(1)
)
# Messages of an episode that turned out to be another one carry that one's id.
_AT_SCENE = (
    select(schema.message)
    .where(schema.message.c.episode.in_(_wanted), schema.message.c.state == "planned")
    .order_by(schema.message.c.seq)
)
_KNOWN = (
    select(schema.identity.c.person)
    .join(schema.traits, schema.traits.c.identity == schema.identity.c.id)
    .where(schema.identity.c.id.in_(_wanted))
    .distinct()
)
_NUMBERED = (
    select(schema.identity.c.person)
    .join(schema.blind, schema.blind.c.identity == schema.identity.c.id)
    .where(schema.blind.c.token.in_(_wanted))
    .distinct()
)
_WHOSE = (
    select(schema.identity.c.id, schema.identity.c.person)
    .join(schema.blind, schema.blind.c.identity == schema.identity.c.id)
    .where(schema.blind.c.token.in_(_wanted))
    .distinct()
    .order_by(schema.identity.c.id)
)
_OF_PERSON = (
    select(schema.message)
    .join(schema.identity, schema.identity.c.id == schema.message.c.owner)
    .where(schema.identity.c.person == bindparam("person"), schema.message.c.state == "planned")
    .order_by(schema.message.c.seq.desc())
    .limit(bindparam("most"))
)
_MET = (
    select(schema.message)
    .join(schema.identity, schema.identity.c.id == schema.message.c.owner)
    .where(
        schema.identity.c.person == bindparam("person"), schema.message.c.state == "planned",
        schema.message.c.happened_at >= bindparam("since"), schema.message.c.episode != b"",
    )
    .order_by(schema.message.c.seq)
)  # fmt: skip
_DIRECTIVES = (
    select(schema.directive)
    .join(schema.identity, schema.identity.c.id == schema.directive.c.identity)
    .where(schema.identity.c.person == bindparam("person"), schema.directive.c.known_to == 0)
    .order_by(schema.directive.c.seq)
)
