"""All rooms of the workspace, as the console asks for them."""

from __future__ import annotations

from dataclasses import dataclass

from hub.access.accounts import Known as Somebody
from hub.app.workspace.referrals import Referrals
from hub.app.workspace.shelf import Shelves
from hub.partners import Partner


@dataclass(frozen=True, slots=True, kw_only=True)
class Workspace:
    """What partners' own people see and do."""

    shelves: Shelves
    referrals: Referrals

    def partner(self, who: Somebody) -> Partner:
        """Whose people they are."""
        return self.shelves.partner(who.account.partner)
