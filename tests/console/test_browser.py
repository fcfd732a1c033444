"""Every page in a real browser: no finding of axe, nothing cut on a phone, nothing refused by the policy; by keyboard, without scripts."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from tests.console.browser import chromium, complaints, missed, opened
from tests.console.house import PASSWORD, House
from tests.console.test_codes import address, took
from tests.console.test_pages import paths

pytestmark = pytest.mark.slow
WIDE, NARROW = {"width": 1280, "height": 900}, {"width": 320, "height": 800}
_STAFF = (
    "compliance-officer",
    "operator",
    "administrator",
    "clinician-reviewer",
    "mapping-analyst",
    "programme-analyst",
)
# The rules of WCAG 2.0 to 2.2, A and AA, and what is held to be good besides.
RULES = {
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as found:
        yield found


def findings(page: Page) -> list[str]:
    """What axe found, with where; and what it could not tell, but for colours behind what overlaps, which people look at."""
    said = Axe().run(page, options=RULES).response
    violations: list[dict[str, Any]] = said["violations"]
    violations += [v for v in said["incomplete"] if v["id"] != "color-contrast"]
    return [f"{v['id']} at {node['target']}: {node['html'][:120]}" for v in violations for node in v["nodes"]]


def kept(page: Page, name: str) -> None:
    """A picture for whoever asks for them."""
    if folder := os.environ.get("CRISIS_HUB_BENCH_PICTURES"):
        page.screenshot(path=str(Path(folder) / f"{name}.png"), full_page=True)


# Each page as somebody sees it who may; each look on its own size.
LOOKS = {"light on a wide screen": ("light", WIDE), "dark on a phone": ("dark", NARROW)}
if os.environ.get("CRISIS_HUB_BENCH_PICTURES"):
    # Whoever looks at pictures sees each page in all four.
    LOOKS |= {"dark on a wide screen": ("dark", WIDE), "light on a phone": ("light", NARROW)}


@pytest.mark.parametrize("name", LOOKS)
def test_every_page_is_accessible_fits_and_obeys_the_policy(browser: Browser, house: House, name: str) -> None:
    look, size = LOOKS[name]
    took(house, sex="Z9")
    code = address(house.signed_in("mapping-analyst"), "Z9")
    left = {code if path.startswith("/codes/") else path for path in paths(house)}
    for role in _STAFF:
        client = house.signed_in(role)
        with opened(browser, house, client, color_scheme=look, viewport=size) as context:
            page = context.new_page()
            said = complaints(page)
            for path in sorted(left):
                if (status := client.get(path).status_code) == 404:
                    continue
                assert status == 200, path
                left.discard(path)
                page.goto(path)
                kept(page, f"{path.split('?')[0].replace('/', '-')}-{look}-{size['width']}")
                assert findings(page) == [], path
                assert missed(page) == [], path
                assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), path
            assert said == []
    # What was not decided has no why, and "no such leaf" is no page.
    undecided = {path for path in left if f"/{house.parked}" in path}
    assert left - undecided == {
        "/ledger/leaves", f"/accounting/{'0' * 12}", f"/consents/{'0' * 12}",
    }  # fmt: skip


def test_axe_finds_what_it_is_there_to_find(browser: Browser) -> None:
    page = browser.new_page()
    page.set_content("<html><body><img src='x'><p style='color:#999;background:#aaa'>grey</p></body></html>")

    found = " ".join(findings(page))

    assert "image-alt" in found
    assert "color-contrast" in found


@pytest.mark.parametrize("look", ["light", "dark"])
def test_the_ways_in_are_accessible_too(browser: Browser, house: House, look: str) -> None:
    with opened(browser, house, None, color_scheme=look, viewport=NARROW) as context:
        page = context.new_page()
        for path in ("/signin", "/welcome/over"):
            page.goto(path)
            kept(page, f"nobody{path.replace('/', '-')}-{look}")
            assert findings(page) == [], path


def test_signing_in_and_finding_a_message_takes_a_keyboard_alone(browser: Browser, house: House) -> None:
    with opened(browser, house, None) as context:
        page = context.new_page()
        page.goto("/signin")
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.textContent") == "Skip to the content"
        page.get_by_label("Name").focus()
        page.keyboard.type("operator")
        page.keyboard.press("Tab")
        page.keyboard.type(PASSWORD)
        page.keyboard.press("Enter")
        page.wait_for_url("**/today")
        page.keyboard.press("/")
        page.keyboard.type("H1-1")
        page.keyboard.press("Enter")
        page.wait_for_url(f"**/messages/{house.delivered}")

        assert page.get_by_role("heading", level=1).inner_text() == "ADT^A04 of H1"
        outline = page.evaluate(
            "(document.querySelector('a').focus({focusVisible: true}), getComputedStyle(document.activeElement).outlineWidth)"
        )
        assert outline == "3px"


def test_an_error_is_said_first_and_has_the_focus(browser: Browser, house: House) -> None:
    with opened(browser, house, None) as context:
        page = context.new_page()
        page.goto("/signin")
        page.get_by_label("Name").fill("operator")
        page.get_by_label("Password").fill("this is not the one")
        page.get_by_role("button", name="Sign in").click()

        assert page.title().startswith("Error: ")
        assert page.evaluate("document.activeElement.id") == "error"
        assert page.get_by_label("Name").input_value() == "operator"
        assert findings(page) == []


def test_showing_and_hiding_works_without_scripts(browser: Browser, house: House) -> None:
    client = house.signed_in("compliance-officer")
    with opened(browser, house, client, java_script_enabled=False) as context:
        page = context.new_page()
        page.goto(f"/messages/{house.delivered}")
        assert not page.get_by_text("Riley").count()
        page.get_by_label("Reason").select_option("request")
        page.get_by_role("button", name="Show for 15 minutes").click()

        assert page.get_by_text("Personal data is shown").count() == 1
        assert page.get_by_text("Riley").count() == 1
        page.get_by_role("button", name="Hide now").click()
        assert not page.get_by_text("Riley").count()


def test_what_is_shown_is_accessible_and_fits(browser: Browser, house: House) -> None:
    client = house.signed_in("compliance-officer")
    client.post(f"/messages/{house.delivered}/reveal", {"reason": "request"})
    with opened(browser, house, client, viewport=NARROW) as context:
        page = context.new_page()
        page.goto(f"/messages/{house.delivered}")
        kept(page, "shown-320")

        assert page.get_by_text("Riley").count() == 1
        assert findings(page) == []
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_a_leaf_is_verified_in_the_readers_own_browser(browser: Browser, house: House) -> None:
    with opened(browser, house, house.signed_in("programme-analyst")) as context:
        page = context.new_page()
        said = complaints(page)
        for leaf in (0, 1, house.leaves() - 1):
            page.goto(f"/ledger/leaves/{leaf}")
            page.get_by_text(f"Computed in this browser: leaf {leaf} is under the root").wait_for()
            assert page.get_by_text("The signature under it is the hub's.").count() == 1
        assert said == []
        assert findings(page) == []


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "phone"])
def test_an_accounting_is_opened_read_and_handed_over(browser: Browser, house: House, size: dict[str, int]) -> None:
    with opened(browser, house, house.signed_in("compliance-officer"), viewport=size, accept_downloads=True) as context:
        page = context.new_page()
        page.goto("/accounting")
        page.get_by_label("A message about the person").fill("H1-1")
        page.get_by_label("Law", exact=True).select_option("all")
        page.get_by_label("A partner, about its own records").select_option("H1")
        page.get_by_role("button", name="Open the list").click()
        page.wait_for_url("**/accounting/*")
        kept(page, f"case-{size['width']}")
        assert findings(page) == []
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
        with page.expect_download() as made:
            page.get_by_role("button", name="Make the file").click()

        assert made.value.suggested_filename.endswith(".pdf")


@pytest.mark.parametrize("what", ["leaf", "receipt"])
def test_a_leaf_that_was_altered_does_not_hold_in_the_browser(browser: Browser, house: House, what: str) -> None:
    def altered(route: Any) -> None:
        answer = route.fetch()
        text = answer.text()
        start = text.index(f'id="{what}"')
        place = (
            text.index("\n", text.index("index ", start)) + 1
            if what == "receipt"
            else text.index("commits", start) + 12
        )
        changed = "B" if text[place] != "B" else "C"
        changed = changed if what == "receipt" else ("0" if text[place] != "0" else "1")
        route.fulfill(response=answer, body=text[:place] + changed + text[place + 1 :])

    with opened(browser, house, house.signed_in("programme-analyst")) as context:
        page = context.new_page()
        page.route("**/ledger/leaves/1", altered)
        page.goto("/ledger/leaves/1")

        page.get_by_text("It does not hold.").wait_for()


def test_the_whole_ledger_is_verified_by_a_button(browser: Browser, house: House) -> None:
    with opened(browser, house, house.signed_in("compliance-officer"), java_script_enabled=False) as context:
        page = context.new_page()
        page.goto("/ledger")
        page.get_by_role("button", name="Verify the whole ledger now").click()

        assert page.get_by_text("The ledger holds.").count() == 1


def test_paper_has_the_content_and_no_controls(browser: Browser, house: House) -> None:
    with opened(browser, house, house.signed_in("compliance-officer")) as context:
        page = context.new_page()
        page.emulate_media(media="print")
        for path in ("/today", "/disclosures", f"/why/{house.delivered}"):
            page.goto(path)
            assert page.get_by_role("heading", level=1).is_visible()
            assert not page.get_by_role("navigation", name="Pages").is_visible()
            assert [b for b in page.get_by_role("button").all() if b.is_visible()] == []


@pytest.mark.parametrize("look", ["light", "dark"])
def test_what_was_typed_and_waits_is_accessible_and_fits(browser: Browser, house: House, look: str) -> None:
    client = house.signed_in("clinician-reviewer")
    kept_form = {"draft-page": "/links", "draft-action": "/links/find", "id": "H1-1"}
    client.post("/drafts", kept_form)
    client.post("/drafts", {**kept_form, "draft-action": "/links/gone"})
    with opened(browser, house, client, color_scheme=look, viewport=NARROW) as context:
        page = context.new_page()
        for path in ("/links", "/drafts", "/reviews"):
            page.goto(path)
            kept(page, f"typed{path.replace('/', '-')}-{look}")
            assert findings(page) == [], path
            assert missed(page) == [], path
            assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), path


def test_light_and_dark_are_chosen_without_scripts(browser: Browser, house: House) -> None:
    client = house.signed_in("operator")
    with opened(browser, house, client, java_script_enabled=False, color_scheme="light") as context:
        page = context.new_page()
        page.goto("/partners")
        page.get_by_label("Light or dark").select_option("dark")
        page.get_by_role("button", name="Set").click()

        assert page.locator("html").get_attribute("data-scheme") == "dark"


def test_what_forms_lead_to_is_accessible_and_fits_too(browser: Browser, house: House) -> None:
    def looked_at(page: Page, name: str) -> None:
        kept(page, name)
        assert findings(page) == [], name
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), name

    with opened(browser, house, house.signed_in("programme-analyst"), viewport=NARROW) as context:
        page = context.new_page()
        page.goto("/measures")
        page.get_by_label("First day").fill("2026-03-01")
        page.get_by_label("Day after the last").fill("2026-04-01")
        page.get_by_role("button", name="Count").click()
        page.get_by_text("Query").wait_for()
        looked_at(page, "measured-320")
    with opened(browser, house, house.signed_in("operator"), viewport=NARROW) as context:
        page = context.new_page()
        page.goto("/partners/B1")
        looked_at(page, "hold-320")
        page.goto(f"/messages/{house.delivered}")
        page.get_by_label("Send it again").check()
        page.get_by_role("button", name="Do it").click()
        assert (
            page.get_by_role("alert").inner_text()
            == "Choose what to do, and write a reason: it is kept with the message."
        )
        looked_at(page, "replay-320")
        page.goto(f"/messages/{house.delivered}")
        page.get_by_role("button", name="Lock").click()
        assert page.get_by_role("heading", level=1).inner_text() == "Locked"
        looked_at(page, "locked-320")
        page.get_by_label("Password").fill(PASSWORD)
        page.keyboard.press("Enter")
        page.wait_for_url(f"**/messages/{house.delivered}")
