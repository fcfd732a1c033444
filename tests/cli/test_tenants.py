"""Two counties on one machine are two hubs: nothing of one opens anything of the other."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from hub.app.asking.look import looking
from hub.app.vault import make
from hub.errors import HubError
from hub.settings import load
from tests.cli import county
from tests.cli.conftest import County


@pytest.fixture
def neighbour(tmp_path: Path) -> Path:
    """The config folder of another county, with keys of its own and nothing in its store."""
    config = county.write(tmp_path / "neighbour")
    make(load(config))
    county.takes(config)
    return config


def data(own: County, theirs: Path) -> None:
    """Their store, in the place of ours."""
    (Path(load(theirs).data) / "hub.db").unlink()
    shutil.copy(Path(load(own.config).data) / "hub.db", load(theirs).data)


def setting(own: County, theirs: Path) -> None:
    """Their settings point at our data."""
    file = theirs / "hub.yaml"
    file.write_text(json.dumps({**json.loads(file.read_text()), "data": load(own.config).data}))


def keystore(own: County, theirs: Path) -> None:
    """Our keystore stands in the place of theirs, and they have their own key alone."""
    data(own, theirs)
    there, here = Path(load(theirs).keys.keystore), Path(load(own.config).keys.keystore)
    shutil.rmtree(there, ignore_errors=True) if there.is_dir() else there.unlink()
    shutil.copytree(here, there) if here.is_dir() else shutil.copy(here, there)


@pytest.mark.parametrize("swap", [data, setting, keystore], ids=["their store", "their settings", "their keystore"])
def test_no_key_of_one_hub_opens_what_another_keeps(
    own: County, neighbour: Path, swap: Callable[[County, Path], None]
) -> None:
    swap(own, neighbour)

    with pytest.raises(HubError) as refused, looking(load(neighbour)) as look, look.journal() as journal:
        journal.kept([own.delivered])

    assert "Riley" not in str(refused.value)


def test_each_hub_reads_its_own(own: County) -> None:
    with looking(load(own.config)) as look, look.journal() as journal:
        assert b"Riley" in journal.kept([own.delivered])[0].body
