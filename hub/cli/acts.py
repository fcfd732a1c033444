"""What a command does that the ledger must know: asked of the one writer, by way of a running hub or as the writer itself."""

from __future__ import annotations

from typing import Any

import uvloop

from hub import clock
from hub.app import hatch
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
