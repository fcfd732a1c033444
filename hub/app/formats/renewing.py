"""The mappings of a running process follow what is put in force, without a restart.

Each message is read whole by one version: a process takes up all that changed between two messages. What came after a version was
put in force and was still read by the one before is run again, if a code that is known now was all that it lacked.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Final

import structlog

from hub.app.acts import replay
from hub.app.asking.look import Look
from hub.app.formats import mappings
from hub.app.formats.codes import waiting
from hub.app.house import Household, senders, writers
from hub.app.rounds import Round, every
from hub.app.rules.archive import Archive
from hub.app.rules.pins import pinned
from hub.app.vault import Vault
from hub.flow.recall import HUB
from hub.intake.arrival import Again
from hub.intake.desk import Desk
from hub.settings import Settings

log = structlog.get_logger(__name__)
EVERY_S: Final = 0.5

Files = Mapping[tuple[str, str], str]
Turn = Callable[[Callable[[], None]], Awaitable[object]]


@dataclass(slots=True, kw_only=True)
class Renewing:
    """Looks again and again which file each partner is read and written with, and renews the adapters of those that changed.

    `turn` does it between two messages. `renewed` hears which senders are read otherwise now, and since when at the earliest
    (UTC microseconds).
    """

    settings: Settings
    known: Household
    turn: Turn
    renewed: Callable[[frozenset[str], int], Awaitable[None]]
    _files: Files = field(init=False)
    _looked_at: int = 0

    def __post_init__(self) -> None:
        """As the household was loaded."""
        self._files = self._in_force()

    async def look(self, now: int) -> None:
        """Look once. Raises Misconfigured for a version whose files were changed: the one before goes on."""
        files = await asyncio.to_thread(self._in_force)
        changed = {key for key, file in files.items() if file != self._files.get(key)}
        if not changed:
            self._looked_at = now
            return
        reading, writing = (frozenset(who for way, who in changed if way == one) for one in ("from", "to"))
        fresh = await asyncio.to_thread(self._made, reading, writing)
        await self.turn(fresh)
        self._files = files
        log.info("mappings renewed", read_otherwise=sorted(reading), written_otherwise=sorted(writing))
        await self.renewed(reading, self._looked_at)
        self._looked_at = now

    def _in_force(self) -> Files:
        partners = self.known.county.partners.values()
        said = {("from", p.id): mappings.in_force(self.settings, p.source.mapping, p.id) for p in partners if p.source}
        told = {("to", p.id): mappings.in_force(self.settings, p.delivery.mapping) for p in partners if p.delivery}
        return {**said, **told}

    def _made(self, reading: frozenset[str], writing: frozenset[str]) -> Callable[[], None]:
        """What puts the new adapters in the place of the old ones; they are compiled by then."""
        known, settings = self.known, self.settings
        read, written = senders(settings, known.county).made(reading), writers(settings, known.county).made(writing)

        def put() -> None:
            known.senders.renew(read)
            known.writers.renew(written)

        return put


@dataclass(frozen=True, slots=True, kw_only=True)
class Turning:
    """What the writer's process does besides: it names the versions that it decides by from now on, and reads stragglers again."""

    known: Household
    vault: Vault
    desk: Desk

    async def turn(self, put: Callable[[], None]) -> None:
        """In the writer's own thread, between two groups of messages."""
        await self.desk.errand(partial(self._turn, put))

    def _turn(self, put: Callable[[], None]) -> None:
        put()
        pins, steps = pinned(self.known), self.desk.steps
        Archive(Path(self.vault.settings.data) / "rules").pin(pins)
        steps.house = replace(steps.house, pins=pins.id)

    async def renewed(self, reading: frozenset[str], since: int) -> None:
        """What these sent since then, and was parked for a code that is known now, runs again."""
        for each in await asyncio.to_thread(lambda: list(self._stragglers(reading, since))):
            await self.desk.again(each)

    def _stragglers(self, reading: frozenset[str], since: int) -> Iterator[Again]:
        look = Look(known=self.known, vault=self.vault)
        order = replay.Order(actor=HUB, reason="it came while its code was being mapped")
        late = (one for one in look.answered() if one.partner in reading and one.at >= since)
        return waiting(late, lambda message: replay.again(look, message, order))


def renewing_writer(known: Household, vault: Vault, desk: Desk) -> Round:
    """The round of the writer's process."""
    turning = Turning(known=known, vault=vault, desk=desk)
    renewing = Renewing(settings=vault.settings, known=known, turn=turning.turn, renewed=turning.renewed)
    return Round(name="mappings", look=renewing.look, pace=every(EVERY_S))


def renewing_front(settings: Settings, known: Household) -> Round:
    """The round of the other process, which writes to partners and shows how messages are read."""

    async def turn(put: Callable[[], None]) -> None:
        put()

    async def renewed(_: frozenset[str], __: int) -> None:
        """The writer's process reads again."""

    renewing = Renewing(settings=settings, known=known, turn=turn, renewed=renewed)
    return Round(name="mappings", look=renewing.look, pace=every(EVERY_S))
