"""The mark of a crisis that stayed out of hospital: set after a day, the same for every order, and taken back by a late word."""

from __future__ import annotations

from itertools import permutations

import pytest
from msgspec.structs import replace

from hub.flow.diverted import diversion
from hub.flow.story import story
from hub.model.care import Encounter
from hub.model.event import Body, CrisisEvent
from hub.model.public_safety import CallForService, FieldContact
from hub.model.values import Code, Instant
from hub.spans import DAY, HOUR

NOON = 1_795_000_000_000_000
KINDS = {"H1": "HOSP_ED", "H2": "HOSP_INPT", "S1": "STABILISATION", "C1": "PSAP", "PD": "LE"}


def event(name: str, hours: float, body: Body, source: str) -> CrisisEvent:
    said = Instant(at=NOON + round(hours * HOUR))
    return CrisisEvent(id=name, body=body, source=source, recorded_at=NOON + 90 * HOUR, occurred_at=said)


def stay(hours: float, source: str, trigger: str = "A04", kind: str = "EMER") -> CrisisEvent:
    came = Instant(at=NOON + round(hours * HOUR))
    body = Encounter(number="V1", trigger=trigger, patient_class=Code(code=kind), admitted_at=came)
    return event(f"{trigger}{hours}", hours, body, source)


CALL = event("call", 0, CallForService(incident="26-7", received_at=Instant(at=NOON)), "C1")


def state(*events: CrisisEvent, later: int = DAY) -> str:
    found = diversion(story(events), NOON + later, KINDS)
    assert found is not None
    return found.state


def test_it_is_said_when_a_day_is_over_and_not_before() -> None:
    assert (state(CALL, later=DAY - 1), state(CALL)) == ("waits", "diverted")


@pytest.mark.parametrize(
    ("told", "said"),
    [
        (stay(3, "H1"), "hospital"),
        (stay(23.9, "H1"), "hospital"),
        (stay(24, "H1"), "diverted"),
        (stay(3, "H2", "A01", "IMP"), "hospital"),
        (stay(3, "S1", "A01", "IMP"), "diverted"),
        (event("pd", 1, FieldContact(number="R", transported_to=Code(code="hospital")), "PD"), "hospital"),
    ],
)
def test_any_hospital_within_the_day_counts_and_a_stabilisation_centre_is_none(told: CrisisEvent, said: str) -> None:
    assert state(CALL, told) == said


def test_an_arrival_that_was_taken_back_never_was_in_whatever_order_it_is_told() -> None:
    # Some systems date a cancellation like what it cancels.
    night = (CALL, stay(3, "H1"), stay(3, "H1", "A11"))
    later = (*night[:2], replace(night[2], occurred_at=Instant(at=NOON + 4 * HOUR)))

    assert {state(*told) for told in permutations(later)} == {"diverted"}
    assert {state(*told) for told in permutations(night)} == {"diverted"}


def test_a_word_that_comes_late_takes_the_mark_back() -> None:
    assert (state(CALL, later=2 * DAY), state(CALL, stay(20, "H1"), later=2 * DAY)) == ("diverted", "hospital")


def test_who_came_to_hospital_by_themselves_has_no_mark() -> None:
    assert diversion(story([stay(3, "H1")]), NOON + DAY, KINDS) is None
