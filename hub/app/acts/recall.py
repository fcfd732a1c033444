"""Recalls, kept going: whenever something changed about a person, what was sent or waits is decided again, and recipients are told.

What waits and may not be sent any more is ended at once. What was sent, and could not be sent now because of the change, is
recalled: by a notice through the partner's own way in, or where its format has no word for that by a task for a person.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import structlog
from msgspec import structs

from hub import clock
from hub.app.house import Household
from hub.app.vault import Outward, Vault
from hub.contracts import Target
from hub.courier.alias import NUMBERS, Telling
from hub.courier.prepare import Desk
from hub.errors import HubError, Lasting
from hub.flow.project import Envelope, handling, project
from hub.flow.question import again, decode
from hub.flow.recall import HUB, INTEREST, PATIENCE, Order, Recalled, narrowed, notice, recorded, words
from hub.model.commands import Attest, Command, Heed, Keep, Recall, Release
from hub.model.consent import ConsentDirective
from hub.model.decision import Decision
from hub.model.entry import Kind, LedgerEntry
from hub.model.plan import Plan, Task
from hub.model.registry import BIT
from hub.partners import Partner
from hub.spans import SECOND
from hub.store.asking.recalls import Changed, Past, Recalls, Standing
from hub.store.ids import new_id, short

log = structlog.get_logger(__name__)
EVERY_S: Final = 1.0
# A change is looked at again for so long: a send that was decided just before it may be claimed just after it.
SETTLING: Final = 15 * SECOND
ROLE: Final = "privacy officer"


@dataclass(slots=True, kw_only=True)
class Recaller:
    """Looks at every person of whom something changed, in the process that delivers."""

    known: Household
    vault: Vault
    desk: Desk
    settling: int = SETTLING
    # Up to here everything was looked at.
    _done: int = 0

    async def look(self, now: int) -> int:
        """Look once, as of `now` (UTC microseconds): says how many deliveries were ended or recalled."""
        done = 0
        for changed in await asyncio.to_thread(self._changed):
            commands = await asyncio.to_thread(self._commands, changed, now)
            done += sum(isinstance(c, Release) or (isinstance(c, Recall) and len(c.deliveries)) for c in commands)
            for result in await self.desk.ask(commands) if commands else ():
                if result.error is not None:
                    log.warning("not recalled yet", cause=result.error.message)
        return done

    def _changed(self) -> list[Changed]:
        self.vault.keys.follow()
        with self.vault.database.read() as connection:
            books = Recalls(connection, self.vault.keys, self.vault.origin)
            found = books.changed(above=self._done)
            if not found:
                # The newest number may come once more: a link judged by a person has that of the message to come.
                self._done = max(0, books.newest() - 1)
            return found

    def _commands(self, changed: Changed, now: int) -> list[Command]:
        with self.vault.database.read() as connection:
            books = Recalls(connection, self.vault.keys, self.vault.origin)
            found = [self._looked(past, books, changed.at) for past in books.past(changed.person)]
        ended = [_ended(each.past, now) for each in found if each.ends]
        recalled: dict[tuple[str, str], list[Recalled]] = defaultdict(list)
        for each in found:
            if each.beyond:
                recalled[each.past.destination, each.past.identity].append(
                    _recalled(each.past, each.beyond, each.unsaid)
                )
        recalls = [asked_back(self.known, *whom, several, now) for whom, several in recalled.items()]
        settled = changed.at + self.settling <= now
        return [*ended, *recalls, *([Heed(person=changed.person, changed=changed.changed)] if settled else [])]

    def _looked(self, past: Past, books: Recalls, at: int) -> Looked:
        """What of one delivery may not be relied on any more, and whether nothing of it may still be sent."""
        partner = self.known.county.partners.get(past.destination)
        if partner is None or past.source == HUB:
            return Looked(past=past)
        now = self._decided(past, partner, books.allowed(past.identity), at)
        ends = past.waiting and not now.permits
        if past.recalled or not past.claims:
            return Looked(past=past, ends=ends)
        beyond = 0
        for claim in past.claims:
            before = self._decided(past, partner, books.allowed(past.identity, claim.at), at)
            beyond |= narrowed(before, now, sum(BIT.get(path, 0) for path in claim.paths))
        unsaid = self._unsaid(past, partner, books, at)
        return Looked(past=past, ends=ends, beyond=beyond | (NUMBERS if unsaid else 0), unsaid=unsaid)

    def _unsaid(self, past: Past, partner: Partner, books: Recalls, at: int) -> tuple[str, ...]:
        """The partner's ids that a delivery called one person, where one of them is another person now, or may not be told any more."""
        told = {(other, claim.at) for claim in past.claims for other in claim.akin}
        if not told:
            return ()
        one = books.one_person(past.identity)
        telling = Telling(house=self.known.house, partner=partner, question=past.question, at=at)
        earlier = {
            each.identity: structs.replace(each, recalled=False) for each in books.akin(partner.id, past.identity)
        }
        gone = {
            other
            for other, when in told
            if other not in one
            # A number that the partner gave itself is no secret from it: it is wrong, or it is not.
            or (
                other in earlier
                and telling.decided(earlier[other], books.allowed(other, when))
                and not telling.decided(earlier[other], books.allowed(other))
            )
        }
        return tuple(sorted(self._called(partner, each, books) for each in (past.identity, *gone))) if gone else ()

    def _called(self, partner: Partner, identity: str, books: Recalls) -> str:
        """What a partner calls somebody: by its own number, where it is a record of its own."""
        mine = books.own(partner.id, identity)
        known = Outward(self.vault.keys, [partner.id]).person(partner.id, identity)
        return mine.number if mine and mine.identity == identity else known

    def _decided(self, past: Past, partner: Partner, said: Sequence[ConsentDirective], at: int) -> Decision:
        """The decision about a delivery by what a person had said, as of one and the same instant."""
        asked = again(
            decode(past.question), partner, said,
            source=past.source, as_of=at, labels=past.labels, told=past.told,
        )  # fmt: skip
        return self.known.house.decide(asked, partner, past.labels, past.bodies, at)


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """What came of looking at one delivery: whether it ends unsent, and which elements (bits) went too far.

    `unsaid` are ids of the partner's own that are not to be held to be one person any more.
    """

    past: Past
    ends: bool = False
    beyond: int = 0
    unsaid: tuple[str, ...] = ()


