"""What anybody may ask of the one writer. Each command is a value; the writer commits whatever is queued, in order, as one group."""

from __future__ import annotations

from typing import Literal

from hub.model.entry import LedgerEntry
from hub.model.plan import Fact, Move, Plan, Task


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
    """One attempt, durable before its first byte leaves. `body_digest` pins the bytes under `key`.

    `aliases` tell, each about another source identity, that the partner hears whose other id it is.
    """

    outbox: int
    attempt: int
    at: int
    key: str
    body_digest: bytes
    entry: LedgerEntry
    aliases: tuple[LedgerEntry, ...] = ()


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


class Overdue(Fact, frozen=True, tag=True):
    """A delivery was not settled by its deadline: a person is told, once."""

    outbox: int
    at: int
    entry: LedgerEntry
    task: Task


class Alert(Fact, frozen=True, tag=True):
    """A condition begins (`open`) or ends (`close`), or word of that has left (`told`). Nothing about anybody is in it.

    `opened_at` names the one that is closed or was told about.
    """

    kind: str
    about: str
    at: int
    what: Literal["open", "close", "told"]
    opened_at: int = 0


class Suspend(Fact, frozen=True, tag=True):
    """An agency's disclosures about some source identities stay out of accountings until `ends` (UTC microseconds)."""

    identities: tuple[str, ...]
    partner: str
    at: int
    ends: int
    entry: LedgerEntry


class Once(Fact, frozen=True, tag=True):
    """A partner's client used an assertion: refused with Conflict when it was used before. `digest` names it until `expires`."""

    digest: bytes
    at: int
    expires: int


class Cosign(Fact, frozen=True, tag=True):
    """A witness signed beneath the checkpoint of so many leaves. The line was verified before."""

    size: int
    witness: str
    at: int
    line: str


class Lodge(Fact, frozen=True, tag=True):
    """Keep something small for the hub's own people: an account, a session, a saved search; or take it away (no `value`).

    `before` is the version that stands now, 0 where there is none: whoever changed it meanwhile is not overwritten. It is
    over at `until`, 0 for never. `entry` says in the ledger what was done, where that is worth an entry.
    """

    kind: str
    name: str
    at: int
    value: bytes = b""
    until: int = 0
    before: int = 0
    entry: LedgerEntry | None = None


class Relink(Fact, frozen=True, tag=True):
    """A person's word on who is who: these identities are other persons from now on, and these pairs are never one.

    All of it or nothing: where an identity is held to be another person than `before`, somebody was faster.
    """

    at: int
    actor: str
    reason: str
    entry: LedgerEntry
    moves: tuple[Move, ...] = ()
    apart: tuple[tuple[str, str], ...] = ()
    tasks: tuple[Task, ...] = ()


class Recall(Fact, frozen=True, tag=True):
    """A partner is told to stop relying on earlier deliveries, or a person is asked to tell them by `task`.

    `keep` is the notice, for the partner's own way in; None where it must be told by hand. `deliveries` are outbox numbers,
    all of one source identity and one partner; `due_at` (UTC microseconds) is when somebody is alarmed.
    """

    deliveries: tuple[int, ...]
    at: int
    due_at: int
    entry: LedgerEntry
    keep: Keep | None = None
    task: Task | None = None


class Heed(Fact, frozen=True, tag=True):
    """What was sent about a person was looked at again, up to this change of what may be told of them (a message's number)."""

    person: str
    changed: int


class Attest(Fact, frozen=True, tag=True):
    """Somebody says that a partner has stopped relying on a delivery that was recalled, or has deleted it."""

    outbox: int
    at: int
    actor: str
    entry: LedgerEntry


class Tend(Fact, frozen=True, tag=True):
    """Somebody saw to a task: it waits for nobody any more. `task` is its number; `actor` is who says so.

    `entry` is None where what they did about it has its own in the same commit.
    """

    task: int
    at: int
    actor: str
    entry: LedgerEntry | None


class Expunge(Fact, frozen=True, tag=True):
    """Messages are to go for good, by an order that `entry` tells of: what is derived from them goes with this.

    Their keys are destroyed afterwards, while no hub runs.
    """

    messages: tuple[str, ...]
    at: int
    entry: LedgerEntry


Command = (
    Relink
    | Keep
    | Reject
    | Claim
    | Settle
    | Release
    | Replan
    | Note
    | Overdue
    | Alert
    | Suspend
    | Once
    | Cosign
    | Lodge
    | Recall
    | Heed
    | Attest
    | Tend
    | Expunge
)
