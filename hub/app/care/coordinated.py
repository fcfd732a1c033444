"""What a clinic answers that was asked to coordinate: where it takes it the coordinator's task is done, and given back it is one again."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from msgspec.structs import replace
from sqlalchemy import Connection

from hub.app.care import frequent
from hub.app.care.coordinating import DOOR, KIND, Asked, decode, encode
from hub.app.house import Household
from hub.app.vault import Vault
from hub.courier.prepare import Desk
from hub.errors import Conflict
from hub.flow.often import ROLE
from hub.flow.referral import Standing, Word, said, standing
from hub.model.commands import Command, Lodge, Note, Tend
from hub.model.entry import Kind, LedgerEntry
from hub.model.plan import Task
from hub.store.asking.crises import Crises
from hub.store.sealing import Sealer
from hub.store.writing.lodged import Lodged, Lodging
from hub.store.writing.work import LIMIT, Open, Work

EVERY_S: Final = 5.0
_TAKEN: Final = frozenset({"accepted", "scheduled", "arrived", "completed"})
_GIVEN_BACK: Final = frozenset({"rejected", "cancelled"})


@dataclass(slots=True, kw_only=True)
class Coordinated:
    """Looked at every few seconds, as long as somebody is asked. How each stands is lodged, so a restart says nothing twice."""

    known: Household
    vault: Vault
    desk: Desk
    _seen: int = 0
    _words: dict[str, set[Word]] = field(default_factory=lambda: defaultdict(set))

    async def look(self, now: int) -> int:
        """Look once as of an instant; says how many clinics said something new."""
        commands = await asyncio.to_thread(lambda: list(self._news(now)))
        for result in await self.desk.ask(commands) if commands else ():
            # Of a person and a clinic that end one task at once, one was faster.
            if result.error is not None and not isinstance(result.error, Conflict):
                raise result.error
        return sum(isinstance(command, Lodge) for command in commands)

    def _news(self, now: int) -> Iterator[Command]:
        self.vault.keys.follow()
        with self.vault.database.read() as connection:
            sealer = Sealer(self.vault.keys, self.vault.origin)
            lodged = {each.name: each for each in Lodged(connection, sealer).all(KIND)}
            if not lodged:
                return
            asked = {name: decode(each.value) for name, each in lodged.items()}
            self._follow(Crises(connection, sealer), asked, min(each.at for each in lodged.values()))
            for name, one in asked.items():
                stands = standing(word for word in self._words[name] if word.at <= now)
                if stands is not None and stands.state != one.state:
                    yield from self._stands(connection, lodged[name], one, stands, now)

    def _follow(self, crises: Crises, asked: dict[str, Asked], since: int) -> None:
        """Take in what those who were asked said since, each of its own number."""
        clinics = {one.clinic for one in asked.values()}
        while page := crises.told_by(clinics, self._seen, since, DOOR):
            self._seen = page[-1].seq
            for event in (event for told in page for event in told.events):
                for word in said(event):
                    if word.number in asked and asked[word.number].clinic == word.source:
                        self._words[word.number].add(word)

    def _stands(
        self, connection: Connection, lodging: Lodging, asked: Asked, stands: Standing, now: int
    ) -> Iterator[Command]:
        outcome = f"coordination {stands.state}"
        entry = LedgerEntry(kind=Kind.OUTCOME, at=now, partner=asked.clinic, subject=asked.identity, outcome=outcome)
        value = encode(replace(asked, state=stands.state))
        yield Lodge(
            kind=KIND, name=lodging.name, at=now, value=value, until=lodging.until, before=lodging.version, entry=entry
        )
        if stands.state in _TAKEN and asked.state not in _TAKEN:
            for task in self._open(connection, asked.person):
                done = replace(entry, actor=asked.clinic, outcome=f"task {task.kind} seen to: {stands.state}")
                yield Tend(task=task.seq, at=now, actor=asked.clinic, entry=done)
        elif stands.state in _GIVEN_BACK:
            yield Note(at=now, entry=replace(entry, outcome=f"{outcome}, told"), tasks=(self._again(asked, stands),))

    def _open(self, connection: Connection, person: str) -> Iterator[Open]:
        """What the care coordinator still has to do about somebody."""
        work, after = Work(connection, Sealer(self.vault.keys, self.vault.origin)), 0
        while page := work.tasks(after=after, kind=frequent.KIND):
            yield from (task for task in page if task.about == person)
            after = page[-1].seq
            if len(page) < LIMIT:
                return

    def _again(self, asked: Asked, stands: Standing) -> Task:
        partner = self.known.county.partners.get(asked.clinic)
        why = f" ({stands.reason})" if stands.reason else ""
        words = (
            f"{partner.name if partner else asked.clinic} does not coordinate the care: {stands.state}{why}. Who does?"
        )
        return Task(kind=frequent.KIND, about=asked.person, words=words, role=ROLE)
