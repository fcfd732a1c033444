"""Each request comes to the door that names its path, and every door's path is described to programs."""

from __future__ import annotations

from collections.abc import MutableMapping
from typing import Any, ClassVar

import anyio
import pytest

from hub.doors.boards import BoardDoor
from hub.doors.cards import CardDoor, refused
from hub.doors.fhir import FhirDoor
from hub.doors.glass import GlassDoor
from hub.doors.http import HttpDoor, Receive, Scope, Send, told
from hub.doors.incidents import IncidentDoor
from hub.doors.library import LibraryDoor
from hub.doors.listeners import ListenerDoor
from hub.doors.openapi import OpenApiDoor
from hub.doors.porch import Door, Porch
from hub.doors.routes import ROUTES
from hub.doors.scrape import Scrape
from hub.doors.subscribers import SubscriberDoor
from hub.doors.token import TokenDoor

DOORS: tuple[type[Door], ...] = (
    BoardDoor, CardDoor, FhirDoor, GlassDoor, HttpDoor, IncidentDoor, LibraryDoor, ListenerDoor, OpenApiDoor, Scrape,
    SubscriberDoor, TokenDoor,
)  # fmt: skip


class Room:
    """A door that says its name."""

    def __init__(self, name: str, scheme: str, *paths: str) -> None:
        self.name, self.scheme, self.paths = name, scheme, paths  # type: ignore[misc] # every door of the hub has them in its class

    scheme: ClassVar[str]
    paths: ClassVar[tuple[str, ...]]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "said", "by": self.name})


class Broken(Room):
    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        raise RuntimeError("about Jane Roe")


def asked(porch: Porch, path: str, scheme: str = "http") -> list[MutableMapping[str, Any]]:
    said: list[MutableMapping[str, Any]] = []

    async def receive() -> MutableMapping[str, Any]:
        return {"type": "http.request"}

    async def send(message: MutableMapping[str, Any]) -> None:
        said.append(message)

    anyio.run(porch, {"type": scheme, "path": path, "headers": [], "method": "GET"}, receive, send)
    return said


def led_to(path: str, scheme: str = "http") -> str:
    porch = Porch(
        (Room("cards", "http", "/cards/"), Room("fhir", "http", "/fhir", "/fhir/"), Room("ws", "websocket", "/fhir/$ws"),
         Room("known", "http", "/fhir/.well-known")),
        Room("pages", "http"),
    )  # fmt: skip
    return str(asked(porch, path, scheme)[0]["by"])


@pytest.mark.parametrize(
    ("path", "door"),
    [
        ("/cards/26-1", "cards"),
        ("/cards", "pages"),
        ("/fhir", "fhir"),
        ("/fhir/Patient/1", "fhir"),
        ("/fhirs", "pages"),
        ("/fhir/.well-known", "known"),
        ("/", "pages"),
    ],
)
def test_the_whole_path_counts_first_and_then_what_it_begins_with(path: str, door: str) -> None:
    assert led_to(path) == door


def test_a_websocket_and_a_request_come_to_doors_of_their_own() -> None:
    assert (led_to("/fhir/$ws", "websocket"), led_to("/fhir/$ws"), led_to("/fhir", "websocket")) == (
        "ws",
        "fhir",
        "pages",
    )


def test_one_path_has_one_door() -> None:
    with pytest.raises(ValueError, match="Two doors have /cards/"):
        Porch((Room("one", "http", "/cards/"), Room("two", "http", "/cards/")))


def test_a_door_that_breaks_asks_the_caller_to_come_again_and_says_nothing_of_it() -> None:
    start, body = asked(Porch((Broken("broken", "http", "/x"),)), "/x")

    assert start["status"] == 503
    assert b"send it again" in body["body"]
    assert b"Roe" not in body["body"]


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        ("/fhir/Task/X1", b"GET, PUT"),
        ("/fhir/Patient/X1/_history", b""),
        ("/library", b"GET"),
        ("/cards/26-1", b"GET, POST"),
    ],
)
def test_a_refusal_of_a_method_says_which_ones_there_are(path: str, allowed: bytes) -> None:
    class Reader(Room):
        async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
            await told(send, refused(405, "It is read."))

    start, _ = asked(Porch((Reader("reader", "http", path),)), path)

    assert dict(start["headers"])[b"allow"] == allowed


def test_every_path_of_a_door_is_described_and_every_path_described_has_a_door() -> None:
    paths = {path for door in DOORS if door.scheme == "http" for path in door.paths}
    described = {route.path for route in ROUTES}

    lost = {p for p in described if p not in paths and not any(q.endswith("/") and p.startswith(q) for q in paths)}
    assert not lost
    assert not {p for p in paths if p != "/fhir" and not any(d == p or d.startswith(p) for d in described)}
