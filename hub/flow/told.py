"""When what an event tells of was true, for consents that speak of the facts of some time: from its first instant to its last.

Who somebody is has no time of its own and counts as of now; what else has none may be of any time, and the most restrictive
answer holds for it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any, Final

import msgspec

from hub.flow.spoken import tree
from hub.model.consent import WITHIN, ConsentDirective
from hub.model.event import CrisisEvent
from hub.model.person import Person
from hub.model.values import Instant, PartialDate
from hub.spans import DAY

# The first instant and the last, UTC microseconds; None where nobody can tell.
Span = tuple[int, int] | None
_WHOLE: Final = {len("2022"): ("-01-01", 366 * DAY), len("2022-03"): ("-01", 31 * DAY), len("2022-03-01"): ("", DAY)}


def spans(directives: Iterable[ConsentDirective], events: Sequence[CrisisEvent]) -> tuple[Span, ...]:
    """The time of each event, where a directive speaks of the facts of some time; nothing where none does.

    >>> spans((), (CrisisEvent(id="1", body=Person(), source="s", recorded_at=7),))
    ()
    """
    if not any(_timed(one) for one in directives):
        return ()
    return tuple(_span(event) for event in events)


def _timed(one: ConsentDirective) -> bool:
    return one.provision is not None and any(p.data_starts_at or p.data_ends_at for p in tree(one.provision))


def _span(event: CrisisEvent) -> Span:
    if isinstance(event.body, Person):
        return event.recorded_at, event.recorded_at
    found = [*_times(event.body), *_times(event.occurred_at)]
    return (min(first for first, _ in found), max(last for _, last in found)) if found else None


def _times(value: Any) -> Iterator[tuple[int, int]]:
    match value:
        case Instant():
            yield value.at, value.at + max(0, WITHIN.get(value.precision, 0) - 1)
        case PartialDate():
            yield from _date(value.iso)
        case tuple():
            for one in value:
                yield from _times(one)
        case msgspec.Struct():
            for name in value.__struct_fields__:
                yield from _times(getattr(value, name))


def _date(iso: str) -> Iterator[tuple[int, int]]:
    """A date, as far as it goes, in whichever zone it was one."""
    rest, length = _WHOLE.get(len(iso), ("", 0))
    try:
        begins = datetime.fromisoformat(iso + rest).replace(tzinfo=UTC)
    except ValueError:
        return
    at = round(begins.timestamp()) * 1_000_000
    yield at - DAY, at + length + DAY - 1
