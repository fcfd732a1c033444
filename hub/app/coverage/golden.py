"""Golden pairs: a message, and what somebody else made of it. What we make of it is held against that, field by field."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Literal

import msgspec

Side = Literal["missing", "other"]


class Disagreement(msgspec.Struct, frozen=True, kw_only=True):
    """A field of a pair that we have otherwise, or not at all. No values: pairs may be made of people's messages.

    `why` is the reason when it is known; without one the fault is ours until somebody says otherwise.
    """

    pair: str
    path: str
    what: Side
    why: str = ""


class Compared(msgspec.Struct, frozen=True, kw_only=True):
    """One pair: how many fields were held against each other, which disagree, and how many were left out for which reason.

    `asserted` are all fields that the other side says of what we were asked about, left out or not; `standing` those that we say too.
    """

    pair: str
    fields: int
    asserted: int = 0
    standing: int = 0
    disagreements: tuple[Disagreement, ...] = ()
    left_out: Mapping[str, int] = msgspec.field(default_factory=dict)


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """All pairs of one source. Pairs in which there was nothing to compare do not count among `pairs`; they are `empty`."""

    pairs: int
    empty: int
    agreeing: int
    fields: int
    right: int
    asserted: int
    standing: int
    disagreements: tuple[Disagreement, ...]
    left_out: Mapping[str, int]

    @property
    def pair_share(self) -> float:
        """The pairs that agree in every field, in percent."""
        return _percent(self.agreeing, self.pairs)

    @property
    def field_share(self) -> float:
        """The fields that are right, in percent of those compared."""
        return _percent(self.right, self.fields)

    @property
    def asserted_share(self) -> float:
        """The fields that we have with the right value, in percent of all that the other side asserts."""
        return _percent(self.standing, self.asserted)


class Goldens(msgspec.Struct, frozen=True, kw_only=True):
    """Golden pairs in the folder of one source: `compare` reads them all in that folder."""

    name: str
    source: str
    compare: Callable[[Path], Iterable[Compared]]


def verdict(pairs: Iterable[Compared]) -> Verdict:
    """What some pairs come to."""
    found = tuple(pairs)
    wrong = tuple(one for pair in found for one in pair.disagreements)
    left_out = sum((Counter(pair.left_out) for pair in found), Counter[str]())
    compared = [pair for pair in found if pair.fields]
    return Verdict(
        pairs=len(compared),
        empty=len(found) - len(compared),
        agreeing=sum(not pair.disagreements for pair in compared),
        fields=sum(pair.fields for pair in found),
        right=sum(pair.fields for pair in found) - len(wrong),
        asserted=sum(pair.asserted for pair in found),
        standing=sum(pair.standing for pair in found),
        disagreements=wrong,
        left_out=dict(left_out.most_common()),
    )


def _percent(part: int, whole: int) -> float:
    return 100 * part / whole if whole else 0.0
