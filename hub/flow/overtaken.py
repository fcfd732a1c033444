"""What a later version of a record says of the earlier one: that a court sealed it, or that a caller takes permission back.

A version that waits for its delivery, or is asked for, is told as of now: 34 USC 11133 and state sealing law, 988 Lifeline
policy (linkage with the caller's consent). What was told before is work for people.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final, Literal

from hub.flow.circumstances import juvenile
from hub.model.crisis import CrisisContact
from hub.model.decision import Reason
from hub.model.event import CrisisEvent
from hub.model.person import Person
from hub.model.public_safety import FieldContact

Change = Literal["sealed", "withdrawn"]
Events = tuple[CrisisEvent, ...]
SEALED: Final = Reason(
    rule="sealed",
    effect="sealed",
    citation="state juvenile and sealing law; 34 USC 11133",
    words="A later version of the record is sealed, or a juvenile's.",
)


def concerned(events: Events) -> bool:
    """Whether anything that is told later could bear on whether this may be told."""
    return any(isinstance(e.body, FieldContact) or _permitted(e.body) for e in events)


def overtaken(events: Events, later: Sequence[Events]) -> frozenset[Change]:
    """What the later messages, the oldest first, say of the records in this one. Of permissions the last word counts."""
    found: set[Change] = set()
    for event in events:
        match event.body:
            case FieldContact() as record if any(_sealed(record, told) for told in later):
                found.add("sealed")
            case CrisisContact() as contact if contact.shared_by_permission:
                said = [one.shared_by_permission for one in _contacts(later) if _same_contact(one, contact)]
                if next((word for word in reversed(said) if word is not None), True) is False:
                    found.add("withdrawn")
    return frozenset(found)


def _permitted(body: object) -> bool:
    return isinstance(body, CrisisContact) and bool(body.shared_by_permission)


def _contacts(later: Iterable[Events]) -> list[CrisisContact]:
    return [event.body for told in later for event in told if isinstance(event.body, CrisisContact)]


def _same_contact(one: CrisisContact, other: CrisisContact) -> bool:
    return bool(one.contact) and (one.contact, one.center) == (other.contact, other.center)


def _sealed(record: FieldContact, told: Events) -> bool:
    """Whether a message tells the very record as sealed, or as a juvenile's."""
    person = next((event.body for event in told if isinstance(event.body, Person)), None)
    versions = (event.body for event in told if isinstance(event.body, FieldContact))
    return any(_same_record(one, record) and (one.sealed or juvenile(one, person)) for one in versions)


def _same_record(one: FieldContact, other: FieldContact) -> bool:
    """By the number of the record; by that of its case where either has none of its own."""
    if one.number and other.number:
        return one.number == other.number
    return bool(one.case_number) and one.case_number == other.case_number
