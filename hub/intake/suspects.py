"""Remembers across a crash which message was in hand: one that takes the process down twice running is kept and parked, unread."""

from __future__ import annotations

import json
import mmap
from pathlib import Path

_WIDTH = 64
TWICE = 2


class Suspects:
    """A page of shared memory on disk holds the digest in hand; it survives the process (not a power cut, which kills nobody twice)."""

    def __init__(self, folder: Path) -> None:
        """Read what the last run left in hand, and count it."""
        folder.mkdir(parents=True, exist_ok=True)
        self._counts_file = folder / "suspects.json"
        self._counts: dict[str, int] = json.loads(self._counts_file.read_text()) if self._counts_file.exists() else {}
        page = folder / "in-hand"
        if not page.exists() or page.stat().st_size != _WIDTH:
            page.write_bytes(bytes(_WIDTH))
        with page.open("r+b") as file:
            self._page = mmap.mmap(file.fileno(), _WIDTH)
        if left := self._page[:].rstrip(b"\0").hex():
            self._counts[left] = self._counts.get(left, 0) + 1
            self._write()
            self.put_down()

    def take(self, digest: bytes) -> None:
        """This message is in hand from now on."""
        self._page[:] = digest[:_WIDTH].ljust(_WIDTH, b"\0")

    def put_down(self) -> None:
        """Nothing is in hand."""
        self._page[:] = bytes(_WIDTH)

    def guilty(self, digest: bytes) -> bool:
        """Whether this message was in hand when the process died, twice or more."""
        return bool(self._counts) and self._counts.get(_named(digest), 0) >= TWICE

    def acquit(self, digest: bytes) -> None:
        """It was read and planned, and the process lives: when it was in hand at a crash, it only stood nearby."""
        if self._counts and self._counts.pop(_named(digest), 0):
            self._write()

    def close(self) -> None:
        """Let go of the page."""
        self._page.close()

    def _write(self) -> None:
        self._counts_file.write_text(json.dumps(self._counts))


def _named(digest: bytes) -> str:
    return digest[:_WIDTH].rstrip(b"\0").hex()
