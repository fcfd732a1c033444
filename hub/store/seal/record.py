"""Sealing one record: a key of its own, bound to the place where the record stands.

An attacker who owns the sealed records, without the keystore and its key-encryption key, learns who owns them, when and
how large they are, and which records share a key; not a byte of content. One who may also write can delete
records or put back older bytes of the very same row version, but whatever is moved, swapped or altered is refused.
"""

from __future__ import annotations

import os
from functools import lru_cache

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from hub.errors import KeyUnavailable, SealBroken
from hub.store.seal.key import KEY_ID_BYTES, Key, packed

# Layout: format, key id, nonce, ciphertext, tag of 16 bytes.
FORMAT = b"\x01"
NONCE_BYTES = 12
_NONCE_AT = len(FORMAT) + KEY_ID_BYTES
_BODY_AT = _NONCE_AT + NONCE_BYTES
OVERHEAD = _BODY_AT + 16

_urandom = os.urandom
_EIGHT = packed(bytes(8))[:4]
_SHORT = [number.to_bytes(4) for number in range(256)]
_LABEL = b"crisis-hub record"


class Aad(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Where a record stands: the log origin, the table, the record's id (1 to 255 bytes) and the row's version."""

    origin: str
    table: str
    record: bytes
    version: int = 0


@lru_cache(maxsize=1024)
def _head(origin: str, table: str) -> bytes:
    return _LABEL + packed(origin.encode(), table.encode())


def _bound(aad: Aad, key: Key) -> bytes:
    """Length-prefixed origin, table, record id, version and key id: no two places give the same bytes."""
    return b"".join(
        (
            _head(aad.origin, aad.table),
            _SHORT[len(aad.record)],
            aad.record,
            _EIGHT,
            aad.version.to_bytes(8),
            _EIGHT,
            key.id,
        )
    )


def _record_key(key: Key, bound: bytes) -> bytes:
    """HKDF-Expand (RFC 5869 2.3) of one block; 3.3 lets a uniformly random key skip Extract."""
    return key.mac(bound + b"\x01")


def seal(plaintext: bytes, *, key: Key, aad: Aad) -> bytes:
    """Seal one record with AES-256-GCM under a key derived for this very place; adds 37 bytes.

    The record key seals once, so a fixed nonce would do. It is random all the same: a group of messages that is rolled
    back and planned anew seals other bytes at the same place, and the first try may lie in a file already.

    >>> key, here = Key(bytes(32)), Aad(origin="county", table="journal", record=b"7")
    >>> unseal(seal(b"PID|1", key=key, aad=here), key=key, aad=here)
    b'PID|1'
    """
    bound = _bound(aad, key)
    nonce = _urandom(NONCE_BYTES)
    sealed = AESGCM(_record_key(key, bound)).encrypt(nonce, plaintext, bound)
    return b"".join((FORMAT, key.id, nonce, sealed))


def unseal(sealed: bytes, *, key: Key, aad: Aad) -> bytes:
    """Open what `seal` made at the same place.

    `KeyUnavailable` when it was sealed under another key of this name, one that was destroyed since;
    `SealBroken` when the bytes were altered, cut, or stand at another place than the one they were sealed for.
    """
    if len(sealed) < OVERHEAD or sealed[:1] != FORMAT:
        raise SealBroken("These are not whole sealed bytes.", at=_place(aad), cure=_CURE)
    if sealed[1:_NONCE_AT] != key.id:
        raise KeyUnavailable("The key this was sealed under was destroyed (or its head was altered).", at=_place(aad))
    bound = _bound(aad, key)
    cipher = AESGCM(_record_key(key, bound))
    try:
        return cipher.decrypt(sealed[_NONCE_AT:_BODY_AT], sealed[_BODY_AT:], bound)
    except InvalidTag as broken:
        raise SealBroken("The bytes were altered, or moved here.", at=_place(aad), cure=_CURE) from broken


_CURE = "Verify the ledger, then restore this row from a backup."


def _place(aad: Aad) -> str:
    return f"{aad.table} {aad.record.hex()[:16]} version {aad.version}"
