"""The reference page says what the tables of doors and carriers say, value by value."""

from __future__ import annotations

import dataclasses
import errno
import re
from pathlib import Path

from hub.carriers import drop as drop_out
from hub.carriers import http as http_out
from hub.carriers import mllp as mllp_out
from hub.doors import drop, http, mllp, watched
from hub.doors.problem import TITLES

HOUSE = Path(__file__).parents[2]
PAGE = (HOUSE / "docs/reference/doors.md").read_text(encoding="utf-8")
HOW = (HOUSE / "docs/how-to/connect-a-sender.md").read_text(encoding="utf-8")


def part(title: str) -> str:
    """One chapter of the page."""
    return PAGE.split(f"## {title}\n")[1].split("\n## ")[0]


def rows(text: str) -> list[str]:
    """The first cell of every row of its tables."""
    return re.findall(r"^\| ([^|]+?) \|", text, re.MULTILINE)


def test_every_limit_stands_there_with_its_default() -> None:
    for title, limits in (("MLLP in", mllp.Limits()), ("Folder in", drop.Limits())):
        for name, value in dataclasses.asdict(limits).items():
            assert f"| `{name}` | {value} |" in part(title)


def test_every_media_type_and_status_stands_there() -> None:
    said = part("HTTP in")

    assert set(re.findall(r"`([a-z-]+/[a-z0-9.+-]+)`", said)) - {"application/problem+json"} == set(http.MEDIA)
    assert {row for row in rows(said) if row.isdigit()} == {str(s) for s in {*TITLES, 202}}


def test_every_unfinished_name_stands_there_and_in_the_how_to() -> None:
    for ending in watched.UNFINISHED:
        assert f"`{ending}`" in part("Folder in")
        assert f"`{ending}`" in HOW


def test_every_answer_of_a_partner_stands_there() -> None:
    said = part("What partners answer")

    assert set(re.findall(r"\b[45]\d\d\b", said)) == {str(status) for status in http_out.STATUS}
    assert set(re.findall(r"\b20[67]\b", said)) == set(mllp_out.CONDITION)
    assert set(re.findall(r"\bE[A-Z]{3,}\b", said)) == {errno.errorcode[number] for number in drop_out.SYSTEM}
    assert all(code in said for code in mllp_out.ACCEPTED)
