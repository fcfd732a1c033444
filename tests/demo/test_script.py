"""The script of the day: dates move, everything else stays, and an act that cannot be played is refused."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import pytest

from hub.demo.script import Script, load, moved, wire
from hub.errors import Misconfigured
from tests.partners.desk import COUNTY


@pytest.fixture(scope="module")
def script() -> Script:
    return load(COUNTY)


def test_the_last_act_is_always_yesterday(script: Script) -> None:
    for today in (date(2026, 3, 12), date(2026, 11, 22), date(2031, 2, 28)):
        assert script.date(script.acts[-1], today) == date.fromordinal(today.toordinal() - 1)
        assert script.date(script.acts[0], today) == date.fromordinal(today.toordinal() - 2)


@pytest.mark.parametrize(
    ("text", "days", "says"),
    [
        ("20260310145500-0700", 1, "20260311145500-0700"),
        ("202603101455", -9, "202603011455"),
        ('"2026-03-10T14:02:05-07:00"', 22, '"2026-04-01T14:02:05-07:00"'),
        ('"end": "2027-03-11T00:00:00-07:00"', 366, '"end": "2028-03-11T00:00:00-07:00"'),
        ("19900314", 5, "19900314"),
        ('"birthDate": "1990-03-14"', 5, '"birthDate": "1990-03-14"'),
        ("26-118842 602-555-0142 H1-900311", 5, "26-118842 602-555-0142 H1-900311"),
        ("20261399 2026-02-30", 5, "20261399 2026-02-30"),
    ],
)
def test_dates_of_the_script_move_and_nothing_else(text: str, days: int, says: str) -> None:
    assert moved(text, days) == says


def test_hl7_is_sent_with_the_carriage_returns_it_wants() -> None:
    body = wire(COUNTY / "traffic" / "05-h1-a04.hl7", 0)

    assert body.count(b"\r") == 7
    assert b"\n" not in body


def test_every_message_of_the_county_is_played(script: Script) -> None:
    assert {act.message for act in script.acts if act.message} == {p.name for p in (COUNTY / "traffic").iterdir()}


def test_every_partner_has_a_part(script: Script) -> None:
    played = {name for act in script.acts for name in (act.sender, *act.reaches)} - {""}

    assert played == {p.stem.upper() for p in (COUNTY / "partners").glob("*.yaml")}


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("reaches: [MCT1, PD]", "reaches: [MCT2, PD]", 'There is no partner "MCT2".'),
        ("message: 01-c1-call.json", "message: 01-c1-cal.json", 'There is no message "01-c1-cal.json".'),
        ("up: B1", "sender: B1", "An act has a sender and one thing that it does, or somebody comes up, or neither."),
        ("down: [B1]", "down: [B7]", 'There is no partner "B7".'),
        ('at: "14:02"', "at: noon", "at: pattern expected"),
    ],
)
def test_an_act_that_cannot_be_played_is_refused(tmp_path: Path, old: str, new: str, says: str) -> None:
    folder = tmp_path / "county"
    shutil.copytree(COUNTY, folder)
    text = (folder / "day.yaml").read_text(encoding="utf-8")
    (folder / "day.yaml").write_text(text.replace(old, new, 1), encoding="utf-8")

    with pytest.raises(Misconfigured, match=r"day.yaml line \d+: ") as refused:
        load(folder)

    assert says in str(refused.value)
