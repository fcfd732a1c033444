"""What a sender is told: the header a door reads of a message, and the acknowledgements that its mode asks for. No sockets here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from adapters.wire.hl7v2 import Outcome, Problem, acknowledge, answers, read
from hub.doors.framing import Kind
from hub.errors import Unreadable

OUTCOMES: Final[dict[str, Outcome]] = {
    "kept": "kept",
    "parked": "kept",
    "duplicate": "kept",
    "rejected": "refused",
    "unavailable": "failed",
}
# Bytes that were no message: what to say about them where anything can be said, and whether another try may help.
FAULTS: Final[dict[Kind, tuple[Outcome, str]]] = {
    "noise": ("refused", "The message is not in a frame: VT must come before it, FS and CR after it."),
    "oversize": ("refused", "The message is larger than this hub accepts."),
    "unended": ("failed", "The frame did not end before the next one began: send it again."),
    "cut": ("failed", "The connection ended inside the frame."),
}
# HL7 table 0357: what an ERR says about a caller who was turned away, and about bytes that cannot be read.
CONDITIONS: Final = {"sender": 204, "plain": 200}
OTHER: Final = 199
TEST: Final = 202
FAILED: Final = 207
_HEADER: Final = 4096


@dataclass(frozen=True, slots=True)
class Header:
    """What a door reads of a message: MSH-3, 4, 9, 10, 15 and 16, with `^` between components."""

    application: str = ""
    facility: str = ""
    kind: str = ""
    control: str = ""
    accept: str = ""
    answer: str = ""


def spelled(
    body: bytes,
    header: Header,
    outcome: Outcome,
    *,
    journal: str,
    at: int,
    cause: str = "",
    errors: Sequence[Problem] = (),
) -> list[bytes]:
    r"""The frames that answer one message: none, one, or two, as MSH-15 and MSH-16 ask.

    `journal` is the hub's id of the arrival, from which the acknowledgements take theirs; `at` is now in UTC microseconds.

    >>> body = b"MSH|^~\\&|EHR|H|HUB|C|||ADT^A01|7|P|2.5.1|||AL|NE\rPID|1\r"
    >>> spelled(body, msh(body), "kept", journal="ab12", at=0)[0].split(b"\r")[1]
    b'MSA|CA|7'
    """
    if outcome != "kept" and not errors:
        errors = (Problem(code=OTHER if outcome == "refused" else FAILED, text=cause),)
    # A first segment that never ended may have been cut inside the id, and half an id is a wrong one.
    of = header.control if b"\r" in body else ""
    return [
        b"\x0b%b\x1c\r"
        % acknowledge(body, code, control_id=f"{journal[:18]}{n}", at=at, text=cause, errors=errors, of=of)
        for n, code in enumerate(answers(header.accept, header.answer, outcome))
    ]


def many(frame: bytes) -> bool:
    """Whether a frame may hold more than one message, or an envelope: asked of every frame, so cheaply."""
    return frame.find(b"MSH", 3) > 0 or frame.startswith((b"FHS", b"BHS"))


def msh(body: bytes) -> Header:
    r"""MSH without looking any further where that is plain; otherwise as the reader reads it. Raises Unreadable.

    >>> msh(b"MSH|^~\\&|EHR|NORTH|HUB|HUB|||ADT^A01|7|P|2.5.1|||AL|NE\r").answer
    'NE'
    """
    line = body[: max(0, body.find(b"\r", 0, _HEADER))]
    mark = line[3:4]
    if (
        not line.startswith(b"MSH")
        or not line.isascii()
        or b"\n" in line
        or not mark
        or mark.isalnum()
        or mark.isspace()
    ):
        return _read(body)
    fields = line.decode("ascii").split(mark.decode("ascii"), 16)
    fields += [""] * (16 - len(fields))
    if not fields[1].startswith("^"):
        fields = [field.replace(fields[1][:1] or "^", "^") for field in fields]
    return Header(fields[2], fields[3], fields[8], fields[9], fields[14], fields[15])


def _read(body: bytes) -> Header:
    found = read(body)
    application, facility, accept, answer = (found.value("MSH", field, 0) or "" for field in (3, 4, 15, 16))
    return Header(application, facility, found.kind, found.control_id, accept, answer)


def glimpse(body: bytes) -> Header:
    """The header of what is no whole message, as far as it can be read; original mode where it cannot."""
    start = body.find(b"MSH")
    try:
        return msh(body[start : start + _HEADER]) if start >= 0 else Header()
    except Unreadable:
        return Header()
