"""Keys are independent, made once, durable when flushed, and open for nobody with another key file."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.errors import Conflict, KeyUnavailable, Misconfigured, NotAllowed
from hub.store.seal import HUB, KeyFile, Keystore, Use, init, key_ref, new_identity, sweep
from hub.store.seal import keystore as keystore_module
from hub.store.seal.finder import Finder
from hub.store.seal.names import KeyRef
from tests.store.seal.conftest import Place

MONTH = 2026 * 12


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


def test_first_run_makes_both_files_for_their_owner_only(place: Place, keys: Keystore) -> None:
    assert (mode(place.key_file), mode(place.keystore)) == (0o600, 0o600)
    assert list(place.data.iterdir()) == []


def test_first_run_takes_the_key_file_that_is_there_and_keeps_a_keystore(place: Place) -> None:
    KeyFile.create(place.key_file, apart_from=place.data)
    before = place.key_file.read_bytes()

    init(key_file=place.key_file, keystore=place.keystore, apart_from=place.data).close()

    assert place.key_file.read_bytes() == before
    with pytest.raises(Conflict, match="already"):
        init(key_file=place.key_file, keystore=place.keystore, apart_from=place.data)
    with pytest.raises(Conflict, match="already"):
        KeyFile.create(place.key_file, apart_from=place.data)
    assert place.key_file.read_bytes() == before


@pytest.mark.parametrize("inside", [".", "deep/er", "../data/x"])
def test_keys_inside_the_data_folder_are_refused(place: Place, inside: str) -> None:
    there = place.data / inside / "keys"

    with pytest.raises(Misconfigured, match="inside the data folder"):
        init(key_file=there, keystore=place.keystore, apart_from=place.data)
    with pytest.raises(Misconfigured, match="inside the data folder"):
        init(key_file=place.key_file, keystore=there, apart_from=place.data)

    assert list(place.data.iterdir()) == []


def test_a_link_into_the_data_folder_is_seen_through(place: Place) -> None:
    link = place.data.with_name("elsewhere")
    link.symlink_to(place.data)

    with pytest.raises(Misconfigured, match="inside the data folder"):
        KeyFile.create(link / "keys", apart_from=place.data)


def test_every_owner_use_and_period_has_a_key_of_its_own(keys: Keystore) -> None:
    refs = [key_ref(owner, use, period) for owner in (HUB, new_identity()) for use in Use for period in (1, MONTH)]

    ids = [keys.need(ref).id for ref in refs]

    assert all(one != other for one, other in combinations(ids, 2))
    assert [keys.need(ref).id for ref in refs] == ids


def test_a_flushed_key_is_there_after_opening_again_and_an_unflushed_one_is_not(place: Place, keys: Keystore) -> None:
    flushed, lost = (key_ref(new_identity(), Use.PAYLOAD, MONTH) for _ in range(2))
    expected = keys.need(flushed).id
    mark = keys.flush()
    keys.need(lost)
    keys.close()

    store = Keystore(place.keystore, place.custody(), writer=True, at_least=mark)

    assert store.key(flushed).id == expected
    with pytest.raises(KeyUnavailable, match=r"payload key of .* for 2026-01: .*never made"):
        store.key(lost)
    store.close()


def test_a_key_is_durable_in_the_file_before_flush_returns(place: Place, keys: Keystore) -> None:
    ref = key_ref(new_identity(), Use.PAYLOAD, MONTH)
    keys.need(ref)
    assert place.keystore.read_bytes().count(ref) == 0

    keys.flush()

    assert place.keystore.read_bytes().count(ref) == 1
    assert keys.flush() == keys.mark


def test_many_keys_of_one_group_are_all_found(place: Place, keys: Keystore) -> None:
    refs = [key_ref(new_identity(), use, MONTH) for _ in range(700) for use in (Use.PAYLOAD, Use.ACCOUNT, Use.DAY)]
    ids = {ref: keys.need(ref).id for ref in refs}
    keys.flush()

    with_reader = place.reader()

    assert {ref: with_reader.key(ref).id for ref in refs} == ids
    with_reader.close()


def test_keys_that_left_the_cache_are_found_again_flushed_or_not(
    keys: Keystore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keystore_module, "CACHED_KEYS", 8)
    refs = [key_ref(new_identity(), Use.PAYLOAD, MONTH) for _ in range(30)]

    ids = {ref: keys.need(ref).id for ref in refs}
    assert {ref: keys.key(ref).id for ref in refs} == ids
    keys.flush()

    assert {ref: keys.need(ref).id for ref in refs} == ids
    assert len(keys._cache) == 8


def test_a_wrong_key_file_is_noticed_at_start_and_the_cure_is_named(place: Place, keys: Keystore) -> None:
    keys.close()
    place.key_file.unlink()
    KeyFile.create(place.key_file, apart_from=place.data)

    for _ in range(2):
        with pytest.raises(KeyUnavailable, match=r"keystore: .*Put the right key file back.*crisis-hub keys init"):
            Keystore(place.keystore, place.custody(), writer=True)


def test_a_reader_makes_shares_and_destroys_nothing(place: Place, keys: Keystore) -> None:
    reader = place.reader()

    with pytest.raises(KeyUnavailable):
        reader.need(key_ref(new_identity(), Use.PAYLOAD, MONTH))
    with pytest.raises(NotAllowed):
        reader.share([new_identity()])
    with pytest.raises(NotAllowed):
        reader.rewrite(1, [])
    reader.close()


def test_orphans_are_swept_and_all_else_stays(place: Place, keys: Keystore) -> None:
    known, orphan, shared = new_identity(), new_identity(), keys.share([new_identity()])
    refs = [key_ref(owner, Use.PAYLOAD, MONTH) for owner in (known, orphan, shared)]
    ids = {ref: keys.need(ref).id for ref in refs}
    house = key_ref(HUB, Use.ACCOUNT, MONTH)
    ids[house] = keys.need(house).id
    keys.flush()

    swept = sweep(keys, lambda asked: [owner for owner in asked if owner in (known, shared)])

    assert swept == 1
    for ref in (refs[0], refs[2], house):
        assert keys.key(ref).id == ids[ref]
    with pytest.raises(KeyUnavailable):
        keys.key(refs[1])
    before = place.keystore.read_bytes()
    assert sweep(keys, lambda asked: asked) == 0
    assert place.keystore.read_bytes() == before


def test_the_keystore_in_clear_holds_names_and_no_secret(place: Place, keys: Keystore) -> None:
    members = [new_identity(), new_identity()]
    shared = keys.share(members)
    ref = key_ref(shared, Use.PAYLOAD, MONTH)
    keys.need(ref)
    secret = keys._pending[ref]
    keys.flush()

    content = place.keystore.read_bytes()

    assert shared in content
    # Who stands together behind shared bytes is nobody's business.
    assert not any(hidden in content for hidden in (secret, *members))
    kek = place.custody().key(1)
    assert not any(hidden in content for hidden in (kek, kek.hex().encode()))


@given(st.lists(st.binary(min_size=19, max_size=19), unique=True, max_size=300), st.integers(1, 40))
def test_the_finder_finds_what_a_list_finds(names: list[bytes], a_frame: int) -> None:
    finder = Finder()
    taken = names[: len(names) * 2 // 3]

    for at in range(0, len(taken), a_frame):
        finder.extend(b"".join(taken[at : at + a_frame]))

    assert [finder.find(KeyRef(name)) for name in taken] == list(range(len(taken)))
    assert all(finder.find(KeyRef(name)) is None for name in names[len(taken) :])


def test_the_finder_grows_past_its_first_room() -> None:
    finder = Finder()
    names = [number.to_bytes(19) for number in range(5000)]
    for name in names:
        finder.extend(name)

    assert [finder.find(KeyRef(name)) for name in names] == list(range(5000))
    assert finder.find(KeyRef(bytes(18) + b"x")) == ord("x")
    assert finder.find(KeyRef(b"\xff" * 19)) is None
