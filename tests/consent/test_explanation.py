"""A decision says itself in sentences; what would have let more through is for auditors, and is true."""

from __future__ import annotations

import msgspec
from hypothesis import given, settings

from consent.explanation import as_data, audited, explain, near_misses
from consent.question import Question
from tests.consent.asking import ask, rules, shown
from tests.consent.test_engine import questions

POLICE = ask(("person", "encounter", "condition"), recipient="LE", purpose="LE_IDENT", le_request="YES")
UNIT = ask(
    ("person", "condition"),
    ("HIPAA", "PART2"),
    (("MH_CLINICAL", "SUD_RECORD"),),
    recipient="BH_PROVIDER",
    purpose="TREAT",
    capacity="QSO",
)


def test_it_says_what_went_what_stayed_and_by_which_law() -> None:
    said = "\n".join(explain(rules().decide(POLICE)))

    assert "partner asked for identifying or locating a person" in said
    assert (
        "Sent: identity, injury and physical description, places and visits and stays. Police asked officially" in said
    )
    assert "45 CFR 164.512(f)(2)(i); rule hipaa.le.identify" in said
    assert "Withheld: diagnoses and findings" in said
    assert "In return: enter it in the accounting of disclosures (45 CFR 164.528)." in said
    assert "Relied on agreement A@1, no consent, rule set" in said


def test_near_misses_are_told_to_auditors_only() -> None:
    decision = audited(rules(), UNIT)

    assert decision.near_miss
    assert not any("Near miss" in line for line in explain(decision))
    assert "near_miss" not in as_data(decision)
    assert any(
        "Near miss: More would have gone with this fact: a consent to treatment" in line
        for line in explain(decision, audit=True)
    )
    assert as_data(decision, audit=True)["near_miss"]


def test_an_ordinary_decision_carries_no_near_miss() -> None:
    assert rules().decide(UNIT).near_miss == ()


def test_the_part_2_order_is_the_near_miss_of_a_police_request() -> None:
    asked = ask(("condition",), ("PART2",), recipient="LE", purpose="LE_INVEST", capacity="QSO")

    assert ("legal", "PART2_ORDER") in {fact for miss in near_misses(rules(), asked) for fact in miss.missing}


@settings(max_examples=15)
@given(questions())
def test_every_near_miss_is_true(question: Question) -> None:
    had = shown(rules().decide(question))

    for miss in near_misses(rules(), question):
        ((fact, value),) = miss.missing
        if fact not in ("consent", "legal", "research"):
            other = msgspec.structs.replace(question, facts=msgspec.structs.replace(question.facts, **{fact: value}))
            assert shown(rules().decide(other)) & ~had


@settings(max_examples=30)
@given(questions())
def test_every_decision_can_be_said_and_written(question: Question) -> None:
    decision = rules().decide(question)

    assert all(line.endswith(".") for line in explain(decision))
    assert msgspec.json.encode(as_data(decision))


def test_every_withheld_kind_has_a_reason() -> None:
    decision = rules().decide(POLICE)
    told = {reason.category for reason in decision.withheld}

    assert {"MH_CLINICAL", "NARRATIVE", "CONTACT", "APPROACH", "DNA_DENTAL"} <= told
