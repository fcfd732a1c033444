"""What somebody had typed when their session was locked or over comes back to them, and to nobody else."""

from __future__ import annotations

import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from msgspec.structs import replace

from hub import clock
from hub.access import accounts, session
from hub.console import drafts
from hub.console.refill import refilled
from hub.model.commands import Lodge
from hub.spans import HOUR
from hub.store.ids import short
from tests.console.browser import chromium, opened
from tests.console.house import PASSWORD, Client, House
from tests.console.test_pages import text
from tests.console.test_ways_in import cookie, invited, signed

# Unlike anything else in the house: it may stand on its writer's page, and nowhere else.
SIGNER = 'Zebulon "Zed" Quickwater'
TYPED = {"kind": "TPO", "signer": SIGNER, "recipients": "B1\nS1", "part2": "yes", "value": "not-seen-before"}
KEPT = "What you had typed is here again."


def officer(house: House, name: str) -> Client:
    """A new officer, signed in."""
    answer = house.anybody().post(invited(house, name, "compliance-officer"), {"password": PASSWORD, "again": PASSWORD})
    return Client(house.base, cookie(answer).split("=", 1)[1].split(";")[0])


def ended(house: House, client: Client) -> None:
    """Nobody did anything for so long that the session is over."""
    name = accounts.digest(client.token)
    lodged = house.people.one(session.KIND, name)
    assert lodged is not None
    now = clock.now()
    house.ask(Lodge(kind=session.KIND, name=name, at=now, value=lodged.value, until=now, before=lodged.version))


def late(client: Client) -> str:
    """The form is sent, as a browser sends it; where that leads."""
    answer = client.post("/consents/new", TYPED, referer=f"{client.base}/consents/new?x=y")
    return answer.headers["location"]


def test_a_form_that_came_after_the_session_was_over_is_there_again_and_was_not_sent(house: House) -> None:
    client = officer(house, "late@county.example")
    before = house.leaves()
    ended(house, client)

    assert late(client) == "/signin"
    answer = house.anybody().post("/signin", {"name": "late@county.example", "password": PASSWORD})
    assert answer.headers["location"] == "/consents/new"
    html = signed(house, "late@county.example").get("/consents/new").text

    assert KEPT in text(html)
    assert 'value="Zebulon &quot;Zed&quot; Quickwater"' in html
    assert '<option value="TPO" selected>' in html
    assert len(re.findall(r'name="recipients" value="(B1|S1)" checked', html)) == 2
    assert re.search(r'name="part2" value="yes" checked', html)
    assert house.leaves() == before


def test_nobody_else_sees_it_and_no_cookie_and_no_file_holds_it(house: House) -> None:
    client = officer(house, "first@county.example")
    ended(house, client)
    answer = client.post("/consents/new", TYPED, referer=f"{house.base}/consents/new")

    second = officer(house, "second@county.example")
    for path in ("/consents/new", "/drafts", "/today"):
        assert "Quickwater" not in second.get(path).text
        assert KEPT not in second.get(path).text
    assert "Quickwater" not in str(answer.headers) + answer.text
    folder = Path(house.hub.settings.data)
    assert not [file for file in folder.rglob("*") if file.is_file() and b"Quickwater" in file.read_bytes()]
    assert "Quickwater" in signed(house, "first@county.example").get("/drafts").text


def test_a_form_of_an_earlier_session_of_the_same_person_is_shown_once_more(house: House) -> None:
    first = officer(house, "twice@county.example")
    ended(house, first)
    again = signed(house, "twice@county.example")
    stale = {**TYPED, "csrf": first.csrf}

    answer = again.post("/consents/new", stale, referer=f"{house.base}/consents/new")
    assert (answer.status_code, answer.headers["location"]) == (303, "/consents/new")
    assert "Quickwater" in again.get("/consents/new").text

    other = officer(house, "other@county.example")
    assert other.post("/consents/new", stale, referer=f"{house.base}/consents/new").status_code == 404
    assert "Quickwater" not in other.get("/drafts").text


def test_a_locked_session_keeps_it_too_and_what_was_sent_or_thrown_away_waits_no_more(house: House) -> None:
    client = officer(house, "locking@county.example")
    client.post("/lock", {"back": "/today"})
    assert late(client) == "/lock"
    assert "Quickwater" not in client.get("/lock").text

    assert client.post("/unlock", {"password": PASSWORD}).headers["location"] == "/consents/new"
    assert "waits for you" in text(client.get("/today").text)
    client.post("/consents/new", TYPED)
    assert "waits for you" not in text(client.get("/today").text)

    client.post("/drafts", {"draft-page": "/consents/new", "draft-action": "/consents/new", "signer": SIGNER})
    assert "Quickwater" in client.get("/consents/new").text
    client.post("/drafts/drop", {"page": "/consents/new", "action": "/consents/new"})
    assert "Quickwater" not in client.get("/consents/new").text


