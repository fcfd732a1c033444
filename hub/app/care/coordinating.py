"""The clinic that coordinates is asked: by what it may hear of alone, decided like any other message, once a season."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from dataclasses import replace as changed
from typing import Final, NamedTuple

import msgspec
from msgspec.structs import replace
from sqlalchemy import Connection

from hub.app.house import Household
from hub.app.inquiry import Inquiry
from hub.app.vault import Vault
from hub.contracts import Reading
from hub.flow import often
from hub.flow.audience import Audience
from hub.flow.plan import Known
from hub.flow.question import kinds
from hub.model.commands import Keep, Lodge
from hub.model.consent import ConsentDirective
from hub.model.event import Body, CrisisEvent, event_id
from hub.model.person import Person
from hub.model.plan import Fact, Link
from hub.partners import Interest, Partner
from hub.spans import DAY
from hub.store.asking.contacts import held_to_be, homes
from hub.store.asking.outbox import Outbox
from hub.store.asking.scene import Scenes, Told
from hub.store.ids import new_id
from hub.store.sealing import Sealer
from hub.store.writing.lodged import Lodged

KIND: Final = "coordination"
DOOR: Final = "coordination"


class Asked(Fact, frozen=True):
    """A clinic that was asked: about whom, under which number, by a message about which source identity; what it said last."""

    person: str
    identity: str
    clinic: str
    number: str
    state: str = "requested"


encode = msgspec.msgpack.Encoder().encode
decode = msgspec.msgpack.Decoder(Asked).decode


class Asking(NamedTuple):
    """What asks a clinic: the clinic's name, what is lodged of it, and the message."""

    clinic: str
    lodge: Lodge
    keep: Keep


@dataclass(frozen=True, slots=True, kw_only=True)
class Coordinating:
    """Asks within one reading transaction, as of an instant (UTC microseconds)."""

    known: Household
    vault: Vault
    connection: Connection
    bounds: often.Bounds
    now: int

    def of(self, persons: Collection[str]) -> dict[str, tuple[Asking, ...]]:
        """By person, the clinics that are to be asked and were not in this season."""
        partners = self.known.county.partners.values()
        if not persons or not any(map(often.wish, partners)):
            return {}
        before, found = self._before(), {}
        for person in persons:
            clinics = often.asked_of(partners, homes(self.connection, person))
            fresh = [each for each in clinics if (person, each[0].id) not in before]
            found[person] = tuple(self._asked(person, fresh)) if fresh else ()
        return found

    def _asked(self, person: str, clinics: Sequence[tuple[Partner, Interest]]) -> Iterator[Asking]:
        told = Scenes(self.connection, self.vault.keys, self.vault.origin).met(person, self._since)
        outbox = Outbox(self.vault.database, self.vault.keys, self.vault.origin)
        directives = outbox.allowed(told[-1].identity) if told else ()
        for clinic, want in clinics:
            case = _Case(person=person, clinic=clinic, want=want, told=told, directives=directives)
            if (asking := self._for(case)) is not None:
                yield asking

    @property
    def _since(self) -> int:
        return self.now - self.bounds.days * DAY

    def _before(self) -> frozenset[tuple[str, str]]:
        """Who was asked about whom: by whom they are held to be now, whoever they were then."""
        lodged = Lodged(self.connection, Sealer(self.vault.keys, self.vault.origin)).all(KIND)
        asked = [decode(each.value) for each in lodged]
        now = held_to_be(self.connection, {each.identity for each in asked})
        return frozenset((now.get(each.identity, each.person), each.clinic) for each in asked)

    def _for(self, case: _Case) -> Asking | None:
        """What asks a clinic; None where what it may hear of is not often, or it may not hear who it is and what is asked."""
        heard = [self._heard(case, one) for one in case.told]
        contacts = often.hears(case.clinic.id, heard)
        counts = often.counted(contacts, self.known.county.kinds, self.bounds)
        if counts is None:
            return None
        mine = [one for one in case.told if (one.source, one.episode) in contacts]
        inherited = tuple(sorted({code for one in mine for code in one.inherited}))
        for who in _sources(mine, but=case.clinic.id):
            asking = self._asking(who, case.clinic.id, often.words(counts, self.bounds), inherited)
            if often.whole(self._heard(case, asking).decision):
                return self._made(case, asking)
        return None

    def _heard(self, case: _Case, told: Told) -> often.Heard:
        """What the clinic may see of a message, as it would be decided if it were sent now."""
        house = self.known.house
        labels = house.label(told.events, told.source, told.inherited)
        inquiry = Inquiry(asker=case.clinic, interest=case.want, at=self.now, directives=case.directives)
        asked = inquiry.about(self.known, told.source, told.events, labels)
        decision = house.decide(asked, case.clinic, labels, kinds(told.events), self.now)
        return often.Heard(contact=(told.source, told.episode), events=told.events, labels=labels, decision=decision)

    def _asking(self, who: Told, clinic: str, said: str, inherited: tuple[str, ...]) -> Told:
        """The message that asks: who it is, as one of their sources told it last, and what is asked."""
        journal = new_id()
        person = next(event.body for event in who.events if isinstance(event.body, Person))
        request = often.request(_number(journal), said, clinic, self.known.county.name, self.now)
        bodies: tuple[Body, ...] = (person, request)
        events = tuple(
            CrisisEvent(id=event_id(journal, n), body=body, source=who.source, recorded_at=self.now)
            for n, body in enumerate(bodies)
        )
        return replace(who, journal=journal, at=self.now, events=events, inherited=inherited, episode="")

    def _made(self, case: _Case, asking: Told) -> Asking | None:
        """The message, planned for this clinic under this one interest."""
        house = changed(self.known.house, audience=Audience([replace(case.clinic, wants=(case.want,))]))
        reading = Reading(
            kind="COORDINATION", events=asking.events, message_id=asking.journal, inherited=asking.inherited
        )
        link = Link(verdict="same", identity=asking.identity, person=case.person, fresh=False)
        source = self.known.county.partners[asking.source]
        known = Known(journal=asking.journal, source=source, as_of=self.now, link=link, directives=case.directives)
        # That somebody was asked to coordinate is no part of what happened.
        plan = replace(house.plan(reading, known), episode=None)
        if not plan.outbox:
            return None
        name, until = _number(asking.journal), self.now + self.bounds.days * DAY
        asked = Asked(person=case.person, identity=asking.identity, clinic=case.clinic.id, number=name)
        lodge = Lodge(kind=KIND, name=name, at=self.now, value=encode(asked), until=until)
        keep = Keep(journal=asking.journal, partner=source.id, at=self.now, door=DOOR, body=b"", plan=plan)
        return Asking(case.clinic.name, lodge, keep)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Case:
    """Somebody who is met often, a clinic that may be asked by an interest of its own, what was told of them, what they allowed."""

    person: str
    clinic: Partner
    want: Interest
    told: Sequence[Told]
    directives: tuple[ConsentDirective, ...]


def _number(journal: str) -> str:
    """The number under which a clinic is asked, and answers. It tells neither who it is nor which message it was."""
    return hashlib.sha256(f"coordinate {journal}".encode()).hexdigest()[:12]


def _sources(told: Sequence[Told], *, but: str) -> Iterator[Told]:
    """Each source but one that says who it is, by its last message that does; the last one first."""
    seen = {but}
    for one in reversed(told):
        if one.source not in seen and any(isinstance(event.body, Person) for event in one.events):
            seen.add(one.source)
            yield one
