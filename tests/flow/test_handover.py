"""Handovers: asked in turn, accepted by a human, never silent; every state there can be is walked through."""

from __future__ import annotations

from collections import deque
from itertools import permutations
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from hub.flow.handed import words as said
from hub.flow.handover import CHAINS, PATIENCE, Due, Handover, Word, due, handovers
from hub.model.crisis import CrisisContact, MobileCrisisVisit
from hub.model.event import Body, CrisisEvent
from hub.model.public_safety import CallForService
from hub.model.values import Code, Identifier, Instant
from hub.spans import DAY, HOUR, MINUTE, SECOND

NOON: Final = 1_795_000_000_000_000
ORDER: Final = ("MCT1", "MCT2")


def word(what: str, minutes: float, who: str = "", kind: str = "team", by: str = "") -> Word:
    source = "L1" if what in ("asked", "withdrawn", "closed") else ""
    at = NOON + round(minutes * MINUTE)
    return Word(kind=kind, number="C-9", what=what, at=at, who=who, source=source, by=by)


def stands(*words: Word) -> Handover:
    (found,) = handovers(words)
    return found


def dues(found: Handover, minutes: float, order: tuple[str, ...] = ORDER) -> list[tuple[str, str]]:
    return [(d.what, d.partner or d.role) for d in due(found, order, NOON + round(minutes * MINUTE))]


def test_after_five_silent_minutes_the_next_team_is_asked_and_then_a_person() -> None:
    first = word("asked", 0, "MCT1")
    assert dues(stands(first), 4.9) == []
    assert dues(stands(first), 5) == [("ask", "MCT2")]

    second = word("asked", 5, "MCT2")
    assert dues(stands(first, second), 9.9) == []
    assert dues(stands(first, second), 10) == [("tell", "988 supervisor")]
    assert dues(stands(first, second), 25) == [("tell", "988 supervisor"), ("tell", "county lead")]


@pytest.mark.parametrize(
    ("kind", "minutes", "told"),
    [("team", 5, "988 supervisor"), ("rescue", 1, "988 supervisor"), ("transfer", 5, "911 supervisor")],
)
def test_each_kind_has_its_own_patience_and_the_people_who_are_told(kind: str, minutes: float, told: str) -> None:
    asked = stands(word("asked", 0, "MCT1", kind))
    lead = minutes + (2 if kind == "rescue" else 15)

    assert dues(asked, minutes - 0.01, ()) == []
    assert dues(asked, minutes, ()) == [("tell", told)]
    assert dues(asked, lead - 0.01, ()) == [("tell", told)]
    assert dues(asked, lead, ()) == [("tell", told), ("tell", "county lead")]


def heard(minutes: float, kind: str = "team") -> Word:
    return replace(word("asked", 0, "MCT1", kind), heard_at=NOON + round(minutes * MINUTE))


def test_what_the_hub_heard_late_is_late_from_then_on_and_a_rescue_at_once() -> None:
    first, again = heard(40), heard(30)

    assert dues(stands(first), 44.9) == []
    assert dues(stands(first), 45) == [("ask", "MCT2")]
    assert {tuple(dues(stands(*told), 35)) for told in permutations((first, again))} == {(("ask", "MCT2"),)}
    assert dues(stands(heard(40, "rescue")), 40, ()) == [("tell", "988 supervisor"), ("tell", "county lead")]


def test_what_was_heard_days_late_is_told_once_to_each_role() -> None:
    late = stands(heard(3 * 24 * 60, "rescue"))

    assert dues(late, 3 * 24 * 60, ()) == [("tell", "988 supervisor"), ("tell", "county lead")]
    assert len(dues(late, 4 * 24 * 60 + 2, ())) == 3


def test_a_team_that_declines_is_not_waited_for() -> None:
    assert dues(stands(word("asked", 0, "MCT1"), word("declined", 1, "MCT1")), 1) == [("ask", "MCT2")]


def test_a_team_that_accepted_and_then_cannot_come_is_followed_by_the_next() -> None:
    """An engine that does not start: nobody waits an hour to hear that nobody came."""
    words = (word("asked", 0, "MCT1"), word("accepted", 1, "MCT1"), word("declined", 3, "MCT1"))
    for order in permutations(words):
        found = stands(*order)
        assert (found.state, found.taken_by) == ("asking", "")
        assert dues(found, 3) == [("ask", "MCT2")]

    again = stands(*words, word("en route", 4, "MCT1"))
    assert (again.state, again.taken_by) == ("taken", "MCT1")
    assert dues(again, 63.9) == []
    assert dues(again, 64) == [("tell", "MCT1")]


