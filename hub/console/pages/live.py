"""Live: says *that* something changed, and never what; a page then fetches itself by the ordinary way, with the ordinary rights."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Final

from starlette.concurrency import run_in_threadpool
from starlette.responses import Response, StreamingResponse

from hub.console.page import Visit, own

_EVERY_S: Final = 1.0
# A browser comes back by itself: so often is it asked anew who is there.
_LASTS: Final = 120
_WORD_S: Final = 15


@own("/live", "Has something changed?")
def live(visit: Visit) -> Response:
    """Server-sent events. It keeps no session alive: whoever only looks on is signed out in time."""
    return StreamingResponse(_beats(visit.hub.pulse), media_type="text/event-stream")


async def _beats(pulse: Callable[[], int]) -> AsyncIterator[str]:
    last = await run_in_threadpool(pulse)
    yield f"retry: 3000\nid: {last}\n\n"
    for second in range(_LASTS):
        await asyncio.sleep(_EVERY_S)
        now = await run_in_threadpool(pulse)
        if now < 0:
            return
        if now != last:
            last = now
            yield f"event: changed\nid: {now}\ndata: {now}\n\n"
        elif second % _WORD_S == 0:
            yield ": here\n\n"
