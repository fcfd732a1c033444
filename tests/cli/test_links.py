"""Who is who, from the command line."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import County, ran

HEAD = "pair,same,family,given,birth_date,sex,ssn,phone,street,postal_code\n"
ONE = "1,yes,Okafor,William,1984-03-14,male,,5550100177,12 Elm St,94000\n1,yes,Okafor,Bill,1984-03-14,male,,5550100177,,\n"
TWINS = "2,no,Dorsett,Riley,1990-03-14,,,5550100177,,\n2,no,Dorsett,Morgan,1990-03-14,,,5550100177,,\n"


def pairs(folder: Path, text: str) -> str:
    path = folder / "pairs.csv"
    path.write_text(HEAD + text)
    return str(path)


def test_the_weights_are_measured_on_a_countys_own_pairs(tmp_path: Path) -> None:
    said = ran("link", "evaluate", pairs(tmp_path, ONE + TWINS))

    assert said.status == 0
    assert "same, one person" in said.out
    assert "maybe, two people" in said.out
    assert "same: 100.00% of them right, 100.00% of the true pairs" in said.out
    assert "F1: 1.0000 of same alone, 0.6667 of same and maybe" in said.out
    assert "Okafor" not in said.whole


def test_two_people_who_come_out_as_one_end_with_1_and_are_named(tmp_path: Path) -> None:
    said = ran("link", "evaluate", pairs(tmp_path, ONE.replace("yes", "no")), "--json")

    assert (said.status, said.json["false_same"]) == (1, ["1"])


@pytest.mark.parametrize(
    ("text", "place"),
    [
        (ONE.splitlines(keepends=True)[0], "line 2: A pair has two rows, and this one has 1."),
        (ONE.replace("yes", "perhaps"), "line 2: Whether they are the same is yes or no."),
    ],
)
def test_a_bad_file_is_named_with_its_line(tmp_path: Path, text: str, place: str) -> None:
    said = ran("link", "evaluate", pairs(tmp_path, text))

    assert said.status == 1
    assert place in " ".join(said.aside.split())


def test_the_person_of_a_message_is_shown_without_a_name(rested: County) -> None:
    said = rested("link", "show", rested.delivered)

    assert said.status == 0
    assert "H1" in said.out
    assert "Riley" not in said.whole


def test_a_parked_message_is_about_nobody_yet(rested: County) -> None:
    said = rested("link", "show", rested.parked)

    assert (said.status, "about nobody yet" in said.aside) == (1, True)


def test_a_person_is_not_merged_with_itself_nor_taken_from_itself(own: County) -> None:
    merged = own("link", "merge", own.delivered, own.delivered, "--reason", "the same wristband")
    taken = own("link", "unmerge", own.delivered, "--reason", "another passport")

    assert (merged.status, taken.status) == (1, 1)
    assert "one person already" in merged.aside
    assert "a person of its own already" in taken.aside
    assert "Nothing went out because of this link." in own("link", "radius", own.delivered).out


def test_a_reason_is_never_defaulted(own: County) -> None:
    assert own("link", "merge", own.delivered, own.delivered).status == 2
