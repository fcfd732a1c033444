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


# Every row that must work, by its letters and its last number: suite, programmes, data, practice, teams; and the rules of disclosure.
ROWS = {"SA": range(1, 47), "SC": range(1, 10), "SD": range(12), "SM": range(1, 14), "ST": range(1, 16)}
RULES = {f"CR{n}" for n in range(14)}


def test_no_row_that_must_work_is_missing() -> None:
    """SM04 stands beside SA27 in one line, as others do: every id of a line counts."""
    wanted = RULES | {f"{letters}{n:02}" for letters, numbers in ROWS.items() for n in numbers}
    shown = {name for line in PAGE.splitlines() if line.startswith("| ") for name in line.split("|")[1].split()}

    assert sorted(wanted - shown) == []
