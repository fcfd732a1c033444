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


def test_the_pairs_of_the_page_are_read_as_it_says(tmp_path: Path) -> None:
    page = (Path(__file__).parents[2] / "docs" / "explanation" / "linkage.md").read_text()
    path = tmp_path / "pairs.csv"
    path.write_text(page.split("```csv\n")[1].split("```")[0])

    assert ran("link", "evaluate", str(path), "--json").json["counts"] == {
        "maybe, two people": 1,
        "same, one person": 1,
    }


def test_two_people_who_come_out_as_one_end_with_1_and_are_named(tmp_path: Path) -> None:
    said = ran("link", "evaluate", pairs(tmp_path, ONE.replace("yes", "no")), "--json")

    assert (said.status, said.json["false_same"]) == (1, ["1"])


def test_what_came_out_wrong_is_named_with_its_evidence_and_without_a_value(tmp_path: Path) -> None:
    missed = "3,yes,Quill,Xavier,1961-11-02,m,,,,\n3,yes,Dorsett,Xavier,,M,,,,\n"

    said = ran("link", "evaluate", pairs(tmp_path, ONE.replace("yes", "no") + missed))

    assert said.status == 1
    assert "1: family name agrees, given name is a short form of the other, birth date agrees" in said.out
    assert "3: family name differs, given name agrees, sex agrees" in said.out
    assert not any(value in said.whole for value in ("Okafor", "Quill", "1984", "5550100177"))


def test_a_city_stands_in_for_a_postal_code_that_is_another(tmp_path: Path) -> None:
    moved = tmp_path / "moved.csv"
    rows = [f"1,yes,Okafor,William,1984-03-14,12 Elm St,{place}\n" for place in ("Mesa,85201", "MESA,85990")]
    moved.write_text("pair,same,family,given,birth_date,street,city,postal_code\n" + "".join(rows))

    assert ran("link", "evaluate", str(moved), "--json").json["counts"] == {"same, one person": 1}


BAD = {
    "one row": (HEAD + ONE.splitlines(keepends=True)[0], "line 2: A pair has two rows, and this one has 1."),
    "perhaps": (HEAD + ONE.replace("yes", "perhaps"), "line 2: Whether they are the same is yes or no."),
    "yes and no": (HEAD + ONE.replace("yes", "no", 1), "line 3: Its two rows disagree whether they are the same."),
    "no name": (HEAD + ONE.replace("1,yes", ",yes"), "line 2: It does not say which pair it is of."),
    "another date": (HEAD + ONE.replace("1984-03-14", "03/14/1984"), "line 2: A birth date is written 1990-03-14"),
    "no such day": (HEAD + ONE.replace("1984-03-14", "1984-02-30"), "line 2: A birth date is written 1990-03-14"),
    "no sex": (HEAD + ONE.replace("male", "man"), "line 2: Sex is female, male, other or unknown, or nothing."),
    "too short": (HEAD + "1,yes,Okafor\n" * 2, "line 2: There are 10 columns, and here are 3."),
    "open quote": (HEAD + '1,yes,"Okafor\n', "It is no CSV"),
    "semicolons": ((HEAD + ONE).replace(",", ";"), "line 1: There is no column pair, same."),
    "another column": (HEAD.replace("family", "surname") + ONE, "line 1: Column 3 is called 'surname'"),
    "a column twice": (HEAD.replace("family", "given") + ONE, "line 1: Column 4 is called 'given'"),
    "no rows": (HEAD, "There is no pair in it."),
    "nothing": ("", "line 1: There is no column pair, same."),
}


@pytest.mark.parametrize(("text", "place"), BAD.values(), ids=BAD)
def test_a_bad_file_is_named_with_its_line_and_no_value_is_repeated(tmp_path: Path, text: str, place: str) -> None:
    path = tmp_path / "pairs.csv"
    path.write_text(text)

    said = ran("link", "evaluate", str(path))

    assert said.status == 1
    assert place in " ".join(said.aside.split())
    assert "Okafor" not in said.whole


def test_a_file_of_another_encoding_is_named(tmp_path: Path) -> None:
    path = tmp_path / "pairs.csv"
    path.write_bytes((HEAD + ONE.replace("Okafor", "Muñoz")).encode("latin-1"))

    said = ran("link", "evaluate", str(path))

    assert (said.status, "It is not text in UTF-8." in said.aside) == (1, True)


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
