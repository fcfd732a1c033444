"""Whom a request for care was asked of, and who speaks of it that it was never asked of.

A request names who is to take it up by whatever whoever asks calls them: a partner's id, a number of its file, a name in its
`referral.performer`. Several partners may go by one name, and each of them may answer for all. Whoever was asked may ask on. A request
that names nobody, or somebody whom no partner goes by, may be answered by anybody.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Final

import msgspec

from hub.flow.referral import CHAIN, Word, said
from hub.model.event import CrisisEvent
from hub.model.plan import Block, Task
from hub.model.service import Appointment, Referral
from hub.partners import Partner

# The partners that go by a name.
Names = Mapping[str, frozenset[str]]
NAMELESS: Final[Names] = MappingProxyType({})
KIND: Final = "referral"
_PERFORMER: Final = "referral.performer"
# Under which blocks it is remembered that a number was asked for, by whom, of whom, and who was asked by one who was asked.
_ASKED, _BY, _OF, _ON = "referral", "referral by", "referral of", "referral passed on"
_ANYBODY: Final = "*"
_encode = msgspec.json.Encoder().encode


def names(partners: Iterable[Partner]) -> Names:
    """Who goes by which name in requests, by the partner files."""
    found: dict[str, set[str]] = defaultdict(set)
    for partner in partners:
        for name in (partner.id, *_numbers(partner), *_wanted(partner)):
            found[name].add(partner.id)
    return {name: frozenset(those) for name, those in found.items()}


def _numbers(partner: Partner) -> Iterator[str]:
    for own in partner.identifiers.values():
        yield from own


def _wanted(partner: Partner) -> Iterator[str]:
    for want in partner.wants:
        for conditions in want.when:
            accepted = conditions.get(_PERFORMER)
            if isinstance(accepted, list | tuple):
                yield from map(str, accepted)


# --- when a message is planned: what earlier requests are remembered by


def sought(events: Iterable[CrisisEvent]) -> tuple[Block, ...]:
    """What must be known of earlier requests before these events can be planned."""
    words = [word for event in events if isinstance(event.body, Referral | Appointment) for word in said(event)]
    return tuple(dict.fromkeys(block for word in words for block in _sought(word)))


def _sought(word: Word) -> Iterator[Block]:
    number, source = word.number, word.source
    yield from (_block(_ASKED, number), _block(_BY, number, source), _block(_ON, number, source))
    yield from (_block(_BY, number, word.asker), *_of(number, word.asker, source), *_of(number, "", source))


def remembered(events: Iterable[CrisisEvent], called: Names, known: Collection[Block]) -> tuple[Block, ...]:
    """By what later messages know whom these events ask."""
    words = (word for event in events if isinstance(event.body, Referral) and event.body.number for word in said(event))
    return tuple(dict.fromkeys(block for word in words for block in _remembered(word, called, known)))


def _remembered(word: Word, called: Names, known: Collection[Block]) -> Iterator[Block]:
    number, source = word.number, word.source
    asked = called.get(word.performer, frozenset({_ANYBODY}))
    # Whoever was asked and repeats it asks nobody.
    if word.state != "requested" or source in asked:
        return
    yield from (_block(_ASKED, number), _block(_BY, number, source))
    passed_on = _block(_OF, number, "", source) in known
    for one in sorted(asked):
        yield from (_block(_OF, number, source, one), _block(_OF, number, "", one))
        if passed_on:
            yield _block(_ON, number, one)


def stranger(event: CrisisEvent, known: Collection[Block]) -> Word | None:
    """The word of somebody that a request was never asked of; None where it is theirs to say, or no such request is known.

    An appointment that names nobody who asked is news of its own: other systems count their orders from one as well.
    """
    if not isinstance(event.body, Referral | Appointment):
        return None
    own = isinstance(event.body, Referral)
    return next((word for word in said(event) if (own or word.asker) and not _may(word, known)), None)


def _may(word: Word, known: Collection[Block]) -> bool:
    number, source, asker = word.number, word.source, word.asker
    if word.state == "requested" or asker == source or _block(_BY, number, source) in known:
        return True
    if _block(_ON, number, source) in known:
        return True
    if _block(_BY, number, asker) in known:
        return any(block in known for block in _of(number, asker, source))
    return _block(_ASKED, number) not in known or any(block in known for block in _of(number, "", source))


def _of(number: str, asker: str, source: str) -> tuple[Block, Block]:
    return _block(_OF, number, asker, source), _block(_OF, number, asker, _ANYBODY)


def _block(name: str, *values: str) -> Block:
    return Block(name=name, values=(_encode(values).decode(),), strong=True)


def task(word: Word, about: str) -> Task:
    """What a person is asked to look at. It tells nothing of anybody."""
    words = (
        f"{word.source} said {word.state} of a request that it was never asked of. The request stands as it did, and nobody was "
        f"told. Telephone {word.source}; where it answers for whoever was asked, name it so in its partner file."
    )
    return Task(kind=KIND, about=about, words=words, role=CHAIN[0])


# --- when everything said of a number is known


def strangers(asker: str, words: Collection[Word], called: Names) -> frozenset[Word]:
    """Of the words of one number those that nobody has said whom `asker`, or one who was asked, ever asked; in any order.

    >>> asked = Word(number="7", state="requested", at=0, source="CR1", order="1", performer="B1")
    >>> said = Word(number="7", state="accepted", at=1, source="S9", order="2")
    >>> strangers("CR1", [asked, said], {"B1": frozenset({"B1"})}) == {said}
    True
    """
    opening = [word for word in words if word.source == asker and word.state == "requested"]
    if not opening or any(word.performer not in called for word in opening):
        return frozenset()
    asked = frozenset[str]().union(*(called[word.performer] for word in opening))
    while further := _asked_on(asked, words, called) - asked:
        asked |= further
    return frozenset(word for word in words if word.state != "requested" and word.source not in asked | {asker})


def _asked_on(asked: frozenset[str], words: Iterable[Word], called: Names) -> frozenset[str]:
    on = (word for word in words if word.state == "requested" and word.source in asked)
    return frozenset[str]().union(*(called.get(word.performer, frozenset()) for word in on))
