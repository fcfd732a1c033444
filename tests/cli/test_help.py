"""Help that a newcomer can follow: every command says what it does, shows an example that is one, and stands on the page."""

from __future__ import annotations

import shlex
import subprocess
import sys
from pathlib import Path

import click
import pytest

from hub.cli.speak import Command
from tests.cli.conftest import ran
from tests.cli.page import PAGE, commands, page

COMMANDS = dict(commands())
LEAVES = {called: found for called, found in COMMANDS.items() if not isinstance(found, click.Group)}
# These talk to people or run until they are told to stop.
NO_JSON = {"crisis-hub serve", "crisis-hub keys init", "crisis-hub demo"}


def test_what_is_opened_without_standard_streams_is_none_of_them(tmp_path: Path) -> None:
    """As under a supervisor that closes them: a log line must not land in the first file or connection."""
    opened = "import os, sys; sys.exit(os.open(sys.argv[1], os.O_RDWR | os.O_CREAT))"
    began = f"import os; os.closerange(0, 3); from hub.cli import main; main.callback(); {opened}"

    ran = subprocess.run([sys.executable, "-c", began, str(tmp_path / "file")], check=False)

    assert ran.returncode > 2


def test_the_page_says_what_the_commands_say() -> None:
    """`python -m tests.cli.page` writes it anew."""
    assert PAGE.read_text(encoding="utf-8") == page()


def test_every_command_that_the_issue_names_is_there() -> None:
    wanted = "serve translate why replay dead partners policy ledger map conform schema bench message codes keys"

    assert set(wanted.split()) <= {called.split()[1] for called in COMMANDS}


@pytest.mark.parametrize("called", LEAVES)
def test_a_command_says_what_it_does_and_what_each_option_is(called: str) -> None:
    said = ran(*called.split()[1:], "--help")

    assert said.status == 0
    assert "Examples:" in said.out
    assert (LEAVES[called].help or "").split("\n")[0].endswith(".")
    assert all(o.help for o in LEAVES[called].params if isinstance(o, click.Option) and not o.hidden)


@pytest.mark.parametrize("called", LEAVES)
def test_an_example_is_a_command_line_that_can_be_typed(called: str) -> None:
    command = LEAVES[called]

    assert isinstance(command, Command)
    for example in command.examples:
        line, _, _ = example.partition(" > ")
        words = shlex.split(line.removeprefix(called))
        assert line.startswith(called)
        made = command.make_parser(click.Context(command)).parse_args(words)
        assert set(made[1]) == set(), f"{line}: {made[1]} is too much"


@pytest.mark.parametrize("called", sorted(LEAVES.keys() - NO_JSON))
def test_machines_can_ask_every_command(called: str) -> None:
    assert "--json" in {name for o in LEAVES[called].params for name in o.opts}


def test_a_typo_names_the_nearest_command() -> None:
    said = ran("partner")

    assert said.status == 2
    assert "Did you mean 'partners'?" in said.aside


def test_no_colour_reaches_a_pipe() -> None:
    assert "\x1b" not in ran("policy", "check").whole + ran("map", "check").whole


def test_the_first_help_fits_on_a_screen_a_line_a_command_in_whole_sentences() -> None:
    said = ran("--help")
    lines = said.out.splitlines()

    assert said.status == 0
    assert len(lines) < 50
    assert max(map(len, lines)) <= 80
    for called in (words.split()[1] for words in COMMANDS if words.count(" ") == 1):
        assert len([line for line in lines if line[12:].startswith(f"{called} ") and line.endswith(".")]) == 1


@pytest.mark.parametrize("called", sorted(COMMANDS.keys() - LEAVES.keys()))
def test_a_family_lists_its_commands_by_a_whole_sentence_each(called: str) -> None:
    listed = ran(*called.split()[1:], "--help").out.partition("Commands:\n")[2]

    below = [words for words in COMMANDS if words.startswith(f"{called} ")]
    assert len(listed.split(".\n")) > len(below) > 0
    assert "..." not in listed
