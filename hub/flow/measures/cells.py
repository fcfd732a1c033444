"""Small numbers hidden: a count of 1 to 10 is never shown, nor what would give it away (CMS cell-size policy; 45 CFR 164.514(b)).

A table has dimensions; a total over a dimension is a cell too, under the word `ALL`. In every line of cells that add up to
their total, whoever knows the others can subtract: so where one is hidden, another is, and what is hidden adds up to eleven.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import combinations
from types import MappingProxyType
from typing import Final, TypeVar

import msgspec

ALL: Final = "all"
SMALLEST: Final = 11
# How a hidden number is written.
UNDER: Final = "under 11"
HIDDEN: Final = "hidden"

Key = tuple[str, ...]
T = TypeVar("T")
NOWHERE: Final[Mapping[Key, int]] = MappingProxyType({})
# Elimination counts modulo a prime: exact, and quicker than fractions.
_PRIME: Final = (1 << 61) - 1


class Cell(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One number of a table: where it stands, how many episodes it is about, and what is measured of them (median minutes ...).

    `who` names these episodes, where it is known which they are: cells of several tables that have the same are one number.
    """

    at: Key
    n: int
    values: tuple[tuple[str, float], ...] = ()
    who: int = 0


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """A cell as anybody may see it: the number, or a word in its place; then there are no values either."""

    at: Key
    n: int | str
    values: tuple[tuple[str, float], ...] = ()


def with_totals(counts: Mapping[Key, int]) -> dict[Key, int]:
    """The counts, and every sum over one or more dimensions.

    >>> with_totals({("a",): 2, ("b",): 3})
    {('a',): 2, ('all',): 5, ('b',): 3}
    """
    totals: dict[Key, int] = defaultdict(int)
    for key, n in counts.items():
        for above in _above(key):
            totals[above] += n
    return dict(sorted(totals.items()))


def shown(cells: Sequence[Cell]) -> list[Shown]:
    """The cells of one published table with what must be hidden hidden. The mask is the table's, whoever looks and however narrowly."""
    counts = {cell.at: cell.n for cell in cells}
    hidden = mask(counts)
    said = not telltale(counts, hidden)
    return [veiled(cell, said=said) if cell.at in hidden else plain(cell) for cell in cells]


def plain(cell: Cell) -> Shown:
    """A cell that anybody may see."""
    return Shown(at=cell.at, n=cell.n, values=cell.values)


def veiled(cell: Cell, *, said: bool) -> Shown:
    """A cell that is hidden; `said`: whether it may be told that its number is small."""
    return Shown(at=cell.at, n=UNDER if said and small(cell.n) else HIDDEN)


def telltale(counts: Mapping[Key, int], hidden: Collection[Key]) -> bool:
    """Whether saying which of the hidden numbers are small would tell one.

    Ten sources with "under 11" that make "under 11" have one each, and so have twelve that make twelve. Then no word says it: a
    hidden number may be anything.

    >>> ten = with_totals({(source,): 1 for source in "abcdefghij"})
    >>> telltale(ten, mask(ten)), {cell.n for cell in shown([Cell(at=key, n=n) for key, n in ten.items()])}
    (True, {'hidden'})
    """
    return any(low >= high for low, high in bounds(counts, hidden).values())


def mask(counts: Mapping[Key, int], also: Iterable[Key] = (), shared: Mapping[Key, int] = NOWHERE) -> frozenset[Key]:
    """Which cells are hidden: the small ones, and in each line so many more, the smallest first, that nothing can be subtracted.

    `also` are hidden for reasons of their own. `shared` says of a cell in how many other tables it would have to be hidden too:
    those in fewest go first.

    >>> sorted(mask({("a",): 4, ("b",): 30, ("c",): 50, ("all",): 84}))
    [('a',), ('b',)]
    """
    hidden = {key for key, n in counts.items() if small(n)}.union(also)
    lines = [line for line in sums(counts) if len(line) > 1]
    _cover(lines, counts, hidden, shared)
    # Lines that cross may still tell together what none of them tells alone.
    while (told := _told_together(counts, hidden)) and (further := _near(told, lines, counts, hidden)):
        hidden.add(further)
        _cover(lines, counts, hidden, shared)
    return frozenset(hidden)


def _cover(
    lines: Sequence[Sequence[Key]], counts: Mapping[Key, int], hidden: set[Key], shared: Mapping[Key, int]
) -> None:
    """Hide in every line what its own sum would tell."""
    changed = True
    while changed:
        before = len(hidden)
        for line in lines:
            hidden.update(_more(line, counts, hidden, shared))
        changed = len(hidden) > before


def _told_together(counts: Mapping[Key, int], hidden: Collection[Key]) -> list[Key]:
    narrow = {key for key, (low, high) in bounds(counts, hidden, said=False).items() if low >= high}
    return sorted(narrow | solved(counts, hidden))


def _near(told: Sequence[Key], lines: Sequence[Sequence[Key]], counts: Mapping[Key, int], hidden: set[Key]) -> Key:
    """What to hide next: the smallest number that stands in a line with one that is told, else anywhere; () where nothing is left."""
    beside = {key for line in lines if not set(told).isdisjoint(line) for key in line}
    open_ = [key for key in beside if key not in hidden and counts[key]] or [
        key for key in counts if key not in hidden and (counts[key] or key not in beside)
    ]
    return min(open_, key=lambda key: (counts[key] == 0, counts[key], key), default=())


