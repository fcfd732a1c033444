"""One referral: every order of words gives the same state, every state has a promise, and none is silent."""

from __future__ import annotations

import itertools
import random
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

import adapters
from hub.contracts import Received
from hub.flow.calendar import Calendar, after, next_open, of_partner
from hub.flow.referral import (
    CHAIN,
    OVER,
    WORDS,
    Standing,
    Word,
    called,
    fits,
    overdue,
    promise,
    reminded,
    said,
    standing,
)
from hub.model.event import Body, CrisisEvent
from hub.model.service import Appointment, Referral
from hub.model.values import Code, Identifier, Instant
from hub.partners.file import Hours
from hub.spans import DAY, HOUR
from tests.houses import partner

OFFICE = Calendar(zone="America/Phoenix", holidays=("2026-11-26",))
# A Tuesday, ten in the morning in Phoenix.
TUESDAY = int(datetime(2026, 11, 24, 10, tzinfo=ZoneInfo("America/Phoenix")).timestamp()) * 1_000_000
STATES = ("requested", "received", "accepted", "scheduled", "missed", "arrived", *OVER)


def word(state: str, hours: float, **more: object) -> Word:
    at = TUESDAY + round(hours * HOUR)
    made = Word(number="r1", state=state, at=at, source="B1", order=f"{hours}{state}")
    return replace(made, **more)


KEPT = (
    word("requested", 0),
    word("received", 1),
    word("accepted", 2),
    word("scheduled", 3, due=TUESDAY + 2 * DAY),
    word("arrived", 48),
    word("completed", 49),
)


def test_every_order_and_repetition_of_words_gives_the_same_standing() -> None:
    dice = random.Random(1)
    for order in itertools.permutations(KEPT):
        assert standing([*order, dice.choice(KEPT)]) == standing(KEPT)


words = st.lists(st.builds(word, st.sampled_from(STATES), st.integers(0, 40)), min_size=1, max_size=8)


@given(words, st.randoms(use_true_random=False))
def test_any_words_in_any_order_stand_the_same(several: list[Word], dice: random.Random) -> None:
    shuffled = list(several)
    dice.shuffle(shuffled)

    assert standing(shuffled) == standing(several)


def test_a_late_receipt_does_not_take_back_an_acceptance() -> None:
    found = standing([word("requested", 0), word("accepted", 2), word("received", 3)])

    assert found is not None
    assert (found.state, found.odd) == ("accepted", (("accepted", "received"),))


@pytest.mark.parametrize("end", ["rejected", "cancelled"])
def test_what_came_to_nothing_and_is_asked_for_again_has_a_promise_again(end: str) -> None:
    asked = word("requested", 0, source="CR1", performer="B1")
    again = word("requested", 5, source="CR1", performer="B2")
    said_again = word("requested", 6, source="B1", performer="B1")

    for order in itertools.permutations((asked, word(end, 2), again)):
        stands = standing(order)
        assert stands is not None
        assert (stands.state, stands.since, stands.performer) == ("requested", again.at, "B2")
        assert promise(stands, OFFICE) is not None
    for order in itertools.permutations((asked, word(end, 2), said_again)):
        assert getattr(standing(order), "state", "") == end
    done = standing((asked, word("completed", 2), again))
    assert done is not None
    assert done.state == "completed"


def test_what_is_over_stays_over_and_what_is_said_afterwards_is_shown() -> None:
    found = standing([*KEPT, word("cancelled", 60)])

    assert found is not None
    assert (found.state, found.odd) == ("completed", (("completed", "cancelled"),))


def test_a_missed_appointment_may_be_made_again() -> None:
    found = standing([*KEPT[:4], word("missed", 50), word("scheduled", 52, due=TUESDAY + 9 * DAY)])

    assert found is not None
    assert (found.state, found.due) == ("scheduled", TUESDAY + 9 * DAY)


