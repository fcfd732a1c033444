"""A demonstration's console opens by links that work once, and what the day brings is there without anybody asking."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

import httpx
import pytest
import uvloop
from playwright.sync_api import expect

from hub.app.serve import Hub, running
from hub.app.vault import make
from hub.demo import day
from hub.demo.guests import Guest, guests
from hub.demo.script import TRAFFIC, load, wire
from hub.demo.senders import way_in
from hub.demo.stage import SOURCE, Stage, build
from tests.console.browser import chromium

PASSWORD = "a bench by the fountain 26"


async def plays(hub: Hub, stage: Stage) -> None:
    """The first message of the day."""
    script = load(SOURCE)
    body = wire(SOURCE / TRAFFIC / "01-c1-call.json", script.shift(date.today()))  # noqa: DTZ011 - any day will do
    assert (await way_in(hub, stage, "C1").send(body, "call.json")).taken


def watches(link: str, play: Callable[[], None]) -> None:
    """Somebody opens a link in a browser, chooses a password, and looks on while the day is played."""
    with chromium() as browser:
        page = browser.new_page()
        page.goto(link)
        for box in page.locator("input[type=password]").all():
            box.fill(PASSWORD)
        page.locator("main button").first.click()
        expect(page.locator("h1")).to_have_text("What needs a person now?")
        expect(page.locator("#live")).to_have_text("Live.")
        page.evaluate("window.same = true")

        play()

        expect(page.locator("p", has_text="1 message kept")).to_be_visible(timeout=10_000)
        assert page.evaluate("window.same"), "the page was fetched by hand"


@pytest.mark.slow
def test_every_guest_gets_in_by_a_link_of_their_own_and_sees_the_day_without_asking(tmp_path: Path) -> None:
    async def opened() -> tuple[list[Guest], list[str]]:
        stage, loop = build(tmp_path), asyncio.get_running_loop()
        make(stage.settings)
        try:
            async with running(stage.settings) as hub, httpx.AsyncClient() as client:
                found = await guests(hub)
                welcomes = [(await client.get(each.link)).text for each in found]

                def play() -> None:
                    asyncio.run_coroutine_threadsafe(plays(hub, stage), loop).result(10)

                await asyncio.to_thread(watches, found[0].link, play)
                return found, welcomes
        finally:
            await stage.close()

    found, welcomes = uvloop.run(opened())

    assert [each.role for each in found] == [
        "operator",
        "compliance officer",
        "dispatcher of PD",
        "flow coordinator of S1",
        "988 counsellor of L1",
        "intake worker of B1",
        "records clerk of PD",
    ]
    assert len({each.link for each in found}) == len(found)
    assert all("Welcome, " in one for one in welcomes)
    assert "Welcome, Sam Okafor." in welcomes[0]
    assert "Welcome, Dana Whitfield." in welcomes[1]


@pytest.mark.parametrize("typed", [b"\n", b""])
def test_the_day_begins_with_enter_or_by_itself(monkeypatch: pytest.MonkeyPatch, typed: bytes) -> None:
    keyboard, screen = os.openpty()
    with os.fdopen(screen) as stdin:
        monkeypatch.setattr("sys.stdin", stdin)
        os.write(keyboard, typed)
        began = time.monotonic()
        asyncio.run(day._said_so(0.2))

    waited = time.monotonic() - began
    assert (waited < 0.2) is bool(typed)
    os.close(keyboard)
