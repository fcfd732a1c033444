"""What the signer remembers outside the data folder: the last tree it signed, so that a restored copy cannot sign another."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

from hub.errors import Misconfigured, ProofFailed, StoreUnavailable
from hub.tlog.tree import HASH_SIZE, HashAt, root_at

_SLOT_BYTES = 128
_SYNC_SECONDS = 1.0


class Signed(NamedTuple):
    """A tree that was signed."""

    size: int
    root: bytes


class Memory:
    """A file of two slots, written in turn, so that a write cut short leaves the one before.

    A power cut may lose the trees of the last second, never more: the file is synced that often, and before a checkpoint
    is published. Whoever can write here can make the hub refuse to start, or, with an old database too, sign a fork.
    """

    def __init__(self, path: Path, origin: str, *, apart_from: Path | None) -> None:
        """`apart_from`: the data folder, inside which the memory may not lie."""
        if apart_from and path.resolve().is_relative_to(apart_from.resolve()):
            raise Misconfigured(
                "The signer's memory may not lie in the data folder: both would be restored together.",
                at=str(path),
                cure=f"Name a place outside {apart_from}.",
            )
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._path, self._origin = path, origin
        self._fd = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        self._turn, self._synced_at = 0, 0.0
        self.last = self._read()

    def check(self, size: int, hash_at: HashAt) -> None:
        """Pass when the database's tree of `size` leaves begins with the last one signed; else `ProofFailed`."""
        if self.last is None:
            return
        if size < self.last.size:
            self._refuse(f"it has {size} ledger entries, and {self.last.size} were signed")
        if root_at(self.last.size, hash_at) != self.last.root:
            self._refuse(f"its first {self.last.size} ledger entries are not those that were signed")

    def remember(self, size: int, root: bytes) -> None:
        """Note a signed tree, before anybody is shown it."""
        self.last = signed = Signed(size, root)
        self._turn ^= 1
        self._carefully(lambda: os.pwrite(self._fd, self._slot(signed), self._turn * _SLOT_BYTES))
        if time.monotonic() - self._synced_at > _SYNC_SECONDS:
            self.sync()

    def sync(self) -> None:
        """Once this returns, what was remembered survives a power cut."""
        self._carefully(lambda: os.fdatasync(self._fd))
        self._synced_at = time.monotonic()

    def close(self) -> None:
        """Let go of the file, synced."""
        self.sync()
        os.close(self._fd)

    def _carefully(self, act: Callable[[], object]) -> None:
        try:
            act()
        except OSError as error:
            raise StoreUnavailable(
                f"The signer's memory takes nothing: {error.strerror}.", at=str(self._path)
            ) from error

    def _refuse(self, why: str) -> None:
        raise ProofFailed(
            f"This database is not the one that was signed last: {why}.",
            at=str(self._path),
            cure="Bring back the newest database; or let a backup go on under a new ledger name, by `crisis-hub restore` "
            "(docs/how-to/backup.md).",
        )

    def _slot(self, signed: Signed) -> bytes:
        text = f"{signed.size:020d} {signed.root.hex()} "
        return (text + self._check(text)).encode().ljust(_SLOT_BYTES - 1) + b"\n"

    def _check(self, text: str) -> str:
        return sha256(f"{self._origin}\n{text}".encode()).hexdigest()[:32]

    def _read(self) -> Signed | None:
        content = os.pread(self._fd, 2 * _SLOT_BYTES, 0)
        slots = [content[at : at + _SLOT_BYTES].decode(errors="replace") for at in (0, _SLOT_BYTES)]
        found = [signed for slot in slots if (signed := self._parse(slot))]
        if content.strip() and not found:
            self._refuse("the memory is of another ledger, or was harmed")
        return max(found, default=None)

    def _parse(self, slot: str) -> Signed | None:
        text, check = slot[: 20 + 1 + 2 * HASH_SIZE + 1], slot[20 + 1 + 2 * HASH_SIZE + 1 :].strip()
        if not check or check != self._check(text):
            return None
        size, root = text.split()
        return Signed(int(size), bytes.fromhex(root))
