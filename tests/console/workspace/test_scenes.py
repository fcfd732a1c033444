"""Calls and cards on pages: seven rows in one size, whatever there is to say; a pass is one person's, and says nothing in its address."""

from __future__ import annotations

import re

import pytest

from hub import clock
from hub.app.care.card import Cards
from hub.app.care.roster import Rosters
from hub.flow.card import Card
from hub.flow.roster import Member
from hub.spans import HOUR
from tests.console.house import Client
from tests.console.test_pages import text
from tests.console.workspace.house import Workshop

FULL = Card(
    language="es",
    communication_need=("One voice, slowly",),
    triggers=("Sirens and flashing lights", "Being touched"),
    calming=("Say your name first",),
    contact_wish="Call the sister",
    safety_flags=("Dog in the yard",),
    risk_level="high",
    last_outcomes=("Stayed at home", "Stayed at home"),
)
ROWS = ["Language", "Communication", "May upset", "May calm", "Contact wish", "Safety", "Last outcomes"]


@pytest.fixture(scope="module")
def officer(shop: Workshop) -> Client:
    return shop.at("responder", "PD")


def asks(client: Client, incident: str = "26-118842", **form: str) -> str:
    """Ask for a card; the address of its page."""
    done = client.post("/card", {"incident": incident, **form})
    assert done.status_code == 303, text(done.text)
    address = done.headers["location"]
    assert incident not in address
    return address


def rows(html: str) -> list[tuple[str, str]]:
    return re.findall(r"<dt>([^<]+)</dt><dd>([^<]*)</dd>", html)


def test_a_full_and_an_empty_card_are_seven_rows_of_one_size(officer: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    empty = officer.get(asks(officer))
    monkeypatch.setattr(Cards, "look", lambda *_: ([], FULL))
    full = officer.get(asks(officer))

    assert rows(empty.text) == [(name, "Nothing shareable") for name in ROWS]
    assert [name for name, _ in rows(full.text)] == ROWS
    assert dict(rows(full.text))["May upset"] == "Sirens and flashing lights; Being touched"
    assert dict(rows(full.text))["Safety"] == "risk high; Dog in the yard"
    assert len(empty.content) == len(full.content)
    assert "Absence of information is not absence of risk." in empty.text


def test_a_pass_is_its_own_persons_and_anybody_elses_is_an_empty_card(
    shop: Workshop, officer: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine = asks(officer)
    monkeypatch.setattr(Cards, "look", lambda _, __, incident, *___: ([], FULL if incident else Card()))
    assert dict(rows(officer.get(mine).text))["Language"] == "Spanish"

    for other in (shop.at("dispatcher", "PD"), shop.at("dispatcher", "C1")):
        page, made_up = other.get(mine), other.get("/card/there-is-no-such-pass")
        assert (page.status_code, len(page.content)) == (200, len(made_up.content))
        assert rows(page.text) == rows(made_up.text) == [(name, "Nothing shareable") for name in ROWS]


def test_each_look_at_a_card_is_one_leaf(shop: Workshop, officer: Client) -> None:
    address = asks(officer)
    before = shop.looks("approach card")

    officer.get(address)
    officer.get("/card/there-is-no-such-pass")

    assert shop.looks("approach card") == before + 2


def test_a_threat_names_its_basis_and_who_judged_it(officer: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[object] = []

    def look(_: Cards, __: object, ___: str, threat: object, ____: int) -> tuple[list[object], Card]:
        asked.append(threat)
        return [], Card()

    monkeypatch.setattr(Cards, "look", look)

    half = officer.post("/card", {"incident": "1", "basis": "a knife was seen"})
    officer.get(asks(officer, basis="a knife was seen", judged_by="Sgt. Osei"))

    assert half.status_code == 422
    assert "with who judged it" in half.text
    assert asked == [("a knife was seen", "Sgt. Osei")]


def test_a_clinician_is_asked_to_call_with_a_task_that_names_no_person(shop: Workshop, officer: Client) -> None:
    address, before = asks(officer), calls(shop)

    missing = officer.post(address, {"phone": "none"})
    done = officer.post(address, {"phone": "602-555-0190"})

    assert "Which number shall they call?" in missing.text
    assert "A clinician was asked to call you." in done.text
    assert calls(shop) == [*before, "A responder of Police department PD at a scene asks to be called: 602-555-0190."]


def calls(shop: Workshop) -> list[str]:
    """What clinicians are asked to call about, the oldest first."""
    return [one.words for one in shop.look.tasks("call") if one.role == "crisis clinician"]


def test_whoever_sends_nobody_to_a_scene_has_no_cards(shop: Workshop) -> None:
    other = shop.at("responder", "B1")

    for path in ("/card", "/card/there-is-no-such-pass"):
        assert "Your partner sends nobody to a scene." in other.get(path).text
    assert "Your partner sends nobody" in other.post("/card", {"incident": "1"}).text


def test_calls_are_those_that_the_partner_was_told_of(shop: Workshop) -> None:
    assert shop.tell("C1", "01-c1-call.json", **{"118842": "118843"}).state == "kept"

    police, centre = shop.at("dispatcher", "PD"), shop.at("dispatcher", "C1")
    page = police.get("/calls")

    assert re.search(r"118843", text(page.text))
    assert "◷ Open" in text(page.text) or "On scene" in text(page.text)
    assert 'name="incident"' in page.text
    assert "No call was told to you" in centre.get("/calls").text


def test_teams_stand_as_their_own_events_say_and_each_look_is_a_leaf(shop: Workshop) -> None:
    client, before = shop.at("dispatcher", "PD"), shop.looks("teams")
    shop.tell("C1", "03-c1-on-scene.json", **{"118842": "118777"})

    said = text(client.get("/teams").text)

    assert "12A ◷ On a call" in said
    assert re.search(r"12A .*? yes 26-118777 ", said)
    assert "No unit that is trained for crises is free." in said
    assert shop.looks("teams") == before + 1
    assert "12A" not in shop.at("dispatcher", "C1").get("/teams").text


def test_beside_a_call_in_crisis_stands_a_unit_that_is_certified_and_free(shop: Workshop) -> None:
    client, rosters = shop.at("dispatcher", "PD"), Rosters(known=shop.hub.known, vault=shop.hub.vault)
    assert shop.tell("C1", "01-c1-call.json", **{"118842": "118901"}).state == "kept"
    now = clock.now()

    def on_duty(expires: str) -> None:
        one = Member(worker="7", unit="20X", certificate="CIT", expires=expires, starts=now - HOUR, ends=now + HOUR)
        shop.ask(rosters.load((one,), actor="a test"))

    on_duty("2020-01-31")
    lapsed = text(client.get("/calls").text)
    on_duty("2099-01-31")
    said = text(client.get("/calls").text)

    assert "20X" not in lapsed
    assert "No unit of PD is certified for crises and free now." in lapsed
    assert "20X of PD, certified for crises, on no call" in said
    assert "20X" not in shop.at("dispatcher", "C1").get("/calls").text


def test_the_library_is_asked_by_what_is_said_of_the_crisis(shop: Workshop, officer: Client) -> None:
    named = text(officer.get("/resources?crisis=suicide").text)
    armed = text(officer.get("/resources?crisis=suicide&armed=yes").text)

    assert "Talking with somebody who wants to die" in named
    assert "Suicidal and armed, slow it down" not in named
    assert "Suicidal and armed, slow it down" in armed
    assert "Ayuda en crisis" in text(officer.get("/resources?language=es").text)
