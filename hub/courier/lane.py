"""One partner's deliveries: claimed in order for each person, several at a time, settled in groups. One stuck person blocks nobody else."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Protocol

import structlog
from tenacity import AsyncRetrying, retry_if_exception_type, stop_after_attempt, wait_random

from hub import clock
from hub.contracts import Carrier, Parcel, Receipt
from hub.courier.patience import Breaker, wait
from hub.courier.prepare import Desk, Nothing, Prepared, Preparer
from hub.errors import Ambiguous, HubError, PartnerBusy, PartnerUnreachable, Passing
from hub.model.commands import Command, Settle
from hub.model.entry import Kind, LedgerEntry
from hub.partners import Partner
from hub.spans import SECOND
from hub.store.due import Due

log = structlog.get_logger(__name__)
IDLE_S = 1.0
# How many deliveries are claimed at once, so that one commit and one reading serve them all.
CLAIM = 64


class Outbox(Protocol):
    """The rows that are due, as the store gives them."""

    def due(self, destination: str, limit: int, now: int) -> Sequence[Due]:
        """Rows in order: at most one of each person, none behind one that is not settled."""
        ...

    def next_due(self, destination: str) -> int | None:
        """When the next later try is due (UTC microseconds), if there is one."""
        ...


@dataclass(slots=True, kw_only=True)
class Lane:
    """Runs until it is cancelled. `wake` it when something may be due; otherwise it looks once a second."""

    partner: Partner
    carrier: Carrier
    outbox: Outbox
    preparer: Preparer
    desk: Desk
    breaker: Breaker = field(default_factory=Breaker)
    dice: Callable[[], float] = random.random
    _waiting: asyncio.Queue[Prepared] = field(default_factory=asyncio.Queue)
    _landed: list[Settle] = field(default_factory=list)
    _wake: asyncio.Event = field(default_factory=asyncio.Event)
    _settling: asyncio.Event = field(default_factory=asyncio.Event)
    _paused: bool = False
    _later: int | None = None

    async def run(self) -> None:
        """Claim, send and settle until cancelled."""
        delivery = self.partner.delivery
        if delivery is None:
            return
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._settle_landed())
            for _ in range(delivery.in_flight):
                tasks.create_task(self._send_waiting())
            await self._claim_due(CLAIM if delivery.dedupe != "none" else delivery.in_flight)

    def wake(self) -> None:
        """Something may be due."""
        self._wake.set()

    def pause(self, *, paused: bool) -> None:
        """Stop claiming, or go on."""
        self._paused = paused
        self._wake.set()

    # --- claim

    async def _claim_due(self, most: int) -> None:
        """Claim ahead of the senders. Where a partner cannot recognise repeats, never more than it is sent at once."""
        self._later = await asyncio.to_thread(self.outbox.next_due, self.partner.id)
        while True:
            self._wake.clear()
            room = min(most - self._waiting.qsize(), self.breaker.lets_through(clock.now()))
            # While the breaker is open, the one probe it lets through is worth a claim of its own.
            worth = 1 if self.breaker.is_open() else most / 2
            if self._paused or room < worth or not await self._claim(room):
                await self._rest()

    async def _claim(self, room: int) -> int:
        try:
            rows = await asyncio.to_thread(self.outbox.due, self.partner.id, room, clock.now())
            found = [self.preparer.prepare(self.partner, row, clock.now()) for row in rows]
            results = await self.desk.ask([one.command for one in found]) if found else []
        except Passing as gone:
            log.warning("outbox unavailable", partner=self.partner.id, cause=gone.message)
            return 0
        claimed = 0
        for one, result in zip(found, results, strict=True):
            if result.error is not None:
                log.warning("not claimed", partner=self.partner.id, outbox=one.outbox, cause=result.error.message)
            elif isinstance(one, Nothing):
                claimed += 1
            else:
                self._waiting.put_nowait(one)
                claimed += 1
        return claimed

    async def _rest(self) -> None:
        """Until somebody wakes us, the next later try is due, or a second has passed."""
        until = min(
            t for t in (self._later, self.breaker.probe_at, clock.now() + IDLE_S * SECOND) if t and t > clock.now()
        )
        # Not wait_for: before Python 3.12 it may swallow a cancellation.
        with suppress(TimeoutError):
            async with asyncio.timeout((until - clock.now()) / SECOND):
                await self._wake.wait()

    # --- send

    async def _send_waiting(self) -> None:
        while True:
            prepared = await self._waiting.get()
            self.breaker.sent()
            self._landed.append(await self._attempt(prepared))
            self._settling.set()

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
        if prepared.attempt >= delivery.attempts:
            return self._settled(prepared, "parked", code=code, cause=f"{problem} Tried {prepared.attempt} times.")
        asked = problem.retry_after if isinstance(problem, PartnerBusy) else None
        due = clock.now() + wait(delivery, prepared.attempt, asked, self.dice)
        self._later = min(due, self._later) if self._later and self._later > clock.now() else due
        return self._settled(prepared, "again", code=code, cause=str(problem), due_at=due)

    def _settled(self, prepared: Prepared, outcome: str, *, code: str, cause: str = "", due_at: int = 0) -> Settle:
        at = clock.now()
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

    # --- settle

    async def _settle_landed(self) -> None:
        while True:
            await self._settling.wait()
            self._settling.clear()
            while self._landed:
                batch: list[Command] = list(self._landed)
                self._landed.clear()
                await self._keep(batch)
                self._wake.set()

    async def _keep(self, batch: list[Command]) -> None:
        """Outcomes are kept until the store takes them: losing one would send it twice."""
        pause = 0.1
        while True:
            results = await self.desk.ask(batch)
            lost = [c for c, r in zip(batch, results, strict=True) if isinstance(r.error, Passing)]
            for command, result in zip(batch, results, strict=True):
                if result.error is not None and not isinstance(result.error, Passing):
                    log.error(
                        "outcome not kept",
                        partner=self.partner.id,
                        cause=result.error.message,
                        what=type(command).__name__,
                    )
            if not lost:
                return
            batch = lost
            await asyncio.sleep(pause)
            pause = min(pause * 2, 5.0)
