"""Answers that leave on the tick, so that the work behind one tells nothing."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

TICK_S: Final = 0.1


@asynccontextmanager
async def ticked(tick_s: float = TICK_S) -> AsyncIterator[None]:
    """What is done within takes a whole number of ticks (seconds). An error leaves at once: it is the same for everybody."""
    clock = asyncio.get_running_loop().time
    began = clock()
    yield
    await asyncio.sleep(tick_s - (clock() - began) % tick_s)
