"""One bit about what became of somebody: connected to care or not. Or the one constant answer, which says nothing, not even why.

INVARIANT: the answer differs from the constant one only under a release that covers every type of provider; else the absence of an
answer would tell of a programme that may not be told of (42 CFR 2.13(c)).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, Literal, NamedTuple

import msgspec

from hub.flow.asked import threads
from hub.flow.performers import NAMELESS, Names
from hub.flow.referral import Word, said, standing
from hub.model.crisis import MobileCrisisVisit
from hub.model.disclosure import Disclosure
from hub.model.event import CrisisEvent
from hub.model.service import Referral

SIZE: Final = 128
NOTHING: Final = "nothing to tell"
Bit = Literal["connected", "not connected yet", "nothing to tell"]
_CONNECTED: Final = frozenset({"arrived", "completed"})
# How a visit ends in which nobody was helped.
_NOT_MET: Final = frozenset({"refused", "not_found", "arrest"})


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What is answered, in `SIZE` bytes whatever it is."""

    result: Bit = NOTHING
    padding: str = ""


class Became(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one referral or visit: who said so last, and as an event of theirs in which nothing else stands.

    `told` are the ids of the events that spoke of it: it may be told of only where each of them may.
    """

    source: str
    event: CrisisEvent
    told: tuple[str, ...] = ()


def became(events: Iterable[tuple[str, CrisisEvent]], now: int, called: Names = NAMELESS) -> tuple[Became, ...]:
    """Every referral and every visit of a mobile team that was told of by now (source, event), reduced to whether it connected.

    `called` says which partners go by which names.
    """
    words: dict[str, dict[Word, str]] = {}
    visits: dict[str, list[_Visited]] = {}
    for source, event in events:
        if isinstance(event.body, MobileCrisisVisit) and (visited := _visited(source, event, event.body)).at <= now:
            visits.setdefault(event.body.visit or event.id, []).append(visited)
        for word in said(event):
            if word.at <= now:
                words.setdefault(word.number, {})[word] = source
    referrals = (
        _one({word: found[word] for word in one.words}, now)
        for found in words.values()
        for one in threads(found, called)
    )
    return (*referrals, *(_met(told, now) for told in visits.values() if any(one.asked for one in told)))


class _Visited(NamedTuple):
    """One word of a team about one visit: when, whether the person was met, and whether anybody was asked to come.

    Of two words of one second the one stands that is further along.
    """

    at: int
    met: bool
    order: str
    source: str
    asked: bool


def _visited(source: str, event: CrisisEvent, visit: MobileCrisisVisit) -> _Visited:
    at = event.occurred_at.at if event.occurred_at else event.recorded_at
    asked = any((visit.requested_at, visit.accepted_at, visit.dispatched_at, visit.arrived_at, visit.engaged_at))
    ended = visit.disposition.code if visit.disposition else ""
    met = bool(visit.engaged_at) and ended not in _NOT_MET
    return _Visited(at=at, met=met, order=event.id, source=source, asked=asked)


def _met(told: list[_Visited], now: int) -> Became:
    last = max(told)
    return _told(last.source, now, (one.order for one in told), connected=last.met)


def _one(words: dict[Word, str], now: int) -> Became:
    stands = standing(words)
    last = max(words, key=lambda word: (word.at, word.order))
    spoke = (word.order for word in words)
    return _told(words[last], now, spoke, connected=stands is not None and stands.state in _CONNECTED)


def _told(source: str, now: int, told: Iterable[str], *, connected: bool) -> Became:
    event = CrisisEvent(id="result", body=Referral(connected=connected), source=source, recorded_at=now)
    return Became(source=source, event=event, told=tuple(dict.fromkeys(told)))


def bit(shown: Iterable[Disclosure | None]) -> Bit:
    """The bit of what was disclosed of each referral; one that may not be told of makes the answer constant.

    >>> bit([None]), bit([])
    ('nothing to tell', 'nothing to tell')
    """
    told: list[bool] = []
    for one in shown:
        bodies = [e.body for e in one.events if isinstance(e.body, Referral)] if one else []
        if not bodies or bodies[0].connected is None:
            return NOTHING
        told.append(bodies[0].connected)
    return ("connected" if any(told) else "not connected yet") if told else NOTHING


def spelled(found: Bit) -> bytes:
    """The answer as JSON of exactly `SIZE` bytes.

    >>> len(spelled("connected")) == len(spelled("nothing to tell")) == SIZE
    True
    """
    plain = msgspec.json.encode(Answer(result=found))
    return msgspec.json.encode(Answer(result=found, padding=" " * (SIZE - len(plain))))
