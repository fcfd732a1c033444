"""What was decided for one partner, and what that partner said itself: what its own people see on their pages."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Final

from sqlalchemy import Connection, bindparam, exists, literal, select

from hub.errors import KeyUnavailable
from hub.model.event import CrisisEvent
from hub.model.plan import Fact
from hub.store import schema
from hub.store.asking.due import OUT, Due, opened
from hub.store.reading import AnyRow, Opener
from hub.store.seal import Keystore
from hub.store.sealing import Sealer

# A page looks back over so many: whatever is older is found by its number on the partner's own paper.
LAST: Final = 400


class Own(Fact, frozen=True):
    """One message of the partner itself: which, when it came, about which source identity, and what it says."""

    journal: str
    at: int
    identity: str
    kind: str
    events: tuple[CrisisEvent, ...]


class Shelf:
    """Reads within one reading transaction. One for each thread."""

    def __init__(self, connection: Connection, keys: Keystore, origin: str) -> None:
        self._connection, self._opener = connection, Opener(Sealer(keys, origin))

    def put(self, partner: str, interests: Collection[str], last: int = LAST) -> list[Due]:
        """The last deliveries to a partner under some interests, the newest first, whether or not they were carried yet.

        What was ended because nothing may be sent any more is not among them; what was destroyed has no events.
        """
        wanted = {"name": partner, "interests": list(interests), "last": last}
        rows = self._connection.execute(_PUT, wanted).all() if interests else []
        return opened(self._connection, self._opener, rows) if rows else []

    def course(self, partner: str, journal: str) -> list[Due]:
        """What was put up for a partner of the crisis that a message belongs to, the newest first; as far as it was not ended."""
        rows = self._connection.execute(
            _COURSE, {"name": partner, "journal": bytes.fromhex(journal), "last": LAST}
        ).all()
        return opened(self._connection, self._opener, rows) if rows else []

    def own(self, partner: str, since: int = 0, last: int = LAST) -> tuple[Own, ...]:
        """The partner's own last messages since an instant (UTC microseconds), the newest first."""
        rows = self._connection.execute(_OWN, {"name": partner, "since": since, "last": last}).all()
        return tuple(self._own(row) for row in rows)

    def own_of(self, partner: str, identity: str, since: int) -> tuple[Own, ...]:
        """The partner's own words about one source identity since an instant (UTC microseconds), the newest first."""
        asked = {"name": partner, "since": since, "last": LAST, "owner": bytes.fromhex(identity)}
        return tuple(self._own(row) for row in self._connection.execute(_OWN_OF, asked).all())

    def _own(self, row: AnyRow) -> Own:
        return Own(journal=row.id.hex(), at=row.at, identity=row.owner.hex(), kind=row.kind, events=self._events([row]))

    def _events(self, rows: Sequence[AnyRow]) -> tuple[CrisisEvent, ...]:
        try:
            return self._opener.payloads(self._connection, rows)[0].events
        except KeyUnavailable:
            return ()  # destroyed on purpose: it says nothing any more


_ended = schema.held.c.outbox == schema.outbox.c.seq
_PUT = (
    select(
        *OUT,
        literal(0).label("attempts"),
    )
    .where(
        schema.outbox.c.destination == bindparam("name"),
        schema.outbox.c.interest.in_(bindparam("interests", expanding=True)),
        ~exists().where(_ended, schema.held.c.state == "cancelled"),
    )
    .order_by(schema.outbox.c.seq.desc())
    .limit(bindparam("last"))
)
_theirs = schema.message.alias("theirs")
_COURSE = (
    select(*OUT, literal(0).label("attempts"))
    .where(
        schema.outbox.c.destination == bindparam("name"),
        schema.outbox.c.message.in_(
            select(_theirs.c.seq).where(
                _theirs.c.episode != b"",
                _theirs.c.episode
                == select(schema.message.c.episode)
                .where(schema.message.c.id == bindparam("journal"))
                .scalar_subquery(),
            )
        ),
        ~exists().where(_ended, schema.held.c.state == "cancelled"),
    )
    .order_by(schema.outbox.c.seq.desc())
    .limit(bindparam("last"))
)
# The frequent kinds that no page of a partner is made of; each message costs opening.
_OTHERS: Final = ("ADT^A", "ORU", "MDM", "BOARD", "PLACEMENT")
_OWN = (
    select(schema.message)
    .where(
        schema.message.c.partner == bindparam("name"),
        schema.message.c.state == "planned",
        schema.message.c.at >= bindparam("since"),
        *(schema.message.c.kind.notlike(f"{kind}%") for kind in _OTHERS),
    )
    .order_by(schema.message.c.seq.desc())
    .limit(bindparam("last"))
)
_OWN_OF = _OWN.where(schema.message.c.owner == bindparam("owner"))
