"""What comes of it: how long stays last, force before and after a change, and who is booked again within half a year and a year."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Final

from hub.flow.measures.cells import Cell
from hub.flow.measures.counting import YES, Measure, Setting, Values, cells, diverted, spread
from hub.flow.measures.standard import Standard
from hub.spans import DAY

HALF_A_YEAR, A_YEAR = 180, 365


def stays(episode: Standard) -> dict[tuple[str, str], float]:
    """The hours of each stay that is over, by its last word: a discharge that was taken back is none.

    >>> stays(Standard(stayed=(("S1", "V1", 5, 30.0), ("S1", "V1", 6, -1.0))))
    {}
    """
    last = {(where, number): hours for where, number, _, hours in sorted(episode.stayed, key=lambda said: said[2])}
    return {stay: hours for stay, hours in last.items() if hours >= 0}


def _length(group: Sequence[tuple[str, float]]) -> Values:
    return spread("hours", [hours for _, hours in group])


def _stays(episodes: Sequence[Standard], _: Setting) -> list[Cell]:
    found = [(where, hours) for each in episodes for (where, _number), hours in stays(each).items()]
    return cells(found, lambda stay: (stay[0],), _length)


def _force(episodes: Sequence[Standard], setting: Setting) -> list[Cell]:
    """Only where a day of change was named: without one there is no before and no after."""
    met = [each for each in episodes if each.police] if setting.change else []
    return cells(met, lambda e: ("before" if e.began_at < setting.change else "after", YES[e.force]))


def _repeated(episodes: Sequence[Standard], _: Setting) -> list[Cell]:
    """Whether force is used on those on whom it was used before."""
    words = {0: "none", 1: "one"}
    met = [each for each in episodes if each.police]
    return cells(met, lambda e: (words.get(e.forced_before, "two or more"), YES[e.force]))


def again(episode: Standard, days: int) -> bool:
    """Whether the same person was booked later, within so many days."""
    return any(episode.began_at + DAY <= at < episode.began_at + days * DAY for at in episode.booked_again)


def _again(days: int, episodes: Sequence[Standard], setting: Setting) -> list[Cell]:
    """Of those whom police met, by whether they were spared a booking; of nobody before so many days are over."""
    over = [each for each in episodes if each.police and each.began_at + days * DAY <= setting.seen_until]
    return cells(over, lambda e: ("diverted" if diverted(e) else "not diverted", YES[again(e, days)]))


AFTER: Final = (
    Measure(
        id="SC05", title="Length of stay", dimensions=("facility",), count=_stays,
        words="Stays in stabilisation centres that are over: hours from admission to discharge.",
    ),
    Measure(
        id="SD04b", title="Force again", dimensions=("force before", "force"), per=1000, count=_repeated,
        words="Uses of force for a thousand crisis contacts of the police, by how often force was used on the same person before.",
    ),
    Measure(
        id="SM06", title="Force before and after", dimensions=("window", "force"), per=1000, count=_force,
        words="Uses of force for a thousand crisis contacts of the police, before and after the day of change.",
    ),
    Measure(
        id="SM08a", title="Booked again within half a year", dimensions=("diversion", "booked again"), per=100,
        count=partial(_again, HALF_A_YEAR),
        words="Of those whom police met: booked in another crisis within 180 days, by whether they were diverted in this one.",
    ),
    Measure(
        id="SM08b", title="Booked again within a year", dimensions=("diversion", "booked again"), per=100,
        count=partial(_again, A_YEAR),
        words="Of those whom police met: booked in another crisis within 365 days, by whether they were diverted in this one.",
    ),
)  # fmt: skip
