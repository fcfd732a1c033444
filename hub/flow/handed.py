"""Which words of a handover an event tells: contacts that ask for a team or a rescue, calls that are transferred, teams that come."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final

from msgspec.structs import replace

from hub.flow.handover import Word
from hub.model.crisis import CrisisContact, MobileCrisisVisit
from hub.model.event import CrisisEvent
from hub.model.public_safety import CallForService
from hub.model.values import Instant

DECLINES: Final = frozenset({"declined", "rejected", "refused", "cancelled"})


def words(event: CrisisEvent) -> Iterator[Word]:
    """What an event says of handovers; whom it asked is not in it, and is found by where it went."""
    tell = TELLS.get(type(event.body))
    at = event.occurred_at.at if event.occurred_at else event.recorded_at
    if tell is not None:
        for word in tell(event.body, event.source, at, event.id):
            yield replace(word, heard_at=event.recorded_at) if word.what == "asked" else word


def _contact(body: CrisisContact, source: str, at: int, event: str) -> Iterator[Word]:
    """A contact asks, takes back what it asked for, and may say that a human at the other end accepted."""
    number = body.contact or event
    rescue = True if body.active_rescue or body.emergency_rescue else body.active_rescue
    wanted = {"team": body.mobile_team_requested, "rescue": rescue}
    for kind, wants in wanted.items():
        if wants:
            yield Word(kind=kind, number=number, what="asked", at=at, source=source)
        elif wants is False:
            yield Word(kind=kind, number=number, what="withdrawn", at=at, source=source)
    accepted = body.transfer_accepted_at
    if accepted and body.transfer_direction and body.transfer_direction.code == "to_911" and body.transfer_peer:
        # The counsellor stays on the line until a human there takes over, and says so.
        yield Word(kind="rescue", number=number, what="accepted", at=accepted.at, source=source, who=body.transfer_peer)
    if body.transfer_incident and (took := accepted or body.answered_at):
        yield Word(kind="transfer", number=body.transfer_incident, what="accepted", at=took.at, who=source)


def _call(body: CallForService, source: str, at: int, _: str) -> Iterator[Word]:
    if body.transfer_to and body.incident:
        when = body.transferred_at.at if body.transferred_at else at
        yield Word(kind="transfer", number=body.incident, what="asked", at=when, source=source)


_STEPS: Final = {
    "accepted": "accepted_at",
    "en route": "en_route_at",
    "on scene": "arrived_at",
    "cleared": "cleared_at",
}


def _visit(body: MobileCrisisVisit, source: str, at: int, _: str) -> Iterator[Word]:
    for based in body.based_on:
        for what, key in _STEPS.items():
            instant: Instant | None = getattr(body, key)
            if instant:
                yield Word(kind="team", number=based.value, what=what, at=instant.at, who=source, by=body.team)
        if body.status and body.status.code in DECLINES:
            yield Word(kind="team", number=based.value, what="declined", at=at, who=source)


TELLS: Final[dict[type, Callable[[Any, str, int, str], Iterator[Word]]]] = {
    CrisisContact: _contact,
    CallForService: _call,
    MobileCrisisVisit: _visit,
}
