"""Instants, ages and lengths in words: one way for pages, axes and exports. County zone by default; the zone is always said."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from hub.spans import DAY, HOUR, MINUTE, SECOND


def local(at: int, zone: str) -> datetime:
    """An instant (UTC microseconds) in a zone."""
    return datetime.fromtimestamp(at // SECOND, UTC).astimezone(ZoneInfo(zone))


def stamp(at: int, zone: str) -> str:
    """The whole instant.

    >>> stamp(1_773_594_000_000_000, "America/Phoenix")
    'Mar 15 2026, 10:00:00 MST'
    """
    when = local(at, zone)
    return f"{when:%b} {when.day} {when:%Y, %H:%M:%S %Z}"


def brief(at: int, zone: str, now: int) -> str:
    """The clock time today, the date before: for tables.

    >>> brief(1_773_594_000_000_000, "America/Phoenix", 1_773_594_000_000_000)
    '10:00:00'
    """
    when, today = local(at, zone), local(now, zone)
    if when.date() == today.date():
        return f"{when:%H:%M:%S}"
    year = "" if when.year == today.year else f" {when:%Y}"
    return f"{when:%b} {when.day}{year}, {when:%H:%M}"


def day(at: int, zone: str) -> str:
    """The date, for agreements: the last day, not the midnight after it.

    >>> day(1_773_594_000_000_000, "America/Phoenix")
    'Mar 15 2026'
    """
    when = local(at - 1, zone)
    return f"{when:%b} {when.day} {when:%Y}"


def machine(at: int) -> str:
    """As the `datetime` of a `time` element has it."""
    return datetime.fromtimestamp(at // SECOND, UTC).strftime("%Y-%m-%dT%H:%M:%S") + f".{at % SECOND // 1000:03}Z"


def length(span: int) -> str:
    """A length in the largest unit that says enough.

    >>> length(412_000), length(41 * MINUTE), length(3 * HOUR), length(400)
    ('412 ms', '41 min', '3 h', '0 ms')
    """
    for unit, name in ((2 * DAY, "days"), (2 * HOUR, "h"), (2 * MINUTE, "min"), (SECOND, "s")):
        if span >= unit:
            whole = {"days": DAY, "h": HOUR, "min": MINUTE, "s": SECOND}[name]
            return f"{span / whole:.1f} {name}" if span < 10 * whole and name == "s" else f"{span // whole} {name}"
    return f"{span // 1000} ms"
