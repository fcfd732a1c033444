"""Calls and approach cards on pages: a card by an opaque pass that holds for one incident, one person and one shift."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

import msgspec

from hub import clock
from hub.access.accounts import Known as Somebody
from hub.access.responders import SHIFT
from hub.app.care.card import Cards
from hub.app.care.roster import Rosters
from hub.app.workspace.shelf import Seen, Shelves, looked
from hub.app.workspace.writing import Keep
from hub.errors import Lasting
from hub.flow.card import Card
from hub.flow.paper import said
from hub.flow.proposed import Proposed
from hub.flow.rooms import Call, Team
from hub.model.commands import Lodge, Note
from hub.model.entry import Kind, LedgerEntry
from hub.model.plan import Fact, Task
from hub.model.public_safety import CallForService, UnitStatus
from hub.model.values import Code, Instant
from hub.spans import DAY
from hub.store.sealing import Sealer
from hub.store.writing.lodged import Lodged

KIND: Final = "card pass"
BODIES: Final = ("call_for_service",)
UNITS: Final = ("unit_status",)
RECENT: Final = DAY
LONGEST: Final = 128
ROLE: Final = "crisis clinician"
_BUSY: Final = frozenset({"NotAvailable", "OutOfService"})


class Pass(Fact, frozen=True):
    """What a pass is for: whose, which incident, and on whose word there is a threat, if there is one."""

    account: str
    partner: str
    incident: str
    basis: str = ""
    judged_by: str = ""


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Pass).decode
_card = msgspec.json.Decoder(Card).decode


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenes:
    """What dispatchers and responders ask for. `waited` runs something of the hub's own loop from a page's thread."""

    shelves: Shelves
    keep: Keep
    cards: Cards
    rosters: Rosters
    waited: Callable[..., Any]

    def may_ask(self, who: Somebody) -> bool:
        """Whether this partner sends anybody to a scene."""
        return self.cards.may_ask(who.account.partner)

    def calls(self, who: Somebody) -> tuple[Call, ...]:
        """The calls of the last day that the partner was told of, those in crisis first. The leaf is durable when this returns."""
        now, partner = clock.now(), self.shelves.partner(who.account.partner)
        seen = [one for one in self.shelves.seen(partner.id, BODIES, now) if one.due.at >= now - RECENT]
        self.keep(looked(partner, who.actor, seen, "calls", now))
        return tuple(sorted(_calls(seen), key=lambda one: (bool(one.cleared_at), not one.crisis, -one.at)))

    def teams(self, who: Somebody) -> tuple[Team, ...]:
        """Units as the partner was told of them in the last day, trained and free ones first. The leaf is durable when this returns."""
        now, partner = clock.now(), self.shelves.partner(who.account.partner)
        seen = [one for one in self.shelves.seen(partner.id, UNITS, now) if one.due.at >= now - RECENT]
        self.keep(looked(partner, who.actor, seen, "teams", now))
        return tuple(sorted(_teams(seen), key=lambda one: (not one.free, not one.trained, one.unit)))

    def proposals(self, who: Somebody, incidents: Collection[str]) -> dict[str, Proposed]:
        """The units that are proposed for each of these, or why none is; for whoever sends anybody to a scene. No worker is named."""
        return self.rosters.proposals(incidents, clock.now()) if self.may_ask(who) else {}

    def begin(self, who: Somebody, incident: str, *, basis: str, judged_by: str) -> str:
        """A pass for the card of an incident. Raises Lasting for what is missing."""
        number = incident.strip()
        if not 0 < len(number) <= LONGEST:
            raise Lasting("Which incident? Write its number.")
        if bool(basis.strip()) != bool(judged_by.strip()):
            raise Lasting("A threat is reported with its basis and with who judged it.")
        now, token = clock.now(), secrets.token_urlsafe(18)
        mine = Pass(
            account=who.id,
            partner=who.account.partner,
            incident=number,
            basis=basis.strip(),
            judged_by=judged_by.strip(),
        )
        self.keep(Lodge(kind=KIND, name=_name(token), at=now, value=_encode(mine), until=now + SHIFT))
        return token

    def card(self, who: Somebody, name: str) -> Card:
        """The card of a pass. Over, none or somebody else's: an empty card, and a leaf all the same."""
        found = self._pass(who, name)
        incident = found.incident if found else ""
        threat = (found.basis, found.judged_by) if found and found.basis else None
        body: bytes = self.waited(partial(self.cards.answer, who.account.partner, incident, threat))
        return _card(body)

    def call_me(self, who: Somebody, name: str, phone: str) -> None:
        """Ask a clinician to call a responder who holds a pass. Raises Lasting without a number, or without a pass."""
        found = self._pass(who, name)
        if found is None:
            raise Lasting("This pass is over.", cure="Ask for the card once more.")
        if not sum(letter.isdigit() for letter in phone) >= 7 or len(phone) > 40:
            raise Lasting("Which number shall they call?")
        now, partner = clock.now(), self.shelves.partner(who.account.partner)
        words = f"A responder of {partner.name} at a scene asks to be called: {phone.strip()}."
        entry = LedgerEntry(
            kind=Kind.OUTCOME, at=now, partner=partner.id, actor=who.actor, outcome="clinician asked for"
        )
        self.keep(Note(at=now, entry=entry, tasks=(Task(kind="call", about=found.incident, words=words, role=ROLE),)))

    def _pass(self, who: Somebody, name: str) -> Pass | None:
        vault = self.shelves.vault
        vault.keys.follow()
        with vault.database.read() as connection:
            lodged = Lodged(connection, Sealer(vault.keys, vault.origin)).one(KIND, _name(name))
        found = _decode(lodged.value) if lodged else None
        mine = found is not None and (found.account, found.partner) == (who.id, who.account.partner)
        return found if mine else None


