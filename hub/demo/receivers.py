"""Partners that receive, as real ones would: over real sockets, answering each message, keeping their own copies."""

from __future__ import annotations

import asyncio
import hashlib
import socket
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Protocol

from aiohttp import web

_START: Final = b"\x0b"
_END: Final = b"\x1c\r"
_LOOK_S: Final = 0.05
_SILENCE_S: Final = 2.0


# The code by which a recall calls itself.
RECALL: Final = b'"recall"'


@dataclass(frozen=True, slots=True, kw_only=True)
class Copy:
    """One message as it arrived, under the id that its format or carrier gives it."""

    key: str
    body: bytes
    media_type: str

    @property
    def recalls(self) -> bool:
        """Whether it asks the partner to stop relying on something."""
        return RECALL in self.body


@dataclass(slots=True)
class Mailbox:
    """What one partner has received. A message that comes again under its key is known, answered alike and kept once.

    Recalls lie apart: they come on the hub's own account, whenever a revocation has been heeded.
    """

    copies: list[Copy] = field(default_factory=list)
    recalls: list[Copy] = field(default_factory=list)
    again: int = 0
    _changed: asyncio.Event = field(default_factory=asyncio.Event)

    def keep(self, copy: Copy) -> int:
        """The number of this message among those kept, from 1."""
        pile = self.recalls if copy.recalls else self.copies
        known = next((n for n, kept in enumerate(pile, 1) if kept.key == copy.key), 0)
        if known:
            self.again += 1
        else:
            pile.append(copy)
        self._changed.set()
        return known or len(pile)

    async def reaches(self, count: int, seconds: float) -> bool:
        """Whether at least `count` messages are there within so many seconds."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while len(self.copies) < count:
                    self._changed.clear()
                    await self._changed.wait()
        return len(self.copies) >= count


class Receiver(Protocol):
    """A partner's own system. It has its address from the start, and answers there between `open` and `close`."""

    mailbox: Mailbox
    address: str

    async def open(self) -> None:
        """Begin to answer."""
        ...

    async def close(self) -> None:
        """Stop answering; what was received is kept."""
        ...


def _bound() -> socket.socket:
    """A loopback port that is ours, and where nobody listens yet: whoever calls is refused, as by a system that is down."""
    found = socket.socket()
    found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    found.bind(("127.0.0.1", 0))
    return found


def _port(bound: socket.socket) -> str:
    return str(bound.getsockname()[1])


class MllpReceiver:
    """An interface engine that speaks HL7 v2: acknowledges each message by its own MSH-10 once it is kept."""

    def __init__(self) -> None:
        self.mailbox = Mailbox()
        self._socket = _bound()
        self.address = _port(self._socket)
        self._server: asyncio.Server | None = None
        self._talks: set[asyncio.StreamWriter] = set()

    async def open(self) -> None:
        """Begin to answer."""
        self._server = await asyncio.start_server(self._talk, sock=self._socket)

    async def close(self) -> None:
        """Stop answering."""
        if self._server:
            self._server.close()
            for writer in self._talks:
                writer.close()
            await self._server.wait_closed()
        self._socket.close()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._talks.add(writer)
        try:
            while frame := await reader.readuntil(_END):
                body = frame[frame.rindex(_START) + 1 : -len(_END)]
                writer.write(_START + self._answer(body) + _END)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()  # the hub hung up
        finally:
            self._talks.discard(writer)

    def _answer(self, body: bytes) -> bytes:
        header = body.split(b"\r", 1)[0].split(b"|")
        control = header[9].decode()
        self.mailbox.keep(Copy(key=control, body=body, media_type="x-application/hl7-v2+er7"))
        number = f"R{len(self.mailbox.copies):04}".encode()
        ours = b"|".join((*header[:2], *header[4:6], *header[2:4], *header[6:8], b"ACK", number, *header[10:12]))
        return ours + b"\rMSA|AA|" + header[9] + b"\r"


class HttpReceiver:
    """A system that takes POSTs: FHIR, records or vendor JSON. It answers 201 with its own id, and a known key with the same id.

    `troubles` says of each POST to come whether it "fails" with nothing kept, or is kept in "silence" for longer than anybody waits.
    """

    def __init__(self) -> None:
        self.mailbox = Mailbox()
        self.troubles: Iterator[str] = iter(())
        self._socket = _bound()
        self.address = _port(self._socket)
        self._runner: web.AppRunner | None = None

    async def open(self) -> None:
        """Begin to answer."""
        app = web.Application()
        app.router.add_post("/{tail:.*}", self._post)
        app.router.add_get("/{tail:.*}", self._look_up)
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        await web.SockSite(self._runner, self._socket).start()

    async def close(self) -> None:
        """Stop answering."""
        if self._runner:
            await self._runner.cleanup()
        self._socket.close()

    async def _post(self, request: web.Request) -> web.Response:
        body, trouble = await request.read(), next(self.troubles, "")
        if trouble == "fails":
            return web.Response(status=500)
        key = request.headers.get("Idempotency-Key") or hashlib.sha256(body).hexdigest()
        number = self.mailbox.keep(Copy(key=key, body=body, media_type=request.content_type))
        if trouble == "silence":
            await asyncio.sleep(_SILENCE_S)
        return web.json_response({"id": f"in-{number}"}, status=201)

    async def _look_up(self, request: web.Request) -> web.Response:
        key = request.query.get("message_id", "")
        return web.json_response(
            [{"id": f"in-{n}"} for n, copy in enumerate(self.mailbox.copies, 1) if copy.key == key]
        )


class FolderReceiver:
    """Somebody who looks into a folder and takes what is there. Files still being written begin with a dot."""

    def __init__(self, folder: Path) -> None:
        self.mailbox = Mailbox()
        self.address = str(folder)
        self._folder = folder
        self._looking: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Begin to look."""
        self._folder.mkdir(parents=True, exist_ok=True)
        self._looking = asyncio.create_task(self._look())

    async def close(self) -> None:
        """Stop looking."""
        if self._looking:
            self._looking.cancel()
            with suppress(asyncio.CancelledError):
                await self._looking

    async def _look(self) -> None:
        while True:
            for path in sorted(p for p in self._folder.iterdir() if p.is_file() and not p.name.startswith(".")):
                self.mailbox.keep(Copy(key=path.name, body=path.read_bytes(), media_type=path.suffix))
                path.unlink()
            await asyncio.sleep(_LOOK_S)


def receiver(carrier: str, folder: Path) -> Receiver:
    """The system that takes what this carrier brings; `folder` is where a partner with a folder looks."""
    return _RECEIVERS[carrier](folder)


_RECEIVERS: Final[dict[str, Callable[[Path], Receiver]]] = {
    "mllp": lambda _: MllpReceiver(),
    "http": lambda _: HttpReceiver(),
    "folder": FolderReceiver,
}
