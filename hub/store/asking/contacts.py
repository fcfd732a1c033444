"""Which persons were met how often: counted from what stands in clear, so that nothing has to be opened for it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection

from sqlalchemy import Connection, bindparam, func, select

from hub.store import schema
from hub.store.ids import as_id


def contacts(connection: Connection, since: int) -> dict[str, set[tuple[str, str]]]:
    """By person, the partners that told of them and the episodes they told of, from what happened since an instant.

    Nobody is counted who was not linked: an anonymous caller has no identity. UTC microseconds.
    """
    found: dict[str, set[tuple[str, str]]] = defaultdict(set)
    for row in connection.execute(_CONTACTS, {"since": since}):
        found[row.person.hex()].add((row.partner, row.episode.hex()))
    return found


def homes(connection: Connection, person: str) -> frozenset[str]:
    """The partners that know somebody: those whose source identities are held to be this person."""
    found = select(schema.identity.c.partner).where(schema.identity.c.person == as_id(person))
    return frozenset(connection.scalars(found))


def last_of(connection: Connection, person: str) -> str:
    """The id of the last message that was told about somebody; empty where there is none, or they turned out to be another."""
    found = connection.scalar(_LAST, {"person": as_id(person)})
    return found.hex() if found else ""


def held_to_be(connection: Connection, identities: Collection[str]) -> dict[str, str]:
    """Whom these identities are held to be now, by their ids."""
    found: dict[str, str] = {}
    names = sorted(identities)
    for start in range(0, len(names), _MANY):
        wanted = [as_id(name) for name in names[start : start + _MANY]]
        rows = connection.execute(_PERSONS, {"wanted": wanted})
        found |= {row.id.hex(): row.person.hex() for row in rows}
    return found


def joined(connection: Connection) -> dict[str, str]:
    """Episodes that turned out to be another one, and which."""
    rows = connection.execute(select(schema.rejoined.c.episode, schema.rejoined.c.root))
    return {row.episode.hex(): row.root.hex() for row in rows}


def told_until(connection: Connection) -> int:
    """When the newest message came, UTC microseconds; 0 in an empty journal."""
    return int(connection.scalar(select(func.max(schema.message.c.at))) or 0)


_LAST = (
    select(schema.message.c.id)
    .join(schema.identity, schema.identity.c.id == schema.message.c.owner)
    .where(schema.identity.c.person == bindparam("person"), schema.message.c.state == "planned")
    .order_by(schema.message.c.seq.desc())
    .limit(1)
)
_MANY = 500
_PERSONS = select(schema.identity.c.id, schema.identity.c.person).where(
    schema.identity.c.id.in_(bindparam("wanted", expanding=True))
)
_CONTACTS = (
    select(schema.identity.c.person, schema.message.c.partner, schema.message.c.episode)
    .join(schema.identity, schema.identity.c.id == schema.message.c.owner)
    .where(
        schema.message.c.happened_at >= bindparam("since"),
        schema.message.c.episode != b"",
        schema.message.c.state == "planned",
    )
    .distinct()
)
