"""The Merkle tree of RFC 6962 and RFC 9162: hashing, and the frontier that grows it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256

from hub.errors import ProofFailed

# Where proofs find their hashes: (level, index) -> the hash of leaves [index << level, (index + 1) << level).
HashAt = Callable[[int, int], bytes]

HASH_SIZE = 32
# RFC 9162 2.1.1: the root of the tree without leaves is the hash of nothing.
EMPTY_ROOT = sha256(b"").digest()


def leaf_hash(entry: bytes) -> bytes:
    """The hash of one entry, set apart from node hashes by its first byte (RFC 9162 2.1.1).

    >>> leaf_hash(b"").hex()[:16]
    '6e340b9cffb37a98'
    """
    return sha256(b"\x00" + entry).digest()


def leaf_hashes(entries: Iterable[bytes]) -> list[bytes]:
    """The hashes of many entries, in order."""
    return [sha256(b"\x00" + entry).digest() for entry in entries]


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of a node over its two children (RFC 9162 2.1.1)."""
    return sha256(b"\x01" + left + right).digest()


def parents(hashes: Iterable[bytes]) -> list[bytes]:
    """The level above: one hash per pair; a last one without a sibling waits and yields nothing."""
    each = iter(hashes)
    return [sha256(b"\x01" + left + right).digest() for left, right in zip(each, each, strict=False)]


def check_hashes(hashes: Iterable[bytes]) -> None:
    """Refuse what cannot be SHA-256 hashes: entries handed in where their hashes belong, a proof cut short."""
    if not {*map(len, hashes)} <= {HASH_SIZE}:
        raise ProofFailed(f"a hash is {HASH_SIZE} bytes long")


def fold(hashes: Sequence[bytes]) -> bytes:
    """The root over a power of two of hashes of one level."""
    layer = hashes
    while len(layer) > 1:
        layer = parents(layer)
    return layer[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Frontier:
    """A tree of which only the right edge is remembered: the roots of its perfect subtrees, largest first.

    It is all that appending and the root need: 32 bytes for each bit set in `size`.

    >>> Frontier().root == EMPTY_ROOT
    True
    """

    size: int = 0
    peaks: tuple[bytes, ...] = ()

    def __post_init__(self) -> None:
        """Refuse a frontier whose peaks do not belong to its size."""
        if self.size < 0 or len(self.peaks) != self.size.bit_count():
            raise ProofFailed(f"a tree of {self.size} leaves is not remembered by {len(self.peaks)} peaks")
        check_hashes(self.peaks)

    @property
    def root(self) -> bytes:
        """The Merkle tree hash of all leaves so far."""
        if not self.peaks:
            return EMPTY_ROOT
        *left, root = self.peaks
        for peak in reversed(left):
            root = node_hash(peak, root)
        return root

    def extend(self, leaves: Sequence[bytes]) -> Growth:
        """Append leaf hashes, in order. This frontier stays as it was, so a commit that fails loses nothing.

        >>> Frontier().extend(leaf_hashes([b"a", b"b", b"c"])).frontier.size
        3
        """
        check_hashes(leaves)
        size = self.size + len(leaves)
        above, levels, peaks = list(self.peaks), [], []
        first, run = self.size, list(leaves)
        while run:
            levels.append((first, run))
            # A leftover of this level is the peak that stood on it, and becomes the left child of the first new node.
            whole = [above.pop(), *run] if first & 1 else run
            if (first + len(run)) & 1:
                peaks.append(whole[-1])
            first, run = first >> 1, parents(whole)
        frontier = Frontier(size=size, peaks=(*above, *reversed(peaks)))
        return Growth(frontier=frontier, levels=tuple(levels))


@dataclass(frozen=True, slots=True, kw_only=True)
class Growth:
    """What one append made: the frontier after it, and the new hashes.

    `levels[n]` is the index of the first new node at level n (0 = leaves) and the hashes from there on.
    """

    frontier: Frontier
    levels: tuple[tuple[int, list[bytes]], ...]


def frontier_at(size: int, hash_at: HashAt) -> Frontier:
    """The frontier that the tree had when it held `size` leaves."""
    bits = (level for level in reversed(range(size.bit_length())) if size >> level & 1)
    return Frontier(size=size, peaks=tuple(hash_at(level, (size >> level) - 1) for level in bits))


def root_at(size: int, hash_at: HashAt) -> bytes:
    """The root that the tree had when it held `size` leaves."""
    return frontier_at(size, hash_at).root
