"""The keyed digests by which rows are found: of blocks in the blind index, of messages in the dedupe tables."""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import sha256
from typing import NamedTuple

import msgspec

from hub.clock import day
from hub.model.plan import Block
from hub.model.traits import Traits
from hub.store.schema import SLOTS
from hub.store.seal import DAYS_KEPT, HUB, BlindIndex, KeyRef, Keystore, Use, digest, key_ref

DETAIL_BYTES = 8
# One key and one table for so many days: a lookup asks every living table, and thirty of them cost 80 µs a message.
WINDOW_DAYS = 10
_IDENTIFIER = "authority+identifier"
_REMEMBERED = 8_192
_encode = msgspec.msgpack.Encoder().encode
# Bodies are held on to meanwhile.
_MARKED = 512


class Tokens:
    """Tokens of blocks, made once for each. A strong block stands under its authority's name, a weak one under its fields'."""

    def __init__(self, keys: Keystore) -> None:
        self._index = BlindIndex(keys)
        self._known: dict[Block, tuple[bytes, ...]] = {}
        self._marked: dict[Traits, bytes] = {}
        self._living: tuple[KeyRef, ...] = ()

    def wanted(self, block: Block) -> tuple[bytes, ...]:
        """Where to look a block up: one token, or two while the index is being written anew; the newest is last."""
        self._turn()
        if (found := self._known.get(block)) is None:
            found = self._known[block] = self._made(block)
        return found

    def written(self, block: Block) -> bytes:
        """Where to write a block."""
        return self.wanted(block)[-1]

    def mark(self, traits: Traits) -> bytes:
        """The digest of somebody's traits as a whole, by which a message about nobody new is known at once."""
        self._turn()
        if (found := self._marked.get(traits)) is None:
            token = self._index.tokens(_IDENTIFIER, "traits", _spelled(traits))[-1]
            found = self._marked[traits] = token[:DETAIL_BYTES]
        return found

    def _turn(self) -> None:
        if self._living != (living := self._index.living()) or len(self._known) > _REMEMBERED:
            self._known.clear()
            self._marked.clear()
            self._living = living

    def _made(self, block: Block) -> tuple[bytes, ...]:
        if block.strong:
            return self._index.tokens(_IDENTIFIER, block.name, *block.values)
        return self._index.tokens(block.name, *block.values)


def _spelled(traits: Traits) -> str:
    return _encode(traits).hex()


def details_of(blocks: Iterable[Block], mark: bytes, tokens: Tokens) -> dict[bytes, bytes]:
    """The tokens that blocks are written under; numbers carry the mark of the traits that came with them."""
    return {tokens.written(block): mark if block.strong else b"" for block in blocks}


def marked(details: bytes, mark: bytes) -> bool:
    """Whether a row of the index carries the mark of these very traits."""
    return any(details[at : at + DETAIL_BYTES] == mark for at in range(0, len(details), DETAIL_BYTES))


class Seen(NamedTuple):
    """Where a message would stand in the dedupe tables."""

    slot: int
    digest: bytes
    content: bytes


class Marks:
    """Digests of messages under the key of their window, named by its last day: the key is dropped 30 days after that."""

    def __init__(self, keys: Keystore, *, makes: bool = False) -> None:
        """`makes`: this is the writer, who makes the key of a window when it is first needed."""
        self._keys, self._makes = keys, makes
        # A message is looked up, applied and written: its digests are made once.
        self._made: dict[tuple[int, str, str, bytes], Seen] = {}

    def written(self, partner: str, message_id: str, body: bytes, at: int) -> Seen:
        """Where a message that arrived `at` is written. Without an id of the sender's, the bytes are the id."""
        return self._mark(day(at) // WINDOW_DAYS, partner, message_id, body)

    def wanted(self, partner: str, message_id: str, body: bytes, at: int) -> tuple[Seen, ...]:
        """Where a message that arrives `at` may have been written in the last 30 days."""
        newest = day(at) // WINDOW_DAYS
        living = (each for each in windows(at) if self._living(each) or (self._makes and each == newest))
        return tuple(self._mark(window, partner, message_id, body) for window in living)

    def id_wanted(self, partner: str, message_id: str, at: int) -> tuple[Seen, ...]:
        """Where the messages of a partner with this id may stand, whatever their bytes."""
        return self.wanted(partner, message_id, b"", at)

    def prepare(self, at: int) -> int:
        """Make the keys of the window of `at` and of the next; says the next window, whose table is to be cleared."""
        window = day(at) // WINDOW_DAYS
        for each in (window, window + 1):
            self._keys.need(key_ref(HUB, Use.DAY, _last_day(each)))
        return window + 1

    def key_day(self, at: int) -> int:
        """The day that names the key of the window of `at`."""
        return _last_day(day(at) // WINDOW_DAYS)

    def _mark(self, window: int, partner: str, message_id: str, body: bytes) -> Seen:
        here = (window, partner, message_id, body)
        if (found := self._made.get(here)) is None:
            if len(self._made) > _MARKED:
                self._made.clear()
            found = self._made[here] = self._digested(*here)
        return found

    def _digested(self, window: int, partner: str, message_id: str, body: bytes) -> Seen:
        last, content = _last_day(window), sha256(body).digest()
        name = message_id.encode() or content
        return Seen(
            window % SLOTS,
            digest(self._keys, last, b"message", partner.encode(), name),
            digest(self._keys, last, b"content", content)[:DETAIL_BYTES],
        )

    def _living(self, window: int) -> bool:
        """Whether there is a durable key for this window."""
        return key_ref(HUB, Use.DAY, _last_day(window)) in self._keys.house


def _last_day(window: int) -> int:
    return window * WINDOW_DAYS + WINDOW_DAYS - 1


def windows(at: int) -> range:
    """The windows that hold the last 30 days before an instant (UTC microseconds), oldest first.

    >>> from hub.spans import DAY
    >>> list(windows(100 * DAY))
    [7, 8, 9, 10]
    """
    return range((day(at) - DAYS_KEPT) // WINDOW_DAYS, day(at) // WINDOW_DAYS + 1)
