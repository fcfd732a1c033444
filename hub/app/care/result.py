"""Answers an officer or counsellor who asks what became of somebody: one bit under a release that covers all, else one constant."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Final, NamedTuple

from hub import clock
from hub.app.inquiry import Answering, Inquiry
from hub.app.tick import ticked
from hub.flow.leaf import leaf
from hub.flow.project import Envelope, handling, project
from hub.flow.question import kinds
from hub.flow.result import NOTHING, Became, Bit, became, bit, spelled
from hub.model.commands import Note
from hub.model.consent import ConsentDirective
from hub.model.decision import Decision
from hub.model.disclosure import Disclosure
from hub.model.entry import Kind
from hub.model.label import Label
from hub.model.registry import BIT
from hub.partners import Interest, Partner
from hub.spans import DAY
from hub.store.asking.crises import Bound, Crises
from hub.store.asking.scene import Scenes
from hub.store.result import all_kept
from hub.store.sealing import Sealer

KINDS: Final = frozenset({"LE", "PSAP", "CORESPONDER", "LIFELINE"})
PURPOSE: Final = "COC"
# What came of a crisis is asked for so long after it.
LOOKED_BACK: Final = 180 * DAY
CONNECTED: Final = BIT["referral.connected"]
_BARE: Final = Envelope(id="result", source="")


class Inquiring(NamedTuple):
    """Who asks, what the person has said, and when (UTC microseconds)."""

    asker: Partner
    directives: tuple[ConsentDirective, ...]
    now: int


@dataclass(slots=True, kw_only=True)
class Results(Answering):
    """What became of whom an incident was about."""

    kinds: ClassVar = KINDS

    async def answer(self, partner: str, incident: str) -> bytes:
        """What became of whom an incident was about. Raises StoreUnavailable where its leaf could not be written."""
        async with ticked(self.tick_s):
            asker, now = self.known.county.partners[partner], clock.now()
            found, decisions, subject = await asyncio.to_thread(self._look, asker, incident, now)
            all_kept(await self.desk.ask([_noted(asker, decisions, subject, now)]))
        return spelled(found)

    def _look(self, asker: Partner, incident: str, now: int) -> tuple[Bit, list[Decision], str]:
        self.vault.keys.follow()
        with self.vault.database.read() as connection:
            sealer = Sealer(self.vault.keys, self.vault.origin)
            scene = Scenes(connection, self.vault.keys, self.vault.origin).of(incident)
            mine = [one.identity for one in scene.told if one.identity]
            told = Crises(connection, sealer).bound(mine[-1], now - LOOKED_BACK) if mine and scene.directives else ()
        if not scene.directives:
            return NOTHING, [], ""
        labels = self._labels(told)
        spoken = ((event.source, event) for one in told for event in one.events)
        found = became(spoken, now, self.known.house.performers)
        inquiring = Inquiring(asker, scene.directives, now)
        pairs = [self._shown(one, tuple(dict.fromkeys(labels[name] for name in one.told)), inquiring) for one in found]
        shown = bit(disclosure for _, disclosure in pairs)
        decisions = [decision for decision, _ in pairs] if shown != NOTHING else []
        return shown, decisions, mine[-1] if decisions else ""

    def _labels(self, told: Sequence[Bound]) -> dict[str, Label]:
        """What each event stands under, as it came: by its unit, by what else its message says, and by the codes it came with."""
        label = self.known.house.label
        return {
            event.id: one
            for each in told
            for event, one in zip(each.events, label(each.events, each.source, each.inherited), strict=True)
        }

    def _shown(
        self, one: Became, labels: tuple[Label, ...], inquiring: Inquiring
    ) -> tuple[Decision, Disclosure | None]:
        """What may be told of one referral, under all that was said of it and only where every provider is covered."""
        house, events, now = self.known.house, (one.event,) * len(labels), inquiring.now
        interest = Interest(id="result", bodies=("referral",), purpose=PURPOSE)
        inquiry = Inquiry(asker=inquiring.asker, interest=interest, at=now, directives=inquiring.directives)
        asked = inquiry.about(self.known, one.source, events, labels)
        decision = house.decide(asked, inquiring.asker, labels, kinds(events), now)
        if not all(granted & CONNECTED for granted in decision.granted) or asked.facts["covers_all"] != "YES":
            return decision, None
        return decision, project(events, decision, handling(labels, decision), (_BARE,) * len(events))


def _noted(asker: Partner, decisions: list[Decision], subject: str, now: int) -> Note:
    """The one leaf: who asked, and by which rules and consents the bit was told."""
    people = (subject,) if subject else ()
    return Note(at=now, entry=leaf(Kind.VIEW, asker, decisions, now, people=people, purpose=PURPOSE, outcome="result"))
