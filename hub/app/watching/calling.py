"""A task that opens is told to its role by mail: that there is one, of which kind, by when, and where it is read; never its words.

What was told is lodged, so a restart tells nothing twice; what could not be sent is tried again at the next look.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, Protocol
from zoneinfo import ZoneInfo

from hub.app.acts.people import address
from hub.app.vault import Vault
from hub.app.watching.channels import mailer
from hub.courier.prepare import Desk
from hub.model.commands import Lodge
from hub.settings import Settings
from hub.spans import DAY, SECOND
from hub.store.result import all_kept
from hub.store.sealing import Sealer
from hub.store.writing.lodged import Lodged
from hub.store.writing.work import LIMIT, Open, Work

EVERY_S: Final = 5.0
KIND: Final = "called"
# What opened before somebody named an address, or while the hub was away for longer, is in the list of tasks and in no mail.
_FRESH: Final = DAY


class Mail(Protocol):
    """A way to the people of one role."""

    async def mail(self, subject: str, words: str) -> None:
        """Send it. Raises HubError when it could not be sent."""
        ...


@dataclass(slots=True, kw_only=True)
class Calling:
    """Looked at every few seconds. `ways` are the mails of each role that has any; `base` is where the console is."""

    vault: Vault
    desk: Desk
    ways: Mapping[str, Mail]
    base: str
    zone: str
    _seen: int = 0

    async def look(self, now: int) -> int:
        """Look once as of an instant; says how many tasks were told of. Raises HubError where a mail could not be sent."""
        last, tasks = await asyncio.to_thread(self._fresh, now)
        for task in tasks:
            await self.ways[task.role].mail(f"[crisis-hub] {task.role}: {task.kind}", self._words(task))
            lodged = Lodge(kind=KIND, name=str(task.seq), at=now, value=b"told", until=now + 2 * _FRESH)
            all_kept(await self.desk.ask([lodged]))
            self._seen = task.seq
        self._seen = last
        return len(tasks)

    def _fresh(self, now: int) -> tuple[int, list[Open]]:
        """The last task that there is, and those of the last day for roles that have an address, of which nobody was told."""
        self.vault.keys.follow()
        with self.vault.database.read() as connection:
            sealer = Sealer(self.vault.keys, self.vault.origin)
            every = list(self._after(Work(connection, sealer)))
            found = [task for task in every if task.role in self.ways and task.at >= now - _FRESH]
            known = {each.name for each in Lodged(connection, sealer).all(KIND)} if found else set()
        last = every[-1].seq if every else self._seen
        return last, [task for task in found if str(task.seq) not in known]

    def _after(self, work: Work) -> Iterator[Open]:
        after = self._seen
        while page := work.tasks(after=after):
            yield from page
            after = page[-1].seq
            if len(page) < LIMIT:
                return

    def _words(self, task: Open) -> str:
        by = datetime.fromtimestamp(task.due_at / SECOND, UTC).astimezone(ZoneInfo(self.zone)) if task.due_at else None
        due = f", due {by:%b %d %Y, %H:%M %Z}" if by else ""
        return f"A task waits for the {task.role}: {task.kind}{due}.\nRead it: {self.base}/tasks/{task.seq}\n"


def calling(settings: Settings, vault: Vault, desk: Desk, zone: str) -> Calling | None:
    """What calls the roles that the settings name, or None where they name none."""
    people: dict[str, list[str]] = defaultdict(list)
    for role, mail in settings.alerts.people:
        people[role].append(mail)
    ways = {role: mailer(settings, tuple(to)) for role, to in people.items()}
    return Calling(vault=vault, desk=desk, ways=ways, base=address(settings), zone=zone) if ways else None
