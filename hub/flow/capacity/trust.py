"""How far a number is believed: by its source, its age, and what facilities answered to offers since."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Final, NamedTuple

from hub.model.plan import Fact
from hub.spans import DAY, HOUR


class Source(NamedTuple):
    """How far a fresh number of this source is believed, and after how long (microseconds) half as far."""

    fresh: float
    half_life: int


SOURCES: Final = {
    "census": Source(0.95, 6 * HOUR),  # admissions and discharges as they happen
    "hand": Source(0.95, 8 * HOUR),  # somebody counted
    "have": Source(0.85, 6 * HOUR),  # EDXL-HAVE
    "safr": Source(0.85, 12 * HOUR),  # SAFR and SANER reports
    "listing": Source(0.4, 2 * DAY),  # public listings: that there is such a service
}
# Below this nothing is offered.
OFFERED: Final = 0.5
# What one "we are full" takes from a number that said otherwise, and one acceptance gives back.
REFUSED: Final = 0.65
ACCEPTED: Final = 1.25
# What a message of a kind that nobody knows leaves of a number, until somebody counts.
DOUBTED: Final = 0.5
# What answers of this long ago still say about a facility.
REMEMBERED: Final = 14 * DAY


class Answer(Fact, frozen=True):
    """What a unit answered to an offer: whether it had room, when (UTC microseconds)."""

    facility: str
    unit: str
    at: int
    room: bool


def confidence(source: str, at: int, now: int, answers: Iterable[Answer] = ()) -> float:
    """How far a number of a source, as of an instant, is believed now: 0 to 1.

    Answers since then tell about this very number; older ones, within two weeks, about whoever gives it.

    >>> confidence("hand", 0, 0), confidence("hand", 0, 8 * HOUR)
    (0.95, 0.475)
    """
    kind = SOURCES[source]
    age = max(now - at, 0)
    believed = kind.fresh * math.exp2(-age / kind.half_life)
    for answer in answers:
        if at <= answer.at <= now:
            believed *= ACCEPTED if answer.room else REFUSED
        elif now - REMEMBERED <= answer.at < at:
            believed *= 1.0 if answer.room else 0.95
    return round(min(believed, 0.99), 3)
