"""The roster of a hub: loaded whole from the training and scheduling systems' table, and asked who may go to a crisis."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Final

import msgspec
from msgspec.structs import replace

from hub import clock
from hub.app.house import Household
from hub.app.vault import Vault
from hub.errors import Lasting
from hub.flow.guidance import Wish, fitting
from hub.flow.programme import Proposal, of_call, proposals
from hub.flow.proposed import Department, Proposed, propose
from hub.flow.roster import Coverage, Member, Unit, coverage, free, of_units, on_duty
from hub.model.commands import Lodge
from hub.model.entry import Kind, LedgerEntry
from hub.model.plan import Fact
from hub.model.public_safety import CallForService, UnitStatus
from hub.partners import Guidance
from hub.spans import DAY, HOUR
from hub.store.asking.crises import Crises
from hub.store.asking.scene import Scenes
from hub.store.sealing import Sealer
from hub.store.writing.lodged import Lodged

KIND: Final = "roster"
# Duties that ended so long ago are still asked about: who answered that call, and were they certified?
REMEMBERED: Final = 400 * DAY
OPEN: Final = 12 * HOUR
_encode = msgspec.msgpack.Encoder().encode
_members = msgspec.msgpack.Decoder(tuple[Member, ...]).decode


class Answer(Fact, frozen=True):
    """Who may go to an incident: the units on duty, free ones alone, certified first; which of them are proposed, or why none is.

    Then every programme's answer, and what to go by.
    """

    incident: str
    units: tuple[Unit, ...]
    proposed: Proposed
    programmes: tuple[Proposal, ...]
    guidance: tuple[Guidance, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Rosters:
    """Reads the roster and the calls it is asked about."""

    known: Household
    vault: Vault

    def members(self) -> tuple[Member, ...]:
        """Every duty that is known."""
        return _members(self._lodged()[1] or _encode(()))

    def load(self, fresh: tuple[Member, ...], *, actor: str) -> Lodge:
        """The command by which a table takes the place of what was known of the days it is about."""
        version, _ = self._lodged()
        now = clock.now()
        first, last = min((m.starts for m in fresh), default=0), max((m.ends for m in fresh), default=0)
        kept = [m for m in self.members() if m.ends > now - REMEMBERED and not (first <= m.starts < last)]
        merged = tuple(sorted({*kept, *fresh}, key=lambda m: (m.starts, m.unit, m.worker)))
        entry = LedgerEntry(kind=Kind.CONFIG, at=now, actor=actor, outcome=f"roster: {len(fresh)} duties")
        return Lodge(kind=KIND, name=KIND, at=now, value=_encode(merged), before=version, entry=entry)

    def units(self, now: int) -> tuple[Unit, ...]:
        """The units on duty, certified ones first. A certificate that ended at midnight is not one any more."""
        return on_duty(self.members(), now, self.known.county.zone)

    def proposals(self, incidents: Collection[str], now: int) -> dict[str, Proposed]:
        """What is proposed for each of these incidents, as far as dispatch told of it in the last hours."""
        calls = {call.incident: call for call in self._calls(now - OPEN)} if incidents else {}
        units = free(self.units(now), calls.values())
        return {name: propose(calls[name], units, self._departments) for name in incidents if name in calls}

    def proposed(self, incident: str, now: int) -> Answer:
        """Who may go to an incident. Raises Lasting where nobody told of it."""
        with self.vault.database.read() as connection:
            scene = Scenes(connection, self.vault.keys, self.vault.origin).of(incident)
        bodies = [e.body for told in scene.told for e in told.events if isinstance(e.body, CallForService)]
        mine = [call for call in bodies if call.incident == incident]
        if not mine:
            raise Lasting("Nobody told of such an incident.")
        county = self.known.county
        need, units = of_call(mine[-1], now), free(self.units(now), self._calls(now - OPEN))
        return Answer(
            incident=incident,
            units=units,
            proposed=propose(mine[-1], units, self._departments),
            programmes=proposals(county.programmes, need, county.zone),
            guidance=fitting(county.library, Wish(crises=need.crises, armed=need.armed)),
        )

    @property
    def _departments(self) -> tuple[Department, ...]:
        """The police departments that tell the hub of anything."""
        police = (one for one in self.known.county.partners.values() if one.kind == "LE" and one.source)
        return tuple(Department(id=one.id, areas=one.areas) for one in police)

    def coverage(self, since: int) -> Coverage:
        """How many crisis calls since an instant were answered by somebody certified."""
        return coverage(self._calls(since), self.members(), self.known.county.zone)

    def _calls(self, since: int) -> Iterator[CallForService]:
        """Every call since an instant, as dispatch told of it last, with each unit as its own last word has it."""
        centres = [name for name, one in self.known.county.partners.items() if one.kind == "PSAP"]
        newest: dict[str, CallForService] = {}
        units: dict[str, dict[str, UnitStatus]] = defaultdict(dict)
        after = 0
        with self.vault.database.read() as connection:
            crises = Crises(connection, Sealer(self.vault.keys, self.vault.origin))
            while page := crises.told_by(centres, after, since, ""):
                for body in (event.body for told in page for event in told.events):
                    # Some formats tell of units within the call, and EIDO beside it.
                    for unit in of_units(body):
                        units[unit.incident][unit.unit] = unit
                    if isinstance(body, CallForService) and body.incident:
                        newest[body.incident] = body
                after = page[-1].seq
        for name, call in newest.items():
            yield replace(call, units=tuple(units[name].values()))

    def _lodged(self) -> tuple[int, bytes]:
        self.vault.keys.follow()
        with self.vault.database.read() as connection:
            found = Lodged(connection, Sealer(self.vault.keys, self.vault.origin)).one(KIND, KIND)
        return (found.version, found.value) if found else (0, b"")
