"""Fields of a county's own on the wire: by their names, in an object of theirs. What kind they are the county says, not the message."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

import msgspec

from hub.contracts import Reading
from hub.model.event import CrisisEvent
from hub.model.local import LocalFields

PLACE: Final = "local"


def fields(events: Iterable[CrisisEvent]) -> Iterator[tuple[str, str]]:
    """The fields in some events, by name."""
    for event in events:
        if isinstance(event.body, LocalFields):
            for kind in event.body.__struct_fields__:
                yield from ((one.name, one.value) for one in getattr(event.body, kind))


def read(reading: Reading, record: Mapping[str, Any]) -> Reading:
    """The reading with the fields that stand in a record."""
    said = record.get(PLACE)
    if said.__class__ is not dict:
        return reading
    return msgspec.structs.replace(reading, local=tuple((name, _word(value)) for name, value in said.items()))


def written(events: Iterable[CrisisEvent]) -> dict[str, Any]:
    """The fields in some events, as they stand in a record; nothing where there are none."""
    said = dict(fields(events))
    return {PLACE: said} if said else {}


def back(events: Sequence[CrisisEvent], reading: Reading) -> tuple[CrisisEvent, ...]:
    """What was read back of some events: also those whose fields all came back, though no reading says what kind they are."""
    came = set(reading.local)
    return (*reading.events, *(e for e in events if isinstance(e.body, LocalFields) and came >= set(fields((e,)))))


def _word(value: Any) -> str:
    """A word as a declaration spells it.

    >>> _word(True), _word(3)
    ('true', '3')
    """
    return str(value).lower() if isinstance(value, bool) else str(value)
