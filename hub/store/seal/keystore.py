"""The keystore: independent random keys by owner, use and period, made when first needed, wrapped in a file of its own.

Crash order, which the store relies on: `need` makes keys in memory, `flush` makes all of them durable in one sync, and only then
may the payloads sealed under them be committed. After a crash in between the file holds orphans, which open nothing and
are swept; never a payload without its key.

One thread of one process, the writer, makes keys. Other threads may read through the same object; other processes open
the file themselves, read its tail on a miss, and call `follow` before each unit of work, so that destroyed keys leave their memory.

An attacker who owns this file learns which random identity ids had keys for which use in which month, and, without the
key-encryption key, nothing else. One who may write to it can make records unreadable, which shows at once, but can
neither forge a key nor exchange two.
"""

from __future__ import annotations

import os
from collections import OrderedDict
from collections.abc import Collection, Iterable, Iterator
from itertools import chain
from pathlib import Path
from threading import Lock
from typing import NamedTuple

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from hub.errors import Conflict, KeyUnavailable, NotAllowed
from hub.store.seal import disk
from hub.store.seal.custody import Custody
from hub.store.seal.frames import HOLD_KEYS, Frame, FrameWriter, Kind, unwrapped
from hub.store.seal.key import SECRET_BYTES, Key
from hub.store.seal.log import KeyLog
from hub.store.seal.names import IDENTITY_BYTES, KeyRef, described, new_identity, of_the_house

# Keys kept unwrapped: about 1.3 KB each.
CACHED_KEYS = 16_384


class Bond(NamedTuple):
    """An identity that stands for several people at once, and these people."""

    shared: bytes
    members: tuple[bytes, ...]


