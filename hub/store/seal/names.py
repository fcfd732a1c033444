"""Names of keys: whose, for which use, in which period."""

from __future__ import annotations

import hashlib
import os
import struct
from datetime import UTC, datetime
from enum import IntEnum
from functools import lru_cache
from typing import NewType

from hub.clock import day

IDENTITY_BYTES = 16
# The owner of what belongs to nobody in particular: day keys, index keys, entries about the hub itself.
HUB = bytes(IDENTITY_BYTES)

KeyRef = NewType("KeyRef", bytes)
_pack = struct.Struct(">BH").pack
REF_BYTES = IDENTITY_BYTES + 3


class Use(IntEnum):
    """What a key is for. Uses are destroyed apart from each other, so no key serves two."""

    PAYLOAD = 1  # bytes and canonical events, by month
    LINK = 2  # demographics kept for linking, by month
    ACCOUNT = 3  # salts and decision facts, by month, for six years
    DAY = 4  # dedupe, rejects and MSH-10, by day number
    INDEX = 5  # the blind index, by version of the key-encryption key
    VICTIM_INDEX = 6  # the blind index of victim services, never cross-linked
    PARTNER = 7  # what one partner sees instead of our ids, by version


# Keys of these uses belong to source identities and live by the month; all others belong to the hub.
MONTHLY = frozenset({Use.PAYLOAD, Use.LINK, Use.ACCOUNT})


def new_identity() -> bytes:
    """A random source-identity id of 16 bytes.

    Bytes that are parked or anonymous get one of their own (a singleton), so that they can be destroyed alone.

    >>> len(new_identity())
    16
    """
    return os.urandom(IDENTITY_BYTES)


def key_ref(owner: bytes, use: Use, period: int) -> KeyRef:
    """Name the key of `owner` (16 bytes) for one use in one period (a month, a day or a version: 0 to 65,535).

    >>> described(key_ref(HUB, Use.PAYLOAD, month_of(0)))
    'payload key of 00000000 for 1970-01'
    """
    if len(owner) != IDENTITY_BYTES:
        raise ValueError(f"The owner of a key is named by {IDENTITY_BYTES} bytes, not {len(owner)}.")
    try:
        return KeyRef(owner + _pack(use, period))
    except struct.error as wrong:
        raise ValueError(f"The period of a key lies between 0 and 65,535, unlike {period}.") from wrong


def partner_owner(partner: str) -> bytes:
    """The owner name of a partner's keys: a digest of the partner's id, which is no secret."""
    return hashlib.sha256(b"crisis-hub partner\x00" + partner.encode()).digest()[:IDENTITY_BYTES]


def owner_of(ref: bytes) -> bytes:
    """Whose key this is."""
    return ref[:IDENTITY_BYTES]


def use_of(ref: bytes) -> Use:
    """What this key is for."""
    return Use(ref[IDENTITY_BYTES])


def period_of(ref: bytes) -> int:
    """The month, day or version this key is for."""
    return ref[-2] << 8 | ref[-1]


def of_the_house(ref: bytes) -> bool:
    """Whether the key belongs to the hub itself and not to a source identity."""
    return ref[IDENTITY_BYTES] not in MONTHLY


def month_of(at: int) -> int:
    """The UTC month of an instant (microseconds since 1970), counted from year 0: a year later is twelve more.

    >>> month_of(0) == 1970 * 12
    True
    """
    return _month_of_day(day(at))


@lru_cache(maxsize=256)
def _month_of_day(number: int) -> int:
    date = datetime.fromtimestamp(number * 86_400, UTC)
    return date.year * 12 + date.month - 1


def described(ref: bytes) -> str:
    """Name a key for people: its use, the first 8 hex digits of its owner's random id, its period."""
    use, period = use_of(ref), period_of(ref)
    when = f"{period // 12}-{period % 12 + 1:02}" if use in MONTHLY else str(period)
    return f"{use.name.lower().replace('_', ' ')} key of {ref[:4].hex()} for {when}"