def asked_back(
    known: Household, destination: str, identity: str, several: Sequence[Recalled], now: int, *, ordered: bool = False
) -> Recall:
    """The recall of deliveries about one source identity from one partner: by notice, or by hand where it has no words for one.

    `ordered`: an order binds the records, so that every copy is to be deleted.
    """
    partner = known.county.partners[destination]
    order = Order(journal=new_id(), identity=identity, at=now, recalled=tuple(several), ordered=ordered)
    plan = notice(known.house, partner, order)
    keep = None
    if plan.outbox and _carries(known, partner, plan, order):
        body = words(partner.agreement, order.recalled, ordered=ordered).encode()
        keep = Keep(journal=order.journal, partner=HUB, at=now, door=INTEREST, body=body, plan=plan)
    return Recall(
        deliveries=tuple(one.outbox for one in several),
        at=now,
        due_at=now + PATIENCE,
        entry=recorded(partner, order),
        keep=keep,
        task=None if keep else _by_hand(partner, order),
    )


def taken_back(known: Household, several: Sequence[Past], now: int) -> list[Command]:
    """What an order means for deliveries of records: what waits ends, and whoever got one is asked to delete it."""
    back: dict[tuple[str, str], list[Recalled]] = defaultdict(list)
    for past in several:
        if past.claims and not past.recalled and past.destination in known.county.partners:
            bits = sum({BIT.get(path, 0) for claim in past.claims for path in claim.paths})
            back[past.destination, past.identity].append(_recalled(past, bits))
    ended = [_ended(past, now) for past in several if past.waiting]
    return [*ended, *(asked_back(known, *whom, found, now, ordered=True) for whom, found in back.items())]


def _carries(known: Household, partner: Partner, plan: Plan, order: Order) -> bool:
    """Whether the partner's format has words for the notice: what does not name the message is none.

    Where people read pages no system answers: that it stands there says nothing, so somebody must say that it was seen to.
    """
    if partner.delivery is not None and partner.delivery.carrier == "workspace":
        return False
    labels = plan.labelled.each
    asked = decode(plan.decided[0].question)
    decision = known.house.decide(asked, partner, labels, plan.labelled.bodies, order.at)
    shown = project(plan.events, decision, handling(labels, decision), (Envelope(id="n", source=HUB),))
    target = Target(partner=partner.id, message_id="n", person_id="n", at=order.at, zone=known.county.zone)
    try:
        body = known.writers[partner.id].write(shown, target).body
    except HubError:
        return False
    return all(key.encode() in body for one in order.recalled for key in one.keys)


def attested(standing: Sequence[Standing], journal: str, destination: str, actor: str) -> list[Command]:
    """Somebody's word that a partner stopped relying on a message. Raises Lasting where no recall of it is open."""
    mine = [
        one for one in standing if one.journal == journal and destination in ("", one.destination) and not one.done_at
    ]
    if not mine:
        raise Lasting(
            "No recall of this message is open.", at=short(journal), cure="`crisis-hub recall list` names them."
        )
    if len({one.destination for one in mine}) > 1:
        names = ", ".join(one.destination for one in mine)
        raise Lasting(
            "It was recalled from several partners.", at=short(journal), cure=f"Name one with --partner: {names}."
        )
    return [_attest(mine[0], actor)]


def _attest(one: Standing, actor: str) -> Attest:
    at = clock.now()
    entry = LedgerEntry(
        kind=Kind.RECALL,
        at=at,
        journal=one.journal,
        partner=one.destination,
        purpose="NOTICE",
        outcome="attested",
        actor=actor,
    )
    return Attest(outbox=one.outbox, at=at, actor=actor, entry=entry)


def _recalled(past: Past, bits: int, unsaid: tuple[str, ...] = ()) -> Recalled:
    keys = tuple(dict.fromkeys(claim.key for claim in past.claims))
    return Recalled(outbox=past.outbox, journal=past.journal, keys=keys, bits=bits, unsaid=unsaid)


def _ended(past: Past, now: int) -> Release:
    entry = LedgerEntry(
        kind=Kind.REFUSED,
        at=now,
        journal=past.journal,
        partner=past.destination,
        subject=past.identity,
        outcome="recalled",
    )
    reason = "What may be told of the person changed, and nothing of this may be sent now."
    return Release(outbox=past.outbox, at=now, to="cancelled", actor="the recall", reason=reason, entry=entry)


def _by_hand(partner: Partner, order: Order) -> Task:
    """What a person must do where no notice can be sent: whom to ring, and what to say. Nothing of the messages is in it."""
    keys = ", ".join(key for one in order.recalled for key in one.keys)
    reached = (
        f"{partner.contact or 'the contact'} of {partner.name}, {partner.phone or 'by the number in its agreement'}"
    )
    asked = words(partner.agreement, order.recalled, ordered=order.ordered)
    said = f"Ask {reached}: {asked} Their ids there: {keys}. Then: crisis-hub recall done MESSAGE."
    return Task(kind="recall", about=partner.id, words=said, role=ROLE, due_at=order.at + PATIENCE)
