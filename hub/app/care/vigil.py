"""The vigil over episodes: once a minute it looks whether a hand-off is missing, and tells the role that should know, once."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Final

from hub.app.paged import caught_up
from hub.app.vault import Vault
from hub.courier.prepare import Desk
from hub.flow.gaps import Gap, gaps
from hub.flow.story import Milestone, story
from hub.model.commands import Command, Lodge, Note
from hub.model.entry import Kind, LedgerEntry
from hub.model.plan import Task
from hub.spans import DAY
from hub.store.asking.crises import Crises
from hub.store.result import all_kept
from hub.store.sealing import Sealer
from hub.store.writing.lodged import Lodged

EVERY_S: Final = 60.0
# The longest rule waits seven days; an episode that is silent for longer is over.
WATCHED: Final = 9 * DAY
KIND: Final = "gap"


@dataclass(slots=True, kw_only=True)
class Vigil:
    """Looked at once in a while. What was told is lodged in the very commit that tells it, so a restart tells nothing twice.

    `kinds` are the partners by id, each with its kind.
    """

    vault: Vault
    desk: Desk
    kinds: Mapping[str, str] = field(default_factory=dict)
    _seen: int = 0
    _stories: dict[str, tuple[Milestone, ...]] = field(default_factory=dict)

    async def look(self, now: int) -> int:
        """Look once as of an instant, at all that is new; says how many gaps were told."""
        await caught_up(self.vault, partial(self._follow, now))
        commands = await asyncio.to_thread(self._missing, now)
        all_kept(await self.desk.ask(commands) if commands else ())
        return len(commands) // 2

    def _missing(self, now: int) -> list[Command]:
        keys = self.vault.keys
        keys.follow()
        with self.vault.database.read() as connection:
            sealer = Sealer(keys, self.vault.origin)
            open_now = [
                (episode, gap) for episode, told in self._stories.items() for gap in gaps(told, now, kinds=self.kinds)
            ]
            known = {each.name for each in Lodged(connection, sealer).all(KIND)} if open_now else set()
        fresh = {_name(episode, gap): (episode, gap) for episode, gap in open_now}
        return [c for name, (e, gap) in fresh.items() if name not in known for c in _told(name, e, gap, now)]

    def _follow(self, now: int) -> int:
        """Fold again whatever had news on the next page, and say up to where; forget what is over or told elsewhere."""
        self.vault.keys.follow()
        with self.vault.database.read() as connection:
            crises = Crises(connection, Sealer(self.vault.keys, self.vault.origin))
            changed, self._seen = crises.news(self._seen, now - WATCHED)
            told_now = {episode: story(crises.events(episode)) for episode in changed}
            gone = crises.rejoined() if changed else frozenset()
        self._stories = {
            episode: told
            for episode, told in (self._stories | told_now).items()
            if episode not in gone and told and told[-1].at >= now - WATCHED
        }
        return self._seen


def _name(episode: str, gap: Gap) -> str:
    return f"{episode} {gap.rule} {gap.at}"


def _told(name: str, episode: str, gap: Gap, now: int) -> Iterator[Command]:
    task = Task(kind=KIND, about=episode, words=gap.words, role=gap.role, due_at=gap.due_at)
    entry = LedgerEntry(kind=Kind.OUTCOME, at=now, outcome=f"gap: {gap.rule}")
    yield Lodge(kind=KIND, name=name, at=now, value=b"told", until=now + WATCHED)
    yield Note(at=now, entry=entry, tasks=(task,))
