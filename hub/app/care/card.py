"""Answers an officer who asks for the approach card of an incident: decided like everything else, one leaf, one size, one tick."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar, Final, NamedTuple

import msgspec

from hub import clock
from hub.app.inquiry import Answering, Inquiry
from hub.app.tick import ticked
from hub.errors import Lasting
from hub.flow.card import AFTER_CLEAR, EMPTY, Card, card, spelled
from hub.flow.leaf import leaf
from hub.flow.project import Envelope, handling, project
from hub.flow.question import Asked
from hub.model.care import ApproachCard
from hub.model.commands import Note
from hub.model.decision import Decision
from hub.model.disclosure import Disclosure
from hub.model.entry import Kind
from hub.model.event import CrisisEvent
from hub.model.label import Label
from hub.model.plan import Task
from hub.model.public_safety import CallForService
from hub.partners import Interest, Partner
from hub.store.asking.scene import Scene, Scenes, Told
from hub.store.result import all_kept

# Who may ask at all. Everybody else is told that there is nothing at this path.
KINDS: Final = frozenset({"LE", "PSAP", "CORESPONDER"})
PURPOSES: Final = ("APPROACH", "AVERT_THREAT")


class Threat(NamedTuple):
    """A serious and imminent threat as an officer reports it: on which basis, and who judged it (45 CFR 164.512(j)(4))."""

    basis: str
    judged_by: str


@dataclass(frozen=True, slots=True)
class Shown:
    """One card that may be shown: what is left of it, the decision, and where it came from."""

    disclosure: Disclosure
    decision: Decision
    told: Told


@dataclass(frozen=True, slots=True)
class Asking:
    """Who asks at which scene, on whose word about a threat, and when (UTC microseconds)."""

    asker: Partner
    scene: Scene
    threat: Threat | None
    at: int


@dataclass(slots=True, kw_only=True)
class Cards(Answering):
    """The card of an incident."""

    kinds: ClassVar = KINDS

    async def answer(self, partner: str, incident: str, threat: tuple[str, str] | None = None) -> bytes:
        """The card of an incident, `SIZE` bytes. Raises StoreUnavailable where its leaf could not be written: nothing was shown."""
        async with ticked(self.tick_s):
            asker, now = self.known.county.partners[partner], clock.now()
            said = Threat(*threat) if threat else None
            shown, found = await asyncio.to_thread(self.look, asker, incident, said, now)
            all_kept(await self.desk.ask([noted(asker, shown, said, now)]))
        return spelled(found)

    async def spoken(
        self, partner: str, incident: str, *, by: str, threat: tuple[str, str] | None = None, beyond: str = ""
    ) -> Card:
        """A professional tells an officer by telephone: what may be said, and the one leaf that it was (row SC08).

        What they say `beyond` the card, on their own judgement, is a task for whoever reviews it. Raises Lasting without a name.
        """
        if not by.strip():
            raise Lasting("Who tells the officer? A spoken disclosure is somebody's own.")
        asker, now = self.known.county.partners[partner], clock.now()
        said = Threat(*threat) if threat else None
        shown, found = await asyncio.to_thread(self.look, asker, incident, said, now)
        note = noted(asker, shown, said, now, where=f"told by telephone, by {by}")
        words = f"{by} told {partner} more than the card of the incident holds, on their own judgement: {beyond}"
        tasks = (Task(kind="spoken", about=incident, words=words, role="compliance officer"),) if beyond.strip() else ()
        all_kept(await self.desk.ask([msgspec.structs.replace(note, tasks=tasks)]))
        return found

    def look(self, asker: Partner, incident: str, threat: Threat | None, now: int) -> tuple[list[Shown], Card]:
        """What a partner may see of an incident's cards now, and the card it makes. Whoever shows it writes its leaf first."""
        self.vault.keys.follow()
        with self.vault.database.read() as connection:
            scene = Scenes(connection, self.vault.keys, self.vault.origin).of(incident)
        ends = _ends(scene, incident)
        shown = [] if ends and ends <= now else list(self._shown(Asking(asker, scene, threat, now)))
        made = card(one.disclosure for one in shown)
        return shown, msgspec.structs.replace(made, expires_at=ends) if made != EMPTY else EMPTY

    def _shown(self, asking: Asking) -> Iterator[Shown]:
        """What may be shown of each card, the newest first."""
        for told in asking.scene.cards:
            event, label = self._card(told)
            decisions = [
                self.known.house.decide(asked, asking.asker, (label,), ("approach_card",), asking.at)
                for asked in self._asked(asking, told, event, label)
            ]
            best = max(decisions, key=lambda decision: decision.granted[0].bit_count())
            if best.permits:
                envelope = Envelope(id="card", source="")
                yield Shown(project((event,), best, handling((label,), best), (envelope,)), best, told)

    def _card(self, told: Told) -> tuple[CrisisEvent, Label]:
        labels = self.known.house.label(told.events, told.source, told.inherited)
        return next(
            (event, one) for one, event in zip(labels, told.events, strict=True) if isinstance(event.body, ApproachCard)
        )

    def _asked(self, asking: Asking, told: Told, event: CrisisEvent, label: Label) -> Iterator[Asked]:
        """What is asked: by the person's release, and where there is a threat, to avert it."""
        said = [e for one in (*asking.scene.told, told) for e in one.events]
        for purpose in PURPOSES:
            interest = Interest(id="card", bodies=("approach_card",), purpose=purpose)
            inquiry = Inquiry(asker=asking.asker, interest=interest, at=asking.at, directives=asking.scene.directives)
            yield inquiry.about(self.known, told.source, (event,), (label,), said, **_reported(asking.threat))


def _reported(threat: Threat | None) -> dict[str, str]:
    """A credible report of somebody with knowledge is presumed to be in good faith: 45 CFR 164.512(j)(4)."""
    if threat is None or not threat.basis.strip() or not threat.judged_by.strip():
        return {}
    return {"emergency": "THREAT", "judged_by": "REPORT"}


def _ends(scene: Scene, incident: str) -> int:
    """When the card of an incident becomes empty: two hours after it was cleared; 0 while it is open."""
    calls = [e.body for one in scene.told for e in one.events if isinstance(e.body, CallForService)]
    cleared = [c.cleared_at.at for c in calls if c.incident == incident and c.cleared_at]
    return cleared[-1] + AFTER_CLEAR if cleared else 0


def noted(asker: Partner, shown: list[Shown], threat: Threat | None, now: int, where: str = "approach card") -> Note:
    """The one leaf: who looked, for what, by which rules, and on whose word there was a threat."""
    decisions = [one.decision for one in shown]
    basis = f": {threat.basis}" if threat else ""
    # The records of several sources may stand on one card: it is a disclosure of each.
    people = tuple(dict.fromkeys(one.told.identity for one in shown))
    entry = leaf(
        Kind.VIEW,
        asker,
        decisions,
        now,
        people=people,
        journal=shown[0].told.journal if shown else "",
        purpose=PURPOSES[0],
        outcome=f"{where}{basis}",
        actor=threat.judged_by if threat else "",
    )
    return Note(at=now, entry=entry)
