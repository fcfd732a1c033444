"""MLLP without a socket: bytes in, frames and faults out. VT starts a message, FS ends it, whatever stands between is noise.

The same events come out however the bytes were cut into packets, and no more than one message is ever held.
"""

from __future__ import annotations

import re
from typing import Final, Literal

import msgspec

VT: Final = b"\x0b"
FS: Final = b"\x1c"
_START: Final = re.compile(rb"\x0b(?=MSH|FHS|BHS)")
# Enough for any MSH: a fault keeps it so that the sender can be told which message was not taken.
_HEAD: Final = 4096

# noise     bytes outside any frame, other than blanks and line ends
# empty     a frame without a message
# oversize  a frame beyond the limit; the rest of it is dropped
# unended   a frame in which the next one starts: its FS is missing, so nobody knows whether all of it came
# cut       the connection ended inside a frame
Kind = Literal["noise", "empty", "oversize", "unended", "cut"]


class Frame(msgspec.Struct, frozen=True, gc=False):
    """One whole frame: the bytes between VT and FS."""

    body: bytes

    def __repr__(self) -> str:
        """How much it holds; never what."""
        return f"<Frame of {len(self.body)} bytes>"


class Fault(msgspec.Struct, frozen=True, gc=False):
    """Bytes that were not a message, and how they began: an answer is due when a control id can be read from `head`."""

    kind: Kind
    head: bytes = b""

    def __repr__(self) -> str:
        """What went wrong; never what was said."""
        return f"<Fault {self.kind}>"


class Frames:
    r"""The frames of one connection, up to `limit` bytes each.

    >>> frames = Frames(limit=1000)
    >>> frames.feed(b"\x0bMSH|1\r\x1c\r\x0bMS"), frames.feed(b"H|2\r\x1c")
    ([<Frame of 6 bytes>], [<Frame of 6 bytes>])
    """

    def __init__(self, limit: int) -> None:
        """`limit`: the most bytes one message may have."""
        self._limit = limit
        self._head = min(limit, _HEAD)
        self._held = bytearray()
        self._searched = 0
        self._noise = bytearray()
        self._read = self._between

    def feed(self, data: bytes) -> list[Frame | Fault]:
        """What these bytes complete, in order. They may end anywhere."""
        self._held += data
        events: list[Frame | Fault] = []
        while self._read(events):
            pass
        return events

    def close(self) -> list[Frame | Fault]:
        """What was left over when the connection ended."""
        events: list[Frame | Fault] = []
        if self._read == self._within:
            events.append(Fault("cut", bytes(self._held[: self._head])))
        self._complain(events)
        return events

    def _between(self, events: list[Frame | Fault]) -> bool:
        """Pass over noise up to the next VT. A stray FS ends the noise before it."""
        if not self._held:
            return False
        if not self._noise and self._held.startswith(VT):
            return self._open(1)
        found = [place for place in (self._held.find(VT), self._held.find(FS)) if place >= 0]
        noise = self._held[: min(found)] if found else self._held
        self._noise += (noise if self._noise else noise.lstrip())[: self._head - len(self._noise)]
        if not found:
            self._held.clear()
            return False
        self._complain(events)
        if self._held[min(found)] == VT[0]:
            return self._open(min(found) + 1)
        del self._held[: min(found) + 1]
        return True

    def _open(self, place: int) -> bool:
        del self._held[:place]
        self._read = self._within
        return True

    def _within(self, events: list[Frame | Fault]) -> bool:
        """Wait for the FS, searching each byte once."""
        end = self._held.find(FS, self._searched)
        self._searched = len(self._held)
        if (end if end >= 0 else self._searched) > self._limit:
            events.append(Fault("oversize", bytes(self._held[: self._head])))
            self._read = self._dropping
            return True
        if end < 0:
            return False
        body = bytes(self._held[:end])
        self._finish(end)
        events += _told_apart(body, self._head) if VT in body else [_framed(body)]
        return True

    def _dropping(self, events: list[Frame | Fault]) -> bool:
        """Pass over the rest of a frame that is too large."""
        end = self._held.find(FS)
        if end < 0:
            self._held.clear()
            return False
        self._finish(end)
        return True

    def _finish(self, end: int) -> None:
        # The CR that belongs to the frame; one that comes late is passed over as a blank.
        del self._held[: end + (2 if self._held[end + 1 : end + 2] == b"\r" else 1)]
        self._searched = 0
        self._read = self._between

    def _complain(self, events: list[Frame | Fault]) -> None:
        if self._noise:
            events.append(Fault("noise", bytes(self._noise)))
            self._noise.clear()


def _framed(body: bytes) -> Frame | Fault:
    return Frame(body) if body and not body.isspace() else Fault("empty")


def _told_apart(body: bytes, head: int) -> list[Frame | Fault]:
    """A body with VT in it: where that starts a message, the one before it never ended; elsewhere it is text."""
    *unended, whole = _START.split(body)
    return [*(Fault("unended", part[:head]) for part in unended if part), _framed(whole)]
