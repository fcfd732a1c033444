"""An outbox row becomes a parcel: decided again (it can only narrow), made a Disclosure by `project`, written by the adapter."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Final, Protocol

import msgspec

from hub.contracts import Adapter, Parcel, Target
from hub.courier.alias import Alias, Telling, named
from hub.errors import HubError
from hub.flow.leaf import leaf
from hub.flow.overtaken import SEALED, concerned, overtaken
from hub.flow.plan import House
from hub.flow.project import Envelope, handling, project
from hub.flow.question import Asked, again, decode, kinds
from hub.flow.told import spans
from hub.model.commands import Claim, Command, Release
from hub.model.consent import ConsentDirective
from hub.model.decision import Decision
from hub.model.entry import Kind, LedgerEntry
from hub.model.event import CrisisEvent
from hub.model.label import Label
from hub.model.registry import BIT, path_set
from hub.partners import Partner
from hub.store.asking.called import Own
from hub.store.asking.due import Due
from hub.store.asking.recalls import Past
from hub.store.result import Result

# What it takes to hear by which number one's own system knows somebody.
NAME: Final = BIT["person.names.family"]


class Desk(Protocol):
    """The way to the one writer."""

    def ask(self, commands: Sequence[Command]) -> asyncio.Future[Sequence[Result]]:
        """Commit these commands; one result each, in order."""
        ...


class Names(Protocol):
    """What one partner sees instead of our ids: no two partners' ids join."""

    def message(self, partner: str, inner: str) -> str:
        """The outward id of a message to this partner: its message id and idempotency key."""
        ...

    def person(self, partner: str, identity: str) -> str:
        """The partner's own pseudonym of a source identity."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """A parcel, and the claim that must be durable before its first byte leaves."""

    outbox: int
    attempt: int
    journal: str
    identity: str
    parcel: Parcel
    command: Claim


@dataclass(frozen=True, slots=True, kw_only=True)
class Nothing:
    """Nothing may leave any more, or it cannot be written: the row ends here, and says why."""

    outbox: int
    command: Release


@dataclass(slots=True, kw_only=True)
class Preparer:
    """Turns rows into parcels. `allowed` gives what a person's consents say now, asked for only when they changed since."""

    house: House
    adapters: Mapping[str, Adapter]
    names: Names
    allowed: Callable[[str], Sequence[ConsentDirective]]
    zone: str
    # What a partner last got of each other source identity of the same person.
    akin: Callable[[str, str], Sequence[Past]] = lambda *_: ()
    # By which number a partner's own system knows the person of a source identity.
    own: Callable[[str, str], Own | None] = lambda *_: None
    # What the source of a message told later of the same person or episode, the oldest first.
    since: Callable[[str], Sequence[tuple[CrisisEvent, ...]]] = lambda _: ()

    def prepare(self, partner: Partner, row: Due, now: int) -> Prepared | Nothing:
        """Claim or end one row as of `now` (UTC microseconds)."""
        if row.lost:
            return _ended(partner, row, _NOTHING, now, to="parked", reason=row.lost)
        labels = self.house.label(row.events, row.source, row.inherited)
        decision = self.decide(partner, row, labels, now)
        if not decision.permits:
            return _ended(
                partner, row, decision, now, to="cancelled", reason="It was decided again, and nothing may be sent now."
            )
        try:
            return self._written(partner, row, labels, decision, now)
        except HubError as problem:
            return _ended(partner, row, decision, now, to="parked", reason=f"It cannot be written: {problem}")

    def decide(self, partner: Partner, row: Due, labels: tuple[Label, ...], now: int) -> Decision:
        """The decision of the row, as of now: never more than was decided when the message came.

        A record that a later version seals is told to nobody, and one whose caller took permission back as without it.
        Where neither the person's consents nor the rules in force nor what the partner is have changed since, and no date has
        come at which they say something else, the answer now is that answer.
        """
        asked, bodies, house = decode(row.question), kinds(row.events), self.house
        changes = overtaken(row.events, self.since(row.journal)) if concerned(row.events) else frozenset()
        if "sealed" in changes:
            return Decision(
                partner=partner.id, purpose=asked.facts["purpose"], granted=(0,) * len(bodies), withheld=(SEALED,),
                rule_set=house.rules.hash, as_of=now,
            )  # fmt: skip
        if "withdrawn" in changes:
            asked = msgspec.structs.replace(asked, facts=asked.facts | {"permission": "NO"})
        turned = (
            row.changed
            or asked.facts["recipient"] != partner.kind
            or (asked.valid_until is not None and asked.valid_until <= now)
        )
        anew = self._asked_again(asked, partner, row, labels, now) if turned else asked
        decision = house.decide(anew, partner, labels, bodies, now)
        if not turned and house.rules.at(asked.as_of) is house.rules.at(now):
            return decision
        first = house.decide(asked, partner, labels, bodies, asked.as_of)
        granted = tuple(a & b for a, b in zip(first.granted, decision.granted, strict=True))
        return msgspec.structs.replace(decision, granted=granted)

    def aliases(self, partner: Partner, row: Due, decision: Decision, now: int) -> tuple[Alias, ...]:
        """By what else the partner knows the person of a row, as far as it may be told so in this delivery."""
        if not row.akin or not named(decision.granted):
            return ()
        telling = Telling(house=self.house, partner=partner, question=row.question, at=now)
        earlier = self.akin(partner.id, row.identity)
        return telling.aliases(earlier, self.allowed, partial(self.names.person, partner.id))

    def _own(self, partner: Partner, row: Due, decision: Decision) -> Own | None:
        """The partner's own number of the person, where its format calls people so and it is told their name anyway."""
        asks = getattr(self.adapters[partner.id], "own_numbers", False)
        told = any(bits & NAME for bits in decision.granted)
        return self.own(partner.id, row.identity) if asks and row.akin and told else None

    def _asked_again(self, asked: Asked, partner: Partner, row: Due, labels: tuple[Label, ...], now: int) -> Asked:
        said = self.allowed(row.identity)
        return again(asked, partner, said, source=row.source, as_of=now, labels=labels, told=spans(said, row.events))

    def _written(self, partner: Partner, row: Due, labels: tuple[Label, ...], decision: Decision, now: int) -> Prepared:
        known = self.aliases(partner, row, decision, now)
        mine = self._own(partner, row, decision)
        # Numbers of deliveries are given anew after a backup was restored, and partners know what they had under them; the
        # journal id never is. A message that is planned anew has a row of its own.
        inner = [row.journal, str(row.outbox), _shown(decision.granted), *_all(known, mine)]
        key = self.names.message(partner.id, "/".join(inner))
        envelopes = [Envelope(id=f"{key}.{n}", source=row.source) for n in range(len(row.events))]
        disclosure = project(row.events, decision, handling(labels, decision), envelopes)
        target = Target(
            partner=partner.id,
            message_id=key,
            person_id=self.names.person(partner.id, row.identity),
            at=row.at,
            zone=self.zone,
            own=mine.number if mine else "",
            aliases=tuple(alias.id for alias in known),
            options=partner.delivery.options if partner.delivery else {},
        )
        writing = self.adapters[partner.id].write(disclosure, target)
        digest = hashlib.sha256(writing.body).digest()
        # A format that has no place for a further id told nothing.
        aliases = [alias for alias in known if alias.id.encode() in writing.body]
        entry = msgspec.structs.replace(_entry(Kind.ATTEMPT, partner, row, decision, now), also=_all(aliases, mine))
        if partner.delivery and partner.delivery.receipts:
            # The leaf commits to the very bytes: whoever holds its receipt can show which.
            entry = msgspec.structs.replace(entry, outcome=f"body {digest.hex()}")
        parcel = Parcel(
            partner=partner.id, key=key, body=writing.body, media_type=writing.media_type, again=row.attempts > 0
        )
        claim = Claim(
            outbox=row.outbox,
            attempt=row.attempts + 1,
            at=now,
            key=key,
            body_digest=digest,
            entry=entry,
            aliases=tuple(alias.entry for alias in aliases),
        )
        return Prepared(
            outbox=row.outbox,
            attempt=row.attempts + 1,
            journal=row.journal,
            identity=row.identity,
            parcel=parcel,
            command=claim,
        )


