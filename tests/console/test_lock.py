"""A session is locked with one press: nothing is shown, nothing is done, until the same person is there again."""

from __future__ import annotations

import pytest

from tests.console.house import PASSWORD, House
from tests.console.test_pages import text


def test_a_locked_session_shows_and_does_nothing_until_its_person_is_back_where_they_were(house: House) -> None:
    client, other = house.signed_in("operator"), house.signed_in("operator")
    page, before = f"/messages/{house.delivered}", house.leaves()
    assert f'name="back" value="{page}"' in client.get(page).text

    assert client.post("/lock", {"back": page}).headers["location"] == "/lock"

    for path in ("/today", page, "/live", "/welcome"):
        assert client.get(path).headers["location"] == "/lock"
    assert client.post(f"{page}/reveal", {"reason": "delivery"}).headers["location"] == "/lock"
    assert house.leaves() == before
    said = client.get("/lock").text
    assert "Messages" not in said
    assert "Find by any id" not in said
    assert other.get(page).status_code == 200

    wrong = client.post("/unlock", {"password": "another one"})
    assert wrong.status_code == 422
    assert "do not open anything" in text(wrong.text)
    assert client.get("/today").headers["location"] == "/lock"
    assert client.post("/unlock", {"password": PASSWORD}).headers["location"] == page
    assert client.get(page).status_code == 200
    assert client.get("/lock").headers["location"] == "/"


@pytest.mark.parametrize("back", ["//elsewhere.example/x", "https://elsewhere.example", "/today?x=y", "today", ""])
def test_a_lock_leads_back_into_this_house_alone(house: House, back: str) -> None:
    client = house.signed_in("mapping-analyst")
    client.post("/lock", {"back": back})

    assert client.post("/unlock", {"password": PASSWORD}).headers["location"] == "/"


@pytest.mark.parametrize(("url", "there"), [("/lock", "/lock"), ("/signout", "/signin")])
def test_lock_and_sign_out_hold_from_a_page_of_an_earlier_session(url: str, there: str, house: House) -> None:
    before, client = house.signed_in("operator"), house.signed_in("operator")

    assert client.post(url, {"csrf": before.csrf}).headers["location"] == there
    assert client.get("/today").headers["location"] == there
    assert client.post(url, origin="https://elsewhere.example").status_code == 404
