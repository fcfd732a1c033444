"""What one translation costs: processor microseconds to read a typical message, project all of it and write it otherwise.

A pair of formats joins with one entry.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from statistics import median
from typing import Final, NamedTuple

import adapters
from hub.bench.calls import eido, row
from hub.bench.messages import message
from hub.contracts import Adapter, Received, Target
from hub.flow.project import Envelope, project
from hub.model.decision import Decision
from hub.model.label import Handling
from hub.model.registry import EVERYTHING

COUNT: Final = 400
WARM_UP: Final = 100
# What the median of each may be, in processor microseconds.
BAR_US: Final = 300.0
AT: Final = 1_772_379_000_000_000
RECEIVED: Final = Received(journal="bench", partner="bench", as_of=AT, zone="America/Chicago")
TARGET: Final = Target(partner="bench", message_id="bench", person_id="", at=AT, zone="America/Chicago")


class Translation(NamedTuple):
    """Which format becomes which, and the nth typical message."""

    source: str
    target: str
    message: Callable[[int], bytes]


TRANSLATIONS: Final = {
    "hl7v2 to fhir": Translation("hl7v2", "fhir", lambda number: message("T", number)),
    "eido to lifeline988": Translation("eido", "lifeline988", eido),
    "cad_csv to eido": Translation("cad_csv", "eido", row),
}


def translations(count: int = COUNT) -> dict[str, float]:
    """The median of each translation, in processor microseconds a message."""
    formats = adapters.found()
    return {
        name: _measured(formats[one.source]({}), formats[one.target]({}), [one.message(n) for n in range(count)])
        for name, one in TRANSLATIONS.items()
    }


def _measured(reader: Adapter, writer: Adapter, bodies: list[bytes]) -> float:
    for body in bodies[:WARM_UP]:
        translated(reader, writer, body)
    spent = []
    for body in bodies:
        begun = time.thread_time_ns()
        translated(reader, writer, body)
        spent.append(time.thread_time_ns() - begun)
    return round(median(spent) / 1000, 1)


def translated(reader: Adapter, writer: Adapter, body: bytes) -> bytes:
    """One message as another format says it, when everything may be seen."""
    events = reader.read(body, RECEIVED).events
    decision = Decision(partner=TARGET.partner, purpose="TREAT", granted=(EVERYTHING,) * len(events))
    envelopes = [Envelope(id=event.id, source=event.source) for event in events]
    return writer.write(project(events, decision, Handling(), envelopes), TARGET).body
