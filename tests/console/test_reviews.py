"""What people judge and follow up: tasks, recalls, emergencies, alerts, beds; each act once, with its leaf."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator

import pytest

from tests.console.furniture import SECOND_USE, USE
from tests.console.house import House, standing
from tests.console.test_pages import text


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A house of these tests' own: they change what the others look at."""
    with standing(tmp_path_factory.mktemp("reviews")) as house:
        yield house


def test_an_emergency_is_judged_once_with_words_and_by_somebody_else(own: House) -> None:
    officer, clinician = own.signed_in("compliance-officer"), own.signed_in("clinician-reviewer")
    before = own.leaves()

    assert "found unconscious" in text(officer.get(f"/reviews/{USE}").text)
    assert officer.post(f"/reviews/{USE}", {"verdict": "justified"}).status_code == 422
    mine = clinician.post(f"/reviews/{SECOND_USE}", {"verdict": "justified", "words": "it was me"})
    assert "Nobody reviews their own use." in mine.text
    assert own.leaves() == before
    done = officer.post(f"/reviews/{USE}", {"verdict": "unjustified", "words": "no emergency"})

    assert (done.status_code, own.leaves()) == (303, before + 1)
    assert "✕ Not justified" in text(officer.get("/reviews").text)
    again = officer.post(f"/reviews/{USE}", {"verdict": "justified", "words": "changed my mind"})
    assert "It was reviewed already" in again.text
    assert own.leaves() == before + 1
    assert officer.get("/reviews/none").status_code == 404


def test_whom_an_emergency_was_about_is_on_no_page(own: House) -> None:
    page = own.signed_in("compliance-officer").get(f"/reviews/{USE}").text

    assert "About whom" in page
    assert ">77<" not in page


def test_a_recall_is_overdue_until_somebody_asked_there(own: House) -> None:
    client, before = own.signed_in("compliance-officer"), own.leaves()

    assert "✕ Overdue" in text(client.get("/recalls").text)
    form = {"partner": "B1"}
    assert "asked there first" in client.post(f"/recalls/{own.delivered}", form).text
    assert own.leaves() == before
    client.post(f"/recalls/{own.delivered}", {**form, "asked": "yes"})

    assert own.leaves() == before + 1
    assert "Every recall was answered." in text(client.get("/recalls").text)
    assert "● Seen to" in text(client.get("/recalls?view=all").text)
    assert "Tell the coroner." in text(client.get("/tasks").text)
    assert "stop relying" not in text(client.get("/tasks").text)


def test_a_task_is_seen_to_once_and_leaves_the_list(own: House) -> None:
    client = own.signed_in("operator")
    found = re.search(r'href="(/tasks/\d+)"[^>]*>(?:(?!href=).)*Tell the coroner', client.get("/tasks").text)
    assert found
    before = own.leaves()

    assert client.post(found[1]).status_code == 422
    assert client.post(found[1], {"words": "rang them"}).status_code == 303

    assert own.leaves() == before + 1
    assert "Tell the coroner" not in client.get("/tasks").text
    assert client.get(found[1]).status_code == 404
    assert client.post(found[1], {"words": "again"}).status_code == 404


def test_an_alert_is_taken_on_by_name(own: House) -> None:
    client = own.signed_in("operator")
    until = time.monotonic() + 20
    while "S1 is parked" not in client.get("/alerts").text and time.monotonic() < until:
        time.sleep(0.1)
    found = re.search(r"Something for S1.*?action=\"(/alerts/\w{16})\"", client.get("/alerts").text, re.DOTALL)
    assert found
    before = own.leaves()

    client.post(found[1])

    assert own.leaves() == before + 1
    assert "‖ Taken on" in text(client.get("/alerts").text)
    assert "Jo operator until" in text(client.get("/alerts").text)
    assert client.post("/alerts/0000").status_code == 404


def test_the_board_says_what_can_be_offered_and_why_not(own: House) -> None:
    client = own.signed_in("operator")
    until = time.monotonic() + 10
    while "S9" not in client.get("/board").text and time.monotonic() < until:
        time.sleep(0.1)

    said = text(client.get("/board").text)

    assert "2 beds can be offered." in said
    assert "A adult psychiatric ● Open 2 6 8 0 0" in said
    assert "B adult psychiatric ○ Not counted yet not offered" in said
    assert "Nobody has opened this unit" in said
    only = text(client.get("/board?free=yes").text)
    assert "Not counted yet" not in only
    assert "No unit is like that." in text(client.get("/board?profile=child").text)
