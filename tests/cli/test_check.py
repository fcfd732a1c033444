"""Checking a county's files, and asking and proving the rules."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import County, ran
from tests.cli.test_ask import reworded

POLICE = ("--fact", "recipient=LE", "--fact", "purpose=LE_IDENT", "--fact", "le_request=YES", "--fact", "state=DEMO")
BODIES = ("--regime", "HIPAA", "--body", "person", "--body", "condition")


def test_a_county_whose_every_word_holds_passes(rested: County) -> None:
    said = rested("partners", "check")

    assert said.status == 0
    assert "Test county: 4 partner files" in said.out


def test_every_wrong_word_is_named_with_file_line_and_cure(own: County) -> None:
    for name, wrong, right in (("b1", "BH_PROVIDOR", "BH_PROVIDER"), ("pd", "TREATT", "TREAT")):
        file = own.config / "partners" / f"{name}.yaml"
        file.write_text(file.read_text().replace(f'"{right}"', f'"{wrong}"'))

    said = own("partners", "check", "--json")

    assert said.status == 1
    assert {w["at"].split()[0] for w in said.json["wrong"]} == {"b1.yaml", "pd.yaml"}
    assert all("line" in w["at"] and w["cure"] for w in said.json["wrong"])
    assert 'Did you mean "BH_PROVIDER"?' in own("partners", "check").aside


def test_a_mapping_that_does_not_compile_stops_the_check_as_it_stops_the_hub(own: County) -> None:
    (own.config / "h1-mapping.yaml").write_text(
        "extends: ehr/hl7v2/set.yaml\nlenses: {person: {lines: {person.birt: PID-7}}}\n"
    )

    said = own("partners", "check")

    assert said.status == 1
    assert "person.birt" in said.aside


def test_a_mapping_that_is_not_there_is_named_with_the_one_that_was_meant(own: County) -> None:
    (own.config / "h1-mapping.yaml").rename(own.config / "h1-maping.yaml")

    said = own("partners", "check")

    assert said.status == 1
    assert "h1-mapping.yaml: There is no such mapping." in said.aside
    assert 'Did you mean "h1-maping.yaml"?' in said.aside


def test_the_rules_are_proved_and_counted() -> None:
    said = ran("policy", "check", "--json")

    assert said.status == 0
    assert said.json["rules"] > 100
    assert said.json["invariants_proved"] > 40
    assert said.json["dead"] == said.json["redundant"] == said.json["failed"] == []


def test_rules_that_break_a_promise_are_refused_with_a_request_that_shows_it(tmp_path: Path) -> None:
    reworded(tmp_path)
    rules = tmp_path / "rules" / "hipaa-police.yaml"
    rules.write_text(
        rules.read_text(encoding="utf-8").replace("view: le_f2", "view: clinical_full", 1), encoding="utf-8"
    )

    said = ran("policy", "check", "--rules", str(tmp_path))

    assert said.status == 1
    assert "broken: hipaa.police" in said.out
    assert "recipient=LE" in said.out


def test_the_rules_answer_in_words_and_law() -> None:
    said = ran("policy", "decide", *POLICE, *BODIES)

    assert said.status == 0
    assert "45 CFR 164.512(f)(2)" in said.out
    assert "person.birth_date" in said.out
    assert "condition: nothing" in said.out


def test_a_file_of_facts_asks_the_same(tmp_path: Path) -> None:
    facts = dict(pair.split("=") for pair in POLICE[1::2])
    file = tmp_path / "question.json"
    file.write_text(
        json.dumps(
            {
                "facts": facts,
                "regimes": ["HIPAA"],
                "bodies": ["person", "condition"],
                "as_of": "2026-03-15T13:00:00-07:00",
            }
        )
    )

    asked = ran("policy", "decide", str(file), "--json").json

    assert asked["granted"] == ran("policy", "decide", *POLICE, *BODIES, "--json").json["granted"]
    assert asked["as_of"] == 1_773_604_800_000_000


def test_a_partner_asks_under_its_own_agreement(rested: County) -> None:
    said = rested(
        "policy",
        "decide",
        "--partner",
        "B1",
        "--fact",
        "purpose=TREAT",
        "--fact",
        "capacity=BUSINESS_ASSOCIATE",
        *BODIES,
        "--json",
    ).json

    assert said["agreement"] == "B1-2026"
    assert "condition.code" in said["granted"][1]
    assert "person.ssn" not in said["granted"][0]


@pytest.mark.parametrize(
    ("words", "letter"),
    [
        (("--fact", "recipient=LEO"), 'Did you mean "LE"?'),
        (("--fact", "recipent=LE"), 'Did you mean "recipient"?'),
        (("--fact", "recipient"), "Write name=VALUE"),
        (POLICE, "--regime HIPAA"),
        ((*POLICE, "--regime", "HIPPA"), 'Did you mean "HIPAA"?'),
        ((*POLICE, "--regime", "HIPAA"), "--body person"),
        ((*POLICE, "--regime", "HIPAA", "--body", "persn"), 'Did you mean "person"?'),
        (("--fact", "purpose=TREAT", "--regime", "HIPAA", "--body", "person"), "--fact recipient="),
    ],
)
def test_a_question_with_a_strange_word_is_refused(words: tuple[str, ...], letter: str) -> None:
    said = ran("policy", "decide", *words)

    assert said.status == 1
    assert letter in said.aside


@pytest.mark.parametrize("text", ["{", '{"fact": {}}', '{"facts": {"recipient": 1}}', '{"as_of": "2026-03-15"}'])
def test_a_file_of_facts_that_says_something_else_is_refused(tmp_path: Path, text: str) -> None:
    file = tmp_path / "question.json"
    file.write_text(text)

    assert ran("policy", "decide", str(file), *POLICE, *BODIES).status == 1
