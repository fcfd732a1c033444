"""How far one message is: at each partner that was to receive it, and with each element that it said; no value, no partner's words."""

from __future__ import annotations

import msgspec

from hub.app.asking.look import Look
from hub.app.formats.losses import account
from hub.contracts import Outcome
from hub.errors import KeyUnavailable
from hub.store.asking.journal import Journal, Message
from hub.store.asking.timeline import Attempt, Delivered

# A delivery that nobody needs to think of any more.
SETTLED = ("delivered", "cancelled")


class Try(msgspec.Struct, frozen=True, kw_only=True):
    """One attempt: from when until when (UTC microseconds, 0 while there is no answer), and how it ended."""

    at: int
    until: int = 0
    outcome: str = ""
    code: str = ""


class Course(msgspec.Struct, frozen=True, kw_only=True):
    """One delivery: to whom, for which interest, how it stands, when it is due next, and its attempts."""

    partner: str
    interest: str
    state: str
    due_at: int
    tries: tuple[Try, ...] = ()


class Progress(msgspec.Struct, frozen=True, kw_only=True):
    """All deliveries of a message, and what became of its elements in five counts; none where it cannot be read again."""

    courses: tuple[Course, ...]
    counts: dict[Outcome, int]

    @property
    def settled(self) -> int:
        """How many deliveries are done with."""
        return sum(one.state in SETTLED for one in self.courses)

    @property
    def elements(self) -> int:
        """How many elements it has."""
        return sum(self.counts.values())


def progress(look: Look, message: Message) -> Progress:
    """How far a message is. What was destroyed is not there."""
    with look.journal() as journal:
        courses = _courses(journal, message)
        read = account(look, journal, message) if message.partner in look.known.senders else None
    return Progress(courses=courses, counts=read.counts() if read else {})


def _courses(journal: Journal, message: Message) -> tuple[Course, ...]:
    try:
        return tuple(map(_course, journal.timeline(message.journal)))
    except KeyUnavailable:
        return ()


def _course(row: Delivered) -> Course:
    tries = tuple(map(_try, row.attempts))
    return Course(partner=row.destination, interest=row.interest, state=row.state, due_at=row.due_at, tries=tries)


def _try(one: Attempt) -> Try:
    return Try(at=one.at, until=one.outcome_at, outcome=one.outcome, code=one.code)
