"""Publishing the ledger as it grows: tiles first, then the checkpoint, in a folder that any web server may serve."""

from __future__ import annotations

import time
from pathlib import Path

from hub.store.engine import Database
from hub.store.ledger import Ledger, write_file, write_tiles
from hub.store.signer import Memory
from hub.tlog.checkpoint import Checkpoint
from hub.tlog.notes import parse_note
from hub.tlog.tiles import tiles_grown

EVERY_SECONDS = 1.0


class Publisher:
    """Writes what is new to a folder, at most once a second; what a reader finds there always holds together."""

    def __init__(self, database: Database, folder: Path | None, memory: Memory, every: float = EVERY_SECONDS) -> None:
        """Without a folder nothing is published."""
        self._database, self._folder, self._memory, self._every = database, folder, memory, every
        self._at = 0.0
        self._size = _published(folder)

    def offer(self, size: int) -> None:
        """There are `size` entries now: publish them, unless something was published a moment ago."""
        if self._folder and time.monotonic() - self._at >= self._every:
            self.publish(size)

    def publish(self, size: int) -> None:
        """Publish every entry up to `size` that is not yet."""
        if self._folder is None or size <= self._size:
            return
        self._at = time.monotonic()
        # INVARIANT: the signer remembers, past a power cut, every tree that anybody was shown.
        self._memory.sync()
        with self._database.read() as connection:
            ledger = Ledger(connection)
            size = ledger.size
            write_tiles(ledger, tiles_grown(self._size, size), self._folder)
            write_file(self._folder / "checkpoint", ledger.checkpoint)
        self._size = size


def _published(folder: Path | None) -> int:
    """How far an earlier run had published."""
    path = folder / "checkpoint" if folder else None
    if path is None or not path.is_file():
        return 0
    return Checkpoint.parse(parse_note(path.read_bytes()).text).size
