"""Live pages: the stream says that something changed and nothing else; looking on keeps nobody signed in."""

from __future__ import annotations

import asyncio

import httpx
import pytest
from playwright.sync_api import expect

from hub import clock
from hub.access import session
from hub.console.pages import live
from hub.model.commands import Note
from hub.model.entry import Kind, LedgerEntry
from tests.console.browser import chromium, opened
from tests.console.house import TERMS, Client, House


def happens(house: House) -> None:
    """Something is committed."""
    house.ask(Note(at=clock.now(), entry=LedgerEntry(kind=Kind.CONFIG, at=clock.now(), outcome="a test")))


def test_the_stream_says_that_something_changed_and_never_what(house: House) -> None:
    client = house.signed_in("operator")
    cookie = {"cookie": f"{session.COOKIE}={client.token}"}

    with httpx.stream("GET", f"{house.base}/live", headers=cookie, timeout=20) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        assert answer.headers["cache-control"] == "no-store"
        lines = answer.iter_lines()
        assert next(lines) == "retry: 3000"
        happens(house)
        said = [next(line for line in lines if line.startswith("event:")), next(lines), next(lines)]

    assert said[0] == "event: changed"
    assert [line.partition(": ")[0] for line in said] == ["event", "id", "data"]
    assert said[2].removeprefix("data: ").isdecimal()


def test_nobody_who_did_not_sign_in_hears_it(house: House) -> None:
    assert house.anybody().get("/live").status_code == 303


def test_looking_on_keeps_no_session_alive(house: House) -> None:
    known = house.account("operator")
    long_ago = clock.now() - 5 * 60 * 1_000_000
    command, token = session.begin(known.id, "password", long_ago, TERMS)
    house.ask(command)
    client, name = Client(house.base, token), command.name

    client.get("/today", **{"x-live": "1"})
    assert house.people.one(session.KIND, name).version == 1  # type: ignore[union-attr]  # it was lodged just now
    client.get("/today")

    assert house.people.one(session.KIND, name).version == 2  # type: ignore[union-attr]  # as above


@pytest.mark.slow
def test_a_page_shows_what_is_new_by_itself_and_leaves_alone_what_somebody_is_at(house: House) -> None:
    with chromium() as browser, opened(browser, house, house.signed_in("operator")) as context:
        page = context.new_page()
        page.goto("/today")
        expect(page.locator("#live")).to_have_text("Live.")
        page.evaluate("document.querySelector('.count').textContent = 'old'")
        happens(house)
        expect(page.locator(".count").first).not_to_have_text("old")

        page.evaluate("document.querySelector('.count').textContent = 'old'")
        page.locator("#content a").first.focus()
        happens(house)
        expect(page.get_by_role("button", name="There is news. Show it")).to_be_visible()
        assert page.locator(".count").first.inner_text() == "old"
        page.get_by_role("button", name="There is news. Show it").click()
        expect(page.locator(".count").first).not_to_have_text("old")


def test_the_stream_ends_when_the_hub_does(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "_EVERY_S", 0.0)
    pulses = iter([3, 3, 4, -1, 5])

    async def heard() -> list[str]:
        return [word async for word in live._beats(lambda: next(pulses))]

    assert [word for word in asyncio.run(heard()) if word.startswith("event")] == ["event: changed\nid: 4\ndata: 4\n\n"]
    assert next(pulses) == 5
