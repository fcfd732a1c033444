"""The keystore's file format: frames of wrapped keys, each one whole or not there.

A frame holds names of keys in clear (19 bytes each) and their secrets (32 bytes each) wrapped together by one
key-encryption key with AES-256-GCM: one wrap a group of messages, not one a key. The wrap binds the head, the names and the
keystore's own id, so neither names nor frames can be exchanged.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import IntEnum
from mmap import mmap
from zlib import crc32

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from hub.errors import KeyUnavailable

MAGIC = b"CHK1"
# Magic, kind, sequence number, key-encryption key version, sizes of clear and wrapped part, nonce; then the checksum.
_HEAD = struct.Struct(">4sBQIII12s")
_CHECK = struct.Struct(">I")
HEAD_BYTES = _HEAD.size + _CHECK.size
TAG_BYTES = 16
CANARY = b"crisis-hub canary: this key-encryption key opens this keystore"
# About so many keys make a frame, so that reading one key unwraps no more than some 2 KB.
KEYS_A_FRAME = 64

Bytes = bytes | mmap


class Kind(IntEnum):
    """What a frame holds."""

    CANARY = 1  # the keystore's id, and words that only the right key-encryption key opens
    KEYS = 2  # keys of source identities
    HOUSE = 3  # keys of the hub itself: days, indexes, partners; few, and listed at start
    BOND = 4  # which identities share one key of their own


HOLD_KEYS = (Kind.KEYS, Kind.HOUSE)


@dataclass(frozen=True, kw_only=True, slots=True)
class Frame:
    """One frame as it lies in the file; `wrapped` is opened by `unwrapped` only."""

    kind: Kind
    sequence: int
    version: int
    nonce: bytes
    clear: bytes
    wrapped: bytes

    @property
    def size(self) -> int:
        """Bytes in the file."""
        return HEAD_BYTES + len(self.clear) + len(self.wrapped)

    def head(self) -> bytes:
        """The head without its checksum."""
        sizes = len(self.clear), len(self.wrapped)
        return _HEAD.pack(MAGIC, self.kind, self.sequence, self.version, *sizes, self.nonce)


class FrameWriter:
    """Wraps frames for one file, in sequence, under one key-encryption key."""

    def __init__(self, *, kek: AESGCM, version: int, store: bytes, after: int) -> None:
        """`store`: the keystore's own id; `after`: the sequence number of the last frame there is."""
        self._kek, self._version, self._store, self._sequence = kek, version, store, after

    def frame(self, kind: Kind, clear: bytes, secret: bytes) -> bytes:
        """One frame as bytes to append. A random nonce serves: 2^32 frames a version are years of a hundred a second."""
        self._sequence += 1
        nonce = os.urandom(12)
        sizes = len(clear), len(secret) + TAG_BYTES
        head = _HEAD.pack(MAGIC, kind, self._sequence, self._version, *sizes, nonce)
        wrapped = self._kek.encrypt(nonce, secret, self._store + head + clear)
        return b"".join((head, _CHECK.pack(crc32(wrapped, crc32(clear, crc32(head)))), clear, wrapped))

    def canary(self) -> bytes:
        """The first frame of a file."""
        return self.frame(Kind.CANARY, self._store, CANARY)

    def keys(self, kind: Kind, keys: Sequence[tuple[bytes, bytes]]) -> Iterator[bytes]:
        """Frames of named secrets, so many to a frame."""
        for at in range(0, len(keys), KEYS_A_FRAME):
            names, secrets = zip(*keys[at : at + KEYS_A_FRAME], strict=True)
            yield self.frame(kind, b"".join(names), b"".join(secrets))


def unwrapped(frame: Frame, kek: AESGCM, store: bytes) -> bytes:
    """What the frame hides; `KeyUnavailable` under another key-encryption key, or when somebody forged the frame."""
    try:
        return kek.decrypt(frame.nonce, frame.wrapped, store + frame.head() + frame.clear)
    except InvalidTag as wrong:
        raise KeyUnavailable(
            f"The key-encryption key version {frame.version} does not open it.",
            at=f"keystore frame {frame.sequence}",
            cure="Put the right key file back.",
        ) from wrong


def frame_at(data: Bytes, offset: int) -> Frame | None:
    """The frame that begins at this offset, or None when it is cut short or fails its checksum."""
    if len(data) - offset < HEAD_BYTES:
        return None
    head = data[offset : offset + _HEAD.size]
    magic, kind, sequence, version, clear_size, wrapped_size, nonce = _HEAD.unpack(head)
    middle = offset + HEAD_BYTES + clear_size
    end = middle + wrapped_size
    if magic != MAGIC or end > len(data) or kind not in _KINDS:
        return None
    clear, wrapped = bytes(data[offset + HEAD_BYTES : middle]), bytes(data[middle:end])
    (check,) = _CHECK.unpack(data[offset + _HEAD.size : offset + HEAD_BYTES])
    if crc32(wrapped, crc32(clear, crc32(head))) != check:
        return None
    return Frame(kind=Kind(kind), sequence=sequence, version=version, nonce=nonce, clear=clear, wrapped=wrapped)


_KINDS = frozenset(Kind)


def frames_from(data: Bytes, offset: int) -> Iterator[tuple[int, Frame]]:
    """Each sound frame with its offset, up to the first place that is not one."""
    while frame := frame_at(data, offset):
        yield offset, frame
        offset += frame.size


def sound_after(data: Bytes, offset: int) -> int | None:
    """Where the next sound frame begins beyond a bad place: if there is one, the middle is corrupt, not the end torn."""
    at = data.find(MAGIC, offset + 1)
    while at >= 0:
        if frame_at(data, at):
            return at
        at = data.find(MAGIC, at + 1)
    return None
