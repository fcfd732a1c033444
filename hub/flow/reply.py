"""What facilities say by message about a placement: they have room, they decline, the person arrived.

A facility is known by its own partner and by the number it was given; nobody answers for another. A word that comes too late, or
lacks what an acceptance needs, changes nothing and is told to a person. No word counts twice, however often it is heard.
"""

from __future__ import annotations

from typing import Final

from msgspec.structs import replace

from hub.errors import Conflict
from hub.flow.placement import DECLINES, Effect, Placement, Step, arrive, decline, offer
from hub.flow.referral import said
from hub.model.event import CrisisEvent
from hub.model.plan import Fact
from hub.model.service import Referral
from hub.model.values import Code, Worker

_ROOM: Final = frozenset({"accepted", "scheduled"})
_NONE: Final = frozenset({"rejected", "cancelled"})
# The words of others for why there is no room, in the words of the list.
REASONS: Final = {
    "no_bed": "full",
    "no-bed": "full",
    "no_capacity": "full",
    "capacity": "full",
    "medical": "acuity",
    "age": "not-our-service",
    "legal_status": "not-our-service",
    "not_our_service": "not-our-service",
    "staff": "staffing",
}


class Reply(Fact, frozen=True):
    """One word of a facility: `event` is whose it was, `at` when it was said; `room` is None where it answers nothing yet."""

    facility: str
    event: str
    at: int
    room: bool | None
    clinician: str = ""
    reason: str = ""


def reply(event: CrisisEvent) -> Reply | None:
    """What an event says about a placement; None where it is no answer.

    >>> told = Referral(number="P-1", status=Code(code="rejected"), status_reason=Code(code="no_bed"))
    >>> reply(CrisisEvent(id="e", body=told, source="S1", recorded_at=0)).reason
    'full'
    """
    body = event.body
    if not isinstance(body, Referral) or not body.number:
        return None
    word = next(said(event), None)
    if word is None or word.state not in _ROOM | _NONE:
        return None
    return Reply(
        facility=event.source,
        event=event.id,
        at=word.at,
        room=word.state in _ROOM,
        clinician=_named(body.performer_worker),
        reason=_reason(body.status_reason),
    )


def hear(placement: Placement, word: Reply) -> Step:
    """The placement after a facility's word. Never raises: what does not fit is told to a person."""
    if word.event in placement.heard:
        return placement, ()
    try:
        after, then = _answered(placement, word)
    except Conflict as refusal:
        after, then = placement, (_told(word, f"{'has room' if word.room else 'declines'}, and {_why(refusal)}"),)
    return replace(after, heard=(*after.heard, word.event)), then


def came(placement: Placement, facility: str, event: str) -> Step:
    """The placement after the person was registered at a facility: the hold is over, or somebody has to look."""
    if event in placement.heard or placement.state != "held":
        return placement, ()
    after, then = arrive(placement, facility)
    return replace(after, heard=(*after.heard, event)), then


def _answered(placement: Placement, word: Reply) -> Step:
    if not word.room:
        return decline(placement, word.facility, reason=word.reason, at=word.at)
    if not word.clinician:
        # 42 CFR 489.24: a bed is not accepted by a system; somebody there has to say so.
        return placement, (_told(word, "has room, and names no clinician who accepts. Telephone, and note who does"),)
    return offer(placement, word.facility, clinician=word.clinician, at=word.at)


def _told(word: Reply, words: str) -> Effect:
    return Effect(what="tell", facility=word.facility, words=f"{word.facility} {words}.")


def _why(refusal: Conflict) -> str:
    return refusal.message[:1].lower() + refusal.message[1:].rstrip(".")


def _named(worker: Worker | None) -> str:
    if worker is None:
        return ""
    name = worker.name
    whole = " ".join((*name.given, name.family)).strip() or name.text if name else ""
    return whole or worker.id


def _reason(code: Code | None) -> str:
    word = (code.code or code.local).lower() if code else ""
    found = REASONS.get(word, word)
    return found if found in DECLINES else "other"
