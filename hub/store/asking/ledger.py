"""The ledger as it lies in the database: entries, tiles, proofs; verified, exported."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from sqlalchemy import Connection, func, select

from hub.errors import ProofFailed
from hub.store.reading import AnyRow
from hub.store.schema import growth, hashes
from hub.tlog.checkpoint import Checkpoint, open_checkpoint, sign_checkpoint
from hub.tlog.leaf import Leaf
from hub.tlog.notes import SignerKey, VerifierKey
from hub.tlog.proofs import consistency_proof
from hub.tlog.receipt import Receipt, make_receipt
from hub.tlog.tiles import ENTRIES, Tile, chunks, hash_reader, pack, tiles_of
from hub.tlog.tree import HASH_SIZE, Frontier, HashAt, leaf_hashes

LEAF_SIZE = len(bytes(Leaf(at=10**15, commits="0" * 64)))


class Ledger:
    """Reads the ledger within one reading transaction, so that everything it says is of one moment."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._last = range(0)
        self._last_entries: list[bytes] = []

    @property
    def size(self) -> int:
        """How many entries there are."""
        newest = select(growth.c.first_leaf + growth.c.leaf_count).order_by(growth.c.commit.desc()).limit(1)
        return self._connection.execute(newest).scalar_one_or_none() or 0

    @property
    def checkpoint(self) -> bytes:
        """The newest signed checkpoint; empty when nothing was ever entered."""
        signed = select(growth.c.note).where(growth.c.note != b"").order_by(growth.c.commit.desc()).limit(1)
        return self._connection.execute(signed).scalar_one_or_none() or b""

    def entries(self, first: int, stop: int) -> list[bytes]:
        """The entries from `first` up to, not including, `stop`."""
        begin = select(func.max(growth.c.first_leaf)).where(growth.c.first_leaf <= first).scalar_subquery()
        rows = self._connection.execute(
            select(growth.c.first_leaf, growth.c.leaves)
            .where(growth.c.first_leaf >= begin, growth.c.first_leaf < stop, growth.c.leaf_count > 0)
            .order_by(growth.c.commit)
        ).all()
        if not rows:
            return []
        joined, at = b"".join(row.leaves for row in rows), (first - rows[0].first_leaf) * LEAF_SIZE
        return _split(joined[at : at + (stop - first) * LEAF_SIZE])

    def tile(self, tile: Tile) -> bytes:
        """The content of one file of the tiled layout."""
        if tile.level > 0:
            return self._above(tile)
        if self._last != tile.leaves:
            self._last, self._last_entries = tile.leaves, self.entries(tile.leaves.start, tile.leaves.stop)
        found = self._last_entries
        return pack(found) if tile.level == ENTRIES else b"".join(leaf_hashes(found))

    def hash_at(self, size: int) -> HashAt:
        """A reader of single hashes for proofs up to `size` entries."""
        return hash_reader(self.tile, size)

    def receipt(self, index: int, extra: bytes = b"") -> Receipt:
        """The proof that entry `index` is in the newest checkpoint."""
        size = self.size
        return make_receipt(index, size, self.hash_at(size), self.checkpoint, extra)

    def consistency(self, old: int) -> list[bytes]:
        """The proof that the tree of now begins with the one of `old` entries."""
        size = self.size
        return consistency_proof(old, size, self.hash_at(size))

    def consistency_of(self, old: int, size: int) -> list[bytes]:
        """The proof that the tree of `size` entries begins with the one of `old`."""
        return consistency_proof(old, size, self.hash_at(self.size))

    def note_at(self, size: int) -> bytes:
        """The checkpoint that was signed at a size. Raises ProofFailed where none was."""
        row = select(growth.c.note).where(growth.c.first_leaf + growth.c.leaf_count == size, growth.c.leaf_count > 0)
        found = self._connection.execute(row.limit(1)).scalar_one_or_none()
        if found is None:
            raise ProofFailed("no checkpoint was signed here", at=f"size {size}")
        return bytes(found)

    def verify(self, *logs: VerifierKey, signer: SignerKey | None = None) -> Checkpoint | None:
        """Re-derive every hash and check every signature, in one pass over the entries; gives the newest checkpoint.

        `logs` are the keys that signed it, the present one first: each signed from some commit on, and no older one after it.
        With the `signer` of the present one its signatures are made again and compared, which takes a third of the time.
        None for an empty ledger; `ProofFailed` names the first commit that differs. That the end was not cut off, only the
        signer's memory, a receipt or a witness can tell.
        """
        grown, newest, above, keys = Frontier(), None, self._all_above(), list(logs)
        rows = self._connection.execution_options(yield_per=100).execute(select(growth).order_by(growth.c.commit))
        for number, row in enumerate(rows, 1):
            _check_row(row, number, grown)
            growing = grown.extend(leaf_hashes(_split(row.leaves)))
            for chunk in chunks(growing):
                if chunk.level and above.pop((chunk.level, chunk.index, chunk.offset), b"") != chunk.hashes:
                    raise ProofFailed("its entries do not make the tile hashes that are stored", at=f"commit {number}")
            grown = growing.frontier
            if b"".join(grown.peaks) != row.peaks:
                raise ProofFailed("its entries do not make the tree it remembers", at=f"commit {number}")
            newest = _signed(row, grown, keys, signer) if row.leaf_count else newest
        if len(keys) > 1 and newest:
            raise ProofFailed("its newest checkpoint is not of the key that signs now", at=f"size {newest.size}")
        if above:
            raise ProofFailed("there are tile hashes that no entries make", at=f"level {min(above)[0]}")
        return newest

    def export(self, folder: Path) -> int:
        """Write the ledger in the C2SP tile layout, the checkpoint last; says how many entries."""
        size = self.size
        write_tiles(self, tiles_of(size), folder)
        write_file(folder / "checkpoint", self.checkpoint)
        return size

    def _above(self, tile: Tile) -> bytes:
        rows = select(hashes.c.run).where(hashes.c.level == tile.level, hashes.c.tile == tile.index)
        runs = self._connection.execute(rows.order_by(hashes.c.start)).scalars()
        return b"".join(runs)[: tile.width * HASH_SIZE]

    def _all_above(self) -> dict[tuple[int, int, int], bytes]:
        rows = self._connection.execute(select(hashes.c.level, hashes.c.tile, hashes.c.start, hashes.c.run))
        return {(level, tile, start): run for level, tile, start, run in rows}


