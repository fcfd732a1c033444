"""Ids of resources as one partner sees them, and where each leads: no table is kept, and no two partners' ids join."""

from __future__ import annotations

import hashlib
from typing import Final, NamedTuple

from hub.store.seal import Locator

_DIGEST: Final = 8
_NUMBER: Final = 8


class Place(NamedTuple):
    """Where an id leads: to what is kept about somebody (`identity`), or to one message (by its number)."""

    identity: str = ""
    message: int = 0


class Places:
    """The ids of one partner."""

    def __init__(self, locator: Locator) -> None:
        """`locator` makes the partner's words."""
        self._locator = locator

    def person(self, identity: str) -> str:
        """The id of the Patient that a source identity is.

        >>> from hub.store.seal import Key
        >>> places = Places(Locator(Key(bytes(32))))
        >>> places.find(places.person("00" * 16)).identity == "00" * 16
        True
        """
        return self.standing(identity, "Patient")

    def standing(self, identity: str, thing: str) -> str:
        """The id of what later messages say more about; `thing` tells it from all else about the same identity."""
        digest = hashlib.sha256(thing.encode()).digest()[:_DIGEST]
        return self._locator.word("identity", bytes.fromhex(identity) + digest)

    def event(self, message: int, part: str) -> str:
        """The id of what one message told once; `part` tells it from all else in that message."""
        digest = hashlib.sha256(part.encode()).digest()[: 2 * _DIGEST]
        return self._locator.word("message", message.to_bytes(_NUMBER) + digest)

    def episode(self, identity: str, episode: str) -> str:
        """The id of an episode as the episode of care of one source identity."""
        return self.standing(identity, f"episode {episode}")

    def find(self, word: str) -> Place | None:
        """Where an id leads; None for one that the hub never gave this partner."""
        if inner := self._locator.place("identity", word):
            return Place(identity=inner[:-_DIGEST].hex())
        if inner := self._locator.place("message", word):
            return Place(message=int.from_bytes(inner[:_NUMBER]))
        return None

    def cursor(self, inner: bytes) -> str:
        """The word for a page."""
        return self._locator.word("page", inner)

    def page(self, word: str) -> bytes | None:
        """What a word for a page hides; None for one that the hub never gave this partner."""
        return self._locator.place("page", word)
