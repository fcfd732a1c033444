"""The C2SP tlog-tiles layout: which files a tree makes, what they are called and what is in them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice

from hub.errors import ProofFailed
from hub.tlog.tree import HASH_SIZE, Frontier, Growth, HashAt, fold, leaf_hashes

# tlog-tiles: a full tile is 256 hashes wide and stands for eight levels of the tree.
WIDTH = 256
HEIGHT = 8
# The level of an entry bundle, which lies below the level-0 tile of the same index.
ENTRIES = -1
LARGEST_ENTRY = 65_535


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Tile:
    """One file of the layout: 256 hashes of one level, or fewer at the right edge; or, at level ENTRIES, the entries.

    >>> Tile(level=0, index=1234067).path, Tile(level=ENTRIES, index=3, width=12).path
    ('tile/0/x001/x234/067', 'tile/entries/003.p/12')
    """

    level: int
    index: int
    width: int = WIDTH

    @property
    def path(self) -> str:
        """Where it lies below the log's folder or address."""
        rest, low = divmod(self.index, 1000)
        number = f"{low:03d}"
        while rest:
            rest, low = divmod(rest, 1000)
            number = f"x{low:03d}/{number}"
        level = "entries" if self.level == ENTRIES else str(self.level)
        return f"tile/{level}/{number}" + (f".p/{self.width}" if self.width < WIDTH else "")

    @property
    def leaves(self) -> range:
        """The leaves it stands for."""
        each = 1 << HEIGHT * max(self.level, 0)
        return range(self.index * WIDTH * each, (self.index * WIDTH + self.width) * each)


def tiles_grown(old: int, new: int) -> Iterator[Tile]:
    """Every file that a tree of `new` leaves has and a tree of `old` leaves had not, entry bundles first, then level by level.

    >>> [tile.path for tile in tiles_grown(255, 257)][-3:]
    ['tile/0/000', 'tile/0/001.p/1', 'tile/1/000.p/1']
    """
    yield from _level_grown(ENTRIES, old, new)
    level = 0
    while new:
        yield from _level_grown(level, old, new)
        level, old, new = level + 1, old >> HEIGHT, new >> HEIGHT


def tiles_of(size: int) -> Iterator[Tile]:
    """Every file of a tree of `size` leaves."""
    return tiles_grown(0, size)


