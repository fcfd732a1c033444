"""Instants and dates in spellings that a mapping names: patterns, several of them in one column, and zones that were not meant."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import lru_cache, partial
from typing import Final

from hub.errors import Misconfigured
from hub.lens import times
from hub.model.values import Instant, PartialDate, Precision

Read = Callable[[str, str], Instant | None]
Write = Callable[[Instant, str], str]
# A pattern after which a zone is named: `%m/%d/%Y %H:%M in America/Chicago`.
ZONED: Final = re.compile(r"(?P<patterns>.*?)(?: in (?P<zone>[A-Za-z_]+(?:/[A-Za-z_/+-]+)?))?")
DIGITS: Final = re.compile(r"-?\d{1,18}", re.ASCII)
OFFSET: Final = re.compile(r"(Z|[+-]\d\d(:?\d\d)?)$", re.ASCII)
# What a pattern must say for an instant to be known so well.
SAYS: Final[tuple[tuple[str, Precision], ...]] = (
    ("%f", "fraction"),
    ("%S", "second"),
    ("%M", "minute"),
    ("%H", "hour"),
    ("%I", "hour"),
    ("%d", "day"),
    ("%m", "month"),
    ("%b", "month"),
)


def instants(said: str) -> tuple[Read, Write]:
    """What reads and writes instants in the spellings that a line names, the first of which is written.

    They stand apart by `|`: patterns of strptime, `iso`, `epoch_ms`; `iso_local` and `epoch_ms_local` say that the zone that
    is sent was not meant. `in ZONE` at the end names the zone of all that have none. Raises Misconfigured.

    >>> read, write = instants("%m/%d/%Y %I:%M:%S%p | iso_local in America/Phoenix")
    >>> a, b = read("03/01/2026 09:30:00AM", "UTC"), read("2026-03-01T09:30:00.000Z", "UTC")
    >>> a.at == b.at, write(Instant(at=a.at), "UTC")
    (True, '03/01/2026 09:30:00AM')
    """
    found = ZONED.fullmatch(said)
    assert found is not None  # noqa: S101 - the first group takes anything
    fixed = found["zone"] or ""
    if fixed:
        times.zone(fixed)
    ways = [_way(one.strip()) for one in found["patterns"].split(" | ")]

    @lru_cache(maxsize=times.KEPT)
    def read(text: str, zone_name: str) -> Instant | None:
        for way, _ in ways:
            instant = way(text, fixed or zone_name)
            if instant is not None:
                return instant
        return None

    def write(value: Instant, zone_name: str) -> str:
        same = value.text and read(value.text, zone_name)
        return value.text if same and same.at == value.at else ways[0][1](value, fixed or zone_name)

    return read, write


def dates(said: str) -> tuple[Callable[[str], PartialDate | None], Callable[[PartialDate], str]]:
    """What reads and writes calendar dates in the patterns that a line names, the first of which is written."""
    patterns = [one.strip() for one in said.split(" | ")]

    @lru_cache(maxsize=times.KEPT)
    def read(text: str) -> PartialDate | None:
        found = (times.iso_date(text) if pattern == "iso" else _date(text, pattern) for pattern in patterns)
        return next((date for date in found if date is not None), None)

    def write(value: PartialDate) -> str:
        if value.text and read(value.text) == value:
            return value.text
        if patterns[0] == "iso":
            return value.iso
        return datetime.fromisoformat(value.iso).strftime(patterns[0]) if len(value.iso) == 10 else ""

    return read, write


def _date(text: str, pattern: str) -> PartialDate | None:
    try:
        return PartialDate(iso=datetime.strptime(text, pattern).date().isoformat(), text=text)  # noqa: DTZ007 - a calendar date has no zone
    except ValueError:
        return None


def _way(name: str) -> tuple[Read, Write]:
    if name in WAYS:
        return WAYS[name]
    if "%" not in name:
        raise Misconfigured(
            f'"{name}" is no spelling of an instant.', cure=f"Use a pattern with %, or {', '.join(WAYS)}."
        )
    precision: Precision = next((word for mark, word in SAYS if mark in name), "year")
    return partial(_by_pattern, pattern=name, precision=precision), partial(_patterned, pattern=name)


def _by_pattern(text: str, zone_name: str, *, pattern: str, precision: Precision) -> Instant | None:
    try:
        found = datetime.strptime(text, pattern)  # noqa: DTZ007 - the zone is the partner's, set in the next lines
    except ValueError:
        return None
    sent = found.tzinfo is not None
    local = found if sent else found.replace(tzinfo=times.zone(zone_name))
    try:
        at = (local - times.EPOCH) // times.MICROSECOND
    except OverflowError:
        return None
    return Instant(at=at, precision=precision, zone="sent" if sent else "partner", text=text)


def _patterned(value: Instant, zone_name: str, *, pattern: str) -> str:
    return _local(value, zone_name).strftime(pattern)


def _local(value: Instant, zone_name: str) -> datetime:
    return (times.EPOCH + value.at * times.MICROSECOND).astimezone(times.zone(zone_name))


def _iso_local(text: str, zone_name: str) -> Instant | None:
    """An ISO time whose offset was not meant."""
    found = times.iso_instant(OFFSET.sub("", text), zone_name) if "T" in text or " " in text or ":" in text else None
    return found and Instant(at=found.at, precision=found.precision, zone="partner", text=text)


def _epoch(text: str, _: str) -> Instant | None:
    return Instant(at=int(text) * 1000, zone="utc", text=text) if DIGITS.fullmatch(text) and len(text) < 15 else None


def _epoch_local(text: str, zone_name: str) -> Instant | None:
    """Milliseconds since 1970 of a clock on the wall: whoever counted them took local time for UTC."""
    if not DIGITS.fullmatch(text) or len(text) >= 15:
        return None
    wall = (times.EPOCH + timedelta(milliseconds=int(text))).replace(tzinfo=times.zone(zone_name))
    return Instant(at=(wall - times.EPOCH) // times.MICROSECOND, zone="partner", text=text)


def _write_epoch_local(value: Instant, zone_name: str) -> str:
    wall = _local(value, zone_name).replace(tzinfo=times.EPOCH.tzinfo)
    return str((wall - times.EPOCH) // timedelta(milliseconds=1))


def _write_iso_local(value: Instant, zone_name: str) -> str:
    return _local(value, zone_name).strftime("%Y-%m-%dT%H:%M:%S")


WAYS: Final[dict[str, tuple[Read, Write]]] = {
    "iso": (times.iso_instant, times.write_iso),
    "iso_local": (_iso_local, _write_iso_local),
    "epoch_ms": (_epoch, lambda value, _: str(value.at // 1000)),
    "epoch_ms_local": (_epoch_local, _write_epoch_local),
}
