"""The keyed digests by which rows are found: of blocks in the blind index, of messages in the dedupe tables."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from hashlib import sha256
from typing import NamedTuple

from hub.clock import day
from hub.model.plan import Block
from hub.store.schema import SLOTS
from hub.store.seal import DAYS_KEPT, HUB, BlindIndex, KeyRef, Keystore, Use, digest, key_ref

DETAIL_BYTES = 8
# One key and one table for so many days: a lookup asks every living table, and thirty of them cost 80 µs a message.
WINDOW_DAYS = 10
# The words of `hub.flow.link` and what the index calls these fields.
_FIELDS = {"name": "family+given", "birth": "birth_date", "home": "street"}
_IDENTIFIER = "authority+identifier"
_REMEMBERED = 8_192
# Bodies are held on to meanwhile.
_MARKED = 512


class Token(NamedTuple):
    """Where a block is found: a row's token, and among the row's details the digest of the whole block (empty: no details)."""

    token: bytes
    detail: bytes


class Tokens:
    """Tokens of blocks. A strong block has a token of its own; weak blocks that agree in all but the last field share one.

    So a person takes one row for each identifier and one for name and birth date, with phone, home and sex as details.
    """

    def __init__(self, keys: Keystore) -> None:
        self._index = BlindIndex(keys)
        self._known: dict[Block, tuple[Token, ...]] = {}
        self._living: tuple[KeyRef, ...] = ()
        self._last: tuple[str, tuple[str, ...]] = ("", ())
        self._last_tokens: tuple[bytes, ...] = ()

    def wanted(self, block: Block) -> tuple[Token, ...]:
        """Where to look a block up: one place, or two while the index is being written anew; the newest is last."""
        if self._living != (living := self._index.living()) or len(self._known) > _REMEMBERED:
            self._known.clear()
            self._last = "", ()
            self._living = living
        if (found := self._known.get(block)) is None:
            found = self._known[block] = self._made(block)
        return found

    def written(self, block: Block) -> Token:
        """Where to write a block."""
        return self.wanted(block)[-1]

    def _made(self, block: Block) -> tuple[Token, ...]:
        if block.strong:
            return tuple(Token(each, b"") for each in self._index.tokens(_IDENTIFIER, block.name, *block.values))
        whole, common = _spelled(block.name)
        details = self._index.tokens(whole, *block.values)
        shared = self._shared(common, block.values[:-1])
        return tuple(Token(token, detail[:DETAIL_BYTES]) for token, detail in zip(shared, details, strict=True))

    def _shared(self, common: str, values: tuple[str, ...]) -> tuple[bytes, ...]:
        """The tokens of what siblings have in common, made once for all of them."""
        if (common, values) != self._last:
            self._last, self._last_tokens = (common, values), self._index.tokens(common, *values)
        return self._last_tokens


@lru_cache(maxsize=256)
def _spelled(name: str) -> tuple[str, str]:
    """The index's name of a weak block, and of what it shares with its siblings.

    >>> _spelled("name+birth+sex")
    ('family+given+birth_date+sex', 'family+given+birth_date')
    """
    fields = [_FIELDS.get(field, field) for field in name.split("+")]
    return "+".join(fields), "+".join(fields[:-1])


def details_of(blocks: Iterable[Block], tokens: Tokens) -> dict[bytes, bytes]:
    """The tokens that blocks are written under, each with the details of all blocks that share it."""
    details: dict[bytes, bytes] = {}
    for block in blocks:
        token, detail = tokens.written(block)
        details[token] = details.get(token, b"") + detail
    return details


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
