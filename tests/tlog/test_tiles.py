"""The files of a log are those of C2SP tlog-tiles, by name and by content."""

from __future__ import annotations

import re
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.errors import ProofFailed
from hub.tlog.tiles import (
    ENTRIES,
    WIDTH,
    Chunk,
    Tile,
    TileBuilder,
    chunks,
    hash_reader,
    layout,
    pack,
    split_hashes,
    tiles_grown,
    tiles_of,
    unpack,
)
from hub.tlog.tree import Frontier, leaf_hashes
from tests.samples import samples
from tests.tlog.trees import entries, reader


@pytest.mark.parametrize(
    ("tile", "path"),
    [
        # The example of the specification.
        (Tile(level=0, index=1234067), "tile/0/x001/x234/067"),
        (Tile(level=0, index=0), "tile/0/000"),
        (Tile(level=3, index=999, width=1), "tile/3/999.p/1"),
        (Tile(level=0, index=1000), "tile/0/x001/000"),
        (Tile(level=1, index=1_000_000, width=255), "tile/1/x001/x000/000.p/255"),
        (Tile(level=ENTRIES, index=7), "tile/entries/007"),
        (Tile(level=ENTRIES, index=7, width=200), "tile/entries/007.p/200"),
    ],
)
def test_a_tile_is_named_as_specified(tile: Tile, path: str) -> None:
    assert tile.path == path


@given(index=st.integers(min_value=0, max_value=10**12))
def test_a_name_says_its_index(index: int) -> None:
    parts = Tile(level=0, index=index).path.split("/")[2:]

    assert all(re.fullmatch(r"x\d{3}", part) for part in parts[:-1])
    assert int("".join(part.removeprefix("x") for part in parts)) == index


def test_a_tree_of_70000_leaves_has_the_tiles_of_the_specification() -> None:
    hashes = [tile for tile in tiles_of(70_000) if tile.level != ENTRIES]
    full = Counter(tile.level for tile in hashes if tile.width == WIDTH)
    partial = {tile.level: tile.width for tile in hashes if tile.width < WIDTH}

    assert full == {0: 273, 1: 1}
    assert partial == {0: 112, 1: 17, 2: 1}
    assert {tile.path for tile in tiles_of(256)} == {"tile/entries/000", "tile/0/000", "tile/1/000.p/1"}


@given(sizes=st.lists(st.integers(min_value=0, max_value=140_000), min_size=2, max_size=2).map(sorted))
def test_growth_makes_the_files_that_were_not_there(sizes: list[int]) -> None:
    old, new = sizes

    assert set(tiles_grown(old, new)) == set(tiles_of(new)) - set(tiles_of(old))


@given(size=st.integers(min_value=0, max_value=70_000))
def test_a_layout_writes_every_file_of_its_tree_and_no_other(size: int) -> None:
    widths = {tile: width_of(tile, content) for tile, content in layout([b""] * size)}

    assert set(widths) == set(tiles_of(size))
    assert all(tile.width == width for tile, width in widths.items())


def width_of(tile: Tile, content: bytes) -> int:
    return len(unpack(tile, content)) if tile.level == ENTRIES else len(split_hashes(tile, content))


def test_tiles_of_high_levels_hold_the_hashes_of_the_tree() -> None:
    leaves = entries(66_000)
    levels = Frontier().extend(leaf_hashes(leaves)).levels
    for tile, content in layout(leaves):
        if tile.level == ENTRIES:
            assert unpack(tile, content) == leaves[tile.leaves.start : tile.leaves.stop]
        else:
            first = tile.index * WIDTH
            assert content == b"".join(levels[tile.level * 8][1][first : first + tile.width])


@given(sizes=st.lists(st.integers(min_value=0, max_value=1500), max_size=5))
def test_chunks_joined_are_the_tiles(sizes: list[int]) -> None:
    leaves = entries(sum(sizes))
    frontier, kept = Frontier(), list[Chunk]()
    for size in sizes:
        growth = frontier.extend(leaf_hashes(leaves[frontier.size : frontier.size + size]))
        kept += chunks(growth)
        frontier = growth.frontier

    for tile, content in layout(leaves):
        if tile.level != ENTRIES:
            mine = sorted(
                (each for each in kept if (each.level, each.index) == (tile.level, tile.index)),
                key=lambda each: each.offset,
            )
            assert b"".join(each.hashes for each in mine) == content
            assert all(each.offset * 32 == len(b"".join(m.hashes for m in mine[:at])) for at, each in enumerate(mine))


@given(size=st.integers(min_value=1, max_value=1000), data=st.data())
def test_tiles_give_every_hash_of_the_tree(size: int, data: st.DataObject) -> None:
    leaves = entries(size)
    level = data.draw(st.integers(min_value=0, max_value=size.bit_length() - 1))
    index = data.draw(st.integers(min_value=0, max_value=(size >> level) - 1))
    files = dict(layout(leaves))

    assert hash_reader(files.__getitem__, size)(level, index) == reader(leaves)(level, index)


def test_a_hash_beyond_the_tree_is_refused() -> None:
    read = hash_reader(dict(layout(entries(300))).__getitem__, 300)
    for level, index in [(0, 300), (8, 1), (9, 0), (1, 150)]:
        with pytest.raises(ProofFailed, match=f"no hash {index} at level {level}"):
            read(level, index)


def test_a_tile_of_the_wrong_length_is_refused_by_name() -> None:
    read = hash_reader(lambda tile: bytes(tile.width * 32 - 1), 300)
    with pytest.raises(ProofFailed, match=r"tile/0/001.p/44"):
        read(0, 299)


@given(st.lists(st.binary(max_size=300), min_size=1, max_size=WIDTH))
def test_what_is_packed_is_unpacked(each: list[bytes]) -> None:
    assert unpack(Tile(level=ENTRIES, index=0, width=len(each)), pack(each)) == each


def test_an_entry_may_be_65535_bytes_and_no_more() -> None:
    tile = Tile(level=ENTRIES, index=0, width=1)

    assert unpack(tile, pack([bytes(65_535)])) == [bytes(65_535)]
    with pytest.raises(ProofFailed, match="65535"):
        pack([bytes(65_536)])


@pytest.mark.parametrize(
    ("bundle", "says"),
    [
        (b"\x00\x01a\x00\x02b", "leaf 513 is cut short"),
        (b"\x00\x01a\x00", "leaf 513 is cut short"),
        (b"\x00\x01a", "holds 1 entries where 2 belong"),
        (b"\x00\x00\x00\x00\x00\x00", "holds 3 entries where 2 belong"),
        (b"", "holds 0 entries where 2 belong"),
    ],
)
def test_a_broken_bundle_names_its_leaf(bundle: bytes, says: str) -> None:
    with pytest.raises(ProofFailed, match=f"tile/entries/002.p/2: {says}"):
        unpack(Tile(level=ENTRIES, index=2, width=2), bundle)


def test_a_builder_takes_whole_bundles_only() -> None:
    builder = TileBuilder()
    list(builder.add(leaf_hashes(entries(3))))

    with pytest.raises(ValueError, match="256 at a time"):
        builder.add(leaf_hashes(entries(3)))


@pytest.mark.parametrize("size", range(1, 16))
def test_a_log_made_by_tessera_has_the_files_we_would_write(size: int) -> None:
    folder = samples("ledger/tessera-log/testdata/log")
    tile = Tile(level=ENTRIES, index=0, width=size)
    leaves = unpack(tile, (folder / tile.path).read_bytes())

    for each, content in layout(leaves):
        assert (folder / each.path).read_bytes() == content
