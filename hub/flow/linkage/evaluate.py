"""How the weights do on pairs whose truth is known, and what those pairs would have the weights be."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from typing import Final

from hub.flow.linkage.fields import levels
from hub.flow.linkage.likeness import likeness
from hub.flow.linkage.weights import SHARES, Shares
from hub.model.plan import Fact, Verdict
from hub.model.traits import Traits

_WRONG: Final = (("same", False), ("different", True))


class Pair(Fact, frozen=True):
    """Two records, and whether they are of one person."""

    name: str
    one: Traits
    other: Traits
    same: bool


class Evaluation(Fact, frozen=True):
    """What came of it: pairs by verdict and truth, those that came out wrong, and shares estimated from these pairs.

    `false_same` disclose, `missed` are never looked at by anybody; a *maybe* is a review and nothing worse. `evidence` says of
    both, by name, what agreed and what did not.
    """

    counts: dict[str, int]
    precision: float
    recall: float
    f1: float
    found: float
    f1_found: float
    false_same: tuple[str, ...]
    missed: tuple[str, ...]
    evidence: dict[str, tuple[str, ...]]
    shares: dict[str, dict[str, Shares]]


def evaluate(pairs: Iterable[Pair]) -> Evaluation:
    """Judge every pair, and count.

    `precision`, `recall` and `f1` are those of *same*; `found` is the share of true pairs that are *same* or *maybe*, and
    `f1_found` the F1 of both together.
    """
    counted: Counter[tuple[Verdict, bool]] = Counter()
    wrong: dict[tuple[Verdict, bool], dict[str, tuple[str, ...]]] = defaultdict(dict)
    seen: dict[bool, dict[str, Counter[str]]] = {True: defaultdict(Counter), False: defaultdict(Counter)}
    for pair in pairs:
        alike = likeness(pair.one, pair.other)
        counted[alike.verdict, pair.same] += 1
        if (alike.verdict, pair.same) in _WRONG:
            wrong[alike.verdict, pair.same][pair.name] = alike.evidence
        for field, level in levels(pair.one, pair.other).items():
            seen[pair.same][field][level] += 1
    true = sum(count for (_, same), count in counted.items() if same)
    claimed = counted["same", True] + counted["same", False]
    met, raised = (
        counted["same", True] + counted["maybe", True],
        claimed + counted["maybe", True] + counted["maybe", False],
    )
    return Evaluation(
        counts={f"{verdict}, {_truth(same=same)}": count for (verdict, same), count in sorted(counted.items())},
        precision=counted["same", True] / claimed if claimed else 1.0,
        recall=counted["same", True] / true if true else 1.0,
        f1=f1(counted["same", True], claimed, true),
        found=met / true if true else 1.0,
        f1_found=f1(met, raised, true),
        false_same=tuple(wrong["same", False]),
        missed=tuple(wrong["different", True]),
        evidence=wrong["same", False] | wrong["different", True],
        shares=_shares(seen),
    )


def f1(right: int, claimed: int, true: int) -> float:
    """The harmonic mean of precision and recall, from counts.

    >>> f1(9, 10, 10)
    0.9
    """
    return 2 * right / (claimed + true) if claimed + true else 1.0


def _truth(*, same: bool) -> str:
    return "one person" if same else "two people"


def _shares(seen: dict[bool, dict[str, Counter[str]]]) -> dict[str, dict[str, Shares]]:
    """Each level's share among one person's pairs and among strangers', with one pair more of each so that none is zero."""
    return {
        field: {level: (_share(seen[True][field], level), _share(seen[False][field], level)) for level in known}
        for field, known in SHARES.items()
        if seen[True][field] and seen[False][field]
    }


def _share(counts: Counter[str], level: str) -> float:
    return round((counts[level] + 1) / (counts.total() + len(counts) + 1), 6)
