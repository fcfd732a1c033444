"""The ways in: passwords, lock-out, one-use links, sessions that end, forms that belong to their session, and headers on everything."""

from __future__ import annotations

import secrets
from concurrent.futures import ThreadPoolExecutor, as_completed
from threading import Event

import httpx
import msgspec
import pytest
from msgspec.structs import replace

from hub import clock
from hub.access import accounts, session
from hub.access.accounts import Account
from hub.console.once import Sendings
from hub.errors import Passing
from hub.model.commands import Lodge
from tests.console.house import PASSWORD, Client, House

HEADERS = (
    "content-security-policy",
    "x-content-type-options",
    "x-frame-options",
    "referrer-policy",
    "cross-origin-opener-policy",
    "permissions-policy",
)


def invited(house: House, name: str, role: str = "operator") -> str:
    """The one-use link of somebody new."""
    account = Account(name=name, words="Kim Lee", role=role, made_at=clock.now())
    invitation = accounts.invite(account, house.people.people(), {}, "a test")
    house.ask(invitation.command)
    return f"/welcome/{invitation.token}"


def cookie(answer: httpx.Response) -> str:
    return next(c for c in answer.headers.get_list("set-cookie") if c.startswith(session.COOKIE + "="))


def signed(house: House, name: str) -> Client:
    answer = house.anybody().post("/signin", {"name": name, "password": PASSWORD})
    assert answer.status_code == 303, answer.text
    return Client(house.base, cookie(answer).split("=", 1)[1].split(";")[0])


def test_the_right_password_lets_in_and_the_cookie_is_a_careful_one(house: House) -> None:
    answer = house.anybody().post("/signin", {"name": "operator", "password": PASSWORD})

    said = cookie(answer)
    assert said.startswith("__Host-")
    assert {"HttpOnly", "Secure", "SameSite=lax", "Path=/"} <= set(said.split("; "))
    assert "Domain" not in said


@pytest.mark.parametrize("name", ["operator", "nobody-here"])
def test_a_wrong_password_and_an_unknown_name_are_told_the_same(house: House, name: str) -> None:
    answer = house.anybody().post("/signin", {"name": name, "password": "not the right one"})

    assert answer.status_code == 422
    assert "do not open anything here" in answer.text
    assert "set-cookie" not in answer.headers
    assert "not the right one" not in answer.text


def test_five_wrong_passwords_lock_even_the_right_one_out(house: House) -> None:
    link = invited(house, "clumsy@county.example")
    house.anybody().post(link, {"password": PASSWORD, "again": PASSWORD})

    for _ in range(accounts.TRIES):
        house.anybody().post("/signin", {"name": "clumsy@county.example", "password": "a wrong password"})

    answer = house.anybody().post("/signin", {"name": "clumsy@county.example", "password": PASSWORD})
    assert answer.status_code == 422
    assert house.account("clumsy@county.example").account.state(clock.now()) == "locked"


def test_a_crowd_that_tries_to_sign_in_keeps_nobody_else_from_their_pages(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    inside, held = house.signed_in("operator"), Event()
    monkeypatch.setattr(accounts, "tried", lambda *_: (held.wait(20), accounts.Tried("name"))[1])

    def tries(_: int) -> int:
        return house.anybody().post("/signin", {"name": "nobody-here", "password": "not the right one"}).status_code

    try:
        with ThreadPoolExecutor(44) as crowd:
            answers = [crowd.submit(tries, number) for number in range(44)]
            turned = next(as_completed(answers)).result()
            assert inside.get("/today").status_code == 200
            held.set()
    finally:
        held.set()

    assert turned == 503
    found = [answer.result() for answer in answers]
    assert found.count(422) >= 8
    assert set(found) == {422, 503}


def test_a_link_sets_the_password_once(house: House) -> None:
    link = invited(house, "kim@county.example")
    anybody = house.anybody()

    assert "Kim Lee" in anybody.get(link).text
    assert anybody.post(link, {"password": "short", "again": "short"}).status_code == 422
    assert anybody.post(link, {"password": PASSWORD, "again": PASSWORD + "x"}).status_code == 422
    assert anybody.post(link, {"password": PASSWORD, "again": PASSWORD}).status_code == 303
    again = anybody.get(link)
    assert again.status_code == 404
    assert "This link was used" in again.text
    assert signed(house, "kim@county.example").get("/today").status_code == 200


def test_signing_out_ends_the_session_in_the_store_too(house: House) -> None:
    client = signed(house, "operator")
    assert client.get("/today").status_code == 200

    client.post("/signout")

    assert client.get("/today").headers["location"] == "/signin"


def test_access_that_ends_ends_sessions_with_it(house: House) -> None:
    link = invited(house, "leaving@county.example")
    house.anybody().post(link, {"password": PASSWORD, "again": PASSWORD})
    client = signed(house, "leaving@county.example")

    house.ask(accounts.end(house.account("leaving@county.example"), clock.now(), "a test"))

    assert client.get("/today").headers["location"] == "/signin"


def test_a_new_link_and_a_new_password_end_the_sessions_of_the_old_one(house: House) -> None:
    link = invited(house, "robbed@county.example")
    house.anybody().post(link, {"password": PASSWORD, "again": PASSWORD})
    stolen = signed(house, "robbed@county.example")
    assert stolen.get("/today").status_code == 200

    anew = accounts.anew(house.account("robbed@county.example"), clock.now(), "a test")
    house.ask(anew.command)
    assert stolen.get("/today").headers["location"] == "/signin"

    answer = house.anybody().post(f"/welcome/{anew.token}", {"password": PASSWORD, "again": PASSWORD})
    owner = Client(house.base, cookie(answer).split("=", 1)[1].split(";")[0])
    assert owner.get("/today").status_code == 200
    assert stolen.get("/today").headers["location"] == "/signin"


def test_a_session_is_over_when_its_time_is_over(house: House) -> None:
    client = signed(house, "operator")
    name = accounts.digest(client.token)
    lodged = house.people.one(session.KIND, name)
    assert lodged is not None

    over = Lodge(
        kind=session.KIND, name=name, at=clock.now(), value=lodged.value, until=clock.now(), before=lodged.version
    )
    house.ask(over)

    assert client.get("/today").headers["location"] == "/signin"


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://elsewhere.example"},
        {"origin": "null"},
        {"origin": ""},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"content-type": "text/plain"},
        {"content-type": "multipart/form-data; boundary=x"},
    ],
    ids=str,
)
def test_a_form_that_comes_from_elsewhere_does_nothing(house: House, headers: dict[str, str]) -> None:
    before = house.leaves()
    form = {"name": "x@county.example", "words": "X", "role": "operator"}

    answer = house.signed_in("administrator").post("/people", form, **headers)

    assert answer.status_code == 404
    assert house.leaves() == before


