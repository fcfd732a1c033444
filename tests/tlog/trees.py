"""A tree by its definition, slow and plain, to hold the quick one against; and logs to break."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from hashlib import sha256
from pathlib import Path

from hub.tlog.checkpoint import Checkpoint, sign_checkpoint
from hub.tlog.notes import SignerKey
from hub.tlog.tiles import Tile, layout
from hub.tlog.tree import Frontier, HashAt, leaf_hashes

ORIGIN = "example.org/ledger"
KEY = SignerKey.from_seed(ORIGIN, bytes(range(32)))
SEEN = KEY.verifier


def entries(count: int, salt: str = "") -> list[bytes]:
    """Entries that all differ."""
    return [f"entry {number}{salt}".encode() for number in range(count)]


def root_by_definition(leaves: Sequence[bytes]) -> bytes:
    """RFC 6962 2.1, word for word: cut at the largest power of two, hash the halves."""
    if not leaves:
        return sha256(b"").digest()
    if len(leaves) == 1:
        return sha256(b"\x00" + leaves[0]).digest()
    cut = 1
    while cut * 2 < len(leaves):
        cut *= 2
    return sha256(b"\x01" + root_by_definition(leaves[:cut]) + root_by_definition(leaves[cut:])).digest()


def reader(leaves: Sequence[bytes]) -> HashAt:
    """Every hash of the tree over these entries."""
    levels = Frontier().extend(leaf_hashes(leaves)).levels

    def hash_at(level: int, index: int) -> bytes:
        return levels[level][1][index]

    return hash_at


def checkpoint(leaves: Sequence[bytes]) -> Checkpoint:
    """What the log says of itself when it holds these entries."""
    return Checkpoint.of(ORIGIN, Frontier().extend(leaf_hashes(leaves)).frontier)


def log(leaves: Sequence[bytes]) -> tuple[bytes, dict[Tile, bytes]]:
    """The signed checkpoint and every file of the log over these entries."""
    return sign_checkpoint(checkpoint(leaves), KEY), dict(layout(leaves))


def write(folder: Path, files: Mapping[Tile, bytes]) -> None:
    """The files of a log as they lie in an export."""
    for tile, content in files.items():
        (folder / tile.path).parent.mkdir(parents=True, exist_ok=True)
        (folder / tile.path).write_bytes(content)
