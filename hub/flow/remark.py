"""One comment for an incident of a dispatch system that takes nothing else: what the hub knows of who comes, in a line made of codes.

A dispatch system is read, and not written into; where its centre wants it, a line is appended to a call that it has already.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final

from hub.model.crisis import MobileCrisisVisit
from hub.model.event import CrisisEvent
from hub.model.public_safety import CallForService, UnitStatus
from hub.model.values import Instant

# The longest line that every dispatch system was seen to take.
MOST: Final = 255
# The fields that a line is made of.
TOLD: Final = frozenset({"team", "visit", "unit", "incident", "status", "cit", "dispositions", "accepted_at", "assigned_at", "en_route_at",
                         "arrived_at", "on_scene_at", "cleared_at"})  # fmt: skip
Stamp = Callable[[int], str]


def remark(events: Iterable[CrisisEvent], stamp: Stamp) -> tuple[str, str]:
    """The incident's number and the line, both empty where the events tell of no incident. `stamp` spells an instant.

    >>> team = MobileCrisisVisit(team="MCT1", based_on=(), cleared_at=Instant(at=0))
    >>> remark([CrisisEvent(id="1", body=team, source="MCT1", recorded_at=0)], str)
    ('', '')
    """
    told = [tells(event.body, stamp) for event in events if (tells := TELLS.get(type(event.body)))]
    incident = next((incident for incident, words in told if incident and words), "")
    return incident, "; ".join(words for each, words in told if each == incident and words)[:MOST] if incident else ""


def _team(body: MobileCrisisVisit, stamp: Stamp) -> tuple[str, str]:
    incident = next((one.value for one in body.based_on if one.type == "911"), "")
    reached = _last(
        stamp,
        ("accepted", body.accepted_at),
        ("en route", body.en_route_at),
        ("on scene", body.arrived_at),
        ("cleared", body.cleared_at),
    )
    return incident, f"Mobile team {body.team or body.visit}: {reached}" if reached else ""


def _unit(body: UnitStatus, stamp: Stamp) -> tuple[str, str]:
    reached = _last(
        stamp,
        ("assigned", body.assigned_at),
        ("en route", body.en_route_at),
        ("on scene", body.on_scene_at),
        ("cleared", body.cleared_at),
    )
    proposed = "free and certified for crises" if body.cit and not reached else ""
    return body.incident, f"Unit {body.unit}: {reached or proposed}" if reached or proposed else ""


def _call(body: CallForService, stamp: Stamp) -> tuple[str, str]:
    ended = [code.display or code.code for code in body.dispositions if code.display or code.code]
    status = [body.status.code] if body.status and body.status.code else []
    cleared = [f"at {stamp(body.cleared_at.at)}"] if body.cleared_at else []
    words = ", ".join((*status, *ended, *cleared))
    return body.incident, f"Handed over: {words}" if words else ""


def _last(stamp: Stamp, *steps: tuple[str, Instant | None]) -> str:
    """The last step that was reached, with its time."""
    return next(_reached(stamp, reversed(steps)), "")


def _reached(stamp: Stamp, steps: Iterable[tuple[str, Instant | None]]) -> Iterator[str]:
    return (f"{words} {stamp(at.at)}" for words, at in steps if at)


TELLS: Final[dict[type, Callable[[Any, Stamp], tuple[str, str]]]] = {
    MobileCrisisVisit: _team,
    UnitStatus: _unit,
    CallForService: _call,
}
