"""The measures: each a name, what it says, its dimensions, and a function from episodes to cells. Shares are percent, times minutes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from statistics import median, quantiles
from typing import Final, TypeVar
from zoneinfo import ZoneInfo

import msgspec

from hub.flow.measures.cells import ALL, SMALLEST, Cell, Key, with_totals
from hub.flow.measures.standard import Standard
from hub.spans import DAY, MINUTE, SECOND

Values = tuple[tuple[str, float], ...]
T = TypeVar("T")
Count = Callable[[Sequence[Standard], "Setting"], list[Cell]]
YES: Final = {True: "yes", False: "no"}
INTERVALS: Final = (
    ("call to dispatch", "received_at", "dispatched_at"),
    ("dispatch to scene", "dispatched_at", "on_scene_at"),
    ("call to scene", "received_at", "on_scene_at"),
    ("on scene", "on_scene_at", "cleared_at"),
)


class Costs(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the county pays, in its own currency: inputs of SD06 and K3, printed with every result. 0 stands for not given."""

    officer_hour: float = 0.0
    ed_visit: float = 0.0
    jail_booking: float = 0.0
    co_responder_year: float = 0.0
    contacts_a_month: float = 60.0


class Setting(msgspec.Struct, frozen=True, kw_only=True):
    """What measures need beside episodes: the county's time zone, and its costs.

    `change` is the day on which something began that is to be judged, 0 without one; until `seen_until` everything is known.
    Both are UTC microseconds.
    """

    zone: str = "UTC"
    costs: Costs = Costs()
    change: int = 0
    seen_until: int = 0

    def local(self, at: int) -> datetime:
        """An instant (UTC microseconds) on the county's clocks."""
        return datetime.fromtimestamp(at / SECOND, ZoneInfo(self.zone))


class Measure(msgspec.Struct, frozen=True, kw_only=True):
    """One published table. `per`: its last dimension is a yes or no, told as so many of a hundred (or thousand) as well.

    `sure`: with the 95 % interval of that share, in percent.
    """

    id: str
    title: str
    words: str
    dimensions: Key
    count: Count
    per: int = 0
    sure: bool = False


# --- how cells are made


def cells(
    counted: Iterable[T], by: Callable[[T], Key], values: Callable[[Sequence[T]], Values] = lambda _: ()
) -> list[Cell]:
    """A cell for every key that occurs and for every total, in order."""
    groups: dict[Key, list[T]] = defaultdict(list)
    for each in counted:
        groups[by(each)].append(each)
    totals = with_totals({key: len(group) for key, group in groups.items()})
    members = ((key, n, _members(groups, key)) for key, n in totals.items())
    return [Cell(at=key, n=n, values=values(group), who=_who(group)) for key, n, group in members]


def _who(group: Sequence[object]) -> int:
    """Which episodes these are, as one number; 0 where they are something else, or one of them several times."""
    places = [each.place for each in group if isinstance(each, Standard) and each.place]
    return hash(frozenset(places)) if len(set(places)) == len(group) else 0


def _members(groups: dict[Key, list[T]], key: Key) -> list[T]:
    return [
        each
        for own, group in groups.items()
        if all(word in (ALL, its) for word, its in zip(key, own, strict=True))
        for each in group
    ]


def _minutes(episode: Standard, start: str, end: str) -> float | None:
    begun, ended = getattr(episode, start), getattr(episode, end)
    return (ended - begun) / MINUTE if begun and ended >= begun else None


def spread(name: str, numbers: Sequence[float]) -> Values:
    """Median and ninth decile; nothing of fewer than eleven."""
    if len(numbers) < SMALLEST:
        return ()
    return (f"{name}, median", round(median(numbers), 1)), (f"{name}, 90 %", round(quantiles(numbers, n=10)[-1], 1))


