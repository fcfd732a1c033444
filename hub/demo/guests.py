"""People for the console of a demonstration: a one-use link for each, random for every run."""

from __future__ import annotations

from typing import Final

from hub import clock
from hub.access.accounts import Account, invite
from hub.access.roles import ROLES
from hub.app.acts.people import address
from hub.app.serve import Hub
from hub.store.result import all_kept

# The county's own staff, then people of partners: who, as what, and at which partner.
_WHO: Final = (
    ("dana", "Dana Whitfield", "compliance-officer", ""),
    ("sam", "Sam Okafor", "operator", ""),
    ("ana", "Ana Ruiz", "intake-worker", "B1"),
    ("ravi", "Ravi Menon", "flow-coordinator", "S1"),
    ("lee", "Lee Park", "988-counsellor", "L1"),
    ("mo", "Mo Farah-Diaz", "records-clerk", "PD"),
    ("kit", "Kit Alvarez", "responder", "PD"),
)


async def guests(hub: Hub) -> list[tuple[str, str]]:
    """Give each of them access; says as what, and by which link."""
    invitations = [
        (
            f"{ROLES[role].words} of {partner}" if partner else ROLES[role].words,
            invite(
                Account(name=name, words=words, role=role, partner=partner, made_at=clock.now()),
                [],
                hub.known.county.partners,
                "the demonstration",
            ),
        )
        for name, words, role, partner in _WHO
    ]
    all_kept(await hub.engine.desk.ask([invitation.command for _, invitation in invitations]))
    base = address(hub.settings, hub.front.http.port)
    return [(words, f"{base}/welcome/{invitation.token}") for words, invitation in invitations]
