"""Everything that is published of one period: the tables with small numbers hidden, and what they were computed from."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final, NamedTuple

import msgspec
from msgspec.structs import replace

from hub.flow.measures import counting
from hub.flow.measures.after import AFTER
from hub.flow.measures.cells import ALL, Cell, Key, Shown, with_totals
from hub.flow.measures.counting import Measure, Setting
from hub.flow.measures.exchange import EXCHANGE, interval
from hub.flow.measures.fields import FIELDS
from hub.flow.measures.standard import Standard, Told, standard
from hub.flow.measures.together import shown_together
from hub.model.care import Encounter
from hub.model.crisis import CrisisContact, MobileCrisisVisit
from hub.model.public_safety import CallForService, FieldContact
from hub.model.service import Appointment, Referral

# Counts up when a measure, a standard field or the hiding changes: the same period may then give other numbers.
EDITION: Final = 7
MEASURES: Final = (*FIELDS, *counting.MEASURES, *EXCHANGE, *AFTER)
YES: Final = "yes"
# SD00: the fields that a partner can fill in what it tells, by kind of event.
EXPECTED: Final[Mapping[type, tuple[str, ...]]] = {
    CallForService: (
        "initial_type", "final_type", "received_at", "dispatched_at", "on_scene_at", "cleared_at", "units", "dispositions",
    ),
    FieldContact: (
        "initial_type", "started_at", "ended_at", "cit_arrived", "co_responder", "use_of_force", "injury", "disposition",
        "transported_to", "follow_up",
    ),
    MobileCrisisVisit: ("requested_at", "dispatched_at", "arrived_at", "cleared_at", "disposition", "transport"),
    CrisisContact: ("offered_at", "ended_at", "dispositions", "coarse_area", "follow_up_consented"),
    Encounter: ("patient_class", "admitted_at", "discharged_at", "discharge_disposition", "location"),
    Referral: ("status", "service", "authored_at"),
    Appointment: ("status", "starts_at"),
}  # fmt: skip


class Others(NamedTuple):
    """What became of the person of an episode in others: when they were booked (UTC microseconds), how often force was used before."""

    booked: tuple[int, ...] = ()
    forced_before: int = 0


NOTHING: Final[Mapping[str, Others]] = MappingProxyType({})


class Table(msgspec.Struct, frozen=True, kw_only=True):
    """One published table: its cells in order, totals under the word "all"."""

    id: str
    title: str
    words: str
    dimensions: Key
    cells: tuple[Shown, ...]


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """What is published. `query` says what was asked, and `digest` is its SHA-256: the same question has the same one.

    `messages` were read; of `destroyed` ones the keys are gone, so they are not counted. `checkpoint` is the ledger's
    signed tree at that moment (signed-note). Instants are UTC microseconds; `until` is not in the period.
    """

    query: dict[str, Any]
    digest: str
    tables: tuple[Table, ...]
    messages: int
    destroyed: int
    checkpoint: str


def query(since: int, until: int, setting: Setting, measures: Sequence[Measure] = MEASURES) -> dict[str, Any]:
    """What is asked, as plain data: the period, the measures and their edition, the zone and the prices."""
    return {
        "since": since,
        "until": until,
        "edition": EDITION,
        "zone": setting.zone,
        "costs": msgspec.to_builtins(setting.costs),
        "change": setting.change,
        "measures": ["SD00", *(measure.id for measure in measures)],
    }


def digest(asked: Mapping[str, Any]) -> str:
    """SHA-256, in hex, of a query as canonical JSON.

    >>> digest({"b": 1, "a": 2}) == digest({"a": 2, "b": 1})
    True
    """
    return hashlib.sha256(msgspec.json.encode(asked, order="sorted")).hexdigest()


def tables(
    episodes: Mapping[str, Sequence[Told]], setting: Setting, others: Mapping[str, Others] = NOTHING
) -> tuple[Table, ...]:
    """All tables over these episodes, by their ids: the order in which anything was told does not matter.

    `others` says of an episode what became of its person in others.
    """
    folded = [
        _beside(standard(episodes[name]), others.get(name, Others()), place)
        for place, name in enumerate(sorted(episodes), start=1)
    ]
    counted = [_completeness(episodes, setting), *(measure.count(folded, setting) for measure in MEASURES)]
    completeness, *found = shown_together(counted)
    return (_filled_in(completeness), *(_table(measure, seen) for measure, seen in zip(MEASURES, found, strict=True)))


def _beside(episode: Standard, others: Others, place: int) -> Standard:
    return replace(episode, booked_again=others.booked, forced_before=others.forced_before, place=place)


def _table(measure: Measure, seen: Sequence[Shown]) -> Table:
    return Table(
        id=measure.id,
        title=measure.title,
        words=measure.words,
        dimensions=measure.dimensions,
        cells=tuple(_shared(seen, measure) if measure.per else seen),
    )


def _shared(seen: Sequence[Shown], measure: Measure) -> Iterable[Shown]:
    """Each yes as so many of a hundred or thousand, where it and its total are shown; then the no is too."""
    per = measure.per
    numbers = {each.at: each.n for each in seen}
    for each in seen:
        total = numbers.get((*each.at[:-1], ALL))
        if each.at[-1] == YES and isinstance(each.n, int) and isinstance(total, int) and total:
            share = (f"of {per}", round(per * each.n / total, 1))
            sure = tuple(zip(("from", "to"), interval(each.n, total), strict=True)) if measure.sure else ()
            yield replace(each, values=(*each.values, share, *sure))
        else:
            yield each


def _completeness(episodes: Mapping[str, Sequence[Told]], setting: Setting) -> list[Cell]:
    """SD00: of the standard fields that a partner could fill, how many in a hundred it filled, week by week."""
    filled: dict[Key, list[float]] = defaultdict(list)
    for told in episodes.values():
        for each in told:
            if wanted := EXPECTED.get(type(each.body)):
                share = sum(getattr(each.body, name) not in (None, "", ()) for name in wanted) / len(wanted)
                filled[each.partner, _week(setting.local(each.at))].append(share)
    counts = with_totals({key: len(shares) for key, shares in filled.items()})
    return [Cell(at=key, n=n, values=_filled(filled.get(key, ()))) for key, n in counts.items()]


def _filled_in(seen: Sequence[Shown]) -> Table:
    words = "Messages of each partner by week, and how many in a hundred of the standard fields they filled."
    return Table(id="SD00", title="Completeness", words=words, dimensions=("partner", "week"), cells=tuple(seen))


def _filled(shares: Sequence[float]) -> tuple[tuple[str, float], ...]:
    return (("filled, %", round(100 * sum(sorted(shares)) / len(shares), 1)),) if shares else ()


def _week(day: datetime) -> str:
    year, week, _ = day.isocalendar()
    return f"{year}-W{week:02d}"
