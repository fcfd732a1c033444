"""Placement questions on pages: no name before somebody is chosen, one chosen, and the record on the chosen one's page alone."""

from __future__ import annotations

import re

import pytest

from tests.console.house import Client
from tests.console.test_pages import text
from tests.console.workspace.house import Workshop

NAMES = ("Riley", "Doe", "1990")


def asked(client: Client) -> set[str]:
    """The names of the questions that somebody has."""
    return set(re.findall(r'href="/placements/([^"]+)"', client.get("/placements").text))


@pytest.fixture
def desks(shop: Workshop) -> tuple[Client, Client, Client]:
    """Who asks, and two who are asked."""
    return tuple(shop.at("flow-coordinator", name) for name in ("H1", "S1", "B1"))  # type: ignore[return-value]  # three of them


def begun(shop: Workshop, desks: tuple[Client, Client, Client]) -> tuple[str, str, str]:
    """A question to S1 and B1: by which name each knows it."""
    before = [asked(desk) for desk in desks]
    shop.asks("S1", "B1")
    fresh = [asked(desk) - old for desk, old in zip(desks, before, strict=True)]
    assert [len(found) for found in fresh] == [1, 1, 1]
    one, two, three = (found.pop() for found in fresh)
    return one, two, three


def test_a_bed_is_asked_for_offered_chosen_and_only_then_the_record_is_there(
    shop: Workshop, desks: tuple[Client, Client, Client]
) -> None:
    hospital, stabilisation, clinic = desks
    search, question, other = begun(shop, desks)
    page = stabilisation.get(f"/placements/{question}")
    assert "Age adult" in text(page.text)
    assert "Language es" in text(page.text)
    assert [word for word in NAMES if word in page.text] == []

    assert stabilisation.post(f"/placements/{question}", {"act": "offer", "clinician": "Dr Osei"}).status_code == 303
    assert clinic.post(f"/placements/{other}", {"act": "decline", "reason": "full"}).status_code == 303
    offers = text(hospital.get(f"/placements/{search}").text)
    assert "Stabilisation centre S1 ● Offered Dr Osei" in offers
    assert "Clinic B1 ○ Declined full" in offers
    assert "Riley" not in stabilisation.get(f"/placements/{question}").text
    assert hospital.post(f"/placements/{search}", {"act": "choose", "facility": "S1"}).status_code == 303

    chosen = text(stabilisation.get(f"/placements/{question}").text)
    assert "You were chosen. Dr Osei accepted." in chosen
    assert "Name Riley" in chosen
    assert [word for word in NAMES if word in clinic.get(f"/placements/{other}").text] == []
    assert "Bed held" in text(hospital.get("/placements").text)
    assert "expected by" in text(stabilisation.get("/placements").text)

    shop.arrives("S1")

    assert "expected by" not in text(stabilisation.get("/placements").text)
    assert "Chosen arrived" in text(stabilisation.get("/placements").text)
    there = text(stabilisation.get(f"/placements/{question}").text)
    assert "You were chosen. Dr Osei accepted. Whoever it was for has arrived." in there
    assert "Who arrived from" in there
    assert "is held until" not in there


def test_two_partners_names_of_one_question_do_not_join_and_open_nothing_elsewhere(
    shop: Workshop, desks: tuple[Client, Client, Client]
) -> None:
    hospital, stabilisation, clinic = desks
    search, question, other = begun(shop, desks)

    assert len({search, question, other}) == 3
    for desk, name in ((clinic, question), (stabilisation, other), (clinic, search), (hospital, question)):
        there, nowhere = desk.get(f"/placements/{name}"), desk.get(f"/placements/{'A' * 20}")
        assert (there.status_code, len(there.content)) == (404, len(nowhere.content))
        assert desk.post(f"/placements/{name}", {"act": "offer", "clinician": "Dr X"}).status_code == 404
    assert "Not answered" in text(stabilisation.get(f"/placements/{question}").text)


@pytest.mark.parametrize(
    ("form", "status", "words"),
    [
        ({"act": "offer", "clinician": " "}, 422, "Who accepts?"),
        ({"act": "decline"}, 422, "Choose a reason."),
        ({"act": "decline", "reason": "Riley Doe"}, 422, "Choose a reason."),
        ({"act": "choose", "facility": "S1"}, 422, "Choose what to answer."),
        ({}, 422, "Choose what to answer."),
    ],
)
def test_what_is_missing_is_said_and_nothing_is_answered(
    form: dict[str, str], status: int, words: str, shop: Workshop, desks: tuple[Client, Client, Client]
) -> None:
    _, question, _ = begun(shop, desks)

    said = desks[1].post(f"/placements/{question}", form)

    assert said.status_code == status
    assert words in text(said.text)
    assert "◷ Not answered" in text(desks[1].get(f"/placements/{question}").text)


def test_who_was_not_chosen_hears_that_it_is_over_and_can_answer_no_more(
    shop: Workshop, desks: tuple[Client, Client, Client]
) -> None:
    search, question, other = begun(shop, desks)
    desks[1].post(f"/placements/{question}", {"act": "offer", "clinician": "Dr Osei"})
    desks[2].post(f"/placements/{other}", {"act": "offer", "clinician": "Dr Ray"})
    desks[0].post(f"/placements/{search}", {"act": "choose", "facility": "S1"})

    page = desks[2].get(f"/placements/{other}")
    late = desks[2].post(f"/placements/{other}", {"act": "offer", "clinician": "Dr Ray"})

    assert "This is over" in page.text
    assert "Your answer" not in page.text
    assert late.status_code == 409
    assert desks[0].post(f"/placements/{search}", {"act": "choose", "facility": "B1"}).status_code == 409
