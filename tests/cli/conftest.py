"""One county for all these tests, copied for those that change it; and `crisis-hub` as a function."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from hub.cli import main
from tests.cli import county


@dataclass(frozen=True, kw_only=True)
class Said:
    """What a command said: its status, standard output and standard error."""

    status: int
    out: str
    aside: str

    @property
    def whole(self) -> str:
        """Everything a person at the terminal sees."""
        return self.out + self.aside

    @property
    def json(self) -> Any:
        """Standard output as one JSON value."""
        return json.loads(self.out)


@dataclass(frozen=True, kw_only=True)
class County:
    """A county on disk, and the ids of its messages."""

    config: Path
    delivered: str
    parked: str

    def __call__(self, *words: str) -> Said:
        """Run a command in its folder."""
        return ran(*words, "--config", str(self.config))


def ran(*words: str, typed: bytes = b"") -> Said:
    """Run `crisis-hub` with these words; an exception it did not turn into a letter is raised here."""
    found = CliRunner().invoke(main, words, input=typed)
    if found.exception and not isinstance(found.exception, SystemExit):
        raise found.exception
    return Said(status=found.exit_code, out=found.stdout, aside=found.stderr)


@pytest.fixture(scope="session")
def rested(tmp_path_factory: pytest.TempPathFactory) -> County:
    """A county whose hub ran and rests now; nobody may change it."""
    folder = tmp_path_factory.mktemp("county")
    return County(config=folder / "config", **county.ran(folder))


@pytest.fixture
def own(rested: County, tmp_path: Path) -> County:
    """A copy of the county that a test may change."""
    return copied(rested, tmp_path)


def copied(rested: County, folder: Path) -> County:
    """A copy of the county in a folder."""
    whole = rested.config.parent
    for part in ("config", "data", "keys"):
        shutil.copytree(whole / part, folder / part)
    hospital = folder / "config" / "partners" / "h1.yaml"
    hospital.write_text(hospital.read_text().replace(str(whole), str(folder)))
    return County(config=folder / "config", delivered=rested.delivered, parked=rested.parked)
