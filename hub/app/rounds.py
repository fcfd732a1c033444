"""What looks after something again and again: named rounds, each at its own pace, that no fault of one look ends.

A round that begins to fail is told once, and once when it goes on; meanwhile it is counted, and an alert holds.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from random import Random
from typing import Final

import structlog

from hub import clock
from hub.errors import HubError
from hub.spans import SECOND

log = structlog.get_logger(__name__)
# So many looks in a row that failed, and as many seconds, make a person look.
WORRYING: Final = 3
_WORRYING_S: Final = 60
# Rounds that were started together do not stay together.
_SPREAD: Final = 0.1
_dice = Random()  # noqa: S311 - it spreads work in time, and keeps no secret


def every(seconds: float) -> Callable[[float], float]:
    """The pace of a round that looks so often, give or take a tenth.

    >>> 9 <= every(10)(0) <= 11
    True
    """
    return lambda _: seconds * _dice.uniform(1 - _SPREAD, 1 + _SPREAD)


@dataclass(slots=True, kw_only=True)
class Round:
    """One of them. `look` looks once, as of an instant; `pace` says how many seconds to wait after a look that took so many.

    `waits` first, before its first look. `fails` says why the last look failed, empty where it did not; `since` is when
    that began, `well_at` when a look last did what it should (UTC microseconds, 0 for never).
    """

    name: str
    look: Callable[[int], Awaitable[object]]
    pace: Callable[[float], float]
    waits: bool = False
    looks: int = 0
    failures: int = 0
    in_a_row: int = 0
    fails: str = ""
    since: int = 0
    well_at: int = 0

    async def run(self) -> None:
        """Look, wait, and look again, until cancelled."""
        if self.waits:
            await asyncio.sleep(self.pace(0.0))
        while True:
            took_s = await self.once()
            await asyncio.sleep(self.pace(took_s))

    async def once(self) -> float:
        """Look once, whatever comes of it; says how many seconds it took."""
        began = clock.now()
        try:
            await self.look(began)
        except HubError as problem:
            self._failed(problem.message, began)
        except Exception as fault:  # noqa: BLE001 - whoever looks after others must not end with its first fault
            # Its words stay out: they may quote a message.
            self._failed(f"a fault of the hub: {type(fault).__name__}", began)
        else:
            self._well()
        self.looks += 1
        return (clock.now() - began) / SECOND

    def worrying(self, now: int) -> bool:
        """Whether it has failed for a while."""
        return self.in_a_row >= WORRYING and now - self.since >= _WORRYING_S * SECOND

    def _failed(self, why: str, at: int) -> None:
        self.failures += 1
        self.in_a_row += 1
        self.since = self.since if self.fails else at
        if why != self.fails:
            log.error("round fails", round=self.name, cause=why)
        self.fails = why

    def _well(self) -> None:
        if self.fails:
            log.info("round goes on", round=self.name, after=self.in_a_row)
        self.fails, self.since, self.in_a_row, self.well_at = "", 0, 0, clock.now()


@asynccontextmanager
async def kept(rounds: Sequence[Round]) -> AsyncIterator[None]:
    """Keep rounds going until the end of the `with`."""
    running = [asyncio.create_task(each.run(), name=each.name) for each in rounds]
    try:
        yield
    finally:
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
