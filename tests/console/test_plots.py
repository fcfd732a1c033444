"""Plots say in their title what they find, draw to one scale, and carry no markup of whoever named something."""

from __future__ import annotations

import re

from hub.console.plots import Bar, Part, Span, Track, columns, parts, rows, spans, tracked


def test_a_bar_is_as_high_as_its_share_and_nobody_writes_markup_into_it() -> None:
    drawn = columns([Bar("<b>", 5), Bar("x", 10)], "two & more", every=1)

    heights = [float(h) for h in re.findall(r'class="bar"[^>]*height="([\d.]+)"', drawn)]
    assert heights[1] == 2 * heights[0]
    assert "<b>" not in drawn
    assert "<title>two &amp; more</title>" in drawn


def test_a_day_that_is_not_over_leaves_room_for_its_hours_to_come() -> None:
    wide = columns([Bar("0", 1)], "x")
    narrow = columns([Bar("0", 1)], "x", slots=24)

    width = re.compile(r'class="bar"[^>]*width="([\d.]+)"')
    assert float(width.findall(narrow)[0]) < float(width.findall(wide)[0]) / 20


def test_five_bars_at_most_and_the_rest_together() -> None:
    drawn = rows([Bar(str(n), n) for n in range(1, 9)], "x")

    assert drawn.count("<rect") == 6
    assert ">other<" in drawn


def test_ten_times_as_long_is_as_far_on_everywhere_on_the_axis() -> None:
    drawn = spans([Span("one", 10_000, 100_000), Span("other", 1_000_000, 10_000_000)], "x")

    (a, b), (c, d) = [
        [float(x) for x in re.findall(r'cx="([\d.]+)"', part)] for part in drawn.split('class="span"')[1:]
    ]
    assert abs((b - a) - (d - c)) < 0.2 < b - a
    assert "10 ms, 100 ms" in drawn


def test_a_hidden_number_is_drawn_as_long_whatever_it_hides() -> None:
    drawn = [parts([Part("a", most), Part("b", "under 11"), Part("c", "hidden")], "x") for most in (12, 9000)]

    stubs = [re.findall(r'class="stub"[^>]*width="([\d.]+)"', each) for each in drawn]
    assert stubs[0] == stubs[1]
    assert len(set(stubs[0])) == 1
    assert ">under 11<" in drawn[0]


def test_an_attempt_without_an_answer_has_no_end_and_a_late_one_makes_the_axis_longer() -> None:
    minute = 60_000_000

    open_one, late = (
        tracked([Track("B1", tries)], "x") for tries in ([(1_000, 0)], [(1_000, 2_000), (70 * minute, 71 * minute)])
    )

    assert (open_one.count('class="to"'), open_one.count('class="from"')) == (0, 1)
    assert "2 attempts" in late
    assert late.count('class="tick"') > open_one.count('class="tick"')
