"""Consents in HL7 v2, one to a CON: a refusal binds, a rescission takes back, and a permit grants nothing.

HL7 v2 has no field for whom something may go to, nor what for (42 CFR 2.31(a)(4)-(5)); a permit in a CON is kept with that
flaw until it is captured whole, as a FHIR Consent or from a form. It is written as granted with limitations, and these in words;
whoever reads only its state learns no more than that there is one. No lens reads it: what a CON means hangs on its status.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

import msgspec

from adapters.ehr.hl7v2_frame import text
from adapters.wire.hl7v2.message import Message, Segment
from adapters.wire.hl7v2_lens import Piece
from hub.contracts import Loss, Losses, Reading, Received
from hub.lens.times import compact_instant, until, write_compact, write_until
from hub.model.consent import ConsentDirective
from hub.model.event import CrisisEvent, event_id
from hub.model.values import Code, Instant

KIND: Final = "urn:crisis-hub:consent-kind"
STATES: Final = "http://hl7.org/fhir/consent-state-codes"
OPEN: Final = "it names no recipient and no purpose"
PENDING: Final = "it is not in force"
NAMELESS: Final = "it takes back a consent that it does not name"
UNREADABLE: Final = "its period cannot be read"
NEVER: Final = "it ends before it begins"
# Where each of these stands.
PLACES: Final = {OPEN: "CON", PENDING: "CON-11", NAMELESS: "CON-4", NEVER: "CON-15"}
# HL7 table 0498: granted, granted with limitations, refused, rescinded; whatever else there is grants nothing.
GRANTED, LIMITED, REFUSED, RESCINDED, NOT_YET = frozenset("AL"), "L", "R", "X", "P"
# Kinds of directive that are a person's own word, and those of them that refuse; court orders are no consents.
CONSENTS: Final = frozenset({"TPO", "SPECIFIC", "NOTES", "SUPERVISION", "PROCEEDINGS"})
REFUSALS: Final = frozenset({"DENY", "AGREED", "REQUESTED"})
# Fields that are taken up: type, form, number, status, decided, effective, end.
TAKEN: Final = frozenset({2, 3, 4, 11, 13, 14, 15})
DATES: Final = (13, 14, 15)


def joined(reading: Reading, message: Message, received: Received) -> Reading:
    """The reading of a message with a directive for each CON in it, and their fields in its account."""
    found = message.all("CON")
    if not found:
        return reading
    count = len(reading.events)
    added = tuple(_event(reading, segment, received, count + n) for n, segment in enumerate(found))
    before = reading.account
    return msgspec.structs.replace(
        reading,
        events=(*reading.events, *added),
        flagged=(*reading.flagged, *(flag for one in found for flag in _flags(one, received))),
        account=lambda: Losses(items=tuple(_accounted(before()))),
    )


def _flags(segment: Segment, received: Received) -> Iterator[Loss]:
    """What is wrong with a consent, and where."""
    for words in _directive(segment, received, _instant(segment, 13, received)).flaws:
        yield Loss(path=PLACES[words], outcome="invalid", why=words)
    for field in DATES:
        if segment.value(field) and _instant(segment, field, received) is None:
            yield Loss(path=f"CON-{field}", outcome="invalid", why=UNREADABLE)


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
    ends = until(_instant(segment, 15, received), received.zone)
    period = {"effective_at": _instant(segment, 14, received), "expires_at": ends}
    if said == RESCINDED:
        ended = decided or Instant(at=received.as_of)
        return _made(
            segment, "SPECIFIC", directive=number, decision="permit", signed_at=decided, revoked_at=ended, **period
        )
    starts = period["effective_at"]
    never = (NEVER,) if starts and ends and ends.at <= starts.at else ()
    flaws = (OPEN, *never) if said in GRANTED else (PENDING, OPEN, *never)
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


# -- writing


def written(bodies: Iterable[object], zone: str) -> list[Piece]:
    """The CON of each directive that is a person's own word."""
    found = (one for one in bodies if isinstance(one, ConsentDirective) and _kind(one) in CONSENTS | REFUSALS)
    return [("CON", _segment(n, one, zone)) for n, one in enumerate(found, 1)]


def _kind(one: ConsentDirective) -> str:
    return one.kind.code if one.kind else ""


def _segment(n: int, one: ConsentDirective, zone: str) -> str:
    kind = one.kind or Code()
    type_ = (kind.local or kind.code, kind.display, kind.local_system)
    said = {
        1: str(n),
        2: "^".join(map(text, type_)).rstrip("^"),
        4: text(one.directive),
        9: text(_limits(one)),
        11: _state(one),
        13: _moment(one.revoked_at or one.signed_at, zone),
        14: _moment(one.effective_at, zone),
        15: write_until(one.expires_at, zone, compact_instant, write_compact) if one.expires_at else "",
    }
    return "|".join(("CON", *(said.get(field, "") for field in range(1, 16)))).rstrip("|")


def _state(one: ConsentDirective) -> str:
    """What it comes to for whoever reads no further: a refusal of some is one of all, a permit is limited."""
    if one.revoked_at:
        return RESCINDED
    if _kind(one) in REFUSALS:
        return REFUSED
    inactive = one.flaws or (one.status is not None and one.status.code not in ("", "active"))
    return NOT_YET if inactive else LIMITED


def _limits(one: ConsentDirective) -> str:
    """The limitations that the consenter imposed, in words."""
    named = (("to", one.recipients), ("for", one.purposes), ("of", one.classes))
    words = (
        f"{word} {', '.join(filter(None, (code.display or code.code or code.local for code in codes)))}"
        for word, codes in named
        if codes
    )
    return "; ".join((*words, *(("and as its exceptions say",) if one.provision and one.provision.provisions else ())))


def _moment(instant: Instant | None, zone: str) -> str:
    return write_compact(instant, zone) if instant else ""
