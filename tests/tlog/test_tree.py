"""The tree is that of RFC 6962, however it is appended to."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.errors import ProofFailed
from hub.tlog.tree import EMPTY_ROOT, Frontier, frontier_at, leaf_hashes, root_at
from tests.tlog.trees import entries, reader, root_by_definition

SIZES = st.integers(min_value=0, max_value=700)

# The eight entries that the tests of Certificate Transparency have used since 2012, and the roots over them.
KNOWN_ENTRIES = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
KNOWN_ROOTS = {
    1: "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    2: "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    3: "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    4: "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    5: "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    6: "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    7: "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    8: "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
}


@pytest.mark.parametrize(("size", "root"), KNOWN_ROOTS.items())
def test_the_roots_are_those_of_certificate_transparency(size: int, root: str) -> None:
    leaves = [bytes.fromhex(each) for each in KNOWN_ENTRIES[:size]]

    assert Frontier().extend(leaf_hashes(leaves)).frontier.root.hex() == root


def test_the_root_of_no_leaves_is_the_hash_of_nothing() -> None:
    assert Frontier().root == EMPTY_ROOT == root_by_definition([])


@given(size=SIZES)
def test_the_root_is_the_one_of_the_definition(size: int) -> None:
    leaves = entries(size)

    assert Frontier().extend(leaf_hashes(leaves)).frontier.root == root_by_definition(leaves)


@given(sizes=st.lists(st.integers(min_value=0, max_value=300), max_size=6))
def test_batches_make_the_same_tree_as_one_append(sizes: list[int]) -> None:
    hashes = leaf_hashes(entries(sum(sizes)))
    whole = Frontier().extend(hashes)

    frontier, levels = Frontier(), [list[bytes]() for _ in whole.levels]
    for size in sizes:
        growth = frontier.extend(hashes[frontier.size : frontier.size + size])
        for level, (first, run) in enumerate(growth.levels):
            assert first == len(levels[level]), "the new hashes continue those before"
            levels[level] += run
        frontier = growth.frontier

    assert frontier == whole.frontier
    assert levels == [run for _, run in whole.levels]


def test_an_append_leaves_the_frontier_it_came_from_alone() -> None:
    before = Frontier().extend(leaf_hashes(entries(13))).frontier
    root = before.root

    before.extend(leaf_hashes(entries(5)))

    assert (before.size, before.root) == (13, root)


@given(size=st.integers(min_value=1, max_value=400), data=st.data())
def test_the_hashes_remember_every_earlier_tree(size: int, data: st.DataObject) -> None:
    leaves = entries(size)
    earlier = data.draw(st.integers(min_value=0, max_value=size))

    assert frontier_at(earlier, reader(leaves)) == Frontier().extend(leaf_hashes(leaves[:earlier])).frontier
    assert root_at(earlier, reader(leaves)) == root_by_definition(leaves[:earlier])


def test_a_frontier_that_belongs_to_no_tree_is_refused() -> None:
    for size, peaks in [(2, ()), (3, (bytes(32),)), (-1, (bytes(32),)), (1, (bytes(31),))]:
        with pytest.raises(ProofFailed):
            Frontier(size=size, peaks=peaks)


def test_entries_handed_in_for_their_hashes_are_refused() -> None:
    with pytest.raises(ProofFailed, match="a hash is 32 bytes long"):
        Frontier().extend(entries(2))
