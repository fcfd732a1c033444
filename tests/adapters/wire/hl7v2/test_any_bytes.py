"""Whatever is sent: a message, or a refusal from our own tree that names a place. Never another exception, never a changed byte."""

from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st

from adapters.wire.hl7v2 import (
    Draft,
    Message,
    acknowledge,
    address,
    count,
    elements,
    looks_like,
    read,
    shortfall,
    split_batch,
    write,
)
from hub.errors import Unmapped, Unreadable
from tests.adapters.wire.hl7v2.letters import ADMISSION

MARKS = st.sampled_from(
    [b"|", b"^", b"~", b"\\", b"&", b"\r", b"\n", b"\x0b", b"\x1c", b"\x00", b'""', b"\xff\xfe", b"\x1b$B"]
)
WORDS = st.sampled_from(
    [b"MSH|", b"MSH", b"MSH|^~\\&|", b"PID|", b"OBX", b"BTS|2", b"\\X0D\\", b"\\M2442\\", b"UNICODE UTF-8", b"Zo\xeb"]
)
WILD = st.lists(st.one_of(MARKS, WORDS, st.binary(max_size=5)), max_size=40).map(b"".join)
LED = st.sampled_from(
    [b"", b"MSH|^~\\&|", b"\x0bMSH|^~\\&|A|B", b"MSH", b"\xef\xbb\xbfMSH|^~\\&#|", b"\xff\xfeM\x00S\x00H\x00|\x00"]
)


def read_or_refused(body: bytes, *, charset: str = "", insist: bool = False) -> Message | Unreadable:
    try:
        return read(body, charset=charset, insist=insist)
    except Unreadable as refused:
        return refused


@st.composite
def mutilated(draw: st.DrawFn) -> bytes:
    """An admission with a few places cut out or overwritten."""
    body = ADMISSION
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(body)))
        end = draw(st.integers(start, min(len(body), start + 50)))
        body = body[:start] + draw(st.one_of(WILD, st.just(b""))) + body[end:]
    return body


@given(
    st.one_of(st.tuples(LED, WILD).map(b"".join), mutilated()),
    st.sampled_from(["", "8859/2", "UTF-8", "nonsense"]),
    st.booleans(),
)
@example(b"MSH|^~\\&|A\r\r\n \rPID", "", False)
@example(b"MSH\xc2\xa7^~\\&\xc2\xa7A\r", "", False)
@example(b"MSH^~\\&^A^B\r", "", False)
def test_any_bytes_are_a_message_or_are_refused(body: bytes, charset: str, insist: bool) -> None:
    looks_like(body)
    acknowledge(body, "AR", control_id="1", at=0)
    message = read_or_refused(body, charset=charset, insist=insist)
    if isinstance(message, Unreadable):
        assert message.at
        return

    assert bytes(message) == body
    places = list(elements(message))
    assert len(places) == count(message) == len({place for place, _ in places})
    assert all(place.of(message) == value and address(str(place)).leaf == place for place, value in places)
    acknowledge(message, "AA", control_id="1", at=0)
    assert write(message, charset=message.charset).decode(message.charset) == "".join(
        f"{row.text}\r" for row in message
    )


@given(mutilated())
def test_any_message_can_be_rewritten_or_says_why_not(body: bytes) -> None:
    message = read_or_refused(body)
    if isinstance(message, Unreadable):
        return
    draft = Draft(message)
    try:
        for place, value in elements(message):
            draft.put(place, value)
        draft.put(address("ZZZ[2]-3[2].2.2"), "a|b^c~d\\e&f\r\n\x0b\x1cł")
        rewritten = bytes(draft)
    except Unmapped:
        return

    assert (
        read(rewritten, charset=message.charset, insist=True).value("ZZZ", 3, 2, 2, 2, 2) == "a|b^c~d\\e&f\r\n\x0b\x1cł"
    )


@given(st.one_of(WILD, st.lists(mutilated(), max_size=3).map(b"".join)))
def test_any_file_is_split_without_losing_a_message(body: bytes) -> None:
    parts = list(split_batch(body))

    shortfall(body)
    assert all(part in body for part in parts)
    assert sum(map(len, parts)) <= len(body)
    for part in parts[:3]:
        read_or_refused(part)