def test_a_centre_that_accepted_a_rescue_and_then_cannot_sounds_the_alarm_again() -> None:
    accepted = word("accepted", 0.5, "C1", kind="rescue", by="operator 12")
    found = stands(word("asked", 0, "C1", kind="rescue"), accepted, word("declined", 2, "C1", kind="rescue"))

    assert dues(found, 2, ()) == [("tell", "988 supervisor")]


def test_who_is_on_the_way_has_accepted_and_the_times_are_kept() -> None:
    found = stands(word("asked", 0, "MCT1"), word("on scene", 30, "MCT1"), word("en route", 6, "MCT1", by="B"))

    assert (found.state, found.taken_by) == ("taken", "MCT1")
    assert found.taken is not None
    assert (found.taken.en_route_at - NOON, found.taken.on_scene_at - NOON) == (6 * MINUTE, 30 * MINUTE)
    assert stands(word("asked", 0, "MCT1"), word("cleared", 90, "MCT1")).state == "over"


def test_a_team_that_took_it_and_does_not_come_is_told() -> None:
    found = stands(word("asked", 0, "MCT1"), word("accepted", 2, "MCT1"))

    assert dues(found, 61.9) == []
    assert dues(found, 62) == [("tell", "MCT1")]


def test_two_teams_that_took_it_are_one_team_and_a_word_to_a_person() -> None:
    words = (
        word("asked", 0, "MCT1"),
        word("asked", 5, "MCT2"),
        word("accepted", 6, "MCT2"),
        word("accepted", 7, "MCT1"),
    )
    for order in permutations(words):
        found = stands(*order)
        assert found.taken_by == "MCT2"
        assert [(d.once, d.role) for d in due(found, ORDER, NOON + 8 * MINUTE)] == [("two MCT1", "988 supervisor")]


def test_a_rescue_is_handed_over_when_a_human_accepts_and_sixty_silent_seconds_are_told() -> None:
    asked = word("asked", 0, "C1", kind="rescue")

    assert dues(stands(asked), 59 / 60, ()) == []
    assert dues(stands(asked), 1, ()) == [("tell", "988 supervisor")]
    assert stands(asked, word("accepted", 0.5, "C1", kind="rescue", by="operator 12")).state == "over"


def test_a_rescue_that_went_to_nobody_is_told_at_once() -> None:
    assert dues(stands(word("asked", 0, kind="rescue")), 0, ()) == [("tell", "988 supervisor")]


def test_what_was_withdrawn_is_over_and_may_be_asked_for_again() -> None:
    withdrawn = (word("asked", 0, "MCT1"), word("withdrawn", 3))
    assert stands(*withdrawn).state == "over"
    assert stands(*withdrawn, word("asked", 4, "MCT1")).state == "asking"


@given(st.permutations([word("asked", 0, "MCT1"), word("declined", 1, "MCT1"), word("asked", 2, "MCT2"),
                        word("en route", 4, "MCT2"), word("cleared", 50, "MCT2"), word("accepted", 51, "MCT1")]),
       st.integers(0, 5))  # fmt: skip
def test_the_order_and_repetition_of_words_do_not_matter(words: list[Word], repeated: int) -> None:
    assert handovers([*words, words[repeated]]) == handovers(sorted(words, key=lambda each: each.at))


def test_two_centres_that_use_the_same_number_are_told_apart_by_whom_they_asked() -> None:
    theirs = Word(kind="team", number="C-9", what="asked", at=NOON, source="L2", who="MCT2")
    found = handovers([word("asked", 0, "MCT1"), theirs, word("accepted", 1, "MCT2")])

    assert {one.source: one.state for one in found} == {"L1": "asking", "L2": "taken"}


# --- every state there can be

WHATS: Final = ("accepted", "declined", "en route", "on scene", "cleared", "withdrawn", "closed")


def _shape(found: Handover) -> tuple[object, ...]:
    """A handover without its instants: what it is, and what each partner said."""
    told = tuple(
        (t.partner, bool(t.accepted_at), bool(t.declined_at), t.took, bool(t.on_scene_at), bool(t.cleared_at))
        for t in found.turns
    )
    return found.state, told


def _further(history: tuple[Word, ...], kind: str, order: tuple[str, ...]) -> list[tuple[Word, ...]]:
    """Every history one word or one silence longer."""
    minutes = (history[-1].at - NOON) / MINUTE + 0.5
    found = [(*history, word(what, minutes, who, kind)) for what in WHATS for who in (*order, "")]
    later = history[-1].at + PATIENCE[kind]
    asks = [d.partner for d in due(stands(*history), order, later) if d.what == "ask"]
    return found + [(*history, word("asked", (later - NOON) / MINUTE, who, kind)) for who in asks]


