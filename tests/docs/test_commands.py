"""The pages name no command that cannot be typed, and no setting that a hub would refuse."""

from __future__ import annotations

import re
from pathlib import Path

import click
import pytest

from hub.settings import load
from tests.cli.page import commands

COMMANDS = dict(commands())
DOCS = Path(__file__).parents[2] / "docs"
# The page of commands is made from them, and shows a typing error.
PAGES = [page for page in sorted(DOCS.rglob("*.md")) if page.name != "cli.md"]
SHELL = re.compile(r"^```(text|bash|console)\n(.*?)^```", re.MULTILINE | re.DOTALL)
CALL = re.compile(r"(?:^|\s|/)crisis-hub (\w(?:\\\n|[^|>\n`])*)")


def typed(page: Path) -> list[str]:
    """Every command line of the hub in a page's blocks; what a console answers is none."""
    blocks = SHELL.findall(page.read_text(encoding="utf-8"))
    said = [
        "\n".join(re.findall(r"^\$ (.*)", block, re.MULTILINE)) if kind == "console" else block
        for kind, block in blocks
    ]
    return [call for block in said for call in CALL.findall(block)]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_command_of_a_page_can_be_typed(page: Path) -> None:
    for call in typed(page):
        words = ["crisis-hub", *call.replace("\\\n", " ").partition(" # ")[0].split()]
        called = next(name for n in (3, 2, 1) if (name := " ".join(words[:n])) in COMMANDS)
        known = {name for each in COMMANDS[called].params for name in each.opts} | {"--help"}
        assert "--help" in words or not isinstance(COMMANDS[called], click.Group), f"{page.name}: {call}"
        assert {word.partition("=")[0] for word in words if word.startswith("--")} <= known, f"{page.name}: {call}"


def test_the_settings_of_a_service_are_settings(tmp_path: Path) -> None:
    page = (DOCS / "how-to" / "service.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^```yaml\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    (tmp_path / "hub.yaml").write_text("".join(blocks), encoding="utf-8")

    settings = load(tmp_path, {})

    assert settings.data == "/var/lib/crisis-hub"
    assert settings.database.startswith("postgresql://")
    assert settings.tls.certificate
