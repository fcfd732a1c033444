"""Whatever is changed in a log after it was signed is found, and the first difference is named."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.errors import ProofFailed
from hub.tlog.checkpoint import Checkpoint, sign_checkpoint
from hub.tlog.notes import VerifierKey
from hub.tlog.tiles import ENTRIES, WIDTH, Tile, layout, pack
from hub.tlog.verify import ReadTile, from_folder, verify_log
from tests.samples import samples
from tests.tlog.test_notes import TESSERA
from tests.tlog.trees import KEY, ORIGIN, SEEN, checkpoint, entries, log, write

SIZES = st.integers(min_value=1, max_value=1200)


@given(size=st.integers(min_value=0, max_value=1200), data=st.data())
def test_a_log_verifies_as_it_was_written(size: int, data: st.DataObject) -> None:
    leaves = entries(size)
    raw, files = log(leaves)
    kept = data.draw(st.lists(st.integers(min_value=0, max_value=size), max_size=4))

    signed = verify_log(raw, files.get, SEEN, earlier=[checkpoint(leaves[:each]) for each in kept])

    assert signed.checkpoint == checkpoint(leaves)


def test_three_levels_of_tiles_verify() -> None:
    raw, files = log(entries(WIDTH * WIDTH + 300))

    assert {tile.level for tile in files} == {ENTRIES, 0, 1, 2}
    assert verify_log(raw, files.get, SEEN).checkpoint.size == 65_836


@given(size=SIZES, data=st.data())
def test_one_bit_in_any_file_is_found_and_the_file_named(size: int, data: st.DataObject) -> None:
    raw, files = log(entries(size))
    tile = data.draw(st.sampled_from(sorted(files)))
    bit = data.draw(st.integers(min_value=0, max_value=len(files[tile]) * 8 - 1))

    with pytest.raises(ProofFailed, match=tile.path.replace(".", r"\.")):
        verify_log(raw, (files | {tile: flipped(files[tile], bit)}).get, SEEN)


@given(size=SIZES, data=st.data())
def test_one_bit_in_the_checkpoint_is_found(size: int, data: st.DataObject) -> None:
    raw, files = log(entries(size))
    bit = data.draw(st.integers(min_value=0, max_value=len(raw) * 8 - 1))

    with pytest.raises(ProofFailed):
        verify_log(flipped(raw, bit), files.get, SEEN)


@given(size=SIZES, data=st.data())
def test_an_edited_entry_is_named_by_its_leaf(size: int, data: st.DataObject) -> None:
    raw, files = log(entries(size))
    index = data.draw(st.integers(min_value=0, max_value=size - 1))
    edited = entries(size)
    edited[index] += b"!"

    with pytest.raises(ProofFailed, match=f"leaf {index} does not hash"):
        verify_log(raw, with_entries(files, edited), SEEN)


@given(size=st.integers(min_value=2, max_value=1200), data=st.data())
def test_swapped_rows_are_named_by_the_first(size: int, data: st.DataObject) -> None:
    raw, files = log(entries(size))
    first, second = sorted(data.draw(st.lists(st.integers(0, size - 1), min_size=2, max_size=2, unique=True)))
    swapped = entries(size)
    swapped[first], swapped[second] = swapped[second], swapped[first]

    with pytest.raises(ProofFailed, match=f"leaf {first} does not hash"):
        verify_log(raw, with_entries(files, swapped), SEEN)


@given(size=SIZES, data=st.data())
def test_a_dropped_row_is_found(size: int, data: st.DataObject) -> None:
    raw, files = log(entries(size))
    index = data.draw(st.integers(min_value=0, max_value=size - 1))
    dropped = [each for at, each in enumerate(entries(size)) if at != index]

    with pytest.raises(ProofFailed):
        verify_log(raw, with_entries(files, dropped), SEEN)


@given(size=SIZES, data=st.data())
def test_a_deleted_tail_is_found_even_when_all_files_agree(size: int, data: st.DataObject) -> None:
    raw, _ = log(entries(size))
    left = data.draw(st.integers(min_value=0, max_value=size - 1))
    _, shorter = log(entries(left))

    with pytest.raises(ProofFailed, match=r"is missing: leaves \d+ to \d+|holds"):
        verify_log(raw, shorter.get, SEEN)


@given(size=SIZES, data=st.data())
def test_a_missing_file_is_named(size: int, data: st.DataObject) -> None:
    raw, files = log(entries(size))
    tile = data.draw(st.sampled_from(sorted(files)))

    with pytest.raises(ProofFailed, match=tile.path.replace(".", r"\.") + ": is missing"):
        verify_log(raw, {each: content for each, content in files.items() if each != tile}.get, SEEN)


@given(size=SIZES, data=st.data())
def test_a_log_rewritten_throughout_has_another_root(size: int, data: st.DataObject) -> None:
    raw, _ = log(entries(size))
    index = data.draw(st.integers(min_value=0, max_value=size - 1))
    edited = entries(size)
    edited[index] += b"!"

    with pytest.raises(ProofFailed, match=f"the first {size} leaves do not have the root that was signed"):
        verify_log(raw, dict(layout(edited)).get, SEEN)


@given(sizes=st.lists(SIZES, min_size=2, max_size=2, unique=True).map(sorted), data=st.data())
def test_a_log_rewritten_and_signed_anew_is_found_by_who_kept_a_checkpoint(
    sizes: list[int], data: st.DataObject
) -> None:
    kept, size = sizes
    index = data.draw(st.integers(min_value=0, max_value=kept - 1))
    edited = entries(size)
    edited[index] += b"!"
    raw, files = log(edited)

    verify_log(raw, files.get, SEEN)
    with pytest.raises(ProofFailed, match=f"the first {kept} leaves do not have the root that was signed"):
        verify_log(raw, files.get, SEEN, earlier=[checkpoint(entries(kept))])


def test_a_rewritten_tile_pair_is_narrowed_down_by_the_level_above() -> None:
    leaves = entries(1000)
    raw, files = log(leaves)
    _, edited = log([*leaves[:300], b"another", *leaves[301:]])
    both = {tile: edited[tile] for tile in edited if tile.index == 1 and tile.level <= 0}

    with pytest.raises(ProofFailed, match=r"tile/1/000\.p/3: hash 1 is not that of leaves 256 to 511"):
        verify_log(raw, (files | both).get, SEEN, earlier=[checkpoint(leaves[:400])])


def test_a_log_that_forgot_is_found_by_who_kept_a_checkpoint() -> None:
    raw, files = log(entries(10))
    elsewhere = Checkpoint(origin="example.org/other", size=5, root=checkpoint(entries(5)).root)
    for kept, says in ((checkpoint(entries(11)), "had 11"), (elsewhere, "example.org/other had 5")):
        with pytest.raises(ProofFailed, match=f"{ORIGIN} has 10 leaves now, and .*{says}"):
            verify_log(raw, files.get, SEEN, earlier=[kept])


def test_a_stranger_s_signature_is_no_signature() -> None:
    _, files = log(entries(10))
    forger = type(KEY).from_seed(ORIGIN, bytes(32))

    with pytest.raises(ProofFailed, match="nobody we know"):
        verify_log(sign_checkpoint(checkpoint(entries(10)), forger), files.get, SEEN)


def test_a_log_made_by_tessera_verifies_with_every_checkpoint_it_ever_signed() -> None:
    folder = samples("ledger/tessera-log/testdata/log")
    key = VerifierKey.parse(TESSERA)
    earlier = [
        verify_log((folder / f"checkpoint.{size}").read_bytes(), from_folder(folder), key).checkpoint
        for size in range(16)
    ]

    signed = verify_log((folder / "checkpoint").read_bytes(), from_folder(folder), key, earlier=earlier)

    assert signed.checkpoint.size == 15


def test_an_export_in_a_folder_verifies(tmp_path: Path) -> None:
    raw, files = log(entries(300))
    write(tmp_path, files)

    assert verify_log(raw, from_folder(tmp_path), SEEN).checkpoint.size == 300
    (tmp_path / "tile/0/000").unlink()
    with pytest.raises(ProofFailed, match="tile/0/000: is missing: leaves 0 to 255"):
        verify_log(raw, from_folder(tmp_path), SEEN)


def flipped(raw: bytes, bit: int) -> bytes:
    changed = bytearray(raw)
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)


def with_entries(files: dict[Tile, bytes], leaves: list[bytes]) -> ReadTile:
    """The same tiles over other entries, as an attacker leaves them who can only edit rows."""
    bundles = {tile: pack(leaves[tile.leaves.start : tile.leaves.stop]) for tile in files if tile.level == ENTRIES}
    return (files | bundles).get
