"""The mapping analyst's day: check, explain, cover, compare, publish, go back."""

from __future__ import annotations

from pathlib import Path

import pytest

from hub.app.formats.versions import present
from hub.errors import StoreUnavailable
from hub.settings import load
from tests.cli import county
from tests.cli.conftest import County, ran


@pytest.fixture
def draft(tmp_path: Path) -> Path:
    """A draft of H1's mapping that parks less and reads more: where ZPD-5 is sent."""
    file = tmp_path / "h1-mapping.yaml"
    file.write_text(county.MENDED + "      person.physical_description: ZPD-5\n")
    return file


def test_the_common_mappings_hold_with_all_their_cases() -> None:
    said = ran("map", "check")

    assert said.status == 0, said.out
    assert "hl7v2: every line and every case holds" in said.out


def test_each_problem_of_a_file_is_named_with_its_line(tmp_path: Path) -> None:
    file = tmp_path / "bad.yaml"
    file.write_text(
        "extends: ehr/hl7v2/set.yaml\nlenses:\n  person:\n    lines:\n      person.birth_dat: PID-7\n      person.sex: PID-8 as code sexx\n"
    )

    said = ran("map", "check", str(file), "--json")

    assert said.status == 1
    assert [problem.partition(":")[0] for problem in said.json["bad.yaml"]] == ["bad.yaml line 5", "bad.yaml line 6"]
    assert 'Did you mean "person.birth_date"?' in said.out.replace('\\"', '"')


def test_a_path_is_explained_from_both_sides(rested: County) -> None:
    (way,) = ran("map", "explain", "hl7v2", "person.birth_date", "--json").json

    assert (way["wire"], way["how"]) == ("PID-7", "date")
    assert "person.birth_date" in ran("map", "explain", "hl7v2", "PID-7").out
    assert "h1-mapping.yaml line 5" in ran("map", "explain", str(rested.config / "h1-mapping.yaml"), "ZPD-3").out
    assert len(ran("map", "explain", "hl7v2").out.splitlines()) > 100


@pytest.mark.parametrize(
    ("words", "letter"), [(("hl7v2", "PID-99"), "No line of hl7v2 serves"), (("hl7v3",), 'Did you mean "hl7v2"?')]
)
def test_what_no_line_serves_gets_a_letter(words: tuple[str, ...], letter: str) -> None:
    said = ran("map", "explain", *words)

    assert said.status == 1
    assert letter in said.aside


def test_coverage_counts_every_element_of_many_messages(tmp_path: Path) -> None:
    (tmp_path / "one.hl7").write_bytes(county.message(1) + b"ZZZ|1|strange\r")
    (tmp_path / "two.hl7").write_bytes(county.message(2).replace(b"19900314", b"yesterday"))
    (tmp_path / "three.hl7").write_bytes(
        county.message(3).replace(b"ADT^A04", b"XYZ^Q99").replace(b"EVN|A04", b"EVN|Q99")
    )
    (tmp_path / "readme").write_text("no message")

    said = ran("map", "coverage", "--data", str(tmp_path), "--json").json

    found = said["formats"]["hl7v2"]
    assert (found["messages"], found["parked"], said["unrecognised"]) == (3, 1, 1)
    assert ["ZZZ-2", 1] in found["unmapped"]
    assert ["PID-7", 1] in found["invalid"]
    assert "yesterday" not in ran("map", "coverage", "--data", str(tmp_path)).whole


def test_a_draft_is_compared_on_logged_messages_and_values_stay_hidden(rested: County, draft: Path) -> None:
    draft.write_text(county.MENDED + "      person.birth_date: ~\n")
    said = rested("map", "diff", str(draft), "--sender", "H1")
    shown = rested("map", "diff", str(draft), "--sender", "H1", "--values")

    assert said.status == 1
    assert [line.split()[:3] for line in said.out.splitlines()[1:]] == [
        ["(the", "message)", "read"],
        ["person.birth_date", "lost", "1"],
    ]
    assert "1990" not in said.whole
    assert "1990-03-14" in shown.out


