"""People for the console of a demonstration: a one-use link for each, random for every run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from hub import clock
from hub.access.accounts import Account, invite
from hub.access.roles import ROLES
from hub.app.acts.people import address
from hub.app.serve import Hub
from hub.store.result import all_kept

# The county's own staff, then people of partners: who, as what, at which partner, and what of the day they see.
_WHO: Final = (
    ("sam", "Sam Okafor", "operator", "", "every message as it comes, and what needs a person"),
    ("dana", "Dana Whitfield", "compliance-officer", "", "what went to whom by which law, and what was refused"),
    ("kit", "Kit Alvarez", "dispatcher", "PD", "14:02, the call, the unit that is proposed for it, and the card"),
    ("ravi", "Ravi Menon", "flow-coordinator", "S1", "13:58, the beds, and at 16:35 who asks for one"),
    ("lee", "Lee Park", "988-counsellor", "L1", "21:10, who called, and how the team fares"),
    ("ana", "Ana Ruiz", "intake-worker", "B1", "the next morning, the referrals"),
    ("mo", "Mo Farah-Diaz", "records-clerk", "PD", "the department's own records"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Guest:
    """Somebody whom the console lets in by a link that works once: as what, and what of the day they see."""

    role: str
    sees: str
    link: str


async def guests(hub: Hub) -> list[Guest]:
    """Give each of them access."""
    base, partners = address(hub.settings, hub.front.http.port), hub.known.county.partners
    found, commands = [], []
    for name, words, role, partner, sees in _WHO:
        account = Account(name=name, words=words, role=role, partner=partner, made_at=clock.now())
        invitation = invite(account, [], partners, "the demonstration")
        commands.append(invitation.command)
        called = f"{ROLES[role].words} of {partner}" if partner else ROLES[role].words
        found.append(Guest(role=called, sees=sees, link=f"{base}/welcome/{invitation.token}"))
    all_kept(await hub.engine.desk.ask(commands))
    return found
