"""Answers an officer who asks, while a hold of their agency lasts, whether the person they brought was taken into care."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar, Final

from hub import clock
from hub.app.inquiry import Answering, Inquiry
from hub.app.tick import ticked
from hub.flow.custody import Answer, accepted, answer, held, spelled
from hub.flow.leaf import leaf
from hub.flow.project import Envelope, handling, project
from hub.model.care import Encounter
from hub.model.commands import Note
from hub.model.decision import Decision
from hub.model.entry import Kind
from hub.model.event import CrisisEvent
from hub.model.label import Label
from hub.partners import Interest, Partner
from hub.spans import DAY
from hub.store.asking.scene import Scene, Scenes, Told
from hub.store.result import all_kept

KINDS: Final = frozenset({"LE"})
PURPOSE: Final = "CUSTODY"
# No emergency hold lasts longer before a court has spoken.
LOOKED_BACK: Final = 14 * DAY


@dataclass(slots=True, kw_only=True)
class Custody(Answering):
    """Whether whom an officer brought was taken into care."""

    kinds: ClassVar = KINDS

    async def answer(self, partner: str, incident: str, needed_for: str, by: str) -> bytes:
        """Whether care was accepted, for an officer who represents what that is needed for (45 CFR 164.512(k)(5)(i)).

        Raises StoreUnavailable where its leaf could not be written: nothing was told.
        """
        async with ticked(self.tick_s):
            asker, now = self.known.county.partners[partner], clock.now()
            found, decision, subject = await asyncio.to_thread(self.look, asker, incident, now)
            note = _noted(asker, decision, subject, f"custody, needed for {needed_for}", by)
            all_kept(await self.desk.ask([note]))
        return spelled(found)

    def look(self, asker: Partner, incident: str, now: int) -> tuple[Answer, Decision | None, str]:
        """What may be told now, by which decision, about which identity. Whoever tells it writes its leaf first."""
        self.vault.keys.follow()
        with self.vault.database.read() as connection:
            scene = Scenes(connection, self.vault.keys, self.vault.origin).of(incident)
        since = held(((one.source, event) for one in scene.told for event in one.events), asker.id, now)
        recent = [one for one in scene.mine if one.at >= now - LOOKED_BACK]
        stays = accepted((event for one in recent for event in one.events), since, now) if since else ()
        # What may not be told is as if it were not: then the next one counts.
        found = (self._told(asker, scene, (stay,), recent, now) for stay in stays)
        return next((each for each in found if each[1]), NOBODY)

    def _told(
        self, asker: Partner, scene: Scene, stay: tuple[CrisisEvent], recent: Sequence[Told], now: int
    ) -> tuple[Answer, Decision | None, str]:
        told = [one for one in recent if one.source == stay[0].source and _stays(one)]
        decision, label = self._strictest(asker, scene, told, now)
        if not decision.permits:
            return NOBODY
        shown = project(stay, decision, handling((label,), decision), (Envelope(id="custody", source=""),))
        return answer(shown, self.known.county.zone), decision, told[0].identity

    def _strictest(self, asker: Partner, scene: Scene, told: Sequence[Told], now: int) -> tuple[Decision, Label]:
        """The decision that shows least: what any word about the stay stands under, the whole of it does."""
        interest = Interest(id="custody", bodies=("encounter",), purpose=PURPOSE)
        inquiry = Inquiry(asker=asker, interest=interest, at=now, directives=scene.directives)
        found = [each for one in told for each in self._decided(inquiry, one)]
        return min(found, key=lambda each: each[0].granted[0].bit_count())

    def _decided(self, inquiry: Inquiry, told: Told) -> Iterator[tuple[Decision, Label]]:
        """What is decided of each word about a stay, with what it stands under."""
        house = self.known.house
        for label, event in zip(house.label(told.events, told.source, told.inherited), told.events, strict=True):
            if isinstance(event.body, Encounter):
                asked = inquiry.about(
                    self.known, told.source, (event,), (label,), told.events, custody="HOLD", represented="YES"
                )
                yield house.decide(asked, inquiry.asker, (label,), ("encounter",), inquiry.at), label


NOBODY: Final = (Answer(), None, "")


def _stays(told: Told) -> bool:
    return any(isinstance(event.body, Encounter) for event in told.events)


def _noted(asker: Partner, decision: Decision | None, subject: str, outcome: str, by: str) -> Note:
    """The one leaf: who asked, for what, and by which rules they heard it."""
    now, decisions = clock.now(), (decision,) if decision else ()
    people = (subject,) if subject else ()
    entry = leaf(Kind.VIEW, asker, decisions, now, people=people, purpose=PURPOSE, outcome=outcome, actor=by)
    return Note(at=now, entry=entry)
