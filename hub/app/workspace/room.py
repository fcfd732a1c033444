"""All rooms of the workspace, as the console asks for them. Made once: some of them follow the journal."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Protocol

from hub.access.accounts import Known as Somebody
from hub.app.care.card import Cards
from hub.app.care.placing import Placing
from hub.app.care.roster import Rosters
from hub.app.hatch import Writer
from hub.app.house import Household
from hub.app.vault import Outward, Vault
from hub.app.waiting import Pen, waited
from hub.app.workspace.beds import Wards
from hub.app.workspace.contacts import Contacts
from hub.app.workspace.placements import Placements
from hub.app.workspace.recalls import Recalls
from hub.app.workspace.records import Records
from hub.app.workspace.referrals import Referrals
from hub.app.workspace.scenes import Scenes
from hub.app.workspace.shelf import Shelves
from hub.app.workspace.writing import Keep
from hub.courier import prepare
from hub.doors import desk as doorstep
from hub.intake import Answer, Arrival
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
    contacts: Contacts
    scenes: Scenes
    records: Records
    recalls: Recalls

    def partner(self, who: Somebody) -> Partner:
        """Whose people they are."""
        return self.shelves.partner(who.account.partner)


async def _taken(desk: Desk, arrival: Arrival) -> Answer:
    return await desk.take(arrival)


def workspace(known: Household, vault: Vault, names: Outward, desk: Desk) -> Workspace:
    """The rooms of a running hub; `desk` is the way to its one writer."""
    shelves = Shelves(known=known, vault=vault, names=names)
    keep, placing = Keep(Pen(desk).ask), Placing(known=known, vault=vault, desk=desk)
    cards = Cards(known=known, vault=vault, desk=desk)
    return Workspace(
        shelves=shelves,
        referrals=Referrals(shelves=shelves, zone=known.county.zone, keep=keep),
        placements=Placements(shelves=shelves, placing=placing, keep=keep, waited=waited),
        beds=Wards(shelves=shelves, keep=keep),
        records=Records(shelves=shelves, keep=keep),
        recalls=Recalls(shelves=shelves, keep=keep),
        scenes=Scenes(
            shelves=shelves, keep=keep, cards=cards, rosters=Rosters(known=known, vault=vault), waited=waited
        ),
        contacts=Contacts(shelves=shelves, keep=keep, taken=partial(waited, _taken, desk)),
    )
