"""Consents that came with something wrong: each becomes work for a person, who sees what is wrong, where it stands, and the cure.

They are kept whatever is wrong with them. One that permits opens nothing; one that refuses is none the smaller for it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from consent.elements import lacking
from hub.contracts import Loss
from hub.flow import named
from hub.flow.standing import REFUSALS
from hub.model.consent import ConsentDirective
from hub.model.event import CrisisEvent
from hub.model.person import Person
from hub.model.plan import Task

ROLE: Final = "privacy officer"
NOBODY: Final = "nobody can tell whose it is"
# What to do about some of it; whatever else is wrong is mended by whoever sent it.
CURES: Final = {
    named.STRANGER: "Name partners by their id or by a number in their partner file, or a class of recipients.",
    NOBODY: "Send the person along with it, or file it from paper for them.",
}
CURE: Final = "Have it sent again, whole, under its number; or file it from paper: crisis-hub consent file."


def flagged(events: Sequence[CrisisEvent], flags: Iterable[Loss], source: str, journal: str) -> tuple[Task, ...]:
    """The work that the directives of a message give, or none. `flags` say where which words are wrong."""
    said = [event.body for event in events if isinstance(event.body, ConsentDirective)]
    if not said:
        return ()
    places = {flag.why: flag.path for flag in flags}
    known = any(isinstance(event.body, Person) for event in events)
    wrong = dict.fromkeys((*places, *(words for one in said for words in _wrong(one)), *(() if known else (NOBODY,))))
    if not wrong:
        return ()
    told = "; ".join(f"{words} ({places[words]})" if words in places else words for words in wrong)
    what = "refuses all that it could mean" if all(map(_refuses, said)) else "opens nothing"
    cures = dict.fromkeys((*(CURES[words] for words in wrong if words in CURES), CURE))
    words = f"A consent that came from {source} {what}: {told}. {' '.join(cures)}"
    return (Task(kind="consent", about=journal, words=words, role=ROLE),)


def _refuses(one: ConsentDirective) -> bool:
    return one.kind is not None and one.kind.code in REFUSALS


def _wrong(one: ConsentDirective) -> Iterator[str]:
    yield from one.flaws
    yield from lacking(one)
    if named.strange(one):
        yield named.STRANGER