def test_from_every_state_there_is_a_way_to_an_end_and_none_is_silent() -> None:
    """The machine by exhaustion: each state that can be reached leads to an end, and has a promise until then."""
    reached, waiting = {"requested"}, ["requested"]
    while waiting:
        here = waiting.pop()
        for there in STATES:
            if fits(here, there) and there not in reached:
                reached.add(there)
                waiting.append(there)

    assert reached == set(STATES)
    for state in STATES:
        stands = Standing(number="r", state=state, since=TUESDAY)
        assert (promise(stands, OFFICE) is None) == (state in OVER)
        assert bool(overdue(stands, OFFICE, TUESDAY + 60 * DAY)) == (state not in OVER)
        assert state in OVER or any(fits(state, end) for end in OVER)
        assert state not in OVER or not any(fits(state, other) for other in STATES)


@pytest.mark.parametrize("state", sorted(set(STATES) - OVER))
@pytest.mark.parametrize("urgent", [True, False])
def test_a_broken_promise_goes_up_the_chain(state: str, urgent: bool) -> None:
    here = Standing(number="r", state=state, since=TUESDAY, urgent=urgent)
    stands = promise(here, OFFICE)
    assert stands is not None

    assert overdue(here, OFFICE, stands.by - 1) == ()
    assert [role for _, role, _ in overdue(here, OFFICE, TUESDAY + 90 * DAY)] == list(CHAIN)


def test_an_urgent_one_pages_at_night_and_a_routine_one_never() -> None:
    evening = TUESDAY + 9 * HOUR
    urgent, routine = (Standing(number="r", state="requested", since=evening, urgent=u) for u in (True, False))

    (paged, _), _ = promise(urgent, OFFICE).then  # type: ignore[union-attr]  # it is not over
    assert paged == evening + 4 * HOUR
    for state in set(STATES) - OVER:
        for hours in range(0, 200, 3):
            told = promise(replace(routine, state=state, since=TUESDAY + hours * HOUR), OFFICE)
            assert told is not None
            for at, _role in told.then:
                local = datetime.fromtimestamp(at / 1e6, UTC).astimezone(ZoneInfo(OFFICE.zone))
                assert local.weekday() < 5
                assert 8 <= local.hour <= 17
                assert local.date().isoformat() not in OFFICE.holidays


def test_working_hours_skip_nights_weekends_and_holidays() -> None:
    assert after(TUESDAY, 2, OFFICE) == TUESDAY + 2 * HOUR
    assert after(TUESDAY, 9, OFFICE) == TUESDAY + 24 * HOUR
    assert after(TUESDAY, 18, OFFICE) == TUESDAY + 3 * DAY  # Thursday is a holiday
    assert next_open(TUESDAY + 9 * HOUR, OFFICE) == TUESDAY + 22 * HOUR


@pytest.mark.parametrize("urgent", [True, False])
def test_the_last_role_hears_of_it_again_each_week_until_it_ends(urgent: bool) -> None:
    silent = Standing(number="r", state="requested", since=TUESDAY, urgent=urgent)
    stands = promise(silent, OFFICE)
    assert stands is not None
    last, role = stands.then[-1]

    weeks = [reminded(silent, OFFICE, last + days * DAY) for days in (0, 6, 8, 13, 15, 100)]

    assert [len(each) for each in weeks] == [0, 0, 1, 1, 1, 1]
    assert weeks[2] == weeks[3] != weeks[4]
    assert {who for each in weeks for _, who, _ in each} == {role}
    for each in weeks[2:]:
        local = datetime.fromtimestamp(each[0][0] / 1e6, UTC).astimezone(ZoneInfo(OFFICE.zone))
        assert urgent or (local.weekday() < 5 and 8 <= local.hour <= 17)
    assert reminded(replace(silent, state="completed"), OFFICE, last + 100 * DAY) == ()


@pytest.mark.parametrize(
    ("evening", "after_18_hours", "opens", "next_morning"),
    [
        # Clocks go back: the night has 25 hours. They go forward: it has 23, and half past two does not happen.
        ("2026-10-31T20:00-04:00", "2026-11-01T13:00-05:00", "01:30", "2026-11-01T01:30-04:00"),
        ("2026-03-07T20:00-05:00", "2026-03-08T15:00-04:00", "02:30", "2026-03-08T03:30-04:00"),
    ],
)
def test_a_night_on_which_clocks_change_is_as_long_as_it_is(
    evening: str, after_18_hours: str, opens: str, next_morning: str
) -> None:
    week, east = tuple(range(7)), "America/New_York"
    since = _instant(evening)

    assert after(since, 18, Calendar(zone=east, days=week, opens="00:00", closes="24:00")) == _instant(after_18_hours)
    assert next_open(since, Calendar(zone=east, days=week, opens=opens, closes="12:00")) == _instant(next_morning)


