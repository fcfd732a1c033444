"""The hub's own people, from the command line: read from the store, changed through the one writer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from hub.access.accounts import Known
from hub.access.registry import Registry
from hub.app import hatch
from hub.app.house import household
from hub.app.vault import opened
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
