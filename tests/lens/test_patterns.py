"""Instants and dates in spellings that a mapping names: several in one column, and zones that were not meant."""

from __future__ import annotations

import pytest

from hub.errors import Misconfigured
from hub.lens import patterns
from hub.model.values import Instant

# 1 March 2026, 09:30 in Phoenix.
AT = 1_772_382_600_000_000
EVERY = "%m/%d/%Y %I:%M:%S %p | %Y/%m/%d %H:%M:%S+00 | iso_local | epoch_ms_local in America/Phoenix"


@pytest.mark.parametrize(
    "text",
    [
        "03/01/2026 09:30:00 AM",
        "3/1/2026 9:30:00 AM",
        "2026/03/01 09:30:00+00",
        "2026-03-01T09:30:00.000Z",
        "2026-03-01 09:30:00",
        "1772357400000",
    ],
)
def test_one_column_may_spell_an_instant_in_many_ways(text: str) -> None:
    read, write = patterns.instants(EVERY)

    found = read(text, "UTC")

    assert found is not None
    assert (found.at, found.zone) == (AT, "partner")
    assert write(found, "UTC") == text


def test_the_first_spelling_is_the_one_that_is_written() -> None:
    _, write = patterns.instants(EVERY)

    assert write(Instant(at=AT), "UTC") == "03/01/2026 09:30:00 AM"


@pytest.mark.parametrize("way", ["iso", "iso_local", "epoch_ms", "epoch_ms_local", "%Y-%m-%d %H:%M:%S%z"])
def test_what_is_written_is_read_again(way: str) -> None:
    read, write = patterns.instants(f"{way} in America/Chicago")

    again = read(write(Instant(at=AT), "America/Phoenix"), "America/Phoenix")

    assert again is not None
    assert again.at == AT


@pytest.mark.parametrize(
    "text", ["", "13/01/2026 09:30:00 AM", "2026-02-30 09:30", "9" * 18, "yesterday", "0000/01/01 00:00:00+00"]
)
def test_what_is_no_instant_is_none(text: str) -> None:
    read, _ = patterns.instants(EVERY)

    assert read(text, "UTC") is None


@pytest.mark.parametrize(
    ("pattern", "text", "precision"),
    [
        ("%m/%d/%Y %H:%M", "03/01/2026 09:30", "minute"),
        ("%m/%d/%Y", "03/01/2026", "day"),
        ("%H:%M:%S.%f %d %b %Y", "09:30:00.5 01 Mar 2026", "fraction"),
    ],
)
def test_an_instant_is_as_exact_as_its_pattern(pattern: str, text: str, precision: str) -> None:
    read, _ = patterns.instants(pattern)

    found = read(text, "America/Phoenix")

    assert found is not None
    assert found.precision == precision


def test_a_word_that_is_no_spelling_is_refused() -> None:
    with pytest.raises(Misconfigured, match='"isoo" is no spelling of an instant'):
        patterns.instants("isoo")
    with pytest.raises(Misconfigured, match="not a time zone"):
        patterns.instants("iso in America/Nowhere")


def test_dates_too_may_be_spelled_in_several_ways() -> None:
    read, write = patterns.dates("%m/%d/%Y | iso")

    found = [read(text) for text in ("03/14/1990", "1990-03-14", "1990-03", "14.3.1990")]

    assert [date.iso if date else None for date in found] == ["1990-03-14", "1990-03-14", "1990-03", None]
    assert [write(date) for date in found if date] == ["03/14/1990", "03/14/1990", ""]