def _instant(words: str) -> int:
    return int(datetime.fromisoformat(words).timestamp()) * 1_000_000


def test_a_routine_one_waits_for_the_hours_of_whoever_was_asked_and_pages_in_those_of_whoever_is_told() -> None:
    always = Calendar(zone=OFFICE.zone, days=tuple(range(7)), opens="00:00", closes="24:00")
    rarely = Calendar(zone=OFFICE.zone, days=(5,), opens="09:00", closes="18:00")
    routine = Standing(number="r", state="requested", since=TUESDAY + 5 * HOUR)

    soon, late = (promise(routine, hours, OFFICE) for hours in (always, rarely))

    assert soon is not None
    assert late is not None
    assert soon.by == TUESDAY + 23 * HOUR
    assert late.by > TUESDAY + 10 * DAY
    for stands in (soon, late):
        for at, _role in stands.then:
            local = datetime.fromtimestamp(at / 1e6, UTC).astimezone(ZoneInfo(OFFICE.zone))
            assert at >= stands.by
            assert (local.weekday() < 5, 8 <= local.hour <= 17) == (True, True)


def test_a_partners_file_says_when_its_people_are_there() -> None:
    hours = Hours(days=("sat", "mon"), opens="07:00", closes="24:00", holidays=("2026-12-25",))
    mine = Calendar(zone="UTC", days=(0, 5), opens="07:00", closes="24:00", holidays=("2026-12-25",))

    assert of_partner(replace(partner("B1", "BH_PROVIDER"), hours=hours), "UTC") == mine
    assert of_partner(partner("B1", "BH_PROVIDER"), "UTC") == of_partner(None, "UTC") == Calendar()


def event(body: Body, source: str = "B1") -> CrisisEvent:
    return CrisisEvent(id="e", body=body, source=source, recorded_at=TUESDAY)


def test_each_wire_form_speaks_of_the_same_states() -> None:
    task = Referral(number="r1", status=Code(code="accepted"), priority=Code(code="urgent"), performer="B1")
    siu = Appointment(number="a", status=Code(code="noshow"), based_on=(Identifier(value="r1"),))
    freed = Appointment(number="a", status=Code(code="cancelled"), based_on=(Identifier(value="r1"),))
    booked = Appointment(
        status=Code(code="booked"), starts_at=Instant(at=TUESDAY + DAY), based_on=(Identifier(value="r1"),)
    )

    (accepted,), (missed,), (given_up,), (made,) = (tuple(said(event(b))) for b in (task, siu, freed, booked))

    assert (accepted.state, accepted.urgent, accepted.performer) == ("accepted", True, "B1")
    assert (missed.number, missed.state, given_up.state) == ("r1", "missed", "missed")
    assert (made.state, made.due) == ("scheduled", TUESDAY + DAY)
    assert set(WORDS.values()) == set(STATES)


# Every status that a wire form may say, once more, by what it comes to.
SAY = {
    "requested": "requested draft proposed active", "received": "received ready on-hold", "accepted": "accepted in-progress",
    "scheduled": "scheduled booked pending", "arrived": "arrived checked-in", "completed": "completed fulfilled",
    "missed": "noshow no-show", "rejected": "rejected refused declined failed", "cancelled": "cancelled revoked entered-in-error",
}  # fmt: skip


def test_each_status_comes_to_its_state_and_each_pressing_priority_presses() -> None:
    for state, words in SAY.items():
        for word in words.split():
            (heard,) = said(event(Referral(number="r1", status=Code(code=word))))
            assert heard.state == state, word
    pressing = {
        word: [
            heard.urgent
            for heard in said(event(Referral(number="r1", status=Code(code="requested"), priority=Code(code=word))))
        ]
        for word in ("urgent", "asap", "stat", "routine")
    }
    assert pressing == {"urgent": [True], "asap": [True], "stat": [True], "routine": [False]}


