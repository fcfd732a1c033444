"""People who are met again and again by many agencies: the care coordinator is asked to coordinate, once a season (row SA15).

The task stands in the hub's own list, with counts by kind of agency and no name of one; the clinic that coordinates is asked too,
by what it may hear of. Police hear nothing of it.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from hub.app.care.coordinating import Asking, Coordinating
from hub.app.house import Household
from hub.app.vault import Vault
from hub.courier.prepare import Desk
from hub.flow.often import ROLE, Bounds, counted, words
from hub.model.commands import Command, Lodge, Note
from hub.model.entry import Kind, LedgerEntry
from hub.model.plan import Task
from hub.spans import DAY
from hub.store.asking.contacts import contacts
from hub.store.result import all_kept
from hub.store.sealing import Sealer
from hub.store.writing.lodged import Lodged

EVERY_S: Final = 3600.0
KIND: Final = "coordinate"


@dataclass(slots=True, kw_only=True)
class FrequentContact:
    """Counted once in a while. Who was told of is lodged in the very commit that tells it."""

    known: Household
    vault: Vault
    desk: Desk
    bounds: Bounds

    async def look(self, now: int) -> int:
        """Count once as of an instant; says how many people were told of."""
        commands = await asyncio.to_thread(self._found, now)
        all_kept(await self.desk.ask(commands) if commands else ())
        return sum(isinstance(command, Note) for command in commands)

    def _found(self, now: int) -> list[Command]:
        keys, bounds = self.vault.keys, self.bounds
        keys.follow()
        with self.vault.database.read() as connection:
            met, kinds = contacts(connection, now - bounds.days * DAY), self.known.county.kinds
            often = {person: counts for person, told in met.items() if (counts := counted(told, kinds, bounds))}
            lodged = Lodged(connection, Sealer(keys, self.vault.origin))
            known = {each.name for each in lodged.all(KIND)} if often else set()
            clinics = Coordinating(known=self.known, vault=self.vault, connection=connection, bounds=bounds, now=now)
            asked = clinics.of(often)
        fresh = (
            self._told(person, counts, asked.get(person, ()), now)
            for person, counts in often.items()
            if person not in known
        )
        mine = [command for told in fresh for command in told]
        return [*mine, *(command for several in asked.values() for one in several for command in (one.lodge, one.keep))]

    def _told(self, person: str, counts: Counter[str], asked: tuple[Asking, ...], now: int) -> Iterator[Command]:
        also = "".join(f" {one.clinic} is asked." for one in asked)
        task = Task(kind=KIND, about=person, words=f"{words(counts, self.bounds)}{also}", role=ROLE)
        entry = LedgerEntry(kind=Kind.OUTCOME, at=now, outcome=KIND)
        yield Lodge(kind=KIND, name=person, at=now, value=b"told", until=now + self.bounds.days * DAY)
        yield Note(at=now, entry=entry, tasks=(task,))
