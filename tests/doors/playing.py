"""A sender at an MLLP door: it writes what it likes, as it likes, and reads acknowledgements one by one."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from ipaddress import ip_network

from hub.access.callers import Entrance
from hub.doors.mllp import Limits, MllpDoor
from tests.doors.desk import FakeDesk

HOME = (ip_network("127.0.0.0/8"),)
ENTRANCE = Entrance(partner="er", host="127.0.0.1", port=0, networks=HOME)


def message(
    control: str = "K1", *, header: str = "EHR|NORTH|HUB|HUB", modes: str = "", text: str = "", end: str = "\r"
) -> bytes:
    """A small ADT; `modes` is `AL|NE` and such."""
    lines = [f"MSH|^~\\&|{header}|20260315||ADT^A01^ADT_A01|{control}|P|2.5.1|||{modes}", f"PID|1||M1||{text}", ""]
    return end.join(lines).encode()


def framed(body: bytes) -> bytes:
    return b"\x0b" + body + b"\x1c\r"


@dataclass
class Sender:
    """One connection, seen from the partner's side."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def send(self, *parts: bytes) -> None:
        """Each part leaves as a packet of its own."""
        for part in parts:
            self.writer.write(part)
            await asyncio.sleep(0)

    async def ack(self) -> tuple[str, str]:
        """The next acknowledgement: its code and the message it names."""
        fields = await self.fields("MSA")
        return fields[1], fields[2]

    async def fields(self, segment: str) -> list[str]:
        """The fields of a segment of the next acknowledgement; none where it has no such segment."""
        return (await self.segments()).get(segment, [])

    async def segments(self) -> dict[str, list[str]]:
        frame = await self.reader.readuntil(b"\x1c\r")
        assert frame.startswith(b"\x0bMSH|"), frame
        lines = frame[1:-2].decode().rstrip("\r").split("\r")
        return {line[:3]: line.split("|") for line in lines}

    async def acks(self, count: int) -> list[tuple[str, str]]:
        return [await self.ack() for _ in range(count)]

    async def hears_nothing(self, within: float = 0.02) -> bool:
        """Whether nothing comes, and the connection stays."""
        try:
            await asyncio.wait_for(self.reader.readexactly(1), within)
        except TimeoutError:
            return True
        return False

    async def hung_up(self) -> bool:
        """Whether the door closes without another word."""
        try:
            return await self.reader.read() == b""
        except ConnectionError:
            return True


@dataclass
class Scene:
    """A door with a fake desk behind it, and whoever was alarmed."""

    door: MllpDoor
    desk: FakeDesk
    alarms: list[tuple[str, str]] = field(default_factory=list)
    tls: ssl.SSLContext | None = None

    @asynccontextmanager
    async def sender(self) -> AsyncIterator[Sender]:
        """A connection, for the length of a `with`."""
        name = "hub.example" if self.tls else None
        opened = await asyncio.open_connection("127.0.0.1", self.door.port, ssl=self.tls, server_hostname=name)
        try:
            yield Sender(*opened)
        finally:
            opened[1].transport.abort()


@asynccontextmanager
async def scene(
    entrance: Entrance = ENTRANCE,
    *,
    limits: Limits | None = None,
    desk: FakeDesk | None = None,
    server: ssl.SSLContext | None = None,
    client: ssl.SSLContext | None = None,
) -> AsyncIterator[Scene]:
    """An open door."""
    alarms: list[tuple[str, str]] = []
    desk = desk or FakeDesk()
    door = MllpDoor(entrance, desk, alarm=lambda kind, words: alarms.append((kind, words)), tls=server, limits=limits)
    await door.start()
    try:
        yield Scene(door, desk, alarms, client)
    finally:
        await door.stop(grace_s=0.1)