def test_what_was_kept_for_a_form_that_is_gone_is_shown_in_words(house: House) -> None:
    client = officer(house, "gone@county.example")
    asked = {"draft-page": "/today", "draft-action": "/tasks/7", "words": "rang them twice"}

    client.post("/drafts", asked)

    said = text(client.get("/today").text)
    assert "What it was typed for has changed" in said
    assert "rang them twice" in said


@pytest.mark.parametrize(
    "form",
    [
        {"csrf": "guessed"},
        {"draft-page": "//elsewhere.example", "draft-action": "/x"},
        {"draft-page": "/today", "draft-action": "https://elsewhere.example"},
    ],
    ids=str,
)
def test_nothing_is_kept_for_a_page_that_is_not_ours_or_a_token_that_is_nobodys(
    house: House, form: dict[str, str]
) -> None:
    client = officer(house, f"none-{len(str(form))}@county.example")

    client.post("/drafts", {"words": SIGNER, **form})
    house.anybody().post("/consents/new", {**TYPED, **form}, referer=f"{house.base}/consents/new")

    assert "Quickwater" not in client.get("/drafts").text


def test_a_role_keeps_no_form_that_it_could_not_have_sent(house: House) -> None:
    client = officer(house, "another@county.example")
    ended(house, client)

    client.post("/people", {"name": SIGNER}, referer=f"{house.base}/people")

    assert "Quickwater" not in signed(house, "another@county.example").get("/drafts").text


def test_it_is_over_after_a_shift(house: House) -> None:
    client = officer(house, "shift@county.example")
    draft = drafts.Draft(page="/today", action="/today", at=clock.now(), fields={"a": "b"})
    known = house.account("shift@county.example")
    hub: Any = SimpleNamespace(people=house.people, ask=lambda commands: house.ask(*commands))
    drafts.keep(hub, known.id, draft)

    assert drafts.waiting(house.people, known.id, draft.at + 8 * HOUR - 1) == [draft]
    assert drafts.waiting(house.people, known.id, draft.at + 8 * HOUR) == []
    drafts.keep(hub, known.id, replace(draft, at=draft.at - 9 * HOUR, page="/alerts"))
    assert "It came at" not in client.get("/drafts").text


def test_each_draft_says_what_its_form_is_for_about_what_and_where_it_stood(house: House) -> None:
    client = officer(house, "several@county.example")
    for page, action in (
        ("/links", "/messages/find"),
        ("/reviews", "/messages/find"),
        ("/tasks/17", "/tasks/17"),
        ("/tasks/18", "/tasks/18"),
        (f"/messages/{house.delivered}", f"/messages/{house.delivered}/reveal"),
        ("/consents/new", "/consents/new"),
        ("/nowhere", "/nowhere"),
    ):
        client.post("/drafts", {"draft-page": page, "draft-action": action, "words": "rang them"})

    html = client.get("/drafts").text
    found = re.findall(r"<h2>(.*?)</h2>\s*<p>(.*?)</p>", html, re.DOTALL)

    assert len({(text(head), re.sub(r"at .*? MST", "", text(line))) for head, line in found}) == len(found) == 7
    assert [text(head) for head, _ in found[:5]] == [
        "A form",
        "File what a person allows",
        f"Show what a message says (message {short(house.delivered)})",
        "Say that it is seen to (task 18)",
        "Say that it is seen to (task 17)",
    ]
    assert "from the page Which records may be of one person?" in text(html)
    assert "from the page Which emergencies wait for a judgement?" in text(html)


def test_of_many_forms_for_one_act_the_one_that_speaks_of_the_same_thing_is_filled() -> None:
    row = '<form method="post" action="/a"><input type="hidden" name="row" value="{}"><textarea name="w"></textarea></form>'
    html = row.format(1) + row.format(2)

    filled = refilled(html, "/x", "/a", {"row": "2", "w": "<b>"})

    assert filled == row.format(1) + row.format(2).replace('<textarea name="w">', '<textarea name="w">\n&lt;b&gt;')
    assert refilled(html, "/x", "/a", {"row": "3", "w": "y"}) is None
    assert refilled(html, "/x", "/b", {"row": "2"}) is None


@pytest.mark.slow
def test_pressing_lock_in_the_middle_of_a_form_loses_nothing(house: House) -> None:
    client = officer(house, "pressed@county.example")
    with chromium() as browser, opened(browser, house, client) as context:
        page = context.new_page()
        page.goto("/consents/new")
        page.get_by_label("Who signed").fill(SIGNER)
        page.get_by_role("button", name="Lock").click()
        page.wait_for_url("**/lock")
        assert "Quickwater" not in page.content()
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Unlock").click()
        page.wait_for_url("**/consents/new")

        assert page.get_by_label("Who signed").input_value() == SIGNER
        assert page.get_by_text(KEPT).is_visible()
        assert page.evaluate("localStorage.length + sessionStorage.length") == 0
