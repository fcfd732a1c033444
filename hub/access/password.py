"""Passwords of local accounts: Argon2id, and what a password must be. One that is wrong costs as much time as one that is right."""

from __future__ import annotations

import os
import re
from functools import cache
from threading import BoundedSemaphore
from typing import Final

from cryptography.exceptions import InvalidKey
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

# NIST SP 800-63B-4, 3.1.1.2: fifteen characters where the password is the only factor; no rules of composition, no expiry.
SHORTEST: Final = 15
# Longer ones are allowed, and end somewhere: hashing costs the hub, not the guest.
LONGEST: Final = 256
_SALT: Final = 16
# RFC 9106, the second recommendation: 64 MiB three passes; one lane of our own.
_LENGTH, _PASSES, _LANES, _KIBIBYTES = 32, 3, 1, 64 * 1024
# Each takes that memory: a crowd at the door must not take all there is.
_TURNS: Final = BoundedSemaphore(2)
_SAME: Final = re.compile(r"(.{1,4})\1+")


def wrong(password: str, *words: str) -> str:
    """What is wrong with a new password, in a sentence; empty when nothing is. `words`: what it must not lean on, as the name.

    >>> wrong("short")
    'Take at least 15 characters: a few words that you remember will do.'
    >>> wrong("seven quiet herons")
    ''
    """
    if len(password) < SHORTEST:
        return f"Take at least {SHORTEST} characters: a few words that you remember will do."
    if len(password) > LONGEST:
        return f"Take at most {LONGEST} characters."
    if len(set(password)) < 6 or _SAME.fullmatch(password):
        return "This repeats itself: somebody would guess it early."
    leaning = [word for word in words if len(word) > 3 and word.lower() in password.lower()]
    return "This leans on your name or the hub's: somebody would guess it early." if leaning else ""


def hashed(password: str) -> str:
    """The password as it is kept: an Argon2id string with its own salt and cost."""
    made = Argon2id(salt=os.urandom(_SALT), length=_LENGTH, iterations=_PASSES, lanes=_LANES, memory_cost=_KIBIBYTES)
    with _TURNS:
        return made.derive_phc_encoded(_bytes(password))


def holds(password: str, kept: str) -> bool:
    """Whether this is the password. Without a kept one the answer is no, and takes as long."""
    against = kept or _nobodys()
    try:
        with _TURNS:
            Argon2id.verify_phc_encoded(_bytes(password), against)
    except InvalidKey:
        return False
    return bool(kept)


def _bytes(password: str) -> bytes:
    return password[: LONGEST + 1].encode("utf-8", "surrogatepass")


@cache
def _nobodys() -> str:
    return hashed(os.urandom(_SALT).hex())