GOLDEN = Path(__file__).parents[1] / "golden"
# Messages as they come, in every form that speaks of referrals, and the state that each tells of.
WIRE = {
    ("fhir", "referral-with-task"): [("RF-1", "accepted")],
    ("bser", "declined"): [("88888888", "rejected")],
    ("bser", "lags-behind"): [("88888888", "completed")],
    ("gravity", "accepted"): [("", "accepted")],
    ("gravity", "failed-with-a-reason"): [("", "rejected")],
    ("hl7v2", "i12-referral"): [("RR-77", "requested")],
    ("hl7v2", "i12-accepted"): [("RR-77", "accepted")],
    ("hl7v2", "i14-withdrawn"): [("RR-77", "cancelled")],
    ("hl7v2", "s12-booked"): [("RR-77", "scheduled")],
    ("hl7v2", "s26-missed"): [("RR-77", "missed")],
    ("hmis", "fy2026-two-people"): [("V1", "completed"), ("V2", "rejected")],
    ("mobile_crisis", "a-hold-and-a-bed"): [("B-7", "rejected")],
}


def read(fmt: str, body: bytes, as_of: int = TUESDAY) -> list[CrisisEvent]:
    adapter: Any = adapters.found()[fmt]({})
    received = Received(journal="0" * 32, partner="X", as_of=as_of)
    return [event for piece in adapter.split(body) for event in adapter.read(piece, received).events]


@pytest.mark.parametrize(("which", "told"), WIRE.items(), ids=["/".join(which) for which in WIRE])
def test_every_form_on_the_wire_tells_of_the_one_machine(which: tuple[str, str], told: list[tuple[str, str]]) -> None:
    (path,) = (GOLDEN / which[0] / which[1]).glob("wire.*")

    events = read(which[0], path.read_bytes())

    words = [(word.number, word.state) for one in events for word in said(one)]
    assert words == [(number or called(one), state) for one, (number, state) in zip(_asked(events), told, strict=True)]
    assert all(number for number, _ in words)


def _asked(events: list[CrisisEvent]) -> list[CrisisEvent]:
    return [one for one in events if any(said(one))]


@pytest.mark.parametrize(
    ("name", "trigger", "state"),
    [
        ("i12-referral", "I13", "requested"),
        ("i12-referral", "I15", "requested"),
        ("i12-accepted", "I13", "accepted"),
        ("i12-accepted", "I14", "cancelled"),
        ("i12-accepted", "I15", "accepted"),
        ("s12-booked", "S13", "scheduled"),
        ("s12-booked", "S14", "scheduled"),
        ("s12-booked", "S15", "missed"),
        ("s12-booked", "S17", "missed"),
    ],
)
def test_every_trigger_of_hl7_v2_tells_of_the_one_machine(name: str, trigger: str, state: str) -> None:
    wire = (GOLDEN / "hl7v2" / name / "wire.hl7").read_bytes().replace(name[:3].upper().encode(), trigger.encode())

    assert [(word.number, word.state) for event in read("hl7v2", wire) for word in said(event)] == [("RR-77", state)]


def test_what_is_booked_for_next_week_is_scheduled_now() -> None:
    """In FHIR an appointment is dated by when it is to be."""
    wire = (GOLDEN / "fhir" / "plan-and-appointment" / "wire.json").read_bytes()
    (booked,) = [one for one in read("fhir", wire, as_of=TUESDAY - 365 * DAY) if isinstance(one.body, Appointment)]
    body = replace(booked.body, based_on=(Identifier(value="r1"),))

    (told,) = said(replace(booked, body=body))

    assert booked.occurred_at is not None
    assert (told.state, told.at) == ("scheduled", TUESDAY - 365 * DAY)
    assert told.due == booked.occurred_at.at > told.at


def test_a_referral_without_a_number_is_promised_like_any_other() -> None:
    (asked,) = said(event(Referral(status=Code(code="requested"))))
    stands = standing([asked])

    assert stands is not None
    assert asked.number == "e"
    assert [role for _, role, _ in overdue(stands, OFFICE, TUESDAY + 90 * DAY)] == list(CHAIN)
