"""Re-derive a whole log from its entries, compare every file with what is there, and name the first difference."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from hub.errors import ProofFailed
from hub.tlog.checkpoint import Checkpoint, Signed, open_checkpoint
from hub.tlog.notes import VerifierKey
from hub.tlog.tiles import ENTRIES, WIDTH, Tile, TileBuilder, split_hashes, unpack
from hub.tlog.tree import EMPTY_ROOT, leaf_hashes

# The content of one file of the layout, or None when it is missing.
ReadTile = Callable[[Tile], bytes | None]


def from_folder(folder: Path) -> ReadTile:
    """A reader of the files of an export."""

    def read(tile: Tile) -> bytes | None:
        path = folder / tile.path
        return path.read_bytes() if path.is_file() else None

    return read


def verify_log(
    raw: bytes,
    read: ReadTile,
    log: VerifierKey,
    *,
    witnesses: Iterable[VerifierKey] = (),
    earlier: Iterable[Checkpoint] = (),
) -> Signed:
    """Re-derive the log that the signed checkpoint `raw` speaks of: every leaf hash, every tile, the root.

    `earlier`: checkpoints kept from before; the log must begin with each.
    Raises ProofFailed naming the first leaf, tile or size that differs.
    """
    signed = open_checkpoint(raw, log, witnesses)
    promised = sorted([signed.checkpoint, *earlier], key=lambda each: each.size)
    _check_promises(promised, signed.checkpoint)
    roots = _derive(signed.checkpoint.size, read, {each.size for each in promised})
    # After the tiles, which name a smaller range than a root can.
    for each in promised:
        if roots[each.size] != each.root:
            raise ProofFailed(f"the first {each.size} leaves do not have the root that was signed")
    return signed


def _check_promises(promised: list[Checkpoint], now: Checkpoint) -> None:
    for each in promised:
        if each.origin != now.origin or each.size > now.size:
            raise ProofFailed(f"{now.origin} has {now.size} leaves now, and {each.origin} had {each.size}")


def _derive(size: int, read: ReadTile, wanted: set[int]) -> dict[int, bytes]:
    """Compare every file with what the entries make of it; return the roots at the wanted sizes."""
    builder, roots = TileBuilder(), {0: EMPTY_ROOT}
    for index in range(-(-size // WIDTH)):
        hashes = _check_bundle(index, min(WIDTH, size - index * WIDTH), read)
        for each in range(builder.size + 1, builder.size + len(hashes) + 1):
            if each in wanted:
                roots[each] = builder.frontier().extend(hashes[: each - builder.size]).frontier.root
        for tile, content in builder.add(hashes):
            _check_tile(tile, content, read)
    for tile, content in builder.rest():
        _check_tile(tile, content, read)
    return roots


def _check_bundle(index: int, width: int, read: ReadTile) -> list[bytes]:
    """The leaf hashes of one entry bundle, each compared with its tile."""
    bundle, tile = Tile(level=ENTRIES, index=index, width=width), Tile(level=0, index=index, width=width)
    hashes = leaf_hashes(unpack(bundle, _take(bundle, read)))
    if (found := _take(tile, read)) != b"".join(hashes):
        at = _first_difference(hashes, split_hashes(tile, found))
        raise ProofFailed(f"leaf {bundle.leaves.start + at} does not hash to what {tile.path} holds", at=bundle.path)
    return hashes


def _check_tile(tile: Tile, content: bytes, read: ReadTile) -> None:
    """Compare a tile with what its leaves make of it. Level 0 was compared leaf by leaf before."""
    if tile.level == 0 or (found := _take(tile, read)) == content:
        return
    at = _first_difference(split_hashes(tile, content), split_hashes(tile, found))
    each = len(tile.leaves) // tile.width
    first = tile.leaves.start + at * each
    raise ProofFailed(f"hash {at} is not that of leaves {first} to {first + each - 1}", at=tile.path)


def _take(tile: Tile, read: ReadTile) -> bytes:
    if (content := read(tile)) is None:
        raise ProofFailed(f"is missing: leaves {tile.leaves.start} to {tile.leaves.stop - 1}", at=tile.path)
    return content


def _first_difference(ours: list[bytes], theirs: list[bytes]) -> int:
    return next(at for at, (one, other) in enumerate(zip(ours, theirs, strict=True)) if one != other)
