"""The watch: every few seconds it looks at the store, the lanes and the papers, escalates what is overdue, and tells people.

It has no part in any message: when it stops, everything else goes on, and the hub says that it is not ready.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import structlog

from hub import clock
from hub.app.acts.holding import holdings
from hub.app.house import Household
from hub.app.keeping.pause import paused
from hub.app.rounds import Round
from hub.app.vault import Vault
from hub.app.watching.alerts import Bellman, conditions
from hub.app.watching.sight import Sight, sight
from hub.courier.lane import Lane
from hub.courier.prepare import Desk
from hub.errors import HubError
from hub.model.commands import Overdue
from hub.model.entry import Kind, LedgerEntry
from hub.model.plan import Task
from hub.spans import SECOND
from hub.store.asking.outbox import Outbox
from hub.store.living import Late

log = structlog.get_logger(__name__)
EVERY_S: Final = 5.0
# A look that takes long is taken seldom: at most a tenth of the time is spent looking.
_SHARE: Final = 9.0
_WRITER_S: Final = 5.0
# Somebody at the door is spoken of until a quarter of an hour after the last try.
_DOOR_S: Final = 900
_STALE_S: Final = 60.0
_SILENT: Final = "the writer, which does not answer"


@dataclass(slots=True, kw_only=True)
class Watch:
    """Looked at every few seconds. `ready` and `seen` say what it saw last; `heard` is told of callers who were turned away.

    `rounds` are those it alarms about when they fail for a while.
    """

    known: Household
    vault: Vault
    desk: Desk
    lanes: Mapping[str, Lane]
    bellman: Bellman
    every_s: float = EVERY_S
    # Those who have not taken a rescue, each with its telephone.
    unanswered: Callable[[], frozenset[str]] = frozenset
    rounds: Sequence[Round] = ()
    seen: Sight | None = None
    refused: Counter[tuple[str, str]] = field(default_factory=Counter)
    _trouble: str = "the first look at the store"
    _doors: dict[str, int] = field(default_factory=dict)
    _held: bool = False

    def ready(self) -> str:
        """Nothing when the hub can take and send messages; else what it waits for."""
        if self._trouble or self.seen is None:
            return self._trouble or "the first look at the store"
        stale = (clock.now() - self.seen.at) / SECOND > max(_STALE_S, 3 * self.every_s)
        return "the watch, which has not looked for a while" if stale else ""

    def heard(self, kind: str, partner: str) -> None:
        """Somebody was turned away at a door of a partner (or of nobody known)."""
        self.refused[kind, partner] += 1
        self._doors[partner or "http"] = clock.now() + _DOOR_S * SECOND

    def hold(self) -> bool:
        """Pause lanes or let them go on, all as the pause file says now and each as somebody said; says whether all are paused."""
        held = paused(self.vault.settings) is not None
        one_by_one = holdings(self.vault)
        for name, lane in self.lanes.items():
            lane.paused = held or name in one_by_one
        if held != self._held:
            log.warning("courier", paused=held)
        self._held = held
        return held

    def broken(self) -> list[str]:
        """Destinations whose breaker is open."""
        return [name for name, lane in self.lanes.items() if lane.breaker.is_open()]

    def pace(self, took_s: float) -> float:
        """How many seconds to wait after a look that took so many."""
        return max(self.every_s, took_s * _SHARE)

    async def look(self, now: int) -> None:
        """Look once, escalate, and tell. What it cannot see is what the hub waits for."""
        try:
            await self._looked(now)
        except HubError as problem:
            self._trouble = f"the store: {problem.message}"
            raise
        except Exception:  # Seen from outside, and raised.
            self._trouble = "the watch, which has a fault"
            raise

    async def _looked(self, now: int) -> None:
        outbox = Outbox(self.vault.database, self.vault.keys, self.vault.origin)
        found = await asyncio.to_thread(sight, self.known, self.vault, outbox, now)
        self._trouble = await self._writer_lacks()
        if self._trouble == _SILENT:
            return
        self.seen = found
        if found.late:
            await self._escalate(found.late, now)
        self._doors = {name: until for name, until in self._doors.items() if until > now}
        holding = conditions(found, self.broken(), self._doors, self.vault.settings.alerts)
        holding |= {("round", each.name) for each in self.rounds if each.worrying(now)}
        if await asyncio.to_thread(self.hold):
            holding.add(("paused", "the courier"))
        holding |= {("rescue", name) for name in self.unanswered()}
        await self.bellman.settle(holding, found.alerts, now)

    async def _writer_lacks(self) -> str:
        """Nothing where the writer answers and the store takes what it is given; else what it waits for."""
        waiter = self.desk.ask(())
        await asyncio.wait((waiter,), timeout=_WRITER_S)
        if not waiter.done():
            return _SILENT
        return next((f"the store: {result.error.message}" for result in waiter.result() if result.error), "")

    async def _escalate(self, late: tuple[Late, ...], now: int) -> None:
        for result in await self.desk.ask([_overdue(each, now) for each in late]):
            if result.error is not None:
                log.error("not escalated", cause=result.error.message)
        log.warning("overdue", deliveries=len(late))


def _overdue(late: Late, now: int) -> Overdue:
    entry = LedgerEntry(
        kind=Kind.OUTCOME,
        at=now,
        journal=late.journal,
        partner=late.destination,
        subject=late.identity,
        outcome="overdue",
    )
    words = f"{late.destination} was to have this by its deadline ({late.interest}), and has not. Ring there."
    task = Task(kind="overdue", about=late.journal, words=words, role="operator", due_at=now)
    return Overdue(outbox=late.outbox, at=now, entry=entry, task=task)
