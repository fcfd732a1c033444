"""One partner's deliveries on their way out: several at a time, each attempt with its outcome."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

import structlog
from tenacity import AsyncRetrying, retry_if_exception_type, stop_after_attempt, wait_random

from hub import clock
from hub.contracts import Carrier, Parcel, Receipt
from hub.courier.pace import Pace
from hub.courier.patience import Breaker, wait
from hub.courier.prepare import Prepared
from hub.errors import Ambiguous, HubError, PartnerBusy, PartnerUnreachable, Passing
from hub.model.commands import Settle
from hub.model.entry import Kind, LedgerEntry
from hub.partners import Partner

log = structlog.get_logger(__name__)
# How many deliveries are claimed at once, so that one commit and one reading serve them all.
CLAIM = 64


@dataclass(slots=True, kw_only=True)
class Lane:
    """Sends what was claimed for it until it is cancelled; `land` hears the outcome of each attempt."""

    partner: Partner
    carrier: Carrier
    breaker: Breaker = field(default_factory=Breaker)
    pace: Pace | None = None
    # Attempts by what became of them, since this lane began.
    outcomes: Counter[str] = field(default_factory=Counter)
    dice: Callable[[], float] = random.random
    land: Callable[[Settle], None] = field(default=lambda _: None)
    # Whether the partner is there at all: what is due to one that must come itself waits unclaimed until it comes.
    ready: Callable[[], bool] = field(default=lambda: True)
    paused: bool = False
    # When the next later try is due, UTC microseconds.
    later: int | None = None
    _waiting: asyncio.Queue[Prepared] = field(default_factory=asyncio.Queue)

    async def run(self) -> None:
        """Send until cancelled."""
        delivery = self.partner.delivery
        if delivery is None:
            return
        async with asyncio.TaskGroup() as tasks:
            for _ in range(delivery.in_flight):
                tasks.create_task(self._send_waiting())

    def room(self, now: int) -> int:
        """How many deliveries may be claimed for it: ahead of the senders, and none before half of them are through.

        Where a partner cannot recognise repeats, never more than it is sent at once.
        """
        delivery = self.partner.delivery
        if self.paused or delivery is None or not self.ready():
            return 0
        most = CLAIM if delivery.dedupe != "none" else delivery.in_flight
        room = min(most - self._waiting.qsize(), self.breaker.lets_through(now))
        if self.pace:
            room = min(room, self.pace.lets_through(now))
        # While the breaker is open, the one probe it lets through is worth a claim of its own; so is what a pace lets through.
        worth = 1 if self.pace or self.breaker.is_open() else most / 2
        return room if room >= worth else 0

    def take(self, prepared: Prepared) -> None:
        """This one is claimed: send it in its turn."""
        self._waiting.put_nowait(prepared)
        if self.pace:
            self.pace.took(1)

    def next_at(self, now: int) -> int | None:
        """When it wants to be asked again by itself: its next later try, the breaker's probe, its pace (UTC microseconds)."""
        paced = self.pace.next_at(now) if self.pace else None
        return min((at for at in (self.later, self.breaker.probe_at, paced) if at and at > now), default=None)

    async def _send_waiting(self) -> None:
        while True:
            prepared = await self._waiting.get()
            self.breaker.sent()
            self.land(await self._attempt(prepared))

    async def _attempt(self, prepared: Prepared) -> Settle:
        """One attempt, and what became of it."""
        try:
            receipt = await self._send(prepared.parcel)
        except Passing as problem:
            self.breaker.failed(clock.now())
            return self._again(prepared, problem)
        except HubError as problem:
            self.breaker.answered()
            return self._settled(prepared, "parked", code=type(problem).__name__, cause=str(problem))
        except Exception as fault:  # noqa: BLE001 - it was claimed, so it must be settled; nobody knows whether it left
            log.error("sending failed", partner=self.partner.id, outbox=prepared.outbox, fault=type(fault).__name__)
            return self._again(prepared, Ambiguous(f"A fault of the hub while sending: {type(fault).__name__}."))
        self.breaker.answered()
        outcome = "delivered" if receipt.accepted else "parked"
        return self._settled(prepared, outcome, code=receipt.code, cause="" if receipt.accepted else receipt.text)

    async def _send(self, parcel: Parcel) -> Receipt:
        """A connection that was never made is tried again at once, before the long wait begins."""
        try:
            return await self.carrier.send(parcel)
        except PartnerUnreachable:
            once_more = AsyncRetrying(
                retry=retry_if_exception_type(PartnerUnreachable),
                stop=stop_after_attempt(2),
                wait=wait_random(0, 0.2),
                reraise=True,
            )
            return await once_more(self.carrier.send, parcel)

    def _again(self, prepared: Prepared, problem: Passing) -> Settle:
        delivery = self.partner.delivery
        code = type(problem).__name__
        if delivery is None or (isinstance(problem, Ambiguous) and delivery.dedupe == "none"):
            cause = f"{problem} The partner cannot recognise a repeat: ask there before it is sent again."
            return self._settled(prepared, "parked", code=code, cause=cause)
        if self._spent(prepared.attempt - delivery.attempts, problem):
            return self._settled(prepared, "parked", code=code, cause=f"{problem} Tried {prepared.attempt} times.")
        asked = problem.retry_after if isinstance(problem, PartnerBusy) else None
        due = clock.now() + wait(delivery, prepared.attempt, asked, self.dice)
        self.later = min(due, self.later) if self.later and self.later > clock.now() else due
        return self._settled(prepared, "again", code=code, cause=str(problem), due_at=due)

    def _spent(self, over: int, problem: Passing) -> bool:
        """Whether it was tried often enough, `over` times beyond what its partner's file grants.

        While the breaker is open and nobody is there, or all are asked for patience, no message is to blame and nothing was
        taken: all wait until somebody is. One that was spared before stays so after a restart, when the breaker has yet to open
        again; but where others are taken, the one that is always too much is to blame.
        """
        spared = over > 0 and (isinstance(problem, PartnerUnreachable) or not self.breaker.heard)
        gone = isinstance(problem, PartnerUnreachable | PartnerBusy) and (self.breaker.is_open() or spared)
        return over >= 0 and not gone

    def _settled(self, prepared: Prepared, outcome: str, *, code: str, cause: str = "", due_at: int = 0) -> Settle:
        at = clock.now()
        self.outcomes[outcome] += 1
        entry = LedgerEntry(
            kind=Kind.OUTCOME,
            at=at,
            journal=prepared.journal,
            partner=self.partner.id,
            subject=prepared.identity,
            outcome=f"{outcome} {code}",
        )
        return Settle(
            outbox=prepared.outbox,
            attempt=prepared.attempt,
            at=at,
            outcome=outcome,
            code=code,
            entry=entry,
            due_at=due_at,
            cause=cause,
        )
