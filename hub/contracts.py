"""What the rooms promise each other: readings, writings, losses, adapters, carriers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Literal, Protocol, runtime_checkable

import msgspec

from hub.model.disclosure import Disclosure
from hub.model.event import CrisisEvent

Outcome = Literal["mapped", "transformed", "withheld", "unmapped", "invalid"]
OUTCOMES: tuple[Outcome, ...] = ("mapped", "transformed", "withheld", "unmapped", "invalid")


class Received(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The facts of an arrival, so that reading needs no clock and no dice. `as_of` is UTC microseconds; `zone` an IANA name."""

    journal: str
    partner: str
    as_of: int
    zone: str = "UTC"
    charset: str = ""


class Loss(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What became of one source element: its wire path, never its value, and why (a lens line, a rule, a code table)."""

    path: str
    outcome: Outcome
    why: str = ""


class Losses(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The account of one message: every populated source element has exactly one outcome; the five sum to 100 %."""

    items: tuple[Loss, ...] = ()

    def counts(self) -> dict[Outcome, int]:
        """How many elements ended in each of the five ways.

        >>> Losses(items=(Loss(path="PID-3", outcome="mapped"),)).counts()["mapped"]
        1
        """
        found = dict.fromkeys(OUTCOMES, 0)
        for item in self.items:
            found[item.outcome] += 1
        return found


class Snapshot(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """That a message tells a whole state again: `of` what, and for each event the part it is of and when that last changed.

    Times are UTC microseconds.
    """

    of: str
    parts: tuple[tuple[str, int], ...]


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """What one message said: events about at most one person (the Person event first), and what was lost on the way.

    `kind` is the wire's own name for the message (`ADT^A01`, `EIDO`). `message_id` is the sender's id (MSH-10).
    `invalid` names elements that could not be understood, known at once; `account()` computes all losses, off the hot path.
    `inherited` are the security codes it came with: labels out include labels in.
    `unmapped_codes` are (table, local code) pairs that no table knows: they become work items.
    `snapshot`: it tells a whole state again, of which only what changed is news.
    `flagged` says of consents what is wrong with them, and where: they are kept, and open nothing.
    `local` are fields of the county's own as they were sent, by name: whoever knows the declarations takes them up or refuses them.
    """

    kind: str
    events: tuple[CrisisEvent, ...]
    message_id: str = ""
    inherited: tuple[str, ...] = ()
    invalid: tuple[Loss, ...] = ()
    unmapped_codes: tuple[tuple[str, str], ...] = ()
    snapshot: Snapshot | None = None
    flagged: tuple[Loss, ...] = ()
    local: tuple[tuple[str, str], ...] = ()
    account: Callable[[], Losses] = Losses


class Target(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The facts a writer needs about this one delivery. Ids are the recipient's own pseudonyms; `at` is UTC microseconds.

    `message_id` is the outbound message id and idempotency key; `options` come from the partner file (version, endpoints).
    `own` is the number by which the recipient's own system knows the person, as it said itself; empty where it did not, or where
    its format does not ask for it (`own_numbers` of its adapter).
    `aliases` are further ids under which this very recipient was told of the same person, and may be told that it is the same.
    """

    partner: str
    message_id: str
    person_id: str
    at: int
    zone: str = "UTC"
    own: str = ""
    aliases: tuple[str, ...] = ()
    options: Mapping[str, str] = msgspec.field(default_factory=dict)


class Writing(msgspec.Struct, frozen=True, kw_only=True):
    """Bytes in the partner's own format, with what the format could not carry."""

    body: bytes
    media_type: str
    kind: str = ""
    losses: Callable[[], Losses] = Losses


@runtime_checkable
class Adapter(Protocol):
    """One partner format, both ways. Pure: no clock, no dice, no state between calls. Siblings line up: recognises, split, read, write."""

    name: str
    media_type: str

    def recognises(self, body: bytes) -> bool:
        """Whether these bytes look like this format; cheap, and never raises."""
        ...

    def split(self, body: bytes) -> Iterable[bytes]:
        """One piece per message and person: batches and multi-person files are split before sealing."""
        ...

    def read(self, body: bytes, received: Received) -> Reading:
        """Bytes to canonical events. Raises Unreadable (cannot be kept) or Unmapped (kept, parked)."""
        ...

    def write(self, disclosure: Disclosure, target: Target) -> Writing:
        """A Disclosure in the partner's format. Raises Unmapped naming file, line and path."""
        ...


class Parcel(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What a carrier carries: the very bytes of an attempt under their idempotency key. Only the courier makes one, from a Writing.

    `proof` is a receipt of the ledger (.tlog-proof) for the leaf of this attempt, where the partner wants one. `again`: it was
    tried before, and may be there.
    """

    partner: str
    key: str
    body: bytes
    media_type: str
    proof: bytes = b""
    again: bool = False


class Receipt(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The partner's answer to that very parcel. `code` is the wire's word for it (AA, 200); `reference` the partner's own id."""

    accepted: bool
    code: str
    reference: str = ""
    text: str = ""


class Carrier(Protocol):
    """A way out. `send` returns the partner's answer or raises Passing (retry) or Lasting (park)."""

    async def send(self, parcel: Parcel) -> Receipt:
        """Carry one parcel and wait for its acknowledgement."""
        ...

    async def close(self) -> None:
        """Let go of connections."""
        ...
