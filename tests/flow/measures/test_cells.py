"""No count of one to ten is shown, and nobody can work one out from what is."""

from __future__ import annotations

from fractions import Fraction
from typing import TypeVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.flow.measures.cells import (
    ALL,
    HIDDEN,
    SMALLEST,
    UNDER,
    Cell,
    Key,
    bounds,
    mask,
    shown,
    solved,
    telltale,
    with_totals,
)

WORDS = st.sampled_from("abcd")
T = TypeVar("T")
NUMBERS = st.one_of(st.integers(0, 14), st.integers(0, 200))


def tables(dimensions: int) -> st.SearchStrategy[dict[Key, int]]:
    keys = st.tuples(*[WORDS] * dimensions)
    return st.dictionaries(keys, NUMBERS, min_size=1, max_size=12).map(with_totals)


@given(st.integers(1, 3).flatmap(tables))
def test_no_small_number_is_shown_and_none_can_be_worked_out(counts: dict[Key, int]) -> None:
    hidden = mask(counts)

    assert not [key for key, n in counts.items() if 0 < n < SMALLEST and key not in hidden]
    for key, (low, high) in bounds(counts, hidden, said=not telltale(counts, hidden)).items():
        assert low < high, f"{key} must be {low}"
    assert eliminated(counts, hidden) == set()


def eliminated(counts: dict[Key, int], hidden: frozenset[Key]) -> set[Key]:
    """The hidden cells that follow from the shown ones: all sums solved together, in fractions, apart from the program's own way."""
    equations = [
        {key: Fraction(-1 if key == line[-1] else 1) for key in line if key in hidden} for line in lines(counts)
    ]
    done: list[dict[Key, Fraction]] = []
    while equations := [each for each in equations if each]:
        pivot = equations.pop()
        key = min(pivot)
        equations, done = ([without(key, pivot, each) for each in some] for some in (equations, done))
        done.append(pivot)
    return {next(iter(each)) for each in done if len(each) == 1}


def lines(counts: dict[Key, int]) -> list[list[Key]]:
    """For each total the cells that add up to it in one dimension, and then the total."""
    found = []
    for total in counts:
        for place in (place for place, word in enumerate(total) if word == ALL):
            parts = [k for k in counts if k[place] != ALL and (*k[:place], ALL, *k[place + 1 :]) == total]
            found.append([*parts, total])
    return found


def without(key: T, pivot: dict[T, Fraction], other: dict[T, Fraction]) -> dict[T, Fraction]:
    """An equation without one of its unknowns, by another that has it."""
    factor = other.get(key, Fraction(0)) / pivot[key]
    made = {each: other.get(each, Fraction(0)) - factor * pivot.get(each, Fraction(0)) for each in other.keys() | pivot}
    return {each: number for each, number in made.items() if number}


@given(st.integers(1, 3).flatmap(tables))
def test_what_is_shown_is_true_and_what_is_hidden_has_no_values(counts: dict[Key, int]) -> None:
    found = {
        each.at: each for each in shown([Cell(at=key, n=n, values=(("median", 1.5),)) for key, n in counts.items()])
    }

    for key, each in found.items():
        if isinstance(each.n, int):
            assert (each.n, each.values) == (counts[key], (("median", 1.5),))
        else:
            said = not telltale(counts, mask(counts))
            assert each.n == (UNDER if said and 0 < counts[key] < SMALLEST else HIDDEN)
            assert each.values == ()


@pytest.mark.parametrize("each", [1, 10])
def test_a_table_of_nothing_but_small_numbers_says_of_none_that_it_is(each: int) -> None:
    """Ten sources of one each make ten, and all of it is under eleven."""
    parts: dict[Key, int] = {(f"{n}", "yes"): each for n in range(10 if each == 1 else 1)}
    counts = with_totals(parts | {("z", "no"): 0})

    found = shown([Cell(at=key, n=n) for key, n in counts.items()])

    assert not [cell for cell in found if isinstance(cell.n, int) and cell.n]
    assert telltale(counts, mask(counts)) == (each == 1)
    assert {cell.n for cell in found if counts[cell.at]} == {HIDDEN if each == 1 else UNDER}


def test_a_table_without_small_numbers_is_shown_whole() -> None:
    counts = with_totals({("a",): 11, ("b",): 0, ("c",): 40})

    assert mask(counts) == frozenset()


@pytest.mark.parametrize(
    ("counts", "hidden"),
    [
        ({("a",): 4, ("b",): 30, ("c",): 50}, {("a",), ("b",)}),
        # Two small ones that would add up to five: a third goes with them.
        ({("a",): 2, ("b",): 3, ("c",): 50, ("d",): 60}, {("a",), ("b",), ("c",)}),
        # Nothing to hide it behind but the total.
        ({("a",): 4}, {("a",), (ALL,)}),
        ({("a",): 4, ("b",): 0}, {("a",), (ALL,)}),
    ],
)
def test_the_smallest_that_helps_is_hidden_with_it(counts: dict[Key, int], hidden: set[Key]) -> None:
    assert mask(with_totals(counts)) == hidden


def test_a_mask_that_hides_one_cell_alone_is_seen_through() -> None:
    counts = with_totals({("a",): 4, ("b",): 30})

    assert bounds(counts, [("a",)]) == {("a",): (4.0, 4.0)}
    assert solved(counts, [("a",)]) == eliminated(counts, frozenset([("a",)])) == {("a",)}


def test_two_rings_of_hidden_cells_joined_by_one_do_not_hide_it() -> None:
    """No line tells the cell that joins them; all lines of one ring together do."""
    rows, columns = "pqrs", "wxyz"
    counts = with_totals({(row, column): 20 for row in rows for column in columns})
    rings = {(row, column) for half in (0, 2) for row in rows[half : half + 2] for column in columns[half : half + 2]}
    hidden = frozenset(rings | {("q", "y")})

    assert solved(counts, hidden) == eliminated(counts, hidden) == {("q", "y")}


def test_two_tens_that_make_twenty_are_not_left_alone() -> None:
    assert mask(with_totals({("a",): 10, ("b",): 10, ("c",): 30})) == {("a",), ("b",), ("c",)}
