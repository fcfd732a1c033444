"""Tables that are published together: whoever has all of them works out no small number that each of them hides."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from itertools import chain

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.flow.measures.cells import SMALLEST, UNDER, Cell, Key, Shown
from hub.flow.measures.counting import Setting, cells
from hub.flow.measures.report import tables
from hub.flow.measures.standard import Standard, Told
from hub.flow.measures.together import shown_together
from hub.model.crisis import CrisisContact, MobileCrisisVisit
from hub.model.public_safety import FieldContact
from hub.model.values import Instant
from tests.flow.measures.test_cells import lines, without

NOON = Instant(at=1_772_452_800_000_000)
By = Callable[[Standard], Key]
# The same people in several ways, as the measures cut them: all of them, a part, and a part of that.
WAYS: Sequence[tuple[By, Callable[[Standard], bool]]] = (
    (lambda e: (e.zone,), lambda _: True),
    (lambda e: (e.zone, e.area), lambda _: True),
    (lambda e: (e.area,), lambda e: e.police),
    (lambda e: (e.zone,), lambda e: e.police),
    (lambda e: (e.zone, e.disposition), lambda e: e.police and e.co_response),
)
EPISODES = st.builds(
    Standard,
    zone=st.sampled_from("123"),
    area=st.sampled_from("ab"),
    disposition=st.sampled_from("xy"),
    police=st.booleans(),
    co_response=st.booleans(),
)


def told(kind: str, count: int) -> dict[str, list[Told]]:
    """So many episodes in which these went, and nobody else."""
    said = {
        "co-response": lambda n: Told("PD", "LE", FieldContact(number=n, co_responder=True), NOON.at),
        "police": lambda n: Told("PD", "LE", FieldContact(number=n, co_responder=False), NOON.at),
        "mobile team": lambda n: Told("MCT1", "MOBILE", MobileCrisisVisit(visit=n, arrived_at=NOON), NOON.at),
        "988 alone": lambda n: Told("L1", "LIFELINE", CrisisContact(contact=n, offered_at=NOON), NOON.at),
    }
    return {f"{kind} {n}": [said[kind](f"{kind} {n}")] for n in range(count)}


def test_who_was_hidden_in_one_table_is_not_told_by_another() -> None:
    """200 were answered, 166 by police alone; K1 and SD00e would tell that 30 had a co-responder: four are left."""
    counts = {"co-response": 30, "police": 166, "mobile team": 4, "988 alone": 15}
    happened = dict(chain.from_iterable(told(kind, count).items() for kind, count in counts.items()))

    found = {(one.id, cell.at): cell.n for one in tables(happened, Setting()) for cell in one.cells}

    assert found["SD01c", ("mobile team",)] == UNDER
    answered = [found["SD01c", ("all",)], found["SD01c", ("police",)], found["SD00e", ("police", "all")]]
    together = [found["K1", ("all", "all")], found["SD00e", ("co-response", "all")], found["SD06", ("co-response",)]]
    assert not (any(isinstance(n, int) for n in answered[1:]) and any(isinstance(n, int) for n in together))
    assert found["SD00e", ("all", "all")] == 215


@given(st.lists(st.tuples(EPISODES, st.integers(1, 30)), min_size=2, max_size=9))
def test_all_sums_of_all_tables_together_tell_no_small_number(happened: list[tuple[Standard, int]]) -> None:
    episodes = place([each for each, count in happened for _ in range(count)])
    counted = [cells(filter(of, episodes), by) for by, of in WAYS]

    seen = shown_together(counted)

    who = [members(episodes, by, of, found) for (by, of), found in zip(WAYS, counted, strict=True)]
    assert not [cell for cell in chain.from_iterable(seen) if isinstance(cell.n, int) and 0 < cell.n < SMALLEST]
    hidden = {people[cell.at] for people, found in zip(who, seen, strict=True) for cell in found if veiled(cell)}
    shown_too = {people[cell.at] for people, found in zip(who, seen, strict=True) for cell in found if not veiled(cell)}
    assert hidden.isdisjoint(shown_too)
    assert not [people for people in worked_out(who, hidden) if len(people) < SMALLEST]


def place(happened: list[Standard]) -> list[Standard]:
    """The same, each with a place of its own, as a report numbers them."""
    return [
        Standard(zone=e.zone, area=e.area, disposition=e.disposition, police=e.police, co_response=e.co_response, place=n)
        for n, e in enumerate(happened, start=1)
    ]  # fmt: skip


def veiled(cell: Shown) -> bool:
    return not isinstance(cell.n, int)


def members(
    episodes: list[Standard], by: By, of: Callable[[Standard], bool], found: list[Cell]
) -> dict[Key, frozenset[int]]:
    """Who stands behind each cell, found without the program's help."""

    def stands(key: Key, e: Standard) -> bool:
        return of(e) and all(word in ("all", its) for word, its in zip(key, by(e), strict=True))

    return {cell.at: frozenset(e.place for e in episodes if stands(cell.at, e)) for cell in found}


def worked_out(who: list[dict[Key, frozenset[int]]], hidden: set[frozenset[int]]) -> set[frozenset[int]]:
    """What follows from all that is shown: every sum of every table solved together, in fractions."""
    equations = []
    for people in who:
        for line in lines(dict.fromkeys(people, 0)):
            equation: dict[frozenset[int], Fraction] = {}
            for n, key in enumerate(line):
                if people[key] in hidden:
                    sign = Fraction(-1 if n == len(line) - 1 else 1)
                    equation[people[key]] = equation.get(people[key], Fraction(0)) + sign
            equations.append({key: factor for key, factor in equation.items() if factor})
    done: list[dict[frozenset[int], Fraction]] = []
    while equations := [each for each in equations if each]:
        pivot = equations.pop()
        first, *_ = pivot
        equations, done = ([without(first, pivot, each) for each in some] for some in (equations, done))
        done.append(pivot)
    return {next(iter(each)) for each in done if len(each) == 1}


@pytest.mark.parametrize("few", [1, 10])
def test_a_county_of_few_shows_no_number_at_all(few: int) -> None:
    found = {cell.n for one in tables(told("police", few), Setting()) for cell in one.cells}

    assert not [n for n in found if isinstance(n, int) and n]
