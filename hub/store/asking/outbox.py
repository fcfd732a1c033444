"""The courier's side of the outbox, reading only: what is due in which order, what was in the air at a crash, what is stuck."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from threading import Lock
from typing import Any

from sqlalchemy import Connection, Select, and_, bindparam, exists, func, literal, or_, select

from hub.errors import KeyUnavailable
from hub.model.consent import ConsentDirective
from hub.model.event import CrisisEvent
from hub.spans import MINUTE
from hub.store import schema
from hub.store.asking.called import Own, own
from hub.store.asking.due import OUT, Dead, Depth, Due, Flown, dead, flown, opened
from hub.store.asking.recalls import Past, Recalls
from hub.store.consents import DOUBTED, refuses
from hub.store.engine import Database
from hub.store.ids import as_id
from hub.store.reading import AnyRow, Opener
from hub.store.seal import Keystore
from hub.store.sealing import Sealer

# So many of the last messages are looked through for a later version of a record.
_LAST = 300
# Rows read beyond those wanted, for people who must wait; then twice as many, up to a page.
_SPARE = 16
_PAGE = 500


class Outbox:
    """Reads the outbox. The courier may live in a process of its own: it follows what the writer commits."""

    def __init__(self, database: Database, keys: Keystore, origin: str) -> None:
        self._database, self._keys, self._origin = database, keys, origin
        self._opener = Opener(Sealer(keys, origin))
        # The courier and people ask from several threads.
        self._following = Lock()
        self._flying: dict[int, tuple[str, bytes]] = {}
        self._last_attempt = -1

    def due(self, wanted: Mapping[str, int], now: int) -> list[Due]:
        """Deliveries whose turn has come at `now` (UTC microseconds), in order: up to so many for each destination.

        At one destination only the first of a source identity that is not settled is ever due: those behind an attempt in
        the air, a later try or a parked one wait. Everybody else's flow. A message that is due at several is opened once.
        """
        self._keys.follow()
        with self._database.read() as connection:
            flying = self._in_the_air(connection)
            found = [
                self._in_turn(connection, name, now, limit, flying.get(name, set())) for name, limit in wanted.items()
            ]
            rows = sorted(chain.from_iterable(found), key=lambda row: row.outbox)
            return opened(connection, self._opener, rows) if rows else []

    def next_due(self, destination: str) -> int | None:
        """When the next later try is due (UTC microseconds), None when there is none."""
        with self._database.read() as connection:
            at: int | None = connection.scalar(_NEXT, {"name": destination})
            return at

    def flown(self) -> list[Flown]:
        """Deliveries that were claimed and not settled, by whoever ran before: the courier settles them when it starts."""
        with self._database.read() as connection:
            return [flown(row) for row in connection.execute(_FLOWN)]

    def allowed(self, identity: str) -> tuple[ConsentDirective, ...]:
        """What the person of a source identity has allowed and refused, as known now; and what whoever may be them refused."""
        self._keys.follow()
        with self._database.read() as connection:
            here = {"identity": as_id(identity)}
            person = connection.scalar(_PERSON, here)
            others = {row.other for row in connection.execute(DOUBTED, {"wanted": [person]})} if person else set()
            mine = tuple(map(self._opener.directive, connection.execute(_ALLOWED, here)))
            theirs = connection.execute(_OF_PERSONS, {"wanted": sorted(others)}) if others else ()
            return (*mine, *filter(refuses, map(self._opener.directive, theirs)))

    def since(self, journal: str) -> list[tuple[CrisisEvent, ...]]:
        """What the source of a message told later about the same person or in the same episode, the oldest first.

        What was destroyed tells nothing any more.
        """
        self._keys.follow()
        with self._database.read() as connection:
            mine = connection.execute(select(schema.message).where(schema.message.c.id == as_id(journal))).one_or_none()
            rows = connection.execute(_later(mine)).all() if mine else []
            return [events for row in reversed(rows) if (events := self._events(connection, row))]

    def _events(self, connection: Connection, row: AnyRow) -> tuple[CrisisEvent, ...]:
        try:
            return self._opener.payloads(connection, [row])[0].events
        except KeyUnavailable:
            return ()

    def akin(self, destination: str, identity: str) -> list[Past]:
        """What a destination last got of each other identity that is held to be the same person."""
        self._keys.follow()
        with self._database.read() as connection:
            return Recalls(connection, self._keys, self._origin).akin(destination, identity)

    def own(self, destination: str, identity: str) -> Own | None:
        """By which number a destination's own system knows the person of an identity, where it told of them itself."""
        self._keys.follow()
        with self._database.read() as connection:
            return own(connection, self._opener, destination, identity)

    def dead(self, destination: str = "", limit: int = 100, after: int = 0) -> list[Dead]:
        """Parked deliveries, the oldest first, with their causes; `after` is the outbox number of the last one seen."""
        self._keys.follow()
        query = _DEAD.where(schema.held.c.outbox > after).limit(limit)
        with self._database.read() as connection:
            wanted = query.where(schema.held.c.destination == destination) if destination else query
            rows = connection.execute(wanted).all()
            said = self._opener.entries(connection, rows)
        return [dead(row, each.words) for row, each in zip(rows, said, strict=True)]

    def parked(self, destination: str, journals: Sequence[str]) -> list[Due]:
        """Parked deliveries of these messages to a destination, with all that it takes to decide them again."""
        wanted = {"name": destination, "journals": [as_id(journal) for journal in journals]}
        self._keys.follow()
        with self._database.read() as connection:
            rows = connection.execute(_PARKED, wanted).all()
            return opened(connection, self._opener, rows) if rows else []

    def depth(self, destination: str) -> Depth:
        """How a destination stands."""
        with self._database.read() as connection:
            fresh = connection.execute(_WAITING, {"name": destination, "start": 0}).one()
            held = connection.execute(_STATES, {"name": destination}).all()
        counts = {row.state: row.number for row in held}
        oldest = [row.oldest for row in (fresh, *held) if row.oldest and getattr(row, "state", "") != "cancelled"]
        waiting = fresh.number + sum(number for state, number in counts.items() if state != "cancelled")
        return Depth(
            destination=destination, waiting=waiting, oldest=min(oldest, default=0), again=counts.get("again", 0),
            parked=counts.get("parked", 0),
        )  # fmt: skip

    def _follow(self, connection: Connection) -> None:
        """Take in what was claimed and settled since the last look; at the first look, all that is in the air."""
        first = self._last_attempt < 0
        for row in connection.execute(_FLOWN if first else _NEWS, {"last": self._last_attempt}):
            self._flying[row.seq] = (row.destination, row.identity)
        newest = connection.scalar(_NEWEST) if first else max(self._flying, default=0)
        self._last_attempt = max(newest or 0, self._last_attempt)
        for attempt in connection.scalars(_LANDED, {"flying": list(self._flying)}).all() if self._flying else ():
            del self._flying[attempt]

    def _in_turn(
        self, connection: Connection, destination: str, now: int, limit: int, busy: set[bytes]
    ) -> list[AnyRow]:
        """The rows whose turn has come: those out of turn, and those from the cursor on; one of each identity, none `busy`.

        What nobody attempted is due whatever its time says: that is when it came, by a clock that may have been ahead.
        """
        found: list[AnyRow] = []
        ready = connection.execute(_READY, {"name": destination, "now": now, "ahead": now + MINUTE})
        for row in chain(ready, self._fresh(connection, destination, limit)):
            if row.identity not in busy:
                found.append(row)
            busy.add(row.identity)
            if len(found) >= limit:
                break
        return found

    def _in_the_air(self, connection: Connection) -> dict[str, set[bytes]]:
        """The identities for which something is in the air, by destination."""
        flying: dict[str, set[bytes]] = defaultdict(set)
        with self._following:
            self._follow(connection)
            for place, identity in self._flying.values():
                flying[place].add(identity)
        return flying

    def _fresh(self, connection: Connection, destination: str, limit: int) -> Iterator[AnyRow]:
        """Deliveries that nobody attempted yet, page by page: a whole page may belong to people who must wait."""
        start, size = 0, limit + _SPARE
        while page := connection.execute(_FRESH, {"name": destination, "start": start, "size": size}).all():
            yield from page
            if len(page) < size:
                return
            start, size = page[-1].outbox, min(2 * size, _PAGE)


