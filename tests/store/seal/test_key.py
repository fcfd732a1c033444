"""Derived values are what the standards say, and no two things derive the same."""

from __future__ import annotations

import hmac

import pytest
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand
from hypothesis import given
from hypothesis import strategies as st

from hub.store.seal.key import Key, mixed, packed
from hub.store.seal.names import Use, described, key_ref, month_of, of_the_house, owner_of, period_of, use_of
from hub.store.seal.record import Aad, _bound, _record_key

secrets = st.binary(min_size=32, max_size=32)


@given(secrets, st.binary(max_size=300))
def test_a_key_macs_as_rfc_2104_says(secret: bytes, message: bytes) -> None:
    assert Key(secret).mac(message) == hmac.digest(secret, message, "sha256")


@given(secrets)
def test_a_record_key_is_hkdf_expand_of_rfc_5869(secret: bytes) -> None:
    bound = _bound(Aad(origin="county", table="journal", record=b"7"), Key(secret))

    expanded = HKDFExpand(algorithm=SHA256(), length=32, info=bound).derive(secret)

    assert _record_key(Key(secret), bound) == expanded


@given(st.lists(st.binary(max_size=5)), st.lists(st.binary(max_size=5)))
def test_different_parts_pack_to_different_bytes(one: list[bytes], other: list[bytes]) -> None:
    assert (packed(*one) == packed(*other)) == (one == other)


def test_long_parts_pack_too() -> None:
    assert packed(bytes(5000)) == (5000).to_bytes(4) + bytes(5000)


@given(st.lists(secrets, min_size=2, max_size=5, unique=True))
def test_a_mixed_key_needs_every_contributor_in_any_order(contributors: list[bytes]) -> None:
    keys = [Key(secret) for secret in contributors]

    whole = mixed(keys)

    assert mixed(reversed(keys)).id == whole.id
    assert whole.id not in {mixed(keys[1:]).id, mixed(keys[:-1]).id, *(key.id for key in keys)}


def test_a_mixed_key_of_nobody_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one"):
        mixed([])


def test_a_key_never_shows_its_secret() -> None:
    assert (b"s" * 32).hex() not in repr(Key(b"s" * 32))
    assert "ssss" not in repr(Key(b"s" * 32))


@pytest.mark.parametrize("secret", [b"", bytes(31), bytes(33)])
def test_a_secret_of_another_size_is_refused(secret: bytes) -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        Key(secret)


@given(st.binary(min_size=16, max_size=16), st.sampled_from(Use), st.integers(0, 65_535))
def test_a_name_says_whose_what_and_when(owner: bytes, use: Use, period: int) -> None:
    ref = key_ref(owner, use, period)

    assert (owner_of(ref), use_of(ref), period_of(ref)) == (owner, use, period)
    assert of_the_house(ref) == (use in {Use.DAY, Use.INDEX, Use.VICTIM_INDEX, Use.PARTNER})
    assert owner.hex() not in described(ref)


@pytest.mark.parametrize(("owner", "period"), [(b"short", 1), (bytes(17), 1), (bytes(16), -1), (bytes(16), 65_536)])
def test_a_name_that_cannot_be_is_refused(owner: bytes, period: int) -> None:
    with pytest.raises(ValueError, match=r"16 bytes|65,535"):
        key_ref(owner, Use.PAYLOAD, period)


def test_months_turn_in_utc_and_count_on_over_the_year() -> None:
    december = 1_798_761_599_999_999  # 2026-12-31T23:59:59.999999Z

    assert month_of(december) == 2026 * 12 + 11
    assert month_of(december + 1) == month_of(december) + 1
    assert described(key_ref(bytes(16), Use.PAYLOAD, month_of(december))).endswith("2026-12")
