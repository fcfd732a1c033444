"""One partner file on the desk: what it says, where each word stands, and what it is checked against."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cache
from ipaddress import ip_address
from typing import Final
from zoneinfo import ZoneInfo, available_timezones

from hub.errors import Misconfigured
from hub.located import Located
from hub.partners.file import Partner
from hub.spans import SECOND

_DAY: Final = re.compile(r"\d{4}-\d\d-\d\d")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """A partner file with the facts its checks need. `at` is UTC microseconds: what has ended by then is refused."""

    found: Located
    partner: Partner
    zone: str
    states: Collection[str]
    formats: Collection[str]
    at: int

    def refuse(self, message: str, *steps: str | int, cure: str = "") -> Misconfigured:
        """The error about one value of this file."""
        return self.found.refuse(message, *steps, cure=cure)


Check = Callable[[Sheet], Iterator[Misconfigured]]


def midnight(text: str, zone: str, *, after: int = 0) -> int | None:
    """The first instant (UTC microseconds) of a day in a zone, so many days `after` it; None when it is no day.

    >>> midnight("2026-03-01", "UTC"), midnight("2026-02-30", "UTC")
    (1772323200000000, None)
    """
    if not _DAY.fullmatch(text):
        return None
    try:
        day = date.fromisoformat(text) + timedelta(days=after)
    except (ValueError, OverflowError):
        return None
    return int(datetime.combine(day, time(), ZoneInfo(zone)).timestamp()) * SECOND


def over(text: str, zone: str) -> int | None:
    """The instant (UTC microseconds) at which a day is over in a zone; an instant with its offset stands for itself."""
    if ends := midnight(text, zone, after=1):
        return ends
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return int(found.timestamp() * SECOND) if found.tzinfo and not _DAY.fullmatch(text) else None


@cache
def zones() -> list[str]:
    """The names of all time zones."""
    return sorted(available_timezones())


def loopback(host: str) -> bool:
    """Whether a host is this machine itself, by its spelling and without asking anybody.

    >>> loopback("127.0.0.1"), loopback("localhost"), loopback("10.0.0.1")
    (True, True, False)
    """
    try:
        return host == "localhost" or ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False
