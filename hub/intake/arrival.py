"""What comes in through a door, and what the door is told."""

from __future__ import annotations

from typing import Literal

from hub.model.plan import Fact

State = Literal["kept", "parked", "duplicate", "rejected", "unavailable"]


class Arrival(Fact, frozen=True):
    """Bytes at a door, and the partner they came from. `journal` is a random hex id the door minted; `at` is UTC microseconds.

    `message_id` is the id a door was told beside the bytes (an idempotency header); the one inside them is read later.
    """

    journal: str
    partner: str
    body: bytes
    door: str
    at: int
    message_id: str = ""


class Rejected(Fact, frozen=True):
    """Bytes that a door could not frame or attribute, and why; only a digest of them is kept."""

    journal: str
    partner: str
    body: bytes
    door: str
    at: int
    cause: str


class Answer(Fact, frozen=True):
    """What became of an arrival. `kept`, `parked` and `duplicate` survive a power cut; `unavailable` means: send it again.

    A duplicate answers with the journal id of the first.
    """

    journal: str
    state: State
    cause: str = ""
    message_id: str = ""
