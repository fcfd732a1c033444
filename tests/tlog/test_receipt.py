"""A receipt proves one entry, offline, and lays open no more than it was told to."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.errors import ProofFailed
from hub.tlog.checkpoint import cosign, sign_checkpoint
from hub.tlog.leaf import Opening, check_opening
from hub.tlog.receipt import Receipt, check_receipt, make_receipt
from tests.tlog.test_checkpoint import WITNESS
from tests.tlog.test_leaf import LEAF, opening
from tests.tlog.trees import KEY, SEEN, checkpoint, entries, reader


def receipt(leaves: list[bytes], index: int, extra: bytes = b"") -> Receipt:
    return make_receipt(index, len(leaves), reader(leaves), sign_checkpoint(checkpoint(leaves), KEY), extra)


@given(size=st.integers(min_value=1, max_value=300), extra=st.binary(max_size=40), data=st.data())
def test_a_receipt_reads_as_it_was_written_and_proves_its_entry(size: int, extra: bytes, data: st.DataObject) -> None:
    leaves = entries(size)
    index = data.draw(st.integers(min_value=0, max_value=size - 1))
    made = receipt(leaves, index, extra)

    read = Receipt.parse(bytes(made))

    assert read == made
    assert check_receipt(read, leaves[index], SEEN).checkpoint == checkpoint(leaves)


def test_it_is_written_as_specified() -> None:
    lines = bytes(receipt(entries(3), 1, b"more")).decode().split("\n")

    assert lines[:3] == ["c2sp.org/tlog-proof@v1", "extra bW9yZQ==", "index 1"]
    assert [len(line) for line in lines[3:6]] == [44, 44, 0]
    assert "\n".join(lines[6:]).encode() == sign_checkpoint(checkpoint(entries(3)), KEY)


@given(data=st.data())
def test_one_bit_breaks_a_receipt(data: st.DataObject) -> None:
    leaves = entries(70)
    raw = bytearray(bytes(receipt(leaves, 41)))
    bit = data.draw(st.integers(min_value=0, max_value=len(raw) * 8 - 1))
    raw[bit // 8] ^= 1 << bit % 8

    with pytest.raises(ProofFailed):
        check_receipt(Receipt.parse(bytes(raw)), leaves[41], SEEN)


def test_a_receipt_proves_no_other_entry_and_no_other_place() -> None:
    leaves = entries(70)
    made = receipt(leaves, 41)
    for wrong, entry in (
        (made, leaves[40]),
        (replace(made, index=40), leaves[41]),
        (replace(made, index=70), leaves[41]),
    ):
        with pytest.raises(ProofFailed):
            check_receipt(wrong, entry, SEEN)


def test_a_receipt_of_our_ledger_opens_what_it_was_told_to() -> None:
    leaves = [*entries(9), LEAF, *entries(5)]
    made = receipt(leaves, 9, bytes(opening("purpose", "kind")))

    read = Receipt.parse(bytes(made))
    shown = Opening.parse(read.extra)
    check_receipt(read, shown.leaf, SEEN)

    assert check_opening(shown.leaf, shown) == {"kind": b"attempt", "purpose": b"treatment"}


def test_a_receipt_names_the_witnesses_of_its_checkpoint() -> None:
    leaves = entries(4)
    made = receipt(leaves, 2)
    seen = replace(made, checkpoint=cosign(made.checkpoint, WITNESS, 1_700_000_000))

    assert check_receipt(seen, leaves[2], SEEN, [WITNESS.verifier]).witnessed == {WITNESS.name: 1_700_000_000}


GOOD = bytes(receipt(entries(3), 1))


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"c2sp.org/tlog-proof@v1\n\n",
        GOOD.replace(b"@v1", b"@v2"),
        GOOD.replace(b"\n\n", b"\n", 1),
        GOOD.replace(b"index 1", b"index 01"),
        GOOD.replace(b"index 1", b"index -1"),
        GOOD.replace(b"index 1", b"index  1"),
        GOOD.replace(b"index 1\n", b""),
        GOOD.replace(b"index 1", b"extra \nindex 1"),
        GOOD.replace(b"index 1", b"extra bW9yZQ==\nextra bW9yZQ==\nindex 1"),
        GOOD.replace(b"index 1\n", b"index 1\r\n"),
        GOOD.replace(b"index 1\n", b"index 1\nnot base64\n"),
        GOOD.replace(b"index 1\n", "index 1\né\n".encode()),
    ],
)
def test_what_is_not_a_receipt_is_refused(raw: bytes) -> None:
    with pytest.raises(ProofFailed):
        Receipt.parse(raw)
