"""Partners that receive: an HTTP and an MLLP sink on a real socket, fast enough to be measured against, that answer as they are told."""

from __future__ import annotations

import asyncio
import ssl
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Final, Generic, TypeVar, cast

OK: Final = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
# What a sink may do instead of answering.
SILENCE: Final = b""
HANG_UP: Final = None
Reply = bytes | None
S = TypeVar("S", "Sink", "MllpSink")


def reply(status: int, body: bytes = b"", **headers: str) -> bytes:
    """An HTTP answer; `Retry_After="5"` becomes the header Retry-After."""
    lines = [f"HTTP/1.1 {status} said", *(f"{name.replace('_', '-')}: {value}" for name, value in headers.items())]
    return "\r\n".join([*lines, f"Content-Length: {len(body)}", "", ""]).encode() + body


@dataclass(slots=True, kw_only=True)
class Request:
    """One request as it came."""

    line: str
    headers: dict[str, str]
    body: bytes


@dataclass(slots=True)
class Sink:
    """What came, and what to say next: the script first, then `otherwise`, `delay_s` seconds late.

    With `apart_s` the last ten bytes come so many seconds after the others.

    `keep=False` only counts, for measuring.
    """

    otherwise: Reply = OK
    delay_s: float = 0.0
    apart_s: float = 0.0
    keep: bool = True
    port: int = 0
    count: int = 0
    connections: int = 0
    script: deque[Reply] = field(default_factory=deque)
    requests: list[Request] = field(default_factory=list)
    open: set[asyncio.Transport] = field(default_factory=set)

    @property
    def url(self) -> str:
        """Where to send."""
        return f"http://127.0.0.1:{self.port}/in"

    def next(self) -> Reply:
        """What to answer now."""
        return self.script.popleft() if self.script else self.otherwise


class _Line(asyncio.Protocol, Generic[S]):
    def __init__(self, sink: S) -> None:
        self.sink: S = sink
        self.buffer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)
        self.sink.open.add(self.transport)
        self.sink.connections += 1

    def connection_lost(self, exc: Exception | None) -> None:
        self.sink.open.discard(self.transport)


class _HttpLine(_Line["Sink"]):
    def data_received(self, data: bytes) -> None:
        self.buffer += data
        while (ends := self.buffer.find(b"\r\n\r\n")) >= 0:
            head = self.buffer[:ends]
            at = head.lower().find(b"\r\ncontent-length:")
            size = int(head[at + 17 :].split(b"\r", 1)[0]) if at >= 0 else 0
            if len(self.buffer) < ends + 4 + size:
                return
            body, self.buffer = self.buffer[ends + 4 : ends + 4 + size], self.buffer[ends + 4 + size :]
            self._take(head, body)

    def _take(self, head: bytes, body: bytes) -> None:
        self.sink.count += 1
        if self.sink.keep:
            line, *headers = head.decode("latin-1").split("\r\n")
            named = {name.lower(): value for name, value in (header.split(": ", 1) for header in headers)}
            self.sink.requests.append(Request(line=line, headers=named, body=body))
        answer, apart_s = self.sink.next(), self.sink.apart_s
        if apart_s and answer:
            answer, rest = answer[:-10], answer[-10:]
            _say(self.transport, rest, self.sink.delay_s + apart_s)
        _say(self.transport, answer, self.sink.delay_s)


def _say(transport: asyncio.Transport, answer: Reply, delay_s: float) -> None:
    if delay_s:
        asyncio.get_running_loop().call_later(delay_s, _say, transport, answer, 0.0)
    elif answer is None:
        transport.abort()
    elif answer and not transport.is_closing():
        transport.write(answer)


class _MllpLine(_Line["MllpSink"]):
    def data_received(self, data: bytes) -> None:
        self.buffer += data
        *whole, self.buffer = self.buffer.split(b"\x1c\r")
        for frame in whole:
            body = frame.partition(b"\x0b")[2]
            self.sink.count += 1
            if self.sink.keep:
                self.sink.messages.append(body)
            self.sink.arrived.set()
            said = self.sink.answers.popleft() if self.sink.answers else self.sink.otherwise
            _say(self.transport, said(body), self.sink.delay_s)


def framed(text: str) -> bytes:
    """A message in its MLLP block."""
    return b"\x0b" + text.encode() + b"\x1c\r"


def ack(code: str, *, to: str | None = None, error: str = "") -> Callable[[bytes], Reply]:
    """An answer with this code to the message that came, or to another id, `to`; `error` is a code of ERR-3."""

    def answer(body: bytes) -> Reply:
        control = body.split(b"\r", 1)[0].split(b"|")[9].decode() if to is None else to
        err = f"ERR|||{error}|E\r" if error else ""
        return framed(f"MSH|^~\\&|P|P|HUB|HUB|20260315||ACK|{control}-A|P|2.5.1\rMSA|{code}|{control}\r{err}")

    return answer


@dataclass(slots=True)
class MllpSink:
    """An MLLP partner: what came, and how to answer next: `answers` first, then `otherwise`, `delay_s` seconds late."""

    otherwise: Callable[[bytes], Reply] = field(default_factory=lambda: ack("AA"))
    delay_s: float = 0.0
    keep: bool = True
    port: int = 0
    count: int = 0
    connections: int = 0
    answers: deque[Callable[[bytes], Reply]] = field(default_factory=deque)
    messages: list[bytes] = field(default_factory=list)
    arrived: asyncio.Event = field(default_factory=asyncio.Event)
    open: set[asyncio.Transport] = field(default_factory=set)

    def say(self, data: bytes) -> None:
        """Write to every open connection, asked or not."""
        for transport in self.open:
            transport.write(data)


@asynccontextmanager
async def http_sink(*script: Reply, otherwise: Reply = OK, tls: ssl.SSLContext | None = None) -> AsyncIterator[Sink]:
    """An HTTP sink on a port of the system's choice, for the length of a `with`."""
    sink = Sink(otherwise, script=deque(script))
    async with _listening(lambda: _HttpLine(sink), sink, tls):
        yield sink


@asynccontextmanager
async def mllp_sink(*answers: Callable[[bytes], Reply], tls: ssl.SSLContext | None = None) -> AsyncIterator[MllpSink]:
    """An MLLP sink on a port of the system's choice, for the length of a `with`."""
    sink = MllpSink(answers=deque(answers))
    async with _listening(lambda: _MllpLine(sink), sink, tls):
        yield sink


@asynccontextmanager
async def _listening(
    line: Callable[[], asyncio.Protocol], sink: Sink | MllpSink, tls: ssl.SSLContext | None
) -> AsyncIterator[None]:
    server = await asyncio.get_running_loop().create_server(line, "127.0.0.1", 0, ssl=tls)
    sink.port = server.sockets[0].getsockname()[1]
    try:
        yield
    finally:
        server.close()
        for transport in list(sink.open):
            transport.abort()
        await server.wait_closed()
