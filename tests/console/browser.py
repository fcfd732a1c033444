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


# What a hand at a keyboard misses: something to press that Tab passes by or meets out of turn, or a focus that nobody sees.
_MISSED = """() => {
  const all = [...document.querySelectorAll('a[href], button, input:not([type=hidden]), select, textarea, summary')];
  const seen = all.filter((e) => e.checkVisibility({ checkVisibilityCSS: true }) && !e.disabled);
  const outlined = (s) => s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) > 0;
  const told = (e) => {
    e.focus({ focusVisible: true });
    return document.activeElement === e && outlined(getComputedStyle(e));
  };
  const name = (e) => e.outerHTML.slice(0, 120);
  const passed = seen.filter((e) => e.tabIndex !== 0).map((e) => 'Tab does not meet it in turn: ' + name(e));
  const dark = seen.filter((e) => e.tabIndex === 0 && !told(e)).map((e) => 'its focus is not seen: ' + name(e));
  const pressed = [...document.querySelectorAll('[onclick], [role=button]:not(button)')];
  const mute = pressed.map((e) => 'it is pressed by a pointer alone: ' + name(e));
  document.activeElement?.blur();
  return [...passed, ...dark, ...mute];
}"""


def missed(page: Page) -> list[str]:
    """What of a page cannot be done, or not be followed, by keyboard alone."""
    return list(page.evaluate(_MISSED))


def complaints(page: Page) -> list[str]:
    """What the browser's console says of a page: scripts or styles that the policy refused, errors."""
    found: list[str] = []
    page.on("console", lambda message: found.append(message.text) if message.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: found.append(str(error)))
    return found
