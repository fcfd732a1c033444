"""Consents in HL7 v2, one to a CON: a refusal binds, a rescission takes back, and a permit grants nothing.

HL7 v2 has no field for whom something may go to, nor what for (42 CFR 2.31(a)(4)-(5)); a permit in a CON is kept with that
flaw until it is captured whole, as a FHIR Consent or from a form. So it is read here and never written, and no lens reads it:
what a CON means hangs on its status.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import msgspec

from adapters.wire.hl7v2.message import Message, Segment
from hub.contracts import Loss, Losses, Reading, Received
from hub.lens.times import compact_instant
from hub.model.consent import ConsentDirective
from hub.model.event import CrisisEvent, event_id
from hub.model.values import Code, Instant

KIND: Final = "urn:crisis-hub:consent-kind"
STATES: Final = "http://hl7.org/fhir/consent-state-codes"
OPEN: Final = "it names no recipient and no purpose"
PENDING: Final = "it is not in force"
NAMELESS: Final = "it takes back a consent that it does not name"
# HL7 table 0498: granted, granted with limitations, refused, rescinded; whatever else there is grants nothing.
GRANTED, REFUSED, RESCINDED = frozenset("AL"), "R", "X"
# Fields that are taken up: type, form, number, status, decided, effective, end.
TAKEN: Final = frozenset({2, 3, 4, 11, 13, 14, 15})


def joined(reading: Reading, message: Message, received: Received) -> Reading:
    """The reading of a message with a directive for each CON in it, and their fields in its account."""
    found = message.all("CON")
    if not found:
        return reading
    count = len(reading.events)
    added = tuple(_event(reading, segment, received, count + n) for n, segment in enumerate(found))
    before = reading.account
    return msgspec.structs.replace(
        reading, events=(*reading.events, *added), account=lambda: Losses(items=tuple(_accounted(before())))
    )


def _accounted(losses: Losses) -> Iterator[Loss]:
    for loss in losses.items:
        segment, _, field = loss.path.partition("-")
        number = field.partition(".")[0].partition("[")[0]
        ours = segment.partition("[")[0] == "CON" and number.isdecimal() and int(number) in TAKEN
        yield msgspec.structs.replace(loss, outcome="transformed", why="a consent (adapter)") if ours else loss


def _event(reading: Reading, segment: Segment, received: Received, index: int) -> CrisisEvent:
    decided = _instant(segment, 13, received)
    return CrisisEvent(
        id=event_id(received.journal, index),
        body=_directive(segment, received, decided),
        source=received.partner,
        recorded_at=received.as_of,
        source_message=reading.message_id,
        occurred_at=decided,
    )


def _directive(segment: Segment, received: Received, decided: Instant | None) -> ConsentDirective:
    """What the status makes of it. A rescission that names nothing cannot be found: then everything is refused."""
    said = (segment.value(11) or "").upper()
    number = segment.value(4) or segment.value(3) or ""
    lost = said == RESCINDED and not number
    if said == REFUSED or lost:
        nameless = (NAMELESS,) if lost else ()
        return _made(segment, "DENY", directive=number, decision="deny", signed_at=decided, flaws=nameless)
    period = {"effective_at": _instant(segment, 14, received), "expires_at": _instant(segment, 15, received)}
    if said == RESCINDED:
        ended = decided or Instant(at=received.as_of)
        return _made(
            segment, "SPECIFIC", directive=number, decision="permit", signed_at=decided, revoked_at=ended, **period
        )
    flaws = (OPEN,) if said in GRANTED else (PENDING, OPEN)
    return _made(segment, "SPECIFIC", directive=number, decision="permit", signed_at=decided, flaws=flaws, **period)


def _made(segment: Segment, kind: str, **said: object) -> ConsentDirective:
    type_, system = segment.value(2) or "", segment.value(2, 3) or ""
    return msgspec.structs.replace(
        ConsentDirective(
            kind=Code(code=kind, system=KIND, display=segment.value(2, 2) or "", local=type_, local_system=system),
            status=Code(code="active", system=STATES, local=segment.value(11) or ""),
        ),
        **said,
    )


def _instant(segment: Segment, field: int, received: Received) -> Instant | None:
    text = segment.value(field)
    return compact_instant(text, received.zone) if text else None
