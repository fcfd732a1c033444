"""The page of capabilities names tests that exist."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "capabilities.md").read_text("utf-8")
TESTS = "\n".join(path.read_text("utf-8") for path in (ROOT / "tests").rglob("test_*.py"))


def test_every_named_test_exists() -> None:
    named = set(re.findall(r"`(test_\w+)`", PAGE))

    assert len(named) > 30
    assert sorted(name for name in named if f"def {name}(" not in TESTS) == []


def test_every_named_folder_exists() -> None:
    named = set(re.findall(r"`(tests/[\w/]+)`", PAGE))

    assert sorted(name for name in named if not (ROOT / name).is_dir()) == []


def test_every_row_names_something_that_shows_it() -> None:
    rows = [line for line in PAGE.splitlines() if re.match(r"\| [A-Z]+\d+ ", line)]

    assert rows
    assert [row for row in rows if "`" not in row.split("|")[-2]] == []
