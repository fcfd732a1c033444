"""The key file keeps versions, for its owner only, and tells nothing in its errors."""

from __future__ import annotations

from pathlib import Path

import pytest

from hub.errors import KeyUnavailable, Misconfigured
from hub.store.seal import KeyFile
from tests.store.seal.conftest import Place


@pytest.fixture
def custody(place: Place) -> KeyFile:
    return KeyFile.create(place.key_file, apart_from=place.data)


def test_versions_are_made_once_and_survive(place: Place, custody: KeyFile) -> None:
    custody.make(2)
    second = custody.key(2)
    custody.make(2)

    assert custody.versions() == (1, 2)
    assert place.custody().key(2) == custody.key(2) == second != custody.key(1)
    assert place.key_file.stat().st_mode & 0o777 == 0o600


def test_a_version_made_by_another_process_is_found(place: Place, custody: KeyFile) -> None:
    other = place.custody()

    other.make(2)

    assert custody.key(2) == other.key(2)


def test_destroyed_versions_are_gone_from_the_file_and_from_every_holder_that_reads_it(
    place: Place, custody: KeyFile
) -> None:
    first = custody.key(1)
    other = place.custody()
    custody.make(2)

    assert custody.destroy_below(2) == (1,)
    assert custody.destroy_below(2) == ()

    assert first.hex() not in place.key_file.read_text(encoding="utf-8")
    assert other.key(2)
    for holder in (custody, other):
        with pytest.raises(KeyUnavailable, match="version 1 is wanted; this file has 2"):
            holder.key(1)


def test_the_replaced_file_is_overwritten(place: Place, custody: KeyFile) -> None:
    custody.make(2)
    with place.key_file.open("rb") as old:
        custody.destroy_below(2)
        assert old.read().strip(b"\0") == b""


def test_a_file_replaced_and_overwritten_while_it_is_read_is_read_again(
    place: Place, custody: KeyFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = Path.read_bytes
    answers = [bytes(90)]
    monkeypatch.setattr(Path, "read_bytes", lambda path: answers.pop() if answers else whole(path))

    assert place.custody().key(1) == custody.key(1)
    assert answers == []


def test_a_key_file_that_others_may_read_is_refused(place: Place, custody: KeyFile) -> None:
    place.key_file.chmod(0o644)

    with pytest.raises(Misconfigured, match="chmod 600"):
        place.custody()


def test_a_missing_key_file_names_the_cure(place: Place) -> None:
    with pytest.raises(KeyUnavailable, match="crisis-hub keys init"):
        place.custody()


@pytest.mark.parametrize(
    "content",
    [
        "",
        "not json",
        '{"key_encryption_keys": {}}',
        '{"key_encryption_keys": {"1": "c0ffee"}}',
        '{"key_encryption_keys": {"one": "c0ffee"}}',
        '{"key_encryption_keys": {"1": "c0ffee-not-hexadecimal"}}',
        '{"keys": {"1": "c0ffee"}}',
    ],
)
def test_a_key_file_that_is_none_is_refused_without_quoting_it(place: Place, custody: KeyFile, content: str) -> None:
    place.key_file.write_text(content, encoding="utf-8")

    with pytest.raises(Misconfigured, match="key file") as refused:
        place.custody()

    assert "c0ffee" not in str(refused.value)
    # The cause might quote the file one day.
    assert refused.value.__suppress_context__ or refused.value.__context__ is None


def test_the_folder_is_made_for_the_owner_only(tmp_path: Path) -> None:
    KeyFile.create(tmp_path / "new" / "keys.json", apart_from=tmp_path / "data")

    assert (tmp_path / "new").stat().st_mode & 0o777 == 0o700
