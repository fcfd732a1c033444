"""Beds on a partner's pages: two taps, the number the board believes, and nobody sets another partner's unit."""

from __future__ import annotations

import re
from itertools import count

import httpx
import pytest

from tests.console.house import Client
from tests.console.test_pages import text
from tests.console.workspace.house import Workshop

_names = count(1)
COUNTS = {"staffed": "8", "blocked": "1", "held": "0", "taken": "5"}


@pytest.fixture(scope="module")
def flow(shop: Workshop) -> Client:
    return shop.at("flow-coordinator", "S1")


@pytest.fixture
def unit(flow: Client) -> str:
    """A unit of S1 that was opened: eight staffed, one blocked, five lie there."""
    name = f"Unit {next(_names)}"
    assert (
        flow.post("/beds", {"unit": name, "version": "0", "profile": "crisis_stabilization", **COUNTS}).status_code
        == 303
    )
    return name


def ward(flow: Client, unit: str) -> str:
    """What the page says of a unit."""
    page = flow.get("/beds").text
    found = re.search(rf'<section class="ward"[^>]*>\s*<h2[^>]*>{unit} .*?</section>', page, re.DOTALL)
    assert found, unit
    return found[0]


def taps(flow: Client, unit: str, **changed: str) -> httpx.Response:
    """Press Still right as the page has it, or save other numbers."""
    fields = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', ward(flow, unit).split("</form>")[0]))
    return flow.post("/beds", {name: fields[name] for name in ("unit", "version", *COUNTS)} | changed)


def test_the_opening_census_makes_a_unit_offerable(flow: Client, unit: str) -> None:
    said = text(ward(flow, unit))

    assert "● Open" in said
    assert "2 can be offered. 5 lie there, 8 staffed, 1 blocked, 0 held." in said
    assert "crisis stabilization" in said


def test_still_right_is_one_tap_and_other_numbers_are_two(flow: Client, unit: str) -> None:
    before = re.search(r'name="version" value="(\d+)"', ward(flow, unit))
    assert taps(flow, unit).status_code == 303
    after = re.search(r'name="version" value="(\d+)"', ward(flow, unit))
    assert before
    assert after
    assert int(after[1]) > int(before[1])

    assert taps(flow, unit, taken="7").status_code == 303

    assert "0 can be offered. 7 lie there" in text(ward(flow, unit))
    assert "crisis stabilization" in text(ward(flow, unit))


def test_each_look_at_the_beds_is_one_leaf_of_who_looked(shop: Workshop, flow: Client, unit: str) -> None:
    before = shop.looks("beds")

    assert unit in flow.get("/beds").text

    assert shop.looks("beds") == before + 1


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"staffed": "many"}, "How many are staffed? Write a number."),
        ({"taken": ""}, "How many are lying there now? Write a number."),
        ({"blocked": "-1"}, "How many are blocked? Write a number."),
        ({"blocked": "6", "held": "6"}, "More beds are blocked and held than are staffed."),
    ],
)
def test_a_count_that_cannot_be_is_said_and_nothing_is_set(
    changed: dict[str, str], words: str, flow: Client, unit: str
) -> None:
    said = taps(flow, unit, **changed)

    assert said.status_code == 422
    assert words in text(said.text)
    assert "8 staffed, 1 blocked" in text(ward(flow, unit))


def test_whoever_saw_older_numbers_is_shown_the_new_ones(flow: Client, unit: str) -> None:
    stale = re.findall(r'name="version" value="(\d+)"', ward(flow, unit))[0]
    taps(flow, unit, taken="6")

    late = flow.post("/beds", {"unit": unit, "version": stale, **COUNTS})

    assert late.status_code == 409
    assert "A colleague set this unit meanwhile." in text(late.text)
    assert "6 lie there" in text(ward(flow, unit))


def test_a_unit_is_opened_once(flow: Client, unit: str) -> None:
    assert flow.post("/beds", {"unit": unit, "version": "0", **COUNTS}).status_code == 409


def test_nobody_sets_another_partners_unit(shop: Workshop, flow: Client, unit: str) -> None:
    other = shop.at("flow-coordinator", "B1")
    version = re.findall(r'name="version" value="(\d+)"', ward(flow, unit))[0]

    for name in (unit, f"S1 {unit}"):
        assert other.post("/beds", {"unit": name, "version": version, **COUNTS}).status_code == 422
    assert "8 staffed" in text(ward(flow, unit))
    assert f'<h2 id="w1">{unit}' not in other.get("/beds").text


def test_whoever_only_looks_for_room_sets_nothing(shop: Workshop, unit: str) -> None:
    counsellor = shop.at("988-counsellor", "L1")

    assert "Still right" not in counsellor.get("/beds").text
    assert counsellor.post("/beds", {"unit": unit, "version": "0", **COUNTS}).status_code == 404


def test_others_are_told_what_is_free_and_how_old_that_is(shop: Workshop, flow: Client, unit: str) -> None:
    counsellor, said = shop.at("988-counsellor", "L1"), ""
    for _ in range(50):
        said = text(counsellor.get("/beds").text)
        if unit in said:
            break

    assert re.search(rf"Stabilisation centre S1 {unit} crisis stabilization 2 5 8 .*? ago 555-555-0144", said), said


def test_a_number_of_long_ago_is_withdrawn(shop: Workshop) -> None:
    shop.tell("SH1", "18-sh1-capacity.json")

    said = text(shop.at("988-counsellor", "L1").get("/beds").text)

    assert "Shelter SH1 Emergency shelter beds ◷ Stale not offered - - Mar 11" in said
