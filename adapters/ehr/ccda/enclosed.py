"""A C-CDA document within an HL7 v2 message (MDM, or an ED among findings): what it says beside what the message says.

The message names the person, and stays the authority on them: of the document only what is about care is added, and only where
it is plainly about the same person. The document itself is kept whole, as the message enclosed it; how confidential it says that
it is binds whoever has it, also where nothing else of it is read.
"""

from __future__ import annotations

import re
from base64 import b64decode
from collections.abc import Iterator, Mapping
from typing import Final

import msgspec

from adapters.ehr.ccda.adapter import Ccda
from hub.contracts import Reading, Received
from hub.errors import Unmapped, Unreadable
from hub.lens.conversions import ENCLOSED
from hub.model.care import Document
from hub.model.event import event_id
from hub.model.person import Person

MARK: Final = b"ClinicalDocument"
# Looked for in the text, so that a document that is no XML, or is about two, binds too. Nothing is looked at twice:
# whoever reads holds up everybody else.
LABEL: Final = re.compile(rb"""<(?:[\w.-]++:)?+confidentialityCode\b([^>]*+)""")
CODE: Final = re.compile(rb"""\scode\s*+=\s*+["']([^"'<]*+)["']""")


def joined(reading: Reading, received: Received, profile: Mapping[str, str]) -> Reading:
    """The reading of a message with what the documents in it say; as it was where there is none that can be read."""
    bodies = [_bytes(event.body.body) for event in reading.events if isinstance(event.body, Document)]
    plain = {body: body.replace(b"\0", b"") for body in bodies}
    wholes = [body for body in bodies if MARK in plain[body]]
    if not wholes:
        return reading
    found = [one for body in wholes for one in _read(body, received, profile)]
    labels = (code for body in wholes for code in labels_in(plain[body]))
    same = [one for one in found if _alike(_person(reading), _person(one))]
    added = [event for one in same for event in one.events if not isinstance(event.body, Person | Document)]
    count = len(reading.events)
    events = (
        msgspec.structs.replace(event, id=event_id(received.journal, count + n), source_message=reading.message_id)
        for n, event in enumerate(added)
    )
    return msgspec.structs.replace(
        reading,
        events=(*reading.events, *events),
        inherited=tuple(dict.fromkeys((*reading.inherited, *labels))),
        unmapped_codes=(*reading.unmapped_codes, *(code for one in same for code in one.unmapped_codes)),
    )


def labels_in(document: bytes) -> Iterator[str]:
    """The codes of every label in a document, whether it can be read or not.

    >>> list(labels_in(b"<confidentialityCode code=' R ' nullFlavor='NI'/> <h:confidentialityCode code='V"))
    ['R']
    """
    for inside in LABEL.findall(document):
        yield from (code.strip().decode("ascii", "replace") for code in CODE.findall(inside))


def _bytes(text: str) -> bytes:
    """What was enclosed; what is no UTF-8 is kept packed."""
    try:
        return b64decode(text.removeprefix(ENCLOSED), validate=True) if text.startswith(ENCLOSED) else text.encode()
    except ValueError:
        return text.encode()


def _read(body: bytes, received: Received, profile: Mapping[str, str]) -> Iterator[Reading]:
    """What a document says. One that cannot be read stays the document that the message enclosed."""
    try:
        yield Ccda(profile).read(body, received)
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
