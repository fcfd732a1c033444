"""One partner's referrals: how each stands by the words that partner knows, what may be answered, and the events of an answer. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from msgspec.structs import replace

from hub.errors import Lasting
from hub.flow.asked import Thread, threads
from hub.flow.calendar import Calendar
from hub.flow.referral import OVER, Standing, Word, called, promise, said, standing
from hub.model.event import Body, CrisisEvent
from hub.model.person import Person
from hub.model.plan import Fact
from hub.model.service import Appointment, Referral
from hub.model.values import Code, Identifier, Instant

# Why a partner declines, in words of a closed list: free text would tell more than whoever asked may know.
DECLINES: Final[Mapping[str, str]] = {
    "no-capacity": "no room or no staff in time",
    "not-our-service": "not a service of ours",
    "outside-area": "outside our area",
    "payer": "not covered here",
    "cannot-reach": "the person could not be reached",
    "person-declined": "the person does not want it",
    "other": "another reason",
}
# How it ended, in words of a closed list.
ENDINGS: Final[Mapping[str, str]] = {
    "connected": "the person is in care here",
    "completed-once": "done, nothing more is needed",
    "moved-on": "the person is in care elsewhere",
    "cannot-reach": "the person could not be reached",
    "person-declined": "the person does not want it any more",
}
_REASONS: Final[Mapping[str, Mapping[str, str]]] = {"decline": DECLINES, "close": ENDINGS}


class Act(NamedTuple):
    """One answer: what the button says, what it makes of a referral, as FHIR's Task has it, and in which states it is offered."""

    label: str
    state: str
    status: str
    when: frozenset[str]


_FRESH, _OPEN = frozenset({"requested", "received"}), frozenset({"requested", "received", "accepted", "scheduled"})
ACTS: Final[Mapping[str, Act]] = {
    "accept": Act("Accept", "accepted", "accepted", _FRESH),
    "schedule": Act("Set an appointment", "scheduled", "accepted", frozenset({"accepted", "scheduled", "missed"})),
    "arrived": Act("The person arrived", "arrived", "in-progress", frozenset({"accepted", "scheduled", "missed"})),
    "missed": Act("The person did not come", "no-show", "accepted", frozenset({"scheduled", "arrived"})),
    "close": Act("Close", "completed", "completed", frozenset({"accepted", "scheduled", "missed", "arrived"})),
    "decline": Act("Decline", "rejected", "rejected", _OPEN),
}


class Told(Fact, frozen=True):
    """One message as this partner knows it: its own name for it, when it came, from whom, and what it says."""

    name: str
    at: int
    source: str
    events: tuple[CrisisEvent, ...]


class Inbound(Fact, frozen=True):
    """One referral to a partner. `version` changes with every word about it; `by` is when an answer is promised, 0 for never.

    `ours` where it was asked of this partner: whoever asked reads, and answers nothing. `then` says who hears when nothing is
    answered. `performer`, `need` and `sender` are for the list; `told` are its messages, the newest
    first. Instants are UTC microseconds.
    """

    name: str
    stands: Standing
    version: str
    received: int
    by: int
    sender: str
    need: str
    told: tuple[Told, ...]
    performer: str = ""
    ours: bool = True
    then: tuple[tuple[int, str], ...] = ()

    @property
    def over(self) -> bool:
        """Whether nothing more is to be answered."""
        return self.stands.state in OVER

    @property
    def acts(self) -> tuple[str, ...]:
        """What may be answered now."""
        return tuple(name for name, act in ACTS.items() if self.ours and self.stands.state in act.when)


class Answer(Fact, frozen=True):
    """What somebody answers: an act, why, and for an appointment when (UTC microseconds)."""

    act: str
    reason: str = ""
    starts_at: int = 0


