"""HL7 v2 between hospitals and the hub, both ways: admissions and all that follows, referrals, schedules, results, documents.

`hl7v2_kinds` says which message events become, `hl7v2_frame` what stands around what the lenses write.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache, partial
from pathlib import Path
from typing import Any, Final

import msgspec

import mappings
from adapters.ehr import hl7v2_consent
from adapters.ehr.ccda import enclosed
from adapters.ehr.hl7v2_frame import VERSION, complete, header, labels, ordered, spelled
from adapters.ehr.hl7v2_kinds import kind_of
from adapters.ehr.hl7v2_versions import fitting
from adapters.wire import hl7v2 as wire
from adapters.wire.hl7v2.message import Message
from adapters.wire.hl7v2_lens import HL7V2, Root, root, united
from hub.contracts import Losses, Reading, Received, Target, Writing
from hub.errors import Unmapped, Unreadable
from hub.lens.load import load
from hub.lens.losses import kept
from hub.lens.times import write_compact
from hub.lens.translate import Translator
from hub.model.disclosure import Disclosure
from hub.model.event import CrisisEvent
from hub.model.person import Person
from hub.model.service import Transport
from hub.model.values import Identifier, Instant

HOME = Path(mappings.__file__).parent
DEFAULT = HOME / "ehr" / "hl7v2" / "set.yaml"
# The table that says what each trigger event of ADT does to the census.
TRIGGERS = "adt_trigger"
# Messages in which one person follows the other: PID opens the next one's part.
SHARED = ("MSH", "SFT", "UAC", "EVN")
# Messages that say with two PID that both are one person, or are not.
ONE_PERSON = ("ADT^A24", "ADT^A37")
# By what bytes that are not HL7 v2 can be told to hold a consent.
CONSENT: Final = re.compile(rb"[\r\n]CON\W")
WHOLE: Final = "Have it sent again, whole; what it refuses is not known until then: ask, and file that from paper."


class Hl7v2:
    """One partner's HL7 v2. The profile may name `mapping` (its own lens set), `version`, `charset` and its names in MSH."""

    name = "hl7v2"
    media_type = "application/hl7-v2"

    def __init__(self, profile: Mapping[str, str] | None = None) -> None:
        """Compile the partner's lenses. Raises Misconfigured naming file and line."""
        self.profile = dict(profile or {})
        self.translator = translator(self.profile.get("mapping", ""))
        table = self.translator.lenses.tables.get(TRIGGERS)
        self.triggers = frozenset(row.wire for row in table.rows) if table else frozenset()

    def recognises(self, body: bytes) -> bool:
        """Whether it begins with MSH, FHS or BHS."""
        return wire.looks_like(body) or body.lstrip()[:3] in (b"FHS", b"BHS")

    def split(self, body: bytes) -> Iterable[bytes]:
        """Each message of a batch, and of a message about several persons each person's part."""
        for piece in wire.split_batch(body):
            yield from _persons(piece, self.profile.get("charset", "")) if _opens(piece, b"PID") > 1 else (piece,)

    def read(self, body: bytes, received: Received) -> Reading:
        """The events of one message. Raises Unreadable (not HL7 v2) or Unmapped (kept, parked)."""
        charset = received.charset or self.profile.get("charset", "")
        message = _message(body, charset)
        kind = message.kind
        if "^" not in kind and (trigger := message.value("EVN", 1)):
            kind = f"{kind}^{trigger}"  # versions before 2.3.1 name it there
        again = partial(_root, body, charset)
        careful = b'""' in body
        found = self.translator.reading(root(message), kind, message.control_id, received, careful=careful, again=again)
        if b"ED" in body:
            found = enclosed.joined(found, received, {"mapping": self.profile.get("ccda", "")})
        if b"CON" in body:
            found = hl7v2_consent.joined(found, message, received)
        family, _, trigger = kind.partition("^")
        if family != "ADT" or trigger in self.triggers or not self.triggers:
            return found
        # Nobody knows what it does to the census: a work item, answered by a line in the table.
        return msgspec.structs.replace(found, unmapped_codes=(*found.unmapped_codes, (TRIGGERS, trigger)))

    def write(self, disclosure: Disclosure, target: Target) -> Writing:
        """What a Disclosure says, as a message of the version that the partner takes. Raises Unmapped."""
        if any(isinstance(e.body, Transport) for e in disclosure.events):
            raise Unmapped(
                "HL7 v2 has no message that asks for a ride.", at=self.name, cure="Let the partner take it as FHIR."
            )
        options = {"version": VERSION} | self.profile | dict(target.options)
        events = addressed(disclosure.events, target.person_id, options.get("assigner", "CRISISHUB"), target.aliases)
        kind = options.get("kind") or kind_of(events)
        now = write_compact(Instant(at=target.at), target.zone)
        parts = self.translator.write(events, kind, target.zone, {"now": now, "kind": kind}, target.at)
        consents = hl7v2_consent.written((event.body for event in events), target.zone)
        pieces = (
            complete(fitting(united(parts), options["version"]), kind, now)
            + consents
            + labels(disclosure.handling, options["version"])
        )
        head = header(kind, now, target.message_id, disclosure.handling, options)
        body = spelled(head, ordered(pieces, self.translator.lenses.order, kind), options.get("charset", ""))
        back = Received(journal="", partner=target.partner, as_of=target.at, zone=target.zone)
        return Writing(body=body, media_type=self.media_type, kind=kind, losses=partial(self._kept, events, body, back))

    def _kept(self, events: Sequence[CrisisEvent], body: bytes, back: Received) -> Losses:
        return kept(events, self.read(body, back).events)


