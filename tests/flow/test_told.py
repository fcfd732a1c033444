"""Consents that except the facts of some time: whatever was true at any instant of it is refused, and whatever may have been."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.flow.standing import Standing, standing
from hub.flow.told import spans
from hub.model.care import Condition, Encounter, Observation
from hub.model.category import Category
from hub.model.consent import ConsentDirective, Provision
from hub.model.event import Body, CrisisEvent
from hub.model.person import Person
from hub.model.values import Code, Instant, PartialDate
from hub.spans import DAY

JAN_1 = 1_640_995_200_000_000  # 2022
YEAR = 365 * DAY
EXCEPT_2022 = Provision(effect="deny", data_starts_at=Instant(at=JAN_1), data_ends_at=Instant(at=JAN_1 + YEAR))
IN_2022, BEFORE, AFTER = (JAN_1 + DAY,) * 2, (JAN_1 - DAY,) * 2, (JAN_1 + YEAR,) * 2


def signed(kind: str = "SPECIFIC", **said: Any) -> ConsentDirective:
    root = Provision(effect="permit", actors=(Code(code="B1"),), provisions=(EXCEPT_2022,))
    given_: dict[str, Any] = {
        "recipients": (Code(code="B1"),),
        "purposes": (Code(code="TREAT"),),
        "provision": root,
    } | said
    return ConsentDirective(directive="c", version="1", kind=Code(code=kind), signed_at=Instant(at=1), **given_)


def stands(one: ConsentDirective, *told: tuple[int, int] | None) -> Standing:
    events = (frozenset[str](),) * len(told)
    return standing(
        [one], recipient=("B1", "BH_PROVIDER"), purpose="TREAT", source="H1", as_of=AFTER[1], events=events, told=told
    )


@pytest.mark.parametrize(
    ("span", "open_"),
    [
        (BEFORE, True),
        (AFTER, True),
        (IN_2022, False),
        ((JAN_1, JAN_1), False),
        ((JAN_1 - 1, JAN_1 - 1), True),
        ((BEFORE[0], IN_2022[0]), False),
        ((IN_2022[0], AFTER[0]), False),
        ((BEFORE[0], AFTER[0]), False),
        (None, False),
    ],
)
def test_what_was_true_at_any_instant_of_an_excepted_time_stays_refused(
    span: tuple[int, int] | None, open_: bool
) -> None:
    found = stands(signed(), span)

    assert found.state == ("SPECIFIC" if open_ else "DENY")


def test_each_fact_of_a_message_has_its_own_time() -> None:
    found = stands(signed(), BEFORE, IN_2022, None, AFTER)

    assert [one.state for one in found.signed] == ["SPECIFIC", "DENY", "DENY", "SPECIFIC"]


def test_a_refusal_of_the_facts_of_some_time_is_of_these_alone_where_their_time_is_known() -> None:
    refusal = signed("DENY", recipients=(), purposes=(), provision=EXCEPT_2022)

    assert [stands(refusal, span).state for span in (BEFORE, IN_2022, None)] == ["NONE", "DENY", "DENY"]


@given(st.integers(JAN_1 - YEAR, JAN_1 + 2 * YEAR), st.integers(0, YEAR), st.sampled_from(["SPECIFIC", "DENY"]))
def test_to_know_when_something_was_true_never_refuses_more(first: int, length: int, kind: str) -> None:
    one = signed(kind)

    unknown, known = (refused(stands(one, span)) for span in (None, (first, first + length)))
    assert known <= unknown
    assert unknown == frozenset(Category)


def refused(found: Standing) -> frozenset[Category]:
    """What is refused of the one event."""
    return frozenset(Category) if found.state == "DENY" else found.signed[0].refused if found.signed else frozenset()


def event(body: Body, **more: Any) -> CrisisEvent:
    return CrisisEvent(id="1", body=body, source="s", recorded_at=AFTER[0], **more)


@pytest.mark.parametrize(
    ("body", "span"),
    [
        (Person(birth_date=PartialDate(iso="1990-03-14")), AFTER),
        (Encounter(admitted_at=Instant(at=5), discharged_at=Instant(at=9)), (5, 9)),
        (Encounter(admitted_at=Instant(at=0, precision="day")), (0, DAY - 1)),
        (Condition(onset=PartialDate(iso="1970")), (-DAY, 367 * DAY - 1)),
        (Condition(onset=PartialDate(iso="1970-01-02")), (0, 3 * DAY - 1)),
        (Observation(), None),
    ],
)
def test_a_fact_lasts_from_its_first_instant_to_its_last_and_a_person_is_of_now(
    body: Body, span: tuple[int, int] | None
) -> None:
    assert spans([signed()], [event(body)]) == (span,)


def test_the_instant_at_which_it_occurred_is_one_of_them() -> None:
    assert spans([signed()], [event(Observation(), occurred_at=Instant(at=7))]) == ((7, 7),)
    assert spans([signed(provision=None)], [event(Observation())]) == ()
