"""Two senders may number their referrals alike: every word is of the one that was asked by whom it names, in any order of arrival."""

from __future__ import annotations

import itertools

import pytest
from msgspec.structs import replace

from hub.flow.asked import threads
from hub.flow.calendar import Calendar
from hub.flow.inbox import Told, inbox
from hub.flow.referral import Word
from hub.model.event import CrisisEvent
from hub.model.service import Referral
from hub.model.values import Code

ONE = Word(number="7", state="requested", at=0, source="CR1", order="1", performer="B1")
TWO = Word(number="7", state="requested", at=1, source="H1", order="2", performer="B2")
ANSWERS = (
    ("CR1", Word(number="7", state="accepted", at=2, source="B1", order="3")),
    ("H1", Word(number="7", state="rejected", at=2, source="B2", order="4")),
    ("H1", Word(number="7", state="completed", at=3, source="S9", order="5", asker="H1")),
    ("CR1", Word(number="7", state="cancelled", at=4, source="CR1", order="6")),
    # Whoever was asked says it again.
    ("CR1", Word(number="7", state="requested", at=5, source="B1", order="7")),
    ("CR1", Word(number="7", state="requested", at=5, source="B1", order="8", performer="B1", asker="CR1")),
)


@pytest.mark.parametrize(("asker", "word"), ANSWERS)
def test_a_word_is_of_the_referral_that_it_answers_whatever_came_first(asker: str, word: Word) -> None:
    for order in itertools.permutations((ONE, TWO, word)):
        found = {each.asker: each.words for each in threads(order)}

        assert found == {"CR1": {ONE}, "H1": {TWO}, asker: {{"CR1": ONE, "H1": TWO}[asker], word}}


def test_what_may_be_of_either_is_of_neither_and_stands_beside_both() -> None:
    other = replace(TWO, performer="B1")
    word = Word(number="7", state="accepted", at=2, source="B1", order="3")

    found = threads([ONE, other, word])

    assert [(each.asker, each.words, each.unclear) for each in found] == [
        ("CR1", frozenset({ONE}), frozenset({word})),
        ("H1", frozenset({other}), frozenset({word})),
    ]


def test_one_asker_has_one_referral_with_everything_that_anybody_said_of_it() -> None:
    words = [ONE, *(word for _, word in ANSWERS if not word.asker or word.asker == "CR1")]

    assert [(each.asker, each.words) for each in threads(words)] == [("CR1", frozenset(words))]
    assert threads([]) == ()


def test_an_answer_of_which_nobody_heard_the_question_is_a_referral_of_nobody_known() -> None:
    word = Word(number="7", state="accepted", at=2, source="B1", order="3")

    assert [(each.asker, each.words) for each in threads([word])] == [("", frozenset({word}))]


def test_a_clinic_sees_two_referrals_of_one_number_apart_and_answers_one() -> None:
    def event(name: str, source: str, status: str, requester: str) -> CrisisEvent:
        body = Referral(number="7", status=Code(code=status), requester=requester, performer="B1")
        return CrisisEvent(id=name, body=body, source=source, recorded_at=0)

    asked = [
        Told(name=name, at=n, source=name, events=(event(name, "", "requested", name),))
        for n, name in enumerate(("CR1", "H1"))
    ]

    found = inbox("B1", asked, [event("a", "B1", "accepted", "H1")], lambda _: Calendar(), 9)

    stands = {one.sender: (one.stands.state, [told.source for told in one.told]) for one in found}
    assert stands == {"CR1": ("requested", ["CR1"]), "H1": ("accepted", ["H1"])}
