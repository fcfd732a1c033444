"""Every page of the workspace in a real browser, on a wide screen and on a phone: no finding of axe, nothing cut, nothing refused."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from hub.app.care.card import Cards
from tests.console.browser import chromium, complaints, missed, opened
from tests.console.test_browser import LOOKS as STAFF_LOOKS
from tests.console.test_browser import findings, kept
from tests.console.workspace.house import Workshop
from tests.console.workspace.test_contacts import RESCUE, ROUTINE
from tests.console.workspace.test_recalls import revoked
from tests.console.workspace.test_scenes import FULL

pytestmark = pytest.mark.slow
WIDE, NARROW = {"width": 1280, "height": 900}, {"width": 360, "height": 760}
LOOKS = {name: (look, NARROW if size["width"] < WIDE["width"] else WIDE) for name, (look, size) in STAFF_LOOKS.items()}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as found:
        yield found


@pytest.fixture(scope="module")
def pages(shop: Workshop) -> dict[tuple[str, str], list[str]]:
    """Who opens which pages: there is something on each."""
    shop.tell("CR1", "15-cr1-referral.json", CR1_RF_5="RF-B")
    listed = shop.at("intake-worker", "B1").get("/referrals").text
    name = _first(listed, "referrals")
    flow, hospital = shop.at("flow-coordinator", "S1"), shop.at("flow-coordinator", "H1")
    counts = {"staffed": "8", "blocked": "1", "held": "0", "taken": "5"}
    flow.post("/beds", {"unit": "Adult female", "version": "0", "profile": "adult_psychiatric", **counts})
    flow.post("/beds", {"unit": "Adult male", "version": "0", **counts, "taken": "7"})
    shop.asks("S1", "B1")
    (question, search) = (_first(one.get("/placements").text, "placements") for one in (flow, hospital))
    flow.post(f"/placements/{question}", {"act": "offer", "clinician": "Dr Osei"})
    shop.asks("S1", "B1")
    revoked(shop)
    counsellor, clerk = shop.at("988-counsellor", "L1"), shop.at("records-clerk", "PD")
    counsellor.post("/contacts/new", ROUTINE)
    counsellor.post("/contacts/new", RESCUE | {"sure": "yes"})
    shop.tell("C1", "01-c1-call.json", **{"118842": "118900"})
    first = _first(clerk.get("/records").text, "records")
    clerk.post(f"/records/{first}", {"act": "approve", "number": "RMS-1"})
    shop.tell("C1", "03-c1-on-scene.json", **{"118842": "118900"})
    entry = _first(clerk.get("/records").text, "records")
    fresh = _first(flow.get("/placements").text, "placements")
    return {
        ("intake-worker", "B1"): ["/referrals", f"/referrals/{name}", f"/referrals/{name}/sheet", "/asked-back"],
        ("flow-coordinator", "S1"): ["/beds", "/placements", f"/placements/{fresh}"],
        ("flow-coordinator", "H1"): ["/placements", f"/placements/{search}", "/beds"],
        ("988-counsellor", "L1"): ["/contacts/new", "/contacts", "/beds"],
        ("dispatcher", "PD"): ["/calls", "/teams", "/card"],
        ("responder", "PD"): [shop.at("responder", "PD").post("/card", {"incident": "118842"}).headers["location"]],
        ("records-clerk", "PD"): ["/records", f"/records/{entry}", "/differences"],
    }


def _first(html: str, room: str) -> str:
    found = re.search(rf'href="/{room}/([^"/]+)"', html)
    assert found, room
    return found[1]


@pytest.mark.parametrize("look", LOOKS)
def test_every_page_is_accessible_fits_and_obeys_the_policy(
    look: str,
    browser: Browser,
    shop: Workshop,
    pages: dict[tuple[str, str], list[str]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(Cards, "look", lambda *_: ([], FULL))
    scheme, size = LOOKS[look]
    for (role, partner), paths in pages.items():
        with opened(browser, shop, shop.at(role, partner), color_scheme=scheme, viewport=size) as context:
            page = context.new_page()
            said = complaints(page)
            for n, path in enumerate(paths):
                answer = page.goto(path)
                assert answer is not None
                assert answer.ok, path
                kept(page, f"{role}-{partner}-{n}-{path.split('/')[1]}-{scheme}-{size['width']}")
                assert findings(page) == [], path
                assert missed(page) == [], path
                assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), path
            assert said == []


def test_a_rescue_is_asked_for_by_keyboard_alone(browser: Browser, shop: Workshop) -> None:
    with opened(browser, shop, shop.at("988-counsellor", "L1"), viewport=NARROW, java_script_enabled=False) as context:
        page = context.new_page()
        page.goto("/contacts/new")
        page.get_by_label("How they reached you").select_option("call")
        page.get_by_label("Risk", exact=True).select_option("imminent")
        page.get_by_label("Where they are").fill("77 Mesquite Street")
        page.get_by_role("button", name="Send help").focus()
        page.keyboard.press("Enter")
        page.get_by_role("heading", name="Send help now?").wait_for()
        page.get_by_role("button", name="Yes, send help now").focus()
        page.keyboard.press("Enter")
        page.wait_for_url("**/contacts")

        assert page.get_by_role("link", name="555-555-0111").first.get_attribute("href") == "tel:5555550111"


def test_what_is_wrong_has_the_focus_wherever_on_its_page_somebody_was(browser: Browser, shop: Workshop) -> None:
    with opened(browser, shop, shop.at("988-counsellor", "L1"), viewport=NARROW) as context:
        page = context.new_page()
        page.goto("/contacts/new")
        page.get_by_role("link", name="A life is in danger now").click()
        page.get_by_role("button", name="Send help").click()
        page.wait_for_url("**/contacts/new")

        assert page.evaluate("document.activeElement.id") == "error"
        page.goto("/contacts/new#main")
        page.get_by_role("button", name="Keep this contact").click()
        page.wait_for_function("document.title.startsWith('Error')")
        assert page.evaluate("document.activeElement.id") == "error"
