"""The bed board as one partner may see it, as it changes: every unit first, then each change, decided anew and in its own format."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final

import structlog

from hub import clock
from hub.app.facade.facade import Facade
from hub.contracts import Target, Writing
from hub.errors import HubError
from hub.flow.leaf import leaf
from hub.flow.project import Envelope, handling, project
from hub.model.commands import Note
from hub.model.decision import Decision
from hub.model.entry import Kind
from hub.partners import Partner
from hub.store.asking.granted import Grant
from hub.store.result import all_kept

log = structlog.get_logger(__name__)
EVERY_S: Final = 0.25
# A line that says nothing keeps proxies from hanging up.
WARM_S: Final = 15.0
WARM: Final = b": still here\n\n"
_NUMBER: Final = 8


@dataclass(frozen=True, slots=True)
class _Told:
    """One unit as it is told: the delivery it comes from, what the partner's format makes of it, and the decision behind it."""

    outbox: int
    writing: Writing
    decision: Decision


@dataclass(frozen=True, slots=True)
class Boards:
    """Streams of server-sent events over what the board told a partner."""

    facade: Facade

    def may_ask(self, partner: str) -> bool:
        """Whether a partner wants counts, and has a format to be told in."""
        asker = self.facade.known.county.partners[partner]
        return partner in self.facade.known.writers and any("capacity_report" in each.bodies for each in asker.wants)

    async def stream(self, partner: str, last: str, goes_on: Callable[[], bool]) -> AsyncIterator[bytes]:
        """Events while it `goes_on`; after the one whose id is `last`, where the partner has one, else every unit first.

        Once a part of it is handed out, its leaf is durable.
        """
        asker = self.facade.known.county.partners[partner]
        position, whole = self._position(partner, last), not last
        silent = 0.0
        while goes_on():
            now = clock.now()
            after, told = await asyncio.to_thread(self._told, asker, position, now)
            if told or whole:
                await self._leaf(asker, [each.decision for each in told], now)
                yield b"".join(self._event(partner, each) for each in told) or WARM
                silent, whole = 0.0, False
            elif silent >= WARM_S:
                yield WARM
                silent = 0.0
            position = after
            await asyncio.sleep(EVERY_S)
            silent += EVERY_S

    def _position(self, partner: str, last: str) -> int:
        inner = self.facade.names.locator(partner).place(self._word, last) if last else None
        return int.from_bytes(inner) if inner else 0

    @property
    def _word(self) -> str:
        """Places are good under one name of the ledger: in a restored hub they would skip what was told since."""
        return f"board {self.facade.vault.origin}"

    def _told(self, asker: Partner, position: int, now: int) -> tuple[int, list[_Told]]:
        """How far it looked, and of each unit the last word since a delivery, as far as it may be seen now."""
        with self.facade.looking(asker, now) as looking:
            newest, grants = looking.granted.newest(), looking.granted.board(position)
        units: dict[str, list[Grant]] = {}
        for _, rows in groupby(grants, key=lambda grant: grant.message):
            several = list(rows)
            units.setdefault(several[0].due.identity, several)
        found = [told for several in units.values() if (told := self._written(asker, several, now)) is not None]
        return max(newest, position), sorted(found, key=lambda told: told.outbox)

    def _written(self, asker: Partner, rows: Sequence[Grant], now: int) -> _Told | None:
        facade, due = self.facade, rows[0].due
        if due.lost:
            return None
        labels = facade.preparer.house.label(due.events, due.source, due.inherited)
        decisions = [facade.preparer.decide(asker, row.due, labels, now) for row in rows]
        best = max(decisions, key=lambda one: sum(bits.bit_count() for bits in one.granted))
        if not best.permits:
            return None
        key = facade.names.message(asker.id, f"board/{due.journal}/{due.outbox}")
        envelopes = [Envelope(id=f"{key}.{n}", source=due.source) for n in range(len(due.events))]
        shown = project(due.events, best, handling(labels, best), envelopes)
        options = asker.delivery.options if asker.delivery else {}
        target = Target(
            partner=asker.id, message_id=key, person_id="", at=due.at, zone=facade.known.county.zone, options=options
        )
        try:
            return _Told(due.outbox, facade.known.writers[asker.id].write(shown, target), best)
        except HubError as problem:
            log.warning("not shown", partner=asker.id, cause=type(problem).__name__)
            return None

    def _event(self, partner: str, told: _Told) -> bytes:
        word = self.facade.names.locator(partner).word(self._word, told.outbox.to_bytes(_NUMBER)).encode()
        lines = b"".join(b"data: %b\n" % line for line in told.writing.body.splitlines())
        return b"id: %b\nevent: unit\n%b\n" % (word, lines)

    async def _leaf(self, asker: Partner, decisions: Sequence[Decision], now: int) -> None:
        entry = leaf(Kind.QUERY, asker, decisions, now, outcome=f"board of beds: {len(decisions)}")
        all_kept(await self.facade.desk.ask([Note(at=now, entry=entry)]))
