"""Numbers as SVG, drawn here at their final size: bars by hour, bars by name. The title says the finding; a table says the same."""

from __future__ import annotations

from collections.abc import Sequence
from math import log10
from typing import NamedTuple

from markupsafe import Markup, escape

from hub.console.times import length


class Bar(NamedTuple):
    """One bar: what stands under or beside it, and how much."""

    label: str
    value: int


# As wide as the narrowest phone has room for: a plot is drawn at the size it is seen at, and never scaled.
_WIDTH, _HEIGHT, _FOOT, _TOP = 288, 132, 22, 22


def columns(bars: Sequence[Bar], title: str, *, every: int = 6, slots: int = 0) -> Markup:
    """Upright bars from a zero baseline, the highest labelled; every so many have their label beneath.

    There is room for so many `slots`: what is not over yet has its bars still to come.
    """
    most = max((bar.value for bar in bars), default=0) or 1
    step = _WIDTH / max(len(bars), slots, 1)
    room = _HEIGHT - _FOOT - _TOP
    peak = next((n for n, bar in enumerate(bars) if bar.value == most), -1)
    drawn = []
    for n, bar in enumerate(bars):
        height = round(room * bar.value / most, 1)
        left, top = n * step + 2, _TOP + room - height
        drawn.append(
            f'<rect class="bar" x="{left:.1f}" y="{top:.1f}" width="{max(1.0, step - 4):.1f}" height="{height}"/>'
        )
        if n % every == 0:
            drawn.append(f'<text class="axis" x="{left:.1f}" y="{_HEIGHT - 6}">{escape(bar.label)}</text>')
        if n == peak and bar.value:
            drawn.append(_peak(left, top, bar))
    base = _TOP + room
    drawn.append(f'<line class="base" x1="0" y1="{base}" x2="{_WIDTH}" y2="{base}"/>')
    return _svg(_HEIGHT, title, drawn)


def _peak(left: float, top: float, bar: Bar) -> str:
    # Near the right edge the words stand before the bar instead of running out.
    end = left > _WIDTH - 120
    where = f'x="{left + (14 if end else 0):.1f}" text-anchor="{"end" if end else "start"}"'
    return f'<text class="peak" {where} y="{max(14.0, top - 6):.1f}">{bar.value:,} at {escape(bar.label)}</text>'


# Each line has its name and number above its bar.
_ROW = 46


def rows(bars: Sequence[Bar], title: str) -> Markup:
    """Lying bars, the longest first, each with its number; five at most, the rest together."""
    ordered = sorted(bars, key=lambda bar: -bar.value)
    shown = [*ordered[:5], *([Bar("other", sum(b.value for b in ordered[5:]))] if len(ordered) > 5 else [])]
    return parts([Part(*bar) for bar in shown], title)


class Part(NamedTuple):
    """One line of a table: what it is called, and its number, or the words that stand where it is hidden."""

    label: str
    value: int | str


_STUB = 24


def parts(each: Sequence[Part], title: str) -> Markup:
    """Lying bars in their own order; a hidden number is a stub of one length, whatever it hides, with its words."""
    most = max((one.value for one in each if isinstance(one.value, int)), default=0) or 1
    drawn = []
    for n, one in enumerate(each):
        top, hidden = n * _ROW, isinstance(one.value, str)
        width = _STUB if isinstance(one.value, str) else round(_WIDTH * one.value / most, 1)
        drawn += _named(top, one.label, str(one.value) if hidden else f"{one.value:,}")
        drawn.append(f'<rect class="{"stub" if hidden else "bar"}" x="0" y="{top + 23}" width="{width}" height="14"/>')
    return _svg(max(1, len(each)) * _ROW, title, drawn)


