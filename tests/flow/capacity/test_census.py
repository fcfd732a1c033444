"""A hospital day in any order, with repetitions and late messages, gives the exact census every time."""

from __future__ import annotations

import random

import pytest
from msgspec.structs import replace

from adapters.ehr.hl7v2 import Hl7v2
from hub.contracts import Received
from hub.flow.capacity.board import Books, Setting, board
from hub.flow.capacity.census import Movement, census, movement
from hub.model.care import Encounter
from hub.model.event import CrisisEvent
from hub.model.values import Code, Instant, Unit
from hub.spans import HOUR, MINUTE
from tests.flow.capacity.hospital import MIDNIGHT, OPENED, OPENING, UNITS, Hospital, hl7, shuffled


def day(seed: int) -> Hospital:
    hospital = Hospital(seed)
    hospital.day()
    return hospital


def exact(hospital: Hospital, told: list[Movement]) -> bool:
    """Whether the board has each unit's people and boarders as they really are."""
    settings = tuple(
        Setting(facility="H1", unit=unit, at=OPENED, staffed=500, census=OPENING.get(unit, 0)) for unit in UNITS
    )
    books = Books(settings=settings, movements=tuple(told), merged=hospital.merged)
    rows = board(books, hospital.end + HOUR)
    occupied, boarding = hospital.truth()
    return all(
        (row.occupied, row.boarders) == (occupied[row.facility, row.unit], boarding[row.facility, row.unit])
        for row in rows
    ) and len(rows) == len(UNITS)


@pytest.mark.parametrize("seed", range(12))
def test_a_hospital_day_gives_the_exact_census_in_any_order(seed: int) -> None:
    hospital, dice = day(seed), random.Random(seed)

    assert len(hospital.told) >= 400
    assert all(exact(hospital, shuffled(hospital.told, dice)) for _ in range(4))


@pytest.mark.slow
def test_400_messages_in_1000_orders_give_the_exact_census_each_time() -> None:
    hospital, dice = day(7), random.Random(7)

    assert all(exact(hospital, shuffled(hospital.told, dice)) for _ in range(1000))


def test_a_day_of_400_messages_in_hl7_v2_is_the_day_that_was_played() -> None:
    hospital, adapter = day(1), Hl7v2({})

    for number, told in enumerate(hospital.told):
        received = Received(journal=f"{number:032x}", partner="H1", as_of=hospital.end)
        events = adapter.read(hl7(number, told), received).events
        read = [moved for event in events if (moved := movement(event, told.person))]
        assert read == [told]


def test_a_message_three_hours_late_corrects_the_hours_between() -> None:
    came = Movement(person="p", visit="v", at=MIDNIGHT, trigger="A01", facility="H1", unit="PSY")
    left = Movement(person="p", visit="v", at=MIDNIGHT + HOUR, trigger="A03", facility="H1", unit="PSY")

    assert census([came], MIDNIGHT + 4 * HOUR).occupied()["H1", "PSY"] == 1
    assert census([left, came], MIDNIGHT + 4 * HOUR).occupied()["H1", "PSY"] == 0
    assert census([left, came], MIDNIGHT + HOUR // 2).occupied()["H1", "PSY"] == 1


def test_an_event_from_the_future_counts_when_its_time_comes() -> None:
    planned = Movement(person="p", visit="v", at=MIDNIGHT + HOUR, trigger="A01", facility="H1", unit="PSY")

    assert census([planned], MIDNIGHT).patients == ()
    assert len(census([planned], MIDNIGHT + HOUR).patients) == 1


def test_states_out_of_order_lose_nobody() -> None:
    moved = Movement(person="p", visit="v", at=MIDNIGHT, trigger="A02", facility="H1", unit="PSY")
    cancelled = Movement(person="q", visit="w", at=MIDNIGHT, trigger="A13", facility="H1", unit="PSY")

    found = census([moved, cancelled], MIDNIGHT)

    assert found.occupied()["H1", "PSY"] == 1


@pytest.mark.parametrize(
    ("course", "lies"),
    [
        ("A01=PSY A08=PSY A11=PSY", ""),
        ("A01=PSY A02=ADOL A08=ADOL A11=ADOL", ""),
        ("A01=PSY A11=PSY A08=PSY", ""),
        ("A01=PSY A11=PSY A01=ADOL", "ADOL"),
        ("A08=PSY A11=PSY", ""),
        ("A01=PSY A01=PSY A11=PSY", ""),
        ("A04=ED A01=PSY A08=PSY A11=ED", "ED"),
        ("A01=PSY A03=PSY A03=PSY A13=PSY", "PSY"),
        ("A01=PSY A03=PSY A08=ADOL A13=PSY", "ADOL"),
        ("A01=PSY A02=ADOL A08=ADOL A12=PSY", "PSY"),
        ("A01=PSY A02=ADOL A02=ADOL A12=PSY", "PSY"),
        ("A01=PSY A02=ADOL A02=DETOX A12=ADOL", "ADOL"),
    ],
)
def test_what_was_corrected_or_told_again_before_it_was_taken_back_is_taken_back(course: str, lies: str) -> None:
    told = [
        Movement(person="p", visit="v", at=MIDNIGHT + n * MINUTE, trigger=word[:3], facility="H1", unit=word[4:])
        for n, word in enumerate(course.split())
    ]

    found = census(told, MIDNIGHT + HOUR)

    assert [patient.place for patient in found.patients] == ([("H1", lies)] if lies else [])
    assert found.strangers_left == ()


def test_merges_in_a_circle_count_one_person() -> None:
    told = [
        Movement(person=name, visit=f"v{name}", at=MIDNIGHT, trigger="A01", facility="H1", unit="PSY") for name in "abc"
    ]

    assert len(census(told, MIDNIGHT, {"a": "b", "b": "c", "c": "a"}).patients) == 1


def test_who_was_admitted_and_waits_in_the_emergency_department_counts_apart() -> None:
    waits = Movement(person="p", visit="v", at=MIDNIGHT, trigger="A04", facility="H1", unit="ED", patient_class="EMER")
    boards = replace(waits, at=MIDNIGHT + MINUTE, trigger="A06", patient_class="IMP")

    found = census([waits, boards], MIDNIGHT + HOUR)

    assert (found.occupied()["H1", "ED"], found.boarding()["H1", "ED"]) == (0, 1)


def test_a_movement_is_read_from_a_stay() -> None:
    stay = Encounter(
        number="V1", trigger="A02", location=Unit(unit="PSY", bed="3", facility="H1"), patient_class=Code(code="IMP"),
        event_at=Instant(at=MIDNIGHT),
    )  # fmt: skip

    found = movement(CrisisEvent(id="e", body=stay, source="x", recorded_at=MIDNIGHT + HOUR), "p")

    assert found == Movement(
        person="p", visit="V1", at=MIDNIGHT, trigger="A02", facility="H1", unit="PSY", bed="3", patient_class="IMP"
    )
    assert movement(CrisisEvent(id="e", body=Encounter(trigger="A28"), source="x", recorded_at=0), "p") is None
