"""When each part of an EIDO last changed: every message tells the whole incident again, and only what changed is news."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache, partial
from typing import Any, Final

from adapters.cad.eido.parts import parts
from hub.contracts import Received, Snapshot
from hub.lens.times import iso_instant
from hub.model.care import Condition
from hub.model.event import CrisisEvent
from hub.model.person import Person
from hub.model.public_safety import CallForService, UnitStatus
from hub.model.registry import body_of

# Components that are parts of their own. All others tell of the call.
APART: Final = frozenset({"personComponent", "emergencyResourceComponent", "agentComponent"})


def snapshot(view: Mapping[str, Any], events: Sequence[CrisisEvent], received: Received) -> Snapshot:
    """The part that each event is of, and when it changed. A time that is none counts as now: it is told rather once too often."""
    changed = partial(_latest, received=received)
    eido, subject = view["eido"], view["subject"]
    of = f"{eido['$id']} {subject['$id']}" if subject else eido["$id"]
    return Snapshot(of=of, parts=tuple(_part(event, view, changed) for event in events))


def _part(event: CrisisEvent, view: Mapping[str, Any], changed: Callable[[Iterable[str]], int]) -> tuple[str, int]:
    match event.body:
        case CallForService():
            return "call", changed(_of_the_call(view))
        case Person() | Condition() if view["subject"]:
            return "person", changed((view["subject"]["lastUpdateTimeStamp"],))
        case UnitStatus(unit=unit) if event.occurred_at:
            return f"unit {unit}", event.occurred_at.at
    return body_of(event.body), changed((view["eido"]["lastUpdateTimeStamp"],))


def _of_the_call(view: Mapping[str, Any]) -> set[str]:
    """When the components that tell of the call changed, and when its units came as far as they are."""
    eido, incident = view["eido"], view["incident"]
    found = set(view["times"].values())
    for name in _call_parts():
        value = eido.get(name)
        if value.__class__ is list:
            found.update([one["lastUpdateTimeStamp"] for one in value])
        elif value:
            found.add(value["lastUpdateTimeStamp"])
    if incident:
        found.update([one["lastUpdateTimeStamp"] for one in incident.get("dispositionComponent") or ()])
    return found


@cache
def _call_parts() -> tuple[str, ...]:
    """The fields of a message in which components stand that tell of the call."""
    return tuple(name for name in parts()["eido"].inner if name not in APART)


def _latest(stamps: Iterable[str], received: Received) -> int:
    found = [iso_instant(stamp, received.zone) for stamp in stamps]
    return max((received.as_of if one is None else one.at for one in found), default=received.as_of)