def _name(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _calls(seen: Iterable[Seen]) -> Iterable[Call]:
    """The newest word of each incident."""
    told: dict[str, Call] = {}
    for one in seen:
        for event in one.disclosure.events:
            body = event.body
            if isinstance(body, CallForService) and body.incident:
                told.setdefault(body.incident, _call(body, one.due.at))
    return told.values()


def _call(body: CallForService, at: int) -> Call:
    return Call(
        incident=body.incident,
        at=_at(body.received_at) or at,
        what=_words(body.final_type) or _words(body.initial_type) or "call",
        place=said(body.place, str) or "",
        crisis=_words(body.crisis),
        priority=_words(body.priority),
        on_scene_at=_at(body.on_scene_at),
        cleared_at=_at(body.cleared_at),
    )


def _teams(seen: Iterable[Seen]) -> Iterable[Team]:
    """The newest word of each unit, the newest delivery first; a state is never set by hand."""
    told: dict[str, Team] = {}
    for one in seen:
        for event in one.disclosure.events:
            body = event.body
            if isinstance(body, UnitStatus) and body.unit:
                told.setdefault(body.unit, _team(body, one.due.at))
    return told.values()


def _team(body: UnitStatus, at: int) -> Team:
    newest = max(map(_at, (body.assigned_at, body.en_route_at, body.on_scene_at, body.cleared_at)), default=0)
    free = bool(body.cleared_at) or (not body.incident and _words(body.status) not in _BUSY)
    words = ", ".join(filter(None, (_words(body.status), *map(_words, body.secondary_status))))
    return Team(
        unit=body.unit,
        at=newest or at,
        kind=_words(body.kind),
        free=free,
        trained=bool(body.cit),
        words=words,
        incident="" if free else body.incident,
    )


def _at(instant: Instant | None) -> int:
    return instant.at if instant else 0


def _words(code: Code | None) -> str:
    return said(code, str) or ""
