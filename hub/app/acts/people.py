"""The hub's own people, from the command line: read from the store, changed through the one writer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from hub import clock
from hub.access.accounts import Known, named
from hub.access.registry import Registry
from hub.access.roles import Right, holders, may
from hub.app import hatch
from hub.app.house import household
from hub.app.vault import opened
from hub.errors import Lasting, NotAllowed
from hub.located import near
from hub.model.commands import Lodge
from hub.partners import Partner
from hub.settings import Settings


@dataclass(frozen=True, slots=True)
class Staff:
    """Who has access to the hub of these settings."""

    settings: Settings

    def people(self) -> list[Known]:
        """Every account; none where the hub has never run."""
        if not self.settings.database and not (Path(self.settings.data) / "hub.db").is_file():
            return []
        with opened(self.settings, writing=False) as vault:
            return Registry(database=vault.database, keys=vault.keys, origin=vault.origin).people()

    def one(self, name: str) -> Known:
        """Whoever signs in by this name. Raises Lasting naming the nearest where nobody does."""
        everybody = self.people()
        if (found := named(everybody, name)) is None:
            names = [each.account.name for each in everybody]
            raise Lasting(
                f"{name} has no access here.", cure=near(name, names) if names else "`crisis-hub people add` first."
            )
        return found

    def entitled(self, name: str, right: Right) -> Known:
        """The same, where their role has a right and their access is not over. Raises NotAllowed otherwise."""
        found = self.one(name)
        if found.account.over(clock.now()) or not may(found.account.role, right):
            cure = f"It takes the role {' or '.join(holders(right))}: `crisis-hub people list` says who has it."
            raise NotAllowed(f"{name} may not {right.value.partition(',')[0]}.", cure=cure)
        return found

    def partners(self) -> Mapping[str, Partner]:
        """The county's partners by id."""
        return household(self.settings, ready=False).county.partners

    def zone(self) -> str:
        """The county's time zone."""
        return household(self.settings, ready=False).county.zone

    async def carry_out(self, command: Lodge) -> None:
        """Have the one writer keep a change. Raises Conflict where somebody else changed it meanwhile."""
        async with hatch.writer(self.settings) as (desk, _):
            await hatch.carry_out(desk, [command])


def address(settings: Settings, port: int = 0) -> str:
    """Where browsers find the console; `port` is the one it listens on, where that was the system's choice."""
    scheme = "https" if settings.tls.certificate else "http"
    host = f"[{settings.http.host}]" if ":" in settings.http.host else settings.http.host
    return settings.console.address or f"{scheme}://{host}:{port or settings.http.port}"
