"""Who keeps the key-encryption keys: a file of versions here, a key-management service through the same four methods.

An attacker who owns the key file alone can open nothing. With the keystore he can make every key, and with the data read
everything. A key file on the disk of the data is no protection against the theft of that disk.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Protocol

import msgspec

from hub.errors import Conflict, KeyUnavailable, Misconfigured
from hub.store.seal import disk
from hub.store.seal.key import SECRET_BYTES

_CURE = "Put the right key file back, or run `crisis-hub keys init` where there is no data yet."


class Custody(Protocol):
    """Keeps key-encryption keys (32 bytes each) by version.

    A key-management service keeps each version wrapped beside the hub and unwraps it once, when `key` is first asked:
    no call a message.
    """

    def versions(self) -> tuple[int, ...]:
        """The versions that can be had, ascending."""

    def key(self, version: int) -> bytes:
        """The key of a version; `KeyUnavailable`, naming the cure, when it is not there (any more)."""

    def make(self, version: int) -> None:
        """Once this returns, a random key of this version survives a power cut. A version that exists stays as it is."""

    def destroy_below(self, version: int) -> tuple[int, ...]:
        """Once this returns, older versions are gone from here; gives those that were."""


class _Content(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """The key file: hexadecimal keys by version."""

    key_encryption_keys: dict[int, str]


class KeyFile:
    """Key-encryption keys in a file of mode 0600, outside the data folder."""

    def __init__(self, path: Path, *, apart_from: Path) -> None:
        """Read the key file at `path`; refuse one inside the data folder `apart_from`, or one that others may read."""
        disk.outside(path, apart_from)
        self.path = path
        self._keys = self._read()

    @classmethod
    def create(cls, path: Path, *, apart_from: Path) -> KeyFile:
        """Make a new key file with version 1; `Conflict` when there is one, because a key once lost is lost."""
        disk.outside(path, apart_from)
        if path.exists():
            raise Conflict("There is a key file already.", at=str(path), cure="Keep it: no data opens without it.")
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        disk.put(path, _written({1: os.urandom(SECRET_BYTES)}))
        return cls(path, apart_from=apart_from)

    def versions(self) -> tuple[int, ...]:
        """The versions in the file as last read, ascending."""
        return tuple(sorted(self._keys))

    def key(self, version: int) -> bytes:
        """The key of a version; the file is read again first when another process may have added it."""
        if version not in self._keys:
            self._keys = self._read()
        try:
            return self._keys[version]
        except KeyError:
            there = ", ".join(map(str, self.versions())) or "none"
            raise KeyUnavailable(
                f"Key-encryption key version {version} is wanted; this file has {there}.", at=str(self.path), cure=_CURE
            ) from None

    def make(self, version: int) -> None:
        """Add a random key of this version, durably."""
        self._keys = self._read()
        if version not in self._keys:
            self._put({**self._keys, version: os.urandom(SECRET_BYTES)})

    def destroy_below(self, version: int) -> tuple[int, ...]:
        """Rewrite the file without older versions and overwrite the old one."""
        self._keys = self._read()
        gone = tuple(old for old in self.versions() if old < version)
        if gone:
            self._put({kept: key for kept, key in self._keys.items() if kept >= version})
        return gone

    def _put(self, keys: dict[int, bytes]) -> None:
        disk.put(self.path, _written(keys))
        self._keys = keys

    def _read(self) -> dict[int, bytes]:
        try:
            disk.owner_only(self.path)
            content = msgspec.json.decode(self._bytes(), type=_Content)
            keys = {version: bytes.fromhex(key) for version, key in content.key_encryption_keys.items()}
        except FileNotFoundError as missing:
            raise KeyUnavailable("There is no key file.", at=str(self.path), cure=_CURE) from missing
        except (msgspec.DecodeError, ValueError):
            # Not chained: the cause may quote the file, and the file is the secret.
            raise Misconfigured("This is not a key file.", at=str(self.path), cure=_CURE) from None
        if not keys or any(len(key) != SECRET_BYTES for key in keys.values()):
            raise Misconfigured("A key file holds keys of 32 bytes, one at least.", at=str(self.path), cure=_CURE)
        return keys

    def _bytes(self) -> bytes:
        data = self.path.read_bytes()
        # Zeros: another process replaced the file after we had opened it, and has overwritten the old one.
        return data if data.strip(b"\0") else self.path.read_bytes()


def _written(keys: dict[int, bytes]) -> bytes:
    content = _Content({version: key.hex() for version, key in keys.items()})
    return msgspec.json.format(msgspec.json.encode(content)) + b"\n"
