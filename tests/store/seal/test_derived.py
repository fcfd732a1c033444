"""Digests, salts, tokens and pseudonyms: the same for the same, different for all else, and joined by nobody."""

from __future__ import annotations

import hmac
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.errors import KeyUnavailable, Misconfigured
from hub.store.seal import BlindIndex, Key, Keystore, digest, new_identity, outward, partner_key, pseudonym, salt
from hub.store.seal.blind import FIELDS, SMALLEST_BITS, fields_of
from hub.store.seal.key import packed
from hub.store.seal.partner import CROCKFORD, LONGEST, SHORTEST
from tests.store.seal.conftest import Place

JORDAN = ("doe", "jordan", "1990-03-14")


# --- digests


def test_a_digest_finds_the_same_parts_on_the_same_day_only(keys: Keystore) -> None:
    first = digest(keys, 100, b"ed", b"MSG1", b"bytes")

    assert digest(keys, 100, b"ed", b"MSG1", b"bytes") == first
    others = {digest(keys, 101, b"ed", b"MSG1", b"bytes"), digest(keys, 100, b"edM", b"SG1", b"bytes")}
    assert first not in others
    assert len(first) == 16


def test_a_digest_agrees_between_writer_and_reader(place: Place, keys: Keystore) -> None:
    first = digest(keys, 100, b"MSG1")
    keys.flush()
    reader = place.reader()

    assert digest(reader, 100, b"MSG1") == first
    reader.close()


# --- salts


def test_a_salt_is_an_hmac_of_entry_and_field() -> None:
    expected = hmac.digest(b"a" * 32, packed(b"salt", b"entry", b"who"), "sha256")

    assert salt(Key(b"a" * 32), b"entry", "who") == expected


@given(st.tuples(st.binary(max_size=8), st.text(max_size=8)), st.tuples(st.binary(max_size=8), st.text(max_size=8)))
def test_two_fields_share_a_salt_only_when_they_are_one(one: tuple[bytes, str], other: tuple[bytes, str]) -> None:
    account = Key(b"a" * 32)

    assert (salt(account, *one) == salt(account, *other)) == (one == other)


# --- the blind index


def test_a_token_finds_the_same_person_and_no_other(place: Place, keys: Keystore) -> None:
    index = BlindIndex(keys)
    reader = place.reader()
    token = index.token("family+given+birth_date", *JORDAN)

    assert BlindIndex(reader).tokens("family+given+birth_date", *JORDAN) == (token,)
    assert index.token("family+given+birth_date", "do", "ejordan", "1990-03-14") != token
    assert index.token("given+family+birth_date", *JORDAN) != token
    assert len(token) == 16
    reader.close()


def test_a_reader_waits_for_the_index_keys_and_finds_them(place: Place, keys: Keystore) -> None:
    reader = place.reader()
    index = BlindIndex(reader)
    with pytest.raises(KeyUnavailable, match="no index keys yet"):
        index.token("family+given+birth_date", *JORDAN)
    assert index.tokens("family+given+birth_date", *JORDAN) == ()

    token = BlindIndex(keys).token("family+given+birth_date", *JORDAN)
    reader.follow()

    assert index.token("family+given+birth_date", *JORDAN) == token
    reader.close()


def test_victim_services_are_never_cross_linked(keys: Keystore) -> None:
    everyone, victims = BlindIndex(keys), BlindIndex(keys, victim_services=True)

    tokens = [index.token("family+given+birth_date", *JORDAN) for index in (everyone, victims)]

    assert len(set(tokens)) == 2


@pytest.mark.parametrize(
    ("block", "why"),
    [
        ("birth_date", "two different fields"),
        ("identifier", "two different fields"),
        ("phone+phone", "two different fields"),
        ("birth_date+sex", "12 bits"),
        ("birth_year+sex+postal_code", "11 bits"),
        ("family+given", "11 bits"),
        ("family+shoe_size", "Nobody knows these fields: shoe_size"),
        ("", "Nobody knows"),
    ],
)
def test_a_block_that_frequencies_would_betray_is_refused(keys: Keystore, block: str, why: str) -> None:
    with pytest.raises(Misconfigured, match=why):
        BlindIndex(keys).token(block, *JORDAN[: block.count("+") + 1])


@pytest.mark.parametrize(
    "block",
    [
        "authority+identifier",
        "family+given+birth_date",
        "family_sound+birth_date",
        "phone+birth_year",
        "ssn_last4+family",
    ],
)
def test_blocks_that_linkage_needs_are_strong_enough(block: str) -> None:
    assert sum(FIELDS[field] for field in fields_of(block)) >= SMALLEST_BITS


@pytest.mark.parametrize("values", [("doe", "jordan"), ("doe", "jordan", ""), ("doe", "jordan", "1990-03-14", "x"), ()])
def test_a_token_of_missing_values_is_refused_and_tells_none(keys: Keystore, values: tuple[str, ...]) -> None:
    with pytest.raises(Misconfigured, match="a value for each") as refused:
        BlindIndex(keys).token("family+given+birth_date", *values)

    assert "jordan" not in str(refused.value)


# --- pseudonyms and outward ids


def test_no_id_of_the_hub_joins_the_exports_of_two_partners(keys: Keystore) -> None:
    people = [new_identity() for _ in range(500)]
    exports = []
    for name, version in (("ed", 1), ("ed", 2), ("police", 1), ("shelter", 1)):
        key = partner_key(keys, name, version)
        seen = {outward(key, kind, person) for kind in ("message", "etag", "idempotency") for person in people}
        exports.append(seen | {pseudonym(key, person, length=LONGEST) for person in people})
        assert len(exports[-1]) == 4 * len(people)

    assert all(one.isdisjoint(other) for one, other in combinations(exports, 2))


def test_a_partner_sees_one_person_by_one_pseudonym_for_ever(place: Place, keys: Keystore) -> None:
    person = new_identity()
    shown = pseudonym(partner_key(keys, "ed"), person)
    keys.flush()
    reader = place.reader()

    assert pseudonym(partner_key(reader, "ed"), person) == shown
    reader.close()


@given(st.binary(min_size=16, max_size=16), st.integers(SHORTEST, LONGEST))
def test_a_longer_pseudonym_only_adds_to_the_shorter(person: bytes, length: int) -> None:
    key = Key(b"p" * 32)

    longer = pseudonym(key, person, length=length)

    assert longer.startswith(pseudonym(key, person))
    assert len(longer) == len("P-") + length
    assert set(longer.removeprefix("P-")) <= set(CROCKFORD)


@pytest.mark.parametrize("length", [0, 7, 25])
def test_a_pseudonym_shows_eight_signs_at_least(length: int) -> None:
    with pytest.raises(ValueError, match="8 to 24"):
        pseudonym(Key(bytes(32)), bytes(16), length=length)


def test_pseudonyms_of_eight_signs_spread_over_all_of_them() -> None:
    key = Key(b"p" * 32)
    signs = [pseudonym(key, number.to_bytes(16))[2:] for number in range(3000)]

    assert len(set(signs)) == 3000
    for place in range(8):
        assert {shown[place] for shown in signs} == set(CROCKFORD)


def test_a_reader_without_the_partner_key_says_so(place: Place, keys: Keystore) -> None:
    reader = place.reader()

    with pytest.raises(KeyUnavailable, match="partner key"):
        partner_key(reader, "nobody")
    reader.close()
