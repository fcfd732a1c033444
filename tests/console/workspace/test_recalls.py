"""Recalls on a partner's pages: that a notice stands there is no answer; somebody's word is, and only from the partner it was sent to."""

from __future__ import annotations

import re
import time
from collections.abc import Callable

import pytest

from hub.store.asking.outbox import Outbox
from tests.console.house import Client
from tests.console.test_pages import text
from tests.console.workspace.house import Workshop

# Another patient's number, consent and referral than those of the other tests.
OWN = {
    "BS_301": "BS-302",
    "CO_B1S_17": "CO-B1S-18",
    "B1S_RF_9": "B1S-RF-10",
    "b1s_consent": "b1s-consent-2",
    "b1s_referral": "b1s-referral-2",
    "b1s_revocation": "b1s-revocation-2",
}


def open_ones(worker: Client) -> list[str]:
    return re.findall(r'name="name" value="([^"]+)"', worker.get("/asked-back").text)


def until(held: Callable[[], bool]) -> None:
    """Wait for what the courier or the recall does by itself."""
    for _ in range(500):
        if held():
            return
        time.sleep(0.02)
    raise TimeoutError


def revoked(shop: Workshop) -> str:
    """What B1 got by a consent that was revoked since."""
    worker, vault = shop.at("intake-worker", "B1"), shop.hub.vault
    outbox = Outbox(vault.database, vault.keys, vault.origin)
    shop.tell("B1-S", "14-b1s-consent.json", **OWN)
    shop.tell("B1-S", "16-b1s-referral.json", **OWN)
    until(lambda: outbox.depth("B1").waiting == 0 and not outbox.flown())

    shop.tell("B1-S", "21-b1s-revocation.json", **OWN)

    until(lambda: bool(open_ones(worker)))
    return open_ones(worker)[0]


@pytest.fixture(scope="module")
def recalled(shop: Workshop) -> str:
    """The sheet of what was recalled."""
    return revoked(shop)


def test_it_says_what_to_do_and_never_who_changed_what(shop: Workshop, recalled: str) -> None:
    # The way to another page names what that one is for.
    page = text(shop.at("intake-worker", "B1").get("/asked-back").text).replace("New consent", "")

    assert "Stop relying on the messages named here" in page
    assert recalled in page
    assert [word for word in ("Riley", "Doe", "revo", "consent", "B1-S") if word in page] == []


def test_nobody_else_answers_it_and_its_own_people_once(shop: Workshop, recalled: str) -> None:
    for other in (shop.at("intake-worker", "SH1"), shop.at("records-clerk", "PD")):
        assert recalled not in other.get("/asked-back").text
        assert other.post("/asked-back", {"name": recalled}).status_code == 422
    worker = shop.at("intake-worker", "B1")

    assert worker.post("/asked-back", {"name": recalled}).status_code == 303

    assert recalled not in open_ones(worker)
    assert "Seen to" in text(worker.get("/asked-back").text)
    assert worker.post("/asked-back", {"name": recalled}).status_code == 422
    done = [one for one in shop.look.recalls() if one.done_at]
    assert "intake-worker.b1 (intake-worker)" in {one.done_by for one in done}
