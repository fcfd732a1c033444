"""The page of attacks names tests that exist, and plays every attack that is on the list."""

from __future__ import annotations

import re
from pathlib import Path

from tests.docs.test_capabilities import ROOT, TESTS

PAGE = (Path(ROOT) / "docs" / "security.md").read_text("utf-8")
ROWS = [line for line in PAGE.splitlines() if line.startswith("| ")][1:]
# What was settled before the first schema; a row that goes missing here is an attack that nobody plays any more.
ATTACKS = (
    "stolen files", "row swap", "shred", "collusion", "rollback", "missed link", "index", "spoofing", "SSRF", "bombs",
    "injection", "hidden or absent", "approval",
)  # fmt: skip


def test_every_test_that_plays_an_attack_exists() -> None:
    named = set(re.findall(r"`(test_\w+)`", PAGE))

    assert len(named) > 40
    assert sorted(name for name in named if f"def {name}(" not in TESTS) == []


def test_every_attack_is_played() -> None:
    played = {row.split("|")[1].strip() for row in ROWS if "`test_" in row}

    assert len(played) == len(ROWS)
    assert [attack for attack in ATTACKS if not any(row.startswith(attack) for row in played)] == []
