"""What else a partner calls somebody: a decision of its own about each further id that it was given of the same person.

A partner knows people by pseudonyms of source identities. Where two of them turn out to be one person, it may be told so
only of ids that it has seen, and only while it may be told of the one record who that is, for the purpose of the other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import msgspec

from hub.flow.leaf import leaf
from hub.flow.plan import House
from hub.flow.question import again, decode
from hub.model.consent import ConsentDirective
from hub.model.decision import Decision
from hub.model.entry import Kind, LedgerEntry
from hub.model.person import Person
from hub.model.registry import BIT, root
from hub.partners import Partner
from hub.store.asking.recalls import Past

# What it takes to be told by which numbers somebody is known.
NUMBERS: Final = BIT["person.identifiers.value"]
PERSON: Final = root(Person)
Allowed = Callable[[str], Sequence[ConsentDirective]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Alias:
    """A further id of the partner's own for somebody, the source identity behind it, and the entry that tells of the telling."""

    id: str
    identity: str
    entry: LedgerEntry


def named(granted: Sequence[int]) -> bool:
    """Whether anything granted tells by which numbers the person is known.

    >>> named((0, NUMBERS)), named((BIT["person.ssn"],))
    (True, False)
    """
    return any(bits & NUMBERS for bits in granted)


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """One delivery to a partner, by the question that was asked about it, as of `at` (UTC microseconds)."""

    house: House
    partner: Partner
    question: bytes
    at: int

    def aliases(self, earlier: Iterable[Past], allowed: Allowed, name: Callable[[str], str]) -> tuple[Alias, ...]:
        """The further ids that may stand in it, of what the partner got `earlier`."""
        found = ((past, self.decided(past, allowed(past.identity))) for past in earlier)
        return tuple(
            Alias(id=name(past.identity), identity=past.identity, entry=self._entry(past, decision))
            for past, decision in found
            if decision is not None
        )

    def decided(self, past: Past, said: Sequence[ConsentDirective]) -> Decision | None:
        """The permit to tell, for this purpose and in these circumstances, who an earlier record is about.

        None where there is none, or where the earlier delivery was recalled, or told of no person.
        """
        labels = tuple(label for label, body in zip(past.labels, past.bodies, strict=True) if body == PERSON)
        if past.recalled or not labels:
            return None
        asked = decode(self.question)
        # What the hub is to whoever the record came from, that record says. Who somebody is counts as of now.
        facts = asked.facts | {"capacity": decode(past.question).facts["capacity"]}
        now = ((self.at, self.at),) * len(labels)
        anew = again(
            msgspec.structs.replace(asked, facts=facts), self.partner, said,
            source=past.source, as_of=self.at, labels=labels, told=now,
        )  # fmt: skip
        decision = self.house.decide(anew, self.partner, labels, (PERSON,) * len(labels), self.at)
        return decision if all(bits & NUMBERS for bits in decision.granted) else None

    def _entry(self, past: Past, decision: Decision) -> LedgerEntry:
        """It names the message by which the partner knows them, and never the other one: the link may prove wrong."""
        told = msgspec.structs.replace(decision, granted=(NUMBERS,))
        people = (past.identity,)
        return leaf(Kind.LINK, self.partner, (told,), self.at, people=people, journal=past.journal, outcome="alias")
