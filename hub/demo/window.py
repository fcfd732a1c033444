"""Looks into the running hub as its operator would: what was decided about a message for each partner, and what became of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

import msgspec

from consent.vocabulary import vocabulary
from hub.app.serve import Hub
from hub.flow.question import decode, kinds
from hub.model.decision import Reason
from hub.model.event import CrisisEvent
from hub.model.label import Label
from hub.model.plan import Decided
from hub.model.registry import BIT, FIELDS, LEAVES, body_of
from hub.partners import Partner
from hub.spans import SECOND
from hub.store.journal import Journal, Message, Wanted
from hub.store.ledger import Ledger

# What settles a category best: a law that says no, then what no law says, then what the agreement or the view leaves out.
_STRENGTH: Final = ("forbid", "fault", "undischarged", "silence", "agreement", "view")


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A kind of knowledge that stood in a message and did not go to a partner, all of it or a part, and why: in words, and by which law."""

    what: str
    words: str
    law: str
    effect: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What was decided about one message for one partner: how many of its facts went, and what was kept back, strongest first."""

    partner: str
    purpose: str
    permits: bool
    sent: int
    held: int
    kept: tuple[Kept, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """One line of an episode: when in the county's zone, from whom, and what."""

    at: datetime
    partner: str
    what: str
    kind: str


class Window:
    """Reads a running hub; changes nothing."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub

    @property
    def origin(self) -> str:
        """The ledger's name."""
        return self._hub.vault.origin

    def newest(self, partner: str) -> Message | None:
        """The last message that came from a partner."""
        with self._hub.vault.database.read() as connection:
            found = self._journal(connection).search(Wanted(partner=partner, limit=1))
        return found[0] if found else None

    def verdicts(self, message: Message) -> tuple[Verdict, ...]:
        """Every decision about a message, made again from its facts."""
        with self._hub.vault.database.read() as connection:
            journal = self._journal(connection)
            (kept,), (plan,) = journal.kept([message.journal]), journal.plans([message.journal])
        events = kept.events
        labels = self._hub.known.house.label(events, message.partner, plan.inherited)
        return tuple(self._verdict(decided, events, labels) for decided in plan.decided)

    def _verdict(self, decided: Decided, events: tuple[CrisisEvent, ...], labels: tuple[Label, ...]) -> Verdict:
        house, partner = self._hub.known.house, self._hub.known.county.partners[decided.partner]
        asked = decode(decided.question)
        decision = house.decide(asked, partner, labels, kinds(events), asked.as_of)
        there = [populated(event) for event in events]
        held = [bits & ~granted for bits, granted in zip(there, decision.granted, strict=True)]
        reasons = _strongest(_kinds(held, labels), decision.withheld)
        return Verdict(
            partner=decided.partner,
            purpose=vocabulary().say("purpose", decided.purpose),
            permits=decision.permits,
            sent=sum(bits.bit_count() for bits in there) - sum(bits.bit_count() for bits in held),
            held=sum(bits.bit_count() for bits in held),
            kept=tuple(self._kept(reason, partner, decided.purpose) for reason in reasons),
        )

    def _kept(self, reason: Reason, partner: Partner, purpose: str) -> Kept:
        say = vocabulary().say
        match reason.effect:
            case "silence":
                words = f"No rule lets it go to {say('recipient', partner.kind)} for {say('purpose', purpose)}."
            case "agreement":
                words = f"The agreement {partner.agreement.id} does not cover it."
            case "view":
                words = f"Only {self._views(reason.rule)}."
            case _:
                words = reason.words
        return Kept(what=say("category", reason.category), words=words, law=reason.citation, effect=reason.effect)

    def _views(self, rule: str) -> str:
        rules = self._hub.known.house.rules
        found = next(one for one in rules.rules if one.id == rule)
        return "; ".join(rules.views[name].words for name in found.views)

    def tries(self, message: Message, partner: str) -> int:
        """How often a delivery to a partner was tried."""
        with self._hub.vault.database.read() as connection:
            rows = self._journal(connection).timeline(message.journal)
        return max((len(row.attempts) for row in rows if row.destination == partner), default=0)

    def unsettled(self) -> int:
        """How many deliveries have no answer yet."""
        with self._hub.vault.database.read() as connection:
            journal = self._journal(connection)
            messages = journal.search(Wanted(limit=1000))
            rows = [row for message in messages for row in journal.timeline(message.journal)]
        return sum(row.state not in {"delivered", "cancelled", "parked"} for row in rows)

    def episode(self, message: Message) -> tuple[Moment, ...]:
        """The crisis episode that a message belongs to, in the order in which things happened."""
        with self._hub.vault.database.read() as connection:
            journal = self._journal(connection)
            found = sorted(
                journal.search(Wanted(episode=message.episode, limit=1000)), key=lambda m: (m.happened_at, m.seq)
            )
            plans = journal.plans([one.journal for one in found])
        zone = ZoneInfo(self._hub.known.county.zone)
        return tuple(
            Moment(
                at=datetime.fromtimestamp(one.happened_at / SECOND, zone),
                partner=one.partner,
                what=plan.episode.what if plan.episode else "",
                kind=one.kind,
            )
            for one, plan in zip(found, plans, strict=True)
        )

    def verified(self) -> tuple[int, str]:
        """Re-derive the whole ledger: how many entries it holds, and its root in hexadecimal. Raises ProofFailed."""
        with self._hub.vault.database.read() as connection:
            signed = Ledger(connection).verify(self._hub.vault.signer.verifier)
        return (signed.size, signed.root.hex()) if signed else (0, "")

    def _journal(self, connection: Any) -> Journal:
        return Journal(connection, self._hub.vault.keys, self._hub.vault.origin)


def populated(event: CrisisEvent) -> int:
    """The paths of an event's body that hold something, as bits of the registry."""
    bits = 0
    for path in _filled(event.body, body_of(event.body)):
        bits |= BIT[path]
    return bits


def _filled(value: Any, path: str) -> Iterator[str]:
    if isinstance(value, tuple):
        for inner in value:
            yield from _filled(inner, path)
    elif isinstance(value, msgspec.Struct) and not isinstance(value, LEAVES):
        for name in value.__struct_fields__:
            yield from _filled(getattr(value, name), f"{path}.{name}")
    elif value not in (None, ""):
        yield path


def _kinds(held: list[int], labels: tuple[Label, ...]) -> set[str]:
    """The kinds of knowledge that stood there and did not go, as their labels have recast them."""
    found: set[str] = set()
    for bits, label in zip(held, labels, strict=True):
        for declared in {field.category for n, field in enumerate(FIELDS) if bits >> n & 1}:
            recast = [target for source, target in label.recast if source is declared]
            found.update(kind.value for kind in recast or [declared])
    return found


def _strongest(found: set[str], withheld: tuple[Reason, ...]) -> list[Reason]:
    """For each kind the reason that settled it best; of all, the strongest first."""
    ordered = sorted(withheld, key=lambda r: (_STRENGTH.index(r.effect), r.category, r.rule))
    best = {reason.category: reason for reason in reversed(ordered) if reason.category in found}
    return [reason for reason in ordered if best.get(reason.category) is reason]