_own, _theirs = schema.identity.alias("own"), schema.identity.alias("theirs")
_first_attempt = (schema.attempt.c.outbox == schema.outbox.c.seq) & (schema.attempt.c.number == 1)
_holding = schema.held.c.outbox == schema.outbox.c.seq
_PASSED = select(schema.cursor.c.seq).where(schema.cursor.c.destination == bindparam("name")).scalar_subquery()
_UNTOUCHED = (
    schema.outbox.c.destination == bindparam("name"),
    schema.outbox.c.seq > bindparam("start"),
    schema.outbox.c.seq > func.coalesce(_PASSED, 0),
    schema.attempt.c.seq.is_(None),
    schema.held.c.outbox.is_(None),
)
_before = schema.held.alias("before")
_FRESH = (
    select(*OUT, literal(0).label("attempts"))
    .outerjoin(schema.attempt, _first_attempt)
    .outerjoin(schema.held, _holding)
    .where(
        *_UNTOUCHED,
        # Whoever is held holds back what comes behind.
        ~exists().where(
            _before.c.destination == schema.outbox.c.destination,
            _before.c.identity == schema.outbox.c.identity,
            _before.c.state != "cancelled",
        ),
    )
    .order_by(schema.outbox.c.seq)
    .limit(bindparam("size"))
)
_WAITING = (
    select(func.count().label("number"), func.min(schema.outbox.c.due_at).label("oldest"))
    .select_from(schema.outbox)
    .outerjoin(schema.attempt, _first_attempt)
    .outerjoin(schema.held, _holding)
    .where(*_UNTOUCHED)
)
_earlier = schema.held.alias("earlier")
_READY = (
    select(*OUT, schema.held.c.attempts)
    .join(schema.held, _holding)
    .where(
        schema.held.c.destination == bindparam("name"),
        or_(
            schema.held.c.state == "behind",
            # What failed well after now did so by a clock that was put back since: its time would be hours or days away.
            and_(
                schema.held.c.state == "again",
                or_(schema.held.c.due_at <= bindparam("now"), schema.held.c.at > bindparam("ahead")),
            ),
        ),
        ~exists().where(
            _earlier.c.destination == schema.held.c.destination,
            _earlier.c.identity == schema.held.c.identity,
            _earlier.c.outbox < schema.held.c.outbox,
            _earlier.c.state != "cancelled",
        ),
    )
    .order_by(schema.held.c.outbox)
)
_PARKED = (
    select(*OUT, schema.held.c.attempts)
    .join(schema.held, _holding)
    .join(schema.message, schema.message.c.seq == schema.outbox.c.message)
    .where(
        schema.message.c.id.in_(bindparam("journals", expanding=True)),
        schema.outbox.c.destination == bindparam("name"),
        schema.held.c.state == "parked",
    )
    .order_by(schema.outbox.c.seq)
)
_STATES = (
    select(schema.held.c.state, func.count().label("number"), func.min(schema.outbox.c.due_at).label("oldest"))
    .join(schema.outbox, _holding)
    .where(schema.held.c.destination == bindparam("name"))
    .group_by(schema.held.c.state)
)
_FLOWN = (
    select(
        schema.attempt,
        schema.outbox.c.destination,
        schema.outbox.c.identity,
        schema.message.c.id.label("journal"),
    )
    .join(schema.outbox, schema.outbox.c.seq == schema.attempt.c.outbox)
    .join(schema.message, schema.message.c.seq == schema.outbox.c.message)
    .outerjoin(schema.outcome, schema.outcome.c.attempt == schema.attempt.c.seq)
    .where(schema.outcome.c.attempt.is_(None))
    .order_by(schema.attempt.c.seq)
)
_NEWEST = select(func.max(schema.attempt.c.seq))
_NEWS = (
    select(schema.attempt.c.seq, schema.outbox.c.destination, schema.outbox.c.identity)
    .join(schema.outbox, schema.outbox.c.seq == schema.attempt.c.outbox)
    .where(schema.attempt.c.seq > bindparam("last"))
    .order_by(schema.attempt.c.seq)
)
_LANDED = select(schema.outcome.c.attempt).where(schema.outcome.c.attempt.in_(bindparam("flying", expanding=True)))


