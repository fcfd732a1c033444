"""The sealed parts of one commit, end to end in a blob, and where each lies."""

from __future__ import annotations

from typing import NamedTuple

import msgspec

from hub.model.entry import LedgerEntry


class Part(NamedTuple):
    """Where a sealed part lies in the blob of its commit."""

    start: int
    size: int


class Blob:
    """Sealed parts of one commit, end to end."""

    __slots__ = ("_parts", "size")

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self.size = 0

    def put(self, part: bytes) -> Part:
        """Append a part; says where it lies."""
        start = self.size
        self._parts.append(part)
        self.size += len(part)
        return Part(start, len(part))

    def __bytes__(self) -> bytes:
        return b"".join(self._parts)


class Sealed(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """What is sealed for an entry outside a message: its facts, and words that belong to it (a reason, a cause, a task)."""

    entry: LedgerEntry
    words: tuple[str, ...] = ()
