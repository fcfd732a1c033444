"""Words that lead one partner back to where something lies, and nobody else anywhere: ids of the FHIR facade, and cursors.

AES-SIV (RFC 5297) under a key of the partner's own: the same place has the same word, a word that the hub did not make is known
as such, and two partners' words for one place have nothing in common. Whoever holds the words alone learns their length.
"""

from __future__ import annotations

from base64 import b32decode, b32encode
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV

from hub.store.seal.key import Key

# The tag takes 16 bytes: with 24 more, a word has the 64 signs that an id of FHIR may have at most.
PLACE_BYTES: Final = 24
_LONGEST: Final = 8192


class Locator:
    """The words of one partner."""

    def __init__(self, key: Key) -> None:
        """`key` is the partner's own."""
        self._siv = AESSIV(key.mac(b"crisis-hub locator, first half") + key.mac(b"crisis-hub locator, second half"))

    def word(self, kind: str, place: bytes) -> str:
        """The word for a place of a kind.

        >>> len(Locator(Key(bytes(32))).word("event", bytes(24)))
        64
        """
        return b32encode(self._siv.encrypt(place, [kind.encode()])).decode().rstrip("=")

    def place(self, kind: str, word: str) -> bytes | None:
        """The place that a word of this kind leads to; None where the hub never made it for this partner.

        >>> words = Locator(Key(bytes(32)))
        >>> words.place("event", words.word("event", b"7")), words.place("person", words.word("event", b"7"))
        (b'7', None)
        """
        try:
            hidden = b32decode(word + "=" * (-len(word) % 8)) if len(word) <= _LONGEST else b""
            return self._siv.decrypt(hidden, [kind.encode()])
        except (InvalidTag, ValueError):
            return None
