"""Whoever asks the hub about somebody is answered by one way: the rules are asked as they are for a delivery."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from hub.app.house import Household
from hub.app.tick import TICK_S
from hub.app.vault import Vault
from hub.courier.prepare import Desk
from hub.flow.circumstances import circumstances, suspected
from hub.flow.question import NOTHING_AGREED, Asked, ask, capacity
from hub.flow.standing import standing
from hub.flow.told import spans
from hub.model.consent import ConsentDirective
from hub.model.event import CrisisEvent
from hub.model.label import Label
from hub.partners import Interest, Partner


@dataclass(slots=True, kw_only=True)
class Answering:
    """Looks, decides, writes one leaf, and only then answers, on the tick."""

    kinds: ClassVar[frozenset[str]]
    """The kinds of partner that may ask. Everybody else is told that there is nothing at this path."""

    known: Household
    vault: Vault
    desk: Desk
    tick_s: float = TICK_S

    def may_ask(self, partner: str) -> bool:
        """Whether this partner may ask at all; the rules decide what it hears."""
        return self.known.county.partners[partner].kind in self.kinds


@dataclass(frozen=True, slots=True, kw_only=True)
class Inquiry:
    """Who asks, by which interest, about somebody who said what (`directives`), and when (UTC microseconds)."""

    asker: Partner
    interest: Interest
    at: int
    directives: tuple[ConsentDirective, ...] = ()

    def about(
        self,
        known: Household,
        source: str,
        events: Sequence[CrisisEvent],
        labels: Sequence[Label],
        beside: Sequence[CrisisEvent] = (),
        **facts: str,
    ) -> Asked:
        """The question about `events` of a source, with their labels. Circumstances are theirs and those of events `beside` them.

        `facts` are what else is known of the case, and count more than what the events tell.
        """
        partner = known.county.partners.get(source)
        say = circumstances([event.body for event in (*beside, *events)], self.at) | suspected(labels)
        agreed = partner is not None and known.house.in_force(partner, self.at)
        say = {**say, **(capacity(partner) if partner and agreed else NOTHING_AGREED), **facts}
        signed = standing(
            self.directives,
            recipient=(self.asker.id, self.asker.kind),
            purpose=self.interest.purpose,
            source=source,
            as_of=self.at,
            events=tuple(label.spoken_of for label in labels),
            told=spans(self.directives, events),
        )
        return ask(say, self.asker, self.interest, signed, state=known.house.state, as_of=self.at)