def intervals(episodes: Sequence[Standard]) -> Values:
    """The four intervals of a response."""
    found = ((name, [_minutes(e, start, end) for e in episodes]) for name, start, end in INTERVALS)
    return tuple(value for name, times in found for value in spread(name, [t for t in times if t is not None]))


# --- what is counted


def diverted(episode: Standard) -> bool:
    """Nobody came to a hospital or was booked within a day of its beginning (K1)."""
    until = episode.began_at + DAY
    return not any(at < until for at in (*episode.ed, *episode.booked))


def connected(episode: Standard) -> bool:
    """A first appointment was kept within thirty days of its beginning (K2)."""
    return any(episode.began_at <= at <= episode.began_at + 30 * DAY for at in episode.kept)


def _answered(episodes: Iterable[Standard]) -> list[Standard]:
    """Those to whom somebody was sent."""
    return [e for e in episodes if e.police or e.co_response or e.mobile_team]


def _cit(episode: Standard) -> str:
    return {True: "CIT", False: "not CIT", None: "not known"}[episode.cit]


def _word(word: str) -> str:
    return word or "not known"


def _hours(episodes: Sequence[Standard], setting: Setting) -> list[Cell]:
    return cells(_answered(episodes), lambda e: (f"{setting.local(e.began_at).hour:02d}",), intervals)


def _demand(episodes: Sequence[Standard], setting: Setting) -> list[Cell]:
    return cells(
        episodes,
        lambda e: (setting.local(e.began_at).strftime("%u"), f"{setting.local(e.began_at).hour:02d}", _word(e.zone)),
    )


