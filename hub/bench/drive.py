"""MLLP connections that send a message, wait for its acknowledgement, and send the next."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import cast

_START, _END = b"\x0b", b"\x1c\r"


@dataclass(slots=True)
class Tally:
    """What the senders saw: seconds per acknowledgement, codes, and the instants of the first send and last answer."""

    seconds: list[float] = field(default_factory=list)
    codes: dict[str, int] = field(default_factory=dict)
    began: float = 0.0
    ended: float = 0.0


class Sender(asyncio.Protocol):
    """One connection, one message outstanding."""

    def __init__(self, numbers: Iterator[int], make: Callable[[int], bytes], tally: Tally) -> None:
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._numbers, self._make, self._tally = numbers, make, tally
        self._buffer = b""
        self._sent_at = 0.0
        self._transport: asyncio.WriteTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Send the first."""
        self._transport = cast("asyncio.WriteTransport", transport)
        self._next()

    def data_received(self, data: bytes) -> None:
        """Count the answer and send the next."""
        self._buffer += data
        if self._buffer.endswith(_END):
            now = time.perf_counter()
            self._tally.seconds.append(now - self._sent_at)
            self._tally.ended = now
            code = _code(self._buffer)
            self._tally.codes[code] = self._tally.codes.get(code, 0) + 1
            self._buffer = b""
            self._next()

    def connection_lost(self, exc: Exception | None) -> None:
        """A lost connection ends this sender and says so."""
        if not self.done.done():
            self.done.set_exception(exc or ConnectionError("the hub closed the connection"))

    def _next(self) -> None:
        number = next(self._numbers, None)
        if number is None or self._transport is None:
            if not self.done.done():
                self.done.set_result(None)
            if self._transport:
                self._transport.close()
            return
        frame = _START + self._make(number) + _END
        self._sent_at = time.perf_counter()
        self._transport.write(frame)


def _code(answer: bytes) -> str:
    start = answer.find(b"\rMSA|")
    return answer[start + 5 : start + 7].decode("ascii", "replace") if start >= 0 else "??"


async def send(port: int, numbers: range, make: Callable[[int], bytes], connections: int) -> Tally:
    """Send all messages over so many connections; returns what the senders saw."""
    loop, tally, source = asyncio.get_running_loop(), Tally(), iter(numbers)
    tally.began = time.perf_counter()
    senders = [
        (await loop.create_connection(lambda: Sender(source, make, tally), "127.0.0.1", port))[1]
        for _ in range(connections)
    ]
    await asyncio.gather(*(sender.done for sender in senders))
    return tally
