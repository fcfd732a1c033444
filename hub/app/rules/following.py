"""The rules of a running process follow what two people put in force, without a restart, all processes at the same instant."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Final

import structlog

from consent.succession import Succession, nothing, succession
from hub.app.house import Household, proved
from hub.app.rounds import Round, every
from hub.app.rules.rulesets import BEFORE_ALL, Step, schedule, steps
from hub.errors import Misconfigured
from hub.settings import Settings
from hub.spans import SECOND

log = structlog.get_logger(__name__)
EVERY_S: Final = 0.5
# A step of a running hub begins so much later than it was taken: longer than it takes every process to read of it and prove it.
LEAD: Final = 3 * SECOND


@dataclass(slots=True, kw_only=True)
class Following:
    """Reads the steps again and again, and renews the rules of one process.

    INVARIANT: rules that were put in force and cannot be read or proved let nothing through from their instant on.
    """

    settings: Settings
    known: Household
    _seen: tuple[Step, ...] = ()
    _turned: int = 0

    async def look(self, now: int) -> None:
        """Look once, as of `now` (UTC microseconds). Raises Misconfigured or ProofFailed for rules nobody can live by."""
        taken = await asyncio.to_thread(steps, self.settings)
        turned = max((step.since for step in taken if step.since <= now), default=0)
        if (taken, turned) == (self._seen, self._turned):
            return
        await asyncio.to_thread(self._follow, taken, now)
        self._seen, self._turned = taken, turned

    def _follow(self, taken: tuple[Step, ...], now: int) -> None:
        rules = self.known.house.rules
        if not isinstance(rules, Succession):
            raise Misconfigured("These rules cannot be renewed.", cure="Start the hub again.")
        try:
            found = proved(self.settings, self.known.county.overlays, now)
        except Exception:  # Whatever it was, rules that nobody could prove decide nothing; and it is raised.
            last = schedule(taken)[-1]
            if rules.of(last.since).rules:
                rules.renew(succession([(BEFORE_ALL, rules.of(now)), (last.since, nothing(rules))], now))
            raise
        rules.renew(found)
        log.info("rules renewed", rule_set=found.hash, to_come=len(found.sets) - 1)


def following(settings: Settings, known: Household) -> Round:
    """The round of one process."""
    return Round(name="rules", look=Following(settings=settings, known=known).look, pace=every(EVERY_S))
