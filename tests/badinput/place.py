"""A served hub with a small county, and the ways to talk to it badly: raw bytes at its MLLP door, anything at its HTTP door."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

import httpx

from tests.chaos import county, traffic
from tests.chaos.evidence import Evidence, Kept, evidence
from tests.chaos.served import Served, hub
from tests.ports import free_port
from tests.sinks import Sink, http_sink

T = TypeVar("T")
END = b"\x1c\r"
JSON, ER7 = "application/json", "x-application/hl7-v2+er7"
PATIENCE_S = 20.0
# What each format's partner is to the rules, and the law that its messages stand under.
SENDERS = {
    "eido": ("PSAP", "CJIS"),
    "fhir": ("CORESPONDER", "HIPAA"),
    "lifeline988": ("LIFELINE", "L988"),
    "rms": ("LE", "CJIS"),
    "hsds": ("SOCIAL_SVC", "OPEN"),
}
# The same of those who post XML.
XML_SENDERS = {
    "nemsis": ("CORESPONDER", "HIPAA"),
    "ccda": ("CORESPONDER", "HIPAA"),
    "ndex": ("LE", "CJIS"),
    "have": ("CORESPONDER", "OPEN"),
}


def token(name: str) -> str:
    """The bearer token of a sender."""
    return county.TOKEN if name == "hospital" else f"the-token-of-{name}"


def sender(name: str) -> dict[str, Any]:
    """A partner named after the one format that it posts."""
    kind, regime = (SENDERS | XML_SENDERS)[name]
    door = {"kind": "http", "token_sha256": sha256(token(name).encode()).hexdigest()}
    made = county.partner(name, kind, phone="555-555-0100", source={"format": name, "regime": regime, "doors": [door]})
    if regime == "CJIS":
        made["agreement"] |= {"kind": "CJIS", "hub_is": "cjis contractor"}
    return made


def framed(body: bytes) -> bytes:
    """A message in its MLLP block."""
    return b"\x0b" + body + END


@dataclass(slots=True)
class Ack:
    """An acknowledgement: its code, the message that it names, and its ERR segments."""

    code: str
    control: str
    errors: list[str] = field(default_factory=list)


class Wire:
    """One connection to the MLLP door."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_S)
        self._buffer = b""

    def send(self, data: bytes) -> None:
        """These bytes, as they are."""
        self._socket.sendall(data)

    def ack(self) -> Ack:
        """The next acknowledgement."""
        while END not in self._buffer:
            more = self._socket.recv(65536)
            if not more:
                raise ConnectionError("the door hung up")
            self._buffer += more
        frame, _, self._buffer = self._buffer.partition(END)
        lines = [line.split("|") for line in frame.lstrip(b"\x0b").decode().split("\r")]
        said = next(line for line in lines if line[0] == "MSA")
        return Ack(said[1], said[2], ["|".join(line) for line in lines if line[0] == "ERR"])

    def ask(self, body: bytes) -> Ack:
        """Send a message in its frame, and wait for its acknowledgement."""
        self.send(framed(body))
        return self.ack()

    def half_close(self) -> None:
        """Say that nothing more will come."""
        self._socket.shutdown(socket.SHUT_WR)

    def close(self) -> None:
        """Hang up."""
        self._socket.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


@dataclass(slots=True)
class Place:
    """A hub that runs, and its partners."""

    hub: Served
    sinks: dict[str, Sink]
    http: int = 0
    numbers: Iterator[int] = field(default_factory=lambda: iter(range(10_000, 1_000_000)))

    def wire(self) -> Wire:
        """A new connection of the hospital."""
        return Wire(self.hub.port)

    def post(
        self, body: bytes, *, as_: str = "hospital", media: str = ER7, path: str = "/messages", **headers: str
    ) -> httpx.Response:
        """POST some bytes as this sender."""
        said = {"authorization": f"Bearer {token(as_)}", "content-type": media} | {
            name.replace("_", "-"): value for name, value in headers.items()
        }
        with httpx.Client(trust_env=False, timeout=PATIENCE_S) as client:
            return client.post(f"http://127.0.0.1:{self.http}{path}", content=body, headers=said)

    @contextmanager
    def evidence(self) -> Iterator[Evidence]:
        """What its store says now."""
        with evidence(self.hub.config) as found:
            yield found

    def told(self, number: int) -> int:
        """How often the clinic was told of the message with this number."""
        return [traffic.number_of(request.body) for request in self.sinks["clinic"].requests].count(number)

    def rejects(self) -> list[str]:
        """Why things were turned away so far."""
        with self.evidence() as found:
            return found.rejects()

    def kept(self, message_id: str) -> Kept:
        """The one message that its sender calls this."""
        with self.evidence() as found:
            (one,) = [each for each in found.journal() if each.message_id == message_id]
        return one

    def still_works(self) -> None:
        """A good message is taken, and arrives at those who want it."""
        number = next(self.numbers)
        with self.wire() as wire:
            assert wire.ask(traffic.message(number)).code == "CA"
        arrived(lambda: self.told(number))


def arrived(look: Callable[[], T], seconds: float = PATIENCE_S) -> T:
    """Look until there is something; gives it."""
    until = time.monotonic() + seconds
    while not (found := look()):
        assert time.monotonic() < until, "it did not arrive"
        time.sleep(0.02)
    return found


class Sinks:
    """HTTP sinks that run beside the test, in a thread of their own."""

    def __init__(self, *names: str) -> None:
        self.found: dict[str, Sink] = {}
        self._names = names
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._open = AsyncExitStack()

    def __enter__(self) -> dict[str, Sink]:
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._start(), self._loop).result(PATIENCE_S)
        return self.found

    async def _start(self) -> None:
        for name in self._names:
            self.found[name] = await self._open.enter_async_context(http_sink())

    def __exit__(self, *_: object) -> None:
        asyncio.run_coroutine_threadsafe(self._open.aclose(), self._loop).result(PATIENCE_S)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(PATIENCE_S)
        self._loop.close()


@contextmanager
def place(
    folder: Path, *, source: dict[str, Any] | None = None, environment: dict[str, str] | None = None, **settings: Any
) -> Iterator[Place]:
    """A hub that serves: the hospital, a clinic that wants everything, police that may see nothing of it, and other senders.

    `source` is what is special about how the hospital sends; `settings` go into hub.yaml; `environment` to the processes.
    """
    port = free_port()
    with Sinks("clinic", "police") as sinks:
        config = county.write(
            folder,
            county.hospital(port, **source or {}),
            county.wanting("clinic", carrier="http", url=sinks["clinic"].url),
            county.wanting("police", "LE", carrier="http", url=sinks["police"].url),
            *map(sender, SENDERS | XML_SENDERS),
            **settings,
        )
        with hub(config, port) as served:
            served.environment |= environment or {}
            served.start()
            asyncio.run(served.listening())
            yield Place(served, sinks, http=asyncio.run(served.http()))
            assert served.alive(), served.said()[-2000:]
            assert served.stop() == 0, served.said()[-2000:]
