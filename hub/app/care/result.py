"""Answers an officer or counsellor who asks what became of somebody: one bit under a release that covers all, else one constant."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import ClassVar, Final

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
from hub.partners import Interest, Partner
from hub.spans import DAY
from hub.store.asking.crises import Crises
from hub.store.asking.scene import Scenes
from hub.store.result import all_kept
from hub.store.sealing import Sealer

KINDS: Final = frozenset({"LE", "PSAP", "CORESPONDER", "LIFELINE"})
PURPOSE: Final = "COC"
# What came of a crisis is asked for so long after it.
LOOKED_BACK: Final = 180 * DAY


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
            events = Crises(connection, sealer).about(mine[-1], now - LOOKED_BACK) if mine and scene.directives else ()
        if not scene.directives:
            return NOTHING, [], ""
        told = became(((event.source, event) for event in events), now)
        pairs = [self._shown(one, asker, scene.directives, now) for one in told]
        shown = bit(disclosure for _, disclosure in pairs)
        decisions = [decision for decision, _ in pairs] if shown != NOTHING else []
        return shown, decisions, mine[-1] if decisions else ""

    def _shown(
        self, one: Became, asker: Partner, directives: tuple[ConsentDirective, ...], now: int
    ) -> tuple[Decision, Disclosure | None]:
        """What may be told of one referral, by those who told of it last and only where every provider is covered."""
        house, events = self.known.house, (one.event,)
        labels = house.label(events, one.source, ())
        interest = Interest(id="result", bodies=("referral",), purpose=PURPOSE)
        inquiry = Inquiry(asker=asker, interest=interest, at=now, directives=directives)
        asked = inquiry.about(self.known, one.source, events, labels)
        decision = house.decide(asked, asker, labels, kinds(events), now)
        if not decision.permits or asked.facts["covers_all"] != "YES":
            return decision, None
        return decision, project(events, decision, handling(labels, decision), (Envelope(id="result", source=""),))


def _noted(asker: Partner, decisions: list[Decision], subject: str, now: int) -> Note:
    """The one leaf: who asked, and by which rules and consents the bit was told."""
    people = (subject,) if subject else ()
    return Note(at=now, entry=leaf(Kind.VIEW, asker, decisions, now, people=people, purpose=PURPOSE, outcome="result"))
