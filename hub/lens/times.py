"""Dates and instants as partners spell them. What is partial stays partial; what is impossible is refused, never repaired."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from msgspec.structs import replace

from hub.errors import Misconfigured
from hub.model.values import Instant, PartialDate, Precision, ZoneSource

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
COMPACT = re.compile(
    r"(\d{4})(?:(\d\d)(?:(\d\d)(?:(\d\d)(?:(\d\d)(?:(\d\d)(?:\.(\d{1,9}))?)?)?)?)?)?([+-]\d{4})?", re.ASCII
)
ISO = re.compile(
    r"(\d{4})(?:-(\d\d)(?:-(\d\d)(?:[T ](\d\d)(?::(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?)?)?)?)?\s*(Z|[+-]\d\d:?\d\d)?",
    re.ASCII,
)
PRECISIONS: tuple[Precision, ...] = ("year", "month", "day", "hour", "minute", "second", "fraction")
COMPACT_FORMS = dict(zip(PRECISIONS, ("%Y", "%Y%m", "%Y%m%d", "%Y%m%d%H", "%Y%m%d%H%M", "%Y%m%d%H%M%S"), strict=False))
ISO_FORMS = dict(
    zip(PRECISIONS, ("%Y", "%Y-%m", "%Y-%m-%d", "%Y-%m-%dT%H", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"), strict=False)
)
KEPT = 4096
# After it there is no instant: who writes it means never.
LAST_YEAR = "9999"
Parse = Callable[[str, str], Instant | None]
Write = Callable[[Instant, str], str]


@lru_cache(maxsize=256)
def zone(name: str) -> ZoneInfo:
    """A zone of the pinned zone data, by its IANA name."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise Misconfigured(
            f'"{name}" is not a time zone.', cure="Use an IANA name such as America/Chicago."
        ) from error


def _instant(found: re.Match[str] | None, text: str, zone_name: str) -> Instant | None:
    if not found:
        return None
    *parts, fraction, offset = found.groups()
    precision = PRECISIONS[6 if fraction else sum(p is not None for p in parts) - 1]
    year, month, day, hour, minute, second = (
        int(p) if p else low for p, low in zip(parts, (1, 1, 1, 0, 0, 0), strict=True)
    )
    micro = int((fraction or "").ljust(6, "0")[:6] or 0)
    source: ZoneSource = "sent" if offset else "utc" if zone_name == "UTC" else "partner"
    try:
        local = datetime(year, month, day, hour, minute, second, micro, tzinfo=UTC if offset else zone(zone_name))
        at = (local - EPOCH - _offset(offset)) // MICROSECOND
    except (ValueError, OverflowError):
        return None
    return Instant(at=at, precision=precision, zone=source, text=text)


def _offset(text: str | None) -> timedelta:
    if not text or text == "Z":
        return timedelta(0)
    hours, minutes = int(text[1:3]), int(text[-2:])
    if hours > 15 or minutes > 59:
        raise ValueError(text)
    found = timedelta(hours=hours, minutes=minutes)
    return -found if text[0] == "-" else found


@lru_cache(maxsize=KEPT)
def compact_instant(text: str, zone_name: str) -> Instant | None:
    """An HL7 v2 time; None when it is none. Without an offset it is in `zone_name`.

    >>> compact_instant("202603010930-0600", "UTC")
    Instant(at=1772379000000000, precision='minute', zone='sent', text='202603010930-0600')
    >>> compact_instant("20261325", "UTC") is None
    True
    """
    return _instant(COMPACT.fullmatch(text), text, zone_name)


@lru_cache(maxsize=KEPT)
def iso_instant(text: str, zone_name: str) -> Instant | None:
    """An ISO 8601 or RFC 3339 time; None when it is none.

    >>> iso_instant("2026-03-01T09:30:00Z", "UTC").at
    1772357400000000
    """
    return _instant(ISO.fullmatch(text), text, zone_name)


@lru_cache(maxsize=KEPT)
def write_compact(value: Instant, zone_name: str) -> str:
    """The HL7 v2 spelling: the sender's own where it was one, else in the recipient's zone with its offset.

    >>> write_compact(Instant(at=1772379000000000, precision="minute"), "America/Chicago")
    '202603010930-0600'
    """
    same = value.text and compact_instant(value.text, zone_name)
    return value.text if same and same.at == value.at else _spell(value, zone_name, COMPACT_FORMS, "")


@lru_cache(maxsize=KEPT)
def write_iso(value: Instant, zone_name: str) -> str:
    """The ISO 8601 spelling, with the offset of the recipient's zone."""
    same = value.text and iso_instant(value.text, zone_name)
    return value.text if same and same.at == value.at else _spell(value, zone_name, ISO_FORMS, ":")