_NOTHING = Decision(partner="", purpose="", granted=())


def unclaimed(partner: Partner, row: Due, problem: HubError, now: int) -> Nothing:
    """The row ends here and waits for a person: the store cannot take its claim, and will not later."""
    return _ended(partner, row, _NOTHING, now, to="parked", reason=f"It cannot be claimed: {problem}")


def _ended(partner: Partner, row: Due, decision: Decision, now: int, *, to: str, reason: str) -> Nothing:
    entry = _entry(Kind.REFUSED, partner, row, decision, now)
    command = Release(outbox=row.outbox, at=now, to=to, actor="the courier", reason=reason, entry=entry)
    return Nothing(outbox=row.outbox, command=command)


@lru_cache(maxsize=4096)
def _shown(granted: tuple[int, ...]) -> str:
    """What is shown of each event, as a short digest: another answer makes another message."""
    return hashlib.sha256("/".join(map(path_set, granted)).encode()).hexdigest()[:16]


def _all(aliases: Sequence[Alias], own: Own | None) -> tuple[str, ...]:
    """The source identities of which a delivery tells that they are the same person."""
    return tuple(sorted({*(alias.identity for alias in aliases), *([own.identity] if own else [])}))


def _entry(kind: Kind, partner: Partner, row: Due, decision: Decision, at: int) -> LedgerEntry:
    return leaf(kind, partner, (decision,), at, people=(row.identity,), journal=row.journal)
