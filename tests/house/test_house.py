"""The house keeps its own rules: reasons beside exceptions, no machine's paths, no index in the lock, every room on the map."""

from __future__ import annotations

import ast
import re
import subprocess
import tomllib
from pathlib import Path

import pytest

HOUSE = Path(__file__).parents[2]
PYPROJECT = (HOUSE / "pyproject.toml").read_text(encoding="utf-8")
CONFIG = tomllib.loads(PYPROJECT)
ROOMS = ("hub", "adapters", "consent", "mappings", "examples", "tests")


def tracked(*patterns: str) -> list[Path]:
    """The files git knows, or would take, that match."""
    listed = subprocess.check_output(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", *patterns], cwd=HOUSE, text=True
    )
    return [path for name in sorted(set(listed.split("\0"))) if name and (path := HOUSE / name).is_file()]


def lines(path: Path) -> list[tuple[str, str]]:
    """Each line of a text file with where it stands; a binary file has none."""
    text = path.read_bytes().decode("utf-8", "replace")
    if "\0" in text:
        return []
    return [(f"{path.relative_to(HOUSE)}:{n}", line) for n, line in enumerate(text.splitlines(), 1)]


def code() -> list[Path]:
    return tracked("*.py")


def offenders(paths: list[Path], pattern: str) -> list[str]:
    wanted = re.compile(pattern)
    return [f"{where}: {line.strip()[:120]}" for path in paths for where, line in lines(path) if wanted.search(line)]


def test_every_dropped_rule_has_its_reason_beside_it() -> None:
    lint = PYPROJECT.split("[tool.ruff.lint]")[1].split("[tool.ruff.lint.pycodestyle]")[0]
    rules = [line for line in lint.splitlines() if re.match(r'\s+"[A-Z]+\d*"|"\S+" = \["[A-Z]', line)]

    bare = [line for line in rules if not re.search(r"# .{12,}$", line)]

    assert len(rules) > 20
    assert bare == []


def test_every_ignore_in_the_code_has_its_code_and_reason() -> None:
    notes = offenders(code(), r"#\s*(noqa|type:\s*ignore)\b")

    bare = [
        n
        for n in notes
        if not re.search(r"#\s*(noqa: [A-Z]+\d+(,\s*[A-Z]+\d+)*|type: ignore\[[\w, -]+\])\W+\w.{7,}", n)
    ]

    assert [n for n in bare if "test_house.py" not in n] == []


@pytest.mark.parametrize(
    ("lock", "least"), [("requirements.lock", 30), ("requirements-dev.lock", 30), ("requirements-linkage.lock", 1)]
)
def test_a_lock_pins_by_hash_and_names_no_index(lock: str, least: int) -> None:
    text = (HOUSE / lock).read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if not line.strip().startswith("#")]
    pins = [line for line in lines if re.fullmatch(r"[\w.-]+==[\w.]+( ;.*)? \\", line)]
    hashes = [line for line in lines if re.fullmatch(r"    --hash=sha256:[0-9a-f]{64}( \\)?", line)]

    assert len(pins) >= least
    assert len(hashes) >= len(pins)
    # A lock holds pins and hashes and nothing else: no option finds room, and no comment names an address.
    assert len(lines) == len(pins) + len(hashes)
    assert "://" not in text


def test_the_development_lock_agrees_with_the_runtime_lock() -> None:
    runtime, dev = (
        set(re.findall(r"^[\w.-]+==\S+", (HOUSE / f).read_text(encoding="utf-8"), re.MULTILINE))
        for f in ("requirements.lock", "requirements-dev.lock")
    )

    assert runtime - dev == set()


def test_every_dependency_is_in_the_lock() -> None:
    locked = set(re.findall(r"^([\w.-]+)==", (HOUSE / "requirements.lock").read_text(encoding="utf-8"), re.MULTILINE))
    names = (re.split(r"[\[<>=~! ;]", line)[0] for line in CONFIG["project"]["dependencies"])
    named = {re.sub(r"[._]", "-", name.lower()) for name in names}

    assert named - locked == set()


def test_no_tracked_file_names_a_place_of_one_machine() -> None:
    here = re.escape(str(HOUSE.parent))

    found = offenders(tracked(), rf"{here}/|(?<![\w.~$}}-])/(?:root|home|Users|work|tmp|mnt)/\w")

    assert found == []


def test_no_tracked_file_names_a_package_index() -> None:
    """The words stand here in parts, so that this file is looked at too."""
    words = (
        ("index", "-url"),
        ("find", "-links"),
        ("trusted", "-host"),
        ("python", r"hosted\.org"),
        (r"://\S*/", r"simple\b"),
    )

    assert offenders(tracked(), "|".join(map("".join, words))) == []


def test_every_module_opens_with_a_line_that_says_what_it_is_for() -> None:
    silent = [str(p.relative_to(HOUSE)) for p in code() if not ast.get_docstring(ast.parse(p.read_bytes()))]

    assert silent == []


def test_no_module_is_called_utils() -> None:
    assert [str(p) for p in code() if p.stem in {"utils", "util", "helpers", "misc", "common"}] == []


def test_no_room_outgrows_four_hundred_lines() -> None:
    long = {str(p.relative_to(HOUSE)): len(lines(p)) for p in code() if not p.is_relative_to(HOUSE / "tests")}

    assert {name: size for name, size in long.items() if size > 400} == {}


def test_a_page_has_only_blocks_that_run_or_that_name_another_language() -> None:
    fences = offenders(
        tracked("*.md"),
        r"^\s*```(?!python$|bash$|console$|text$|json$|yaml$|xml$|csv$|toml$|sql$|hl7$|http$|mermaid$|$)",
    )

    assert fences == []


def test_every_decision_is_listed_among_the_decisions() -> None:
    pages = [p.name for p in tracked("docs/decisions/[0-9]*.md")]
    listed = (HOUSE / "docs/decisions/README.md").read_text(encoding="utf-8")

    assert pages
    assert [page for page in pages if f"({page})" not in listed] == []
    assert [page for page in pages if not re.match(r"\d{4}-[a-z0-9-]+\.md$", page)] == []
