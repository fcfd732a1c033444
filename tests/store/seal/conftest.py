"""A keystore in a folder of its own, beside the data folder and never in it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from hub.store.seal import KeyFile, Keystore, init


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where things lie in a test."""

    data: Path
    key_file: Path
    keystore: Path
    backup: Path

    def custody(self) -> KeyFile:
        """The key file, read anew as another process would."""
        return KeyFile(self.key_file, apart_from=self.data)

    def reader(self) -> Keystore:
        """The keystore as another process reads it."""
        return Keystore(self.keystore, self.custody())


@pytest.fixture
def place(tmp_path: Path) -> Place:
    data = tmp_path / "data"
    data.mkdir()
    return Place(
        data=data,
        key_file=tmp_path / "custody" / "keys.json",
        keystore=tmp_path / "keys" / "keystore",
        backup=tmp_path / "vault" / "keystore",
    )


@pytest.fixture
def keys(place: Place) -> Iterator[Keystore]:
    store = init(key_file=place.key_file, keystore=place.keystore, apart_from=place.data)
    yield store
    store.close()
