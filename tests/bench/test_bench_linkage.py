"""What it costs to find somebody is measured on people who are there."""

from __future__ import annotations

from hub.bench.linkage import BARS, Found, measure


def test_a_small_county_is_measured() -> None:
    found = measure(2_000)

    assert found.persons == 2_000
    assert found.same > 200
    assert found.same + found.maybe == 300
    assert found.candidates >= 1
    assert 0 < found.known_us <= found.known_median_us
    # Four times the bar, for machines that others use too: `crisis-hub bench --linkage 1000000` says the figure.
    assert found.known_us < 4 * BARS["known_us"]
    assert found.alike_us < BARS["alike_us"]


def test_a_bar_that_is_missed_is_named() -> None:
    slow = Found(
        persons=1, known_us=31, known_median_us=40, alike_us=10, alike_most_us=10, candidates=1, same=1, maybe=0
    )

    assert slow.missed == ("known_us",)
