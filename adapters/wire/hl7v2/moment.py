"""HL7 dates and times (TS, DTM, DT): 4 to 14 digits, a fraction, a zone. What is impossible is refused, nothing is filled up."""

from __future__ import annotations

from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Final, Literal

import msgspec

from hub.errors import Unreadable

Precision = Literal["year", "month", "day", "hour", "minute", "second", "fraction"]


class Moment(msgspec.Struct, frozen=True, gc=False):
    """What a sender said about a time, and no more.

    A date without a time of day has `iso`, its ISO 8601 spelling, as partial as it was sent. With a time of day it has `micros`,
    microseconds since 1970: in UTC when `zoned` (a zone was sent), otherwise on the sender's own wall clock.
    """

    iso: str
    micros: int | None
    precision: Precision
    zoned: bool


_SECOND: Final = 1_000_000
_MINUTE: Final = 60 * _SECOND
_HOUR: Final = 60 * _MINUTE
_DAY: Final = 24 * _HOUR
_EPOCH: Final = date(1970, 1, 1).toordinal()
# Two digits to microseconds. A part that was not said is the empty text, and adds nothing.
_HOURS: Final = {f"{hour:02}": hour * _HOUR for hour in range(24)}
_MINUTES: Final = {f"{minute:02}": minute * _MINUTE for minute in range(60)} | {"": 0}
_SECONDS: Final = {f"{second:02}": second * _SECOND for second in range(60)} | {"": 0}
_DATES: Final[dict[int, Precision]] = {4: "year", 6: "month", 8: "day"}
_CLOCKS: Final[dict[int, Precision]] = {2: "hour", 4: "minute", 6: "second"}
# The Line Islands keep UTC+14; nobody is farther.
_FARTHEST_ZONE: Final = 14 * _HOUR


@lru_cache(maxsize=8192)
def moment(text: str) -> Moment:
    """The meaning of an HL7 date or time.

    Raises Unreadable, naming the part and never the value, for what is not a date or cannot be one.

    >>> moment("202603011230-0600")
    Moment(iso='', micros=1772389800000000, precision='minute', zoned=True)
    >>> moment("199003")
    Moment(iso='1990-03', micros=None, precision='month', zoned=False)
    """
    text = text.strip(" ")
    if text[-5:-4] in ("+", "-"):
        text, offset, zoned = text[:-5], _offset(text[-5:]), True
    elif text[-1:] == "Z":
        text, offset, zoned = text[:-1], 0, True
    else:
        offset, zoned = 0, False
    iso, midnight, precision = _date(text[:8])
    if len(text) <= 8:
        return Moment(iso, None, precision, zoned)
    into_day, precision = _clock(text[8:])
    return Moment("", midnight + into_day - offset, precision, zoned)


def stamp(micros: int) -> str:
    """UTC microseconds as HL7 writes them, to the second, with the zone.

    >>> stamp(1772389800000000)
    '20260301183000+0000'
    """
    return _stamp(micros // _SECOND)


@lru_cache(maxsize=64)
def _stamp(seconds: int) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC):%Y%m%d%H%M%S}+0000"


@lru_cache(maxsize=32_768)
def _date(digits: str) -> tuple[str, int, Precision]:
    precision = _DATES.get(len(digits))
    if not precision or not _number(digits):
        raise Unreadable("A date is written YYYY, YYYYMM or YYYYMMDD.")
    iso = f"{digits[:4]}-{digits[4:6] or '01'}-{digits[6:8] or '01'}"
    try:
        day = date.fromisoformat(iso).toordinal() - _EPOCH
    except ValueError as error:
        raise Unreadable("There is no such day in the calendar.") from error
    return iso[: len(digits) + len(digits) // 2 - 2], day * _DAY, precision


def _clock(text: str) -> tuple[int, Precision]:
    digits, fraction = text[:6], text[6:]
    precision = _CLOCKS.get(len(digits))
    if not precision:
        raise Unreadable("A time of day is written HH, HHMM or HHMMSS.")
    try:
        into_day = _HOURS[digits[:2]] + _MINUTES[digits[2:4]] + _SECONDS[digits[4:]]
    except KeyError as error:
        raise Unreadable("There is no such time of day.") from error
    return (into_day + _fraction(fraction), "fraction") if fraction else (into_day, precision)


def _fraction(text: str) -> int:
    digits = text[1:]
    if text[0] != "." or not _number(digits) or len(digits) > 9:
        raise Unreadable("A fraction has 1 to 9 digits after a point and follows the seconds.")
    return int(digits.ljust(6, "0")[:6])


@lru_cache(maxsize=256)
def _offset(zone: str) -> int:
    hours, minutes = zone[1:3], zone[3:5]
    if not _number(hours) or minutes not in _MINUTES:
        raise Unreadable("A zone is written +HHMM or -HHMM.")
    offset = int(hours) * _HOUR + _MINUTES[minutes]
    if offset > _FARTHEST_ZONE:
        raise Unreadable("There is no such time zone.")
    return -offset if zone[0] == "-" else offset


def _number(text: str) -> bool:
    return text.isascii() and text.isdigit()
