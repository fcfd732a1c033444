"""What a compliance officer and an operator ask: why, what became of it, what waits."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest

from consent import engine
from consent.engine import RuleSet
from hub import clock
from hub.app.vault import opened
from hub.model.entry import Kind, LedgerEntry
from hub.model.registry import mask, path_set
from hub.settings import load
from hub.store.seal import destroy, expunge, renew_index
from tests.cli import county
from tests.cli.conftest import County, ran

PERSONAL = ("Doe", "Riley", "19900314", "Main St", "R45.851", "Suicidal")


def test_why_names_what_went_under_which_rule_in_words_and_in_law(rested: County) -> None:
    said = rested("why", rested.delivered[:10], "B1")

    assert said.status == 0
    assert "ADT^A04 of H1" in said.out
    assert "A health care provider may receive what it treats the person with." in said.out
    assert "45 CFR 164.506(c)(2)" in said.out
    assert "agreement B1-2026, no consent" in said.out
    assert "It was delivered and acknowledged. Attempt 1" in said.out


def test_why_says_what_was_withheld_and_by_which_rule(rested: County) -> None:
    (police,) = rested("why", rested.delivered, "PD", "--json").json

    assert police["permits"] is False
    assert police["sent"] == []
    assert {"person.names.family", "condition.code"} <= set(police["withheld"])
    assert any("hipaa.no.le.clinical" in sentence for sentence in police["sentences"])
    assert "Nothing was sent." in police["sentences"]


def test_why_speaks_of_what_the_message_says_and_not_of_what_it_leaves_empty(rested: County) -> None:
    sentences = " ".join(rested("why", rested.delivered, "PD", "--json").json[0]["sentences"])

    assert "diagnoses" in sentences
    assert "DNA" not in sentences


@pytest.mark.parametrize(
    ("categories", "words"),
    [
        (county.CATEGORIES, "and may see something of"),
        ([c for c in county.CATEGORIES if c != "ENCOUNTER"], "Withheld: everything. They were told of this because"),
    ],
)
def test_why_says_that_what_they_were_told_is_over(own: County, categories: list[str], words: str) -> None:
    clinic = own.config / "partners" / "b1.yaml"
    file = json.loads(clinic.read_text())
    file["wants"][0]["when"] = [{"encounter.location.unit": ["ED"]}]
    file["agreement"]["categories"] = categories
    clinic.write_text(json.dumps(file))
    moved = county.message(4, veteran="Y", trigger="A02").replace(b"|ED^1^1", b"|MED^1^1")

    _, over = county.takes(own.config, county.message(3, veteran="Y"), moved)

    said = own("why", over.journal, "B1").out
    assert "B1 was told of this when its conditions held; that they hold no longer is decided here." in said
    assert words in said


def test_why_tells_staff_the_near_misses(rested: County) -> None:
    assert "Near miss: More would have gone with this fact" in rested("why", rested.delivered, "B1").out


def test_why_without_a_partner_tells_every_decision(rested: County) -> None:
    assert [each["partner"] for each in rested("why", rested.delivered, "--json").json] == ["B1", "PD", "S1"]


def test_a_message_is_found_by_its_senders_own_id(rested: County) -> None:
    assert rested("why", "H1-1", "B1").out == rested("why", rested.delivered, "B1").out


def test_why_says_that_a_partner_did_not_ask(rested: County) -> None:
    assert "H1 sent this message itself" in rested("why", rested.delivered, "H1").out


@pytest.mark.parametrize(
    ("words", "letter"),
    [
        (("why", "00000000ff"), "There is no such message."),
        (("why", "H1-404"), "There is no such message."),
        (("why", "H1-1", "B9"), 'There is no partner "B9".'),
        (("message", "xyz"), "There is no such message."),
    ],
)
def test_what_is_not_there_gets_a_letter(rested: County, words: tuple[str, ...], letter: str) -> None:
    said = rested(*words)

    assert said.status == 1
    assert letter in said.aside
    assert said.out == ""


def test_why_of_a_parked_message_says_what_to_mend_first(rested: County) -> None:
    said = rested("why", rested.parked)

    assert said.status == 1
    assert "h1-mapping.yaml line 5" in said.aside
    assert f"crisis-hub replay {rested.parked[:12]}" in said.aside


def test_replaying_a_decision_comes_out_identical(rested: County) -> None:
    said = rested("why", rested.delivered, "--replay", "--json")

    assert said.status == 0
    assert [(check["what"], check["identical"]) for check in said.json] == [
        ("reading", True),
        ("B1, patients", True),
        ("PD, patients", True),
        ("S1, patients", True),
    ]


def decide_by_others(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """From now on the house goes by other rules."""
    changed, load = reworded(folder), RuleSet.load
    monkeypatch.setattr(RuleSet, "load", lambda place=None: load(place) if place else changed)


def reworded(folder: Path) -> RuleSet:
    """The rules of the house with other words, and so another hash."""
    for part in ("rules", "views"):
        shutil.copytree(engine.HERE / part, folder / part)
    shutil.copyfile(engine.HERE / "vocabulary.yaml", folder / "vocabulary.yaml")
    rules = folder / "rules" / "hipaa.yaml"
    text = rules.read_text(encoding="utf-8")
    assert "A health care provider may" in text
    rules.write_text(text.replace("A health care provider may", "A provider may"), encoding="utf-8")
    return RuleSet.load(folder)


def test_a_decision_is_replayed_under_the_rules_it_was_made_by(
    rested: County, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    decide_by_others(tmp_path, monkeypatch)

    assert rested("why", rested.delivered, "--replay").status == 0


def test_without_those_rules_the_replay_names_what_differs(
    own: County, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    decide_by_others(tmp_path / "reworded", monkeypatch)
    shutil.rmtree(own.config.parent / "data" / "rules")

    said = own("why", own.delivered, "B1", "--replay")

    assert said.status == 1
    assert "reading: identical" in said.out
    assert "B1, patients: differs" in said.out
    assert "rule set: then" in said.out


def test_archived_rules_that_somebody_altered_are_found(
    own: County, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    decide_by_others(tmp_path / "reworded", monkeypatch)
    rules = next((own.config.parent / "data" / "rules").glob("*/rules/hipaa.yaml"))
    rules.write_text(rules.read_text(encoding="utf-8").replace("[providers]", "[PUBLIC]", 1), encoding="utf-8")

    said = own("why", own.delivered, "--replay")

    assert said.status == 1
    assert "The archived rules are not those that were kept." in said.aside


def test_a_changed_mapping_is_named_by_the_path_it_reads_otherwise(own: County) -> None:
    mapping = own.config / "h1-mapping.yaml"
    mapping.write_text(county.MENDED + "      person.birth_date: ~\n")

    said = own("why", own.delivered, "B1", "--replay")

    assert said.status == 1
    assert "person.birth_date reads otherwise" in said.out
    assert "B1, patients: identical" in said.out


def test_what_narrowed_between_deciding_and_sending_is_told(own: County) -> None:
    (answer,) = county.takes(own.config, county.message(3, veteran="Y"))
    narrow = LedgerEntry(
        kind=Kind.ATTEMPT,
        at=clock.now(),
        partner="B1",
        paths=path_set(mask(["encounter.number"])),
        rules=("hipaa.treat",),
    )

    county.claims(own.config, answer.journal, "B1", narrow)

    said = own("why", answer.journal, "B1").out
    assert "Before it was sent it was decided again, and less went: rules hipaa.treat, no consent." in said
    assert "decided again" not in own("why", own.delivered, "B1").out


def test_a_message_is_followed_over_all_steps_and_partners(rested: County) -> None:
    steps = rested("message", rested.delivered, "--json").json["steps"]

    told = [(step.get("partner", ""), step["words"]) for step in steps]
    assert told[0] == ("H1", "kept: ADT^A04 by mllp:2601, 269 bytes")
    assert ("PD", "refused for treatment, interest patients") in told
    assert ("B1", "delivered (200)") in told
    assert ("S1", "parked (PartnerRefused)") in told
    assert sorted(step["leaf"] for step in steps if step.get("leaf", -1) >= 0) == list(range(1, 9))


def test_an_episode_is_told_in_order(own: County) -> None:
    county.takes(
        own.config, county.message(7, veteran="Y", trigger="A08"), county.message(5, veteran="Y", trigger="A08")
    )

    happenings = own("message", own.delivered, "--episode", "--json").json["happenings"]

    assert [each["kind"] for each in happenings] == ["ADT^A04", "ADT^A08", "ADT^A08"]
    assert [each["at"] for each in happenings] == sorted(each["at"] for each in happenings)


def test_what_waits_for_a_person_is_grouped_by_cause(rested: County) -> None:
    said = rested("dead")

    assert said.status == 1
    assert "1 message from H1" in said.out
    assert "the message has no ZPD-3, which person.veteran requires" in said.out
    assert "1 delivery to S1" in said.out
    assert rested("dead", "--destination", "B1").status == 0
    nobody = rested("dead", "--destination", "B9")
    assert (nobody.status, nobody.out) == (1, "")
    assert 'There is no partner "B9"' in nobody.aside


def test_a_partners_own_words_are_shown_only_when_asked_for_and_leave_a_leaf(own: County) -> None:
    before = own("ledger", "verify", "--json").json["leaves"]
    assert "The partner answered 422" not in own("dead").whole + own("message", own.delivered).whole
    assert own("ledger", "verify", "--json").json["leaves"] == before

    assert "The partner answered 422" in own("dead", "--words").out
    assert "The partner answered 422" in own("message", own.delivered, "--words").out

    assert own("ledger", "verify", "--json").json["leaves"] == before + 2


def test_a_code_that_no_table_knows_is_listed_with_its_message(own: County) -> None:
    assert own("codes", "unmapped").status == 0
    (answer,) = county.takes(own.config, county.message(3, veteran="Y", sex="Q"))

    said = own("codes", "unmapped", "--json")

    assert said.status == 1
    assert [(c["partner"], c["code"], c["times"], c["message"]) for c in said.json] == [("H1", "Q", 1, answer.journal)]


def destroyed(place: County, *, accounting: bool) -> None:
    """Destroy the keys of Riley Doe at H1, as an expungement does."""
    settings = load(place.config)
    owner = bytes.fromhex(place("message", place.delivered, "--json").json["message"]["owner"])
    with opened(settings, writing=True) as vault:
        order = expunge([owner], accounting=accounting)
        backup = place.config.parent / "copy"
        destroy(vault.keys, [order], index_version=renew_index(vault.keys), backup=backup, at=clock.now())


def test_of_destroyed_content_why_says_so_and_tells_what_the_ledger_remembers(own: County) -> None:
    destroyed(own, accounting=False)

    said = own("why", own.delivered, "B1")

    assert "Its content was destroyed" in said.out
    assert "rules any.admin, hipaa.treat" in said.out
    assert "agreement B1-2026" in said.out
    assert "the content was destroyed" in own("why", own.delivered, "--replay").out
    assert own("ledger", "verify").status == 0


def test_when_even_the_accounting_was_destroyed_only_the_proofs_remain(own: County) -> None:
    destroyed(own, accounting=True)

    said = own("why", own.delivered)

    assert said.status == 1
    assert "Its proofs remain." in said.aside
    assert "was destroyed; its proofs remain" in own("message", own.delivered).out
    assert own("message", own.delivered, "--episode").status == 0
    verified = own("ledger", "verify", "--json").json
    assert (verified["leaves"], verified["destroyed"]) == (9, 8)


@pytest.mark.parametrize("words", [("why",), ("why", "--replay"), ("message",), ("message", "--episode")])
def test_nothing_a_message_says_about_anybody_is_shown(rested: County, words: tuple[str, ...]) -> None:
    command, *more = words

    said = rested(command, rested.delivered, *more).whole + rested(command, rested.delivered, *more, "--json").whole

    assert not [word for word in PERSONAL if word in said]


def test_a_hub_that_never_ran_is_said_so(tmp_path: Path) -> None:
    from hub.app.vault import make
    from hub.settings import load

    config = county.write(tmp_path)
    make(load(config))

    said = ran("dead", "--config", str(config))

    assert said.status == 1
    assert "This hub has never run" in said.aside
    assert not (tmp_path / "data" / "hub.db").exists()


def test_each_element_says_where_it_stood_and_by_which_line_it_became_what(rested: County) -> None:
    found = {one["path"]: one for one in rested("message", rested.delivered, "--elements", "--json").json}

    assert found["PID-7"]["outcome"] in ("mapped", "transformed")
    assert re.fullmatch(r"person\.birth_date \(.*\.yaml line \d+\)", found["PID-7"]["why"])
    assert "person.veteran (h1-mapping.yaml line 5)" in found["ZPD-3"]["why"]
    said = rested("message", rested.delivered, "--elements").out
    assert "person.birth_date" in said
    assert "19900314" not in said + str(found)
    assert rested("message", rested.parked, "--elements").status == 1