def inbox(
    partner: str, told: Iterable[Told], own: Iterable[CrisisEvent], hours: Callable[[str], Calendar], now: int
) -> tuple[Inbound, ...]:
    """Every referral that these messages tell a partner of, those that are due first. A word from the future counts when its time comes.

    `hours` says when the people of a partner are there.
    """
    about: dict[str, list[tuple[Told, Word]]] = {}
    for one in sorted(told, key=lambda one: one.at, reverse=True):
        for event in one.events:
            for word in said(event):
                about.setdefault(word.number, []).append((one, replace(word, source=one.source)))
    answers = [replace(word, source=partner) for event in own for word in said(event)]
    found = (
        _inbound(_telling(pairs, thread), thread, hours, now)
        for number, pairs in about.items()
        for thread in threads([*(word for _, word in pairs), *(word for word in answers if word.number == number)])
    )
    ready = (replace(one, ours=_ours(one, partner)) for one in found if one)
    return tuple(sorted(ready, key=_order))


def _telling(pairs: Sequence[tuple[Told, Word]], thread: Thread) -> list[Told]:
    """The messages that tell of one referral, each once."""
    about = thread.words | thread.unclear
    return list({one.name: one for one, word in pairs if word in about}.values())


def _ours(one: Inbound, partner: str) -> bool:
    """Whether this partner is to answer; where nobody is named, whoever did not ask."""
    return one.performer == partner if one.performer else one.sender != partner


def _order(one: Inbound) -> tuple[bool, int]:
    return one.over, -one.received if one.over else one.by or one.received


def _inbound(about: Sequence[Told], thread: Thread, hours: Callable[[str], Calendar], now: int) -> Inbound | None:
    known = [word for word in thread.words if word.at <= now]
    stands = standing(known)
    if stands is None or not about:
        return None
    due = promise(stands, hours(stands.performer))
    orders = ",".join(sorted(f"{word.order} {word.state}" for word in known))
    first = about[-1]
    asked = next(_referrals(about, stands.number))
    return Inbound(
        name=first.name,
        stands=stands,
        version=hashlib.sha256(orders.encode()).hexdigest()[:16],
        received=first.at,
        by=due.by if due else 0,
        sender=asked.requester or first.source,
        performer=asked.performer,
        need=_need(asked),
        told=tuple(about),
        then=due.then if due else (),
    )


def _referrals(about: Sequence[Told], number: str) -> Iterator[Referral]:
    """What was asked, as the oldest message says it that asks; an empty one where an appointment alone is known."""
    events = [event for one in reversed(about) for event in one.events]
    yield from (event.body for event in events if isinstance(event.body, Referral) and called(event) == number)
    yield Referral(number=number)


def _need(asked: Referral) -> str:
    for code in (asked.service, asked.category):
        if code:
            return code.display or (code.code or code.local).replace("_", " ")
    return "not said"


def checked(answer: Answer, one: Inbound, now: int) -> Answer:
    """The answer, if it may be given. Raises Lasting naming what is missing."""
    if answer.act not in one.acts:
        raise Lasting("Choose what to answer.")
    if answer.act in _REASONS and answer.reason not in _REASONS[answer.act]:
        raise Lasting("Choose how it ended." if answer.act == "close" else "Choose a reason.")
    if answer.act == "schedule" and answer.starts_at <= now:
        raise Lasting("Give the day and the time of the appointment, in the future.")
    return answer


def answered(answer: Answer, one: Inbound, partner: str, now: int) -> tuple[Body, ...]:
    """What an answer says to the hub: the person as this partner knows them, the referral as it stands now, perhaps an appointment."""
    act, number = ACTS[answer.act], one.stands.number
    asked = next(_referrals(one.told, number))
    person = next((e.body for t in one.told for e in t.events if isinstance(e.body, Person)), None)
    body = Referral(
        number=number,
        status=Code(code=act.status),
        business_status=Code(code=act.state),
        status_reason=Code(code=answer.reason) if answer.reason else None,
        intent=asked.intent,
        priority=asked.priority,
        service=asked.service,
        category=asked.category,
        requester=asked.requester or one.sender,
        performer=partner,
        connected=answer.reason == "connected" if answer.act == "close" else None,
    )
    booked = Appointment(
        number=f"{number}-{now}",
        status=Code(code="booked"),
        starts_at=Instant(at=answer.starts_at),
        based_on=(Identifier(value=number),),
    )
    return (*([person] if person else ()), body, *([booked] if answer.act == "schedule" else ()))
