"""Which elements of a message a decision lets through, and which rules settled those: paths of the model, never values."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from typing import Final

import msgspec
from msgspec.structs import replace

from hub.lens.losses import leaves
from hub.model.decision import Decision, Reason
from hub.model.event import CrisisEvent
from hub.model.label import Label
from hub.model.registry import BIT, FIELDS

_NUMBER: Final = re.compile(r"\[\d+\]")
_CATEGORY: Final = {field.path: field.category for field in FIELDS}


class Elements(msgspec.Struct, frozen=True, kw_only=True):
    """How often each path is filled in what is sent and in what is withheld."""

    sent: dict[str, int]
    withheld: dict[str, int]

    @property
    def counts(self) -> tuple[int, int]:
        """How many elements are sent, and how many withheld."""
        return sum(self.sent.values()), sum(self.withheld.values())


def elements(events: Sequence[CrisisEvent], granted: Sequence[int]) -> Elements:
    """The filled elements of some events, by whether their paths are granted, event by event.

    >>> from hub.model.person import Person
    >>> event = CrisisEvent(id="e", body=Person(ssn="1", birth_place="Mesa"), source="H1", recorded_at=0)
    >>> elements([event], [BIT["person.ssn"]])
    Elements(sent={'person.ssn': 1}, withheld={'person.birth_place': 1})
    """
    found: tuple[Counter[str], Counter[str]] = (Counter(), Counter())
    for event, bits in zip(events, granted, strict=True):
        for path in _filled(event):
            found[0 if bits & BIT[path] else 1][path] += 1
    return Elements(sent=dict(found[0]), withheld=dict(found[1]))


def filled(decision: Decision, events: Sequence[CrisisEvent], labels: Sequence[Label]) -> Decision:
    """The decision with the reasons that settled what this message says; those about what it leaves empty are left out."""
    kinds: tuple[set[str], set[str]] = (set(), set())
    for event, label, bits in zip(events, labels, decision.granted, strict=True):
        for path in _filled(event):
            kinds[0 if bits & BIT[path] else 1].update(_kinds(path, label))
    return replace(decision, because=_about(decision.because, kinds[0]), withheld=_about(decision.withheld, kinds[1]))


def _filled(event: CrisisEvent) -> Iterator[str]:
    return (_NUMBER.sub("", path) for path, _ in leaves([event]))


def _kinds(path: str, label: Label) -> Iterator[str]:
    """What an element is about: as declared, and as its label has it."""
    declared = _CATEGORY[path]
    yield declared.value
    yield from (target.value for source, target in label.recast if source is declared)


def _about(reasons: Sequence[Reason], kinds: Collection[str]) -> tuple[Reason, ...]:
    return tuple(reason for reason in reasons if not reason.category or reason.category in kinds)
