"""All rooms of the workspace, as the console asks for them. Made once: some of them follow the journal."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from hub.access.accounts import Known as Somebody
from hub.app.hatch import Writer
from hub.app.house import Household
from hub.app.placing import Placing
from hub.app.vault import Outward, Vault
from hub.app.waiting import Pen, waited
from hub.app.workspace.beds import Wards
from hub.app.workspace.placements import Placements
from hub.app.workspace.referrals import Referrals
from hub.app.workspace.shelf import Shelves
from hub.app.workspace.writing import Keep
from hub.courier import prepare
from hub.doors import desk as doorstep
from hub.flow.calendar import Calendar
from hub.partners import Partner


class Desk(Writer, prepare.Desk, doorstep.Desk, Protocol):
    """The way to the one writer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Workspace:
    """What partners' own people see and do."""

    shelves: Shelves
    referrals: Referrals
    placements: Placements
    beds: Wards

    def partner(self, who: Somebody) -> Partner:
        """Whose people they are."""
        return self.shelves.partner(who.account.partner)


def workspace(known: Household, vault: Vault, names: Outward, desk: Desk) -> Workspace:
    """The rooms of a running hub; `desk` is the way to its one writer."""
    shelves = Shelves(known=known, vault=vault, names=names)
    keep, placing = Keep(Pen(desk).ask), Placing(known=known, vault=vault, desk=desk)
    calendar = Calendar(zone=known.county.zone)
    return Workspace(
        shelves=shelves,
        referrals=Referrals(shelves=shelves, calendar=calendar, keep=keep),
        placements=Placements(shelves=shelves, placing=placing, keep=keep, waited=waited),
        beds=Wards(shelves=shelves, keep=keep),
    )
