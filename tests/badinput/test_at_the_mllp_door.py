"""What cannot be kept at all: AR or AE with ERR where a control id can be read, a durable reject row, and the door stays up."""

from __future__ import annotations

import time

import pytest

from tests.badinput.conftest import LARGEST
from tests.badinput.place import Place, arrived, framed
from tests.chaos import traffic

pytestmark = pytest.mark.slow

MESSAGE = traffic.message(1)
SLOWEST_S = 5.0


def called(control: str, body: bytes = MESSAGE) -> bytes:
    """The same message under another id."""
    return body.replace(traffic.control(1).encode(), control.encode())


BAD = {
    "not-hl7": (b"GET / HTTP/1.1\r\nHost: hub\r\n\r\n", "no MSH segment"),
    "almost-hl7": (b"MSH|", "MSH-3"),
    "binary": (bytes(range(32, 256)) * 20, "no MSH segment"),
    "charset": (called("B1").replace(b"Jordan", b"J\xff\xferdan"), "are not the utf-8"),
    "too-large": (called("B2") + b"NTE|1||" + b"x" * LARGEST + b"\r", "larger than this hub accepts"),
    "repetitions": (called("B3").replace(b"M00001^^^GENHOSP^MR", b"~".join([b"M1"] * 1_000_000)), "repeats more than"),
    "empty-repetitions": (called("B4").replace(b"M00001^^^GENHOSP^MR", b"~" * 1_000_000), "repeats more than"),
    "components": (called("B5").replace(b"M00001^^^GENHOSP^MR", b"^" * 1_000_000), "more than 100000 parts"),
    "segments": (called("B6") + b"Z1\r" * 1_000_000, "more than 100000 segments"),
    "another-facility": (called("B7").replace(b"GENHOSP|HUB", b"OTHER|HUB"), "MSH-4 is not a name this port expects"),
    "empty-batch": (b"BHS|^~\\&|EHR|GENHOSP\rBTS|0\r", "batch"),
}


@pytest.mark.parametrize("name", BAD)
def test_what_cannot_be_kept_is_refused_with_its_reason_and_recorded(here: Place, name: str) -> None:
    body, reason = BAD[name]
    before, began = len(here.rejects()), time.monotonic()
    with here.wire() as wire:
        refused = wire.ask(body)
        good = wire.ask(traffic.message(next(here.numbers)))

    assert refused.code in ("AR", "CR", "AE", "CE")
    assert any(reason in error for error in refused.errors)
    assert refused.control == (body.split(b"|")[9].decode() if body.startswith(b"MSH|^") else "")
    assert good.code == "CA"
    assert time.monotonic() - began < SLOWEST_S
    (recorded,) = here.rejects()[before:]
    assert reason in recorded


@pytest.mark.parametrize("listens", [True, False])
def test_a_frame_cut_short_is_recorded_and_to_be_sent_again(here: Place, listens: bool) -> None:
    before = len(here.rejects())
    with here.wire() as wire:
        wire.send(b"\x0b" + called("T1")[:120])
        if listens:
            wire.half_close()
            answer = wire.ack()
            assert (answer.code, answer.control) == ("CE", "T1")

    arrived(lambda: len(here.rejects()) > before)
    (recorded,) = here.rejects()[before:]
    assert "ended inside the frame" in recorded


def test_a_frame_without_an_end_is_to_be_sent_again_and_the_next_is_taken(here: Place) -> None:
    number = next(here.numbers)
    with here.wire() as wire:
        wire.send(b"\x0b" + called("T2")[:120] + framed(traffic.message(number)))
        unended, whole = wire.ack(), wire.ack()

    assert (unended.code, unended.control) == ("CE", "T2")
    assert (whole.code, whole.control) == ("CA", traffic.control(number))


def test_noise_between_frames_hurts_nobody(here: Place) -> None:
    numbers = [next(here.numbers) for _ in range(3)]
    with here.wire() as wire:
        for number in numbers:
            wire.send(b"\r\n\x00\x1c\x1c\r garbage " + framed(traffic.message(number)) + b"\n\n")
        answers = [wire.ack() for _ in numbers]

    assert [(a.code, a.control) for a in answers] == [("CA", traffic.control(n)) for n in numbers]
