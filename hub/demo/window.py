"""Looks into the running hub as its operator would: what was decided about a message for each partner, and what became of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from consent.vocabulary import vocabulary
from hub.app.asking.elements import elements, filled
from hub.app.asking.look import Look
from hub.app.asking.then import then
from hub.app.asking.why import Case, cases
from hub.app.keeping.proofs import Verified
from hub.model.decision import Reason
from hub.partners import Partner
from hub.spans import SECOND
from hub.store.asking.journal import Message, Wanted

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

    def __init__(self, look: Look) -> None:
        self._look = look

    def newest(self, partner: str) -> Message | None:
        """The last message that came from a partner."""
        with self._look.journal() as journal:
            found = journal.search(Wanted(partner=partner, limit=1))
        return found[0] if found else None

    def verdicts(self, message: Message) -> tuple[Verdict, ...]:
        """Every decision about a message, made again from its facts."""
        with self._look.journal() as journal:
            found = cases(self._look.known, journal, message)
        return tuple(self._verdict(case) for case in found)

    def _verdict(self, case: Case) -> Verdict:
        known, events = then(self._look.known, self._look.archive, case), case.events or ()
        if known is None:
            raise LookupError(case.decided.partner)
        partner, decision = known.partner, known.decide()
        sent, held = elements(events, decision.granted).counts
        reasons = strongest(filled(decision, events, known.labels).withheld)
        return Verdict(
            partner=partner.id,
            purpose=vocabulary().say("purpose", decision.purpose),
            permits=decision.permits,
            sent=sent,
            held=held,
            kept=tuple(self._kept(reason, partner, decision.purpose) for reason in reasons),
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
        rules = self._look.known.house.rules
        found = next(one for one in rules.rules if one.id == rule)
        return "; ".join(rules.views[name].words for name in found.views)

    def tries(self, message: Message, partner: str) -> int:
        """How often a delivery to a partner was tried."""
        with self._look.journal() as journal:
            rows = journal.timeline(message.journal)
        return max((len(row.attempts) for row in rows if row.destination == partner), default=0)

    def unsettled(self, messages: Sequence[Message]) -> int:
        """How many deliveries of these messages have no answer yet."""
        with self._look.journal() as journal:
            rows = [row for message in messages for row in journal.timeline(message.journal)]
        return sum(row.state not in {"delivered", "cancelled", "parked"} for row in rows)

    def episode(self, message: Message) -> tuple[Moment, ...]:
        """The crisis episode that a message belongs to, in the order in which things happened."""
        zone = ZoneInfo(self._look.known.county.zone)
        return tuple(
            Moment(at=datetime.fromtimestamp(one.at / SECOND, zone), partner=one.partner, what=one.what, kind=one.kind)
            for one in self._look.episode(message.journal).happenings
        )

    def verified(self) -> Verified:
        """The whole ledger, derived again. Raises ProofFailed."""
        return self._look.verify_ledger()


def strongest(withheld: Sequence[Reason]) -> list[Reason]:
    """For each kind of knowledge the reason that settled it best; of all, the strongest first."""
    ordered = sorted(withheld, key=lambda r: (_STRENGTH.index(r.effect), r.category, r.rule))
    best = {reason.category: reason for reason in reversed(ordered)}
    return [reason for reason in ordered if best[reason.category] is reason]
