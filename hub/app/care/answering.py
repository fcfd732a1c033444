"""Answers to a referral that cannot say who asked, as of HMIS, are told on to whoever did, under the number it was asked by."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from dataclasses import replace as changed
from typing import Final, NamedTuple

from msgspec.structs import replace

from hub.app.house import Household
from hub.app.vault import Vault
from hub.contracts import Reading
from hub.courier.prepare import Desk
from hub.flow.audience import Audience
from hub.flow.often import SERVICE
from hub.flow.plan import Known
from hub.flow.referral import REMEMBERED, Word, said
from hub.model.commands import Command, Keep, Lodge
from hub.model.event import CrisisEvent, event_id
from hub.model.person import Person
from hub.model.plan import EpisodeEvent, Link
from hub.model.service import Referral
from hub.partners import Partner
from hub.spans import DAY
from hub.store.asking.crises import Crises, Told
from hub.store.asking.journal import Journal, Message
from hub.store.asking.outbox import Outbox
from hub.store.ids import new_id
from hub.store.result import all_kept
from hub.store.sealing import Sealer
from hub.store.writing.lodged import Lodged

EVERY_S: Final = 2.0
KIND: Final = "answer"
DOOR: Final = "answers"
# What a hub that was away for longer did not tell on, the promise clock tells people of.
_FRESH: Final = 7 * DAY


class Answer(NamedTuple):
    """A word on a referral, who it is about, and the security codes that it came with."""

    event: CrisisEvent
    person: Person | None
    inherited: tuple[str, ...]


@dataclass(slots=True, kw_only=True)
class Answering:
    """Looked at every other second. What was told on is lodged with it: an export that says it every day tells it once."""

    known: Household
    vault: Vault
    desk: Desk
    _seen: int = 0

    async def look(self, now: int) -> int:
        """Look once as of an instant; says how many answers were told on."""
        seen, commands = await asyncio.to_thread(self._answers, now)
        all_kept(await self.desk.ask(commands) if commands else ())
        self._seen = seen
        return len(commands) // 2

    def _answers(self, now: int) -> tuple[int, list[Command]]:
        self.vault.keys.follow()
        with self.vault.database.read() as connection:
            sealer = Sealer(self.vault.keys, self.vault.origin)
            crises, journal = Crises(connection, sealer), Journal(connection, self.vault.keys, self.vault.origin)
            seen, page = crises.speaking(self._seen, now - _FRESH)
            found: dict[str, Command] = {}
            lodged = Lodged(connection, sealer)
            for told, event, word in _unaddressed(page):
                message = journal.message(told.journal)
                asker = self._asker(crises, message, event, now) if message else None
                name = _once(word, asker.id) if asker else ""
                if message and asker and name not in found and not lodged.one(KIND, name):
                    person = next((e.body for e in told.events if isinstance(e.body, Person)), None)
                    inherited = journal.plans([told.journal])[0].inherited
                    found[name] = self._told(message, Answer(event, person, inherited), asker, now)
        lodges = [Lodge(kind=KIND, name=name, at=now, value=b"told", until=now + REMEMBERED) for name in found]
        return seen, [*lodges, *found.values()]

    def _asker(self, crises: Crises, message: Message, answer: CrisisEvent, now: int) -> Partner | None:
        """Who asked just this partner, about this person, under this number; None for nobody, or for two."""
        called = self.known.house.performers
        asked = {
            event.source
            for event in crises.about(message.owner, now - REMEMBERED)
            if isinstance(event.body, Referral)
            and event.body.number == _number(answer)
            and answer.source in called.get(event.body.performer, ())
            and event.source != answer.source
            # What the hub itself asked stands under a record of somebody who asked nothing.
            and event.body.service != SERVICE
        }
        return self.known.county.partners.get(min(asked)) if len(asked) == 1 else None

    def _told(self, message: Message, answer: Answer, asker: Partner, now: int) -> Keep:
        """The answer as a message of whoever gave it, to whoever asked, about the very person."""
        journal, source = new_id(), self.known.county.partners[answer.event.source]
        body = replace(answer.event.body, requester=asker.id, performer=source.id)
        event = replace(answer.event, id=event_id(journal, 0), body=body, recorded_at=now)
        house = changed(self.known.house, audience=Audience([asker]))
        link = Link(verdict="same", identity=message.owner, person=message.owner, fresh=False)
        allowed = Outbox(self.vault.database, self.vault.keys, self.vault.origin).allowed(message.owner)
        known = Known(journal=journal, source=source, as_of=now, link=link, directives=allowed, person=answer.person)
        reading = Reading(kind="ANSWER", events=(event,), message_id=journal, inherited=answer.inherited)
        plan = house.plan(reading, known)
        there = EpisodeEvent(episode=message.episode, at=message.happened_at, what="referral")
        plan = replace(plan, episode=there if message.episode else None)
        return Keep(journal=journal, partner=source.id, at=now, door=DOOR, body=b"", plan=plan)


def _unaddressed(page: tuple[Told, ...]) -> Iterator[tuple[Told, CrisisEvent, Word]]:
    """Words on a referral, other than that it is asked for, which name nobody who asked."""
    for told in page:
        for event in told.events:
            if isinstance(event.body, Referral) and event.body.number and not event.body.requester:
                yield from ((told, event, word) for word in said(event) if word.state != "requested")


def _number(event: CrisisEvent) -> str:
    return event.body.number if isinstance(event.body, Referral) else ""


def _once(word: Word, asker: str) -> str:
    return hashlib.sha256(f"{asker} {word.source} {word.number} {word.state}".encode()).hexdigest()[:32]
