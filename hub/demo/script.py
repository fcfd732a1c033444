"""The acts of the day: who sends what at which hour, and whom it must reach. Dates move, so that it is always yesterday."""

from __future__ import annotations

import re
from datetime import date, timedelta
from pathlib import Path
from typing import Annotated, Final

import msgspec
from msgspec import Meta

from hub.located import Located, convert
from hub.located import load as read

FILE: Final = "day.yaml"
TRAFFIC: Final = "traffic"
# The years of the script: a birth date in a message is older, and stays what it is.
_DATE: Final = re.compile(r"(?<![0-9A-Za-z])(202[67])(-?)(\d\d)\2(\d\d)(?=\D|\d{4,6}(?:\D|$))")


class Count(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What somebody counts in a unit: how many beds have staff, and how many are taken."""

    unit: str
    profile: str
    staffed: int
    taken: int


class Duty(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who is on duty in a unit, by number, and with which certificate, if any."""

    worker: str
    unit: str
    certificate: str = ""


class Bed(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A bed that somebody needs: who is asked, what it must have, and who there accepts."""

    asks: str
    service: str
    accepts: str


class Act(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One thing that happens: a partner sends a message, does something else, comes `up`, or it is only told.

    It `counts` beds, says who is on `duty`, asks for the `card` of an incident, or for a `bed` for whom it told of last.

    `reaches` are the partners that must hold it afterwards, `waits_for` those that get it once they are up, `kept_from` those
    who want to hear of it and may not.
    """

    at: Annotated[str, Meta(pattern=r"^[0-2]\d:[0-5]\d$")]
    says: str
    day: Annotated[int, Meta(ge=1)] = 1
    sender: str = ""
    message: str = ""
    twice: bool = False
    reaches: tuple[str, ...] = ()
    kept_from: tuple[str, ...] = ()
    waits_for: tuple[str, ...] = ()
    up: str = ""
    counts: Count | None = None
    duty: tuple[Duty, ...] = ()
    bed: Bed | None = None
    card: str = ""


class Script(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The whole day. `starts` is the date that the messages were written for; `down` are the partners not there at first.

    `episode` is the message whose crisis episode is told at the end.
    """

    title: str
    starts: str
    story: tuple[str, ...]
    episode: str
    down: tuple[str, ...] = ()
    acts: tuple[Act, ...]

    def shift(self, today: date) -> int:
        """Days from the dates of the script to the days that end yesterday."""
        last = date.fromisoformat(self.starts) + timedelta(days=max(act.day for act in self.acts) - 1)
        return (today - timedelta(days=1) - last).days

    def date(self, act: Act, today: date) -> date:
        """The date of an act, as it is played today."""
        return date.fromisoformat(self.starts) + timedelta(days=act.day - 1 + self.shift(today))


def load(folder: Path) -> Script:
    """The script of a county's folder. Raises Misconfigured for an act that names no partner or message there is."""
    found = read(folder / FILE)
    script = convert(found, Script)
    partners = {str(read(path).data["id"]) for path in (folder / "partners").glob("*.yaml")}
    for n, act in enumerate(script.acts):
        asked = act.bed.asks if act.bed else ""
        named = {act.sender, act.up, asked, *act.reaches, *act.kept_from, *act.waits_for, *script.down} - {""}
        if strange := sorted(named - partners):
            raise found.refuse(f'There is no partner "{strange[0]}".', "acts", n)
        does = sum(map(bool, (act.message, act.counts, act.duty, act.bed, act.card)))
        if does != bool(act.sender) or (act.sender and act.up):
            raise found.refuse(
                "An act has a sender and one thing that it does, or somebody comes up, or neither.", "acts", n
            )
        if act.message:
            _there(found, folder / TRAFFIC / act.message, n)
    return script


def _there(found: Located, path: Path, n: int) -> None:
    if not path.is_file():
        raise found.refuse(f'There is no message "{path.name}".', "acts", n, "message")


def moved(text: str, days: int) -> str:
    """A message with every date of the script moved by so many days; clock times, ids and birth dates stay.

    >>> moved("20260310145500-0700 2026-03-11T08:05:00-07:00 19900314 H1-900311", 30)
    '20260409145500-0700 2026-04-10T08:05:00-07:00 19900314 H1-900311'
    """

    def one(found: re.Match[str]) -> str:
        year, dash, month, day = found.groups()
        try:
            then = date(int(year), int(month), int(day)) + timedelta(days=days)
        except ValueError:
            return found[0]
        return then.strftime(f"%Y{dash}%m{dash}%d")

    return _DATE.sub(one, text)


def wire(path: Path, days: int) -> bytes:
    """A message of the script as its sender sends it: dates moved, and HL7 v2 with the carriage returns it wants."""
    text = moved(path.read_text(encoding="utf-8"), days)
    return text.replace("\n", "\r").encode() if path.suffix == ".hl7" else text.encode()
