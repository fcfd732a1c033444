"""The keystore file survives what disks and crashes do to it, and says so where it does not."""

from __future__ import annotations

import os
from pathlib import Path
from zlib import crc32

import pytest

from hub.errors import Conflict, KeyUnavailable, Misconfigured, StoreUnavailable
from hub.store.seal import Keystore, Use, key_ref, new_identity
from hub.store.seal.frames import HEAD_BYTES, frames_from
from hub.store.seal.log import KeyLog
from hub.store.seal.names import REF_BYTES, KeyRef
from hub.store.seal.rewrite import rewrite
from tests.store.seal.conftest import Place

MONTH = 2026 * 12


def make(keys: Keystore, count: int = 1) -> list[KeyRef]:
    """New durable keys, in one frame."""
    refs = [key_ref(new_identity(), Use.PAYLOAD, MONTH) for _ in range(count)]
    for ref in refs:
        keys.need(ref)
    keys.flush()
    return refs


def frame_offsets(path: Path) -> list[int]:
    return [offset for offset, _ in frames_from(path.read_bytes(), 0)]


def reopened(place: Place, at_least: int = 0) -> Keystore:
    return Keystore(place.keystore, place.custody(), writer=True, at_least=at_least)


def test_a_tail_torn_at_any_byte_is_cut_off_and_everything_before_it_opens(place: Place, keys: Keystore) -> None:
    before = make(keys, 2)
    ids = {ref: keys.key(ref).id for ref in before}
    sound = place.keystore.stat().st_size
    make(keys, 2)
    whole = place.keystore.read_bytes()
    keys.close()

    for size in range(sound, len(whole)):
        place.keystore.write_bytes(whole[:size])
        store = reopened(place)
        assert store.torn == size - sound
        assert {ref: store.key(ref).id for ref in before} == ids
        assert place.keystore.stat().st_size == sound
        store.close()


@pytest.mark.parametrize("rubbish", [bytes(4096), b"\xff" * 100, b"CHK1" * 50, b"CHK1" + bytes(80)])
def test_rubbish_after_the_last_frame_is_cut_off(place: Place, keys: Keystore, rubbish: bytes) -> None:
    (ref,) = make(keys)
    expected = keys.key(ref).id
    keys.close()
    with place.keystore.open("ab") as file:
        file.write(rubbish)

    store = reopened(place)

    assert store.torn == len(rubbish)
    assert store.key(ref).id == expected
    make(store)
    store.close()


def test_harm_in_the_middle_names_the_offset_and_the_cure(place: Place, keys: Keystore) -> None:
    make(keys, 3)
    make(keys, 3)
    keys.close()
    whole = place.keystore.read_bytes()
    harmed = frame_offsets(place.keystore)[-2]
    last = frame_offsets(place.keystore)[-1]

    for at in range(harmed, last):
        torn = bytearray(whole)
        torn[at] ^= 0x40
        place.keystore.write_bytes(torn)
        with pytest.raises(KeyUnavailable, match=rf"offset {harmed}: .*backup"):
            reopened(place)
        assert place.keystore.read_bytes() == torn


def test_a_frame_cut_out_of_the_middle_is_missed(place: Place, keys: Keystore) -> None:
    for _ in range(3):
        make(keys)
    keys.close()
    whole = place.keystore.read_bytes()
    first, second = frame_offsets(place.keystore)[-3:-1]
    place.keystore.write_bytes(whole[:first] + whole[second:])

    with pytest.raises(KeyUnavailable, match=f"offset {first}"):
        reopened(place)


def test_an_older_copy_of_the_keystore_is_refused_and_left_alone(place: Place, keys: Keystore) -> None:
    make(keys)
    older = place.keystore.read_bytes()
    make(keys)
    mark = keys.mark
    keys.close()
    place.keystore.write_bytes(older)

    with pytest.raises(KeyUnavailable, match="older copy"):
        reopened(place, at_least=mark)

    assert place.keystore.read_bytes() == older
    reopened(place, at_least=mark - 1).close()


def test_a_torn_tail_that_was_committed_is_refused_and_left_alone(place: Place, keys: Keystore) -> None:
    make(keys)
    mark = keys.mark
    keys.close()
    torn = place.keystore.read_bytes()[:-1]
    place.keystore.write_bytes(torn)

    with pytest.raises(KeyUnavailable, match="older copy"):
        reopened(place, at_least=mark)

    assert place.keystore.read_bytes() == torn


def test_harm_done_while_the_keystore_is_open_is_noticed_when_it_is_read(place: Place, keys: Keystore) -> None:
    (ref,) = make(keys)
    reader = place.reader()
    with place.keystore.open("r+b") as file:
        file.seek(frame_offsets(place.keystore)[-1] + HEAD_BYTES + 3)
        file.write(b"\x00\x00\x00")

    with pytest.raises(KeyUnavailable):
        reader.key(ref)

    reader.close()


@pytest.mark.parametrize("content", [b"", b"CHK1", b"{}", bytes(1000)])
def test_another_file_in_the_place_of_the_keystore_is_refused(place: Place, keys: Keystore, content: bytes) -> None:
    keys.close()
    place.keystore.write_bytes(content)

    with pytest.raises(KeyUnavailable, match="not a keystore"):
        reopened(place)


