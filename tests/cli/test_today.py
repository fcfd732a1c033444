"""What the console's first pages say, the command line says too."""

from __future__ import annotations

from tests.cli.conftest import County


def test_today_says_what_needs_a_person_and_ends_with_one(rested: County) -> None:
    said = rested("partners", "health")

    assert said.status == 1, said.whole
    assert "1 from H1" in said.out
    assert "1 for S1: PartnerRefused" in said.out
    told = rested("partners", "health", "--json").json
    assert {each["partner"]: each["state"] for each in told["partners"]}["S1"] == "parked"
    assert sum(hour["messages"] for hour in told["hours"]) in (0, 2)


def test_the_log_tells_what_was_sent_granted_and_refused(rested: County) -> None:
    sent = rested("accounting", "log", "--json").json["rows"]
    refused = rested("accounting", "log", "refused", "--json").json["rows"]

    assert {row["partner"]: row["outcome"] for row in sent} == {"B1": "delivered", "S1": "parked"}
    assert {row["partner"] for row in refused} == {"PD"}
    assert [row["partner"] for row in rested("accounting", "log", "--partner", "B1", "--json").json["rows"]] == ["B1"]
    assert "hipaa.treat" in rested("accounting", "log").out
    assert rested("accounting", "log", "--rule", "no.such.rule", "--json").json["rows"] == []


def test_nothing_about_anybody_is_told(rested: County) -> None:
    for words in (
        ("partners", "health"),
        ("accounting", "log"),
        ("accounting", "log", "granted"),
        ("accounting", "log", "refused"),
    ):
        assert "Riley" not in rested(*words).whole
