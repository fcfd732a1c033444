"""Certified units that are free are proposed to the dispatch centre whose call is a crisis: once a call, in the centre's own format."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from dataclasses import replace as changed
from typing import Final

from msgspec.structs import replace

from hub.app.care.roster import Rosters
from hub.app.house import Household
from hub.app.vault import Vault
from hub.contracts import Reading
from hub.courier.prepare import Desk
from hub.flow.audience import Audience
from hub.flow.plan import Known
from hub.model.commands import Command, Keep, Lodge
from hub.model.event import CrisisEvent, event_id
from hub.model.plan import Link
from hub.model.public_safety import CallForService, UnitStatus
from hub.model.values import Code
from hub.partners import Partner
from hub.spans import DAY, HOUR
from hub.store.asking.crises import Crises
from hub.store.ids import new_id
from hub.store.result import all_kept
from hub.store.sealing import Sealer
from hub.store.writing.lodged import Lodged

EVERY_S: Final = 1.0
KIND: Final = "units proposed"
DOOR: Final = "roster"
# Whom to send is asked at once, or never.
_FRESH: Final = HOUR
# As NENA's registries call it: a unit trained for crises, which is on no call and nobody has assigned.
_UNIT: Final = Code(code="CrisisInterventionUnit")
_FREE: Final = Code(code="Available")


@dataclass(slots=True, kw_only=True)
class Proposing:
    """Looked at every second. What was proposed is lodged, so a restart proposes nothing twice."""

    known: Household
    vault: Vault
    desk: Desk
    _seen: int = 0

    async def look(self, now: int) -> int:
        """Look once as of an instant; says for how many calls units were proposed."""
        commands = await asyncio.to_thread(lambda: list(self._proposed(now)))
        all_kept(await self.desk.ask(commands) if commands else ())
        return len(commands) // 2

    def _proposed(self, now: int) -> Iterator[Command]:
        calls = self._calls(now)
        if not calls:
            return
        rosters = Rosters(known=self.known, vault=self.vault)
        proposals = rosters.proposals(calls, now)
        for incident, found in proposals.items():
            if found.units:
                police = self.known.county.partners[found.department]
                yield from self._message(calls[incident], police, incident, found.units, now)

    def _calls(self, now: int) -> dict[str, Partner]:
        """Calls in crisis of the last hour that still go on, as the next messages tell of them, and for which nothing was proposed.

        By incident, each with the centre that told of it.
        """
        partners = self.known.county.partners
        centres = [name for name, one in partners.items() if one.kind == "PSAP" and _takes_units(one)]
        self.vault.keys.follow()
        found: dict[str, tuple[Partner, CallForService]] = {}
        with self.vault.database.read() as connection:
            sealer = Sealer(self.vault.keys, self.vault.origin)
            crises = Crises(connection, sealer)
            while page := crises.told_by(centres, self._seen, now - _FRESH, DOOR):
                self._seen = page[-1].seq
                for event in (event for told in page for event in told.events):
                    if isinstance(event.body, CallForService) and event.body.incident:
                        found[event.body.incident] = partners[event.source], event.body
            lodged = Lodged(connection, sealer)
            return {
                name: centre
                for name, (centre, call) in found.items()
                if call.crisis
                and call.crisis.code
                and not call.cleared_at
                and not lodged.one(KIND, _once(centre, name))
            }

    def _message(
        self, centre: Partner, police: Partner, incident: str, units: Sequence[str], now: int
    ) -> Iterator[Command]:
        journal = new_id()
        bodies = [UnitStatus(unit=unit, incident=incident, kind=_UNIT, status=_FREE, cit=True) for unit in units]
        events = tuple(
            CrisisEvent(id=event_id(journal, n), body=body, source=police.id, recorded_at=now)
            for n, body in enumerate(bodies)
        )
        owner = hashlib.sha256(f"units {centre.id} {incident}".encode()).hexdigest()[:32]
        nobody = Link(verdict="nobody", identity=owner, person=owner, fresh=False)
        house = changed(self.known.house, audience=Audience([centre]))
        reading = Reading(kind="UNITS", events=events, message_id=journal)
        plan = house.plan(reading, Known(journal=journal, source=police, as_of=now, link=nobody))
        # Who may be sent is no part of what happened.
        plan = replace(plan, episode=None)
        yield Lodge(kind=KIND, name=_once(centre, incident), at=now, value=b"told", until=now + DAY)
        yield Keep(journal=journal, partner=police.id, at=now, door=DOOR, body=b"", plan=plan)


def _takes_units(centre: Partner) -> bool:
    """Whether it wants units at all; most dispatch systems are only read."""
    return any("unit_status" in want.bodies and want.purpose == "DISPATCH" for want in centre.wants)


def _once(centre: Partner, incident: str) -> str:
    return hashlib.sha256(f"{centre.id} {incident}".encode()).hexdigest()[:32]
