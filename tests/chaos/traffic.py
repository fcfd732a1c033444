"""A hospital's interface engine: it resends what was not acknowledged, reconnects when it is hung up on, and never gives up."""

from __future__ import annotations

import asyncio
import random
import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field

# A multiple of the connections, so that a person's messages travel over one of them.
PEOPLE = 96
UNITS = ("ED", "MED", "PSY", "ICU", "SURG")
_TRIGGERS = ("A01", "A08", "A04")
_ROOM = re.compile(rb"\rPV1\|1\|E\|\w+\^(\d+)\^")
_ACK = re.compile(rb"\rMSA\|(\w\w)\|([^|\r]*)")


def person(number: int) -> int:
    """Whose message it is: each person has many, in order."""
    return number % PEOPLE


def unit(number: int) -> str:
    """The unit that the message comes from."""
    return UNITS[number % 5]


def control(number: int) -> str:
    """MSH-10."""
    return f"C{number:07d}"


def message(number: int) -> bytes:
    """A distinct message: its number is the room, which every treating partner may see."""
    whose, when = person(number), f"20260301{number % 24:02d}{number % 60:02d}00-0600"
    trigger = _TRIGGERS[number % 3]
    born = f"19{50 + whose % 50}{1 + whose % 12:02d}{1 + whose % 28:02d}"
    segments = (
        f"MSH|^~\\&|EHR|GENHOSP|HUB|CRISIS|{when}||ADT^{trigger}^ADT_A01|{control(number)}|P|2.5.1|||AL|NE||UNICODE UTF-8",
        f"EVN|{trigger}|{when}",
        f"PID|1||M{whose:05d}^^^GENHOSP^MR||Doe{whose}^Jordan^Q||{born}|{'FM'[whose % 2]}",
        f"PV1|1|E|{unit(number)}^{number}^1^GENHOSP|E|||300^Nguyen^Linh{'|' * 12}V{number:07d}^^^GENHOSP^VN{'|' * 25}{when}",
    )
    return ("\r".join(segments) + "\r").encode()


def number_of(delivered: bytes) -> int:
    """Which message a delivery is about."""
    found = _ROOM.search(delivered)
    assert found, "a delivery without a room"
    return int(found[1])


@dataclass(slots=True)
class Sent:
    """What the senders know: acknowledged numbers, the codes they were told, and how often they had to send again."""

    acknowledged: set[int] = field(default_factory=set)
    codes: dict[str, int] = field(default_factory=dict)
    again: int = 0


@dataclass(slots=True)
class Hospital:
    """Connections that send one message at a time; a person's messages go over one of them, so they have an order."""

    port: int
    seed: int
    connections: int = 8
    sent: Sent = field(default_factory=Sent)
    begun: set[int] = field(default_factory=set)
    _stopping: bool = False

    def stop(self) -> None:
        """Begin nothing new; what was begun is sent until it is acknowledged."""
        self._stopping = True

    async def send(self) -> None:
        """Send until `stop`, and until everything begun is acknowledged."""
        async with asyncio.TaskGroup() as tasks:
            for lane in range(self.connections):
                tasks.create_task(self._lane(lane))

    def _numbers(self, lane: int) -> Iterator[int]:
        number = lane
        while not self._stopping:
            self.begun.add(number)
            yield number
            number += self.connections

    async def _lane(self, lane: int) -> None:
        dice = random.Random(f"{self.seed}/{lane}")
        link = Link(self.port, self.sent)
        for number in self._numbers(lane):
            await link.deliver(number)
            await asyncio.sleep(dice.random() * 0.06)
        link.close()


@dataclass(slots=True)
class Link:
    """One connection to the hub's door, made again whenever it breaks."""

    port: int
    sent: Sent
    patience_s: float = 10.0
    _reader: asyncio.StreamReader | None = None
    _writer: asyncio.StreamWriter | None = None

    async def deliver(self, number: int) -> None:
        """Send one message until it is acknowledged."""
        while True:
            with suppress(OSError, asyncio.IncompleteReadError, TimeoutError):
                async with asyncio.timeout(self.patience_s):
                    if await self._tried(number):
                        return
            self.close()
            self.sent.again += 1
            await asyncio.sleep(0.05)

    async def _tried(self, number: int) -> bool:
        if self._writer is None or self._reader is None:
            self._reader, self._writer = await asyncio.open_connection("127.0.0.1", self.port)
        self._writer.write(b"\x0b" + message(number) + b"\x1c\r")
        answer = await self._reader.readuntil(b"\x1c\r")
        found = _ACK.search(answer)
        assert found, "an answer without MSA"
        code, told = found[1].decode(), found[2].decode()
        assert told == control(number), "another message was acknowledged"
        self.sent.codes[code] = self.sent.codes.get(code, 0) + 1
        if code in ("AA", "CA"):
            self.sent.acknowledged.add(number)
        return code in ("AA", "CA")

    def close(self) -> None:
        """Hang up."""
        if self._writer:
            self._writer.close()
        self._reader = self._writer = None


def wanted(numbers: Iterable[int], units: tuple[str, ...] = UNITS) -> set[int]:
    """The messages that a partner must hear of which wants these units."""
    return {n for n in numbers if unit(n) in units}
