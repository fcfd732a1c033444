"""One referral, whatever wire form tells of it: its state, and the promise that somebody acts next.

    requested ─▶ received ─▶ accepted ─▶ scheduled ─▶ arrived ─▶ completed
        │            │           │           │  ▲          │
        └────────────┴───────────┴───────────┤  └─ missed ─┘        rejected, cancelled: the end,
                                             └──────▶ missed        unless whoever asked asks again

INVARIANT: every state but the last ones has a promise. When it is not kept, a named role is told, then the next one; no
referral is silent. Words are taken in the order in which they were said, so the order of arrival does not matter; a word
that does not fit the state changes nothing and is shown to a person.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Final

from hub.flow.calendar import Calendar, after, next_open
from hub.model.event import CrisisEvent
from hub.model.plan import Fact
from hub.model.service import Appointment, Referral
from hub.model.values import Code, Instant
from hub.spans import DAY, HOUR

WEEK: Final = 7 * DAY
OVER: Final = frozenset({"completed", "rejected", "cancelled"})
# What may be asked for again.
ANEW: Final = frozenset({"rejected", "cancelled"})
_FORWARD: Final = ("requested", "received", "accepted", "scheduled", "arrived", "completed")
# Which words change which state: forward by any number of steps, and these besides.
_BESIDES: Final[dict[str, frozenset[str]]] = {
    "requested": frozenset({"rejected", "cancelled"}),
    "received": frozenset({"rejected", "cancelled"}),
    "accepted": frozenset({"rejected", "cancelled", "missed"}),
    "scheduled": frozenset({"missed", "cancelled", "rejected", "accepted"}),
    "missed": frozenset({"scheduled", "arrived", "completed", "cancelled", "rejected"}),
    "arrived": frozenset({"missed", "cancelled"}),
}
WORDS: Final[dict[str, str]] = {
    # FHIR Task.status, which BSeR, Gravity and the others speak; then what SIU and HMIS say.
    "requested": "requested", "draft": "requested", "proposed": "requested", "active": "requested",
    "received": "received", "ready": "received", "on-hold": "received",
    "accepted": "accepted", "in-progress": "accepted",
    "scheduled": "scheduled", "booked": "scheduled", "pending": "scheduled",
    "arrived": "arrived", "checked-in": "arrived",
    "completed": "completed", "fulfilled": "completed",
    "noshow": "missed", "no-show": "missed",
    "rejected": "rejected", "refused": "rejected", "declined": "rejected", "failed": "rejected",
    "cancelled": "cancelled", "revoked": "cancelled", "entered-in-error": "cancelled",
}  # fmt: skip
URGENT: Final = frozenset({"urgent", "asap", "stat"})
CHAIN: Final = ("supervisor", "county lead")


class Word(Fact, frozen=True):
    """One word about one referral: what was said, when (UTC microseconds), by whom; and a time the word is about, or 0.

    `asker` is whom it names as having asked, if anybody.
    """

    number: str
    state: str
    at: int
    source: str
    order: str
    urgent: bool = False
    due: int = 0
    performer: str = ""
    reason: str = ""
    asker: str = ""


class Standing(Fact, frozen=True):
    """How a referral stands since when. `odd` are words that did not fit, as (state, word); `due` is an appointment, or 0."""

    number: str
    state: str
    since: int
    urgent: bool = False
    due: int = 0
    performer: str = ""
    reason: str = ""
    odd: tuple[tuple[str, str], ...] = ()


class Promise(Fact, frozen=True):
    """What must happen by when, and who hears of it otherwise: the first role then, the next one later."""

    words: str
    by: int
    then: tuple[tuple[int, str], ...]


def said(event: CrisisEvent) -> Iterator[Word]:
    """The words that an event tells. An appointment speaks of the referral it is based on."""
    body = event.body
    at = event.occurred_at.at if event.occurred_at else event.recorded_at
    if isinstance(body, Referral):
        codes = [_code(body.business_status), _code(body.status)]
        state = next((WORDS[code] for code in codes if code in WORDS), "requested")
        yield Word(
            number=called(event), state=state, at=at, source=event.source, order=event.id,
            urgent=_code(body.priority) in URGENT, performer=body.performer, due=_at(body.due_at),
            reason=_code(body.status_reason), asker=body.requester,
        )  # fmt: skip
    elif isinstance(body, Appointment) and (state := WORDS.get(_code(body.status), "scheduled")):
        for based in body.based_on:
            mine = "missed" if state == "cancelled" else state
            # Some forms date it by when it is to be: it was booked, at the latest, when that was said.
            yield Word(
                number=based.value,
                state=mine,
                at=min(at, event.recorded_at),
                source=event.source,
                order=event.id,
                due=_at(body.starts_at),
                asker=based.assigner,
            )


def called(event: CrisisEvent) -> str:
    """What a referral is called: by its number, or, where its sender gives none, by the hub's id of what told of it.

    Nobody can answer one without a number, so its promise is broken before long, and a person hears of it.
    """
    return event.body.number or event.id if isinstance(event.body, Referral) else ""


def _code(code: Code | None) -> str:
    return (code.code or code.local).lower() if code else ""


def _at(instant: Instant | None) -> int:
    return instant.at if instant else 0


def standing(words: Iterable[Word]) -> Standing | None:
    """How a referral stands after these words, in whatever order they came; None without a word."""
    found: Standing | None = None
    for word in sorted(set(words), key=_order):
        found = _next(found, word)
    return found


def _order(word: Word) -> tuple[int, int, str]:
    rank = _FORWARD.index(word.state) if word.state in _FORWARD else len(_FORWARD)
    return word.at, rank, word.order


def _next(before: Standing | None, word: Word) -> Standing:
    if before is None:
        return Standing(
            number=word.number, state=word.state, since=word.at, urgent=word.urgent, due=word.due,
            performer=word.performer, reason=word.reason,
        )  # fmt: skip
    moves = fits(before.state, word.state) or _anew(before, word)
    odd = before.odd if moves or word.state == before.state else (*before.odd, (before.state, word.state))
    return Standing(
        number=before.number,
        state=word.state if moves else before.state,
        since=word.at if moves else before.since,
        urgent=before.urgent or word.urgent,
        due=word.due if word.due and (moves or word.state == before.state) else before.due,
        performer=word.performer or before.performer,
        reason=word.reason if moves else before.reason,
        odd=odd,
    )


def _anew(before: Standing, word: Word) -> bool:
    """Whether somebody is asked again, under the same number, for what came to nothing. Whoever was asked and repeats it asks nobody."""
    ended = before.state in ANEW and word.state == "requested" and word.at > before.since
    return ended and word.source not in (word.performer, before.performer)


def fits(state: str, word: str) -> bool:
    """Whether a word changes a state: forward, or one of the ways beside.

    >>> fits("requested", "scheduled"), fits("completed", "cancelled"), fits("accepted", "received")
    (True, False, False)
    """
    if state in OVER:
        return False
    if word in _BESIDES.get(state, ()):
        return True
    return state in _FORWARD and word in _FORWARD and _FORWARD.index(word) > _FORWARD.index(state)


def promise(referral: Standing, calendar: Calendar, told: Calendar | None = None) -> Promise | None:
    """The promise that stands: by when somebody acts, and who hears otherwise. None once it is over.

    Urgent ones count every hour and page at any time. Routine ones count the working hours of whoever was asked (`calendar`),
    and page in those of whoever is `told`: never at night, though the one asked be there around the clock.
    """
    if referral.state in OVER:
        return None
    words, urgent_h, routine_h = _PROMISES[referral.state]
    begins = max(referral.since, referral.due) if referral.state == "scheduled" else referral.since
    if referral.urgent:
        by = begins + urgent_h * HOUR
        return Promise(words=words, by=by, then=((by, CHAIN[0]), (by + 2 * HOUR, CHAIN[1])))
    by, people = after(begins, routine_h, calendar), told or calendar
    return Promise(
        words=words,
        by=by,
        then=((next_open(by, people), CHAIN[0]), (next_open(after(by, 9, people), people), CHAIN[1])),
    )


# What must happen next, within so many hours when urgent, and within so many working hours (nine a day) when routine.
_PROMISES: Final[dict[str, tuple[str, int, int]]] = {
    "requested": ("Nobody has taken up this referral.", 4, 18),
    "received": ("Nobody has accepted or declined this referral.", 4, 18),
    "accepted": ("No appointment was made.", 24, 45),
    "scheduled": ("Nobody said whether the appointment was kept.", 24, 18),
    "missed": ("The appointment was missed, and no other was made.", 4, 18),
    "arrived": ("Nobody said how it ended.", 72, 90),
}


def overdue(
    referral: Standing, calendar: Calendar, now: int, told: Calendar | None = None
) -> tuple[tuple[int, str, str], ...]:
    """Who was to hear by now that the promise is not kept: when, which role, and in which words."""
    stands = promise(referral, calendar, told)
    if stands is None:
        return ()
    return tuple((at, role, stands.words) for at, role in stands.then if at <= now)


def reminded(
    referral: Standing, calendar: Calendar, now: int, told: Calendar | None = None
) -> tuple[tuple[int, str, str], ...]:
    """The last role hears of it again each week until it ends: the newest such time by now, where there was one.

    What was told late is told once, and not once for each week that passed.
    """
    stands = promise(referral, calendar, told)
    if stands is None:
        return ()
    first, role = stands.then[-1]
    people = None if referral.urgent else told or calendar
    weeks = (first + week * WEEK for week in range((now - first) // WEEK, 0, -1))
    times = (next_open(at, people) if people else at for at in weeks)
    return tuple((at, role, stands.words) for at in islice((at for at in times if at <= now), 1))


# A referral that speaks of this long ago is nobody's any more.
REMEMBERED: Final = 180 * DAY
