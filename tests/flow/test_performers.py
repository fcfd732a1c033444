"""Whom a request was asked of: partners by every name they go by, and whoever these ask on; nobody else answers for them."""

from __future__ import annotations

import itertools
from collections.abc import Iterable

import pytest

from hub.flow.asked import threads
from hub.flow.performers import NAMELESS, names, remembered, sought, stranger
from hub.flow.referral import Word, standing
from hub.model.event import Body, CrisisEvent
from hub.model.plan import Block
from hub.model.service import Appointment, Referral
from hub.model.values import Code, Identifier
from hub.partners import Interest
from tests.houses import partner

NPI = "1234567893"


def asking(performer: tuple[str, ...], name: str) -> Interest:
    return Interest(id=name, bodies=("referral",), purpose="TREAT", when=({"referral.performer": performer},))


B1 = partner("B1", "BH_PROVIDER", asking(("B1", "CLINICS"), "asked"))
B2 = partner("B2", "BH_PROVIDER", asking(("B2", "CLINICS", NPI), "asked"))
CALLED = names([B1, B2, partner("S9", "STABILISATION"), partner("CR1", "CORESPONDER")])


def word(source: str, state: str = "accepted", performer: str = "", at: int = 1, asker: str = "CR1") -> Word:
    order = f"{source} {state} {performer} {at}"
    return Word(number="7", state=state, at=at, source=source, order=order, performer=performer, asker=asker)


def told(words: Iterable[Word]) -> list[CrisisEvent]:
    return [CrisisEvent(id=one.order, body=_body(one), source=one.source, recorded_at=one.at) for one in words]


def _body(one: Word) -> Body:
    return Referral(number="7", status=Code(code=one.state), performer=one.performer, requester=one.asker)


def planned(events: Iterable[CrisisEvent]) -> list[str]:
    """Whose words count for nothing, where each message is planned when it comes."""
    known, strange = set[Block](), []
    for event in events:
        mine = known & set(sought([event]))
        if stranger(event, mine):
            strange.append(event.source)
        else:
            known |= set(remembered([event], CALLED, mine))
    return strange


ASKED = word("CR1", "requested", "B1", at=0)
CASES = [
    ("whoever was asked", [ASKED, word("B1")], []),
    ("somebody else", [ASKED, word("S9")], ["S9"]),
    ("whoever asked takes it back", [ASKED, word("CR1", "cancelled")], []),
    ("by a number of its file", [word("CR1", "requested", NPI, at=0), word("B2"), word("B1", at=2)], ["B1"]),
    ("one of a group", [word("CR1", "requested", "CLINICS", at=0), word("B2"), word("S9", at=2)], ["S9"]),
    ("nobody was named", [word("CR1", "requested", "", at=0), word("S9")], []),
    ("somebody no partner goes by", [word("CR1", "requested", "Dr. X", at=0), word("S9")], []),
    ("asked on", [ASKED, word("B1", "requested", "B2", at=1, asker="CR1"), word("B2", at=2), word("S9", at=3)], ["S9"]),
    ("who was asked repeats it", [ASKED, word("B1", "requested", "B1"), word("S9", at=3)], ["S9"]),
    ("nobody is said to have asked", [ASKED, word("S9", asker=""), word("B1", asker="", at=2)], ["S9"]),
    ("a request of its own", [ASKED, word("S9", asker="S9")], []),
    ("it asks somebody to do it", [ASKED, word("S9", "requested", "S9"), word("S9", at=3)], ["S9"]),
]  # fmt: skip


@pytest.mark.parametrize(("words", "strange"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_a_word_counts_from_whoever_was_asked_and_from_nobody_else(words: list[Word], strange: list[str]) -> None:
    assert planned(told(words)) == strange


def test_an_answer_that_comes_before_its_request_is_weighed_once_both_are_known() -> None:
    words = (ASKED, word("S9", "completed"), word("B1", at=2))

    for order in itertools.permutations(words):
        (thread,) = threads(order, CALLED)
        stands = standing(thread.words)

        assert [one.source for one in thread.strange] == ["S9"]
        assert stands is not None
        assert (stands.state, stands.odd) == ("accepted", ())


def test_whoever_was_asked_on_answers_for_whoever_was_asked_first() -> None:
    (one, *_) = threads([ASKED, word("B1", "requested", "B2", asker="CR1"), word("B2", at=2)][::-1], CALLED)[::-1]

    assert (one.asker, [each.source for each in one.strange]) == ("CR1", [])


def test_without_names_nobody_is_a_stranger() -> None:
    (thread,) = threads([ASKED, word("S9")], NAMELESS)

    assert not thread.strange


def test_an_appointment_is_an_answer_where_it_names_who_asked_and_else_news_of_its_own() -> None:
    def booked(asker: str) -> CrisisEvent:
        body = Appointment(status=Code(code="booked"), based_on=(Identifier(value="7", assigner=asker),))
        return CrisisEvent(id=f"a {asker}", body=body, source="S9", recorded_at=1)

    assert planned([*told([ASKED]), booked("CR1")]) == ["S9"]
    assert planned([*told([ASKED]), booked("")]) == []
    (thread,) = threads([ASKED, word("S9", "scheduled", asker="")], CALLED)
    assert [one.source for one in thread.strange] == ["S9"]
