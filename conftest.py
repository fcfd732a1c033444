"""The pages run as tests, and the end of a run says what could not run here.

A page of Markdown may hold four kinds of block that run, in order, top to bottom:
`python` (one namespace a page, with `>>>` or without), `bash` (must succeed), and `console`, where lines that begin with `$ `
run and the lines below them are the output to expect (`...` stands for whatever changes).
"""

from __future__ import annotations

import doctest
import os
import subprocess
import sys
from pathlib import Path

import pytest
from sybil import Example, Sybil
from sybil.parsers.markdown import CodeBlockParser, PythonCodeBlockParser, SkipParser

HOME = Path(__file__).parent
LENIENT = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
# Tests start the hub's own commands by the hundred: each is compiled once and kept, even where the machine would have it compiled
# anew each time, which is four seconds each.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False


def shell(script: str) -> str:
    """Run a script from the checkout with the project's own commands on the path; fail with what it said."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    ran = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        cwd=HOME,
        env=os.environ | {"PATH": path, "NO_COLOR": "1", "COLUMNS": "120"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=120,
        check=False,
    )
    if ran.returncode:
        raise AssertionError(f"ended with {ran.returncode}:\n{script}\n{ran.stdout}")
    return ran.stdout


def spoken(text: str) -> list[tuple[str, str]]:
    r"""Split a console block into its commands and the output each should give.

    >>> spoken("$ echo hi\nhi\n$ true\n")
    [('echo hi', 'hi\n'), ('true', '')]
    """
    turns: list[tuple[str, str]] = []
    for line in text.splitlines(keepends=True):
        if line.startswith("$ "):
            turns.append((line[2:].rstrip("\n"), ""))
        elif turns:
            turns[-1] = (turns[-1][0], turns[-1][1] + line)
    return turns


def run_console(example: Example) -> str | None:
    """Run each command of a console block; say the difference where the output is not the one printed."""
    checker = doctest.OutputChecker()
    for command, want in spoken(example.parsed):
        got = shell(command)
        if not checker.check_output(want, got, LENIENT):
            return f"$ {command}\nexpected:\n{want}\ngot:\n{got}"
    return None


def run_bash(example: Example) -> None:
    """Run a bash block, which must succeed."""
    shell(example.parsed)


pytest_collect_file = Sybil(
    parsers=[
        SkipParser(),
        PythonCodeBlockParser(doctest_optionflags=LENIENT),
        CodeBlockParser("bash", run_bash),
        CodeBlockParser("console", run_console),
    ],
    patterns=["README.md", "docs/*.md", "docs/**/*.md"],
    path=str(HOME),
).pytest()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let the check on a clean machine refuse any skip but that of absent samples."""
    parser.addoption(
        "--skip-only-samples", action="store_true", help="fail when a test is skipped for anything but absent samples"
    )


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files that hold slow tests come first, so that no process is left with a long one at the end; a file stays together."""
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: item.path not in slow)


def why_skipped(terminal: pytest.TerminalReporter) -> dict[str, int]:
    """The reasons given by skipped tests, each with the number of tests."""
    reasons: dict[str, int] = {}
    for report in terminal.stats.get("skipped", []):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        reason = reason.removeprefix("Skipped: ")
        reasons[reason] = reasons.get(reason, 0) + 1
    return reasons


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Turn a skip that no clean machine should need into a failure."""
    terminal = session.config.pluginmanager.get_plugin("terminalreporter")
    if terminal and session.config.getoption("--skip-only-samples") and session.exitstatus == pytest.ExitCode.OK:
        other = [reason for reason in why_skipped(terminal) if "CRISIS_HUB_SAMPLES" not in reason]
        session.exitstatus = pytest.ExitCode.TESTS_FAILED if other else session.exitstatus


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Name what could not run here; each reason says how to get it."""
    if reasons := why_skipped(terminalreporter):
        terminalreporter.section("not run here, and how to run it")
        for reason, tests in sorted(reasons.items()):
            terminalreporter.line(f"{tests:5} x {reason}")
