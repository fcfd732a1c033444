"""The map of rooms catches what it should: a deliberately wrong import in a copy of the rooms is named, line and all."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

HOUSE = Path(__file__).parents[2]
MAP = tomllib.loads((HOUSE / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]
LAYERS = [room.strip(" ()") for layer in MAP["contracts"][0]["layers"] for room in re.split("[|:]", layer)]
LINT = Path(sys.executable).with_name("lint-imports")


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A small house with the same map: every room of it, each with one empty module."""
    shutil.copy(HOUSE / "pyproject.toml", tmp_path)
    for room in [*LAYERS, *MAP["root_packages"], *MAP["contracts"][1]["source_modules"]]:
        folder = tmp_path.joinpath(*room.split("."))
        folder.mkdir(parents=True, exist_ok=True)
        for package in [folder, *folder.relative_to(tmp_path).parents]:
            (tmp_path / package / "__init__.py").touch()
        (folder / "one.py").touch()
    return tmp_path


def lint(house: Path) -> tuple[int, str]:
    """What import-linter says of a house."""
    ran = subprocess.run(
        [sys.executable, str(LINT), "--no-logo", "--no-cache"],
        cwd=house,
        env={"PYTHONPATH": str(house), "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
    )
    return ran.returncode, ran.stdout + ran.stderr


def test_a_house_without_imports_keeps_its_contracts(copy: Path) -> None:
    code, said = lint(copy)

    assert code == 0, said
    assert "2 kept, 0 broken" in said


@pytest.mark.parametrize(
    ("room", "line"),
    [
        ("hub.store", "import hub.courier.one"),
        ("hub.doors", "from hub.carriers import one"),
        ("adapters.ehr", "from adapters.cad import one"),
        ("hub.model", "from hub.lens import one"),
        ("consent", "import adapters.wire.one"),
        ("hub.flow", "import sqlalchemy"),
        ("hub.tlog", "import asyncio"),
        ("adapters.wire", "import socket"),
        ("hub.lens", "from hub.clock import one"),
    ],
)
def test_a_wrong_import_is_caught_at_its_line(copy: Path, room: str, line: str) -> None:
    copy.joinpath(*room.split("."), "one.py").write_text(f"\n{line}\n", encoding="utf-8")

    code, said = lint(copy)

    assert code == 1, said
    assert f"{room}.one ->" in said
    assert "(l.2)" in said


def test_every_room_of_the_hub_stands_on_the_map() -> None:
    found = {f"hub.{p.stem}" for p in (HOUSE / "hub").iterdir() if p.suffix == ".py" or (p / "__init__.py").exists()}

    assert sorted(found - {"hub.__init__", "hub.__main__"} - set(LAYERS)) == [], (
        "give it a place in [tool.importlinter]"
    )
