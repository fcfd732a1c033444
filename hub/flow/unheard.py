"""What does not reach whoever waits for it: an answer to what they asked, or that what they were told is over.

A person is told, so that nothing ends in silence for them.
"""

from __future__ import annotations

from collections.abc import Collection, Container, Iterable, Iterator
from typing import Final, NamedTuple

from hub.flow.performers import Names
from hub.flow.referral import CHAIN, WEEK, Word, said
from hub.model.event import CrisisEvent
from hub.model.plan import Task
from hub.model.service import Referral

KIND: Final = "referral"
# What ends a request without care.
_ENDS: Final = frozenset({"rejected", "cancelled"})
# Who asks for care awaits its answer; whoever else asks, as police, gets the one bit of a release or nothing.
CARE: Final = frozenset({"TREAT", "ETREAT", "COC", "TRANSFER"})
# Whoever sends people out for it must know that they need not go.
AT_ONCE: Final = frozenset({"AVERT_THREAT", "DISPATCH"})


class Verdict(NamedTuple):
    """Whether a partner may hear something of a message, for a purpose; it is `over` where they were told of it before."""

    partner: str
    purpose: str
    permits: bool
    over: bool = False


def unheard(
    events: Iterable[CrisisEvent], verdicts: Iterable[Verdict], journal: str, partners: Container[str] = ()
) -> Iterator[Task]:
    """The work that it gives when nothing reaches whoever waits for it, of these partners. Its words tell nothing of anybody."""
    found = tuple(verdicts)
    yield from _unwanted(events, {one.partner for one in found}, journal, partners)
    heard = {one.partner for one in found if one.permits}
    refused = {one.partner for one in found if not one.permits and one.purpose in CARE}
    if refused - heard:
        yield from _unanswered(events, refused - heard, journal)
    left = {one.partner for one in found if one.over and one.purpose in CARE | AT_ONCE}
    for partner in sorted(left - heard):
        words = (
            f"{partner} was told of this, it is over for them, and the rules let nothing of that reach {partner}: they go on "
            "counting on it. Telephone; crisis-hub why, asked of this message, says which rule it is."
        )
        yield Task(kind=KIND, about=journal, words=words, role=CHAIN[0])


def unreached(
    events: Iterable[CrisisEvent], told: Collection[str], called: Names, journal: str, now: int
) -> Iterator[Task]:
    """The work that a request of the last week gives that reaches nobody it asks: whoever sent it believes that help comes.

    `told` are the partners about whom anything was decided; what the rules then withhold is said to whoever asked.
    """
    asks = (
        word
        for event in events
        if isinstance(event.body, Referral) and called and not _proposed(event.body)
        for word in said(event)
    )
    sources = {word.source for word in asks if now - word.at < WEEK and _lost(word, told, called)}
    for source in sorted(sources):
        words = (
            f"{source} asked for care, and it reaches nobody: whom it asks goes by no name of a partner here, or that partner wants "
            f"no requests by its file. Nobody will come. Telephone {source}, and see that somebody is asked."
        )
        yield Task(kind=KIND, about=journal, words=words, role=CHAIN[0])


def _lost(word: Word, told: Collection[str], called: Names) -> bool:
    asked = called.get(word.performer, frozenset())
    if word.state != "requested" or word.source in asked:
        return False
    return asked.isdisjoint(told) if asked else not told


def _proposed(body: Referral) -> bool:
    return body.intent is not None and body.intent.code == "proposal"


def _unwanted(events: Iterable[CrisisEvent], heard: set[str], journal: str, partners: Container[str]) -> Iterator[Task]:
    """A request that came to nothing has no promise any more: where its sender's file lets no answer in, nobody would know."""
    ends = [word for event in events for word in said(event) if word.state in _ENDS and word.source != word.asker]
    silent = {(one.source, one.asker) for one in ends if one.asker in partners and one.asker not in heard}
    for source, asker in sorted(silent):
        words = (
            f"{source} ended a request of {asker}, and nothing that {asker} wants by its partner file is an answer: it has heard "
            "nothing, and nobody takes the request up. See to it. An interest in referral.requester would let it hear."
        )
        yield Task(kind=KIND, about=journal, words=words, role=CHAIN[0])


def _unanswered(events: Iterable[CrisisEvent], refused: set[str], journal: str) -> Iterator[Task]:
    answers = (word for event in events for word in said(event) if word.state != "requested")
    for source, asker in sorted({(one.source, one.asker) for one in answers if one.asker in refused}):
        words = (
            f"{source} answered a request of {asker}, and the rules let nothing of the answer reach it: it has heard nothing. "
            "Telephone; crisis-hub why, asked of this message, says which consent it takes."
        )
        yield Task(kind=KIND, about=journal, words=words, role=CHAIN[0])
