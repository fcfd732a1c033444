"""Which persons were met how often: counted from what stands in clear, so that nothing has to be opened for it."""

from __future__ import annotations

from collections import defaultdict

from sqlalchemy import Connection, bindparam, select

from hub.store import schema


def contacts(connection: Connection, since: int) -> dict[str, set[tuple[str, str]]]:
    """By person, the partners that told of them and the episodes they told of, from what happened since an instant.

    Nobody is counted who was not linked: an anonymous caller has no identity. UTC microseconds.
    """
    found: dict[str, set[tuple[str, str]]] = defaultdict(set)
    for row in connection.execute(_CONTACTS, {"since": since}):
        found[row.person.hex()].add((row.partner, row.episode.hex()))
    return found


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
