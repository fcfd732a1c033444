"""What was sealed opens at its own place under its own key, and nowhere else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.errors import HubError, KeyUnavailable, SealBroken
from hub.store.seal import Aad, Key, seal, unseal
from hub.store.seal.record import OVERHEAD

KEY = Key(b"k" * 32)
OTHER = Key(b"o" * 32)
HERE = Aad(origin="county", table="journal", record=b"\x07" * 16, version=1)
# Each place that differs from HERE in one thing, and two whose names run together.
ELSEWHERE = {
    "another origin": Aad(origin="town", table="journal", record=b"\x07" * 16, version=1),
    "another table": Aad(origin="county", table="people", record=b"\x07" * 16, version=1),
    "another record": Aad(origin="county", table="journal", record=b"\x08" * 16, version=1),
    "another version": Aad(origin="county", table="journal", record=b"\x07" * 16, version=2),
    "a letter moved": Aad(origin="countyj", table="ournal", record=b"\x07" * 16, version=1),
    "a byte moved": Aad(origin="county", table="journal\x07", record=b"\x07" * 15, version=1),
}

places = st.builds(
    Aad,
    origin=st.text(max_size=20),
    table=st.text(max_size=20),
    record=st.binary(min_size=1, max_size=255),
    version=st.integers(min_value=0, max_value=2**64 - 1),
)


@given(st.binary(max_size=5000), places)
def test_what_was_sealed_opens_again(plaintext: bytes, place: Aad) -> None:
    sealed = seal(plaintext, key=KEY, aad=place)

    assert unseal(sealed, key=KEY, aad=place) == plaintext
    assert len(sealed) == len(plaintext) + OVERHEAD


@pytest.mark.parametrize("name", ELSEWHERE)
def test_a_row_moved_elsewhere_is_refused(name: str) -> None:
    sealed = seal(b"PID|1||M1", key=KEY, aad=HERE)

    with pytest.raises(SealBroken):
        unseal(sealed, key=KEY, aad=ELSEWHERE[name])


@given(places, places)
def test_two_rows_that_exchange_their_bytes_are_both_refused(one: Aad, other: Aad) -> None:
    first, second = seal(b"first", key=KEY, aad=one), seal(b"second", key=KEY, aad=other)

    for bytes_, place in ((first, other), (second, one)):
        if one != other:
            with pytest.raises(SealBroken):
                unseal(bytes_, key=KEY, aad=place)


@given(st.data())
def test_a_single_flipped_bit_anywhere_is_refused(data: st.DataObject) -> None:
    sealed = bytearray(seal(b"PID|1||M1", key=KEY, aad=HERE))
    sealed[data.draw(st.integers(0, len(sealed) - 1))] ^= 1 << data.draw(st.integers(0, 7))

    with pytest.raises((SealBroken, KeyUnavailable)):
        unseal(bytes(sealed), key=KEY, aad=HERE)


@given(st.data())
def test_bytes_cut_anywhere_are_refused(data: st.DataObject) -> None:
    sealed = seal(b"PID|1||M1", key=KEY, aad=HERE)

    with pytest.raises(SealBroken):
        unseal(sealed[: data.draw(st.integers(0, len(sealed) - 1))], key=KEY, aad=HERE)


def test_the_key_made_anew_after_a_destroying_says_that_the_old_one_is_gone() -> None:
    sealed = seal(b"PID|1||M1", key=OTHER, aad=HERE)

    with pytest.raises(KeyUnavailable, match="destroyed"):
        unseal(sealed, key=KEY, aad=HERE)


def test_another_key_that_claims_the_same_name_is_refused() -> None:
    theirs = bytearray(seal(b"PID|1||M1", key=OTHER, aad=HERE))
    theirs[1:9] = KEY.id

    with pytest.raises(SealBroken):
        unseal(bytes(theirs), key=KEY, aad=HERE)


def test_sealing_again_after_a_rollback_repeats_no_nonce_and_no_bytes() -> None:
    tries = {seal(b"PID|1||M1", key=KEY, aad=HERE) for _ in range(100)}

    assert len(tries) == 100
    assert len({sealed[9:21] for sealed in tries}) == 100


@given(st.binary(min_size=8, max_size=200))
def test_no_error_tells_what_was_sealed(plaintext: bytes) -> None:
    try:
        unseal(seal(plaintext, key=KEY, aad=HERE), key=KEY, aad=ELSEWHERE["another version"])
    except HubError as refused:
        told = str(refused) + repr(refused)
        assert plaintext.hex() not in told
        assert repr(plaintext)[2:-1] not in told
    else:
        pytest.fail("it opened")
