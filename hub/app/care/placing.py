"""Placements of a hub: kept in turn, and carried out. What each step asks for is lodged with it, so a crash in between loses nothing.

Facilities are asked by messages that are about nobody; the record goes to the chosen one alone, as a message about the person,
decided like any other. The ids of these messages derive from the placement, so carrying out twice sends once.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from dataclasses import replace as changed
from typing import Final

import msgspec

from hub import clock
from hub.app.care import board
from hub.app.care.hearing import Hearing, derived, number
from hub.app.house import Household
from hub.app.vault import Vault
from hub.contracts import Reading
from hub.courier.prepare import Desk
from hub.errors import Conflict, Lasting
from hub.flow.audience import Audience
from hub.flow.placement import OVER, ROLE, Effect, Placement, Step, open_placement, pass_time
from hub.flow.plan import House, Known
from hub.model.commands import Command, Keep, Lodge, Note
from hub.model.consent import ConsentDirective
from hub.model.entry import Kind, LedgerEntry
from hub.model.event import Body, CrisisEvent, event_id
from hub.model.plan import Fact, Link, Plan, Task
from hub.model.service import Referral, Transport
from hub.model.values import Code, Place
from hub.partners import Partner
from hub.spans import DAY
from hub.store.asking.journal import Journal, Message
from hub.store.asking.outbox import Outbox
from hub.store.ids import short
from hub.store.result import all_kept
from hub.store.sealing import Sealer
from hub.store.writing.lodged import Lodged, Lodging

KIND: Final = "placement"
TOLD: Final = "placement told"
DOOR: Final = "placement"
CRITERIA: Final = "urn:crisis-hub:criteria"
EVERY_S: Final = 1.0
REMEMBERED: Final = 90 * DAY
_SAID: Final = {"ask": "requested", "cancel": "cancelled", "release": "accepted", "ride": "accepted"}
_encode = msgspec.msgpack.Encoder().encode


class Held(Fact, frozen=True):
    """A placement as it is kept: with what its last step asked for."""

    placement: Placement
    effects: tuple[Effect, ...] = ()


_held = msgspec.msgpack.Decoder(Held).decode


@dataclass(slots=True, kw_only=True)
class Placing:
    """Opens and changes placements, and, while it runs, lets time pass over them."""

    known: Household
    vault: Vault
    desk: Desk
    _carried: dict[str, int] = field(default_factory=dict)
    _hearing: Hearing | None = None

    async def open(self, placement: Placement, *, actor: str) -> Placement:
        """Ask the facilities.

        Raises Lasting where one of them is no partner that can be asked, or may not be told of the question, or where the first
        that accepts is to get somebody and the county does not want that; before anybody is asked.
        """
        if placement.first_come and not self.known.county.first_come:
            raise Lasting(
                "In this county a clinician and the person choose among the offers.",
                cure="Leave out --first-come, or write first_come: true in county.yaml.",
            )
        step = open_placement(placement)
        for effect in step[1]:
            if not self._asked(placement, effect, derived(placement.id, "may it be asked")).plan.outbox:
                raise Lasting(
                    f"The rules let no question of {placement.source} reach it, though it names nobody.",
                    at=effect.facility,
                    cure="Telephone, or leave it out.",
                )
        await self._keep(step, 0, actor)
        return placement

    async def act(self, name: str, step: Callable[[Placement], Step], *, actor: str) -> Placement:
        """Take a step from the placement as it stands. Raises Conflict where somebody was faster, or the step is not open."""
        before = self.one(name)
        held = _held(before.value)
        # What a crash left undone is done first: the next step would take its place.
        await self._carry(held, before.version)
        return await self._keep(step(held.placement), before.version, actor)

    def one(self, name: str) -> Lodging:
        """A placement as it is kept."""
        self.vault.keys.follow()
        with self.vault.database.read() as connection:
            found = Lodged(connection, Sealer(self.vault.keys, self.vault.origin)).one(KIND, name)
        if found is None:
            raise Lasting("There is no such placement.", at=short(name))
        return found

    def all(self) -> tuple[Placement, ...]:
        """Every placement of the last weeks."""
        return tuple(_held(each.value).placement for each in self._lodged(KIND))

    async def look(self, now: int) -> int:
        """Look once as of an instant; says how many placements time changed. What facilities said by then counts first."""
        passed = 0
        await self._hear(now)
        for lodging in await asyncio.to_thread(self._lodged, KIND):
            held = _held(lodging.value)
            await self._carry(held, lodging.version)
            if held.placement.state in OVER:
                continue
            after = pass_time(held.placement, now)
            if after[0] != held.placement:
                await self._keep(after, lodging.version, "the hub's clock")
                passed += 1
        return passed

    async def _hear(self, now: int) -> None:
        """Take in what facilities said by message, each word once."""
        if self._hearing is None:
            self._hearing = Hearing(self.vault)
        placements = await asyncio.to_thread(self.all)
        for name, step in await asyncio.to_thread(self._hearing.steps, placements, now):
            before = await asyncio.to_thread(self.one, name)
            held = _held(before.value)
            after = step(held.placement)
            if after[0] != held.placement:
                await self._carry(held, before.version)
                await self._keep(after, before.version, "a message of the facility")
        self._hearing.taken()

    # --- keeping, then carrying out

    async def _keep(self, step: Step, before: int, actor: str) -> Placement:
        placement, effects = step
        now, held = clock.now(), Held(placement=placement, effects=effects)
        entry = LedgerEntry(
            kind=Kind.OUTCOME, at=now, journal=placement.journal, actor=actor, outcome=f"placement {placement.state}"
        )
        lodge = Lodge(
            kind=KIND,
            name=placement.id,
            at=now,
            value=_encode(held),
            until=now + REMEMBERED,
            before=before,
            entry=entry,
        )
        all_kept(await self.desk.ask([lodge]))
        await self._carry(held, before + 1)
        return placement

    async def _carry(self, held: Held, version: int) -> None:
        """Do what the last step asked for. What was done before is refused by the store, because its id is known."""
        name = held.placement.id
        if self._carried.get(name) == version:
            return
        steps = [(effect, f"{version}/{n}") for n, effect in enumerate(held.effects)]
        told = {each.name for each in self._lodged(TOLD)} if steps else set()
        fresh = [
            (effect, place) for effect, place in steps if f"{name} {place}" not in told and not self._sent(name, place)
        ]
        commands = [command for effect, place in fresh for command in self._commands(held.placement, effect, place)]
        for result in await self.desk.ask(commands) if commands else ():
            if result.error is not None and not isinstance(result.error, Conflict):
                raise result.error
        self._carried[name] = version

    def _sent(self, name: str, place: str) -> bool:
        with self.vault.database.read() as connection:
            return Journal(connection, self.vault.keys, self.vault.origin).message(derived(name, place)) is not None

    def _commands(self, placement: Placement, effect: Effect, place: str) -> Iterator[Command]:
        journal = derived(placement.id, place)
        if effect.what == "tell":
            yield from _tell(placement, place, effect.words)
        elif effect.what == "release":
            keep = self._released(placement, effect.facility, journal)
            yield keep
            if not keep.plan.outbox:
                yield from _tell(placement, f"{place} withheld", _withheld(effect.facility, journal))
        elif effect.what == "ride":
            yield self._ride(placement, effect.facility, journal)
        elif effect.what in ("room", "full"):
            yield from self._learned(placement, effect)
        else:
            yield self._asked(placement, effect, journal)

    def _learned(self, placement: Placement, effect: Effect) -> Iterator[Lodge]:
        """A unit is believed by what it answers: the one that was asked, or those of the facility that are for such people."""
        mine = next(each for each in placement.asked if each.facility == effect.facility)
        service = placement.criteria.service
        for unit in (mine.unit,) if mine.unit else board.units(self.vault, effect.facility, service):
            yield board.answered(effect.facility, unit, room=effect.what == "room", actor="placement", at=mine.at)

    def _asked(self, placement: Placement, effect: Effect, journal: str) -> Keep:
        """A message with criteria and nobody in it, for one facility alone."""
        events = (_event(journal, 0, _referral(placement, effect), placement.source),)
        owner = derived(placement.id, f"about {effect.facility}")
        nobody = Link(verdict="nobody", identity=owner, person=owner, fresh=False)
        return self._message(placement, effect.facility, _reading(journal, events), nobody)

    def _ride(self, placement: Placement, facility: str, journal: str) -> Keep:
        """A ride for somebody, to whoever drives: from where, to where, what is needed; no name and no diagnosis."""
        ride = Transport(
            number=derived(placement.id, "ride")[:12],
            status=Code(code="requested"),
            pick_up=Place(description=placement.source),
            drop_off=Place(description=facility),
            needs=(Code(code=placement.criteria.mobility), Code(code=placement.criteria.observation)),
            legal_status=Code(code=placement.criteria.legal_status),
        )
        owner = derived(placement.id, "about the ride")
        nobody = Link(verdict="nobody", identity=owner, person=owner, fresh=False)
        events = (_event(journal, 0, ride, placement.source),)
        return self._planned(placement, self.known.house, _reading(journal, events), nobody)

    def _released(self, placement: Placement, facility: str, journal: str) -> Keep:
        """The record, as a message about the person, for the chosen facility alone."""
        message, said = self.record(placement.journal)
        release = _referral(placement, Effect(what="release", facility=facility))
        bodies: list[Body] = [*(event.body for event in said), release]
        events = tuple(_event(journal, n, body, message.partner) for n, body in enumerate(bodies))
        link = Link(verdict="same", identity=message.owner, person=message.owner, fresh=False)
        return self._message(placement, facility, _reading(journal, events, self._came_with(message)), link)

    def _message(self, placement: Placement, facility: str, reading: Reading, link: Link) -> Keep:
        house = changed(self.known.house, audience=Audience([self._partner(facility)]))
        return self._planned(placement, house, reading, link)

    def _planned(self, placement: Placement, house: House, reading: Reading, link: Link) -> Keep:
        # Whoever told of it says under which laws it stands, whoever asks for the bed.
        now, source = clock.now(), self.known.county.partners[reading.events[0].source]
        journal = reading.message_id
        known = Known(journal=journal, source=source, as_of=now, link=link, directives=self._allowed(link))
        plan: Plan = house.plan(reading, known)
        plan = msgspec.structs.replace(plan, episode=None)
        return Keep(journal=journal, partner=placement.source, at=now, door=DOOR, body=b"", plan=plan)

    def record(self, name: str) -> tuple[Message, tuple[CrisisEvent, ...]]:
        """The message of that id, and what it says. Raises Lasting where it is parked, or there is none."""
        self.vault.keys.follow()
        with self.vault.database.read() as connection:
            journal = Journal(connection, self.vault.keys, self.vault.origin)
            found = journal.message(name)
            if found is None or found.state != "planned":
                raise Lasting("There is no such message about somebody.", at=short(name))
            return found, journal.kept([found.journal])[0].events

    def _came_with(self, message: Message) -> tuple[str, ...]:
        """The security codes of a message: they bind whoever has its record from us."""
        with self.vault.database.read() as connection:
            return Journal(connection, self.vault.keys, self.vault.origin).plans([message.journal])[0].inherited

    def _allowed(self, link: Link) -> tuple[ConsentDirective, ...]:
        if link.verdict == "nobody":
            return ()
        return tuple(Outbox(self.vault.database, self.vault.keys, self.vault.origin).allowed(link.identity))

    def _partner(self, facility: str) -> Partner:
        partners: Mapping[str, Partner] = self.known.county.partners
        found = partners.get(facility)
        if found is None or not any("referral" in interest.bodies for interest in found.wants):
            raise Lasting("This is no partner that takes referrals.", at=facility, cure="Telephone, or ask another.")
        return found

    def _lodged(self, kind: str) -> list[Lodging]:
        self.vault.keys.follow()
        with self.vault.database.read() as connection:
            return Lodged(connection, Sealer(self.vault.keys, self.vault.origin)).all(kind)


def _tell(placement: Placement, place: str, words: str) -> Iterator[Command]:
    now = clock.now()
    task = Task(kind="placement", about=placement.id, words=words, role=ROLE)
    entry = LedgerEntry(kind=Kind.OUTCOME, at=now, journal=placement.journal, outcome="placement told")
    yield Lodge(kind=TOLD, name=f"{placement.id} {place}", at=now, value=b"told", until=now + REMEMBERED)
    yield Note(at=now, entry=entry, tasks=(task,))


def _withheld(facility: str, journal: str) -> str:
    return (
        f"{facility} was chosen, and the rules let nothing of the record reach it, so it has heard nothing. Telephone;"
        f" crisis-hub why {short(journal)} says which consent it takes."
    )


def _reading(journal: str, events: tuple[CrisisEvent, ...], inherited: tuple[str, ...] = ()) -> Reading:
    return Reading(kind="PLACEMENT", events=events, message_id=journal, inherited=inherited)


def _event(journal: str, index: int, body: Body, source: str) -> CrisisEvent:
    return CrisisEvent(id=event_id(journal, index), body=body, source=source, recorded_at=clock.now())


def _referral(placement: Placement, effect: Effect) -> Referral:
    """What one facility is told: a number of its own, and the criteria in words of closed lists."""
    said = {name: getattr(placement.criteria, name) for name in placement.criteria.__struct_fields__}
    words = tuple(
        Code(code=f"{name}:{word}", system=CRITERIA) for name, word in said.items() if word and name != "service"
    )
    return Referral(
        number=number(placement.id, effect.facility),
        status=Code(code=_SAID[effect.what]),
        intent=Code(code="proposal"),
        service=Code(code=placement.criteria.service),
        criteria=words,
        performer=effect.facility,
    )
