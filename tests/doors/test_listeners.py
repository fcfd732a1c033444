"""Whoever listens for FHIR subscriptions: connections that have yet to say whose they are keep nobody from HTTP."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from hub.doors.http import Receive
from hub.doors.listeners import ListenerDoor, Listening


async def test_so_many_may_wait_unbound_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hub.doors.listeners._UNBOUND", 2)
    door = ListenerDoor(lambda _: None, lambda *_: None, Listening())
    leaving, said = asyncio.Event(), asyncio.Queue[Any]()

    def silent() -> Receive:
        coming = iter(({"type": "websocket.connect"},))

        async def receive() -> dict[str, Any]:
            if (come := next(coming, None)) is None:
                await leaving.wait()
            return come or {"type": "websocket.disconnect"}

        return receive

    waiting, answers = [], []
    for _ in range(3):
        waiting.append(asyncio.create_task(door({}, silent(), said.put)))
        answers.append(await said.get())
    leaving.set()
    await asyncio.gather(*waiting)
    again = asyncio.create_task(door({}, silent(), said.put))

    assert [one.get("code", one["type"]) for one in answers] == ["websocket.accept", "websocket.accept", 1013]
    assert [(await said.get())["type"] for _ in range(3)][-1] == "websocket.accept"
    await again
