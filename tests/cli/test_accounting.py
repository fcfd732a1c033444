"""Accountings from the command line: for a partner or the verified person, in every form, each with its own leaf."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from hub import clock
from hub.app.asking.look import looking
from hub.app.disclosures.owed import ASKED as ASKED_FOR
from hub.settings import load
from hub.store.living import duties_undone
from tests.cli.conftest import County

ASKED = ("--verified", "passport, seen by dana", "--actor", "dana")


def leaves(place: County) -> int:
    found = place("ledger", "verify", "--json").json["leaves"]
    assert isinstance(found, int)
    return found


def test_the_list_of_everything_names_who_got_what(own: County) -> None:
    before = leaves(own)

    said = own("accounting", "list", own.delivered, "--law", "all", *ASKED)

    assert said.status == 0
    assert "Test B1 received from the record of H1" in said.out
    assert "Test S1 was sent, and did not accept," in said.out
    assert "Test PD" not in said.out
    assert leaves(own) == before + 1


def test_an_identifier_leads_to_the_same_person(own: County) -> None:
    by_message = own("accounting", "list", own.delivered, "--law", "all", *ASKED, "--json")
    by_number = own("accounting", "list", "--identifier", "MR", "H1", "77", "--law", "all", *ASKED, "--json")

    one, two = ([json.loads(line) for line in said.out.splitlines()][1:] for said in (by_message, by_number))
    assert one == two != []


def test_a_partner_that_has_no_record_of_this_person_is_told_of_nothing(own: County) -> None:
    said = own("accounting", "list", own.delivered, "--law", "all", "--for", "B1", "--actor", "dana")

    assert "no disclosure that this law asks to be listed" in said.out


@pytest.mark.parametrize("form", ["csv", "ndjson", "fhir", "pdf"])
def test_every_form_can_be_written_to_a_file(own: County, tmp_path: Path, form: str) -> None:
    file = tmp_path / "list"

    said = own("accounting", "list", own.delivered, "--law", "all", *ASKED, "--form", form, "--out", str(file))

    assert (said.status, said.out) == (0, "")
    assert file.stat().st_size > 500


def test_nobody_unverified_is_told_of_everything(own: County) -> None:
    before = leaves(own)

    said = own("accounting", "list", own.delivered, "--actor", "dana")

    assert said.status == 1
    assert "or for the verified person" in said.aside
    assert leaves(own) == before


@pytest.mark.parametrize(
    ("words", "letter"),
    [
        (("--until", "2000-01-01"), "no day to come"),
        (("--until", "2099-01-01", "--oral"), "30 days at most"),
    ],
)
def test_a_suspension_that_the_law_does_not_know_is_refused(own: County, words: tuple[str, ...], letter: str) -> None:
    said = own("accounting", "suspend", own.delivered, "--agency", "PD", "--actor", "dana", *words)

    assert said.status == 1
    assert letter in said.aside


def test_a_suspension_leaves_one_leaf(own: County) -> None:
    before = leaves(own)

    said = own(
        "accounting", "suspend", own.delivered, "--agency", "PD", "--actor", "dana", "--until", "2099-01-01", "--json"
    )

    assert (said.status, said.json["agency"]) == (0, "PD")
    assert leaves(own) == before + 1


DAY_US = 86_400_000_000


def test_a_list_that_was_asked_for_is_owed_in_sixty_days_and_may_be_put_off_once(own: County) -> None:
    """45 CFR 164.528(c)(1)."""
    before = leaves(own)
    at = clock.now()

    asked = own("accounting", "asked", own.delivered, "--actor", "dana", "--json")
    bare = own("accounting", "extend", own.delivered, "--reason", " ", "--actor", "dana")
    put_off = own(
        "accounting", "extend", own.delivered, "--reason", "records of 2021 are apart", "--actor", "dana", "--json"
    )
    again = own("accounting", "extend", own.delivered, "--reason", "still", "--actor", "dana")

    assert 60 * DAY_US <= asked.json["owed_by"] - at < 61 * DAY_US
    assert put_off.json["owed_by"] == asked.json["owed_by"] + 30 * DAY_US
    assert (bare.status, again.status) == (1, 1)
    assert "with a reason in writing" in bare.aside
    assert "put off once" in again.aside
    assert leaves(own) == before + 3
    with looking(load(own.config)) as look:
        (task,) = (one for one in look.tasks() if one.words.startswith(ASKED_FOR))
    assert (task.kind, task.role, task.due_at) == ("duty", "privacy officer", put_off.json["owed_by"])
    assert "records of 2021" not in task.words


def test_a_list_that_was_asked_for_long_ago_is_overdue_among_the_duties(own: County) -> None:
    own("accounting", "asked", own.delivered, "--actor", "dana", "--on", "2026-01-05")

    with looking(load(own.config)) as look, look.vault.database.read() as connection:
        assert duties_undone(connection, clock.now()) == 1


def test_nothing_is_put_off_that_nobody_asked_for(own: County) -> None:
    said = own("accounting", "extend", own.delivered, "--reason", "why not", "--actor", "dana")

    assert said.status == 1
    assert "No list is owed" in said.aside


def test_the_public_sees_no_small_number(own: County) -> None:
    said = own("accounting", "public", "--since", "2020-01-01", "--until", "2099-12-31", "--json")

    assert said.status == 0
    assert {row["disclosures"] for row in said.json["disclosures"]} <= {"under 11", "hidden", 0}