def test_a_draft_that_changes_nothing_says_so(rested: County) -> None:
    said = rested("map", "diff", str(rested.config / "h1-mapping.yaml"), "--sender", "H1")

    assert (said.status, said.out) == (0, "Nothing would be read otherwise.\n")


def test_where_nothing_is_kept_a_draft_is_not_said_to_change_nothing(rested: County) -> None:
    said = rested("map", "diff", str(rested.config / "h1-mapping.yaml"), "--sender", "H1", "--last", "0")

    assert said.out == "No message of H1 is kept: nothing was compared.\n"


def test_a_published_mapping_is_in_force_and_replays_what_it_mends(own: County, draft: Path) -> None:
    published = own("map", "publish", str(draft), "--reason", "H1 leaves it out", "--json").json

    assert published["done"] == "is in force"
    assert own("replay", own.parked, "--reason", "mended").status == 0
    assert own("map", "publish", str(draft), "--reason", "again", "--json").json["done"] == "is in force already"
    assert own("ledger", "verify").status == 0


def test_a_mapping_is_rolled_back_by_one_command(own: County, draft: Path) -> None:
    first = own("map", "publish", str(own.config / "h1-mapping.yaml"), "--reason", "as it is")
    assert first.status == 1  # its own cases fail: it asks for a segment that they do not have
    mended = own.config / "h1-mapping.yaml"
    mended.write_text(county.MENDED)
    before = own("map", "publish", str(mended), "--reason", "mended", "--json").json["digest"]
    own("map", "publish", str(draft), "--reason", "less")

    back = own("map", "rollback", "h1-mapping", "--reason", "too little", "--json").json

    assert (back["digest"], back["done"]) == (before, "is in force again")
    assert own("map", "diff", str(mended), "--sender", "H1").status == 0


def test_rolling_back_twice_goes_back_twice(own: County, tmp_path: Path) -> None:
    file, digests = tmp_path / "h1-mapping.yaml", []
    for line in ("", "      person.physical_description: ZPD-5\n", "      person.physical_description: ZPD-6\n"):
        file.write_text(county.MENDED + line)
        digests.append(own("map", "publish", str(file), "--reason", "next", "--json").json["digest"])

    newest, older = own("map", "versions", "h1-mapping", "--json").json
    assert (newest["digest"], older["digest"]) == (digests[2], digests[1])
    assert newest["gone"] == ["      person.physical_description: ZPD-5"]
    assert newest["new"] == ["      person.physical_description: ZPD-6"]
    assert (older["gone"], older["new"]) == ([], newest["gone"])
    assert "+       person.physical_description: ZPD-6" in own("map", "versions", "h1-mapping").out
    # What was logged is read by an earlier version as it was then.
    assert own("map", "diff", older["entry"], "--sender", "H1").status == 0
    back = [own("map", "rollback", "h1-mapping", "--reason", "x", "--json").json["digest"] for _ in range(2)]

    assert back == [digests[1], digests[0]]
    assert own("map", "rollback", "h1-mapping", "--reason", "x").status == 1


@pytest.mark.parametrize(
    ("name", "letter"), [("h1-mapping", "there is no earlier version"), ("h9", "is published here")]
)
def test_where_there_is_nothing_to_go_back_to_it_is_said(own: County, draft: Path, name: str, letter: str) -> None:
    own("map", "publish", str(draft), "--reason", "x")

    said = own("map", "rollback", name, "--reason", "x")

    assert said.status == 1
    assert letter in said.aside


def test_what_the_ledger_could_not_be_told_is_not_in_force(
    own: County, draft: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def gone(*_: object) -> None:
        raise StoreUnavailable("the disk is full.")

    monkeypatch.setattr("hub.app.formats.versions.carry_out", gone)

    said = own("map", "publish", str(draft), "--reason", "less")

    assert (said.status, "the disk is full" in said.aside) == (1, True)
    assert present(load(own.config), draft.stem) == ""
