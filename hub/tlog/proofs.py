"""Inclusion and consistency proofs of RFC 9162: made from a reader of hashes, checked from nothing but the proof."""

from __future__ import annotations

from collections.abc import Sequence

from hub.errors import ProofFailed
from hub.tlog.tree import HashAt, check_hashes, frontier_at, node_hash


def inclusion_proof(index: int, size: int, hash_at: HashAt) -> list[bytes]:
    """The path from leaf `index` to the root over the first `size` leaves, the leaf's sibling first (RFC 9162 2.1.3.1)."""
    if not 0 <= index < size:
        raise ProofFailed(f"there is no leaf {index} in a tree of {size}")
    path, low, high = [], 0, size
    while high - low > 1:
        middle = low + _split(high - low)
        if index < middle:
            path.append(_range_root(middle, high, hash_at))
            high = middle
        else:
            path.append(_range_root(low, middle, hash_at))
            low = middle
    return path[::-1]


def consistency_proof(old: int, new: int, hash_at: HashAt) -> list[bytes]:
    """The proof that the first `new` leaves begin with the first `old` (RFC 9162 2.1.4.1)."""
    if not 0 < old <= new:
        raise ProofFailed(f"no proof leads from size {old} to size {new}")
    path, low, high, whole = [], 0, new, True
    while high != old:
        middle = low + _split(high - low)
        if old <= middle:
            path.append(_range_root(middle, high, hash_at))
            high = middle
        else:
            path.append(_range_root(low, middle, hash_at))
            low, whole = middle, False
    # The verifier knows the old root already, so it is only named when it is not a subtree by itself.
    if not whole:
        path.append(_range_root(low, old, hash_at))
    return path[::-1]


def verify_inclusion(index: int, size: int, leaf: bytes, path: Sequence[bytes], root: bytes) -> None:
    """Pass when the leaf hash stands at `index` in the tree of `size` leaves with this root; else raise ProofFailed (RFC 9162 2.1.3.2)."""
    if not 0 <= index < size:
        raise ProofFailed(f"there is no leaf {index} in a tree of {size}")
    check_hashes([leaf, root, *path])
    here, last, found = index, size - 1, leaf
    for step in path:
        if last == 0:
            raise ProofFailed(f"the proof for leaf {index} is longer than the tree is high")
        if here & 1 or here == last:
            found = node_hash(step, found)
            here, last = _climb(here, last)
        else:
            found = node_hash(found, step)
        here, last = here >> 1, last >> 1
    if last != 0:
        raise ProofFailed(f"the proof for leaf {index} ends below the root")
    if found != root:
        raise ProofFailed(f"leaf {index} does not lead to the root of size {size}")


def verify_consistency(old: int, new: int, path: Sequence[bytes], old_root: bytes, new_root: bytes) -> None:
    """Pass when the tree of `new` leaves begins with the tree of `old`; else raise ProofFailed (RFC 9162 2.1.4.2).

    An old size of 0 is refused: everything is consistent with nothing, so such a proof says nothing.
    """
    if not 0 < old <= new:
        raise ProofFailed(f"no proof leads from size {old} to size {new}")
    if old == new:
        if path or old_root != new_root:
            raise ProofFailed(f"two different trees of size {old}")
        return
    _verify_growth(old, new, path, old_root, new_root)


def _verify_growth(old: int, new: int, path: Sequence[bytes], old_root: bytes, new_root: bytes) -> None:
    """Walk both roots up one path."""
    if not path:
        raise ProofFailed(f"the proof from size {old} to size {new} is empty")
    check_hashes([old_root, new_root, *path])
    # An old tree that is a perfect subtree of the new one is its own first step.
    steps = [old_root, *path] if old & (old - 1) == 0 else path
    here, last = _trim(old - 1, new - 1)
    was = now = steps[0]
    for step in steps[1:]:
        if last == 0:
            raise ProofFailed(f"the proof from size {old} to size {new} is longer than the tree is high")
        if here & 1 or here == last:
            was, now = node_hash(step, was), node_hash(step, now)
            here, last = _climb(here, last)
        else:
            now = node_hash(now, step)
        here, last = here >> 1, last >> 1
    if last != 0 or was != old_root or now != new_root:
        raise ProofFailed(f"the tree of size {new} does not begin with the tree of size {old}")


def _trim(here: int, last: int) -> tuple[int, int]:
    """Skip the levels on which the old tree's last node is a right child: its peak stands above them."""
    while here & 1:
        here, last = here >> 1, last >> 1
    return here, last


def _climb(here: int, last: int) -> tuple[int, int]:
    """On the right edge, skip the levels on which the node has no sibling."""
    while here and not here & 1:
        here, last = here >> 1, last >> 1
    return here, last


def _split(width: int) -> int:
    """The largest power of two smaller than `width`: where RFC 9162 cuts a tree in two."""
    return 1 << (width - 1).bit_length() - 1


def _range_root(low: int, high: int, hash_at: HashAt) -> bytes:
    """The root over leaves [low, high), where `low` is aligned as the cuts of RFC 9162 leave it."""

    def shifted(level: int, index: int) -> bytes:
        return hash_at(level, (low >> level) + index)

    return frontier_at(high - low, shifted).root
