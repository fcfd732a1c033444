"""A call is marked as a crisis with the rule as its reason; what is denied does not count, and what a table knows stands."""

from __future__ import annotations

import csv
import time
from pathlib import Path

import pytest

from hub.errors import Misconfigured
from hub.flow.crisis_call import BY_WORDS, KINDS, Classifier, classifier, evaluate, marked
from hub.model.event import CrisisEvent
from hub.model.person import Person
from hub.model.public_safety import CallForService
from hub.model.values import Code

LABELLED = Path(__file__).parents[2] / "examples" / "labelled" / "crisis-calls.csv"


@pytest.fixture(scope="module")
def rules() -> Classifier:
    return classifier()


def kind(rules: Classifier, *words: str) -> str:
    rule = rules.rule(words)
    return rule.kind if rule else ""


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("Subject is SUICIDAL, possible knife", "suicide"),
        ("RP: friend OD'd, narcan given", "overdose"),
        ("hasn’t heard from her mother since Sunday", "welfare_check"),
        ("EDP in lobby", "behavioral_health"),
        ("caller denies being suicidal", ""),
        ("not suicidal but off his meds", "behavioral_health"),
        ("denied it at first. Later said she wants to die", "suicide"),
        ("needs jumper cables", ""),
        ("depositing a cheque", ""),
        ("", ""),
    ],
)
def test_words_tell_the_kind(rules: Classifier, words: str, found: str) -> None:
    assert kind(rules, words) == found


def call(**facts: object) -> CrisisEvent:
    body = CallForService(**facts)  # type: ignore[arg-type]  # each test names its own facts
    return CrisisEvent(id="e", body=body, source="C1", recorded_at=1)


def test_a_mark_names_the_rule_and_holds_no_word_of_the_narrative(rules: Classifier) -> None:
    (event,) = marked([call(narrative=("Riley says he will end it all",))], rules)

    assert isinstance(event.body, CallForService)
    assert event.body.crisis == Code(code="suicide", system=KINDS, local="suicide", local_system=BY_WORDS)


def test_what_a_table_knew_stands(rules: Classifier) -> None:
    known = Code(code="welfare_check", system=KINDS, local="WELFARE")
    (event,) = marked([call(crisis=known, narrative=("suicidal",))], rules)

    assert isinstance(event.body, CallForService)
    assert event.body.crisis == known


def test_the_words_of_the_type_count_too(rules: Classifier) -> None:
    (event,) = marked([call(initial_type=Code(local="77", display="MENTAL HEALTH CALL"))], rules)

    assert isinstance(event.body, CallForService)
    assert event.body.crisis is not None


def test_messages_without_a_call_are_left_alone(rules: Classifier) -> None:
    events = (CrisisEvent(id="e", body=Person(), source="H1", recorded_at=1),)

    assert marked(events, rules) == events


def test_on_the_labelled_calls_few_are_missed_and_few_are_false(rules: Classifier) -> None:
    with LABELLED.open(newline="") as file:
        found = evaluate([(line["words"], line["kind"]) for line in csv.DictReader(file)], rules)

    assert found.calls > 150
    assert (len(found.missed), len(found.false), len(found.another)) == (2, 3, 0), found


def test_whatever_a_file_asks_for_is_looked_for_in_a_time_that_grows_with_the_text_alone(tmp_path: Path) -> None:
    """A backtracking engine would be at the first of these for longer than the house stands."""
    file, said = tmp_path / "words.yaml", "a" * 20_000
    words = ", ".join(f'"{word}"' for word in ("a*" * 12 + "b", "(a+)+$", "a{1,99}", "[a-z"))
    file.write_text(f"rules:\n  - id: a\n    kind: suicide\n    reason: r\n    words: [{words}]\n", "utf-8")

    began = time.process_time()
    found = classifier(file).rule([said, "a1"])

    assert found is None
    assert time.process_time() - began < 1.0


def test_a_rule_with_a_strange_key_is_refused_with_its_line(tmp_path: Path) -> None:
    file = tmp_path / "words.yaml"
    file.write_text("rules:\n  - id: a\n    kind: suicide\n    reason: r\n    wordz: [x]\n")

    with pytest.raises(Misconfigured, match=r"words.yaml line 5"):
        classifier(file)
