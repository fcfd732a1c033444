"""What comes of it: stays by their last word, force before and after a change, bookings again only once the time is over."""

from __future__ import annotations

import pytest

from hub.flow.measures.after import AFTER, again, stays
from hub.flow.measures.counting import Setting
from hub.flow.measures.standard import Standard, Told, standard
from hub.model.care import Encounter
from hub.model.values import Instant
from hub.spans import DAY, HOUR

NOON = 1_773_594_000_000_000
COUNTS = {each.id: each.count for each in AFTER}


def told(trigger: str, hours: int, partner: str = "S1", kind: str = "STABILISATION") -> Told:
    at = NOON + hours * HOUR
    left = Instant(at=at) if trigger == "A03" else None
    stay = Encounter(number="V1", trigger=trigger, admitted_at=Instant(at=NOON), discharged_at=left)
    return Told(partner, kind, stay, at)


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ([told("A01", 0)], {}),
        ([told("A01", 0), told("A03", 30)], {("S1", "V1"): 30.0}),
        ([told("A03", 30), told("A13", 31)], {}),
        ([told("A03", 40), told("A13", 31), told("A03", 30)], {("S1", "V1"): 40.0}),
        ([told("A03", 30, "H1", "HOSP_INPT")], {}),
    ],
)
def test_a_stay_is_as_long_as_its_last_word_says(words: list[Told], found: dict[tuple[str, str], float]) -> None:
    assert stays(standard(words)) == stays(standard(list(reversed(words)))) == found


def numbers(measure: str, episodes: list[Standard], setting: Setting) -> dict[tuple[str, ...], int]:
    return {cell.at: cell.n for cell in COUNTS[measure](episodes, setting)}


def test_force_is_counted_before_and_after_the_day_and_not_without_one() -> None:
    days = [(-2, True), (-1, True), (-1, False), (0, True), (1, False)]
    episodes = [Standard(began_at=NOON + d * DAY, police=True, force=force) for d, force in days]

    found = numbers("SM06", episodes, Setting(change=NOON))

    assert (found["before", "yes"], found["before", "no"], found["after", "yes"], found["after", "no"]) == (2, 1, 1, 1)
    assert numbers("SM06", episodes, Setting()) == {}


@pytest.mark.parametrize(
    ("days", "half", "year"), [(0.5, False, False), (179, True, True), (180, False, True), (365, False, False)]
)
def test_booked_again_is_within_the_days_and_not_in_the_same_crisis(days: float, half: bool, year: bool) -> None:
    episode = Standard(began_at=NOON, police=True, booked_again=(NOON + round(days * DAY),))

    assert (again(episode, 180), again(episode, 365)) == (half, year)


def test_of_whom_the_time_is_not_over_nothing_is_said() -> None:
    episode = Standard(began_at=NOON, police=True, booked_again=(NOON + 3 * DAY,))

    assert numbers("SM08a", [episode], Setting(seen_until=NOON + 180 * DAY - 1)) == {}
    assert numbers("SM08a", [episode], Setting(seen_until=NOON + 180 * DAY))["diverted", "yes"] == 1