def _named(top: int, label: str, said: str) -> list[str]:
    """The name of a line at its left, and its number in words at its right."""
    room = max(8, (_WIDTH - 9 * len(said)) // 8)
    return [
        f'<text class="name" x="0" y="{top + 16}">{escape(_cut(label, room))}</text>',
        f'<text class="peak" x="{_WIDTH}" y="{top + 16}" text-anchor="end">{escape(said)}</text>',
    ]


class Span(NamedTuple):
    """How long something takes: what it is called, half of the times and 95 of 100 (microseconds)."""

    label: str
    half: int
    most: int


_TICKS = (
    (1_000, "1 ms"),
    (10_000, "10 ms"),
    (100_000, "100 ms"),
    (1_000_000, "1 s"),
    (10_000_000, "10 s"),
    (60_000_000, "1 min"),
    (600_000_000, "10 min"),
)
_LATER = ((3_600_000_000, "1 h"), (36_000_000_000, "10 h"), (345_600_000_000, "4 days"))
_LEFT, _RIGHT = 22, 26


def spans(each: Sequence[Span], title: str) -> Markup:
    """A line for each from half of the times to 95 of 100, on one logarithmic axis, with both at its end in words."""
    foot = len(each) * _ROW + 8
    drawn = _axis(foot, _TICKS)
    for n, one in enumerate(each):
        y, a, b = n * _ROW + 30, _across(one.half), _across(one.most)
        drawn += _named(n * _ROW, one.label, f"{length(one.half)}, {length(one.most)}")
        drawn.append(f'<line class="span" x1="{a}" y1="{y}" x2="{b}" y2="{y}"/>')
        drawn.append(f'<circle class="from" cx="{a}" cy="{y}" r="5"/><circle class="to" cx="{b}" cy="{y}" r="5"/>')
    return _svg(foot + 24, title, drawn)


class Track(NamedTuple):
    """What happened at one destination: its name, and each attempt's begin and end (microseconds since the beginning, end 0: not yet)."""

    label: str
    tries: Sequence[tuple[int, int]]


def tracked(each: Sequence[Track], title: str) -> Markup:
    """A line for each attempt from where it began to where it was answered, on one logarithmic axis, with the count in words."""
    last = max((max(begin, end) for track in each for begin, end in track.tries), default=0)
    ticks = [*_TICKS, *(tick for tick in _LATER if tick[0] <= 10 * last)] if last > _TICKS[-1][0] else _TICKS
    foot = len(each) * _ROW + 8
    drawn = _axis(foot, ticks)
    for n, track in enumerate(each):
        y, count = n * _ROW + 30, len(track.tries)
        drawn += _named(n * _ROW, track.label, f"{count} {'attempt' if count == 1 else 'attempts'}")
        for begin, end in track.tries:
            a, b = _across(begin, ticks), _across(max(begin, end), ticks)
            drawn.append(f'<line class="span" x1="{a}" y1="{y}" x2="{b}" y2="{y}"/>')
            drawn.append(f'<circle class="from" cx="{a}" cy="{y}" r="5"/>')
            drawn.append(f'<circle class="to" cx="{b}" cy="{y}" r="5"/>' if end else "")
    return _svg(foot + 24, title, drawn)


def _axis(foot: int, ticks: Sequence[tuple[int, str]]) -> list[str]:
    """The lines of a logarithmic axis and what they are called."""
    drawn = []
    for n, (at, words) in enumerate(ticks):
        x = _across(at, ticks)
        drawn.append(f'<line class="tick" x1="{x}" y1="0" x2="{x}" y2="{foot}"/>')
        if n % 2 == 0:
            drawn.append(f'<text class="axis" x="{x}" y="{foot + 16}" text-anchor="middle">{words}</text>')
    return drawn


def _across(at: int, ticks: Sequence[tuple[int, str]] = _TICKS) -> float:
    """Where an instant lies on the axis."""
    low, high = log10(ticks[0][0]), log10(ticks[-1][0])
    share = (min(max(log10(max(at, 1)), low), high) - low) / (high - low)
    return round(_LEFT + share * (_WIDTH - _LEFT - _RIGHT), 1)


def _cut(words: str, most: int) -> str:
    return words if len(words) <= most else f"{words[: most - 1]}…"


def _svg(height: int, title: str, drawn: Sequence[str]) -> Markup:
    """Every word in it was escaped above."""
    body = "".join(drawn)
    return Markup(  # noqa: S704 - numbers and escaped words alone
        f'<svg class="plot" role="img" width="{_WIDTH}" height="{height}" viewBox="0 0 {_WIDTH} {height}">'
        f"<title>{escape(title)}</title>{body}</svg>"
    )
