"""Messages that say that they are tests: refused, unless the partner's file lets it send them, and then told to nobody."""

from __future__ import annotations

from typing import Final

from hub.contracts import Reading
from hub.errors import NotReal
from hub.intake.piece import Sender

# What stands before the kind of a test wherever the hub names it.
TEST: Final = "test"


def refused(place: str, sender: Sender) -> NotReal | None:
    """Why a message that says at this place that it is a test is not taken; nothing for what is real, or may be tried."""
    source = sender.partner.source
    if not place or (source and source.tests):
        return None
    return NotReal(at=place, cure="Send it as production, or have the hub's people let this source send tests.")


def tried(reading: Reading, place: str) -> Reading:
    """What a message said; of one that says at this place that it is a test nothing but that it could be read.

    INVARIANT: a test has no events, so that it makes nobody known, opens and closes nothing, moves no board and is told to nobody.
    """
    if not place:
        return reading
    kind = f"{TEST} {reading.kind}"
    return Reading(kind=kind, events=(), message_id=reading.message_id, account=reading.account)
