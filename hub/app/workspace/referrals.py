"""Referrals on a partner's pages: listed without a name, opened with a leaf, answered by a message decided like any other."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from typing import Final

import msgspec

from hub import clock
from hub.access.accounts import Known as Somebody
from hub.app.workspace.shelf import LISTED, Seen, Shelves, looked
from hub.app.workspace.writing import Keep, message
from hub.console import times
from hub.errors import Conflict, Lasting
from hub.flow.calendar import Calendar, of_partner
from hub.flow.inbox import Answer, Inbound, Told, answered, checked, inbox
from hub.flow.paper import Part, notice, parts
from hub.model.commands import Keep as Kept
from hub.model.entry import Kind
from hub.model.event import Body, CrisisEvent
from hub.model.registry import mask
from hub.model.service import Referral
from hub.store.asking.shelf import LAST

BODIES: Final = ("referral", "appointment")
# So many messages of a crisis stand on one page.
PAPERS: Final = 20
_LIST: Final = mask(LISTED)
_encode = msgspec.json.Encoder().encode


@dataclass(frozen=True, slots=True)
class Opened:
    """A referral that was opened: how it stands, and what this partner may see of each of its messages."""

    one: Inbound
    seen: tuple[Seen, ...]
    zone: str
    # Where the next page of it goes on; empty where this is the end.
    further: str = ""

    @property
    def papers(self) -> tuple[tuple[int, str, tuple[Part, ...], tuple[tuple[str, str], ...]], ...]:
        """Its messages in words, the newest first: when, from whom, what it says, how to handle it."""
        when = partial(times.stamp, zone=self.zone)
        return tuple(
            (s.due.at, s.due.source, parts(s.disclosure.events, when), notice(s.disclosure.handling)) for s in self.seen
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Referrals:
    """What was referred to a partner, and its answers. `keep` commits."""

    shelves: Shelves
    zone: str
    keep: Keep

    def listed(self, who: Somebody) -> tuple[tuple[Inbound, ...], int]:
        """The partner's referrals, those that are due first, without anybody's name. The leaf is durable when this returns.

        With them since when they are all there (UTC microseconds): 0 where none is older.
        """
        now = clock.now()
        seen = self.shelves.seen(who.account.partner, BODIES, now, only=_LIST)
        found = self._inbox(who, seen, now)
        self.keep(looked(self.shelves.partner(who.account.partner), who.actor, seen, "list of referrals", now))
        return found, seen[-1].due.at if len(seen) >= LAST else 0

    def opened(self, who: Somebody, name: str, *, sheet: bool = False) -> Opened:
        """One referral with all that this partner may see of it now, and one leaf. Raises Lasting where it has no such referral."""
        now = clock.now()
        one, seen = self._one(who, name, now)
        kind, what = (Kind.EXPORT, "referral, sheet") if sheet else (Kind.VIEW, "referral")
        self.keep(looked(self.shelves.partner(who.account.partner), who.actor, seen[:1], what, now, kind=kind))
        return Opened(one, seen, self.shelves.known.county.zone)

    def course(self, who: Somebody, name: str, after: str = "") -> Opened:
        """A page of the crisis that a referral belongs to, as far as this partner may know it now, and one leaf of what is on it.

        The newest first, from behind the message called `after`; from the newest on where it is none. Raises Lasting as `opened`.
        """
        now = clock.now()
        one, seen = self._one(who, name, now)
        whole = tuple(self.shelves.course(who.account.partner, seen[0].due.journal, now)) or seen
        names = [each.name for each in whole]
        begin = names.index(after) + 1 if after in names[:-1] else 0
        course = whole[begin : begin + PAPERS]
        note = looked(self.shelves.partner(who.account.partner), who.actor, course, "course of a crisis", now)
        # Each source's record of the person was shown: it is a disclosure of each.
        first, *others = dict.fromkeys(each.due.identity for each in course)
        entry = msgspec.structs.replace(note.entry, subject=first, also=tuple(others), journal=seen[0].due.journal)
        self.keep(msgspec.structs.replace(note, entry=entry))
        further = course[-1].name if begin + PAPERS < len(whole) else ""
        return Opened(one, course, self.shelves.known.county.zone, further)

    def answer(self, who: Somebody, name: str, version: str, answer: Answer) -> None:
        """Answer a referral as it stood in that version. Raises Conflict where it changed meanwhile, Lasting for what is missing."""
        now = clock.now()
        one, seen = self._one(who, name, now)
        if one.version != version:
            raise Conflict("This referral changed while you had it open. Nothing was sent.")
        bodies = answered(checked(answer, one, now), one, who.account.partner, now)
        self.keep(self._message(who, one, seen[0], bodies, answer))

    def _one(self, who: Somebody, name: str, now: int) -> tuple[Inbound, tuple[Seen, ...]]:
        seen = self.shelves.seen(who.account.partner, BODIES, now)
        one = next((each for each in self._inbox(who, seen, now) if each.name == name), None)
        if one is None:
            raise Lasting("This referral is not here, or it is not for you.")
        mine = {told.name for told in one.told}
        return one, tuple(each for each in seen if each.name in mine)

    def _inbox(self, who: Somebody, seen: Iterable[Seen], now: int) -> tuple[Inbound, ...]:
        told = [
            Told(name=one.name, at=one.due.at, source=one.due.source, events=one.disclosure.events)
            for one in seen
            if not _criteria(one.disclosure.events)
        ]
        own = (event for message in self.shelves.own(who.account.partner) for event in message.events)
        return inbox(who.account.partner, told, own, self._hours, now)

    def _hours(self, partner: str) -> Calendar:
        """When the people of a partner are there."""
        return of_partner(self.shelves.known.county.partners.get(partner), self.zone)

    def _message(self, who: Somebody, one: Inbound, seen: Seen, bodies: tuple[Body, ...], answer: Answer) -> Kept:
        """The answer as a message of the partner about that person: kept once for each version, so that two at once are one."""
        partner = self.shelves.partner(who.account.partner)
        journal = hashlib.sha256(f"workspace {partner.id} {one.stands.number} {one.version}".encode()).hexdigest()[:32]
        said = _encode({"answer": answer.act})
        return message(self.shelves, partner, bodies, seen.due, journal=journal, body=said)


def _criteria(events: Iterable[CrisisEvent]) -> bool:
    """Whether this asks for a bed without saying for whom: that is answered as a placement."""
    asked = [event.body for event in events if isinstance(event.body, Referral)]
    return any(body.intent is not None and body.intent.code == "proposal" for body in asked)
