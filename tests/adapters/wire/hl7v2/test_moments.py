"""Times as senders write them: partial stays partial, impossible is refused, a zone is known to be sent or not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.wire.hl7v2 import Moment, moment, stamp
from hub.errors import Unreadable

NOON = 1_772_366_400_000_000  # 2026-03-01T12:00:00Z
SIX_HOURS = 6 * 3600 * 1_000_000


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("1990", Moment("1990", None, "year", zoned=False)),
        ("199003", Moment("1990-03", None, "month", zoned=False)),
        ("19900314", Moment("1990-03-14", None, "day", zoned=False)),
        ("20240229", Moment("2024-02-29", None, "day", zoned=False)),
        ("19900314  ", Moment("1990-03-14", None, "day", zoned=False)),
        ("19900314-0600", Moment("1990-03-14", None, "day", zoned=True)),
        ("2026030112", Moment("", NOON, "hour", zoned=False)),
        ("202603011200", Moment("", NOON, "minute", zoned=False)),
        ("20260301120000", Moment("", NOON, "second", zoned=False)),
        ("20260301120000+0000", Moment("", NOON, "second", zoned=True)),
        ("20260301120000-0600", Moment("", NOON + SIX_HOURS, "second", zoned=True)),
        ("20260301120000+0545", Moment("", NOON - 20_700_000_000, "second", zoned=True)),
        ("20260301120000Z", Moment("", NOON, "second", zoned=True)),
        ("2026030112-0600", Moment("", NOON + SIX_HOURS, "hour", zoned=True)),
        ("20260301120000.1", Moment("", NOON + 100_000, "fraction", zoned=False)),
        (
            "20260301120000.1234-0600",
            Moment("", NOON + SIX_HOURS + 123_400, "fraction", zoned=True),
        ),
        ("20260301120000.1234567", Moment("", NOON + 123_456, "fraction", zoned=False)),
        ("19691231235959+0000", Moment("", -1_000_000, "second", zoned=True)),
    ],
)
def test_a_time_means_what_was_said_and_no_more(text: str, meant: Moment) -> None:
    assert moment(text) == meant


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("19891411", "no such day"),
        ("19761325", "no such day"),
        ("20230229", "no such day"),
        ("19900000", "no such day"),
        ("00000101", "no such day"),
        ("2026030124", "no such time"),
        ("202603011260", "no such time"),
        ("20260301235960", "no such time"),
        ("20260301120000+1500", "no such time zone"),
        ("20260301120000-0660", "a zone is written"),
        ("20260301120000-06", "no such time|a fraction"),
        ("20260301120000+ab00", "a zone is written"),
        ("", "a date is written"),
        ("199", "a date is written"),
        ("19900", "a date is written"),
        ("1990031", "a date is written"),
        ("199003141", "a time of day is written"),
        ("1990-03-14", "a date is written"),
        ("2026-03-01T12:00:00Z", "a date is written"),
        ("٢٠٢٦٠٣٠١", "a date is written"),
        ("²⁰²⁶", "a date is written"),
        ("20260301120000.", "a fraction"),
        ("202603011200.5", "no such time"),
        ("20260301120000.1234567890", "a fraction"),
        ("20260301 1200", "a time of day is written"),
        ("2026030112ab", "no such time"),
        ("unknown", "a date is written"),
        ('""', "a date is written"),
        ("Z", "a date is written"),
        ("+0000", "a date is written"),
    ],
)
def test_what_cannot_be_a_time_is_refused_without_repeating_it(text: str, words: str) -> None:
    with pytest.raises(Unreadable, match=f"(?i){words}") as refused:
        moment(text)

    assert not text or text not in str(refused.value)


@given(st.datetimes(timezones=st.just(UTC)).filter(lambda wall: 2 < wall.year < 9999), st.integers(-840, 840))
def test_any_instant_with_its_zone_is_the_instant_that_python_means(wall: datetime, minutes: int) -> None:
    wall = wall.replace(microsecond=0)
    instant = wall - timedelta(minutes=minutes)
    zone = f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02}{abs(minutes) % 60:02}"

    said = moment(f"{wall:%Y%m%d%H%M%S}".zfill(14) + zone)

    since = instant - datetime(1970, 1, 1, tzinfo=UTC)
    assert (said.micros, said.zoned) == (since // timedelta(microseconds=1), True)


@given(st.text(alphabet="0123456789+-.Z ", max_size=26))
def test_no_text_breaks_it(text: str) -> None:
    try:
        said = moment(text)
    except Unreadable:
        return
    assert said.iso[:4] == text.strip()[:4] or said.micros is not None


@given(st.integers(min_value=0, max_value=4_000_000_000))
def test_what_we_stamp_is_read_back(second: int) -> None:
    assert moment(stamp(second * 1_000_000 + 999_999)).micros == second * 1_000_000
