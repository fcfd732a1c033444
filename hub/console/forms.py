"""What fields of forms and addresses say: numbers, and instants in the county's zone."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from hub.errors import Lasting
from hub.spans import SECOND


def number(text: str) -> int:
    """A whole number from 0; 0 for whatever is none.

    >>> number("12"), number("-1"), number("x")
    (12, 0, 0)
    """
    return int(text) if text.isdecimal() and len(text) < 18 else 0


def instant(text: str, zone: str) -> int:
    """What a date-and-time field says, in the county's zone (UTC microseconds); 0 where it says nothing.

    Raises Lasting for what is no date and time.
    """
    if not text:
        return 0
    try:
        found = datetime.fromisoformat(text)
    except ValueError as wrong:
        raise Lasting("This is no date and time.", cure="Write it as 2026-03-15T20:00.") from wrong
    local = found if found.tzinfo else found.replace(tzinfo=ZoneInfo(zone))
    return max(1, int(local.timestamp()) * SECOND)
