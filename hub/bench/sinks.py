"""HTTP receivers that do nothing but count: how many distinct deliveries came, and how many came twice."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import cast

_OK = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
_HEAD_END = b"\r\n\r\n"


@dataclass(slots=True)
class Count:
    """What one destination received, by idempotency key."""

    keys: dict[bytes, int] = field(default_factory=dict)

    @property
    def distinct(self) -> int:
        """Deliveries, each counted once."""
        return len(self.keys)

    @property
    def repeated(self) -> int:
        """How often something came again under a key already seen: an idempotent partner ignores those."""
        return sum(self.keys.values()) - len(self.keys)


class Sink(asyncio.Protocol):
    """One keep-alive connection: reads POSTs by Content-Length and answers 200."""

    def __init__(self, count: Count) -> None:
        self._count = count
        self._buffer = b""
        self._transport: asyncio.WriteTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the way back."""
        self._transport = cast("asyncio.WriteTransport", transport)

    def data_received(self, data: bytes) -> None:
        """Answer every complete request in the buffer."""
        self._buffer += data
        while (end := self._buffer.find(_HEAD_END)) >= 0:
            head = self._buffer[:end].lower()
            whole = end + len(_HEAD_END) + int(_header(head, b"content-length") or b"0")
            if len(self._buffer) < whole:
                return
            key = _header(head, b"idempotency-key")
            self._count.keys[key] = self._count.keys.get(key, 0) + 1
            self._buffer = self._buffer[whole:]
            if self._transport:
                self._transport.write(_OK)


def _header(head: bytes, name: bytes) -> bytes:
    start = head.find(b"\r\n" + name + b":")
    if start < 0:
        return b""
    start += len(name) + 3
    end = head.find(b"\r\n", start)
    return head[start : end if end >= 0 else len(head)].strip()


async def listen(count: Count, host: str = "127.0.0.1") -> tuple[asyncio.Server, int]:
    """Serve one destination on a free loopback port; returns the server and the port."""
    server = await asyncio.get_running_loop().create_server(lambda: Sink(count), host, 0)
    return server, int(server.sockets[0].getsockname()[1])
