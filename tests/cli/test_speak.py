"""What commands print: words that partners wrote command no terminal and forge no row."""

from __future__ import annotations

import os
import stat
import sys
from pathlib import Path

import pytest

from hub.cli.speak import aside, into, say, say_whole, table, tell
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
