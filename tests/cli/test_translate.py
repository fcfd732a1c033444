"""Reading a file, and showing what a partner would receive of it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli import county
from tests.cli.conftest import County, ran


@pytest.fixture
def admission(tmp_path: Path) -> str:
    """A file with one message, and an element that nobody understands."""
    file = tmp_path / "a04.hl7"
    file.write_bytes(county.message(1, veteran="Y") + b"ZZZ|1|strange\r")
    return str(file)


def test_a_file_is_printed_as_canonical_events(admission: str) -> None:
    said = ran("translate", admission)

    events = json.loads(said.out)
    assert [event["body"]["type"] for event in events] == ["Person", "Encounter", "Condition"]
    assert events[0]["body"]["names"][0]["family"] == "Doe"


def test_every_element_is_accounted_for_and_what_was_lost_is_named(admission: str) -> None:
    (message,) = ran("translate", admission, "--json").json["messages"]

    assert set(message["losses"]) == {"mapped", "transformed", "withheld", "unmapped", "invalid"}
    assert "ZZZ-2" in message["unmapped"]
    assert "ZZZ-2" in ran("translate", admission).aside


def test_the_senders_own_mapping_is_used_when_it_is_named(rested: County, admission: str) -> None:
    (message,) = rested("translate", admission, "--sender", "H1", "--json").json["messages"]

    assert message["events"][0]["body"]["veteran"]["code"] == "Y"
    assert "ZPD-3" not in message["unmapped"]


def test_a_partner_is_shown_what_it_would_receive_in_its_own_format(rested: County, admission: str) -> None:
    said = rested("translate", admission, "--as", "B1")

    assert said.status == 0
    assert said.out.startswith("MSH|")
    assert "R45.851" in said.out
    assert "45 CFR 164.506(c)(2)" in said.aside


def test_what_a_partner_may_not_see_is_withheld_and_the_rule_is_named(rested: County, admission: str) -> None:
    said = rested("translate", admission, "--as", "PD")
    (told,) = rested("translate", admission, "--as", "PD", "--json").json

    assert said.out == ""
    assert "hipaa.no.le.clinical" in said.aside
    assert told["body"] == ""
    assert "condition.code" in told["withheld"]
    assert told["sent"] == {}


def test_everybody_who_takes_a_format_is_shown(rested: County, admission: str) -> None:
    told = rested("translate", admission, "--to", "hl7v2", "--json").json

    assert [shown["partner"] for shown in told] == ["B1", "PD", "S1"]


def test_a_partner_who_did_not_ask_gets_nothing_and_it_is_said(rested: County, admission: str) -> None:
    said = rested("translate", admission, "--as", "H1")

    assert said.status == 0
    assert "no interest of theirs meets this message" in said.aside


def test_nothing_is_kept_of_what_was_only_shown(rested: County, admission: str) -> None:
    before = rested("ledger", "verify", "--json").json["leaves"]

    rested("translate", admission, "--as", "B1")

    assert rested("ledger", "verify", "--json").json["leaves"] == before


def test_a_message_may_come_from_standard_input(admission: str) -> None:
    typed = Path(admission).read_bytes()

    assert ran("translate", "-", typed=typed).out.startswith("[")


@pytest.mark.parametrize(
    ("words", "letter"),
    [
        (("--as", "B9"), 'There is no partner "B9".'),
        (("--to", "hl7v3"), 'Did you mean "hl7v2"?'),
        (("--from", "hl7"), 'Did you mean "hl7v2"?'),
        (("--sender", "H2", "--as", "B1"), "Known here: H1."),
    ],
)
def test_a_word_that_is_not_known_gets_a_letter_with_the_nearest(
    rested: County, admission: str, words: tuple[str, ...], letter: str
) -> None:
    said = rested("translate", admission, *words)

    assert said.status == 1
    assert letter in said.aside


def test_a_file_of_no_format_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"\x00\x01")

    said = ran("translate", str(tmp_path / "x"))

    assert said.status == 1
    assert "No format recognises this." in said.aside
    assert ran("translate", str(tmp_path / "gone")).status == 2
