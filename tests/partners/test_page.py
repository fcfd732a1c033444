"""The page about partner files lists every key there is, in the words of the schema, and no other."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from hub.located import json_schema as schema_of
from hub.partners import (
    Agreement,
    CountyFile,
    DeclaredField,
    Delivery,
    Door,
    Export,
    Guidance,
    Hours,
    Interest,
    Overlay,
    Part,
    Partner,
    Programme,
    Source,
)

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "partner-files.md"
SECTIONS: tuple[type[Part], ...] = (
    CountyFile,
    Overlay,
    Programme,
    Guidance,
    DeclaredField,
    Partner,
    Agreement,
    Source,
    Export,
    Hours,
    Door,
    Interest,
    Delivery,
)


def rows(section: type[Part]) -> list[str]:
    """How the page lists the keys of a section."""
    found: dict[str, dict[str, Any]] = schema_of(section)["$defs"][section.__name__]["properties"]
    return [f"| `{key}` | {said['description']} |" for key, said in found.items()]


@pytest.mark.parametrize("section", SECTIONS)
def test_every_key_stands_on_the_page(section: type[Part]) -> None:
    assert "\n".join(rows(section)) in PAGE.read_text(encoding="utf-8")


def test_the_page_lists_no_key_that_is_not_there() -> None:
    listed = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("| `")]

    doors = 7
    assert len(listed) == doors + sum(len(rows(section)) for section in SECTIONS)
