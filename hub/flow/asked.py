"""Whose referral a word is about: two senders may number theirs alike, and then there are two.

A number belongs to whoever asked. A word belongs to the one whom it names as having asked, or who says it, or who asked just
the partner that says it. What could be about either of two moves neither, so that no answer to one silences the other; a person
reads of it. A word of somebody that it was never asked of moves none.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from hub.flow.performers import NAMELESS, Names, strangers
from hub.flow.referral import Word
from hub.model.plan import Fact


class Thread(Fact, frozen=True):
    """The words of one referral: `asker` is who asked, empty while nobody is known to have; `unclear` may be about another one.

    `strange` are of somebody that it was never asked of.
    """

    asker: str
    words: frozenset[Word]
    unclear: frozenset[Word] = frozenset()
    strange: frozenset[Word] = frozenset()


def threads(words: Iterable[Word], called: Names = NAMELESS) -> tuple[Thread, ...]:
    """The referrals of which the words of one number tell, by who asked; one where nobody, or nobody else, did.

    `called` says which partners go by which names.

    >>> one, two = (Word(number="7", state="requested", at=0, source=s, order=s, performer="B1") for s in ("CR1", "H1"))
    >>> answer = Word(number="7", state="accepted", at=1, source="B1", order="3", asker="H1")
    >>> [(each.asker, len(each.words)) for each in threads([one, two, answer])]
    [('CR1', 1), ('H1', 2)]
    """
    known = frozenset(words)
    askers = _askers(known)
    if len(askers) <= 1:
        asker = min(askers, default="")
        return (_thread(asker, known, known, called),) if known else ()
    asked: dict[str, set[str]] = {}
    for word in known:
        if word.source in askers:
            asked.setdefault(word.performer, set()).add(word.source)
    about = {word: _about(word, askers, asked) for word in known}
    unclear = frozenset(word for word, asker in about.items() if not asker)
    mine = {asker: frozenset(word for word in known if about[word] == asker) for asker in sorted(askers)}
    found = (_thread(asker, words, known, called) for asker, words in mine.items() if words)
    return tuple(msgspec.structs.replace(one, unclear=unclear) for one in found)


def _thread(asker: str, words: frozenset[Word], known: frozenset[Word], called: Names) -> Thread:
    strange = strangers(asker, known, called) & words
    return Thread(asker=asker, words=words - strange, strange=strange)


def _askers(words: frozenset[Word]) -> frozenset[str]:
    """Who asked. Whoever was asked and repeats it, naming nobody else to do it, did not."""
    opening = [word for word in words if word.state == "requested" and word.source != word.performer]
    answering = {word.performer for word in words if word.performer != word.source}
    return frozenset(word.source for word in opening if word.performer or word.source not in answering)


def _about(word: Word, askers: frozenset[str], asked: dict[str, set[str]]) -> str:
    if word.asker in askers:
        return word.asker
    # Whoever has one of its own and names nobody speaks of its own.
    if word.source in askers:
        return word.source
    here = asked.get(word.source, set())
    return min(here) if len(here) == 1 else ""
