"""Acknowledgements: which to send, and how to spell them for the version and the delimiters the sender used."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final, Literal

import msgspec

from adapters.wire.hl7v2.marks import OFF, RECOMMENDED, SEPARATOR, STANDARD, Marks, escape, marks
from adapters.wire.hl7v2.message import Message
from adapters.wire.hl7v2.moment import stamp
from adapters.wire.hl7v2.path import Address, address
from hub.errors import HubError, Misconfigured, Unreadable

Code = Literal["AA", "AE", "AR", "CA", "CE", "CR"]
Severity = Literal["E", "W", "I"]
# Ours: the message is safe; it failed for a reason that may pass; it can never be taken.
Outcome = Literal["kept", "failed", "refused"]

# HL7 table 0357, message error condition codes.
CONDITIONS: Final = {
    0: "Message accepted",
    100: "Segment sequence error",
    101: "Required field missing",
    102: "Data type error",
    103: "Table value not found",
    104: "Value too long",
    198: "Non-Conformant Cardinality",
    199: "Other HL7 Error",
    200: "Unsupported message type",
    201: "Unsupported event code",
    202: "Unsupported processing id",
    203: "Unsupported version id",
    204: "Unknown key identifier",
    205: "Duplicate key identifier",
    206: "Application record locked",
    207: "Application error",
}
_APPLICATION: Final[dict[Outcome, Code]] = {"kept": "AA", "failed": "AE", "refused": "AR"}
_ACCEPT: Final[dict[Outcome, Code]] = {"kept": "CA", "failed": "CE", "refused": "CR"}
# HL7 table 0155, accept and application acknowledgement conditions.
_WHEN: Final[dict[str, frozenset[Outcome]]] = {
    "AL": frozenset({"kept", "failed", "refused"}),
    "NE": frozenset(),
    "ER": frozenset({"failed", "refused"}),
    "SU": frozenset({"kept"}),
    "": frozenset(),
}
_GLIMPSE: Final = 4096
_HEADER: Final = re.compile(rf"(?<![A-Za-z0-9<])MSH({SEPARATOR})([^\r\n]*)([\r\n]?)")
_CONTROL: Final = re.compile(r"[\x00-\x1f]")
_MSH_FIELDS: Final = 19


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """One ERR: a place (`PID-3[2].1`, if it is known), a condition of table 0357, and words for people, never a value."""

    code: int = 207
    at: str = ""
    text: str = ""
    severity: Severity = "E"


def answers(msh15: str, msh16: str, outcome: Outcome) -> tuple[Code, ...]:
    """The codes to send, in order, for what the sender asked for in MSH-15 (accept) and MSH-16 (application).

    Both empty is original mode: one application answer. In enhanced mode an empty one is NE and an unknown word is AL,
    because a sender that waits for nothing is safer than one that waits for ever. What was not accepted gets one answer.

    >>> answers("", "", "kept"), answers("AL", "NE", "kept"), answers("AL", "AL", "refused")
    (('AA',), ('CA',), ('CR',))
    """
    accept, application = msh15.strip().upper(), msh16.strip().upper()
    if not accept and not application:
        return (_APPLICATION[outcome],)
    asked = [
        codes[outcome]
        for wish, codes in ((accept, _ACCEPT), (application, _APPLICATION))
        if outcome in _WHEN.get(wish, _WHEN["AL"])
    ]
    return tuple(asked if outcome == "kept" else asked[:1])


def problem(error: HubError, code: int = 207) -> Problem:
    """The ERR for one of our own errors: its place and its words, which never hold a value.

    >>> problem(Unreadable("The field repeats too often.", at="PID-3"), 198).at
    'PID-3'
    """
    return Problem(code=code, at=error.at, text=error.message)


def acknowledge(
    message: Message | bytes,
    code: Code,
    *,
    control_id: str,
    at: int,
    text: str = "",
    errors: Sequence[Problem] = (),
    of: str = "",
) -> bytes:
    r"""The acknowledgement of a message, or of bytes that could not be read, from whatever of their MSH can be.

    `control_id` is ours (MSH-10), `at` is now in UTC microseconds, `text` is for people and goes to MSA-3. `of` is the id that
    is acknowledged, for where a look at the first bytes does not find it.
    Nothing of the message but its MSH is repeated. Never raises.

    >>> acknowledge(b"MSH|^~\\&|EHR|H|HUB|C|||ADT^A01|7|P|2.5.1\r", "AA", control_id="1", at=0).split(b"\r")[:2]
    [b'MSH|^~\\&|HUB|C|EHR|H|19700101000000+0000||ACK^A01^ACK|1|P|2.5.1', b'MSA|AA|7']
    """
    fields, by, charset = _readable(message)
    version = fields[12].partition(by.component)[0] or "2.5.1"
    header = [
        f"MSH{by.field}{fields[2]}",
        fields[5],
        fields[6],
        fields[3],
        fields[4],
        stamp(at),
        "",
        _kind(fields[9], by, version),
        _safe(control_id, by),
        fields[11],
        fields[12] or version,
        *[""] * 5,
        fields[18],
    ]
    said = ["MSA", code, fields[10] or _safe(of, by), _safe(text, by)]
    lines = [_line(header, by), _line(said, by), *_errors(errors, by, version)]
    return "".join(f"{_CONTROL.sub('', line)}\r" for line in lines).encode(charset, "replace")


def _readable(message: Message | bytes) -> tuple[list[str], Marks, str]:
    """The raw MSH fields by number, as many as an answer needs, with their marks and codec."""
    if isinstance(message, Message):
        fields, by, charset = message.header.fields, message.marks, message.charset
    else:
        fields, by, charset = _glimpse(message[:_GLIMPSE].decode("latin-1"))
    return [*fields[:_MSH_FIELDS], *[""] * (_MSH_FIELDS - len(fields))], by, charset


def _glimpse(text: str) -> tuple[list[str], Marks, str]:
    found = _HEADER.search(text)
    if not found:
        return ["MSH", STANDARD.field, RECOMMENDED], STANDARD, "latin-1"
    separator, line, ended = found.groups()
    fields = ["MSH", separator, *line.split(separator)]
    if not ended:
        fields.pop()  # It may be cut in the middle, and half a control id is a wrong one.
    # Bytes beyond ASCII may mean other characters to the one who reads the answer.
    spelled = fields[2] if len(fields) > 2 and fields[2].isascii() else RECOMMENDED
    try:
        return [*fields[:2], spelled, *fields[3:]], marks(separator, spelled), "latin-1"
    except Unreadable:
        return [*fields[:2], RECOMMENDED, *fields[3:]], marks(separator, RECOMMENDED), "latin-1"


def _kind(sent: str, by: Marks, version: str) -> str:
    """MSH-9 of the answer. The trigger came with 2.2 and the structure with 2.3.1."""
    _, _, rest = sent.partition(by.repetition)[0].partition(by.component)
    trigger = rest.partition(by.component)[0]
    parts = ["ACK", trigger, "ACK"] if version >= "2.3.1" else ["ACK", trigger] if version >= "2.2" else ["ACK"]
    return by.component.join(parts if trigger else parts[:1])


def _errors(errors: Sequence[Problem], by: Marks, version: str) -> list[str]:
    """One ERR for each from 2.5 on; before, one ERR whose first field repeats."""
    if not errors:
        return []
    if version < "2.5":
        return [_line(["ERR", by.repetition.join(_location_and_code(error, by) for error in errors)], by)]
    return [_line(["ERR", "", *_location_code_and_text(error, by)], by) for error in errors]


def _location_and_code(error: Problem, by: Marks) -> str:
    place = _place(error.at)
    parts = [place.segment, str(place.occurrence), str(place.field)] if place else ["", "", ""]
    return by.component.join((*parts, by.subcomponent.join(_condition(error, by))))


def _location_code_and_text(error: Problem, by: Marks) -> list[str]:
    place = _place(error.at)
    said = [part or "" for part in place] if place else []
    location = by.component.join(str(part) for part in said).rstrip(by.component)
    return [location, by.component.join(_condition(error, by)), error.severity, "", "", "", _safe(error.text, by)]


def _condition(error: Problem, by: Marks) -> tuple[str, str, str]:
    return str(error.code), _safe(CONDITIONS.get(error.code, CONDITIONS[199]), by), "HL70357"


def _place(path: str) -> Address | None:
    try:
        found = address(path)
    except Misconfigured:
        return None
    return found._replace(occurrence=max(found.occurrence, 1))


def _safe(text: str, by: Marks) -> str:
    """Our own words; without the delimiters where the sender's marks cannot escape any."""
    return escape(text, by) if by.escape != OFF else text.translate({ord(mark): " " for mark in by})


def _line(fields: Sequence[str], by: Marks) -> str:
    return by.field.join(fields).rstrip(by.field)
