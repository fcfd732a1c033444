"""GET /boards/beds: the bed board as server-sent events, for partners whose token is for reading; it ends when the token does."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from typing import ClassVar, Final, Protocol

import structlog

from hub.access.clients import READ
from hub.doors.cards import Headers, refused
from hub.doors.gate import Gate, Turned
from hub.doors.http import Receive, Said, Scope, Send, told
from hub.errors import HubError

log = structlog.get_logger(__name__)
PATH: Final = "/boards/beds"
# So many streams of one partner at once.
MOST: Final = 8
_EVENTS: Final = b"text/event-stream"


class Boards(Protocol):
    """Who decides and shows."""

    def may_ask(self, partner: str) -> bool:
        """Whether a partner wants counts."""
        ...

    def stream(self, partner: str, last: str, goes_on: Callable[[], bool]) -> AsyncIterator[bytes]:
        """Events while it goes on."""
        ...


class BoardDoor:
    """Streams a board to whoever may ask for it."""

    scheme: ClassVar[str] = "http"
    paths: ClassVar[tuple[str, ...]] = (PATH,)

    def __init__(self, gate: Gate, boards: Boards) -> None:
        """`gate` knows partners by what they show."""
        self._gate, self._boards = gate, boards
        self._open: Counter[str] = Counter()
        self._closing = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Stream until the caller leaves, its token ends or the hub stops."""
        words = f"Send the bearer token of a partner that wants counts, given for {READ}."
        try:
            partner = self._gate.asks(scope, "boards", words, wanted=READ, may=self._boards.may_ask)
        except Turned as turned:
            await told(send, Said.refusal(turned.problem, fhir=False))
            return
        if scope["method"] != "GET":
            await told(send, refused(405, "A board is read."))
        elif self._open[partner] >= MOST:
            await told(send, refused(429, f"There are {MOST} streams already."))
        else:
            await self._streamed(partner, scope, receive, send)

    def close(self) -> None:
        """Let every stream end: the hub stops."""
        self._closing = True

    async def _streamed(self, partner: str, scope: Scope, receive: Receive, send: Send) -> None:
        headers: Headers = dict(scope["headers"])
        gone = asyncio.create_task(_left(receive))
        last = headers.get(b"last-event-id", b"").decode("latin-1")

        def goes_on() -> bool:
            return not (self._closing or gone.done() or self._gate.known(scope, READ) != (partner, ""))

        self._open[partner] += 1
        try:
            await send({"type": "http.response.start", "status": 200, "headers": _HEADERS})
            async for part in self._boards.stream(partner, last, goes_on):
                await send({"type": "http.response.body", "body": part, "more_body": True})
        except HubError as problem:
            log.warning("a stream ended", door="boards", cause=type(problem).__name__)
        finally:
            self._open[partner] -= 1
            gone.cancel()
            with suppress(OSError, RuntimeError):
                await send({"type": "http.response.body", "body": b""})


_HEADERS: Final = [
    (b"content-type", _EVENTS),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),
    (b"x-content-type-options", b"nosniff"),
]


async def _left(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
