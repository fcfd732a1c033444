"""Instants and dates: as precise as they were said, in the zone that was meant, and never invented."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.errors import Misconfigured
from hub.lens.times import (
    compact_date,
    compact_instant,
    iso_date,
    iso_instant,
    until,
    write_compact,
    write_compact_date,
    write_iso,
    write_iso_date,
    write_until,
    zone,
)
from hub.model.values import Instant, PartialDate

CHICAGO = "America/Chicago"


def micros(*parts: int, zone: str = "UTC") -> int:
    return int(datetime(*parts, tzinfo=ZoneInfo(zone)).timestamp()) * 1_000_000  # type: ignore[arg-type,misc]  # as datetime takes them


@pytest.mark.parametrize(
    ("text", "at", "precision", "zone_source"),
    [
        ("20260301093000-0600", micros(2026, 3, 1, 15, 30), "second", "sent"),
        ("20260301093000+0530", micros(2026, 3, 1, 4, 0), "second", "sent"),
        ("202603010930", micros(2026, 3, 1, 9, 30, zone=CHICAGO), "minute", "partner"),
        ("2026030109", micros(2026, 3, 1, 9, zone=CHICAGO), "hour", "partner"),
        ("20260701", micros(2026, 7, 1, zone=CHICAGO), "day", "partner"),
        ("202607", micros(2026, 7, 1, zone=CHICAGO), "month", "partner"),
        ("2026", micros(2026, 1, 1, zone=CHICAGO), "year", "partner"),
    ],
)
def test_an_hl7_time_is_read_as_it_was_meant(text: str, at: int, precision: str, zone_source: str) -> None:
    found = compact_instant(text, CHICAGO)

    assert found is not None
    assert (found.at, found.precision, found.zone, found.text) == (at, precision, zone_source, text)


def test_a_fraction_is_kept_to_the_microsecond() -> None:
    found = compact_instant("20260301093000.123456789-0600", "UTC")

    assert found is not None
    assert found.at % 1_000_000 == 123_456
    assert found.precision == "fraction"
    assert write_compact(found, CHICAGO) == "20260301093000.123456789-0600"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        "20261325",
        "20260230",
        "202603012500",
        "20260301096000",
        "20260301093000-9900",
        "2026-03-01",
        "２０２６",
    ],
)
def test_what_is_no_hl7_time_is_none(text: str) -> None:
    assert compact_instant(text, CHICAGO) is None


@pytest.mark.parametrize("text", ["2026-13-01", "2026-02-30T00:00:00Z", "20260301", "2026-03-01T25:00Z", "today", ""])
def test_what_is_no_iso_time_is_none(text: str) -> None:
    assert iso_instant(text, CHICAGO) is None


@given(st.integers(-(10**15), 4 * 10**15), st.sampled_from([CHICAGO, "UTC", "Asia/Kolkata", "Pacific/Chatham"]))
def test_what_is_written_is_read_as_the_same_instant(at: int, zone_name: str) -> None:
    whole = Instant(at=at // 1_000_000 * 1_000_000)

    for read, write in ((compact_instant, write_compact), (iso_instant, write_iso)):
        again = read(write(whole, zone_name), "UTC")
        assert again is not None
        assert again.at == whole.at


def test_the_senders_spelling_is_written_where_it_means_the_same() -> None:
    sent = compact_instant("20260301093000-0600", "UTC")
    unzoned = compact_instant("202603010930", CHICAGO)
    assert sent is not None
    assert unzoned is not None

    assert write_compact(sent, "UTC") == "20260301093000-0600"
    assert write_compact(unzoned, CHICAGO) == "202603010930"
    assert write_compact(unzoned, "UTC") == "202603011530+0000"
    assert write_iso(unzoned, CHICAGO) == "2026-03-01T09:30-06:00"


@pytest.mark.parametrize(
    ("text", "iso", "kept"),
    [
        ("1990", "1990", ""),
        ("199003", "1990-03", ""),
        ("19900314", "1990-03-14", ""),
        ("199003140915", "1990-03-14", "199003140915"),
    ],
)
def test_a_date_stays_partial_and_is_written_as_it_was(text: str, iso: str, kept: str) -> None:
    found = compact_date(text)

    assert found == PartialDate(iso=iso, text=kept)
    assert write_compact_date(found) == text


def test_a_date_of_one_spelling_is_written_in_another() -> None:
    assert write_compact_date(PartialDate(iso="1990-03")) == "199003"
    assert write_iso_date(PartialDate(iso="1990-03", text="199003")) == "1990-03"
    assert iso_date("1990-03-14T09:15:00Z") == PartialDate(iso="1990-03-14", text="1990-03-14T09:15:00Z")
    assert iso_date("1990-3") is None


def test_a_zone_that_nobody_knows_is_a_misconfiguration() -> None:
    with pytest.raises(Misconfigured, match="is not a time zone"):
        zone("Texas")


def test_an_hour_that_the_clock_skips_is_still_an_instant() -> None:
    skipped = compact_instant("20260308023000", CHICAGO)

    assert skipped is not None
    assert datetime.fromtimestamp(skipped.at / 1e6, UTC).hour == 8


@pytest.mark.parametrize(
    ("said", "over"),
    [
        ("2026-12-31", micros(2027, 1, 1, zone=CHICAGO)),
        ("2026-11", micros(2026, 12, 1, zone=CHICAGO)),
        ("2026", micros(2027, 1, 1, zone=CHICAGO)),
        # The night on which clocks go back is an hour longer.
        ("2026-11-01", micros(2026, 11, 2, zone=CHICAGO)),
        ("2026-12-31T09:00:00-06:00", micros(2026, 12, 31, 15)),
        ("9999-12-31", micros(9999, 12, 31, zone=CHICAGO)),
    ],
)
def test_a_day_a_month_and_a_year_until_which_something_holds_belong_to_it(said: str, over: int) -> None:
    read = iso_instant(said, CHICAGO)

    ends = until(read, CHICAGO)

    assert ends is not None
    assert ends.at == over
    assert write_until(ends, CHICAGO, iso_instant, write_iso) == said


def test_an_end_that_is_spelled_otherwise_elsewhere_stays_the_same_instant() -> None:
    ends = until(iso_instant("2026-12-31", CHICAGO), CHICAGO)

    assert ends is not None
    assert write_until(ends, CHICAGO, compact_instant, write_compact) == "20270101000000-0600"
