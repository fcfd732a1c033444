"""Working hours: when somebody is there to act. Routine matters wait for them; urgent ones do not."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from hub.model.plan import Fact
from hub.partners import Partner
from hub.partners.hours import MIDNIGHT
from hub.partners.programme import DAYS

_SECOND: Final = 1_000_000
_FAR: Final = 60


class Calendar(Fact, frozen=True):
    """Hours of a week in a time zone: days count from Monday, 0; `holidays` are ISO dates on which nobody is there."""

    zone: str = "UTC"
    days: tuple[int, ...] = (0, 1, 2, 3, 4)
    opens: str = "08:00"
    closes: str = "17:00"
    holidays: tuple[str, ...] = ()


def of_partner(partner: Partner | None, zone: str) -> Calendar:
    """When a partner's people are there, by its file; the usual hours where that says nothing.

    >>> of_partner(None, "UTC") == Calendar()
    True
    """
    hours = partner.hours if partner else None
    if hours is None:
        return Calendar(zone=zone)
    days = tuple(sorted({DAYS.index(day) for day in hours.days}))
    return Calendar(zone=zone, days=days, opens=hours.opens, closes=hours.closes, holidays=hours.holidays)


def after(at: int, hours: float, calendar: Calendar) -> int:
    """The instant (UTC microseconds) when so many working hours have passed since `at`.

    >>> noon_on_a_friday = 1_772_193_600_000_000
    >>> (after(noon_on_a_friday, 8, Calendar()) - noon_on_a_friday) // 3_600_000_000
    71
    """
    left = timedelta(hours=hours)
    for opens, closes in _spans(at, calendar):
        if left <= closes - opens:
            return _instant(opens + left)
        left -= closes - opens
    return at + int(hours * 3600) * _SECOND


def next_open(at: int, calendar: Calendar) -> int:
    """The instant itself while somebody is there, else when they are there next."""
    opens, _ = next(iter(_spans(at, calendar)), (datetime.fromtimestamp(at / _SECOND, UTC), None))
    return _instant(opens)


def _spans(at: int, calendar: Calendar) -> list[tuple[datetime, datetime]]:
    """The working spans from an instant on, for two months. A day on which clocks change is as long as it is."""
    zone = ZoneInfo(calendar.zone)
    begun = datetime.fromtimestamp(at // _SECOND, UTC)
    first = begun.astimezone(zone).date()
    found = []
    for day in (first + timedelta(days=n) for n in range(_FAR)):
        if day.weekday() not in calendar.days or day.isoformat() in calendar.holidays:
            continue
        opens, closes = (_moment(day, word, zone) for word in (calendar.opens, calendar.closes))
        if closes > begun:
            found.append((max(opens, begun), closes))
    return found


def _moment(day: date, word: str, zone: ZoneInfo) -> datetime:
    if word == MIDNIGHT:
        return datetime.combine(day + timedelta(days=1), time(), zone).astimezone(UTC)
    return datetime.combine(day, time.fromisoformat(word), zone).astimezone(UTC)


def _instant(moment: datetime) -> int:
    return int(moment.timestamp()) * _SECOND