def _reachable(kind: str, order: tuple[str, ...]) -> dict[tuple[object, ...], tuple[Word, ...]]:
    start: tuple[Word, ...] = (word("asked", 0, order[0] if order else "", kind),)
    seen = {_shape(stands(*start)): start}
    waiting = deque([start])
    while waiting:
        history = waiting.popleft()
        for longer in _further(history, kind, order):
            shape = _shape(stands(*longer))
            if shape not in seen:
                seen[shape] = longer
                waiting.append(longer)
    return seen


@pytest.mark.parametrize(
    ("kind", "order"), [("team", ORDER), ("rescue", ("C1",)), ("rescue", ()), ("transfer", ("L1",))]
)
def test_no_state_without_an_exit_and_none_in_silence(kind: str, order: tuple[str, ...]) -> None:
    seen = _reachable(kind, order)

    assert {shape[0] for shape in seen} >= {"asking", "over"}
    assert len(seen) > 40 if kind == "team" else len(seen) >= 2
    for history in seen.values():
        found, last = stands(*history), history[-1].at
        if found.state == "over":
            assert due(found, order, last + 30 * DAY) == ()
            continue
        assert any(stands(*longer).state == "over" for longer in _further(history, kind, order))
        first = due(found, order, last + 12 * HOUR)
        assert first, history
        assert all(each.what == "ask" or each.role for each in first)


def test_the_last_role_hears_of_it_again_every_day_until_it_is_over() -> None:
    found = stands(word("asked", 0, "C1", kind="rescue"))

    days = [{d.once for d in due(found, (), NOON + n * DAY + HOUR)} for n in range(4)]

    assert [len(one) for one in days] == [2, 3, 4, 5]
    assert CHAINS["rescue"][-1][1] in {d.role for d in due(found, (), NOON + 3 * DAY + HOUR)}


# --- what messages say


def event(body: Body, source: str = "L1", at: int = NOON) -> CrisisEvent:
    return CrisisEvent(id="e", body=body, source=source, recorded_at=at)


def test_a_contact_asks_takes_back_and_says_who_accepted() -> None:
    asks = CrisisContact(contact="C-9", mobile_team_requested=True, active_rescue=False)
    assert [(w.kind, w.what) for w in said(event(asks))] == [("team", "asked"), ("rescue", "withdrawn")]

    accepted = CrisisContact(
        contact="C-10", active_rescue=True, transfer_direction=Code(code="to_911"), transfer_peer="C1",
        transfer_accepted_at=Instant(at=NOON + 30 * SECOND),
    )  # fmt: skip
    assert [(w.kind, w.what, w.who) for w in said(event(accepted))] == [
        ("rescue", "asked", ""),
        ("rescue", "accepted", "C1"),
    ]


def test_a_call_is_transferred_and_988_answers_under_its_incident() -> None:
    call = CallForService(incident="26-1", transfer_to="L1", transferred_at=Instant(at=NOON))
    answered = CrisisContact(contact="C-11", transfer_incident="26-1", answered_at=Instant(at=NOON + MINUTE))

    words = [*said(event(call, "C1")), *said(event(answered))]

    assert [(w.kind, w.what, w.number) for w in words] == [
        ("transfer", "asked", "26-1"),
        ("transfer", "accepted", "26-1"),
    ]
    assert stands(*words).state == "over"


def test_a_team_tells_its_times_under_the_contact() -> None:
    visit = MobileCrisisVisit(
        based_on=(Identifier(value="C-9", type="988"),),
        team="B",
        accepted_at=Instant(at=NOON),
        arrived_at=Instant(at=NOON + HOUR),
    )
    assert [(w.what, w.who, w.by) for w in said(event(visit, "MCT1"))] == [
        ("accepted", "MCT1", "B"),
        ("on scene", "MCT1", "B"),
    ]
    refusal = MobileCrisisVisit(based_on=(Identifier(value="C-9"),), status=Code(code="declined"))
    assert [w.what for w in said(event(refusal, "MCT1"))] == ["declined"]


def test_a_due_names_itself_so_that_it_is_done_once() -> None:
    found = stands(word("asked", 0, "MCT1"))
    assert due(found, ORDER, NOON + HOUR) == (Due(what="ask", once="ask MCT2", partner="MCT2"),)
