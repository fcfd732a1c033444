"""Why one of the staff opens what is about somebody: reasons that can be counted, none a default, and the entry that comes first."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from hub.model.commands import Note
from hub.model.entry import Kind, LedgerEntry

if TYPE_CHECKING:
    from hub.store.asking.journal import Message

# To show what a message says.
SHOWING: Final[Mapping[str, str]] = {
    "delivery": "to mend a delivery",
    "mapping": "to mend a mapping",
    "request": "the person asked, or their representative",
    "complaint": "to answer a complaint",
    "breach": "to look into a possible breach",
    "order": "a court's order",
}
# To look at what somebody has allowed.
LOOKING: Final[Mapping[str, str]] = {
    "asked": "the person asked, or their representative",
    "relied": "before relying on one",
    "revoked": "one is to be taken back",
    "complaint": "to answer a complaint",
}


def showing(message: Message, reason: str, *, actor: str, at: int, where: str) -> Note:
    """The entry that somebody is shown what a message says, `where` it is shown in words; it is durable before they are."""
    entry = LedgerEntry(
        kind=Kind.REVEAL,
        at=at,
        journal=message.journal,
        subject=message.owner,
        outcome=f"shown {where}: {SHOWING[reason]}",
        actor=actor,
    )
    return Note(at=at, entry=entry)


def looking(subject: str, reason: str, *, actor: str, at: int) -> Note:
    """The entry that somebody looks at what the person of a source identity has allowed."""
    outcome = f"consents looked at: {LOOKING[reason]}"
    return Note(at=at, entry=LedgerEntry(kind=Kind.QUERY, at=at, subject=subject, actor=actor, outcome=outcome))
