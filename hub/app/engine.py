"""The writer's process: HL7 v2 doors, the desk, the one writer, and the way in for the other process."""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import structlog

from hub.access import tls
from hub.access.callers import Callers, Entrance
from hub.app.desk import at_desk
from hub.app.hatch import hatch
from hub.app.house import Household
from hub.app.vault import Vault
from hub.app.watching import changes
from hub.doors.mllp import Limits, MllpDoor
from hub.errors import Misconfigured
from hub.intake.desk import Desk
from hub.settings import Settings

log = structlog.get_logger(__name__)


@dataclass(slots=True)
class Bell:
    """Rung when somebody is turned away: why, and at whose door. `heard` may be set anew at any time."""

    heard: Callable[[str, str], None] = lambda *_: None

    def ring(self, partner: str, kind: str, words: str) -> None:
        """Say so in the log, and to whoever listens."""
        log.warning("turned away", kind=kind, words=words)
        self.heard(kind, partner)


@dataclass(frozen=True, slots=True, kw_only=True)
class Engine:
    """A running desk and its doors. Whoever listens to the bell hears who was turned away."""

    desk: Desk
    doors: tuple[MllpDoor, ...]
    bell: Bell

    def ports(self) -> dict[str, int]:
        """The port of each partner that sends HL7 v2."""
        return {door.entrance.partner: door.port for door in self.doors}


@asynccontextmanager
async def engine(settings: Settings, known: Household, vault: Vault) -> AsyncIterator[Engine]:
    """Start the writer, its hatch, then the doors; on the way out, the doors first."""
    bell = Bell()
    async with at_desk(settings, known, vault, nights=True) as desk, hatch(settings, desk):
        await changes.note(settings, known, desk)
        doors = [
            MllpDoor(
                entrance,
                desk,
                alarm=partial(bell.ring, entrance.partner),
                tls=_tls(settings, entrance),
                limits=_limits(settings),
            )
            for entrance in Callers(known.county.partners.values()).entrances
        ]
        try:
            for door in doors:
                await door.start()
            yield Engine(desk=desk, doors=tuple(doors), bell=bell)
        finally:
            for door in doors:
                await door.stop()


def _tls(settings: Settings, entrance: Entrance) -> ssl.SSLContext | None:
    """TLS for the doors that ask for a client's certificate; who signs those must be named."""
    ours = settings.tls
    if not entrance.certificate or not ours.certificate:
        return None
    if not ours.authority:
        cure = "Name tls.authority: the file of those who sign partners' certificates."
        raise Misconfigured("nobody is named who signs the certificates of partners.", at=entrance.partner, cure=cure)
    return tls.server(Path(ours.certificate), Path(ours.key), Path(ours.authority))


def _limits(settings: Settings) -> Limits:
    limits = settings.limits
    return Limits(message=limits.message_bytes, connections=limits.connections, idle_s=limits.idle_s)
