"""One HTTP connection: a request begins in time, its body comes in no crumbs, and where a crowd says nothing the newest is heard."""

from __future__ import annotations

import asyncio
from typing import Any, Final

import h11
import structlog
from uvicorn.protocols.http.h11_impl import H11Protocol

from hub.access.tls import names

log = structlog.get_logger(__name__)
_HEADERS_S: Final = 30.0
HEADER_BYTES: Final = 32 * 1024
# Of so many connections the one that has waited longest for its caller makes room for the next.
_CROWD: Final = 640
_TOLD_EVERY_S: Final = 60.0
# So many pieces of a body are taken however small they are; beyond that they have so many bytes on average.
# To take one apart costs as much as a kilobyte does: crumbs of one byte would keep everybody else waiting.
_CRUMBS: Final = 4096
_CRUMB_BYTES: Final = 64


class Frugal(h11.Connection):
    """Takes requests apart, and refuses a body that comes in crumbs."""

    def __init__(self, *words: Any, **more: Any) -> None:
        """As h11 has it."""
        super().__init__(*words, **more)
        self._pieces = self._bytes = 0

    def next_event(self) -> Any:
        """As h11 has it. Raises RemoteProtocolError for crumbs."""
        event = super().next_event()
        if isinstance(event, h11.Request):
            self._pieces = self._bytes = 0
        elif isinstance(event, h11.Data):
            self._pieces += 1
            self._bytes += len(event.data)
            if self._pieces > _CRUMBS and self._bytes < self._pieces * _CRUMB_BYTES:
                raise h11.RemoteProtocolError("The body comes in crumbs.")
        return event


class Punctual(H11Protocol):
    """A connection on which no request begins for half a minute is let go, however many bytes trickle in."""

    # When the log was told last that there is a crowd: a time of the loop.
    _told_at = -_TOLD_EVERY_S

    def __init__(self, *words: Any, **more: Any) -> None:
        """As uvicorn has it."""
        super().__init__(*words, **more)
        self.conn = Frugal(h11.SERVER, HEADER_BYTES)

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as its parent has it
        """Watch it, and make room where there are many."""
        super().connection_made(transport)
        secured = transport.get_extra_info("ssl_object")
        # What the application may know of the caller: the names its verified certificate carries.
        self.app_state = {**self.app_state, "certificate": names(secured.getpeercert() if secured else None)}
        self._since = self.loop.time()
        self._watch()
        if len(self.connections) > _CROWD:
            self._make_room()

    def connection_lost(self, exc: Exception | None) -> None:
        """Watch it no more."""
        self._watching.cancel()
        super().connection_lost(exc)

    def handle_websocket_upgrade(self, event: h11.Request) -> None:
        """Watch it no more: from here on the conversation has rules of its own."""
        self._watching.cancel()
        super().handle_websocket_upgrade(event)

    def send_400_response(self, msg: str) -> None:
        """As uvicorn has it; what was answered already is hung up on."""
        if self.conn.our_state in (h11.IDLE, h11.SEND_RESPONSE):
            super().send_400_response(msg)
        else:
            self.transport.close()

    @property
    def waits(self) -> bool:
        """Whether it is the caller's turn: to ask, or to send the rest of what it asks."""
        return getattr(self.cycle, "response_complete", True) or self.cycle.more_body

    def _make_room(self) -> None:
        """Let go of whoever has kept us waiting longest: a caller that means it sends its request at once."""
        others = [one for one in self.connections if isinstance(one, Punctual) and one is not self and one.waits]
        if others:
            oldest = min(others, key=lambda one: one._since)  # noqa: SLF001 - one of us
            self.connections.discard(oldest)
            oldest.transport.abort()
        now = self.loop.time()
        if now - Punctual._told_at >= _TOLD_EVERY_S:
            Punctual._told_at = now
            log.warning("crowded", door="http", connections=len(self.connections))

    def _watch(self) -> None:
        self._known = self.cycle
        self._watching = self.loop.call_later(_HEADERS_S, self._look)

    def _look(self) -> None:
        if self.cycle is self._known and getattr(self.cycle, "response_complete", True):
            self.transport.abort()
        else:
            self._watch()
