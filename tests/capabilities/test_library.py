"""The county's library: what fits a crisis, in which version, and not a word about anybody."""

from __future__ import annotations

import asyncio
import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from msgspec.structs import replace

from hub import clock
from hub.access.callers import Callers
from hub.app.care.roster import Rosters
from hub.cli import main
from hub.doors.gate import Gate
from hub.doors.library import LibraryDoor, wished
from hub.flow.guidance import Wish, fitting
from hub.partners import Guidance
from tests.capabilities.town import TRAFFIC, Town
from tests.partners.desk import COUNTY, copy, look, spoil

TOKEN = "a-partners-own-token"


def library(county: Town) -> tuple[Guidance, ...]:
    return county.known.county.library


def asked(county: Town, query: bytes, token: str = TOKEN, method: str = "GET") -> tuple[int, Any]:
    """What the door says."""
    partners = county.known.county.partners
    source = partners["C1"].source
    assert source
    digest = hashlib.sha256(TOKEN.encode()).hexdigest()
    mine = replace(partners["C1"], source=replace(source, doors=(replace(source.doors[0], token_sha256=digest),)))
    door = LibraryDoor(Gate(Callers([mine])), library(county))
    said: list[dict[str, Any]] = []

    async def send(message: Any) -> None:
        said.append(message)

    async def receive() -> Any:
        return {}

    headers = [(b"authorization", b"Bearer " + token.encode())]
    scope = {"type": "http", "path": "/library", "method": method, "query_string": query, "headers": headers}
    asyncio.run(door(scope, receive, send))
    return said[0]["status"], json.loads(said[1]["body"])


def test_suicidal_and_armed_names_its_protocol_and_version_and_nobody(county: Town) -> None:
    status, found = asked(county, b"crisis=suicide&armed=yes")

    assert status == 200
    first = found[0]
    assert (first["id"], first["version"], first["reference"]) == ("slow-armed", "3", "PlanDefinition/slow-armed|3")
    assert {key for one in found for key in one} == {"id", "version", "kind", "title", "link", "source", "reference"}


def test_lethal_means_are_found_by_their_kind(county: Town) -> None:
    assert [one["id"] for one in asked(county, b"crisis=suicide&kind=lethal%20means")[1]] == ["lethal-means"]


@pytest.mark.parametrize("query", [b"language=es", b"language=es-MX"])
def test_a_resource_is_chosen_by_the_language_that_the_caller_said(county: Town, query: bytes) -> None:
    assert [one["id"] for one in asked(county, query)[1]] == ["helpline-es"]


@pytest.mark.parametrize(
    "query", [b"name=Garcia", b"person=R-42", b"armed=perhaps", b"kind=gossip", b"language=es&dob=1990"]
)
def test_nothing_can_be_asked_about_a_person(county: Town, query: bytes) -> None:
    status, problem = asked(county, query)

    assert status == 400
    assert "kind, crisis, armed, language, culture" in problem["detail"]


def test_strangers_and_writers_are_turned_away(county: Town) -> None:
    assert asked(county, b"", token="somebody-elses")[0] == 401
    assert asked(county, b"", method="POST")[0] == 405


def test_what_is_made_for_the_case_comes_first_and_other_cases_do_not_come(county: Town) -> None:
    unarmed = fitting(library(county), Wish(crises=("suicide",), armed=False))

    assert [one.id for one in unarmed] == ["talk-down", "lethal-means"]
    assert fitting(library(county), Wish(crises=("overdose",))) == ()


def test_the_answer_to_a_call_says_what_to_go_by(county: Town) -> None:
    county.tell("C1", TRAFFIC / "01-c1-call.json")
    county.delivered()
    found = Rosters(known=county.known, vault=county.vault).proposed("26-118842", clock.now())

    assert "talk-down" in [one.id for one in found.guidance]


def test_the_command_shows_it_and_says_where_there_is_nothing() -> None:
    shown = CliRunner().invoke(
        main, ["teams", "library", "--crisis", "suicide", "--armed", "yes", "--config", str(COUNTY), "--json"]
    )
    assert [one["id"] for one in json.loads(shown.output)] == ["slow-armed", "talk-down", "lethal-means"]

    nothing = CliRunner().invoke(main, ["teams", "library", "--crisis", "barricade", "--config", str(COUNTY)])
    assert "nothing for this" in nothing.output


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("link: https://library.example-county.example/talk-down/2", "link: http://x", "not https"),
        ('id: talk-down\n    version: "2"', 'id: slow-armed\n    version: "3"', "twice in one version"),
        ("source: Example County crisis manual, 2026, chapter 3", 'source: " "', "empty"),
        ("kind: technique", "kind: gossip", "gossip"),
    ],
)
def test_a_bad_entry_is_refused_with_its_line(tmp_path: Path, old: str, new: str, says: str) -> None:
    folder = copy(tmp_path)
    line = spoil(folder, "county.yaml", old, new)
    found, wrong = look(folder)

    assert found is None
    assert says in str(wrong[0])
    assert "county.yaml line" in str(wrong[0])
    assert line


def test_a_query_that_says_everything_is_understood() -> None:
    assert wished(b"kind=culture&crisis=suicide&crisis=overdose&armed=no&language=es&culture=navajo") == Wish(
        kind="culture", crises=("suicide", "overdose"), armed=False, language="es", culture="navajo"
    )
