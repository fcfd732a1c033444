"""What anybody may ask of the one writer. Each command is a value; the writer commits whatever is queued, in order, as one group."""

from __future__ import annotations

from hub.model.entry import LedgerEntry
from hub.model.plan import Fact, Plan, Task


class Keep(Fact, frozen=True, tag=True):
    """Keep a message: its bytes, and what was planned about it. Once answered, the message survives a power cut."""

    journal: str
    partner: str
    at: int
    door: str
    body: bytes
    plan: Plan


class Reject(Fact, frozen=True, tag=True):
    """Keep that something could not be kept: a digest, its size and the reason; never the bytes."""

    journal: str
    partner: str
    at: int
    door: str
    size: int
    digest: bytes
    cause: str


class Claim(Fact, frozen=True, tag=True):
    """One attempt, durable before its first byte leaves. `body_digest` pins the bytes under `key`."""

    outbox: int
    attempt: int
    at: int
    key: str
    body_digest: bytes
    entry: LedgerEntry


class Settle(Fact, frozen=True, tag=True):
    """What became of an attempt: `delivered` ends it; `again` is due once more at `due_at`; `parked` waits for a person."""

    outbox: int
    attempt: int
    at: int
    outcome: str
    code: str
    entry: LedgerEntry
    due_at: int = 0
    cause: str = ""


class Release(Fact, frozen=True, tag=True):
    """A person sends a parked delivery again (`to="again"`) or ends it (`to="cancelled"`), with a reason.

    The courier parks what cannot be written (`to="parked"`), and ends what the rules no longer let through.
    """

    outbox: int
    at: int
    to: str
    actor: str
    reason: str
    entry: LedgerEntry


class Replan(Fact, frozen=True, tag=True):
    """A parked message was read again after its cure: its new plan takes the place of the parked one."""

    journal: str
    at: int
    plan: Plan


class Note(Fact, frozen=True, tag=True):
    """A ledger entry, and perhaps a task, that belongs to no message: a query, a view, a configuration, rule or key change."""

    at: int
    entry: LedgerEntry
    tasks: tuple[Task, ...] = ()


Command = Keep | Reject | Claim | Settle | Release | Replan | Note
