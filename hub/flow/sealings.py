"""A record that a court sealed after it was told: earlier versions of it still stand, and a person has to see to them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from hub.model.event import CrisisEvent
from hub.model.plan import Task
from hub.model.public_safety import FieldContact

ROLE: Final = "privacy officer"


def sealings(events: Iterable[CrisisEvent], source: str, journal: str) -> tuple[Task, ...]:
    """The work that a sealed record gives, or none. This version goes nowhere; those that came before it may have gone.

    Each version is a message of its own, and none of them knows the others: the order names the record.
    """
    if not any(isinstance(event.body, FieldContact) and event.body.sealed for event in events):
        return ()
    words = (
        f"A record of {source} came as sealed by a court. Nobody outside is told of this version; versions that came before it "
        "were decided as they came, and who got them still has them. By the order: crisis-hub expunge, with --preview first, "
        "ends them here and asks whoever received them to delete them."
    )
    return (Task(kind="sealed", about=journal, words=words, role=ROLE),)
