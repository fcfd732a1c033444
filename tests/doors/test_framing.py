"""MLLP conversations: bytes in, events out. Every play runs whole, byte by byte, and cut at every place."""

from __future__ import annotations

import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.doors import framing
from hub.doors.framing import Fault, Frame, Frames

VT, FS, CR = b"\x0b", b"\x1c", b"\r"
ONE = b"MSH|^~\\&|A|||||||1\rPID|1\r"
TWO = b"MSH|^~\\&|A|||||||2\rPID|2\r"
LONG = b"MSH|^~\\&|A|||||||3\rNTE|1||" + b"x" * 200 + CR
LIMIT = 100


def frame(body: bytes) -> bytes:
    return VT + body + FS + CR


Play = tuple[bytes, list[Frame | Fault]]
PLAYS: dict[str, Play] = {
    "one message": (frame(ONE), [Frame(ONE)]),
    "two messages in one packet": (frame(ONE) + frame(TWO), [Frame(ONE), Frame(TWO)]),
    "FS without CR": (VT + ONE + FS + VT + TWO + FS, [Frame(ONE), Frame(TWO)]),
    "CR LF after FS": (VT + ONE + FS + b"\r\n" + frame(TWO), [Frame(ONE), Frame(TWO)]),
    "LF instead of CR after FS": (VT + ONE + FS + b"\n" + frame(TWO), [Frame(ONE), Frame(TWO)]),
    "segments ended by LF": (frame(ONE.replace(CR, b"\n")), [Frame(ONE.replace(CR, b"\n"))]),
    "no line end before FS": (frame(ONE[:-1]), [Frame(ONE[:-1])]),
    "blanks and line ends between frames": (
        b" \r\n\t" + frame(ONE) + b"\r\n \r\n" + frame(TWO),
        [Frame(ONE), Frame(TWO)],
    ),
    "noise before VT": (b"hello\r\n" + frame(ONE), [Fault("noise", b"hello\r\n"), Frame(ONE)]),
    "noise between frames": (frame(ONE) + b"??" + frame(TWO), [Frame(ONE), Fault("noise", b"??"), Frame(TWO)]),
    "a message without VT": (ONE + FS + CR + frame(TWO), [Fault("noise", ONE), Frame(TWO)]),
    "a message without VT before one with it": (ONE + frame(TWO), [Fault("noise", ONE), Frame(TWO)]),
    "a stray FS": (FS + CR + frame(ONE) + FS, [Frame(ONE)]),
    "missing FS": (VT + ONE + frame(TWO), [Fault("unended", ONE), Frame(TWO)]),
    "missing FS and CR, cut in a segment": (VT + ONE[:9] + frame(TWO), [Fault("unended", ONE[:9]), Frame(TWO)]),
    "missing FS twice": (VT + ONE + VT + TWO + frame(ONE), [Fault("unended", ONE), Fault("unended", TWO), Frame(ONE)]),
    "VT twice": (VT + frame(ONE), [Frame(ONE)]),
    "VT inside text": (frame(ONE + b"NTE|1||a\x0bb\r"), [Frame(ONE + b"NTE|1||a\x0bb\r")]),
    "VT before a batch": (VT + ONE + frame(b"FHS|^~\\&\r"), [Fault("unended", ONE), Frame(b"FHS|^~\\&\r")]),
    "an empty frame": (VT + FS + CR + frame(ONE), [Fault("empty"), Frame(ONE)]),
    "a frame of blanks": (frame(b" \r\n") + frame(ONE), [Fault("empty"), Frame(ONE)]),
    "what is not HL7": (frame(b"GET / HTTP/1.1"), [Frame(b"GET / HTTP/1.1")]),
    "oversize": (frame(LONG) + frame(ONE), [Fault("oversize", LONG[:LIMIT]), Frame(ONE)]),
    "oversize twice": (frame(LONG) * 2, [Fault("oversize", LONG[:LIMIT])] * 2),
    "oversize without end": (VT + LONG * 9, [Fault("oversize", LONG[:LIMIT])]),
    "as large as allowed": (frame(LONG[:LIMIT]), [Frame(LONG[:LIMIT])]),
    "one byte too large": (frame(LONG[: LIMIT + 1]), [Fault("oversize", LONG[:LIMIT])]),
    "any bytes at all": (
        frame(bytes(b for b in range(256) if b not in VT + FS)[:LIMIT]),
        [Frame(bytes(range(0x0B)) + bytes(range(0x0C, 0x1C)) + bytes(range(0x1D, LIMIT + 2)))],
    ),
}


