"""One file to its messages, byte for byte, in every wrapping that senders use."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.wire.hl7v2 import read, shortfall, split_batch
from hub.errors import Unreadable
from tests.adapters.wire.hl7v2.letters import ADMISSION

ONE, TWO = b"MSH|^~\\&|A|||||||1\rPID|1\r", b"MSH|^~\\&|A|||||||2\rNTE|1||MSH|\r"
OPEN, CLOSE = b"FHS|^~\\&|A\rBHS|^~\\&|A\r", b"BTS|2\rFTS|1\r"


@pytest.mark.parametrize(
    ("body", "messages"),
    [
        (ONE, [ONE]),
        (ONE + TWO, [ONE, TWO]),
        (OPEN + ONE + TWO + CLOSE, [ONE, TWO]),
        (OPEN + ONE + CLOSE, [ONE]),
        (b"BHS|^~\\&\r" + ONE + b"BTS|1\rBHS|^~\\&\r" + TWO + b"BTS|1\r", [ONE, TWO]),
        (OPEN + ONE + TWO + b"BTS", [ONE, TWO]),
        (b"\xef\xbb\xbf" + OPEN + ONE + CLOSE, [ONE]),
        (b"\x0b" + OPEN + ONE + CLOSE + b"\x1c\r", [ONE]),
        (b"\x0b" + ONE + b"\x1c\r\x0b" + TWO + b"\x1c\r", [ONE + b"\x1c\r\x0b", TWO + b"\x1c\r"]),
        ((OPEN + ONE + TWO + CLOSE).replace(b"\r", b"\r\n"), [part.replace(b"\r", b"\r\n") for part in (ONE, TWO)]),
        (b"\x0b" + ONE + b"\x1c\r", [b"\x0b" + ONE + b"\x1c\r"]),
        (b"junk\rjunk\r" + ONE, [b"junk\rjunk\r" + ONE]),
        (OPEN + CLOSE, []),
        (b"", [b""]),
        (b"hello", [b"hello"]),
    ],
)
def test_a_file_gives_its_messages_byte_for_byte(body: bytes, messages: list[bytes]) -> None:
    assert list(split_batch(body)) == messages


def test_each_message_of_a_batch_can_be_read() -> None:
    assert [read(part).control_id for part in split_batch(OPEN + ONE + TWO + CLOSE)] == ["1", "2"]
    assert [read(part).control_id for part in split_batch(b"\x0b" + ONE + b"\x1c\r\x0b" + TWO + b"\x1c\r")] == [
        "1",
        "2",
    ]


@given(
    st.lists(st.sampled_from([ONE, TWO, ADMISSION]), min_size=2, max_size=6), st.sampled_from([b"\r", b"\n", b"\r\n"])
)
def test_however_many_there_are_none_is_lost(messages: list[bytes], end: bytes) -> None:
    bodies = [body.replace(b"\r", end) for body in messages]

    assert list(split_batch(b"".join(bodies))) == bodies


def test_too_many_messages_are_refused_before_the_first() -> None:
    assert len(list(split_batch(ONE * 10, most=10))) == 10
    with pytest.raises(Unreadable, match="more than 9 messages") as refused:
        split_batch(ONE * 10, most=9)
    assert refused.value.at == "message 10"


@pytest.mark.parametrize(
    ("body", "missing"),
    [
        (OPEN + ONE + TWO + CLOSE, 0),
        (OPEN + ONE + CLOSE, 1),
        (OPEN + ONE + TWO + ONE + CLOSE, -1),
        (ONE + TWO, 0),
        (OPEN + ONE + b"BTS\r", 0),
        (b"BHS|^~\\&\r" + ONE + b"BTS|1\rBHS|^~\\&\r" + TWO + b"BTS|2\r", 1),
    ],
)
def test_a_trailer_that_promises_other_than_there_is_can_be_told(body: bytes, missing: int) -> None:
    assert shortfall(body) == missing