def _spell(value: Instant, zone_name: str, forms: dict[Precision, str], colon: str) -> str:
    local = (EPOCH + value.at * MICROSECOND).astimezone(zone(zone_name))
    form = forms[value.precision if value.precision != "fraction" else "second"]
    fraction = f".{local.microsecond:06d}" if value.precision == "fraction" else ""
    offset = local.strftime("%z")
    spelled_offset = offset[:3] + colon + offset[3:5] if value.precision not in ("year", "month", "day") else ""
    return local.strftime(form) + fraction + spelled_offset


def until(value: Instant | None, zone_name: str) -> Instant | None:
    """The first instant after an end that was said: a day, month or year that is named is over when all of it is.

    >>> until(iso_instant("2026-02", "UTC"), "UTC").at == iso_instant("2026-03-01", "UTC").at
    True
    """
    said = value and (ISO.fullmatch(value.text) or COMPACT.fullmatch(value.text))
    if value is None or not said or value.precision not in ("year", "month", "day") or said[1] == LAST_YEAR:
        return value
    year, month, day = (int(part) if part else None for part in said.groups()[:3])
    first = date(year or 1, month or 1, day or 1)
    # One day more than the whole is long, and back to its beginning.
    last = first + timedelta(days={"year": 366, "month": 31, "day": 1}[value.precision])
    after = {"year": last.replace(month=1, day=1), "month": last.replace(day=1), "day": last}[value.precision]
    own = UTC if value.zone == "sent" else zone(zone_name)
    began, ends = (datetime(each.year, each.month, each.day, tzinfo=own) - EPOCH for each in (first, after))
    return replace(value, at=value.at + (ends - began) // MICROSECOND)


def write_until(value: Instant, zone_name: str, parse: Parse, write: Write) -> str:
    """The spelling of an end: the day it was said as where that is how it is spelled here, else its very instant."""
    if value.precision not in ("year", "month", "day"):
        return write(value, zone_name)
    said = until(parse(value.text, zone_name), zone_name)
    return value.text if said and said.at == value.at else write(replace(value, precision="second", text=""), zone_name)


@lru_cache(maxsize=KEPT)
def compact_date(text: str) -> PartialDate | None:
    """An HL7 v2 date of 8, 6 or 4 digits, or the date of a time; None when it is none.

    >>> compact_date("199003"), compact_date("19891411")
    (PartialDate(iso='1990-03', text=''), None)
    """
    found = COMPACT.fullmatch(text)
    iso = found and _partial(*found.groups()[:3])
    return PartialDate(iso=iso, text="" if len(text) == len(iso.replace("-", "")) else text) if iso else None


@lru_cache(maxsize=KEPT)
def iso_date(text: str) -> PartialDate | None:
    """An ISO 8601 date, or the date of a time; None when it is none."""
    found = ISO.fullmatch(text)
    iso = found and _partial(*found.groups()[:3])
    return PartialDate(iso=iso, text="" if text == iso else text) if iso else None


def write_compact_date(value: PartialDate) -> str:
    """The HL7 v2 spelling of a partial date."""
    return value.text if value.text and compact_date(value.text) == value else value.iso.replace("-", "")


def write_iso_date(value: PartialDate) -> str:
    """The ISO spelling of a partial date."""
    return value.text if value.text and iso_date(value.text) == value else value.iso


def exact_iso_date(value: PartialDate) -> str:
    """The ISO spelling of a date, with the time of day that it came with in HL7 v2.

    >>> exact_iso_date(PartialDate(iso="2026-03-01", text="202603010930-0600"))
    '2026-03-01T09:30:00-06:00'
    """
    _, *time, fraction, offset = _time_of(COMPACT, value)
    return f"{value.iso}T{_clock(time, fraction)}{offset[:3]}:{offset[3:]}" if offset else write_iso_date(value)


def exact_compact_date(value: PartialDate) -> str:
    """The HL7 v2 spelling of a date, with the time of day that it came with in ISO 8601.

    >>> exact_compact_date(PartialDate(iso="2026-03-01", text="2026-03-01T09:30:00Z"))
    '20260301093000+0000'
    """
    day, *time, fraction, offset = _time_of(ISO, value)
    if not offset:
        return write_compact_date(value)
    zone_of = "+0000" if offset == "Z" else offset.replace(":", "")
    return f"{day}{_clock(time, fraction).replace(':', '')}{zone_of}"


def _time_of(spelling: re.Pattern[str], value: PartialDate) -> list[str]:
    """Day, hour, minute, second, fraction and offset of the text a date was read from; all empty where it had no whole time."""
    found = spelling.fullmatch(value.text) if value.text else None
    if not found or not (found[4] and found[8]):
        return [""] * 6
    return [value.iso.replace("-", ""), *(part or "" for part in found.groups()[3:])]


def _clock(time: list[str], fraction: str) -> str:
    return ":".join(part or "00" for part in time) + (f".{fraction}" if fraction else "")


def _partial(year: str, month: str | None, day: str | None) -> str:
    try:
        datetime(int(year), int(month or 1), int(day or 1), tzinfo=UTC)
    except ValueError:
        return ""
    return "-".join(p for p in (year, month, day) if p)
