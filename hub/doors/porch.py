"""Which door of HTTP answers which path: each door names its own, and pages for people get everything else."""

from __future__ import annotations

from collections.abc import Iterable, MutableMapping
from typing import Any, ClassVar, Protocol

import structlog

from hub.doors.http import App, Receive, Scope, Send, failed, nothing, told
from hub.doors.routes import methods

log = structlog.get_logger(__name__)


class Door(Protocol):
    """An ASGI application for some paths of a scheme: "http" or "websocket". A path that ends in / is all that is below it."""

    scheme: ClassVar[str]
    paths: ClassVar[tuple[str, ...]]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or converse."""
        ...


class Porch:
    """An ASGI application that leads each request to its door: by its whole path, or else by what its path begins with."""

    def __init__(self, doors: Iterable[Door], rest: App = nothing) -> None:
        """`rest` gets every path that is no door's. Raises ValueError when two doors have one path, which is a fault of ours."""
        self._rest = rest
        self._whole: dict[tuple[str, str], App] = {}
        for door in doors:
            for path in door.paths:
                if (door.scheme, path) in self._whole:
                    raise ValueError(f"Two doors have {path}.")
                self._whole[door.scheme, path] = door
        self._below = tuple((key, door) for key, door in self._whole.items() if key[1].endswith("/"))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Whatever breaks behind the doors, the caller is asked to come again, and is told nothing of it."""
        begun: list[bool] = []

        async def noted(message: MutableMapping[str, Any]) -> None:
            begun.append(True)
            await send(_allowing(message, scope))

        try:
            await self._door(scope)(scope, receive, noted)
        except Exception as bug:  # noqa: BLE001 - a fault of ours tells nobody anything
            log.error("answering failed", fault=type(bug).__name__)
            if scope["type"] == "http" and not begun:
                await told(send, failed(fhir=False))

    def _door(self, scope: Scope) -> App:
        scheme, path = scope["type"], scope.get("path", "")
        return self._whole.get((scheme, path)) or next(
            (door for (one, above), door in self._below if one == scheme and path.startswith(above)), self._rest
        )


def _allowing(message: MutableMapping[str, Any], scope: Scope) -> MutableMapping[str, Any]:
    """A refusal of a method says which ones there are (RFC 9110, 15.5.6)."""
    if message.get("status") != 405 or any(name == b"allow" for name, _ in message["headers"]):
        return message
    return {**message, "headers": [*message["headers"], (b"allow", methods(scope["path"]).encode())]}
