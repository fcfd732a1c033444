"""People who are met again and again by many agencies: the care coordinator is asked to coordinate, once a season (row SA15).

The task stands on the clinical side, with counts by kind of agency and no name of one; police hear nothing of it.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from hub.app.vault import Vault
from hub.courier.prepare import Desk
from hub.model.commands import Command, Lodge, Note
from hub.model.entry import Kind, LedgerEntry
from hub.model.plan import Task
from hub.partners import Partner
from hub.settings import Frequent
from hub.spans import DAY
from hub.store.asking.contacts import contacts
from hub.store.result import all_kept
from hub.store.sealing import Sealer
from hub.store.writing.lodged import Lodged

EVERY_S: Final = 3600.0
KIND: Final = "coordinate"
ROLE: Final = "care coordinator"
# Whose messages are a contact in crisis, in the words of the task. A clinic's appointments and a shelter's nights are none.
MET_BY: Final[Mapping[str, str]] = {
    "PSAP": "911",
    "LE": "police",
    "EMS": "ambulance",
    "CORESPONDER": "co-responder",
    "MOBILE_CRISIS": "mobile team",
    "LIFELINE": "988",
    "HOSP_ED": "emergency department",
    "HOSP_INPT": "hospital",
    "STABILISATION": "stabilisation centre",
}


@dataclass(slots=True, kw_only=True)
class FrequentContact:
    """Counted once in a while. Who was told of is lodged in the very commit that tells it."""

    vault: Vault
    desk: Desk
    partners: Mapping[str, Partner]
    bounds: Frequent

    async def look(self, now: int) -> int:
        """Count once as of an instant; says how many people were told of."""
        commands = await asyncio.to_thread(self._found, now)
        all_kept(await self.desk.ask(commands) if commands else ())
        return len(commands) // 2

    def _found(self, now: int) -> list[Command]:
        keys = self.vault.keys
        keys.follow()
        with self.vault.database.read() as connection:
            met = contacts(connection, now - self.bounds.days * DAY)
            often = {person: counts for person, told in met.items() if (counts := self._often(told))}
            lodged = Lodged(connection, Sealer(keys, self.vault.origin))
            known = {each.name for each in lodged.all(KIND)} if often else set()
        return [c for person, counts in often.items() if person not in known for c in self._told(person, counts, now)]

    def _often(self, told: set[tuple[str, str]]) -> Counter[str] | None:
        """How often each kind of agency met somebody, when it was often enough and more than one of them did."""
        crises = {(partner, episode) for partner, episode in told if self._meets(partner)}
        if len(crises) < self.bounds.contacts or len({partner for partner, _ in crises}) < self.bounds.partners:
            return None
        return Counter(MET_BY[self.partners[partner].kind] for partner, _ in crises)

    def _meets(self, partner: str) -> bool:
        known = self.partners.get(partner)
        return known is not None and known.kind in MET_BY

    def _told(self, person: str, counts: Counter[str], now: int) -> Iterator[Command]:
        each = ", ".join(f"{kind} {number}" for kind, number in sorted(counts.items()))
        words = f"{counts.total()} contacts in {self.bounds.days} days: {each}. Who coordinates the care?"
        task = Task(kind=KIND, about=person, words=words, role=ROLE)
        entry = LedgerEntry(kind=Kind.OUTCOME, at=now, outcome=KIND)
        yield Lodge(kind=KIND, name=person, at=now, value=b"told", until=now + self.bounds.days * DAY)
        yield Note(at=now, entry=entry, tasks=(task,))