def _more(line: Sequence[Key], counts: Mapping[Key, int], hidden: set[Key], shared: Mapping[Key, int]) -> Iterator[Key]:
    """What else must be hidden in a line; its last cell is the total, which goes last."""
    covered = [key for key in line if key in hidden]
    if not covered:
        return
    total, parts = line[-1], line[:-1]
    open_ = (key for key in parts if key not in hidden and counts[key])
    spare = sorted(open_, key=lambda key: (shared.get(key, 0), counts[key], key))
    # A total that is hidden may be anything: then nothing can be subtracted.
    while total not in covered and _told([counts[key] for key in covered]):
        found = spare.pop(0) if spare else total
        covered.append(found)
        yield found
    if covered == [total]:
        # The total alone: the parts would give it away.
        yield spare[0] if spare else total


def _told(parts: Sequence[int]) -> bool:
    """Whether the sum of hidden parts gives one away, or is small itself: two "under 11" that make 20 are ten each."""
    most = SMALLEST - 1
    return len(parts) < 2 or sum(parts) < SMALLEST or (all(map(small, parts)) and sum(parts) == most * len(parts))


def sums(counts: Iterable[Key]) -> Iterator[list[Key]]:
    """The cells that differ in one dimension alone, each with their total at the end."""
    lines: dict[tuple[int, Key], list[Key]] = defaultdict(list)
    for key in counts:
        for dimension in range(len(key)):
            lines[dimension, (*key[:dimension], "", *key[dimension + 1 :])].append(key)
    for (dimension, _), line in lines.items():
        yield sorted(line, key=lambda key: (key[dimension] == ALL, key))


def _above(key: Key) -> Iterator[Key]:
    for size in range(len(key) + 1):
        for chosen in combinations(range(len(key)), size):
            yield tuple(ALL if place in chosen else word for place, word in enumerate(key))


def small(n: int) -> bool:
    """Whether a number of episodes is never shown."""
    return 0 < n < SMALLEST


def bounds(counts: Mapping[Key, int], hidden: Collection[Key], *, said: bool = True) -> dict[Key, tuple[float, float]]:
    """What somebody can conclude about each hidden cell who knows the others and the rule: its smallest and largest value.

    Used to prove the mask, and to judge one that somebody else made. `said`: it is told which of them are small.
    """
    lines = [line for line in sums(counts) if len(line) > 1 and line[-1][_dimension(line)] == ALL]
    return concluded(lines, counts, hidden, {key for key in hidden if said and small(counts[key])})


def concluded(
    lines: Collection[Sequence[T]], counts: Mapping[T, int], hidden: Iterable[T], said: Collection[T]
) -> dict[T, tuple[float, float]]:
    """The same of any numbers: in each line the last is the sum of the others. Of those in `said` it is told that they are small."""
    veiled = set(hidden)
    low, high = {key: float(n) for key, n in counts.items()}, {key: float(n) for key, n in counts.items()}
    for key in veiled:
        low[key], high[key] = (1.0, SMALLEST - 1.0) if key in said else (0.0, float("inf"))
    for _ in range(4 * len(counts) + 4):
        moved = [_narrow(line, low, high) for line in lines]
        if not any(moved):
            break
    return {key: (low[key], high[key]) for key in veiled}


def solved(counts: Mapping[Key, int], hidden: Collection[Key]) -> set[Key]:
    """The hidden cells that all sums of a table together tell."""
    return eliminated([line for line in sums(counts) if len(line) > 1], hidden)


def eliminated(lines: Iterable[Sequence[T]], hidden: Collection[T]) -> set[T]:
    """Which hidden numbers all lines together tell, by elimination: their equations leave one value for them."""
    pivots: dict[T, dict[T, int]] = {}
    for line in lines:
        equation = {key: -1 % _PRIME if key == line[-1] else 1 for key in line if key in hidden}
        for key in [key for key in equation if key in pivots]:
            _subtract(equation, equation[key], pivots[key])
        if not equation:
            continue
        pivot, factor = next(iter(equation.items()))
        own = {key: number * pow(factor, -1, _PRIME) % _PRIME for key, number in equation.items()}
        for other in pivots.values():
            if pivot in other:
                _subtract(other, other[pivot], own)
        pivots[pivot] = own
    return {pivot for pivot, equation in pivots.items() if len(equation) == 1}


def _subtract(equation: dict[T, int], factor: int, other: Mapping[T, int]) -> None:
    for key, number in other.items():
        left = (equation.get(key, 0) - factor * number) % _PRIME
        if left:
            equation[key] = left
        else:
            equation.pop(key, None)


def _dimension(line: Sequence[Key]) -> int:
    return next(place for place, (a, b) in enumerate(zip(line[0], line[-1], strict=True)) if a != b)


def _narrow(line: Sequence[T], low: dict[T, float], high: dict[T, float]) -> bool:
    """Draw the conclusions of one line; whether there were any."""
    *parts, total = line
    before = [(low[key], high[key]) for key in line]
    low[total] = max(low[total], sum(low[key] for key in parts))
    high[total] = min(high[total], sum(high[key] for key in parts))
    for key in parts:
        others = [other for other in parts if other != key]
        low[key] = max(low[key], low[total] - sum(high[other] for other in others))
        high[key] = min(high[key], high[total] - sum(low[other] for other in others))
    return before != [(low[key], high[key]) for key in line]
