"""The standard fields of an episode as tables (SD00): how calls are called, how they end, where people go, and what follows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from hub.flow.measures.cells import Cell, Key
from hub.flow.measures.counting import YES, Count, Measure, Setting, cells
from hub.flow.measures.standard import Standard


def _by(key: Callable[[Standard], Key]) -> Count:
    def count(episodes: Sequence[Standard], _: Setting) -> list[Cell]:
        return cells(episodes, key)

    return count


def _said(word: str) -> str:
    return word or "not known"


FIELDS: Final = (
    Measure(
        id="SD00b", title="Types of call", words="Episodes by the type of call at first and at last.",
        dimensions=("first type", "last type"), count=_by(lambda e: (_said(e.initial_type), _said(e.final_type))),
    ),
    Measure(
        id="SD00c", title="Dispositions", words="Episodes by how they ended, as police, dispatch or a team said it.",
        dimensions=("disposition",), count=_by(lambda e: (_said(e.disposition),)),
    ),
    Measure(
        id="SD00d", title="Destinations", words="Episodes by where somebody was brought.",
        dimensions=("destination",), count=_by(lambda e: (_said(e.destination),)),
    ),
    Measure(
        id="SD00e", title="Injuries", words="Episodes by who went and whether somebody was injured.",
        dimensions=("response", "injured"), count=_by(lambda e: (e.response, YES[e.injured])),
    ),
    Measure(
        id="SD00f", title="What followed", words="Episodes by whether somebody was referred, and a follow-up was agreed.",
        dimensions=("referred", "follow-up"), count=_by(lambda e: (YES[bool(e.referred_at)], YES[e.follow_up])),
    ),
)  # fmt: skip