def _message(body: bytes, charset: str) -> Message:
    """The message in some bytes. Raises Unreadable, or Unmapped where there is a consent in it: that is kept, however broken."""
    try:
        return wire.read(body, charset=charset)
    except Unreadable as broken:
        if not CONSENT.search(body):
            raise
        raise Unmapped(
            f"a message with a consent cannot be read, and opens nothing: {broken.message}",
            at=broken.at,
            cure=broken.cure or WHOLE,
        ) from broken


def _root(body: bytes, charset: str) -> Root:
    return root(wire.read(body, charset=charset))


@lru_cache(maxsize=256)
def translator(mapping: str) -> Translator:
    """The compiled lenses of a partner's mapping file, or the common ones. Partners with the same file share them."""
    return Translator(load(Path(mapping) if mapping else DEFAULT, home=HOME), HL7V2)


# -- what is written


def addressed(
    events: Sequence[CrisisEvent], person_id: str, assigner: str, aliases: Sequence[str] = ()
) -> tuple[CrisisEvent, ...]:
    """The events, the person among them known by the recipient's own id; without a person one who has only that id.

    `aliases` stand last: as PID-3 has it, every repetition is a number of one and the same person.
    """
    if not person_id:
        return tuple(events)
    known, *further = (Identifier(value=one, assigner=assigner, type="PI") for one in (person_id, *aliases))
    first = next((event for event in events if isinstance(event.body, Person)), None)
    if first is None or not isinstance(first.body, Person):
        at = events[0].recorded_at if events else 0
        anonymous = CrisisEvent(id="", body=Person(identifiers=(known,)), source="", recorded_at=at)
        return (anonymous, *events)
    body = msgspec.structs.replace(first.body, identifiers=(known, *first.body.identifiers, *further))
    return tuple(msgspec.structs.replace(e, body=body) if e is first else e for e in events)


# -- what is split


def _opens(piece: bytes, segment: bytes) -> int:
    return sum(piece.count(end + segment) for end in (b"\r", b"\n"))


def _persons(piece: bytes, charset: str) -> Iterable[bytes]:
    """One message a person: what they share, then each PID with what follows it."""
    message = _message(piece, charset)
    if message.kind in ONE_PERSON:
        return [piece]
    shared: list[Any] = []
    parts: list[list[Any]] = []
    for segment in message:
        if segment.id == "PID":
            parts.append([*shared])
        (parts[-1] if parts and segment.id not in SHARED else shared).append(segment)
    return [wire.write(part, charset=message.charset) for part in parts] if len(parts) > 1 else [piece]
