"""How partners take up what they are asked (SA20), and what they tell each other of (SD07)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import sqrt
from typing import Final, NamedTuple

from msgspec.structs import replace

from hub.flow.measures.cells import ALL, SMALLEST, Cell
from hub.flow.measures.counting import YES, Measure, Setting, Values, cells, spread
from hub.flow.measures.standard import Standard
from hub.spans import HOUR

# The standard normal deviate of a 95 % interval.
Z: Final = 1.959964


class Ask(NamedTuple):
    """Somebody was referred to a provider: what it answered first ("accepted", "declined" or "silent"), and after how long."""

    provider: str
    answer: str
    hours: float | None = None


def asks(episode: Standard) -> Iterator[Ask]:
    """Every provider that was asked in an episode, with its first answer.

    >>> list(asks(Standard(asked=(("B1", 0),), answered=(("B1", 2 * HOUR, "accepted"),))))
    [Ask(provider='B1', answer='accepted', hours=2.0)]
    """
    for provider, at in episode.asked:
        said = [(when, answer) for name, when, answer in episode.answered if name == provider and when >= at]
        when, answer = min(said, default=(at, "silent"))
        yield Ask(provider, answer, (when - at) / HOUR if said else None)


def interval(yes: int, of: int) -> tuple[float, float]:
    """The 95 % interval of a share, in percent (E. B. Wilson, J. Am. Stat. Assoc. 22:209, 1927).

    >>> interval(50, 100)
    (40.4, 59.6)
    """
    share, spread_ = yes / of, Z * Z / of
    middle, half = share + spread_ / 2, Z * sqrt(share * (1 - share) / of + spread_ / of / 4)
    return round(100 * (middle - half) / (1 + spread_), 1), round(100 * (middle + half) / (1 + spread_), 1)


def _hours(group: Sequence[Ask]) -> Values:
    """How long acceptance takes."""
    return spread("hours to accept", [a.hours for a in group if a.answer == "accepted" and a.hours is not None])


def _providers(episodes: Sequence[Standard], _: Setting) -> list[Cell]:
    asked = [ask for episode in episodes for ask in asks(episode)]
    return cells(asked, lambda ask: (ask.provider, YES[ask.answer == "accepted"]), _hours)


def _appointments(episodes: Sequence[Standard], _: Setting) -> list[Cell]:
    booked = [seen for episode in episodes for seen in episode.seen]
    return cells(booked, lambda seen: (seen[0], YES[seen[2]]))


def _partners(episodes: Sequence[Standard], _: Setting) -> list[Cell]:
    told = [(partner, len(episode.partners) > 1) for episode in episodes for partner in episode.partners]
    found = cells(told, lambda each: (each[0], YES[each[1]]))
    return [
        replace(one, values=_exchanged(episodes, one.at[0])) if one.at[1] == ALL != one.at[0] else one for one in found
    ]


def _exchanged(episodes: Sequence[Standard], partner: str) -> Values:
    """What a partner asked of others and was asked, and how long its acceptance takes.

    Of each partner alone and to the nearest ten: an exact number would give away, beside SA20, one that is hidden there.
    """
    sent = sum(asker == partner for episode in episodes for asker, _ in episode.sent)
    mine = [ask for episode in episodes for ask in asks(episode) if ask.provider == partner]
    counts = (("referrals sent, about", sent), ("referrals received, about", len(mine)))
    return (*((name, float(round(n, -1))) for name, n in counts if n >= SMALLEST), *_hours(mine))


EXCHANGE: Final = (
    Measure(
        id="SA20a", title="Referrals taken up", dimensions=("provider", "accepted"), per=100, sure=True, count=_providers,
        words="Of those referred to a provider: accepted at its first answer, with a 95 % interval, and how long that took.",
    ),
    Measure(
        id="SA20b", title="Appointments kept", dimensions=("provider", "kept"), per=100, sure=True, count=_appointments,
        words="Of the appointments that a provider told the end of: kept.",
    ),
    Measure(
        id="SD07", title="Partner exchange", dimensions=("partner", "shared"), per=100, count=_partners,
        words="Episodes that a partner told of, in how many another did too, what it sent and received, and how soon it accepts.",
    ),
)  # fmt: skip
