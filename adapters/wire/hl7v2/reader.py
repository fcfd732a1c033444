"""Bytes to a message: where it starts, its charset, its delimiters, its segments. Nothing else is looked at yet."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

import msgspec

from adapters.wire.hl7v2.charset import GUESSES, byte_order, candidates, decode
from adapters.wire.hl7v2.marks import SEPARATOR, Marks, marks
from adapters.wire.hl7v2.message import Header, Message, Segment
from hub.errors import Unreadable


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """How much one message may ask of us; `repetitions` of one field, `parts` (all but repetitions) of one segment."""

    bytes: int = 16 * 1024 * 1024
    segments: int = 100_000
    repetitions: int = 10_000
    parts: int = 100_000


LIMITS: Final = Limits()
# Some senders put a greeting, a byte-order mark or blank lines first. Further in, an MSH is somebody's text.
_NOISE: Final = 1024
_START: Final = re.compile(rf"(?<![A-Za-z0-9<])MSH(?={SEPARATOR})")
# What a message begins with, and prose or JSON that speaks of MSH does not: delimiters between two field separators.
_HEAD: Final = re.compile(rf"(?<![A-Za-z0-9<])MSH({SEPARATOR})(?:(?!\1)[^A-Za-z0-9\s]){{1,8}}(?:\1|[\r\n]|\Z)")
_START_BYTES: Final = re.compile(rf"(?<![A-Za-z0-9<])MSH({SEPARATOR})([^\r\n]*)".encode())
_BATCH: Final = re.compile(rf"[^A-Za-z0-9]{{0,9}}[FB]HS{SEPARATOR}")
_TRAILER: Final = "\r\n\x0b\x1c\x00"
# MSH-18 among what follows MSH-1.
_CHARSET_AT: Final = 16


def looks_like(body: bytes) -> bool:
    r"""Whether these bytes look like one HL7 v2 message; cheap, and never raises.

    >>> looks_like(b"\x0bMSH|^~\\&|A"), looks_like(b'{"MSH": 1}')
    (True, False)
    """
    text = body[:_NOISE].decode(byte_order(body) or "latin-1", "ignore")
    return bool(_HEAD.search(text)) and not _BATCH.match(text)


def read(body: bytes, *, charset: str = "", insist: bool = False, limits: Limits = LIMITS) -> Message:
    r"""One message. `charset` is the partner's own, used when MSH-18 is silent, or always when we `insist`.

    Segments may end with CR, LF or CRLF; a line that cannot be a segment continues the text before it.
    Raises Unreadable, naming the place, for what is not one HL7 v2 message, not in its charset, or beyond the limits.

    >>> message = read(b"MSH|^~\\&|EHR||||||ADT^A01|7|P|2.5.1\rPID|1||M1\r")
    >>> message.kind, message.value("PID", 3)
    ('ADT^A01', 'M1')
    """
    if len(body) > limits.bytes:
        raise Unreadable(f"The message is larger than {limits.bytes} bytes.", at=f"byte {limits.bytes}")
    text, codec = _decode(body, charset, insist=insist)
    text = _trim(text)
    if len(text) > limits.segments and text.count("\r") + text.count("\n") > limits.segments:
        raise Unreadable(f"The message has more than {limits.segments} segments.", at=f"segment {limits.segments + 1}")
    separator = text[3]
    lines = _lines(text, separator)
    by = marks(separator, lines[0][4:].partition(separator)[0])
    header = Header(lines[0], by)
    rows = [Segment(line, by) for line in lines]
    rows[0] = header
    if len(text) > limits.repetitions or len(text) > limits.parts:
        _refuse_excess(rows, by, limits)
    declared = "" if insist else header.value(18, 0) or ""
    return Message(rows=rows, body=body, charset=codec or (candidates(declared, charset) or GUESSES)[0])


def _decode(body: bytes, partner: str, *, insist: bool) -> tuple[str, str]:
    """The text and its codec; no codec when the bytes are plain ASCII, which is all the same in every charset."""
    if body.isascii() and b"\x1b" not in body:
        return body.decode(), ""
    codec = byte_order(body)
    if codec:
        return decode(body, (codec,))
    found = _START_BYTES.search(body, 0, _NOISE)
    if not found:
        raise Unreadable("There is no MSH segment: this is not HL7 v2.", at="byte 0")
    header = found[2].split(found[1], _CHARSET_AT + 1)
    silent = insist or len(header) <= _CHARSET_AT
    return decode(body, candidates("" if silent else header[_CHARSET_AT].decode("latin-1"), partner))


def _trim(text: str) -> str:
    """The text from its MSH on, without what a frame or an editor left at the end."""
    found = _START.match(text) or _START.search(text, 0, _NOISE)
    if not found:
        raise Unreadable("There is no MSH segment: this is not HL7 v2.", at="byte 0")
    if found.start() and _BATCH.match(text):
        raise Unreadable("This is a batch, not one message.", at="byte 0", cure="Split it first.")
    return text[found.start() :].rstrip(_TRAILER)


def _lines(text: str, separator: str) -> list[str]:
    irregular, line_end = _shapes(separator)
    if "\n" not in text and not irregular.search(text):
        return text.split("\r")
    lines = line_end.split(text)
    if any(line.startswith(f"MSH{separator}") for line in lines[1:]):
        raise Unreadable("There is more than one MSH: this is a batch.", at="MSH[2]", cure="Split it first.")
    return lines


@lru_cache(maxsize=16)
def _shapes(separator: str) -> tuple[re.Pattern[str], re.Pattern[str]]:
    """What finds a CR that is not followed by a segment other than MSH, and what finds the ends of segments."""
    mark = re.escape(separator)
    irregular = re.compile(rf"\r(?!(?!MSH)[A-Z][A-Z0-9]{{2}}{mark})")
    # The look-behind lets a run of line ends be tried once only: a megabyte of them takes no longer than reading it.
    line_end = re.compile(rf"(?<![\r\n])[\r\n]++[ \t\x0b]*+(?=[A-Z][A-Z0-9]{{2}}(?:{mark}|[\r\n]|$))")
    return irregular, line_end


def _refuse_excess(rows: list[Segment], by: Marks, limits: Limits) -> None:
    for row in rows:
        if sum(row.text.count(mark) for mark in (by.field, by.component, by.subcomponent)) > limits.parts:
            raise Unreadable(f"The segment has more than {limits.parts} parts.", at=row.id)
        if row.text.count(by.repetition) >= limits.repetitions:
            _refuse_repetitions(row, limits.repetitions)


def _refuse_repetitions(row: Segment, most: int) -> None:
    for field in range(1, len(row.fields)):
        if row.count(field) > most:
            raise Unreadable(f"The field repeats more than {most} times.", at=f"{row.id}-{field}")