def _level_grown(level: int, old: int, new: int) -> Iterator[Tile]:
    if old < new:
        for index in range(old >> HEIGHT, -(-new // WIDTH)):
            yield Tile(level=level, index=index, width=min(WIDTH, new - index * WIDTH))


@dataclass(frozen=True, slots=True, kw_only=True)
class Chunk:
    """New hashes of one tile: `hashes` (32 bytes each) begin at hash `offset` of tile `index` at tile level `level`.

    A store that keeps chunks never rewrites: a tile is its chunks, joined in order of offset.
    """

    level: int
    index: int
    offset: int
    hashes: bytes


def chunks(growth: Growth) -> Iterator[Chunk]:
    """What an append adds to the tiles, cut where tiles end."""
    for level, (first, hashes) in enumerate(growth.levels[::HEIGHT]):
        at, stop = first, first + len(hashes)
        while at < stop:
            end = min(stop, (at // WIDTH + 1) * WIDTH)
            yield Chunk(
                level=level, index=at // WIDTH, offset=at % WIDTH, hashes=b"".join(hashes[at - first : end - first])
            )
            at = end


def hash_reader(read: Callable[[Tile], bytes], size: int) -> HashAt:
    """A reader of single hashes for proofs up to `size` leaves, from a reader of tiles (which raises when it has none)."""

    @lru_cache(maxsize=32)
    def tile_at(level: int, index: int) -> list[bytes]:
        tile = Tile(level=level, index=index, width=min(WIDTH, (size >> HEIGHT * level) - index * WIDTH))
        return split_hashes(tile, read(tile))

    def hash_at(level: int, index: int) -> bytes:
        if (index + 1) << level > size:
            raise ProofFailed(f"a tree of {size} leaves has no hash {index} at level {level}")
        tile, below = divmod(level, HEIGHT)
        number, offset = divmod(index << below, WIDTH)
        return fold(tile_at(tile, number)[offset : offset + (1 << below)])

    return hash_at


def split_hashes(tile: Tile, content: bytes) -> list[bytes]:
    """The hashes of a tile file; ProofFailed when it is not as long as it must be."""
    if len(content) != tile.width * HASH_SIZE:
        raise ProofFailed(f"holds {len(content)} bytes where {tile.width} hashes of {HASH_SIZE} belong", at=tile.path)
    return [content[at : at + HASH_SIZE] for at in range(0, len(content), HASH_SIZE)]


def pack(entries: Iterable[bytes]) -> bytes:
    r"""An entry bundle: each entry behind its length in two bytes, big-endian. Entries are at most 65,535 bytes.

    >>> pack([b"one", b""])
    b'\x00\x03one\x00\x00'
    """
    try:
        return b"".join([len(entry).to_bytes(2, "big") + entry for entry in entries])
    except OverflowError as error:
        raise ProofFailed(f"an entry is longer than {LARGEST_ENTRY} bytes") from error


def unpack(tile: Tile, bundle: bytes) -> list[bytes]:
    """The entries of a bundle file, as many as its tile is wide; ProofFailed names the leaf at which it breaks."""
    entries: list[bytes] = []
    at, stop = 0, len(bundle)
    while at + 2 <= stop:
        start = at + 2
        at = start + (bundle[at] << 8 | bundle[at + 1])
        entries.append(bundle[start:at])
    if at != stop:
        raise ProofFailed(f"leaf {tile.leaves.start + len(entries) - (at > stop)} is cut short", at=tile.path)
    if len(entries) != tile.width:
        raise ProofFailed(f"holds {len(entries)} entries where {tile.width} belong", at=tile.path)
    return entries


class TileBuilder:
    """Builds every tile of a tree from leaf hashes that arrive in order, a bundle at a time."""

    __slots__ = ("_open", "size")

    def __init__(self) -> None:
        """An empty tree."""
        self.size = 0
        self._open: list[list[bytes]] = [[]]

    def add(self, leaves: Sequence[bytes]) -> Iterator[tuple[Tile, bytes]]:
        """Take at most 256 leaf hashes, beginning where a tile begins; yield the full tiles this makes, lowest first."""
        if self._open[0] or len(leaves) > WIDTH:
            raise ValueError("leaves are added 256 at a time; only the last bundle may be shorter")
        self._open[0] = list(leaves)
        self.size += len(leaves)
        return self._close()

    def _close(self) -> Iterator[tuple[Tile, bytes]]:
        for level in range(len(self._open)):
            hashes = self._open[level]
            if len(hashes) < WIDTH:
                return
            yield Tile(level=level, index=(self.size >> HEIGHT * (level + 1)) - 1), b"".join(hashes)
            self._open[level] = []
            if level + 1 == len(self._open):
                self._open.append([])
            self._open[level + 1].append(fold(hashes))

    def rest(self) -> Iterator[tuple[Tile, bytes]]:
        """The partial tiles at the right edge, lowest first."""
        for level, hashes in enumerate(self._open):
            if hashes:
                yield Tile(level=level, index=self.size >> HEIGHT * (level + 1), width=len(hashes)), b"".join(hashes)

    def frontier(self) -> Frontier:
        """The frontier over everything added."""
        peaks: list[bytes] = []
        for hashes in reversed(self._open):
            at = 0
            for bit in reversed(range(HEIGHT)):
                if len(hashes) >> bit & 1:
                    peaks.append(fold(hashes[at : at + (1 << bit)]))
                    at += 1 << bit
        return Frontier(size=self.size, peaks=tuple(peaks))


def layout(entries: Iterable[bytes]) -> Iterator[tuple[Tile, bytes]]:
    """Every file of a log over these entries, except the checkpoint: what an export writes."""
    builder = TileBuilder()
    for index, batch in enumerate(_batches(entries)):
        yield Tile(level=ENTRIES, index=index, width=len(batch)), pack(batch)
        yield from builder.add(leaf_hashes(batch))
    yield from builder.rest()


def _batches(entries: Iterable[bytes]) -> Iterator[list[bytes]]:
    each = iter(entries)
    while batch := list(islice(each, WIDTH)):
        yield batch
