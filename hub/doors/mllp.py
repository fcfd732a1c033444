"""One MLLP listener for one partner: who may connect, how much may be outstanding, and the clock that ends what hangs."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from dataclasses import dataclass
from typing import Literal

import structlog

from hub import clock
from hub.access import tls as names_of
from hub.access.callers import Entrance, Refusal
from hub.doors.desk import Alarm, Desk
from hub.doors.line import Line
from hub.errors import Misconfigured

log = structlog.get_logger(__name__)

_TICK_S = 0.25
_FLUSH_S = 1.0
_ALARM_EVERY_S = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one listener grants. Sizes are bytes, times are seconds; `outstanding` counts messages that wait for their commit.

    `begun_s`: a frame that was begun ends within it. `unread_s`: acknowledgements are read within it. `idle_s`: a connection
    that says nothing for so long is let go; senders reconnect. `unavailable` says what a sender hears while the store
    is gone: `close` sends nothing and hangs up after `pause_s`, which every sender answers by reconnecting and resending;
    `AE` says AE, on which many senders stop their feed or drop the message: it is for those that resend on AE.
    """

    message: int = 16 * 1024 * 1024
    outstanding: int = 64
    outstanding_bytes: int = 8 * 1024 * 1024
    batch: int = 10_000
    connections: int = 64
    begun_s: float = 120.0
    unread_s: float = 30.0
    idle_s: float = 3600.0
    handshake_s: float = 10.0
    pause_s: float = 1.0
    unavailable: Literal["close", "AE"] = "close"


class MllpDoor:
    """A listener. What comes in goes to the desk as the entrance's partner; nothing is acknowledged before it is safe."""

    def __init__(
        self,
        entrance: Entrance,
        desk: Desk,
        *,
        alarm: Alarm,
        tls: ssl.SSLContext | None = None,
        limits: Limits | None = None,
    ) -> None:
        """Raises Misconfigured where the entrance pins a certificate and there is no TLS to show it in."""
        if entrance.certificate and tls is None:
            raise Misconfigured(
                "The door asks for a client certificate, and the hub has none of its own.",
                at=f"{entrance.partner} door {entrance.port}",
                cure="Give the hub a certificate, a key and the partners' authority.",
            )
        self.entrance = entrance
        self.desk = desk
        self.limits = limits or Limits()
        self.name = f"mllp:{entrance.port}"
        self.lines: set[Line] = set()
        self._tls = tls if entrance.certificate else None
        self._alarm = alarm
        self._alarmed: dict[str, float] = {}
        self._server: asyncio.Server | None = None
        self._clockwork: asyncio.Task[None] | None = None

    @property
    def port(self) -> int:
        """The port it listens on: the partner file's, or the system's choice where that says 0."""
        return int(self._server.sockets[0].getsockname()[1]) if self._server else self.entrance.port

    async def start(self) -> None:
        """Listen. Raises Misconfigured where the address cannot be had."""
        loop = asyncio.get_running_loop()
        handshake_s = self.limits.handshake_s if self._tls else None
        try:
            self._server = await loop.create_server(
                lambda: Line(self),
                self.entrance.host,
                self.entrance.port,
                ssl=self._tls,
                ssl_handshake_timeout=handshake_s,
                backlog=128,
            )
        except OSError as error:
            raise Misconfigured(
                f"Nobody can listen there ({type(error).__name__}).",
                at=f"{self.entrance.partner} door {self.entrance.host}:{self.entrance.port}",
                cure="Choose a free port of an address of this machine.",
            ) from error
        self.name = f"mllp:{self.port}"
        self._clockwork = loop.create_task(self._tick())

    async def stop(self, grace_s: float = 5.0) -> None:
        """Listen no more, answer what is outstanding within the grace, and hang up."""
        if self._server is None or self._clockwork is None:
            return
        self._server.close()
        self._clockwork.cancel()
        waiting = [future for line in self.lines for future in line.finish()]
        if waiting:
            await asyncio.wait(waiting, timeout=grace_s)
            await asyncio.sleep(0)
        for line in list(self.lines):
            line.hang_up()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._server.wait_closed(), _FLUSH_S)
        for line in list(self.lines):
            line.hang_up(now=True)
        with contextlib.suppress(asyncio.CancelledError):
            await self._clockwork

    def admits(self, transport: asyncio.Transport) -> Refusal | None:
        """Whether a connection that was just made may stay."""
        peer = transport.get_extra_info("peername")
        names = names_of.names(transport.get_extra_info("peercert"))
        if len(self.lines) >= self.limits.connections:
            return Refusal(kind="crowd", words=f"the partner has {self.limits.connections} connections already")
        return self.entrance.admits(peer[0], names, clock.now())

    def turned_away(self, refusal: Refusal) -> None:
        """Say so in the log, and once a minute for each kind to whoever is alarmed."""
        log.warning("turned away", partner=self.entrance.partner, door=self.name, why=refusal.kind)
        now = asyncio.get_running_loop().time()
        if now >= self._alarmed.get(refusal.kind, 0.0):
            self._alarmed[refusal.kind] = now + _ALARM_EVERY_S
            self._alarm(refusal.kind, f"{self.entrance.partner} at {self.name}: {refusal.words}.")

    async def _tick(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(_TICK_S)
            now = loop.time()
            for line in list(self.lines):
                line.look(now)