@pytest.mark.parametrize("token", ["", "0" * 64, "ü"])
def test_a_form_of_another_session_does_nothing(house: House, token: str) -> None:
    before = house.leaves()
    form = {"name": "x@county.example", "words": "X", "role": "operator", "csrf": token}

    assert house.signed_in("administrator").post("/people", form).status_code == 404
    assert house.leaves() == before


def test_a_form_sent_twice_has_one_effect(house: House) -> None:
    client, once = house.signed_in("administrator"), secrets.token_hex(8)
    form = {"name": f"{once}@county.example", "words": "X", "role": "operator", "once": once}
    before = house.leaves()

    first, second = client.post("/people", form), client.post("/people", form)

    assert (first.status_code, second.status_code) == (200, 409)
    assert "Nothing was done twice" in second.text
    assert house.leaves() == before + 1


def test_a_form_that_came_to_nothing_is_not_called_done_when_it_comes_again(house: House) -> None:
    client, once = house.signed_in("administrator"), secrets.token_hex(8)
    form = {"name": "Not A Name", "words": "X", "role": "operator", "once": once}

    refused = [client.post("/people", form).status_code for _ in range(2)]
    mended = client.post("/people", form | {"name": f"{once}@county.example"})

    assert refused == [422, 422]
    assert mended.status_code == 200
    assert client.post("/people", form).status_code == 409


def test_a_form_that_is_sent_again_leads_where_the_first_one_led(house: House) -> None:
    client, once = house.signed_in("operator"), secrets.token_hex(8)
    form = {"name": once, "state": "parked", "once": once}

    first, second = client.post("/messages/save", form), client.post("/messages/save", form)

    assert (first.status_code, second.status_code) == (303, 303)
    assert first.headers["location"] == second.headers["location"]
    assert client.get("/messages").text.count(f">{once}<") == 1


def test_nobody_is_told_what_came_of_a_form_while_it_is_under_way() -> None:
    sendings = Sendings(patience_s=0)

    with sendings.alone("one"):
        with sendings.alone("another"):
            pass
        with pytest.raises(Passing, match="not done yet"), sendings.alone("one"):
            pass

    with sendings.alone("one"):
        pass


@pytest.mark.parametrize("path", ["/signin", "/today", "/no-such-page", "/static/console.css", "/static/console.js"])
def test_every_answer_keeps_browsers_careful(house: House, path: str) -> None:
    answer = house.signed_in("operator").get(path)

    assert [name for name in HEADERS if name not in answer.headers] == []
    assert "unsafe" not in answer.headers["content-security-policy"]
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    if not path.startswith("/static"):
        assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "evil.example:127.0.0.1"])
def test_only_under_its_own_name(house: House, host: str) -> None:
    answer = house.signed_in("operator").get("/today", host=host)

    assert answer.status_code in (400, 404)
    assert "Needs a person" not in answer.text


def test_pages_have_no_script_or_style_of_their_own(house: House) -> None:
    client = house.signed_in("operator")

    for path in ("/today", "/messages", "/parked", "/partners", "/ledger", f"/messages/{house.delivered}"):
        text = client.get(path).text
        assert "<script>" not in text
        assert "<style" not in text
        assert " style=" not in text
        assert " onclick" not in text


def test_a_role_that_is_not_in_the_table_any_more_opens_nothing(house: House) -> None:
    one = house.account("responder")
    house.ask(
        Lodge(
            kind=accounts.KIND, name=one.id, at=clock.now(), before=one.version,
            value=msgspec.msgpack.encode(replace(one.account, role="superuser")),
        )
    )  # fmt: skip
    client = house.signed_in("responder")
    try:
        assert client.get("/today").headers["location"] == "/signin"
    finally:
        now = house.account("responder")
        house.ask(
            Lodge(
                kind=accounts.KIND,
                name=now.id,
                at=clock.now(),
                before=now.version,
                value=msgspec.msgpack.encode(one.account),
            )
        )
