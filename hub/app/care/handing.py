"""Handovers of a hub that runs: who was asked is asked again elsewhere when nobody answers, and a role is told when nobody is left.

What was said is in the journal; what the hub itself did, and what people noted by hand, is lodged. So a restart knows it all.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from dataclasses import replace as changed
from typing import Final

import msgspec

from hub import clock
from hub.app.care.handovers import DOOR, KIND, REMEMBERED, TOLD, Following, name_of
from hub.app.house import Household
from hub.app.vault import Vault
from hub.contracts import Reading
from hub.courier.prepare import Desk
from hub.errors import Lasting
from hub.flow.audience import Audience
from hub.flow.handover import PATIENCE, Due, Handover, Word, due
from hub.flow.plan import Known
from hub.model.commands import Command, Keep, Lodge, Note
from hub.model.crisis import CrisisContact
from hub.model.entry import Kind, LedgerEntry
from hub.model.event import Body, CrisisEvent, event_id
from hub.model.plan import Link, Task
from hub.model.public_safety import CallForService
from hub.partners import Partner
from hub.spans import SECOND
from hub.store.asking.journal import Journal
from hub.store.asking.outbox import Outbox
from hub.store.ids import short
from hub.store.result import all_kept

EVERY_S: Final = 1.0
_encode = msgspec.msgpack.Encoder().encode


@dataclass(slots=True, kw_only=True)
class Handing:
    """Looked at every second. `unanswered` are partners, each with its telephone, whose human has not taken a rescue."""

    known: Household
    vault: Vault
    desk: Desk
    unanswered: frozenset[str] = frozenset()
    _following: Following | None = None

    async def look(self, now: int) -> int:
        """Look once as of an instant; says how many were asked or told."""
        following = self._following = self._following or Following(self.known, self.vault)
        found, done = await asyncio.to_thread(following.stand, now)
        self.unanswered = frozenset(self._silent(found, now))
        count = 0
        for handover in found:
            for each in due(handover, following.order(handover), now):
                if f"{name_of(handover)} {each.once}" not in done:
                    await self._carry_out(handover, each, now)
                    count += 1
        return count

    def _silent(self, found: Iterable[Handover], now: int) -> Iterator[str]:
        for one in found:
            if one.kind == "rescue" and one.state == "asking":
                yield from (self._reach(turn.partner) for turn in one.turns if one.late_at(turn) <= now)

    async def _carry_out(self, handover: Handover, each: Due, now: int) -> None:
        commands = self._ask(handover, each, now) if each.what == "ask" else self._tell(handover, each, now)
        all_kept(await self.desk.ask(list(commands)))

    def _ask(self, handover: Handover, each: Due, now: int) -> Iterator[Command]:
        """The next partner is asked with what the first was asked with, decided anew for it alone."""
        keep = self._message(handover, self.known.county.partners[each.partner], now)
        takes = bool(keep.plan.outbox)
        words = (
            _noted(handover, "asked", each.partner, now),
            *(() if takes else (_noted(handover, "declined", each.partner, now),)),
        )
        for n, word in enumerate(words):
            yield _lodged(
                handover, each.once if n == 0 else f"{each.once} {word.what}", _encode(word), now, "handover asked"
            )
        if takes:
            yield keep
        else:
            words_ = f"{each.partner} could not be asked: it takes no such message, or may not be told. The next one is asked."
            yield _note(handover, Task(kind=KIND, about=name_of(handover), words=words_, role="operator"), now)

    def _message(self, handover: Handover, partner: Partner, now: int) -> Keep:
        journal = hashlib.sha256(f"handover/{name_of(handover)}/{partner.id}".encode()).hexdigest()[:32]
        with self.vault.database.read() as connection:
            books = Journal(connection, self.vault.keys, self.vault.origin)
            first = books.message(handover.journal)
            if first is None or self._following is None:
                raise Lasting("The message that asked is not there any more.", at=short(handover.journal))
            inherited = books.plans([handover.journal])[0].inherited
        bodies = [_addressed(event.body, partner.id) for event in self._following.events(handover.journal)]
        events = tuple(
            CrisisEvent(id=event_id(journal, n), body=body, source=first.partner, recorded_at=now)
            for n, body in enumerate(bodies)
        )
        link = Link(verdict="same", identity=first.owner, person=first.owner, fresh=False)
        allowed = tuple(Outbox(self.vault.database, self.vault.keys, self.vault.origin).allowed(first.owner))
        source = self.known.county.partners[first.partner]
        known = Known(journal=journal, source=source, as_of=now, link=link, directives=allowed)
        house = changed(self.known.house, audience=Audience([partner]))
        plan = house.plan(Reading(kind="HANDOVER", events=events, message_id=journal, inherited=inherited), known)
        plan = msgspec.structs.replace(plan, episode=None)
        return Keep(journal=journal, partner=first.partner, at=now, door=DOOR, body=b"", plan=plan)

    def _tell(self, handover: Handover, each: Due, now: int) -> Iterator[Command]:
        task = Task(kind=KIND, about=name_of(handover), words=self._words(handover, each), role=each.role, due_at=now)
        yield _lodged(handover, each.once, TOLD, now, f"handover: {each.words}")
        yield _note(handover, task, now)

    def _words(self, handover: Handover, each: Due) -> str:
        """What a person is told: who did not answer since when, and whom to telephone."""
        asked = [self._reach(turn.partner) for turn in handover.turns]
        match each.words:
            case "two":
                return f"{each.partner} took it too, and {handover.taken_by} is on its way. Telephone {self._reach(each.partner)}."
            case "not there" | "not done":
                return f"{each.partner} took it and is {each.words}. Telephone {self._reach(each.partner)}."
        if handover.kind == "rescue":
            return self._rescue(asked)
        if not asked:
            return "Nobody could be asked: no programme comes there now. Telephone."
        return f"Nobody took it: {', '.join(asked)} did not answer or declined. Telephone."

    def _rescue(self, asked: list[str]) -> str:
        if asked:
            seconds = PATIENCE["rescue"] // SECOND
            return f"RESCUE: nobody at {' or '.join(asked)} has accepted it within {seconds} seconds. Telephone now."
        centres = [self._reach(name) for name, p in self.known.county.partners.items() if p.kind == "PSAP"]
        return f"RESCUE: it went to no 911 centre, for none covers the place. Telephone now: {', '.join(centres)}."

    def _reach(self, name: str) -> str:
        partner = self.known.county.partners.get(name)
        return f"{name} {partner.phone}".rstrip() if partner else name


def noted(handover: Handover, what: str, *, partner: str, by: str, actor: str) -> Lodge:
    """The command by which a person notes that a human accepted or declined by telephone, or closes a handover with a reason."""
    now = clock.now()
    if what == "accepted" and not by.strip():
        raise Lasting("Who accepted there? A rescue is handed over to a human.", cure="Name them or their position.")
    word = msgspec.structs.replace(_noted(handover, what, partner, now), by=by)
    entry = LedgerEntry(
        kind=Kind.OUTCOME, at=now, journal=handover.journal, partner=partner, actor=actor, outcome=f"handover {what}"
    )
    name = f"{name_of(handover)} {what} {partner} {now}"
    return Lodge(kind=KIND, name=name, at=now, value=_encode(word), until=now + REMEMBERED, entry=entry)


def _noted(handover: Handover, what: str, partner: str, now: int) -> Word:
    return Word(
        kind=handover.kind,
        number=handover.number,
        what=what,
        at=now,
        source=handover.source,
        who=partner,
        journal=handover.journal,
    )


def _lodged(handover: Handover, once: str, value: bytes, now: int, outcome: str) -> Lodge:
    entry = LedgerEntry(kind=Kind.OUTCOME, at=now, journal=handover.journal, outcome=outcome)
    name = f"{name_of(handover)} {once}"
    return Lodge(kind=KIND, name=name, at=now, value=value, until=now + REMEMBERED, entry=entry)


def _note(handover: Handover, task: Task, now: int) -> Note:
    entry = LedgerEntry(kind=Kind.OUTCOME, at=now, journal=handover.journal, outcome="handover told")
    return Note(at=now, entry=entry, tasks=(task,))


def _addressed(body: Body, partner: str) -> Body:
    """The body, transferred to this partner."""
    if isinstance(body, CrisisContact):
        return msgspec.structs.replace(body, transfer_peer=partner)
    return msgspec.structs.replace(body, transfer_to=partner) if isinstance(body, CallForService) else body
