"""When people are there: hours that are none, and days that are none, are refused."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import time

from hub.errors import Misconfigured
from hub.located import Located
from hub.partners.sheet import Sheet, midnight

MIDNIGHT = "24:00"


def check(sheet: Sheet) -> Iterator[Misconfigured]:
    """What is wrong with the hours of a partner."""
    hours = sheet.partner.hours
    if hours is None:
        return
    wrong = [key for key in ("opens", "closes") if not _clock(getattr(hours, key))]
    for key in wrong:
        yield sheet.refuse("This is no time of day.", "hours", key, cure="Write 08:00, or 24:00 for the day's end.")
    if not wrong and hours.opens >= hours.closes:
        cure = "Write when they open first; around the clock is 00:00 to 24:00."
        yield sheet.refuse("They close before they open.", "hours", "closes", cure=cure)
    if not hours.days:
        yield sheet.refuse("Nobody is ever there.", "hours", "days", cure="Leave days out for Monday to Friday.")
    yield from holidays(sheet.found, hours.holidays, sheet.zone, "hours")


def holidays(found: Located, days: Sequence[str], zone: str, *above: str) -> Iterator[Misconfigured]:
    """What is wrong with the holidays that a file names below some keys."""
    for n, day in enumerate(days):
        if midnight(day, zone) is None:
            yield found.refuse("This is no day.", *above, "holidays", n, cure="Write 2026-12-25.")


def _clock(word: str) -> bool:
    try:
        return word == MIDNIGHT or time.fromisoformat(word).strftime("%H:%M") == word
    except ValueError:
        return False