class Keystore:
    """Keys by name. Make one with `create` (no keystore yet) or the constructor (there is one)."""

    def __init__(self, path: Path, custody: Custody, *, writer: bool = False, at_least: int = 0) -> None:
        """Open the keystore at `path`, as its one writer or as a reader.

        `at_least`: the mark that the last committed transaction recorded; an older copy of the keystore is refused.
        `KeyUnavailable` names the cure when the file is missing, harmed or older, or the key file is the wrong one;
        `Conflict` when another process writes it.
        """
        self._custody = custody
        self._log = KeyLog(path, writer=writer, at_least=at_least)
        self._lock = Lock()
        self._keks: dict[int, AESGCM] = {}
        self._cache: OrderedDict[KeyRef, Key] = OrderedDict()
        self._pending: dict[KeyRef, bytes] = {}
        self._bonds: list[Bond] = []
        self._generation = 0
        try:
            self._renew()
        except KeyUnavailable:
            self._log.close()
            raise

    @classmethod
    def create(cls, path: Path, custody: Custody, *, apart_from: Path) -> Keystore:
        """Make an empty keystore outside the data folder `apart_from`, and open it as its writer."""
        disk.outside(path, apart_from)
        if path.exists():
            raise Conflict("There is a keystore already.", at=str(path), cure="Keep it: no data opens without it.")
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        version = custody.versions()[-1]
        kek = AESGCM(custody.key(version))
        frames = FrameWriter(kek=kek, version=version, store=os.urandom(IDENTITY_BYTES), after=0)
        disk.put(path, frames.canary())
        return cls(path, custody, writer=True)

    # --- keys

    def key(self, ref: KeyRef) -> Key:
        """The key of this name; `KeyUnavailable` when it was never made, or destroyed."""
        return self._cache.get(ref) or self._fetched(ref, make=False)

    def need(self, ref: KeyRef) -> Key:
        """The key of this name, made now when there is none: for sealing. Only the writer makes keys; for readers see `key`."""
        return self._cache.get(ref) or self._fetched(ref, make=self._log.writer)

    def share(self, members: Collection[bytes]) -> bytes:
        """A new identity for bytes about several people: its keys are destroyed with those of the first of them."""
        self._only_writer()
        if not members:
            raise ValueError("Shared bytes are about somebody.")
        shared = new_identity()
        self._bonds.append(Bond(shared, tuple(sorted(set(members)))))
        return shared

    # --- durability

    @property
    def mark(self) -> int:
        """A number that grows with each durable group of keys: the store records it in the transaction that relies on them."""
        return self._log.mark

    @property
    def version(self) -> int:
        """The version of the key-encryption key that wraps this keystore."""
        return self._log.version

    def flush(self) -> int:
        """Once this returns, every key made so far survives a power cut: one sync for all. Gives the mark.

        `StoreUnavailable` when the disk takes nothing; the keys stay pending and the next flush tries again.
        """
        if self._pending or self._bonds:
            frames = b"".join(self._fresh_frames())
            with self._lock:
                self._log.append(frames)
                self._pending.clear()
                self._bonds.clear()
        return self._log.mark

    def reach(self, mark: int) -> None:
        """Pass when everything up to this mark is here; `KeyUnavailable` when this is an older copy."""
        if self.mark < mark:
            raise KeyUnavailable(
                f"The keystore ends at mark {self.mark}, the database relies on {mark}: it is an older copy.",
                at=str(self.path),
                cure="Put the newest keystore back beside its key file.",
            )

    def follow(self) -> None:
        """As a reader, take in what the writer did: new keys are found, destroyed ones leave memory. Costs 2 µs."""
        with self._lock:
            if not self._log.writer:
                self._log.follow()
            self._renew()

    def close(self) -> None:
        """Forget every key and let go of the file. Keys that were not flushed are gone."""
        self._evict()
        self._pending.clear()
        self._log.close()

    # --- the whole keystore, for those who rewrite, verify or list it

    @property
    def path(self) -> Path:
        """Where the keystore lies."""
        return self._log.path

    @property
    def writer(self) -> bool:
        """Whether this process makes keys."""
        return self._log.writer

    @property
    def custody(self) -> Custody:
        """Who keeps its key-encryption keys."""
        return self._custody

    @property
    def torn(self) -> int:
        """Bytes of a write that a crash cut short, taken off when the file was opened: worth a line in the log."""
        return self._log.torn

    @property
    def count(self) -> int:
        """How many keys are durable."""
        return self._log.count

    @property
    def house(self) -> frozenset[KeyRef]:
        """The durable keys that belong to the hub and not to source identities: few. A new set whenever one is added."""
        return self._log.house

    def names(self) -> Iterator[bytes]:
        """The names of every durable key, packed, frame by frame."""
        return (frame.clear for frame in self._log.frames() if frame.kind in HOLD_KEYS)

    def opened(self, *kinds: Kind) -> Iterator[tuple[Frame, bytes]]:
        """Every durable frame of these kinds with what it hides."""
        return ((frame, self._unwrapped(frame)) for frame in self._log.frames() if frame.kind in kinds)

    def rewrite(self, version: int, content: Iterable[tuple[Kind, bytes, bytes]]) -> None:
        """Replace the file by one of this content under a version of the key-encryption key, and forget every key in memory.

        Once this returns the new file is durable and the old one overwritten.
        """
        self._only_writer()
        self.flush()
        frames = self._frame_writer(version)
        with self._lock:
            self._log.rewrite(chain([frames.canary()], (frames.frame(*each) for each in content)))
            self._renew()

    # --- inside

    def _fetched(self, ref: KeyRef, *, make: bool) -> Key:
        """A key that is not at hand: from the file, or made."""
        with self._lock:
            secret = self._secret(ref)
            if secret is None:
                if not make:
                    raise KeyUnavailable("This key was destroyed, or never made.", at=described(ref))
                secret = self._pending[ref] = os.urandom(SECRET_BYTES)
            return self._kept(ref, secret)

    def _secret(self, ref: KeyRef) -> bytes | None:
        if pending := self._pending.get(ref):
            return pending
        found = self._log.find(ref)
        self._renew()
        if found is None:
            return None
        frame, place = found
        return self._unwrapped(frame)[place * SECRET_BYTES : (place + 1) * SECRET_BYTES]

    def _kept(self, ref: KeyRef, secret: bytes) -> Key:
        """Keep a key at hand, under the lock; the one kept longest leaves."""
        key = self._cache[ref] = Key(secret)
        if len(self._cache) > CACHED_KEYS:
            self._cache.popitem(last=False)
        return key

    def _only_writer(self) -> None:
        if not self._log.writer:
            raise NotAllowed("Only the writer shares or destroys keys.", at=str(self.path))

    def _renew(self) -> None:
        """Forget what was unwrapped from a file that has been replaced."""
        while self._generation != self._log.generation:
            self._evict()
            try:
                self._try_canary()
            except KeyUnavailable:
                if not self._log.replaced():
                    raise
                # A destroying overtook us: the file we had just read is gone, and its key-encryption key with it.
                self._log.follow()
            else:
                self._generation = self._log.generation

    def _evict(self) -> None:
        self._cache.clear()
        self._keks.clear()

    def _fresh_frames(self) -> Iterator[bytes]:
        frames = self._frame_writer(self.version)
        for bond in self._bonds:
            yield frames.frame(Kind.BOND, b"", bond.shared + b"".join(bond.members))
        fresh: dict[Kind, list[tuple[bytes, bytes]]] = {kind: [] for kind in HOLD_KEYS}
        for item in self._pending.items():
            fresh[Kind.HOUSE if of_the_house(item[0]) else Kind.KEYS].append(item)
        for kind, keys in fresh.items():
            yield from frames.keys(kind, keys)

    def _frame_writer(self, version: int) -> FrameWriter:
        return FrameWriter(kek=self._kek(version), version=version, store=self._log.store, after=self.mark)

    def _kek(self, version: int) -> AESGCM:
        if version not in self._keks:
            self._keks[version] = AESGCM(self._custody.key(version))
        return self._keks[version]

    def _unwrapped(self, frame: Frame) -> bytes:
        return unwrapped(frame, self._kek(frame.version), self._log.store)

    def _try_canary(self) -> None:
        """Find out at start that the key file is the wrong one, not at the first record."""
        try:
            self._unwrapped(self._log.canary)
        except KeyUnavailable as wrong:
            raise KeyUnavailable(
                f"The key file does not open this keystore ({wrong.message})",
                at=str(self.path),
                cure="Put the right key file back, or run `crisis-hub keys init` for a new store without data.",
            ) from wrong
