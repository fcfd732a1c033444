"""Shows a partner the state of an incident as its own format has it: decided like every delivery, one leaf, and only then shown."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from hub import clock
from hub.app.house import Household
from hub.app.inquiry import Inquiry
from hub.app.tick import TICK_S, ticked
from hub.app.vault import Outward, Vault
from hub.contracts import Target, Writing
from hub.courier.prepare import Desk
from hub.errors import Unmapped
from hub.flow.episode import instant
from hub.flow.leaf import leaf
from hub.flow.project import Envelope, handling, project
from hub.flow.question import kinds
from hub.model.commands import Note
from hub.model.decision import Decision
from hub.model.entry import Kind
from hub.model.incident import tells_of
from hub.model.label import Label
from hub.partners import Interest, Partner
from hub.store.asking.scene import Scene, Scenes, Told
from hub.store.result import all_kept

# The format whose partners ask for incidents by reference (NENA-STA-024).
FORMAT: Final = "eido"


@dataclass(frozen=True, slots=True)
class Found:
    """The newest word on an incident that may be shown, as the partner's format writes it."""

    writing: Writing
    decision: Decision
    told: Told


@dataclass(frozen=True, slots=True)
class Asking:
    """Who asks about which scene, and when (UTC microseconds)."""

    asker: Partner
    scene: Scene
    now: int


@dataclass(slots=True, kw_only=True)
class Incidents:
    """Looks, decides, writes one leaf, and only then shows."""

    known: Household
    vault: Vault
    desk: Desk
    names: Outward
    tick_s: float = TICK_S

    def may_ask(self, partner: str) -> bool:
        """Whether this partner receives the format that is conveyed by reference."""
        delivery = self.known.county.partners[partner].delivery
        return delivery is not None and delivery.format == FORMAT

    async def state(self, partner: str, incident: str) -> Writing | None:
        """The newest word on an incident; None for one that is unknown or of which nothing may be shown.

        Raises StoreUnavailable where its leaf could not be written: nothing was shown.
        """
        async with ticked(self.tick_s):
            asker, now = self.known.county.partners[partner], clock.now()
            found = await asyncio.to_thread(lambda: next(self._found(asker, incident, now), None))
            all_kept(await self.desk.ask([_noted(asker, found, now)]))
        return found.writing if found else None

    def _found(self, asker: Partner, incident: str, now: int) -> Iterator[Found]:
        """What may be shown of each message about the incident, the newest word first."""
        self.vault.keys.follow()
        with self.vault.database.read() as connection:
            scene = Scenes(connection, self.vault.keys, self.vault.origin).of(incident)
        told = [one for one in scene.told if tells_of(one.events, incident)]
        for one in sorted(told, key=lambda each: (instant(each.events), each.at), reverse=True):
            if (found := self._written(Asking(asker, scene, now), one)) is not None:
                yield found

    def _written(self, asking: Asking, told: Told) -> Found | None:
        asker = asking.asker
        labels = self.known.house.label(told.events, told.source, told.inherited)
        heard = self.known.house.audience.of(told.events, told.source)
        decisions = [self._decided(asking, one.interest, told, labels) for one in heard if one.partner.id == asker.id]
        best = max(decisions, key=lambda one: sum(bits.bit_count() for bits in one.granted), default=None)
        if best is None or not best.permits:
            return None
        key = self.names.message(asker.id, f"incident/{told.journal}/{asking.now}")
        envelopes = [Envelope(id=f"{key}.{n}", source=told.source) for n in range(len(told.events))]
        target = Target(
            partner=asker.id,
            message_id=key,
            person_id=self.names.person(asker.id, told.identity),
            at=told.at,
            zone=self.known.county.zone,
            options=asker.delivery.options if asker.delivery else {},
        )
        try:
            shown = project(told.events, best, handling(labels, best), envelopes)
            return Found(self.known.writers[asker.id].write(shown, target), best, told)
        except Unmapped:
            return None  # an EIDO has no place for any of it

    def _decided(self, asking: Asking, interest: Interest, told: Told, labels: tuple[Label, ...]) -> Decision:
        asker, now = asking.asker, asking.now
        inquiry = Inquiry(asker=asker, interest=interest, at=now, directives=asking.scene.directives)
        asked = inquiry.about(self.known, told.source, told.events, labels)
        return self.known.house.decide(asked, asker, labels, kinds(told.events), now)


def _noted(asker: Partner, found: Found | None, now: int) -> Note:
    """The one leaf: who looked, and what was shown by which rules, or that nothing was."""
    entry = leaf(
        Kind.VIEW,
        asker,
        (found.decision,) if found else (),
        now,
        people=(found.told.identity,) if found else (),
        journal=found.told.journal if found else "",
        outcome="an incident by reference",
    )
    return Note(at=now, entry=entry)
