"""A real browser for the console's tests: Chromium as the system has it, without a head."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from hub.access import session
from tests.console.house import Client, House

ABSENT = "needs a browser: install Chromium (on Debian: apt install chromium)"


@contextmanager
def chromium() -> Iterator[Browser]:
    """Chromium; skips with a sentence where there is none."""
    path = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if path is None:
        pytest.skip(ABSENT)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
        try:
            yield browser
        finally:
            browser.close()


def opened(browser: Browser, house: House, client: Client | None, **how: object) -> BrowserContext:
    """A context of a browser, signed in as a client, or as nobody."""
    context = browser.new_context(base_url=house.base, **how)  # type: ignore[arg-type]  # Playwright's own options, by name
    if client is not None:
        context.add_cookies(
            [
                {
                    "name": session.COOKIE,
                    "value": client.token,
                    "url": house.base.replace("http:", "https:"),
                    "secure": True,
                    "httpOnly": True,
                }
            ]
        )
    return context


def complaints(page: Page) -> list[str]:
    """What the browser's console says of a page: scripts or styles that the policy refused, errors."""
    found: list[str] = []
    page.on("console", lambda message: found.append(message.text) if message.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: found.append(str(error)))
    return found
