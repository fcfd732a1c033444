"""Breaking the glass: in an emergency a named provider sees one episode of one person, for minutes, and somebody must review it.

The rules decide, as always: no reason opens criminal history, victim services or counselling notes, and no police break it
(invariants glass.lines, glass.victims and glass.police, proved when the rules are loaded).
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import msgspec
from msgspec.structs import replace

from consent.vocabulary import vocabulary
from hub import clock
from hub.app.house import Household
from hub.app.inquiry import Inquiry
from hub.app.tick import TICK_S, ticked
from hub.app.vault import Outward, Vault
from hub.contracts import Target, Writing
from hub.courier.prepare import Desk
from hub.errors import Conflict, Lasting, NotAllowed, Unmapped
from hub.flow.leaf import leaf
from hub.flow.link import traits_of
from hub.flow.linkage.finders import numbers
from hub.flow.project import Envelope, handling, project
from hub.flow.question import Asked, kinds
from hub.model.commands import Lodge, Note
from hub.model.decision import Decision
from hub.model.entry import Kind, LedgerEntry
from hub.model.label import Label
from hub.model.person import Person
from hub.model.plan import Block
from hub.model.values import Identifier
from hub.partners import Interest, Partner
from hub.spans import DAY, MINUTE
from hub.store.asking.scene import Scenes, Told
from hub.store.result import all_kept
from hub.store.sealing import Sealer
from hub.store.writing.lodged import Lodged, Lodging

KIND: Final = "glass"
# A partner with so many unreviewed uses waits for its reviewer.
UNREVIEWED: Final = 5
LONGEST_MIN: Final = 60
REVIEW_WITHIN: Final = 3 * DAY
PROVIDERS: Final = frozenset(vocabulary().dimensions["recipient"].sets["providers"])
VERDICTS: Final = ("justified", "unjustified")
# 42 CFR 2.51(c) asks for who, from where, when and why; the review is in the queue before anything is shown.
DISCHARGED: Final = ("BREAK_GLASS_REASON", "BREAK_GLASS_REVIEW", "P2_EMERGENCY_RECORD")


class Request(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who breaks it, why, for how many minutes; and about whom, by a number that the partner knows the person by.

    `unobtainable` says that no consent can be had, which the law asks for before it opens substance-use records.
    """

    who: str
    reason: str
    minutes: int
    identifier: str
    assigner: str = ""
    type: str = "MR"
    emergency: str = "MEDICAL"
    unobtainable: bool = False


class Broken(msgspec.Struct, frozen=True, kw_only=True):
    """One use, as it waits for review or was reviewed. Instants are UTC microseconds, 0 for not yet."""

    partner: str
    request: Request
    at: int
    until: int
    reviewed_at: int = 0
    reviewer: str = ""
    verdict: str = ""
    words: str = ""


@dataclass(frozen=True, slots=True)
class Opened:
    """One message of the episode, as the partner's format writes it, and the decision behind it."""

    writing: Writing
    decision: Decision
    told: Told


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Broken).decode


@dataclass(slots=True, kw_only=True)
class Glass:
    """Lodges the use, decides, leaves one leaf, and then shows."""

    known: Household
    vault: Vault
    desk: Desk
    names: Outward
    tick_s: float = TICK_S

    def request(self, body: bytes) -> Request:
        """What a body asks for. Raises NotAllowed naming the place in it, never a value."""
        try:
            return msgspec.json.decode(body, type=Request)
        except (msgspec.DecodeError, UnicodeDecodeError) as wrong:
            words = (
                "A use says who, reason, minutes and identifier, and perhaps assigner, type, emergency, unobtainable."
            )
            raise NotAllowed(words) from wrong

    def may_ask(self, partner: str) -> bool:
        """Whether this partner gives care, and has a format to be answered in."""
        return self.known.county.partners[partner].kind in PROVIDERS and partner in self.known.writers

    async def broken(self, partner: str, request: Request) -> tuple[str, int, list[Writing]]:
        """Open one episode: the id of this use, until when it may be looked at again, and its messages in the partner's format.

        Raises NotAllowed for what no reason opens: nobody named, no reason, too many minutes, too many unreviewed uses.
        """
        now = clock.now()
        uses = await asyncio.to_thread(self._uses)
        self._check(partner, request, [use for _, use in uses])
        name = secrets.token_hex(8)
        use = Broken(partner=partner, request=request, at=now, until=now + request.minutes * MINUTE)
        await self._keep(_lodged(name, use))
        async with ticked(self.tick_s):
            return name, use.until, await self._show(use, now)

    async def again(self, partner: str, name: str) -> tuple[int, list[Writing]]:
        """The same episode while its minutes last, decided again; afterwards nothing, and never an error."""
        async with ticked(self.tick_s):
            now = clock.now()
            found = dict(await asyncio.to_thread(self._uses)).get(name)
            if found is None or found.partner != partner:
                return 0, []
            return found.until, await self._show(found, now) if now < found.until else []

    def _uses(self) -> list[tuple[str, Broken]]:
        self.vault.keys.follow()
        with self.vault.database.read() as connection:
            return uses(Lodged(connection, Sealer(self.vault.keys, self.vault.origin)))

    def _check(self, partner: str, request: Request, uses: Sequence[Broken]) -> None:
        waiting = sum(use.partner == partner and not use.reviewed_at for use in uses)
        for wrong, words in (
            (not request.who.strip(), "Somebody must be named."),
            (not request.reason.strip(), "There must be a reason."),
            (not 1 <= request.minutes <= LONGEST_MIN, f"It is broken for 1 to {LONGEST_MIN} minutes."),
            (request.emergency not in ("MEDICAL", "THREAT"), "An emergency is MEDICAL or THREAT."),
            (waiting >= UNREVIEWED, f"{UNREVIEWED} uses wait for their review."),
        ):
            if wrong:
                raise NotAllowed(words)

    async def _show(self, use: Broken, now: int) -> list[Writing]:
        opened = await asyncio.to_thread(lambda: list(self._opened(use, now)))
        await self._keep(_noted(self.known.county.partners[use.partner], use, opened, now))
        return [one.writing for one in opened]

    async def _keep(self, *commands: Lodge | Note) -> None:
        all_kept(await self.desk.ask(commands))

    def _opened(self, use: Broken, now: int) -> Iterator[Opened]:
        with self.vault.database.read() as connection:
            scene = Scenes(connection, self.vault.keys, self.vault.origin).last_of(_numbers(use))
        partner, interest = self.known.county.partners[use.partner], Interest(id="glass", bodies=(), purpose="BTG")
        inquiry = Inquiry(asker=partner, interest=interest, at=now, directives=scene.directives)
        for told in scene.told:
            if (found := self._written(inquiry, use, told)) is not None:
                yield found

    def _written(self, inquiry: Inquiry, use: Broken, told: Told) -> Opened | None:
        partner, labels = inquiry.asker, self.known.house.label(told.events, told.source, told.inherited)
        asked = self._asked(inquiry, use, told, labels)
        decision = self.known.house.decide(asked, partner, labels, kinds(told.events), inquiry.at)
        if not decision.permits:
            return None
        key = self.names.message(partner.id, f"glass/{told.journal}/{use.at}")
        envelopes = [Envelope(id=f"{key}.{n}", source=told.source) for n in range(len(told.events))]
        disclosure = project(told.events, decision, handling(labels, decision), envelopes)
        target = Target(
            partner=partner.id,
            message_id=key,
            person_id=self.names.person(partner.id, told.identity),
            at=told.at,
            zone=self.known.county.zone,
        )
        try:
            return Opened(self.known.writers[partner.id].write(disclosure, target), decision, told)
        except Unmapped:
            return None  # the partner's format has no place for any of it

    def _asked(self, inquiry: Inquiry, use: Broken, told: Told, labels: tuple[Label, ...]) -> Asked:
        obtainable = "NO" if use.request.unobtainable else "YES"
        asked = inquiry.about(
            self.known, told.source, told.events, labels, emergency=use.request.emergency, obtainable=obtainable
        )
        return replace(asked, discharged=DISCHARGED)


