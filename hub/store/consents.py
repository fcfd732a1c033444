"""Consents among the events of a message: what each is called, and between which instants it holds."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import exists, select, union

from hub.model.consent import ConsentDirective
from hub.model.event import CrisisEvent
from hub.model.plan import Block
from hub.store import schema
from hub.store.among import among


def named(events: Iterable[CrisisEvent], journal: str) -> list[tuple[Block, ConsentDirective]]:
    """Each consent with the block that names it: a later one of the same name and identity takes its place.

    One without an id of its own is named by its message and place, so nothing ever takes its place but a revocation.
    """
    found = [event.body for event in events if isinstance(event.body, ConsentDirective)]
    return [(named_by(directive, journal, place), directive) for place, directive in enumerate(found)]


def refuses(directive: ConsentDirective) -> bool:
    """Whether a directive takes something away: it was revoked, or it denies."""
    return directive.revoked_at is not None or (directive.kind is not None and directive.kind.code == "DENY")


def in_force(directive: ConsentDirective) -> tuple[int, int]:
    """From when and until when a consent says it holds, UTC microseconds; 0 for open. Not whether it is valid."""
    starts = directive.effective_at or directive.signed_at
    ends = [each.at for each in (directive.expires_at, directive.revoked_at) if each]
    return starts.at if starts else 0, min(ends, default=0)


def named_by(directive: ConsentDirective, journal: str, place: int) -> Block:
    """The block that names a consent: its own id, or the message it came with and its place among that one's consents."""
    return Block(name="directive", values=(directive.directive or f"{journal}/{place}",), strong=True)


_of = schema.identity.alias("of")
# Persons who may be one another, both ways.
DOUBTED = union(
    select(_of.c.person.label("person"), schema.doubt.c.person.label("other"))
    .join(schema.doubt, schema.doubt.c.identity == _of.c.id)
    .where(among(_of.c.person)),
    select(schema.doubt.c.person.label("person"), _of.c.person.label("other"))
    .join(_of, _of.c.id == schema.doubt.c.identity)
    .where(among(schema.doubt.c.person)),
)
_pair = DOUBTED.subquery("pair")
# Of these, the identities that said something about consent: of many who are alike, few have.
DOUBTED_WHO_SAID = (
    select(_pair.c.person, _pair.c.other, schema.identity.c.id.label("identity"))
    .join(schema.identity, schema.identity.c.person == _pair.c.other)
    .where(
        exists().where(schema.directive.c.identity == schema.identity.c.id, schema.directive.c.known_to == 0),
    )
)
