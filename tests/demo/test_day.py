"""The whole day, over real sockets: it holds, it reads well, and it says so when something does not arrive."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import msgspec
import pytest
import uvloop

from hub.demo import day
from hub.demo.script import Script, load
from hub.demo.tell import WIDTH
from tests.partners.desk import COUNTY

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> str:
    """What `crisis-hub demo --once` says, in a process of its own that must end with 0 in time and leave nothing behind."""
    folder = tmp_path_factory.mktemp("demo")
    began = time.monotonic()
    ran = subprocess.run(
        [str(Path(sys.executable).with_name("crisis-hub")), "demo", "--once"],
        env=os.environ | {"TMPDIR": str(folder)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert time.monotonic() - began < 40
    assert ran.stderr == ""
    assert list(folder.iterdir()) == []
    return ran.stdout


def section(text: str, begins: str) -> str:
    """A paragraph of the output, on one line."""
    found = next(part for part in re.split(r"\n\n", text) if part.startswith(begins))
    return " ".join(found.split())


def test_the_day_holds(told: str) -> None:
    assert "Yes. The hub took 22 messages and delivered 38 to partners" in told
    assert re.search(r"The ledger verified: all \d{3} entries", told)


def test_it_can_be_read_by_people_and_by_pipes(told: str) -> None:
    assert "\x1b" not in told
    assert max(len(line) for line in told.splitlines()) <= WIDTH
    assert not re.search(r"Traceback|None|\{|\bPHI\b", told)


@pytest.mark.parametrize(
    ("partner", "holds", "not_told"),
    [
        (
            "Police department PD holds 3",
            "14:02 call: incident 26-118842",
            "diagnoses and findings (14:55, 15:50, 16:40, 17:05)",
        ),
        (
            "Stabilisation centre S1 holds 8",
            "Riley Doe",
            "criminal history (14:38) Criminal history does not leave criminal justice.",
        ),
        (
            "Clinic B1 holds 8",
            "With it goes: 42 CFR part 2 prohibits unauthorized use or disclosure of these records.",
            "(13:20) The consent was revoked, has expired, was refused, or lacks a required element. 42 CFR 2.31",
        ),
        (
            "Mobile crisis team MCT1 holds 6",
            "laundromat, bench inside, blue jacket",
            "Only what a mobile team needs to come, without a name",
        ),
        ("911 centre C1 holds 6", "602-555-0187", "The 911 centre learns what a rescue needs, not what was said."),
        ("Shelter SH1 holds 1", "order detail Shelter; order detail Veteran", "diagnoses and findings"),
        ("988 centre L1 holds 4", "arrived at 21:33", "risk and safety"),
    ],
)
def test_each_partner_is_shown_with_what_it_holds_and_what_it_was_not_told(
    told: str, partner: str, holds: str, not_told: str
) -> None:
    text = section(told, partner)

    assert holds in text
    assert not_told in text.split("not told", 1)[1]


@pytest.mark.parametrize("partner", ["Mobile crisis team MCT1", "988 centre L1", "911 centre C1"])
def test_a_count_of_beds_is_told_whole_each_time(told: str, partner: str) -> None:
    counts = " ".join(section(told, f"{partner} holds").split()).split("facility ")[1:]

    assert [(one.split(";")[0], "available 3" in one) for one in counts] == [("S1", True), ("Shelter SH1", True)]


@pytest.mark.parametrize(
    ("partner", "never"),
    [
        ("Police department PD", "Riley|Doe|1990|Suicidal|Penicillin|F11|admitted|602-555"),
        ("Stabilisation centre S1", "trespass|Follow-up after|Therapy beside|kitchen"),
        ("Mobile crisis team MCT1", "602-555-0171|phones back"),
        ("911 centre C1", "poetry|Riley|Doe|LCSW|safety plan"),
        ("Shelter SH1", "depression|police contact|Cactus Wren|Z59[.]"),
        ("988 centre L1", "Riley|602-555|safety plan"),
    ],
)
def test_what_a_partner_may_not_know_does_not_stand_among_its_copies(told: str, partner: str, never: str) -> None:
    held = section(told, f"{partner} holds").split(" not told ", 1)[0]

    assert not re.search(never, held)


def test_one_episode_joins_what_everybody_sent_in_the_order_in_which_it_happened(told: str) -> None:
    lines = re.findall(r"^  (\w{3} \d\d:\d\d)  (\S+)", told.split("ONE CRISIS EPISODE", 1)[1], re.MULTILINE)

    # The officer's report is of 14:11:00, the unit's arrival of 14:11:40.
    assert [who for _, who in lines[:9]] == ["C1", "C1", "PD", "C1", "H1", "H1", "H1", "H1", "S1"]
    assert {"L1", "MCT1", "SH1"}.isdisjoint(who for _, who in lines)
    assert len(lines) == 17


def test_beds_are_counted_and_an_officers_card_says_nothing_that_was_not_released(told: str) -> None:
    assert "3 of 8 beds may be offered, and the number says how new it is" in told
    assert "an answer of 4096 bytes, one entry in the ledger; it says nothing" in told


def test_a_certified_unit_is_proposed_and_a_bed_is_asked_for_without_a_name(told: str) -> None:
    assert "2 on duty, 1 of them certified for crises" in told
    assert "emergency resource name 12A; active on incident id 26-118842" in section(told, "911 centre C1 holds")
    held = section(told, "Stabilisation centre S1 holds")
    question = held.split("16:20 ServiceRequest + Task", 1)[1].split("16:20", 1)[0]
    assert "code crisis_stabilization" in question
    assert "Riley" not in question
    assert "the bed is held, and the record is released there alone" in told


def test_the_one_who_was_down_was_tried_again_and_the_known_message_told_nobody(told: str) -> None:
    assert re.search(r"tried [2-9] times in vain; now it answers", told)
    assert "nobody is told a second time" in told


def spoilt(**changes: object) -> Script:
    """The script with its first message's act changed."""
    script = load(COUNTY)
    acts = tuple(msgspec.structs.replace(act, **changes) if act.at == "14:02" else act for act in script.acts)
    return msgspec.structs.replace(script, acts=acts)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"reaches": ("MCT1", "PD", "H1")}, "14:02: nothing reached H1"),
        ({"reaches": ("MCT1",)}, "PD holds 3 messages, and 2 were meant for it"),
        ({"kept_from": ("S1",)}, "14:02: S1 was not refused"),
    ],
)
def test_a_day_that_does_not_hold_says_so_and_ends_with_one(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    changes: dict[str, object],
    says: str,
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(day, "PATIENCE_S", 2.0)
    monkeypatch.setattr(day, "load", lambda _: spoilt(**changes))

    status = uvloop.run(day.play(once=True))

    said = " ".join(capsys.readouterr().out.split())
    assert status == 1
    assert f"No: {says}" in said
    assert "Yes." not in said
