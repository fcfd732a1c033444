"""What is installed is what stands in the checkout: the wheel carries every file of every room, data included."""

from __future__ import annotations

import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

HOUSE = Path(__file__).parents[2]
ROOMS = tomllib.loads((HOUSE / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["hatch"]["build"]["targets"][
    "wheel"
]["packages"]


def test_the_wheel_carries_every_file_of_every_room(tmp_path: Path) -> None:
    listed = subprocess.check_output(
        ["git", "ls-files", "-co", "--exclude-standard", "--", *ROOMS], cwd=HOUSE, text=True
    )
    rooms = {name for name in listed.splitlines() if (HOUSE / name).is_file()}

    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", tmp_path],
        cwd=HOUSE,
        check=True,
        capture_output=True,
    )
    [wheel] = tmp_path.glob("*.whl")
    names = set(zipfile.ZipFile(wheel).namelist())

    assert rooms - names == set()
    assert {name.split("/")[0] for name in names} - set(ROOMS) == {f"crisis_hub-{wheel.name.split('-')[1]}.dist-info"}
