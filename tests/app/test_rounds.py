"""Rounds go on whatever one look comes to, tell once that they fail and once that they go on, and are alarmed about."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from hub.app import rounds
from hub.app.rounds import WORRYING, Round, every, kept
from hub.errors import StoreUnavailable
from hub.spans import SECOND

CANARY = "Zebrafinch"


@pytest.fixture
def logged() -> Iterator[list[Any]]:
    with capture_logs() as found:
        yield found


def of(*comes: Exception | None) -> Round:
    """A round whose looks come to these, one after the other."""
    turns = iter(comes)

    async def look(_: int) -> None:
        if (fault := next(turns)) is not None:
            raise fault

    return Round(name="trial", look=look, pace=lambda _: 0.0)


async def looked(one: Round, times: int) -> None:
    for _ in range(times):
        await one.once()


async def test_it_tells_once_that_it_fails_and_once_that_it_goes_on(logged: list[Any]) -> None:
    gone = StoreUnavailable("The disk is full.")
    one = of(None, gone, gone, gone, None, None)

    await looked(one, 6)

    assert [line["event"] for line in logged] == ["round fails", "round goes on"]
    assert (one.looks, one.failures, one.fails, one.in_a_row) == (6, 3, "", 0)
    assert one.well_at > 0


async def test_a_fault_of_ours_is_told_without_its_words(logged: list[Any]) -> None:
    one = of(ValueError(CANARY))

    await looked(one, 1)

    assert "ValueError" in one.fails
    assert CANARY not in str(logged) + one.fails


async def test_it_is_worrying_only_after_a_while() -> None:
    one = of(*[StoreUnavailable("gone")] * WORRYING)
    await looked(one, WORRYING)

    assert not one.worrying(one.since + 59 * SECOND)
    assert one.worrying(one.since + 60 * SECOND)


async def test_they_run_side_by_side_until_they_are_let_go() -> None:
    fails, well = of(), Round(name="well", look=_nothing, pace=lambda _: 0.001)
    fails.pace = lambda _: 0.001

    async with kept([fails, well]):
        while min(fails.looks, well.looks) < 3:  # noqa: ASYNC110 - looks have no event
            await asyncio.sleep(0.001)
    ended = (fails.looks, well.looks)
    await asyncio.sleep(0.01)

    assert (fails.looks, well.looks) == ended
    assert fails.failures == fails.looks


async def _nothing(_: int) -> None:
    """Nothing to be done."""


def test_paces_differ_and_stay_within_a_tenth() -> None:
    found = {every(10.0)(0.0) for _ in range(50)}

    assert len(found) > 10
    assert all(9.0 <= each <= 11.0 for each in found)


def test_no_other_module_of_the_app_loops_by_itself() -> None:
    """`front` and `serve` keep lanes and the other process going, which end only when they break."""
    looping = {path.name for path in Path(rounds.__file__).parent.rglob("*.py") if "while True:" in path.read_text()}

    assert looping == {"rounds.py", "front.py", "serve.py"}
