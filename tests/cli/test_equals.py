"""Whatever staff do on a page a command does too: the table of the manual names each act of the console, and commands that there are."""

from __future__ import annotations

import re
from pathlib import Path

from hub.access.roles import ROLES, Right
from hub.console.page import PAGES
from hub.console.site import DECLARED
from tests.cli.page import commands

_MANUAL = (Path(__file__).parents[2] / "docs" / "how-to" / "console.md").read_text("utf-8")
_SECTION = _MANUAL.partition("## The same on the command line\n")[2].partition("\n## ")[0]
TABLE = dict(re.findall(r"^\| ([^|]+) \| ([^|]+) \|$", _SECTION, re.MULTILINE)[1:])
STAFF = frozenset[Right]().union(*(role.rights for role in ROLES.values() if not role.partner))
# What has no meaning but on the page it was begun on.
OF_PAGES = {
    "Save this search",
    "Take a saved search away",
    "Hide it again",
    "Hide them again",
    "Cancel a release",
    "Send a proposal back",
}


def test_each_act_of_staff_on_a_page_has_its_command() -> None:
    acts = {one.question for one, _ in PAGES if one.method == "POST" and one.right in STAFF}

    assert DECLARED
    assert len(acts) > 30
    assert acts - TABLE.keys() == OF_PAGES
    assert TABLE.keys() <= acts


def test_each_command_of_the_table_is_there_with_its_option() -> None:
    there = {called.removeprefix("crisis-hub "): command for called, command in commands()}

    for act, said in TABLE.items():
        named = re.findall(r"`([a-z][a-z ]*?)((?: --[a-z-]+)?)`", said)
        assert named, act
        for called, option in named:
            assert called in there, act
            assert not option or option.strip() in {name for o in there[called].params for name in o.opts}, act
