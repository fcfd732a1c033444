"""Waiting between tries, and the breaker."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from hub.courier.patience import Breaker, wait
from hub.partners import Delivery
from hub.spans import SECOND

DELIVERY = Delivery(format="fhir", carrier="http", first_wait_s=1, longest_wait_s=60)


@given(st.integers(1, 10_000), st.floats(0, 0.999999))
def test_a_wait_never_exceeds_its_ceiling(attempt: int, roll: float) -> None:
    ceiling = min(60.0, 2.0 ** min(attempt - 1, 40))

    waited = wait(DELIVERY, attempt, None, lambda: roll)

    assert 0 <= waited <= ceiling * SECOND


@given(st.integers(1, 50), st.floats(0, 3600))
def test_a_partner_that_asks_for_patience_gets_it(attempt: int, asked: float) -> None:
    assert wait(DELIVERY, attempt, asked, lambda: 0.0) >= int(asked * SECOND)


def test_the_breaker_opens_once_probes_alone_and_closes_once() -> None:
    told: list[bool] = []
    breaker = Breaker(tolerated=3, first_pause=5 * SECOND, spoke=told.append)

    for _ in range(3):
        breaker.sent()
        breaker.failed(now=100)

    assert breaker.is_open()
    assert breaker.lets_through(100) == 0
    assert breaker.lets_through(100 + 5 * SECOND) == 1
    breaker.sent()
    assert breaker.lets_through(100 + 5 * SECOND) == 0
    breaker.failed(now=200)
    assert breaker.lets_through(200 + 5 * SECOND) == 0
    assert breaker.lets_through(200 + 10 * SECOND) == 1
    breaker.answered()
    assert not breaker.is_open()
    assert breaker.lets_through(0) > 1000
    assert told == [True, False]


def test_an_answer_forgets_earlier_failures() -> None:
    breaker = Breaker(tolerated=2)

    for _ in range(10):
        breaker.failed(0)
        breaker.answered()

    assert not breaker.is_open()


def test_a_clock_that_is_put_back_does_not_keep_the_breaker_open() -> None:
    breaker = Breaker(tolerated=1)
    breaker.failed(now=7200 * SECOND)

    assert breaker.lets_through(7200 * SECOND) == 0
    assert breaker.lets_through(SECOND) == 1
