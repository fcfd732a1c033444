"""Bringing a hub back where the disk is full, the power goes, or the backup is not what it was."""

from __future__ import annotations

import errno
import hashlib
import json
import os
from pathlib import Path

import pytest

from hub.app.formats import versions
from hub.app.keeping import backup, orders
from hub.errors import Misconfigured
from hub.settings import load
from hub.store.seal import Order, Use
from tests.cli import county
from tests.cli.conftest import County
from tests.cli.test_operate import backed_up, elsewhere, leaves


@pytest.mark.parametrize("step", ["disk.copy", "succeed"])
def test_a_restore_that_was_cut_short_is_run_again(
    own: County, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    folder, there = backed_up(own, tmp_path / "backup"), elsewhere(own, tmp_path / "new")
    settings, data = load(there.config), tmp_path / "new" / "data"
    with monkeypatch.context() as cut:
        cut.setattr(f"hub.app.keeping.backup.{step}", _full)
        with pytest.raises((OSError, Misconfigured), match="No space"):
            backup.restore(settings, folder, outside=b"", actor="dana", at=1)
    assert not (data / "hub.db").exists()

    said = there("restore", str(folder), "--actor", "dana")

    assert said.status == 0, said.aside
    assert leaves(there) == leaves(own) + 1
    assert not list(data.glob("hub.db.restored*"))


def _full(*_: object) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


def test_no_log_of_another_database_is_played_into_a_restored_one(own: County, tmp_path: Path) -> None:
    folder, there = backed_up(own, tmp_path / "backup"), elsewhere(own, tmp_path / "new")
    (tmp_path / "new" / "data").mkdir()
    (tmp_path / "new" / "data" / "hub.db-wal").write_bytes(b"of the one before")

    said = there("restore", str(folder), "--actor", "dana")

    assert said.status == 1
    assert "There is a hub already" in said.aside


def test_no_backup_writes_outside_the_data_folder(own: County, tmp_path: Path) -> None:
    """Whoever keeps backups may write a manifest, and restoring is done by somebody who may write the keys."""
    folder, there = backed_up(own, tmp_path / "backup"), elsewhere(own, tmp_path / "new")
    manifest = json.loads((folder / "manifest.json").read_text())
    (folder / "rules" / "x").mkdir(parents=True)
    (tmp_path / "backup" / "mine").write_bytes(b"mine")
    manifest["files"]["rules/../../mine"] = hashlib.sha256(b"mine").hexdigest()
    (folder / "manifest.json").write_text(json.dumps(manifest))

    said = there("restore", str(folder), "--actor", "dana")

    assert said.status == 1
    assert "rules/../../mine" in said.aside
    assert not (tmp_path / "new" / "mine").exists()


def test_a_mapping_that_was_put_in_force_comes_back_with_the_hub(own: County, tmp_path: Path) -> None:
    """A code that was mapped in the console stands in no file but the published version."""
    mapping = own.config / "h1-mapping.yaml"
    mapping.write_text(county.MENDED)
    own("map", "publish", str(mapping), "--reason", "mended")
    folder, there = backed_up(own, tmp_path / "backup"), elsewhere(own, tmp_path / "new")

    assert there("restore", str(folder), "--actor", "dana").status == 0

    assert versions.present(load(there.config), mapping.stem) == versions.present(load(own.config), mapping.stem) != ""


def test_orders_are_written_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a full disk the system writes a part and says so: what is destroyed then would come back with an older keystore."""
    keystore, write = tmp_path / "keystore", os.write
    first = Order(why="a", uses=frozenset({Use.PAYLOAD}), before=7)
    orders.write(keystore, [first], 1)

    def half(fd: int, data: bytes) -> int:
        if len(data) < 40:
            raise OSError(errno.ENOSPC, "No space left on device")
        return write(fd, data[: len(data) // 2])

    with monkeypatch.context() as full:
        full.setattr(os, "write", half)
        with pytest.raises(OSError, match="No space"):
            orders.write(keystore, [Order(why="b", uses=frozenset({Use.LINK}), before=8)], 2)

    assert [each.order for each in orders.read(keystore)] == [first]


def test_an_order_that_broke_is_named(tmp_path: Path) -> None:
    orders.write(tmp_path / "keystore", [Order(why="a", uses=frozenset({Use.PAYLOAD}), before=7)], 1)
    with orders.path_of(tmp_path / "keystore").open("ab") as file:
        file.write(b'{"at":2,"why":"b"')

    with pytest.raises(Misconfigured, match="would come back"):
        orders.read(tmp_path / "keystore")
