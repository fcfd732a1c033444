"""Consents among the events of a message: what each is called, and between which instants it holds."""

from __future__ import annotations

from collections.abc import Iterable

from hub.model.consent import ConsentDirective
from hub.model.event import CrisisEvent
from hub.model.plan import Block


def named(events: Iterable[CrisisEvent], journal: str) -> list[tuple[Block, ConsentDirective]]:
    """Each consent with the block that names it: a later one of the same name and identity takes its place.

    One without an id of its own is named by its message and place, so nothing ever takes its place but a revocation.
    """
    found = [event.body for event in events if isinstance(event.body, ConsentDirective)]
    return [(named_by(directive, journal, place), directive) for place, directive in enumerate(found)]


def in_force(directive: ConsentDirective) -> tuple[int, int]:
    """From when and until when a consent says it holds, UTC microseconds; 0 for open. Not whether it is valid."""
    starts = directive.effective_at or directive.signed_at
    ends = [each.at for each in (directive.expires_at, directive.revoked_at) if each]
    return starts.at if starts else 0, min(ends, default=0)


def named_by(directive: ConsentDirective, journal: str, place: int) -> Block:
    """The block that names a consent: its own id, or the message it came with and its place among that one's consents."""
    return Block(name="directive", values=(directive.directive or f"{journal}/{place}",), strong=True)
