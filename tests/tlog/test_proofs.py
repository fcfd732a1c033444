"""A proof holds for what it proves and for nothing else."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from hub.errors import ProofFailed
from hub.tlog.proofs import consistency_proof, inclusion_proof, verify_consistency, verify_inclusion
from hub.tlog.tree import leaf_hash
from tests.tlog.trees import entries, reader, root_by_definition

SIZES = st.integers(min_value=1, max_value=600)


@given(size=SIZES, data=st.data())
def test_every_leaf_is_proven_in_every_tree_that_holds_it(size: int, data: st.DataObject) -> None:
    leaves = entries(size)
    index = data.draw(st.integers(min_value=0, max_value=size - 1))
    path = inclusion_proof(index, size, reader(leaves))

    verify_inclusion(index, size, leaf_hash(leaves[index]), path, root_by_definition(leaves))


@given(size=SIZES, data=st.data())
def test_every_tree_is_proven_to_begin_with_every_earlier_one(size: int, data: st.DataObject) -> None:
    leaves = entries(size)
    old = data.draw(st.integers(min_value=1, max_value=size))
    path = consistency_proof(old, size, reader(leaves))

    verify_consistency(old, size, path, root_by_definition(leaves[:old]), root_by_definition(leaves))


def test_small_trees_are_proven_without_exception() -> None:
    leaves = entries(33)
    roots = [root_by_definition(leaves[:size]) for size in range(34)]
    for size in range(1, 34):
        for other in range(1, size + 1):
            path = inclusion_proof(other - 1, size, reader(leaves[:size]))
            verify_inclusion(other - 1, size, leaf_hash(leaves[other - 1]), path, roots[size])
            steps = consistency_proof(other, size, reader(leaves[:size]))
            verify_consistency(other, size, steps, roots[other], roots[size])


@given(size=SIZES, data=st.data())
def test_a_leaf_is_proven_at_its_own_place_only(size: int, data: st.DataObject) -> None:
    leaves = entries(size)
    index, other = (data.draw(st.integers(min_value=0, max_value=size - 1)) for _ in range(2))
    assume(index != other)
    path = inclusion_proof(index, size, reader(leaves))

    with pytest.raises(ProofFailed):
        verify_inclusion(other, size, leaf_hash(leaves[index]), path, root_by_definition(leaves))


@given(size=st.integers(min_value=2, max_value=600), data=st.data())
def test_one_bit_breaks_an_inclusion_proof(size: int, data: st.DataObject) -> None:
    leaves = entries(size)
    index = data.draw(st.integers(min_value=0, max_value=size - 1))
    path, root = inclusion_proof(index, size, reader(leaves)), root_by_definition(leaves)
    parts = flip(data, [leaf_hash(leaves[index]), root, *path])

    with pytest.raises(ProofFailed):
        verify_inclusion(index, size, parts[0], parts[2:], parts[1])


@given(size=st.integers(min_value=2, max_value=600), data=st.data())
def test_one_bit_breaks_a_consistency_proof(size: int, data: st.DataObject) -> None:
    leaves = entries(size)
    old = data.draw(st.integers(min_value=1, max_value=size))
    path = consistency_proof(old, size, reader(leaves))
    parts = flip(data, [root_by_definition(leaves[:old]), root_by_definition(leaves), *path])

    with pytest.raises(ProofFailed):
        verify_consistency(old, size, parts[2:], parts[0], parts[1])


@given(size=st.integers(min_value=2, max_value=300), data=st.data())
def test_a_forked_tree_is_not_a_later_one(size: int, data: st.DataObject) -> None:
    old = data.draw(st.integers(min_value=1, max_value=size - 1))
    changed = data.draw(st.integers(min_value=0, max_value=old - 1))
    leaves = entries(size)
    forked = [*leaves[:changed], b"another", *leaves[changed + 1 :]]
    path = consistency_proof(old, size, reader(forked))

    with pytest.raises(ProofFailed):
        verify_consistency(old, size, path, root_by_definition(leaves[:old]), root_by_definition(forked))


def test_a_proof_cut_or_lengthened_is_refused() -> None:
    leaves = entries(21)
    root = root_by_definition(leaves)
    path = inclusion_proof(9, 21, reader(leaves))
    steps = consistency_proof(9, 21, reader(leaves))
    for wrong in ([], path[:-1], path[1:], [*path, path[-1]], [bytes(31), *path[1:]]):
        with pytest.raises(ProofFailed):
            verify_inclusion(9, 21, leaf_hash(leaves[9]), wrong, root)
    for wrong in ([], steps[:-1], steps[1:], [*steps, steps[-1]], [bytes(31), *steps[1:]]):
        with pytest.raises(ProofFailed):
            verify_consistency(9, 21, wrong, root_by_definition(leaves[:9]), root)


def test_a_size_that_does_not_belong_to_the_root_is_refused() -> None:
    # Who signs a root with the wrong size makes proofs whose hashes agree and whose length does not.
    first, second = leaf_hash(b"first"), leaf_hash(b"second")
    root = root_by_definition([b"first", b"second"])

    with pytest.raises(ProofFailed, match="longer than the tree is high"):
        verify_inclusion(0, 1, second, [first], root)
    with pytest.raises(ProofFailed, match="ends below the root"):
        verify_inclusion(0, 4, first, [second], root)
    with pytest.raises(ProofFailed, match="longer than the tree is high"):
        verify_consistency(1, 2, [second, second], first, root)


@pytest.mark.parametrize(("index", "size"), [(0, 0), (5, 5), (6, 5), (-1, 5)])
def test_there_is_no_proof_for_a_leaf_that_is_not_there(index: int, size: int) -> None:
    with pytest.raises(ProofFailed, match=f"no leaf {index} in a tree of {size}"):
        inclusion_proof(index, size, reader(entries(8)))
    with pytest.raises(ProofFailed, match=f"no leaf {index} in a tree of {size}"):
        verify_inclusion(index, size, bytes(32), [], bytes(32))


@pytest.mark.parametrize(("old", "new"), [(0, 0), (0, 5), (6, 5), (-1, 5)])
def test_there_is_no_proof_between_sizes_that_do_not_follow(old: int, new: int) -> None:
    with pytest.raises(ProofFailed, match=f"from size {old} to size {new}"):
        consistency_proof(old, new, reader(entries(8)))
    with pytest.raises(ProofFailed, match=f"from size {old} to size {new}"):
        verify_consistency(old, new, [], bytes(32), bytes(32))


def test_a_proof_grows_with_the_height_of_the_tree_only() -> None:
    leaves = entries(1024)
    lengths = [len(inclusion_proof(0, 1 << height, reader(leaves[: 1 << height]))) for height in range(11)]

    assert all(after - before == 1 for before, after in pairwise(lengths))


def flip(data: st.DataObject, parts: list[bytes]) -> list[bytes]:
    """The same parts with one bit changed anywhere."""
    part = data.draw(st.integers(min_value=0, max_value=len(parts) - 1))
    bit = data.draw(st.integers(min_value=0, max_value=len(parts[part]) * 8 - 1))
    changed = bytearray(parts[part])
    changed[bit // 8] ^= 1 << bit % 8
    return [*parts[:part], bytes(changed), *parts[part + 1 :]]
