"""A copy of the example county that a test may spoil, and what the loader says of it."""

from __future__ import annotations

import shutil
from datetime import datetime
from pathlib import Path

from hub.errors import Misconfigured
from hub.partners import County, examine

COUNTY = Path(__file__).parents[2] / "examples" / "county"
FORMATS = ("eido", "fhir", "hl7v2", "hsds", "lifeline988", "mobile_crisis", "rms")
# An autumn noon of the first year of the agreements, in UTC microseconds.
NOON = int(datetime.fromisoformat("2026-11-20T19:00:00+00:00").timestamp()) * 1_000_000


def copy(folder: Path) -> Path:
    """The partner files and the county file, nothing else."""
    (folder / "partners").mkdir(parents=True)
    shutil.copy(COUNTY / "county.yaml", folder)
    for path in (COUNTY / "partners").glob("*.yaml"):
        shutil.copy(path, folder / "partners")
    return folder


def spoil(folder: Path, name: str, old: str, new: str) -> int:
    """Replace one text of a file by another; gives the line where it stood. The text must stand there, once."""
    path = folder / name
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1, (name, old, text.count(old))
    path.write_text(text.replace(old, new), encoding="utf-8")
    return text[: text.index(old)].count("\n") + 1


def look(folder: Path, at: int = NOON) -> tuple[County | None, tuple[Misconfigured, ...]]:
    """What the loader says."""
    return examine(folder, formats=FORMATS, at=at)