def uses(lodged: Lodged) -> list[tuple[str, Broken]]:
    """Every use by name, the oldest first."""
    return sorted(((one.name, _decode(one.value)) for one in lodged.all(KIND)), key=lambda pair: pair[1].at)


def reviewed(lodging: Lodging | None, name: str, *, actor: str, verdict: str, words: str, known_as: str = "") -> Lodge:
    """Somebody's judgement of one use. Raises Lasting or Conflict where there is nothing to judge, or it is one's own use.

    `known_as` is the name that the actor goes by among people, where it is another.
    """
    if lodging is None:
        raise Lasting("There is no such use.", at=name, cure="`crisis-hub glass list` names them.")
    use = _decode(lodging.value)
    if use.reviewed_at:
        raise Conflict(f"It was reviewed already, by {use.reviewer}.", at=name)
    mine = (actor.split(" (", maxsplit=1)[0].casefold(), known_as.strip().casefold())
    if use.request.who.strip().casefold() in mine:
        raise NotAllowed("Nobody reviews their own use.", at=name)
    at = clock.now()
    entry = LedgerEntry(
        kind=Kind.REVEAL, at=at, purpose="BTG", outcome=f"break-glass {name} reviewed: {verdict}", actor=actor
    )
    done = replace(use, reviewed_at=at, reviewer=actor, verdict=verdict, words=words)
    return Lodge(kind=KIND, name=name, at=at, value=_encode(done), before=lodging.version, entry=entry)


def unreviewed(found: Sequence[tuple[str, Broken]], now: int) -> int:
    """How many uses nobody has judged in time."""
    return sum(not use.reviewed_at and use.at + REVIEW_WITHIN <= now for _, use in found)


def _lodged(name: str, use: Broken) -> Lodge:
    """The use, in the queue of reviews before anything is shown."""
    return Lodge(kind=KIND, name=name, at=use.at, value=_encode(use), entry=_queued(name, use))


def _queued(name: str, use: Broken) -> LedgerEntry:
    """What the ledger keeps of a use before anything is shown."""
    return LedgerEntry(
        kind=Kind.REVEAL,
        at=use.at,
        partner=use.partner,
        purpose="BTG",
        outcome=f"break-glass {name}: {use.request.reason}",
        actor=use.request.who,
    )


def _noted(partner: Partner, use: Broken, opened: Sequence[Opened], now: int) -> Note:
    """The one leaf of one look: what was shown of whom, or that nothing was."""
    decisions = [one.decision for one in opened]
    # The records of several sources may be shown in one look: it is a disclosure of each.
    people = tuple(dict.fromkeys(one.told.identity for one in reversed(opened)))
    entry = leaf(
        Kind.VIEW,
        partner,
        decisions,
        now,
        people=people,
        journal=opened[-1].told.journal if opened else "",
        purpose="BTG",
        outcome=f"break-glass: {use.request.reason}",
        actor=use.request.who,
    )
    return Note(at=now, entry=entry)


def _numbers(use: Broken) -> tuple[Block, ...]:
    request = use.request
    number = Identifier(value=request.identifier, assigner=request.assigner, type=request.type)
    return numbers(traits_of(Person(identifiers=(number,)), use.partner)) if request.identifier else ()
