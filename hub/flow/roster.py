"""Who is on duty and certified: a roster as a table, the units that may go to a crisis now, and how many calls such a unit answered.

Employment data (row CR12): numbers of workers and units, certificates and their last day. Names, and anything about wellness, have
no column: a table that brings them is refused whole.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from msgspec.structs import replace

from hub.errors import Unreadable
from hub.model.event import Body
from hub.model.plan import Fact
from hub.model.public_safety import CallForService, UnitStatus
from hub.spans import SECOND

COLUMNS: Final = ("worker", "unit", "certificate", "expires", "from", "until")
# Where units of several police departments stand in one table.
DEPARTMENT: Final = "department"
CIT: Final = "CIT"
# As NENA's registry calls a unit that nobody has assigned.
AVAILABLE: Final = "Available"
MOST: Final = 20_000


class Member(Fact, frozen=True):
    """One worker in one unit for one duty, and of which partner that is, where the table says so.

    `expires` is the certificate's last day; `starts` and `ends` are UTC microseconds.
    """

    worker: str
    unit: str
    certificate: str
    expires: str
    starts: int
    ends: int
    department: str = ""


class Unit(Fact, frozen=True):
    """One unit now: whether somebody certified is in it, who, and why not where nobody is."""

    unit: str
    certified: tuple[str, ...]
    ends: int
    why: str = ""
    department: str = ""


def read(text: str, zone: str) -> tuple[Member, ...]:
    r"""A roster from CSV. Times without an offset are of the zone. Raises Unreadable naming the line, and never its words.

    >>> rows = "worker,unit,certificate,expires,from,until\n7,12A,CIT,2026-12-31,2026-03-10T06:00,2026-03-10T18:00\n"
    >>> [(one.unit, one.certificate) for one in read(rows, "America/Phoenix")]
    [('12A', 'CIT')]
    """
    table = csv.DictReader(io.StringIO(text.removeprefix("\ufeff")))
    heads = tuple(table.fieldnames or ())
    if sorted(set(heads) - {DEPARTMENT}) != sorted(COLUMNS) or len(heads) != len(set(heads)):
        cure = f"They are {', '.join(COLUMNS)}, perhaps {DEPARTMENT}, and no other."
        raise Unreadable("These are not the columns of a roster.", at="line 1", cure=cure)
    found = tuple(_member(row, f"line {number}", zone) for number, row in enumerate(table, 2))
    if len(found) > MOST:
        raise Unreadable(f"A roster has at most {MOST} lines.")
    return found


def _member(row: dict[str, str], line: str, zone: str) -> Member:
    if None in row or any(value is None for value in row.values()):
        raise Unreadable("This line has too many words or too few.", at=line)
    said = {name: value.strip() for name, value in row.items()}
    if not said["worker"] or not said["unit"]:
        raise Unreadable("A duty has a worker's number and a unit.", at=line)
    starts, ends = (_instant(said[name], zone, f"{line}, {name}") for name in ("from", "until"))
    if starts >= ends:
        raise Unreadable("This duty ends before it begins.", at=line)
    expires = _day(said["expires"], f"{line}, expires") if said["certificate"] else ""
    return Member(
        worker=said["worker"],
        unit=said["unit"],
        certificate=said["certificate"].upper(),
        expires=expires,
        starts=starts,
        ends=ends,
        department=said.get(DEPARTMENT, ""),
    )


def _instant(word: str, zone: str, place: str) -> int:
    try:
        at = datetime.fromisoformat(word)
    except ValueError as wrong:
        raise Unreadable("This is no time.", at=place, cure="Write 2026-03-10T06:00.") from wrong
    return round((at if at.tzinfo else at.replace(tzinfo=ZoneInfo(zone))).timestamp()) * SECOND


def _day(word: str, place: str) -> str:
    try:
        return date.fromisoformat(word).isoformat()
    except ValueError as wrong:
        raise Unreadable("This is no day.", at=place, cure="Write 2026-12-31.") from wrong


def holds(member: Member, now: int, zone: str, certificate: str = CIT) -> bool:
    """Whether a member is certified at an instant: until the last day is over in the county's zone, midnight included."""
    if member.certificate != certificate:
        return False
    over = datetime.combine(date.fromisoformat(member.expires) + timedelta(days=1), datetime.min.time(), ZoneInfo(zone))
    return now < round(over.timestamp()) * SECOND


def on_duty(roster: Iterable[Member], now: int, zone: str) -> tuple[Unit, ...]:
    """The units on duty at an instant, those that may go to a crisis first."""
    crews: dict[str, list[Member]] = {}
    for member in roster:
        if member.starts <= now < member.ends:
            crews.setdefault(member.unit, []).append(member)
    found = (_unit(unit, crew, now, zone) for unit, crew in crews.items())
    return tuple(sorted(found, key=lambda one: (not one.certified, one.unit)))


def _unit(unit: str, crew: list[Member], now: int, zone: str) -> Unit:
    certified = tuple(sorted({member.worker for member in crew if holds(member, now, zone)}))
    lapsed = any(member.certificate == CIT for member in crew)
    why = "" if certified else "its certificate has lapsed" if lapsed else "nobody in it is certified"
    ends, department = min(member.ends for member in crew), max(member.department for member in crew)
    return Unit(unit=unit, certified=certified, ends=ends, why=why, department=department)


def free(units: Sequence[Unit], calls: Iterable[CallForService]) -> tuple[Unit, ...]:
    """The units that are on no call: by their own events, and never by hand."""
    busy = {one.unit for call in calls if not call.cleared_at for one in call.units if _on_call(one)}
    return tuple(unit for unit in units if unit.unit not in busy)


def of_units(body: Body) -> tuple[UnitStatus, ...]:
    """The units of which an event tells, each with the incident it is on: within a call, or by themselves."""
    if isinstance(body, UnitStatus):
        return (body,) if body.unit and body.incident else ()
    if not isinstance(body, CallForService) or not body.incident:
        return ()
    return tuple(replace(one, incident=body.incident) for one in body.units if one.unit)


def _on_call(unit: UnitStatus) -> bool:
    """Whether a unit that stands in a call is on it: not once it cleared, nor while it is only proposed."""
    return bool(unit.unit) and not unit.cleared_at and not (unit.status and unit.status.code == AVAILABLE)


class Coverage(Fact, frozen=True):
    """How many crisis calls a unit was sent to, and how many of these had a certified officer that day."""

    calls: int
    certified: int


def coverage(calls: Iterable[CallForService], roster: Sequence[Member], zone: str) -> Coverage:
    """Of the crisis calls that a unit was sent to: those to which somebody certified, and in date, was sent (row SA26)."""
    answered = [
        (call, at) for call in calls if call.crisis and call.crisis.code and (at := _sent(call)) and _units(call)
    ]
    certified = sum(any(_certified(roster, unit, at, zone) for unit in _units(call)) for call, at in answered)
    return Coverage(calls=len(answered), certified=certified)


def _certified(roster: Sequence[Member], unit: str, at: int, zone: str) -> bool:
    return any(one.unit == unit and one.starts <= at < one.ends and holds(one, at, zone) for one in roster)


def _units(call: CallForService) -> tuple[str, ...]:
    return tuple(one.unit for one in call.units if one.unit)


def _sent(call: CallForService) -> int:
    told = call.dispatched_at or call.received_at
    return told.at if told else 0
