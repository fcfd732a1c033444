"""What the law demands whether or not anybody asked: who must be told, by when, and whether a delivery does it.

A duty that a delivery discharges gives that delivery its deadline; one that nobody's delivery discharges is work for a person,
and an alarm when it is not done by then. Nothing here opens a record: what may be told is decided like everything else.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from consent.engine import RuleSet
from consent.obligation import obligations
from consent.vocabulary import vocabulary
from hub.flow.question import DISCHARGED, Asked, facts
from hub.model.decision import Decision, Duty
from hub.model.label import Label
from hub.model.plan import Task
from hub.spans import DAY, MINUTE

KIND: Final = "duty"
ROLE: Final = "supervisor"
# What must be told at once is looked after when it was not told within these minutes.
AT_ONCE: Final = 5 * MINUTE
# What went to avert a threat is recorded and reviewed within these days; the accounting is the ledger itself.
AFTERWARDS: Final = 3 * DAY
# Who reviews what a crisis line gave away.
REVIEW: Final = "SUPERVISOR_REVIEW"


def arising(
    rules: RuleSet, say: Mapping[str, str], labels: tuple[Label, ...], decisions: Iterable[Decision], as_of: int
) -> tuple[Duty, ...]:
    """The duties of one message: those of its own circumstances, and those of the purposes it is asked for; by rule."""
    own = rules.duties(facts(say), labels, as_of)
    found = {duty.rule: duty for duty in (*own, *(duty for one in decisions for duty in one.duties))}
    return tuple(found[name] for name in sorted(found))


def due(duty: Duty, as_of: int) -> int:
    """By when it must be done, UTC microseconds."""
    return as_of + (duty.within or AT_ONCE)


def deadline(duties: Iterable[Duty], recipient: str, as_of: int) -> int | None:
    """By when a recipient of this class must have been told; None where no duty names it."""
    return min((due(duty, as_of) for duty in duties if recipient in duty.tell), default=None)


def discharged(rules: RuleSet, asked: Asked, labels: tuple[Label, ...], recipient: str) -> tuple[Duty, ...]:
    """The duties that a delivery to a recipient of this class did, by the question it was decided by."""
    found = rules.duties(facts(asked.facts), labels, asked.as_of)
    return tuple(duty for duty in found if recipient in duty.tell)


def undone(duties: Iterable[Duty], recipient: str, journal: str, now: int) -> Task:
    """Work for whoever must see to duties whose delivery was ended unsent. It says nothing of why, nor that it may be sent."""
    law = " ".join(f"{duty.words} ({duty.citation})." for duty in duties)
    whom = vocabulary().say("recipient", recipient)
    said = f"{law} What would have told {whom} was ended before it was delivered: see whether they must still be told."
    return Task(kind=KIND, about=journal, words=said, role=ROLE, due_at=now)


def tasks(duties: Iterable[Duty], told: frozenset[str], journal: str, as_of: int) -> Iterator[Task]:
    """Work for every duty that some class in it is not told of by a delivery. `told` are the classes that are."""
    for duty in duties:
        if left := [one for one in duty.tell if one not in told]:
            words = vocabulary()
            whom = " and ".join(words.say("recipient", one) for one in left)
            said = f"{duty.words} ({duty.citation}). The hub tells {whom} nothing: see to it that they are told."
            yield Task(kind=KIND, about=journal, words=said, role=ROLE, due_at=due(duty, as_of))


def afterwards(sent: Iterable[tuple[str, Decision]], journal: str, as_of: int) -> Iterator[Task]:
    """Work for what is owed after something went to avert a threat: the basis is recorded, and where it must be, reviewed.

    `sent` are the decisions that let something through, each with the class of its recipient.
    """
    went = [(kind, one) for kind, one in sent if one.purpose == URGENT and one.permits]
    owed = sorted({name for _, one in went for name in one.obligations} - DISCHARGED)
    if not owed:
        return
    words = vocabulary()
    whom = " and ".join(sorted({words.say("recipient", kind) for kind, _ in went}))
    law = "; ".join(f"{obligations()[name].words} ({obligations()[name].citation})" for name in owed)
    said = f"Something went to {whom} to avert a threat. Still to do: {law}."
    role = f"988 {ROLE}" if REVIEW in owed else ROLE
    yield Task(kind=KIND, about=journal, words=said, role=role, due_at=as_of + AFTERWARDS)


# The purpose for which records are made and reviewed afterwards.
URGENT: Final = "AVERT_THREAT"
