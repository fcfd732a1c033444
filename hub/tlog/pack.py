"""Offline packs: what a partner may read while the hub is away. Sealed for that partner, signed by the hub, and over at an hour.

A pack is a signed note: six lines that say whose it is and until when, then the sealed bytes, then the hub's signature. Whoever
finds one learns for whom it is, when it was made, and its size in steps of 16 KiB. Whoever opens one trusts this machine's clock.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from hub.errors import KeyUnavailable, NotAllowed, ProofFailed
from hub.tlog.canonical import from_base64, to_base64
from hub.tlog.notes import SignerKey, VerifierKey, parse_note, sign_note, verify_note

FORMAT: Final = "crisis-hub/pack/1"
STEP: Final = 16 * 1024
NONCE: Final = 12
# A clock may stand so much before the hub's (microseconds).
SKEW: Final = 5 * 60 * 1_000_000
_HEAD: Final = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Pack:
    """What a pack says of itself, and what is in it. Instants are UTC microseconds; `checkpoint` is the ledger's last, in one line."""

    partner: str
    number: str
    made_at: int
    until: int
    checkpoint: str
    contents: bytes

    def head(self) -> str:
        """The lines that everybody can read, and that the seal holds to the rest."""
        lines = (FORMAT, self.partner, self.number, str(self.made_at), str(self.until), self.checkpoint)
        return "".join(f"{line}\n" for line in lines)


def secret_key(secret: str) -> bytes:
    """The key that a partner's secret makes: the same however it is typed.

    >>> secret_key("abcd-efgh") == secret_key("ABCDEFGH ")
    True
    """
    plain = "".join(each for each in secret.upper() if each.isalnum())
    return sha256(f"{FORMAT}\n{plain}".encode()).digest()


def sealed(pack: Pack, *, key: bytes, signer: SignerKey, nonce: bytes) -> bytes:
    """The pack as a file. `nonce`: twelve bytes that were never used with this key."""
    whole = len(pack.contents).to_bytes(8) + pack.contents
    padded = whole + bytes(-len(whole) % STEP)
    body = to_base64(nonce + AESGCM(key).encrypt(nonce, padded, pack.head().encode()))
    return bytes(sign_note(f"{pack.head()}{body}\n", [signer]))


def opened(raw: bytes, *, key: bytes, trusted: Iterable[VerifierKey], now: int) -> Pack:
    """The pack, when the hub signed it, it is for this key, and it holds now (UTC microseconds).

    Raises ProofFailed where it is not what the hub signed, NotAllowed where it is over or not yet made by this clock, KeyUnavailable
    where the key is another's.
    """
    note = parse_note(raw)
    verify_note(note, trusted)
    lines = note.text.split("\n")
    if len(lines) != _HEAD + 2 or lines[0] != FORMAT or not (lines[3].isdecimal() and lines[4].isdecimal()):
        raise ProofFailed("this note is no offline pack")
    found = Pack(
        partner=lines[1], number=lines[2], made_at=int(lines[3]), until=int(lines[4]), checkpoint=lines[5], contents=b""
    )
    if now >= found.until:
        raise NotAllowed("This pack is over.", at=found.number, cure="Ask for a new one, or telephone.")
    if now < found.made_at - SKEW:
        raise NotAllowed(
            "This machine's clock stands before the pack was made.", at=found.number, cure="Set the clock."
        )
    return _unsealed(found, lines[_HEAD], key)


def _unsealed(found: Pack, body: str, key: bytes) -> Pack:
    blob = from_base64(body)
    try:
        whole = AESGCM(key).decrypt(blob[:NONCE], blob[NONCE:], found.head().encode())
    except InvalidTag as wrong:
        raise KeyUnavailable("This is not the secret of whom the pack is for.", at=found.partner) from wrong
    size = int.from_bytes(whole[:8])
    return Pack(
        partner=found.partner, number=found.number, made_at=found.made_at, until=found.until, checkpoint=found.checkpoint,
        contents=whole[8 : 8 + size],
    )  # fmt: skip


def marked(line: bytes, key: bytes) -> bytes:
    """A line of the queue of what was done offline, with a mark that only the pack's key makes."""
    return line + b" " + hmac.new(key, line, sha256).hexdigest().encode() + b"\n"


def unmarked(line: bytes, key: bytes) -> bytes:
    """The line without its mark. Raises ProofFailed where somebody else wrote or changed it."""
    text, _, mark = line.rstrip(b"\n").rpartition(b" ")
    if not hmac.compare_digest(hmac.new(key, text, sha256).hexdigest().encode(), mark):
        raise ProofFailed("this line was not written with the key of the pack")
    return text
