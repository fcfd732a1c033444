"""What a command does that the ledger must know: asked of the one writer, by way of a running hub or as the writer itself."""

from __future__ import annotations

import getpass
from typing import Any, NamedTuple

import uvloop

from hub import clock
from hub.access.accounts import Known
from hub.access.roles import Right
from hub.app import hatch
from hub.app.acts.people import Staff
from hub.model.commands import Command, Note
from hub.model.entry import Kind, LedgerEntry
from hub.settings import Settings


def commit(settings: Settings, *commands: Command) -> None:
    """Have the one writer keep them. Once this returns they survive a power cut; raises what the writer refused."""

    async def work() -> None:
        async with hatch.writer(settings) as (writer, _):
            await hatch.carry_out(writer, commands)

    uvloop.run(work())


def note(settings: Settings, kind: Kind, **facts: Any) -> None:
    """One entry of the ledger about something that a person did."""
    at = clock.now()
    commit(settings, Note(at=at, entry=LedgerEntry(kind=kind, at=at, **facts)))


class Acting(NamedTuple):
    """On whose behalf a command acts, and how the ledger says it: their account, and who typed."""

    who: Known
    actor: str


def acting(settings: Settings, name: str, right: Right) -> Acting:
    """Whoever signs in by a name, with the right that the console asks for. Raises Lasting or NotAllowed."""
    who = Staff(settings).entitled(name, right)
    return Acting(who, f"{who.actor}, typed by {getpass.getuser()}")