def played(*packets: bytes, limit: int = LIMIT) -> list[Frame | Fault]:
    frames = Frames(limit)
    return [event for packet in packets for event in frames.feed(packet)]


@pytest.mark.parametrize("name", PLAYS)
def test_in_one_packet(name: str) -> None:
    data, events = PLAYS[name]

    assert played(data) == events


@pytest.mark.parametrize("name", PLAYS)
def test_byte_by_byte(name: str) -> None:
    data, events = PLAYS[name]

    assert played(*(data[place : place + 1] for place in range(len(data)))) == events


@pytest.mark.parametrize("name", PLAYS)
def test_cut_in_two_at_every_place(name: str) -> None:
    data, events = PLAYS[name]

    assert all(played(data[:place], data[place:]) == events for place in range(len(data)))


def test_a_message_is_given_at_its_FS_before_any_CR_arrives() -> None:
    frames = Frames(LIMIT)

    assert frames.feed(VT + ONE) == []
    assert frames.feed(FS) == [Frame(ONE)]
    assert frames.feed(CR) == []
    assert frames.feed(frame(TWO)) == [Frame(TWO)]


def test_an_oversize_message_is_refused_before_it_ends() -> None:
    frames = Frames(LIMIT)

    assert frames.feed(VT + LONG) == [Fault("oversize", LONG[:LIMIT])]
    assert frames.feed(LONG) == []
    assert frames.feed(FS + CR + frame(ONE)) == [Frame(ONE)]


@pytest.mark.parametrize(
    ("data", "events"),
    [
        (b"", []),
        (frame(ONE), []),
        (frame(ONE) + b"\r\n", []),
        (VT + ONE, [Fault("cut", ONE)]),
        (VT, [Fault("cut", b"")]),
        (frame(ONE) + VT + TWO[:9], [Fault("cut", TWO[:9])]),
        (ONE, [Fault("noise", ONE)]),
        (VT + LONG, []),
    ],
)
def test_when_the_connection_ends_what_was_not_whole_is_told(data: bytes, events: list[Frame | Fault]) -> None:
    frames = Frames(LIMIT)
    frames.feed(data)

    assert frames.close() == events


@given(st.lists(st.sampled_from([VT, FS, CR, b"\n", b"MSH|", b"x", b" ", b"FHS|", b"M"]), max_size=30), st.data())
def test_the_cuts_between_packets_never_matter(parts: list[bytes], data: st.DataObject) -> None:
    stream = b"".join(parts)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=8)))
    packets = [stream[start:end] for start, end in zip([0, *cuts], [*cuts, len(stream)], strict=True)]
    whole, cut = Frames(20), Frames(20)

    events = [event for packet in packets for event in cut.feed(packet)]

    assert events == whole.feed(stream)
    assert cut.close() == whole.close()


@given(st.binary(max_size=200))
def test_nothing_a_sender_says_breaks_the_next_message(data: bytes) -> None:
    frames = Frames(LIMIT)

    events = [*frames.feed(data), *frames.feed(FS), *frames.feed(frame(ONE))]

    assert events[-1] == Frame(ONE)


@pytest.mark.parametrize(
    "data",
    [b"x" * 10_000, VT + b"x" * 9_999, b"\r" * 10_000, b"\x0b\x1c" * 50],
    ids=["noise", "oversize", "blanks", "empty"],
)
def test_memory_does_not_grow_with_what_is_sent(data: bytes) -> None:
    frames = Frames(1_000)
    frames.feed(data)
    tracemalloc.start()

    for _ in range(1_000):
        frames.feed(data)

    taken = tracemalloc.take_snapshot()
    tracemalloc.stop()
    # Nothing but the frames': the doors of a hub of other tests may work beside this one.
    frames_own = taken.filter_traces([tracemalloc.Filter(True, framing.__file__), tracemalloc.Filter(True, __file__)])
    assert sum(trace.size for trace in frames_own.traces) < 20_000


def test_nothing_of_a_message_is_shown_by_a_repr() -> None:
    assert repr([Frame(ONE), Fault("cut", ONE)]) == f"[<Frame of {len(ONE)} bytes>, <Fault cut>]"
