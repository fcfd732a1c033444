"""A C-CDA document within an HL7 v2 message (MDM, or an ED among findings): what it says beside what the message says.

The message names the person, and stays the authority on them: of the document only what is about care is added, and only where
it is plainly about the same person. The document itself is kept whole, as the message enclosed it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import msgspec

from adapters.ehr.ccda.adapter import Ccda
from hub.contracts import Reading, Received
from hub.errors import Unmapped, Unreadable
from hub.model.care import Document
from hub.model.event import event_id
from hub.model.person import Person

MARK = "ClinicalDocument"


def joined(reading: Reading, received: Received, profile: Mapping[str, str]) -> Reading:
    """The reading of a message with what the documents in it say; as it was where there is none that can be read."""
    bodies = [event.body.body for event in reading.events if isinstance(event.body, Document)]
    found = [one for text in bodies if MARK in text[:4096] for one in _read(text, received, profile)]
    same = [one for one in found if _alike(_person(reading), _person(one))]
    if not same:
        return reading
    added = [event for one in same for event in one.events if not isinstance(event.body, Person | Document)]
    count = len(reading.events)
    events = (
        msgspec.structs.replace(event, id=event_id(received.journal, count + n), source_message=reading.message_id)
        for n, event in enumerate(added)
    )
    return msgspec.structs.replace(
        reading,
        events=(*reading.events, *events),
        inherited=tuple(dict.fromkeys((*reading.inherited, *(code for one in same for code in one.inherited)))),
        unmapped_codes=(*reading.unmapped_codes, *(code for one in same for code in one.unmapped_codes)),
    )


def _read(text: str, received: Received, profile: Mapping[str, str]) -> Iterator[Reading]:
    """What a document says. One that cannot be read stays the document that the message enclosed."""
    try:
        yield Ccda(profile).read(text.encode(), received)
    except (Unreadable, Unmapped):
        return


def _person(reading: Reading) -> Person | None:
    return next((event.body for event in reading.events if isinstance(event.body, Person)), None)


def _alike(ours: Person | None, theirs: Person | None) -> bool:
    """Whether they are plainly one: born on the same day, with a family name in common."""
    if ours is None or theirs is None or ours.birth_date is None or theirs.birth_date is None:
        return False
    names = [{name.family.casefold() for name in one.names if name.family} for one in (ours, theirs)]
    return ours.birth_date.iso == theirs.birth_date.iso and bool(names[0] & names[1])
