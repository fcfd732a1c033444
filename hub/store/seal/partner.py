"""What one partner sees instead of our ids: pseudonyms and outward ids that no second partner can join.

An attacker who owns the exports of any number of partners finds no id of the hub's making in two of them. With the
keystore and its key-encryption key he can join them all.
"""

from __future__ import annotations

from hub.store.seal.key import Key, packed
from hub.store.seal.keystore import Keystore
from hub.store.seal.names import Use, key_ref, partner_owner

# Douglas Crockford's base 32: no I, L, O or U to misread over the radio.
CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_PAIRS = [first + second for first in CROCKFORD for second in CROCKFORD]
SHORTEST = 8
# Bits left over would say nothing: 15 bytes are exactly 24 signs.
LONGEST = 24
_DIGITS = range(110, -10, -10)


def partner_key(keys: Keystore, partner: str, version: int = 1) -> Key:
    """The key of a partner's ids in a version (1 to 65,535), made by the writer when it is first needed."""
    return keys.need(key_ref(partner_owner(partner), Use.PARTNER, version))


def pseudonym(key: Key, identity: bytes, *, length: int = SHORTEST) -> str:
    """The pseudonym of a source identity for one partner: 8 to 24 signs, always the beginning of the same 24.

    Eight signs are 40 bits: in every other million of identities two of them agree. Who has many people asks for more signs.

    >>> pseudonym(Key(bytes(32)), bytes(16))
    'P-408TW4M1'
    """
    if not SHORTEST <= length <= LONGEST:
        raise ValueError(f"A pseudonym shows {SHORTEST} to {LONGEST} signs, not {length}.")
    return "P-" + _signs(key.mac(packed(b"pseudonym", identity)))[:length]


def outward(key: Key, kind: str, inner: bytes) -> str:
    """What one partner sees instead of one of our ids: 24 signs of 120 bits. `kind`: "message", "etag", "idempotency", ...

    >>> key = Key(bytes(32))
    >>> outward(key, "etag", b"7") != outward(key, "message", b"7")
    True
    """
    return _signs(key.mac(packed(b"outward", kind.encode(), inner)))


def _signs(digest: bytes) -> str:
    number = int.from_bytes(digest[:15])
    return "".join([_PAIRS[number >> shift & 1023] for shift in _DIGITS])
