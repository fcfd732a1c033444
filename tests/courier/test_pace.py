"""The hours and the rate of a partner file are obeyed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub import clock
from hub.courier.pace import Pace, opens
from hub.partners import Delivery
from hub.spans import SECOND
from tests.courier.test_lane import Partnerlike, clinic, drained, play, toy
from tests.houses import Store, store

ZONE = "America/Chicago"


def at(text: str, zone: str = ZONE) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp()) * SECOND


@pytest.mark.parametrize(
    ("window", "now", "opens_at"),
    [
        ("08:00-18:00", "2026-03-10T07:59:59", "2026-03-10T08:00"),
        ("08:00-18:00", "2026-03-10T08:00", "2026-03-10T08:00"),
        ("08:00-18:00", "2026-03-10T18:00", "2026-03-11T08:00"),
        ("22:00-06:00", "2026-03-10T05:59", "2026-03-10T05:59"),
        ("22:00-06:00", "2026-03-10T06:00", "2026-03-10T22:00"),
        # The night in which clocks go forward: 08:00 is an hour nearer.
        ("08:00-18:00", "2026-03-07T19:00", "2026-03-08T08:00"),
    ],
)
def test_a_window_is_of_the_countys_wall_clock(window: str, now: str, opens_at: str) -> None:
    assert opens(window, ZONE, at(now)) == at(opens_at)


@given(st.floats(0.1, 500), st.lists(st.floats(0, 3), max_size=40))
def test_no_span_of_time_sees_more_than_its_rate_and_one_burst(rate: float, waits: list[float]) -> None:
    pace = Pace(Delivery(format="toy", carrier="http", per_second=rate), "UTC")
    now, began, sent = 1_000 * SECOND, 1_000 * SECOND, 0

    for waited in waits:
        now += int(waited * SECOND)
        room = pace.lets_through(now)
        pace.took(room)
        sent += room

    assert sent <= (now - began) / SECOND * rate + max(rate, 1.0) + 1e-6


def test_a_lane_that_may_send_nothing_now_is_told_when(still: int) -> None:
    pace = Pace(Delivery(format="toy", carrier="http", per_second=2.0), "UTC")

    pace.took(pace.lets_through(still))

    assert pace.lets_through(still) == 0
    assert still < pace.next_at(still) <= still + SECOND // 2 + 1
    assert pace.lets_through(pace.next_at(still)) == 1


def test_a_clock_that_is_put_back_holds_nobody_up() -> None:
    pace = Pace(Delivery(format="toy", carrier="http", per_second=2.0), "UTC")
    assert pace.lets_through(7200 * SECOND) == 2

    pace.took(2)

    assert pace.lets_through(0) == 0
    assert pace.lets_through(SECOND) == 2


def test_a_partner_without_wishes_has_no_pace() -> None:
    assert Pace.of(Delivery(format="toy", carrier="http"), "UTC") is None


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[Store]:
    with store(tmp_path) as made:
        yield made


def test_a_lane_sends_no_faster_than_its_partner_asked(kept: Store) -> None:
    to = clinic()
    began = clock.now()

    pace = Pace(Delivery(format="toy", carrier="http", per_second=20.0), "UTC")

    got, _ = play(kept, to, Partnerlike(), *(toy(n) for n in range(26)), until=drained, pace=pace)

    assert len(got) == 26
    assert clock.now() - began > 0.25 * SECOND


def test_outside_its_window_a_partner_gets_nothing(kept: Store) -> None:
    hour = datetime.fromtimestamp(clock.now() / SECOND, UTC).hour
    closed = f"{(hour + 2) % 24:02}:00-{(hour + 3) % 24:02}:00"
    carrier, pace = Partnerlike(), Pace(Delivery(format="toy", carrier="http", window=closed), "UTC")
    looks = iter(range(30))

    play(kept, clinic(), carrier, toy(1), until=lambda _: next(looks) > 20, pace=pace)

    assert carrier.got == []
