"""A body of a request, within limits of size and time."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Final

from hub.doors.gate import Turned
from hub.doors.problem import Problem

PATIENCE_S: Final = 30.0


async def body_of(receive: Callable[[], Awaitable[MutableMapping[str, Any]]], most: int) -> bytes:
    """The whole body, up to so many bytes. Raises Turned for more, or where it does not come, all of it, in half a minute."""
    body, more = bytearray(), True
    try:
        async with asyncio.timeout(PATIENCE_S):
            while more:
                part = await receive()
                if part["type"] == "http.disconnect":
                    # Half of what somebody asked is another question, and its answer would reach nobody.
                    raise Turned(Problem(status=400, detail="The request ended before all of it was there."))
                body += part.get("body", b"")
                if len(body) > most:
                    hang_up = ((b"connection", b"close"),)
                    raise Turned(Problem(status=413, detail=f"This may have {most} bytes.", headers=hang_up))
                more = bool(part.get("more_body", False))
    except TimeoutError as late:
        raise Turned(Problem(status=408, detail="The body did not arrive in time.")) from late
    return bytes(body)
