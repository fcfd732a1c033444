"""Publishing the ledger as it grows: tiles first, then the checkpoint, in a folder that any web server may serve."""

from __future__ import annotations

import shutil
import time
from pathlib import Path

from hub.errors import ProofFailed
from hub.store.asking.ledger import Ledger, write_file, write_tiles
from hub.store.engine import Database
from hub.store.writing.signer import Memory
from hub.tlog.checkpoint import Checkpoint
from hub.tlog.notes import parse_note
from hub.tlog.tiles import ENTRIES, HEIGHT, WIDTH, Tile, tiles_grown

EVERY_SECONDS = 1.0


class Publisher:
    """Writes what is new to a folder, at most once a second; what a reader finds there always holds together.

    Partial tiles stay until the next but one publication, and where their tile is full, no longer.
    """

    def __init__(self, database: Database, folder: Path | None, memory: Memory) -> None:
        """Without a folder nothing is published."""
        self._database, self._folder, self._memory = database, folder, memory
        self._at = 0.0
        self._size = self._before = _published(folder)

    def behind(self, size: int) -> bool:
        """Whether there are entries that nobody was shown."""
        return self._folder is not None and size > self._size

    def offer(self, size: int) -> None:
        """There are `size` entries now: publish them, unless something was published a moment ago."""
        if self._folder and time.monotonic() - self._at >= EVERY_SECONDS:
            self.publish(size)

    def publish(self, size: int) -> None:
        """Publish every entry up to `size` that is not yet."""
        if self._folder is None or not self.behind(size):
            return
        self._at = time.monotonic()
        # INVARIANT: the signer remembers, past a power cut, every tree that anybody was shown.
        self._memory.sync()
        with self._database.read() as connection:
            ledger = Ledger(connection)
            size = ledger.size
            write_tiles(ledger, tiles_grown(self._size, size), self._folder)
            write_file(self._folder / "checkpoint", ledger.checkpoint)
        self._sweep(self._folder, size)
        self._before, self._size = self._size, size

    def _sweep(self, folder: Path, size: int) -> None:
        """Take away the partial tiles that no reader of the last two checkpoints looks for."""
        for tile in _edge(self._before) - _edge(self._size) - _edge(size):
            (folder / tile.path).unlink(missing_ok=True)
        for tile in tiles_grown(self._size, size):
            if tile.width == WIDTH:
                shutil.rmtree(folder / f"{tile.path}.p", ignore_errors=True)


def _edge(size: int) -> set[Tile]:
    """The partial tiles of a tree.

    >>> sorted(tile.path for tile in _edge(300))
    ['tile/0/001.p/44', 'tile/1/000.p/1', 'tile/entries/001.p/44']
    """
    counts = [(ENTRIES, size), *((level, size >> HEIGHT * level) for level in range(size.bit_length()))]
    return {Tile(level=level, index=count // WIDTH, width=count % WIDTH) for level, count in counts if count % WIDTH}


def _published(folder: Path | None) -> int:
    """How far an earlier run had published."""
    path = folder / "checkpoint" if folder else None
    if path is None or not path.is_file():
        return 0
    try:
        return Checkpoint.parse(parse_note(path.read_bytes()).text).size
    except (ProofFailed, UnicodeDecodeError):
        # What is published is a copy. One that broke is published again from the first leaf on.
        return 0
