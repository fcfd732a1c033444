"""The promise clock: every referral has a next step with a time, and when it is not kept a named role is told, then the next one."""

from __future__ import annotations

import asyncio
import hashlib
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Final

from hub.app.paged import caught_up
from hub.app.vault import Vault
from hub.courier.prepare import Desk
from hub.flow.asked import Thread, threads
from hub.flow.calendar import Calendar, of_partner
from hub.flow.performers import names
from hub.flow.performers import task as strange
from hub.flow.placement import NUMBERED
from hub.flow.referral import REMEMBERED, Standing, Word, overdue, reminded, said, standing
from hub.model.commands import Command, Lodge, Note
from hub.model.entry import Kind, LedgerEntry
from hub.model.plan import Task
from hub.partners import Partner
from hub.store.asking.crises import Crises
from hub.store.result import all_kept
from hub.store.sealing import Sealer
from hub.store.writing.lodged import Lodged

EVERY_S: Final = 30.0
KIND: Final = "promise"
# A referral and how it stands, when somebody was to hear of it, which role, in which words.
Broken = tuple[Thread, Standing, int, str, str]


@dataclass(slots=True, kw_only=True)
class Promises:
    """Looked at once in a while. What was told is lodged in the very commit that tells it, so a restart tells nothing twice."""

    vault: Vault
    desk: Desk
    calendar: Calendar
    partners: Mapping[str, Partner] = field(default_factory=dict)
    _seen: int = 0
    _words: dict[str, set[Word]] = field(default_factory=lambda: defaultdict(set))

    async def look(self, now: int) -> int:
        """Look once as of an instant; says how many roles were told. Nobody is told of a referral before all was heard of it."""
        await caught_up(self.vault, partial(self._follow, now))
        commands = await asyncio.to_thread(self._broken, now)
        all_kept(await self.desk.ask(commands) if commands else ())
        return len(commands) // 2

    def _broken(self, now: int) -> list[Command]:
        """What is to be told as of an instant; a word from the future counts when its time comes."""
        keys = self.vault.keys
        keys.follow()
        with self.vault.database.read() as connection:
            sealer = Sealer(keys, self.vault.origin)
            late, others = dict(self._late(now)), dict(self._strange(now))
            known = {each.name for each in Lodged(connection, sealer).all(KIND)} if late or others else set()
        told = [command for name, broken in late.items() if name not in known for command in _told(name, broken, now)]
        return [
            *told,
            *(each for name, word in others.items() if name not in known for each in _looked(name, word, now)),
        ]

    def _strange(self, now: int) -> Iterator[tuple[str, Word]]:
        """Words of somebody that a referral was never asked of, which came before it did."""
        for thread in self._threads(now):
            for word in thread.strange:
                told = f"{thread.asker} {word.number} {word.source} {word.state} {word.order}"
                yield f"strange {_digest(told)}", word

    def _late(self, now: int) -> Iterator[tuple[str, Broken]]:
        for thread, stands in self._standing(now):
            hours = self._hours(stands)
            for at, role, words in overdue(stands, hours, now, self.calendar):
                yield _name(thread, stands, role), (thread, stands, at, role, words)
            for at, role, words in reminded(stands, hours, now, self.calendar):
                yield f"{_name(thread, stands, role)} {at}", (thread, stands, at, role, words)

    def _standing(self, now: int) -> Iterator[tuple[Thread, Standing]]:
        for thread in self._threads(now):
            # An answer to a question for a bed is the placement's own, and no referral that somebody has to book.
            ours = not thread.asker and all(word.number.startswith(NUMBERED) for word in thread.words)
            if not ours and (stands := standing(thread.words)):
                yield thread, stands

    def _threads(self, now: int) -> Iterator[Thread]:
        called = names(self.partners.values())
        for words in self._words.values():
            yield from threads((word for word in words if word.at <= now), called)

    def _hours(self, stands: Standing) -> Calendar:
        """The working hours of whoever was asked."""
        return of_partner(self.partners.get(stands.performer), self.calendar.zone)

    def _follow(self, now: int) -> int:
        """Take in the next page of what was said, and say up to where."""
        self.vault.keys.follow()
        with self.vault.database.read() as connection:
            crises = Crises(connection, Sealer(self.vault.keys, self.vault.origin))
            self._seen, events = crises.referred(self._seen, now - REMEMBERED)
        for event in events:
            for word in said(event):
                self._words[word.number].add(word)
        return self._seen


def _name(thread: Thread, stands: Standing, role: str) -> str:
    return f"{_digest(f'{thread.asker} {stands.number}')} {stands.state} {stands.since} {role}"


def _digest(words: str) -> str:
    return hashlib.sha256(words.encode()).hexdigest()[:24]


def _looked(name: str, word: Word, now: int) -> Iterator[Command]:
    entry = LedgerEntry(kind=Kind.OUTCOME, at=now, partner=word.source, outcome="answer of somebody never asked")
    yield Lodge(kind=KIND, name=name, at=now, value=b"told", until=now + REMEMBERED)
    yield Note(at=now, entry=entry, tasks=(strange(word, word.number),))


def _told(name: str, broken: Broken, now: int) -> Iterator[Command]:
    thread, stands, at, role, words = broken
    odd = "".join(f" It was said to be {word} when it was {state}." for state, word in stands.odd)
    also = "".join(
        f" {word.source} said {word.state}, of this one or of another with its number." for word in _unclear(thread)
    )
    task = Task(kind="referral", about=stands.number, words=f"{words}{odd}{also}", role=role, due_at=at)
    entry = LedgerEntry(kind=Kind.OUTCOME, at=now, outcome=f"promise not kept: {stands.state}")
    yield Lodge(kind=KIND, name=name, at=now, value=b"told", until=now + REMEMBERED)
    yield Note(at=now, entry=entry, tasks=(task,))


def _unclear(thread: Thread) -> list[Word]:
    return sorted(thread.unclear, key=lambda word: (word.at, word.order))
