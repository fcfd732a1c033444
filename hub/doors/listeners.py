"""WebSockets on which FHIR subscribers listen: one text, `bind-with-token TOKEN`, binds a connection to one subscription."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import ClassVar, Final

import structlog

from hub.doors.http import Receive, Scope, Send
from hub.errors import PartnerUnreachable

log = structlog.get_logger(__name__)
PATH: Final = "/fhir/$ws"
_BIND: Final = "bind-with-token "
_PATIENCE_S: Final = 30.0
# Whoever does not read what it is sent for so long does not listen.
_DEAF_S: Final = 10.0
_TEXT: Final = 1024
# So many connections may have yet to say whose they are: anybody can open one.
_UNBOUND: Final = 64
# Close codes of RFC 6455 and IANA's: going away, what breaks the rules of the conversation, and come again later.
_AWAY, _STRANGE, _LATER = 1001, 1008, 1013


class Listening:
    """Who holds a connection for which subscription; a new one takes the place of the old."""

    def __init__(self) -> None:
        """Nobody yet."""
        self._held: dict[tuple[str, str], Send] = {}

    def has(self, partner: str, word: str) -> bool:
        """Whether somebody holds one."""
        return (partner, word) in self._held

    async def say(self, partner: str, word: str, text: bytes) -> None:
        """Send something. Raises PartnerUnreachable where nobody is there any more."""
        send = self._held.get((partner, word))
        if send is None:
            raise PartnerUnreachable("Nobody listens.")
        try:
            async with asyncio.timeout(_DEAF_S):
                await send({"type": "websocket.send", "text": text.decode()})
        except (OSError, RuntimeError, TimeoutError) as gone:
            self._held.pop((partner, word), None)
            raise PartnerUnreachable("The listener left.") from gone

    async def hold(self, who: tuple[str, str], send: Send) -> None:
        """From now on this connection is told."""
        before = self._held.get(who)
        self._held[who] = send
        if before is not None and before is not send:
            await _close(before, _AWAY)

    def release(self, who: tuple[str, str] | None, send: Send) -> None:
        """The connection is over."""
        if who is not None and self._held.get(who) is send:
            del self._held[who]

    async def close(self) -> None:
        """Hang up on everybody: the hub stops."""
        for who, send in list(self._held.items()):
            self.release(who, send)
            await _close(send, _AWAY)


class ListenerDoor:
    """Holds the connections of those that listen."""

    scheme: ClassVar[str] = "websocket"
    paths: ClassVar[tuple[str, ...]] = (PATH,)

    def __init__(
        self,
        bound: Callable[[str], tuple[str, str] | None],
        greeted: Callable[[str, str], bytes | None],
        listening: Listening,
    ) -> None:
        """`bound` says whose subscription a token binds to, once; `greeted` gives the handshake."""
        self._bound, self._greeted, self._listening = bound, greeted, listening
        self._unbound = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hold a connection until it ends."""
        await receive()
        if self._unbound >= _UNBOUND:
            await _close(send, _LATER)
            return
        self._unbound += 1
        try:
            await send({"type": "websocket.accept"})
            who = await self._whose(receive)
        finally:
            self._unbound -= 1
        greeting = self._greeted(*who) if who else None
        if who is None or greeting is None:
            log.warning("turned away", door="listeners")
            await _close(send, _STRANGE)
            return
        try:
            await send({"type": "websocket.send", "text": greeting.decode()})
            await self._listening.hold(who, send)
            while (await receive())["type"] == "websocket.receive":
                pass  # a listener has nothing more to say
        finally:
            self._listening.release(who, send)

    async def _whose(self, receive: Receive) -> tuple[str, str] | None:
        """Whose subscription the first text binds to."""
        try:
            async with asyncio.timeout(_PATIENCE_S):
                text = (await receive()).get("text") or ""
        except TimeoutError:
            return None
        wanted = text.startswith(_BIND) and len(text) < _TEXT
        return self._bound(text.removeprefix(_BIND).strip()) if wanted else None


async def _close(send: Send, code: int) -> None:
    with suppress(OSError, RuntimeError, TimeoutError):
        async with asyncio.timeout(_DEAF_S):
            await send({"type": "websocket.close", "code": code})
