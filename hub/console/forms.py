"""What fields of forms and addresses say: numbers, and instants in the county's zone."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from hub.errors import Lasting
from hub.spans import SECOND

_AMOUNT: Final = re.compile(r"\d{1,9}(\.\d{1,2})?")


def number(text: str) -> int:
    """A whole number from 0; 0 for whatever is none.

    >>> number("12"), number("-1"), number("x")
    (12, 0, 0)
    """
    return int(text) if text.isdecimal() and len(text) < 18 else 0


def amount(text: str) -> float:
    """A sum of money, or 0.0 where none is given. Raises Lasting for what is none.

    >>> amount("41.50"), amount("")
    (41.5, 0.0)
    """
    if not text.strip():
        return 0.0
    if not _AMOUNT.fullmatch(text.strip()):
        raise Lasting("This is no sum of money.", cure="Write it as 41.50.")
    return float(text)


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