def test_names_exchanged_by_somebody_who_mends_the_checksum_open_nothing(place: Place, keys: Keystore) -> None:
    one, other = make(keys, 2)
    keys.close()
    whole = place.keystore.read_bytes()
    at = frame_offsets(place.keystore)[-1]
    head, clear = whole[at : at + HEAD_BYTES - 4], at + HEAD_BYTES
    body = other + one + whole[clear + 2 * REF_BYTES :]
    place.keystore.write_bytes(whole[:at] + head + crc32(head + body).to_bytes(4) + body)

    store = reopened(place)

    for ref in (one, other):
        with pytest.raises(KeyUnavailable, match="does not open"):
            store.key(ref)
    store.close()


def test_a_frame_of_another_keystore_under_the_same_key_opens_nothing(place: Place, keys: Keystore) -> None:
    twin = Keystore.create(place.keystore.with_name("twin"), place.custody(), apart_from=place.data)
    renamed = make(twin)[0]
    keys.close()
    foreign = twin.path.read_bytes()[frame_offsets(twin.path)[-1] :]
    twin.close()
    canary = place.keystore.read_bytes()
    place.keystore.write_bytes(canary + foreign)

    store = reopened(place)

    with pytest.raises(KeyUnavailable, match="does not open"):
        store.key(renamed)
    store.close()


def test_a_second_writer_is_refused(place: Place, keys: Keystore) -> None:
    with pytest.raises(Conflict, match="Another process"):
        reopened(place)
    rewrite(keys, lambda *_: False, version=keys.version)
    with pytest.raises(Conflict, match="Another process"):
        reopened(place)

    keys.close()
    reopened(place).close()


def test_a_keystore_that_others_may_read_is_refused(place: Place, keys: Keystore) -> None:
    keys.close()
    place.keystore.chmod(0o640)

    with pytest.raises(Misconfigured, match="chmod 600"):
        reopened(place)


def test_a_missing_keystore_names_the_cure(place: Place, keys: Keystore) -> None:
    keys.close()
    place.keystore.unlink()

    with pytest.raises(KeyUnavailable, match="crisis-hub keys init"):
        reopened(place)


def test_a_rewriting_cut_short_leaves_nothing_behind(place: Place, keys: Keystore) -> None:
    keys.close()
    left = place.keystore.with_name(place.keystore.name + ".new")
    left.write_bytes(b"half of it")

    reopened(place).close()

    assert not left.exists()


def refuse_sync(fd: int) -> None:
    raise OSError(28, "No space left on device")


def test_a_full_disk_passes_and_the_keys_are_made_durable_by_the_next_flush(
    place: Place, keys: Keystore, monkeypatch: pytest.MonkeyPatch
) -> None:
    refs = [key_ref(new_identity(), use, MONTH) for use in (Use.PAYLOAD, Use.LINK)]
    ids = [keys.need(ref).id for ref in refs]
    mark = keys.mark
    with monkeypatch.context() as full:
        full.setattr(os, "fdatasync", refuse_sync)
        with pytest.raises(StoreUnavailable, match="No space left"):
            keys.flush()
    assert keys.mark == mark

    more = key_ref(new_identity(), Use.ACCOUNT, MONTH)
    ids.append(keys.need(more).id)
    assert keys.flush() > mark
    keys.close()

    store = reopened(place)
    assert [store.key(ref).id for ref in (*refs, more)] == ids
    assert store.torn == 0
    store.close()


def test_a_reader_overtaken_by_a_rewriting_while_it_opens_the_file_opens_the_new_one(
    place: Place, keys: Keystore, monkeypatch: pytest.MonkeyPatch
) -> None:
    (ref,) = make(keys)
    expected = keys.key(ref).id
    opened = KeyLog._opened
    turns: list[str] = []

    def overtaken(log: KeyLog) -> int:
        fd = opened(log)
        if not turns:
            turns.append("the file just opened is overwritten")
            rewrite(keys, lambda *_: False, version=keys.version)
        return fd

    monkeypatch.setattr(KeyLog, "_opened", overtaken)
    reader = place.reader()

    assert reader.key(ref).id == expected
    assert turns
    reader.close()


@pytest.mark.parametrize("looks_back", [True, False])
def test_a_reader_that_saw_a_write_taken_back_finds_the_keys_of_the_next(
    place: Place, keys: Keystore, monkeypatch: pytest.MonkeyPatch, looks_back: bool
) -> None:
    first = key_ref(new_identity(), Use.PAYLOAD, MONTH)
    expected = keys.need(first).id
    reader = place.reader()
    with monkeypatch.context() as full:
        full.setattr(os, "fdatasync", refuse_sync)
        with pytest.raises(StoreUnavailable):
            keys.flush()
    # The reader takes in the frames that were written and not synced.
    reader.follow()
    assert reader.key(first).id == expected

    keys.share([new_identity()])
    second = key_ref(new_identity(), Use.PAYLOAD, MONTH)
    wanted = keys.need(second).id
    keys.flush()

    for ref, each in ((first, expected), (second, wanted))[:: 1 if looks_back else -1]:
        reader._evict()
        assert reader.key(ref).id == each
    reader.close()
