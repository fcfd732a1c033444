"""The front page promises what there is: every format by its name, and no page that is not there."""

from __future__ import annotations

import re
from pathlib import Path

import adapters

HOUSE = Path(__file__).parents[2]
README = (HOUSE / "README.md").read_text(encoding="utf-8")


def test_every_format_stands_on_the_front_page_and_no_other() -> None:
    table = README.split("## What it reads and writes")[1].split("##")[0]

    assert set(re.findall(r"`(\w+)`", table)) == set(adapters.found())


def test_every_page_it_leads_to_is_there() -> None:
    assert [link for link in re.findall(r"\]\((\w[^)]*)\)", README) if not (HOUSE / link).exists()] == []