def _matched(episodes: Sequence[Standard], setting: Setting) -> list[Cell]:
    """Co-response and police alone, among calls of a type and a six-hour band that both answered."""
    arms = {"co-response": "co-response", "police": "police", "police, CIT": "police"}
    strata: dict[Key, dict[str, list[Standard]]] = defaultdict(lambda: defaultdict(list))
    for e in episodes:
        if arm := arms.get(e.response):
            strata[_word(e.initial_type), str(setting.local(e.began_at).hour // 6)][arm].append(e)
    alike = [e for found in strata.values() if len(found) == 2 for group in found.values() for e in group]
    return cells(alike, lambda e: (arms[e.response], YES[bool(e.transported)]), lambda group: intervals(group)[-2:])


def _cost(episodes: Sequence[Standard], setting: Setting) -> list[Cell]:
    costs = setting.costs

    def told(group: Sequence[Standard]) -> Values:
        minutes = [m for e in group if (m := _minutes(e, "dispatched_at", "cleared_at")) is not None]
        if len(minutes) < SMALLEST:
            return ()
        values = [("officer minutes", round(sum(minutes), 1))]
        if costs.officer_hour:
            values.append(("officer cost", round(sum(minutes) / 60 * costs.officer_hour, 2)))
        spared = sum(map(diverted, group))
        if costs.ed_visit and SMALLEST <= spared <= len(group) - SMALLEST:
            values += [("visits avoided", float(spared)), ("saved by them", round(spared * costs.ed_visit, 2))]
        return tuple(values)

    return cells(_answered(episodes), lambda e: (e.response,), told)


def _worth(episodes: Sequence[Standard], setting: Setting) -> list[Cell]:
    """K3: a year of one co-responder, at so many contacts a month, against the visits that did not happen."""
    costs, together = setting.costs, [e for e in episodes if e.co_response]

    def told(group: Sequence[Standard]) -> Values:
        spared = sum(map(diverted, group))
        if not SMALLEST <= spared <= len(group) - SMALLEST or not costs.ed_visit:
            return ()
        a_year = costs.contacts_a_month * 12 * spared / len(group)
        saved = a_year * costs.ed_visit
        return (
            ("visits avoided a year", round(a_year, 1)),
            ("saved a year", round(saved, 2)),
            ("net a year", round(saved - costs.co_responder_year, 2)),
        )

    return cells(together, lambda _: ("co-response",), told)


def _of(chosen: Callable[[Standard], bool], by: Callable[[Standard], str], holds: Callable[[Standard], bool]) -> Count:
    """A count of those chosen, by one word and by whether something holds."""
    return lambda episodes, _: cells(filter(chosen, episodes), lambda e: (by(e), YES[holds(e)]))


def _response(episode: Standard) -> str:
    return episode.response


MEASURES: Final = (
    Measure(
        id="SD01a", title="Response times by hour", dimensions=("hour",), count=_hours,
        words="Minutes, by the hour in which the episode began.",
    ),
    Measure(
        id="SD01b", title="Response times by zone", words="Minutes, by beat or zone.", dimensions=("zone",),
        count=lambda episodes, _: cells(_answered(episodes), lambda e: (_word(e.zone),), intervals),
    ),
    Measure(
        id="SD01c", title="Response times by response", words="Minutes, by who went.", dimensions=("response",),
        count=lambda episodes, _: cells(_answered(episodes), lambda e: (e.response,), intervals),
    ),
    Measure(
        id="SD02", title="Demand", words="Episodes by day of the week (1 is Monday), hour and zone.",
        dimensions=("weekday", "hour", "zone"), count=_demand,
    ),
    Measure(
        id="SD03", title="Co-response and police compared", dimensions=("response", "transported"), count=_matched, per=100,
        words="Only calls of a type and a quarter of the day that both answered: minutes on scene, and who was transported.",
    ),
    Measure(
        id="SD04", title="Calls by CIT", words="Episodes by first type of call and whether a CIT officer came.",
        dimensions=("type", "CIT"),
        count=lambda episodes, _: cells((e for e in episodes if e.police), lambda e: (_word(e.initial_type), _cit(e))),
    ),
    Measure(
        id="SA24", title="Use of force", words="Uses of force for a thousand crisis contacts of the police, by CIT.",
        dimensions=("CIT", "force"), count=_of(lambda e: e.police, _cit, lambda e: e.force), per=1000,
    ),
    Measure(
        id="SD06", title="Costs", words="Officer time and visits avoided, and what they cost at the county's own prices.",
        dimensions=("response",), count=_cost,
    ),
    Measure(
        id="SD08", title="Neighbourhoods", words="Episodes by neighbourhood.", dimensions=("area",),
        count=lambda episodes, _: cells(episodes, lambda e: (_word(e.area),)),
    ),
    Measure(
        id="SD10", title="Jail diversion", words="Of the episodes with a charge: those not booked within a day.",
        dimensions=("response", "not booked"), per=100,
        count=_of(lambda e: e.charged, _response, lambda e: not any(at < e.began_at + DAY for at in e.booked)),
    ),
    Measure(
        id="SD11", title="Unmet need", words="Requests that found no room, by need and zone.", dimensions=("need", "zone"),
        count=lambda episodes, _: _needs(episodes),
    ),
    Measure(
        id="K1", title="No transport", dimensions=("response", "diverted"), per=100,
        words="Of the episodes with a co-responder: no hospital and no booking within a day.",
        count=_of(lambda e: e.co_response, _response, diverted),
    ),
    Measure(
        id="K2", title="Connected", words="Of the follow-ups: a first appointment kept within thirty days.",
        dimensions=("response", "connected"), per=100, count=_of(lambda e: e.follow_up, _response, connected),
    ),
    Measure(
        id="K3", title="What a co-responder is worth", dimensions=("response",), count=_worth,
        words="A year of one co-responder, by the county's prices and its own K1.",
    ),
)  # fmt: skip


def _needs(episodes: Iterable[Standard]) -> list[Cell]:
    counts: dict[Key, int] = defaultdict(int)
    for episode in episodes:
        for need in episode.turned_away:
            counts[need, _word(episode.zone)] += 1
    return [Cell(at=key, n=n) for key, n in with_totals(counts).items()]
