"""Digests that can be dropped: HMACs under day keys, and the salts of commitments under account keys.

An attacker who owns stored digests and not the keystore cannot test whether he knows a message, not even one of four digits. When
a day's key is dropped, nobody can.
"""

from __future__ import annotations

from hub.store.seal.key import Key, packed
from hub.store.seal.keystore import Keystore
from hub.store.seal.names import HUB, Use, key_ref

DIGEST_BYTES = 16
DAYS_KEPT = 30
_DIGEST = packed(b"digest")
_SALT = packed(b"salt")


def digest(keys: Keystore, day: int, *parts: bytes) -> bytes:
    """A 16-byte digest of parts under the key of a day (`hub.clock.day`): for dedupe, rejects and MSH-10.

    The same parts on another day give another digest. The writer makes the key of a day on first use; `KeyUnavailable`
    elsewhere when the day's key was dropped.
    """
    return keys.need(key_ref(HUB, Use.DAY, day)).mac(_DIGEST + packed(*parts))[:DIGEST_BYTES]


def salt(account: Key, entry: bytes, field: str) -> bytes:
    """The 32-byte salt of one field's commitment in a ledger entry: HMAC(account key, entry id, field).

    >>> account = Key(bytes(32))
    >>> salt(account, b"entry", "who") == salt(account, b"entry", "whom")
    False
    """
    return account.mac(_SALT + packed(entry, field.encode()))
