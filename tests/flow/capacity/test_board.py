"""What may be offered, how sure that is, and what contradicts."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from hub.errors import Lasting
from hub.flow.capacity.board import Books, Report, Row, Setting, board, checked, possible
from hub.flow.capacity.census import STILL, Movement, movement
from hub.flow.capacity.diversion import LONGEST, diversion
from hub.flow.capacity.trust import OFFERED, Answer
from hub.model.care import Encounter
from hub.model.event import CrisisEvent
from hub.model.service import CapacityReport, DiversionStatus
from hub.model.values import Code, Instant, Unit
from hub.spans import DAY, HOUR, MINUTE

NOON = 1_795_000_000_000_000
OPEN = Setting(facility="S1", unit="A", at=NOON, staffed=10, blocked=1, held=1, census=5, by="dana")


def row(now: int = NOON, *settings: Setting, **told: Any) -> Row:
    (found,) = board(Books(settings=settings or (OPEN,), **told), now)
    return found


def came(name: str, minutes: int, unit: str = "A") -> Movement:
    return Movement(person=name, visit=name, at=NOON + minutes * MINUTE, trigger="A01", facility="S1", unit=unit)


def test_a_unit_is_not_offered_before_somebody_opened_it() -> None:
    found = row(NOON, replace(OPEN, census=None))

    assert (found.offerable, found.confidence) == (0, 0.0)
    assert "opened" in found.why


def test_beds_blocked_and_held_are_not_offered() -> None:
    assert (row().offerable, row().source, row().confidence) == (3, "hand", 0.95)


def test_admissions_and_discharges_after_the_count_move_the_number() -> None:
    moved = (came("p", 10), came("q", 20), replace(came("p", 30), trigger="A03"))

    found = row(NOON + HOUR, movements=moved)

    assert (found.occupied, found.offerable, found.source, found.at) == (6, 2, "census", NOON + 30 * MINUTE)


def test_somebody_counted_whom_no_message_told_of_leaves_as_well() -> None:
    stranger = replace(came("s", 10), trigger="A03")

    assert row(NOON + HOUR, movements=(stranger,)).occupied == 4


@pytest.mark.parametrize("unit", ["A", ""])
def test_a_trigger_that_nobody_knows_leaves_the_census_in_doubt_until_somebody_counts(unit: str) -> None:
    odd = replace(came("s", 10), trigger="A99", unit=unit)

    doubted = row(NOON + HOUR, movements=(odd,))
    counted = row(NOON + HOUR, OPEN, replace(OPEN, at=NOON + 30 * MINUTE), movements=(odd,))

    assert (doubted.occupied, doubted.offerable) == (5, 0)  # nobody is counted in or out by it
    assert "in doubt" in doubted.why
    assert any("kind that nobody knows" in alert for alert in doubted.alerts)
    assert (counted.offerable, counted.alerts) == (3, ())


def test_a_trigger_that_nobody_knows_doubts_where_its_person_lay_and_no_other_unit() -> None:
    odd = replace(came("p", 20), trigger="A99", unit="B")

    assert row(NOON + HOUR, movements=(came("p", 10), odd)).confidence < OFFERED
    assert row(NOON + HOUR, movements=(odd,)).confidence > OFFERED


@pytest.mark.parametrize("trigger", sorted(STILL))
def test_what_is_known_to_move_nobody_doubts_nothing(trigger: str) -> None:
    stay = Encounter(trigger=trigger, number="v", location=Unit(unit="A", facility="S1"))

    assert movement(CrisisEvent(id="e", body=stay, source="S1", recorded_at=NOON), "p") is None


def test_a_nightly_count_corrects_what_messages_got_wrong() -> None:
    never_left = (came("p", -60), came("q", -50))
    counted = replace(OPEN, at=NOON + DAY, census=1)

    assert row(NOON + DAY, OPEN, counted, movements=never_left).occupied == 1
    assert row(NOON + DAY + HOUR, OPEN, counted, movements=(*never_left, came("r", 24 * 60 + 30))).occupied == 2


def test_confidence_decays_and_what_is_stale_is_not_offered() -> None:
    found = row(NOON + 8 * HOUR)

    assert found.confidence < OFFERED
    assert (found.offerable, "too old" in found.why) == (0, True)


def test_three_refusals_are_enough_to_offer_no_more() -> None:
    refusals = tuple(Answer(facility="S1", unit="A", at=NOON + n * MINUTE, room=False) for n in (1, 2, 3))

    assert row(NOON + 5 * MINUTE, answers=refusals[:1]).offerable == 3
    assert row(NOON + 5 * MINUTE, answers=refusals).offerable == 0
    assert row(NOON + 5 * MINUTE, replace(OPEN, at=NOON + 4 * MINUTE), answers=refusals).offerable == 3


def test_an_acceptance_raises_what_refusals_took() -> None:
    no, yes = (Answer(facility="S1", unit="A", at=NOON + 1, room=room) for room in (False, True))

    assert row(NOON + 2, answers=(no, yes)).confidence > row(NOON + 2, answers=(no,)).confidence


def test_a_hand_count_that_differs_is_told_and_the_lesser_number_is_offered() -> None:
    counted = Report(facility="S1", unit="A", source="hand", at=NOON + MINUTE, available=2)

    found = row(NOON + 2 * MINUTE, reports=(counted,))

    assert found.offerable == 2
    assert found.alerts == ("The hand count differs: 2 free there, 3 here.",)


def test_a_report_that_claims_more_is_told_and_not_believed() -> None:
    claimed = Report(facility="S1", unit="A", source="have", at=NOON + MINUTE, available=9)

    found = row(NOON + 2 * MINUTE, reports=(claimed,))

    assert (found.offerable, len(found.alerts)) == (3, 1)


def test_an_old_report_is_told_and_moves_nothing() -> None:
    old = Report(facility="S1", unit="A", source="safr", at=NOON - 2 * HOUR, available=0)

    found = row(NOON, reports=(old,))

    assert (found.offerable, len(found.alerts)) == (3, 1)


def test_more_people_than_beds_is_an_alert_and_no_offer() -> None:
    found = row(NOON, replace(OPEN, census=12))

    assert (found.offerable, found.occupied) == (0, 12)
    assert found.alerts == ("4 more people lie there than beds are staffed and free.",)


@pytest.mark.parametrize("wrong", [{"staffed": -1}, {"blocked": -2}, {"census": 10**6}, {"blocked": 9, "held": 9}])
def test_an_impossible_count_is_refused_with_the_number(wrong: dict[str, int]) -> None:
    with pytest.raises(Lasting, match="S1 A"):
        checked(replace(OPEN, **wrong))


def told(status: str, scope: str, at: int = NOON, **said: Any) -> Any:
    body = DiversionStatus(facility="S1", status=Code(code=status), scope=Code(code=scope), **said)
    return diversion(body, at, "S1")


def test_a_psychiatric_diversion_stops_offers_and_an_emergency_one_does_not() -> None:
    assert "diversion" in row(NOON, diversions=(told("diversion", "psychiatric", reason=Code(code="staffing")),)).why
    assert "staffing" in row(NOON, diversions=(told("diversion", "all", reason=Code(code="staffing")),)).why
    assert row(NOON, diversions=(told("diversion", "ED"),)).offerable == 3


def test_a_diversion_ends_when_it_says_when_it_is_taken_back_and_at_last_by_itself() -> None:
    until = told("diversion", "all", expires_at=Instant(at=NOON + HOUR))
    forgotten = told("diversion", "all")
    over = told("open", "all", NOON + MINUTE)

    assert row(NOON + HOUR - 1, diversions=(until,)).offerable == 0
    assert row(NOON + HOUR, diversions=(until,)).offerable == 3
    assert row(NOON + 2 * MINUTE, diversions=(over, forgotten)).offerable == 3
    assert row(NOON + 2 * MINUTE, diversions=(forgotten, over)).offerable == 3
    assert "diversion" not in row(NOON + LONGEST, diversions=(forgotten,)).why


def test_a_board_says_from_when_it_is_another() -> None:
    until = told("diversion", "all", NOON + MINUTE, expires_at=Instant(at=NOON + 3 * MINUTE))
    books = Books(settings=(OPEN, replace(OPEN, at=NOON + 4 * MINUTE)), movements=(came("p", 2),), diversions=(until,))

    found = [books.turns(NOON + minutes * MINUTE, NOON + HOUR) for minutes in range(5)]

    assert found == [NOON + minutes * MINUTE for minutes in (1, 2, 3, 4, 60)]
    assert books.turns(NOON, NOON + 1) == NOON + 1


def test_what_is_dated_ahead_counts_when_its_time_comes_and_is_told_until_then() -> None:
    opened = Setting(facility="S1", unit="A", at=NOON, staffed=16, census=11)
    ahead = Movement(
        person="p", visit="v", at=NOON + 2 * HOUR, trigger="A01", facility="S1", unit="A", patient_class="IMP"
    )

    (now,) = board(Books(settings=(opened,), movements=(ahead,)), NOON + MINUTE)
    (then,) = board(Books(settings=(opened,), movements=(ahead,)), NOON + 3 * HOUR)

    assert (now.occupied, now.offerable) == (11, 5)
    assert now.alerts == ("1 movement is dated in the future, and will count then. Is the sender's clock right?",)
    assert (then.occupied, then.alerts) == (12, ())


@pytest.mark.parametrize("count", [-1, 5001])
@pytest.mark.parametrize("name", ["staffed", "occupied", "available", "blocked", "held", "maximum", "waiting"])
def test_a_report_that_cannot_be_is_refused_with_its_number(name: str, count: int) -> None:
    said: dict[str, Any] = {name: count}

    with pytest.raises(Lasting, match=f"S1 A: {name} is {count}; a count lies between 0 and 5000"):
        possible(CapacityReport(facility="S1", unit="A", **said))


def test_what_is_not_lain_in_may_be_many_and_never_below_nothing() -> None:
    possible(CapacityReport(facility="P1", unit="pantry", measure="meal", available=20_000))

    with pytest.raises(Lasting, match="P1 pantry: available is -1"):
        possible(CapacityReport(facility="P1", unit="pantry", measure="meal", available=-1))