def _check_row(row: AnyRow, number: int, grown: Frontier) -> None:
    """Each commit begins where the one before ended, and its entries are whole."""
    if row.commit != number or row.first_leaf != grown.size:
        raise ProofFailed("it is missing, or was put elsewhere", at=f"commit {number}")
    if len(row.leaves) != row.leaf_count * LEAF_SIZE:
        raise ProofFailed("its entries are not whole", at=f"commit {number}")


def _signed(row: AnyRow, grown: Frontier, keys: list[VerifierKey], signer: SignerKey | None) -> Checkpoint:
    """The checkpoint of a commit by the oldest key that may still sign; where that did not, it never does again."""
    if signer:
        expected = Checkpoint.of(signer.name, grown)
        # Ed25519 signs the same in the same bytes (RFC 8032): whatever else stands there is looked at below.
        if row.note == sign_checkpoint(expected, signer):
            del keys[1:]
            return expected
    try:
        checkpoint = open_checkpoint(row.note, keys[-1]).checkpoint
    except ProofFailed as failed:
        if len(keys) > 1:
            keys.pop()
            return _signed(row, grown, keys, None)
        raise ProofFailed(f"its checkpoint: {failed.message}", at=f"commit {row.commit}") from failed
    if checkpoint != Checkpoint.of(keys[-1].name, grown):
        raise ProofFailed("its entries do not make the tree that was signed", at=f"commit {row.commit}")
    return checkpoint


def write_tiles(ledger: Ledger, tiles: Iterable[Tile], folder: Path) -> None:
    """Write files of the layout, each whole or not at all."""
    # Side by side, the entries and the hashes of one run of leaves are read together.
    for tile in sorted(tiles, key=lambda tile: (tile.leaves.start, tile.level)):
        write_file(folder / tile.path, ledger.tile(tile))


def write_file(path: Path, content: bytes) -> None:
    """Put a file in its place at once, so that no reader sees half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(path.name + ".new")
    fresh.write_bytes(content)
    fresh.replace(path)


def _split(leaves: bytes) -> list[bytes]:
    return [leaves[at : at + LEAF_SIZE] for at in range(0, len(leaves), LEAF_SIZE)]
