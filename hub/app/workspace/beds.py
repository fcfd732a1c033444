"""Beds on a partner's pages: its own units, set in two taps, and where others told it that there is room."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from threading import Lock

from msgspec.structs import replace

from hub import clock
from hub.access.accounts import Known as Somebody
from hub.app.care.board import Follower, set_beds, stands
from hub.app.workspace.shelf import Seen, Shelves, looked
from hub.app.workspace.writing import Keep
from hub.errors import Conflict, Lasting
from hub.flow.capacity.board import Setting
from hub.flow.capacity.trust import OFFERED, confidence
from hub.flow.rooms import Beds, Elsewhere, Own
from hub.model.service import CapacityReport, DiversionStatus
from hub.partners import Partner

BODIES = ("capacity_report", "diversion_status")
# Where a partner's number comes from is not told with it: it counts as what is believed longest.
_MOST_BELIEVED = "hand"


@dataclass(slots=True, kw_only=True)
class Wards:
    """A partner's beds. It follows the journal, so one serves all pages; `keep` commits, and raises what stood in the way."""

    shelves: Shelves
    keep: Keep
    _follower: Follower = field(init=False)
    _one_by_one: Lock = field(default_factory=Lock)

    def __post_init__(self) -> None:
        self._follower = Follower(self.shelves.vault)

    def listed(self, who: Somebody) -> Beds:
        """The partner's own units, and what it was told of others. The leaf is durable when this returns."""
        now, partner = clock.now(), self.shelves.partner(who.account.partner)
        seen = self.shelves.seen(partner.id, BODIES, now)
        found = Beds(own=tuple(self._own(partner, now)), elsewhere=tuple(_elsewhere(seen, partner, now)))
        self.keep(looked(partner, who.actor, seen, "beds", now))
        return found

    def set(self, who: Somebody, unit: str, version: int, given: Setting) -> None:
        """Set one of the partner's own units, as it stood in that version (0: it is new).

        Raises Conflict where a colleague was faster, Lasting for a count that cannot be or a unit that is not theirs.
        """
        partner, now = self.shelves.partner(who.account.partner), clock.now()
        mine = next((one for one in self._own(partner, now) if one.name == unit), None)
        if version and mine is None:
            raise Lasting("This unit is not here, or it is not yours.")
        facility, name = (mine.row.facility, mine.row.unit) if mine else (partner.id, unit)
        before = stands(self.shelves.vault, facility, name)
        if version != (before.at if before else 0) and (version or before):
            raise Conflict("A colleague set this unit meanwhile. These are the numbers now.")
        profile = before.profile if before else given.profile
        what = replace(given, facility=facility, unit=name, at=now, by=who.actor, profile=profile)
        self.keep(set_beds(self._follower, what, actor=who.actor))

    def _own(self, partner: Partner, now: int) -> Iterator[Own]:
        """Its units: whoever speaks for a facility is the partner that told of it, or the one of that name."""
        with self._one_by_one:
            rows = self._follower.rows(now, always=True)
            mine = [row for row in rows if partner.id in (row.facility, self._follower.sender(row.facility))]
        for row in mine:
            before = stands(self.shelves.vault, row.facility, row.unit)
            name = row.unit if row.facility == partner.id else f"{row.facility} {row.unit}"
            yield Own(name=name, row=row, version=before.at if before else 0)


def _elsewhere(seen: Iterable[Seen], partner: Partner, now: int) -> Iterator[Elsewhere]:
    """The newest word of each unit that others told of; nobody is sent to a bed that was counted long ago."""
    told: dict[tuple[str, str], Elsewhere] = {}
    for one in seen:
        for event in one.disclosure.events:
            found = _said(event.body, one)
            if found and found.facility != partner.id:
                old = confidence(_MOST_BELIEVED, found.at, now) < OFFERED
                told.setdefault((found.facility, found.unit), replace(found, stale=old))
    yield from sorted(told.values(), key=lambda one: (one.stale, -(one.available or 0), one.facility, one.unit))


def _said(body: object, one: Seen) -> Elsewhere | None:
    source = one.due.source
    if isinstance(body, CapacityReport) and body.bed is None:
        at = body.as_of.at if body.as_of else one.due.at
        profile = tuple(
            code.code or code.local for code in (*body.profile, *((body.bed_type,) if body.bed_type else ()))
        )
        return Elsewhere(
            facility=body.facility or source, unit=body.unit, available=body.available, occupied=body.occupied,
            staffed=body.staffed, waiting=body.waiting or 0, at=at, profile=tuple(dict.fromkeys(profile)),
        )  # fmt: skip
    if isinstance(body, DiversionStatus):
        at = body.since.at if body.since else one.due.at
        words = " ".join(
            code.display or code.code or code.local for code in (body.status, body.scope, body.reason) if code
        )
        until = body.expires_at.at if body.expires_at else 0
        return Elsewhere(facility=body.facility or source, unit="", diversion=words or "diversion", at=at, until=until)
    return None
