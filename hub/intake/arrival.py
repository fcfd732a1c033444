"""What comes in through a door, and what the door is told."""

from __future__ import annotations

from typing import Literal

from hub.contracts import Reading
from hub.model.event import CrisisEvent
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


class Again(Fact, frozen=True):
    """A parked message, read anew with a mended mapping: it is to be planned as of `at`, in the place of its first plan.

    `arrival` is the message as it came. `late` says that it may be sent although newer messages about the person were
    planned meanwhile. `actor` and `reason` are for the ledger.
    """

    arrival: Arrival
    at: int
    kind: str
    events: tuple[CrisisEvent, ...]
    actor: str
    reason: str
    message_id: str = ""
    inherited: tuple[str, ...] = ()
    unmapped_codes: tuple[tuple[str, str], ...] = ()
    late: bool = False

    @property
    def journal(self) -> str:
        """The message it is about."""
        return self.arrival.journal

    @property
    def reading(self) -> Reading:
        """What it says now."""
        return Reading(
            kind=self.kind,
            events=self.events,
            message_id=self.message_id,
            inherited=self.inherited,
            unmapped_codes=self.unmapped_codes,
        )


class Answer(Fact, frozen=True):
    """What became of an arrival. `kept`, `parked` and `duplicate` survive a power cut; `unavailable` means: send it again.

    A duplicate answers with the journal id of the first. `test`: it was rejected because it says that it is one.
    """

    journal: str
    state: State
    cause: str = ""
    message_id: str = ""
    test: bool = False
