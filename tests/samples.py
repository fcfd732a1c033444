"""Real messages written by other people, which the project reads and does not carry.

They lie in the folder named by CRISIS_HUB_SAMPLES, or in `../shared/data` beside the checkout. Where there is none, a test that
asks for one is skipped with a sentence. Where there is one, a sample missing from it fails the test: that is a wrong name.
"""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from _pytest.mark import ParameterSet

ABSENT = "needs the sample messages: name their folder in CRISIS_HUB_SAMPLES"
BESIDE = Path(__file__).parents[2] / "shared" / "data"


@cache
def root() -> Path | None:
    """The samples' folder, or None where this machine has none."""
    named = os.environ.get("CRISIS_HUB_SAMPLES")
    if named and not Path(named).is_dir():
        raise NotADirectoryError(f"CRISIS_HUB_SAMPLES names {named}, which is not a folder.")
    return Path(named) if named else BESIDE if BESIDE.is_dir() else None


def samples(name: str) -> Path:
    """One sample, file or folder; skips the test where there are no samples at all."""
    folder = root()
    if folder is None:
        pytest.skip(ABSENT)
    path = folder / name
    if not path.exists():
        raise FileNotFoundError(f"There is no sample {name} among the samples in CRISIS_HUB_SAMPLES.")
    return path


def every(pattern: str) -> list[ParameterSet]:
    """The samples that match a pattern, as parameters of a test.

    Write `@pytest.mark.parametrize("path", every("healthcare/**/*.hl7"))`.
    """
    folder = root()
    if folder is None:
        return [pytest.param(None, id="absent", marks=pytest.mark.skip(reason=ABSENT))]
    found = [path for path in sorted(folder.glob(pattern)) if path.is_file()]
    if not found:
        raise FileNotFoundError(f"No sample matches {pattern}.")
    return [pytest.param(path, id=str(path.relative_to(folder))) for path in found]
