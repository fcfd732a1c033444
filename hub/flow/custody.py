"""What an officer who brought somebody on a hold may hear while the hold lasts: that care was accepted, and when; not where in it.

INVARIANT: the answer differs from the constant one only for the agency whose hold it is, and only until the hold is over
(45 CFR 164.512(k)(5)).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Final
from zoneinfo import ZoneInfo

import msgspec

from hub.flow.story import Milestone, story
from hub.model.care import Encounter
from hub.model.disclosure import Disclosure
from hub.model.event import CrisisEvent
from hub.model.public_safety import CustodyHold
from hub.model.values import Instant
from hub.spans import HOUR, SECOND

SIZE: Final = 128
NOTHING: Final = "nothing to tell"
# An officer may write down the hold after the hospital registered whom they brought.
EARLY: Final = 2 * HOUR
_CAME: Final = ("ED arrival", "admitted")
_WENT: Final = ("ED left", "discharged")


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What is answered, in `SIZE` bytes whatever it is. `at` is a time of day in the county's zone."""

    result: str = NOTHING
    at: str = ""
    padding: str = ""


def held(told: Iterable[tuple[str, CrisisEvent]], agency: str, now: int) -> Instant | None:
    """Since when an agency holds somebody, by its newest word; None where it does not, or not any more. `told`: source, event."""
    holds = {
        (event.recorded_at, event.id): event.body
        for source, event in told
        if source == agency and isinstance(event.body, CustodyHold)
    }
    last = holds[max(holds)] if holds else CustodyHold()
    return None if any(end <= now for end in _ends(last)) else last.started_at


def _ends(hold: CustodyHold) -> Iterator[int]:
    """Every instant with which a hold is over: the release, the end that was written down, the longest that the law lets it last."""
    yield from (end.at for end in (hold.released_at, hold.expires_at) if end)
    if hold.started_at and hold.max_hours.isdecimal():
        yield hold.started_at.at + int(hold.max_hours) * HOUR


def accepted(events: Iterable[CrisisEvent], since: Instant, now: int) -> tuple[CrisisEvent, ...]:
    """By source, the first arrival in care since a hold began and when that care was left; the earliest first, nothing else in them."""
    told = [each for each in story(events) if since.at - EARLY <= each.at <= now]
    first = {each.source: each.at for each in reversed(told) if each.what in _CAME}
    return tuple(_stay(told, source, at, now) for source, at in sorted(first.items(), key=lambda pair: pair[1]))


def _stay(told: Iterable[Milestone], source: str, at: int, now: int) -> CrisisEvent:
    went = next((each.at for each in told if each.what in _WENT and each.source == source and each.at >= at), None)
    body = Encounter(admitted_at=Instant(at=at), discharged_at=Instant(at=went) if went else None)
    return CrisisEvent(id="custody", body=body, source=source, recorded_at=now)


def answer(shown: Disclosure | None, zone: str) -> Answer:
    """The words for what was disclosed."""
    bodies = [event.body for event in shown.events if isinstance(event.body, Encounter)] if shown else []
    if not bodies or bodies[0].admitted_at is None:
        return Answer()
    stay = bodies[0]
    if stay.discharged_at:
        return Answer(result="left care", at=_clock(stay.discharged_at, zone))
    return Answer(result="care accepted", at=_clock(bodies[0].admitted_at, zone))


def spelled(found: Answer) -> bytes:
    """The answer as JSON of exactly `SIZE` bytes.

    >>> len(spelled(Answer())) == len(spelled(Answer(result="care accepted", at="14:02"))) == SIZE
    True
    """
    plain = msgspec.json.encode(found)
    return msgspec.json.encode(msgspec.structs.replace(found, padding=" " * (SIZE - len(plain))))


def _clock(at: Instant | None, zone: str) -> str:
    return f"{datetime.fromtimestamp(at.at / SECOND, UTC).astimezone(ZoneInfo(zone)):%H:%M}" if at else ""
