"""Answers leave on a tick however long the work took; a refusal to write is told at once."""

from __future__ import annotations

import asyncio

import pytest

from hub.app.tick import ticked
from hub.errors import Lasting
from hub.store.result import Result, all_kept

TICK_S = 0.02


async def took(work_s: float) -> float:
    loop = asyncio.get_running_loop()
    began = loop.time()
    async with ticked(TICK_S):
        await asyncio.sleep(work_s)
    return loop.time() - began


async def test_no_answer_leaves_before_the_tick_that_ends_its_work() -> None:
    assert await took(0) >= TICK_S * 0.99
    assert await took(TICK_S * 1.2) >= 2 * TICK_S * 0.99


async def test_what_breaks_within_is_told() -> None:
    with pytest.raises(Lasting):
        async with ticked(TICK_S):
            raise Lasting("no")


def test_the_first_that_was_not_kept_is_raised_and_otherwise_all_are_given() -> None:
    first, second = Lasting("first"), Lasting("second")
    kept = (Result(seq=1), Result(seq=2))

    assert all_kept(kept) == kept
    assert all_kept(()) == ()
    with pytest.raises(Lasting, match="first"):
        all_kept((*kept, Result(error=first), Result(error=second)))
