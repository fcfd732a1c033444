"""Linkage on labelled sets that other people made: what is found, and that nobody is taken for somebody else."""

from __future__ import annotations

from collections import Counter

from hub.flow.linkage.evaluate import f1
from hub.flow.linkage.likeness import likeness
from tests.flow.linkage.febrl import Record, found, records

# What is reached today: a set that falls below it tells which rule broke.
# F1 of *same* and *maybe*, and of *same* alone.
FLOORS = {"dataset1": (0.992, 0.97), "dataset2": (0.985, 0.963), "dataset3": (0.981, 0.953)}
Outcomes = Counter[tuple[str, bool]]


def outcomes(these: list[Record], those: list[Record]) -> Outcomes:
    """How often each verdict was given, and was true."""
    pairs = ((a, b) for a, b in found(these, those) if these is not those or a.id < b.id)
    return Counter((likeness(a.traits, b.traits).verdict, a.truth == b.truth) for a, b in pairs)


def true_pairs(these: list[Record], those: list[Record]) -> int:
    per = Counter(record.truth for record in those)
    if these is those:
        return sum(n * (n - 1) // 2 for n in per.values())
    return sum(per[record.truth] for record in these)


def measured(counted: Outcomes, verdicts: tuple[str, ...], pairs: int) -> float:
    """F1 over all true pairs, those that no finder met counted as missed."""
    right = sum(counted[verdict, True] for verdict in verdicts)
    return f1(right, right + sum(counted[verdict, False] for verdict in verdicts), pairs)


def test_febrl_4_is_found_and_nobody_is_taken_for_somebody_else() -> None:
    these, those = records("dataset4a"), records("dataset4b")

    counted = outcomes(these, those)

    pairs = true_pairs(these, those)
    assert pairs == 5000
    assert counted["same", False] == 0
    assert measured(counted, ("same", "maybe"), pairs) >= 0.994
    assert measured(counted, ("same",), pairs) >= 0.9803


def test_nobody_is_taken_for_somebody_else_in_febrl_1_to_3() -> None:
    for name, (both, alone) in FLOORS.items():
        these = records(name)

        counted = outcomes(these, these)

        pairs = true_pairs(these, these)
        assert counted["same", False] == 0
        assert measured(counted, ("same", "maybe"), pairs) >= both
        assert measured(counted, ("same",), pairs) >= alone
