"""Files with keys are durable in the right order: content before name, name before we go on."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from hub.store.seal import Keystore, Use, back_up, disk, key_ref, new_identity
from tests.store.seal.conftest import Place


@pytest.fixture
def effects(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What reaches the disk, in order."""
    seen: list[str] = []
    sync, data_sync, rename = os.fsync, os.fdatasync, Path.replace

    def fsync(fd: int) -> None:
        status = os.fstat(fd)
        seen.append("folder" if stat.S_ISDIR(status.st_mode) else f"file of {status.st_size}")
        sync(fd)

    def fdatasync(fd: int) -> None:
        seen.append(f"data of {os.fstat(fd).st_size}")
        data_sync(fd)

    def replace(self: Path, target: Path) -> Path:
        seen.append("rename")
        return rename(self, target)

    monkeypatch.setattr(os, "fsync", fsync)
    monkeypatch.setattr(os, "fdatasync", fdatasync)
    monkeypatch.setattr(Path, "replace", replace)
    return seen


def test_a_file_is_synced_before_it_takes_its_name_and_its_folder_after(tmp_path: Path, effects: list[str]) -> None:
    disk.put(tmp_path / "file", b"12345")

    assert effects == ["file of 5", "rename", "folder"]


def test_the_replaced_file_is_overwritten_only_once_the_new_one_is_durable(tmp_path: Path, effects: list[str]) -> None:
    disk.put(tmp_path / "file", b"12345")
    effects.clear()
    with (tmp_path / "file").open("rb") as old:
        disk.put(tmp_path / "file", b"123")

        assert effects == ["file of 3", "rename", "folder", "file of 5"]
        assert old.read() == bytes(5)
    assert (tmp_path / "file").read_bytes() == b"123"


def test_a_file_longer_than_the_blank_is_overwritten_whole(tmp_path: Path) -> None:
    size = (1 << 20) + 7
    disk.put(tmp_path / "file", b"x" * size)

    with (tmp_path / "file").open("rb") as old:
        disk.destroy(tmp_path / "file")
        assert old.read() == bytes(size)
    assert not (tmp_path / "file").exists()
    disk.destroy(tmp_path / "file")


def test_flush_syncs_all_it_wrote_once(place: Place, keys: Keystore, effects: list[str]) -> None:
    for _ in range(200):
        keys.need(key_ref(new_identity(), Use.PAYLOAD, 1))
    keys.share([new_identity()])

    keys.flush()

    assert effects == [f"data of {place.keystore.stat().st_size}"]
    keys.flush()
    assert len(effects) == 1


def test_a_backup_is_synced_before_it_takes_the_place_of_the_older(
    place: Place, keys: Keystore, effects: list[str]
) -> None:
    back_up(keys, place.backup)

    size = place.keystore.stat().st_size
    assert effects == [f"file of {size}", "folder", "rename", "folder"]


def test_a_short_write_is_carried_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = os.write
    monkeypatch.setattr(os, "write", lambda fd, data: whole(fd, bytes(data)[:3]))

    disk.put(tmp_path / "file", b"1234567890")

    assert (tmp_path / "file").read_bytes() == b"1234567890"
