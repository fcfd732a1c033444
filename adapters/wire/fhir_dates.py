"""Dates in FHIR searches: what is partial is a span of time, and spans are compared as R4 3.1.1.4.5 has it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any, Final

from hub.lens.times import EPOCH, MICROSECOND, iso_instant, zone
from hub.model.values import Precision
from hub.spans import DAY, HOUR, MINUTE, SECOND

# From an instant up to, and not including, another, in UTC microseconds.
Span = tuple[int, int]
EVER: Final = 1 << 62
_LONG: Final[Mapping[Precision, int]] = {
    "day": DAY, "hour": HOUR, "minute": MINUTE, "second": SECOND, "fraction": 1
}  # fmt: skip
_YEAR: Final = 366 * DAY


def span(value: Any, zone_name: str) -> Span | None:
    """The time that a date, an instant or a Period of FHIR covers; None for what is none.

    >>> span("2026", "UTC")[1] - span("2026", "UTC")[0] == 365 * DAY
    True
    """
    if isinstance(value, dict):
        begins, ends = span(value.get("start"), zone_name), span(value.get("end"), zone_name)
        if begins or ends:
            return (begins[0] if begins else -EVER, ends[1] if ends else EVER)
        return None
    found = iso_instant(value, zone_name) if isinstance(value, str) else None
    if found is None:
        return None
    return found.at, _end(found.at, found.precision, zone_name)


def _end(at: int, precision: Precision, zone_name: str) -> int:
    if precision in _LONG:
        return at + _LONG[precision]
    try:
        here = (EPOCH + at * MICROSECOND).astimezone(zone(zone_name))
        month = here.month % 12 + 1 if precision == "month" else here.month
        year = here.year + (precision == "year" or month == 1)
        # A day more or less does not cross a month, so that the zone's own midnight is met.
        return (here.replace(year=year, month=month) - EPOCH) // timedelta(microseconds=1)
    except (ValueError, OverflowError):
        return at + _YEAR


def holds(prefix: str, asked: Span, told: Span) -> bool:
    """Whether what a resource tells stands to what was asked as the prefix says.

    >>> day = span("2026-03-11", "UTC")
    >>> holds("eq", day, span("2026-03-11T08:00:00Z", "UTC")), holds("gt", day, span("2026-03-11", "UTC"))
    (True, False)
    """
    return _COMPARED[prefix](asked, told)


def _within(asked: Span, told: Span) -> bool:
    return asked[0] <= told[0] and told[1] <= asked[1]


_COMPARED: Final[Mapping[str, Callable[[Span, Span], bool]]] = {
    "eq": _within,
    "ne": lambda asked, told: not _within(asked, told),
    "gt": lambda asked, told: told[1] > asked[1],
    "lt": lambda asked, told: told[0] < asked[0],
    "ge": lambda asked, told: told[1] > asked[1] or _within(asked, told),
    "le": lambda asked, told: told[0] < asked[0] or _within(asked, told),
    "sa": lambda asked, told: told[0] >= asked[1],
    "eb": lambda asked, told: told[1] <= asked[0],
}
