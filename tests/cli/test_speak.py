"""What commands print: words that partners wrote command no terminal and forge no row."""

from __future__ import annotations

import errno
import os
import stat
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from hub.cli.speak import Letters, aside, into, say, say_whole, table, tell
from hub.errors import Lasting

EVIL = "id\x1b]0;title\x07\x1b[2J\x9b31m\u202etxt\x08"


def commands(text: str) -> set[str]:
    return {letter for letter in text if letter != "\n" and not letter.isprintable()}


def test_no_words_of_a_partner_command_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    say(EVIL)
    tell(Lasting(EVIL, at=EVIL, cure=EVIL))
    aside.print(EVIL, markup=False)
    table(("what",), [(EVIL,)])

    said = capsys.readouterr()
    assert commands(said.out + said.err) == set()
    assert r"id\x1b]0;title\x07\x1b[2J\x9b31m\u202etxt\x08" in said.out


def test_no_cell_of_a_table_makes_a_row(capsys: pytest.CaptureFixture[str]) -> None:
    table(("who", "state"), [("A1\nB1  delivered", "refused")])

    assert len(capsys.readouterr().out.splitlines()) == 2


def test_a_message_goes_to_a_file_as_it_is_and_to_a_terminal_inert(
    capsysbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    message = b"MSH|^~\\&\x1b[2J\rPID|1\r"
    say_whole(message)
    assert capsysbinary.readouterr().out == message + b"\n"

    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    say_whole(message)
    assert capsysbinary.readouterr().out == b"MSH|^~\\&\\x1b[2J\nPID|1\n\n"


def test_what_tells_of_somebody_is_for_the_owner_of_its_file_only(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        into(tmp_path / "accounting.csv", b"who,what\n")
    finally:
        os.umask(before)

    made = tmp_path / "accounting.csv"
    assert made.read_bytes() == b"who,what\n"
    assert stat.S_IMODE(made.stat().st_mode) == 0o600


def broken_by(problem: OSError) -> Result:
    @click.group(cls=Letters)
    def every() -> None: ...

    @every.command()
    def breaks() -> None:
        raise problem

    return CliRunner().invoke(every, ["breaks"])


FULL = OSError(errno.ENOSPC, "No space left on device", "/srv/hub/data/rules")
FORBIDDEN = PermissionError(errno.EACCES, "Permission denied", "/srv/hub/data/hub.db")


@pytest.mark.parametrize(
    ("problem", "told"),
    [
        (FULL, "/srv/hub/data/rules: A disk takes nothing: No space left on device.\nMend that"),
        (FORBIDDEN, "/srv/hub/data/hub.db: This user may not.\nDo it as the user that runs the hub"),
    ],
    ids=["a full disk", "another user's file"],
)
def test_what_the_system_refuses_is_told_with_its_cure_and_not_traced(problem: OSError, told: str) -> None:
    said = broken_by(problem)

    assert said.exit_code == 1
    assert said.stderr.startswith(told)


def test_what_else_the_system_says_is_a_fault_of_ours() -> None:
    assert isinstance(broken_by(OSError(errno.EBADF, "Bad file descriptor")).exception, OSError)