def _later(mine: AnyRow) -> Select[*tuple[Any, ...]]:
    """The messages of the same source after one, about its person or in its episode, the newest first."""
    table = schema.message.c
    near = [table.owner == mine.owner, *([table.episode == mine.episode] if mine.episode else [])]
    theirs = (table.partner == mine.partner, table.seq > mine.seq, table.state == "planned")
    return select(schema.message).where(*theirs, or_(*near)).order_by(table.seq.desc()).limit(_LAST)


_NEXT = select(func.min(schema.held.c.due_at)).where(
    schema.held.c.destination == bindparam("name"), schema.held.c.state == "again"
)
_ALLOWED = (
    select(schema.directive)
    .join(_theirs, _theirs.c.id == schema.directive.c.identity)
    .join(_own, _own.c.person == _theirs.c.person)
    .where(_own.c.id == bindparam("identity"), schema.directive.c.known_to == 0)
    .order_by(schema.directive.c.seq)
)
_PERSON = select(schema.identity.c.person).where(schema.identity.c.id == bindparam("identity"))
_OF_PERSONS = (
    select(schema.directive)
    .join(schema.identity, schema.identity.c.id == schema.directive.c.identity)
    .where(schema.identity.c.person.in_(bindparam("wanted", expanding=True)), schema.directive.c.known_to == 0)
    .order_by(schema.directive.c.seq)
)
# The entry of the outcome that parked it has its cause.
_DEAD = (
    select(
        schema.held.c.outbox, schema.held.c.destination, schema.held.c.attempts, schema.held.c.at.label("parked_at"),
        schema.message.c.id.label("journal"), func.coalesce(schema.outcome.c.code, "never sent").label("code"), schema.entry,
    )
    .join(schema.outbox, _holding)
    .join(schema.message, schema.message.c.seq == schema.outbox.c.message)
    .join(schema.entry, schema.entry.c.leaf == schema.held.c.leaf)
    .outerjoin(schema.outcome, schema.outcome.c.leaf == schema.held.c.leaf)
    .where(schema.held.c.state == "parked")
    .order_by(schema.held.c.outbox)
)  # fmt: skip
