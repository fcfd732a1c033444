"""By which number a partner's own system knows somebody whom it told of itself: what it said, never what the hub made of it."""

from __future__ import annotations

from sqlalchemy import Connection, bindparam, select

from hub.errors import KeyUnavailable
from hub.model.event import CrisisEvent
from hub.model.person import Person
from hub.model.plan import Fact
from hub.store import schema
from hub.store.ids import as_id
from hub.store.reading import AnyRow, Opener


class Own(Fact, frozen=True):
    """A partner's number for somebody, and the source identity of that partner behind it."""

    number: str
    identity: str


def own(connection: Connection, opener: Opener, partner: str, identity: str) -> Own | None:
    """The number of whoever an identity is held to be, as the partner said it last; None where it never told of them.

    Where it keeps two records of one person, the one that it spoke of last.
    """
    here = {"partner": partner, "identity": as_id(identity)}
    for row in connection.execute(_TOLD, here):
        if number := _number(connection, opener, row, partner):
            return Own(number=number, identity=row.owner.hex())
    return None


def _number(connection: Connection, opener: Opener, row: AnyRow, partner: str) -> str:
    try:
        (kept,) = opener.payloads(connection, [row])
    except KeyUnavailable:
        return ""  # destroyed on purpose
    return next(filter(None, (_said(event, partner) for event in kept.events)), "")


def _said(event: CrisisEvent, partner: str) -> str:
    """A number that names another as its source is another's."""
    if not isinstance(event.body, Person):
        return ""
    return next((one.value for one in event.body.identifiers if one.assigner in ("", partner)), "")


# Few messages of one person name no number of theirs, such as a count of nights without its client.
_LAST = 20
_mine, _theirs = schema.identity.alias("mine"), schema.identity.alias("theirs")
_TOLD = (
    select(schema.message)
    .join(_theirs, _theirs.c.id == schema.message.c.owner)
    .join(_mine, _mine.c.person == _theirs.c.person)
    .where(
        _mine.c.id == bindparam("identity"),
        _theirs.c.partner == bindparam("partner"),
        schema.message.c.state == "planned",
    )
    .order_by(schema.message.c.seq.desc())
    .limit(_LAST)
)
