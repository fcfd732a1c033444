"""People for the console of a demonstration: a one-use link for each, random for every run."""

from __future__ import annotations

from typing import Final

from hub import clock
from hub.access.accounts import Account, invite
from hub.access.roles import ROLES
from hub.app.people import address
from hub.app.serve import Hub

_WHO: Final = (("dana", "Dana Whitfield", "compliance-officer"), ("sam", "Sam Okafor", "operator"))


async def guests(hub: Hub) -> list[tuple[str, str]]:
    """Give each of them access; says as what, and by which link."""
    invitations = [
        (
            ROLES[role].words,
            invite(Account(name=name, words=words, role=role, made_at=clock.now()), [], {}, "the demonstration"),
        )
        for name, words, role in _WHO
    ]
    for result in await hub.engine.desk.ask([invitation.command for _, invitation in invitations]):
        if result.error is not None:
            raise result.error
    base = address(hub.settings, hub.front.http.port)
    return [(words, f"{base}/welcome/{invitation.token}") for words, invitation in invitations]
