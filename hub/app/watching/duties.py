"""Duties of the law whose delivery was ended unsent: a person is told at once, and an alert holds until somebody has seen to it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

import structlog

from hub.app.house import Household
from hub.app.vault import Vault
from hub.app.watching.sight import REMEMBERED
from hub.courier.prepare import Desk
from hub.errors import KeyUnavailable
from hub.flow.duty import discharged, undone
from hub.flow.question import decode
from hub.model.commands import Overdue
from hub.model.decision import Duty
from hub.model.entry import Kind, LedgerEntry
from hub.store.asking.journal import Journal
from hub.store.living import Late, ended

log = structlog.get_logger(__name__)
EVERY_S: Final = 2.0


@dataclass(slots=True, kw_only=True)
class Duties:
    """Looks for deliveries that would have done a duty, and were ended."""

    known: Household
    vault: Vault
    desk: Desk
    # Deliveries that were ended and did no duty: their deadline was the partner's own wish.
    _none: set[int] = field(default_factory=set)

    async def look(self, now: int) -> int:
        """Look once, as of `now` (UTC microseconds): says of how many a person was told."""
        commands = await asyncio.to_thread(lambda: list(self._found(now)))
        for result in await self.desk.ask(commands) if commands else ():
            if result.error is not None:
                log.error("a duty is not told of yet", cause=result.error.message)
        return len(commands)

    def _found(self, now: int) -> Iterator[Overdue]:
        self.vault.keys.follow()
        with self.vault.database.read() as connection:
            journal = Journal(connection, self.vault.keys, self.vault.origin)
            for one in ended(connection, now - REMEMBERED):
                if one.outbox not in self._none:
                    yield from self._told(journal, one, now)

    def _told(self, journal: Journal, one: Late, now: int) -> Iterator[Overdue]:
        partner = self.known.county.partners.get(one.destination)
        duties = self._duties(journal, one, partner.kind) if partner else ()
        if partner is None or not duties:
            self._none.add(one.outbox)
            return
        entry = LedgerEntry(
            kind=Kind.OUTCOME,
            at=now,
            journal=one.journal,
            partner=one.destination,
            subject=one.identity,
            outcome="a duty ended unsent",
            rules=tuple(duty.rule for duty in duties),
        )
        yield Overdue(outbox=one.outbox, at=now, entry=entry, task=undone(duties, partner.kind, one.journal, now))

    def _duties(self, journal: Journal, one: Late, recipient: str) -> tuple[Duty, ...]:
        try:
            plan = journal.plans([one.journal])[0]
        except KeyUnavailable:
            return ()  # the record of it was destroyed by order: nobody can say any more what it was
        for decided in plan.decided:
            if (decided.partner, decided.interest) == (one.destination, one.interest):
                return discharged(self.known.house.rules, decode(decided.question), plan.labelled.each, recipient)
        return ()
