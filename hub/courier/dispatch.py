"""Claims what is due for all lanes together and settles what came of it: one reading and one commit serve every partner."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Protocol

import structlog
from msgspec import structs

from hub import clock
from hub.courier.lane import Lane
from hub.courier.prepare import Desk, Nothing, Prepared, Preparer, unclaimed
from hub.errors import Conflict, HubError, Lasting, Passing
from hub.model.commands import Command, Settle
from hub.spans import SECOND
from hub.store.asking.due import Due

log = structlog.get_logger(__name__)
IDLE_S = 1.0
# To prepare one takes a fifth of a millisecond; other work of the loop comes in between.
_BREATH = 16


def _lasts(problem: HubError) -> bool:
    """Whether a claim is refused for good; a conflict is with another attempt, which will be settled."""
    return isinstance(problem, Lasting) and not isinstance(problem, Conflict)


class Outbox(Protocol):
    """The rows that are due, as the store gives them."""

    def due(self, wanted: Mapping[str, int], now: int) -> Sequence[Due]:
        """Rows in order, so many for each destination: at most one of each person, none behind one that is not settled."""
        ...

    def next_due(self, destination: str) -> int | None:
        """When the next later try is due (UTC microseconds), if there is one."""
        ...


Proof = Callable[[int], bytes]


class Dispatch:
    """Runs until it is cancelled. `wake` it when something may be due; otherwise it looks once a second."""

    def __init__(
        self, lanes: Mapping[str, Lane], outbox: Outbox, preparer: Preparer, desk: Desk, proof: Proof | None = None
    ) -> None:
        """`lanes` by destination; their outcomes are settled here. `proof` makes the receipts that some partners want."""
        self._proof = proof
        self._lanes, self._outbox, self._preparer, self._desk = lanes, outbox, preparer, desk
        # Those for whom something may be due.
        self._hungry = set(lanes)
        self._wake, self._settling = asyncio.Event(), asyncio.Event()
        self._landed: list[Settle] = []
        for lane in lanes.values():
            lane.land = self._land

    async def run(self) -> None:
        """Claim and settle until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._settle_landed())
            await self._claim_due()

    def wake(self, destinations: Iterable[str]) -> None:
        """Something may be due for these; "*" means any."""
        for name in destinations:
            self._hungry.update(self._lanes if name == "*" else {name} & self._lanes.keys())
        self._wake.set()

    def pause(self, destination: str, *, paused: bool) -> None:
        """Stop claiming for one destination, or go on."""
        self._lanes[destination].paused = paused
        self.wake((destination,))

    # --- claim

    async def _claim_due(self) -> None:
        for name, lane in self._lanes.items():
            lane.later = await asyncio.to_thread(self._outbox.next_due, name)
        while True:
            self._wake.clear()
            now = clock.now()
            wanted = {name: room for name in self._hungry if (room := self._lanes[name].room(now))}
            if not wanted or not await self._claim(wanted):
                await self._rest()

    async def _claim(self, wanted: Mapping[str, int]) -> int:
        """Claim for those who have room; says how many rows moved on."""
        try:
            # Whoever is nudged from here on is asked again.
            self._hungry.difference_update(wanted)
            rows = await asyncio.to_thread(self._outbox.due, wanted, clock.now())
            found = await self._prepared(rows)
            results = await self._desk.ask([one.command for one in found]) if found else []
        except Passing as gone:
            log.warning("outbox unavailable", cause=gone.message)
            self._hungry.update(wanted)
            return 0
        taken = [result.error is None for result in results]
        for row, one, result in zip(rows, found, results, strict=True):
            if result.error is not None:
                log.warning("not claimed", partner=row.destination, outbox=row.outbox, cause=result.error.message)
            elif isinstance(one, Prepared):
                lane = self._lanes[row.destination]
                lane.take(await self._proved(lane, one, result.leaf))
        self._hungry.update(row.destination for row, moved in zip(rows, taken, strict=True) if moved)
        if broken := [
            (row, error) for row, result in zip(rows, results, strict=True) if (error := result.error) and _lasts(error)
        ]:
            await self._park(broken)
        return sum(taken)

    async def _park(self, broken: Sequence[tuple[Due, HubError]]) -> None:
        """What no later try would claim: a person must know that it does not leave."""
        now = clock.now()
        ends = [unclaimed(self._lanes[row.destination].partner, row, error, now).command for row, error in broken]
        await self._desk.ask(ends)

    async def _proved(self, lane: Lane, one: Prepared, leaf: int) -> Prepared:
        """The same with the receipt of its attempt, where the partner wants one."""
        delivery = lane.partner.delivery
        if self._proof is None or delivery is None or not delivery.receipts:
            return one
        proof = await asyncio.to_thread(self._proof, leaf)
        return replace(one, parcel=structs.replace(one.parcel, proof=proof))

    async def _prepared(self, rows: Sequence[Due]) -> list[Prepared | Nothing]:
        found = []
        for number, row in enumerate(rows, start=1):
            found.append(self._preparer.prepare(self._lanes[row.destination].partner, row, clock.now()))
            if not number % _BREATH:
                await asyncio.sleep(0)
        return found

    async def _rest(self) -> None:
        """Until somebody wakes us, a lane's own time has come, or a second has passed: then all are asked."""
        now = clock.now()
        idle = now + round(IDLE_S * SECOND)
        own = {name: at for name, lane in self._lanes.items() if (at := lane.next_at(now)) and at < idle}
        # Not wait_for: before Python 3.12 it may swallow a cancellation.
        with suppress(TimeoutError):
            async with asyncio.timeout((min(own.values(), default=idle) - now) / SECOND):
                await self._wake.wait()
                return
        now = clock.now()
        self._hungry.update(self._lanes if now >= idle else (name for name, at in own.items() if at <= now))

    # --- settle

    def _land(self, settle: Settle) -> None:
        self._landed.append(settle)
        self._settling.set()

    async def _settle_landed(self) -> None:
        while True:
            await self._settling.wait()
            self._settling.clear()
            while self._landed:
                batch: list[Command] = list(self._landed)
                names = {settle.entry.partner for settle in self._landed}
                self._landed.clear()
                await self._keep(batch)
                # Whoever waited behind them may be due now.
                self.wake(names)

    async def _keep(self, batch: list[Command]) -> None:
        """Outcomes are kept until the store takes them: losing one would send it twice."""
        pause = 0.1
        while True:
            results = await self._desk.ask(batch)
            lost = [c for c, r in zip(batch, results, strict=True) if isinstance(r.error, Passing)]
            for command, result in zip(batch, results, strict=True):
                if result.error is not None and not isinstance(result.error, Passing):
                    log.error("outcome not kept", cause=result.error.message, what=type(command).__name__)
            if not lost:
                return
            batch = lost
            await asyncio.sleep(pause)
            pause = min(pause * 2, 5.0)
