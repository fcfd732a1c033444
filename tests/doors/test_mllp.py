"""Conversations at an MLLP door: every way senders are known to get it wrong, and what they are answered."""

from __future__ import annotations

import asyncio
import random
import re

import pytest

from hub.doors.mllp import Limits
from hub.intake import Answer
from tests.doors.desk import FakeDesk
from tests.doors.playing import framed, message, scene


async def test_a_message_is_kept_and_acknowledged_by_its_own_id() -> None:
    async with scene() as play, play.sender() as sender:
        await sender.send(framed(message("K1")))

        assert await sender.ack() == ("AA", "K1")
        assert play.desk.bodies() == [message("K1")]
        assert (play.desk.kept[0].partner, play.desk.kept[0].door) == ("er", f"mllp:{play.door.port}")


async def test_a_test_that_is_not_taken_is_answered_as_an_unsupported_processing_id() -> None:
    no = Answer(journal="", state="rejected", cause="MSH-11: This is a test.", test=True)
    async with scene(desk=FakeDesk(states={b"K1": no})) as play, play.sender() as sender:
        await sender.send(framed(message("K1")))

        answer = await sender.reader.readuntil(b"\x1c\r")
    assert b"MSA|AR|K1|" in answer
    assert b"ERR||MSH^1^11|202^Unsupported processing id^HL70357|E" in answer


async def test_nothing_is_acknowledged_before_it_is_safe() -> None:
    async with scene(desk=FakeDesk(hold=True)) as play, play.sender() as sender:
        await sender.send(framed(message("K1")))

        assert await sender.hears_nothing()
        play.desk.commit()
        assert await sender.ack() == ("AA", "K1")


async def test_two_messages_in_one_packet_are_two_messages() -> None:
    async with scene() as play, play.sender() as sender:
        await sender.send(framed(message("K1")) + framed(message("K2")))

        assert await sender.acks(2) == [("AA", "K1"), ("AA", "K2")]


async def test_a_message_byte_by_byte_is_one_message() -> None:
    async with scene() as play, play.sender() as sender:
        await sender.send(*(bytes((byte,)) for byte in framed(message("K1"))))

        assert await sender.ack() == ("AA", "K1")
        assert play.desk.bodies() == [message("K1")]


@pytest.mark.parametrize("noise", [b"\r\n", b"\x00\x00", b"hello\r\n", b"MSH|", b"\x1c\r", b"\xff" * 5000])
async def test_noise_before_a_frame_is_passed_over(noise: bytes) -> None:
    async with scene() as play, play.sender() as sender:
        await sender.send(noise + framed(message("K1")))

        assert await sender.ack() == ("AA", "K1")
        assert play.desk.rejected == []


async def test_a_frame_without_its_last_cr_is_a_frame() -> None:
    async with scene() as play, play.sender() as sender:
        await sender.send(framed(message("K1"))[:-1])
        assert await sender.ack() == ("AA", "K1")

        await sender.send(b"\r" + framed(message("K2"))[:-1] + framed(message("K3")))
        assert await sender.acks(2) == [("AA", "K2"), ("AA", "K3")]


async def test_a_frame_without_its_fs_is_asked_for_again_and_the_next_one_kept() -> None:
    async with scene() as play, play.sender() as sender:
        await sender.send(b"\x0b" + message("K1") + framed(message("K2")))

        assert await sender.acks(2) == [("AE", "K1"), ("AA", "K2")]
        assert play.desk.bodies() == [message("K2")]
        assert len(play.desk.rejected) == 1


async def test_a_vt_inside_text_is_text() -> None:
    body = message("K1", text="Doe\x0bJordan")
    async with scene() as play, play.sender() as sender:
        await sender.send(framed(body))

        assert await sender.ack() == ("AA", "K1")
        assert play.desk.bodies() == [body]


@pytest.mark.parametrize("end", ["\r", "\n", "\r\n"])
async def test_segments_may_end_as_the_sender_likes(end: str) -> None:
    async with scene() as play, play.sender() as sender:
        await sender.send(framed(message("K1", end=end)))

        assert await sender.ack() == ("AA", "K1")


async def test_an_empty_frame_is_passed_over_and_the_door_stays_open() -> None:
    async with scene() as play, play.sender() as sender:
        await sender.send(b"\x0b\x1c\r", b"\x0b\r\n\x1c\r", framed(message("K1")))

        assert await sender.ack() == ("AA", "K1")
        assert play.desk.rejected == []


async def test_a_message_over_the_limit_is_rejected_by_its_own_id_and_the_next_one_kept() -> None:
    async with scene(limits=Limits(message=1000)) as play, play.sender() as sender:
        await sender.send(framed(message("BIG", text="x" * 50_000)), framed(message("K2")))

        assert await sender.acks(2) == [("AR", "BIG"), ("AA", "K2")]
        assert [len(r.body) <= 1000 for r in play.desk.rejected] == [True]


async def test_a_message_without_a_frame_is_rejected_once_something_follows() -> None:
    async with scene() as play, play.sender() as sender:
        await sender.send(message("BARE") + framed(message("K2")))

        assert await sender.acks(2) == [("AR", "BARE"), ("AA", "K2")]


@pytest.mark.parametrize(
    ("body", "named"),
    [
        (b"GET / HTTP/1.1\r\nHost: hub\r\n\r\n", ""),
        (b"\x00\xff\xfe garbage", ""),
        (b"MSH", ""),
        (b"MSHABC", ""),
        (b"{}", ""),
        (b"FHS|^~\\&|A\rFTS|0\r", ""),
    ],
)
async def test_what_cannot_be_read_is_rejected_and_recorded_and_the_door_stays_up(body: bytes, named: str) -> None:
    async with scene() as play, play.sender() as sender:
        await sender.send(framed(body), framed(message("K2")))

        assert await sender.acks(2) == [("AR", named), ("AA", "K2")]
        assert [r.body for r in play.desk.rejected] == [body]


async def test_what_only_the_reader_finds_unreadable_is_rejected_with_its_reason() -> None:
    cause = "MSH-18: The message declares a charset that is not in table 0211."
    desk = FakeDesk(states={b"|BAD|": Answer(journal="", state="rejected", cause=cause)})
    async with scene(desk=desk) as play, play.sender() as sender:
        await sender.send(framed(message("BAD")))
        answer = await sender.segments()

        assert answer["MSA"][1:4] == ["AR", "BAD", cause]
        assert answer["ERR"][3].startswith("199^")


@pytest.mark.parametrize("state", ["parked", "duplicate"])
async def test_parked_or_seen_before_is_kept_and_the_feed_goes_on(state: str) -> None:
    answer = Answer(journal="", state="parked" if state == "parked" else "duplicate", cause="mappings/adt.yaml line 3")
    async with scene(desk=FakeDesk(states={b"|K1|": answer})) as play, play.sender() as sender:
        await sender.send(framed(message("K1")))

        assert (await sender.segments())["MSA"] == ["MSA", "AA", "K1"]


async def test_a_resend_is_acknowledged_again() -> None:
    async with scene() as play:
        async with play.sender() as sender:
            await sender.send(framed(message("K1")), framed(message("K1")))
            assert await sender.acks(2) == [("AA", "K1")] * 2
        async with play.sender() as again:
            await again.send(framed(message("K1")))
            assert await again.ack() == ("AA", "K1")

        assert play.desk.bodies() == [message("K1")]


async def test_a_batch_in_one_frame_is_answered_message_by_message() -> None:
    body = (
        b"FHS|^~\\&|A\rBHS|^~\\&|A\r" + message("K1") + message("K2", modes="NE|NE") + message("K3") + b"BTS|3\rFTS|1\r"
    )
    async with scene() as play, play.sender() as sender:
        await sender.send(framed(body))

        assert await sender.acks(2) == [("AA", "K1"), ("AA", "K3")]
        assert play.desk.bodies() == [message("K1"), message("K2", modes="NE|NE"), message("K3")]


async def test_a_batch_of_more_messages_than_allowed_is_rejected_as_a_whole() -> None:
    async with scene(limits=Limits(batch=3)) as play, play.sender() as sender:
        await sender.send(framed(b"".join(message(f"K{n}") for n in range(5))))

        assert (await sender.ack())[0] == "AR"
        assert play.desk.kept == []
        assert await sender.hears_nothing()


async def test_pipelined_messages_are_answered_in_their_order_even_when_rejections_are_known_first() -> None:
    async with scene(desk=FakeDesk(hold=True)) as play, play.sender() as sender:
        await sender.send(framed(message("K1")) + framed(b"nonsense") + framed(message("K3")))
        await play.desk.came.wait()
        await asyncio.sleep(0.01)
        last = play.desk._waiting.pop()
        last[0].set_result(Answer(journal="", state="kept"))
        assert await sender.hears_nothing()

        play.desk.commit(1)
        assert await sender.ack() == ("AA", "K1")
        play.desk.commit()
        assert await sender.acks(2) == [("AR", ""), ("AA", "K3")]


async def test_every_acknowledgement_has_an_id_of_its_own() -> None:
    async with scene() as play, play.sender() as sender:
        await sender.send(*[framed(message("K1", modes="AL|AL"))] * 3)

        ids = [(await sender.fields("MSH"))[9] for _ in range(6)]

        assert len(set(ids)) == 6
        assert all(re.fullmatch(r"[0-9a-f]{19}", found) for found in ids)


# MSH-15, MSH-16, then what is said of a kept, a rejected and a lost one.
MODES = [
    ("", "", "AA", "AR", "AE"),
    ("AL", "", "CA", "CR", "CE"),
    ("AL", "NE", "CA", "CR", "CE"),
    ("AL", "AL", "CA AA", "CR", "CE"),
    ("AL", "ER", "CA", "CR", "CE"),
    ("AL", "SU", "CA AA", "CR", "CE"),
    ("NE", "", "", "", ""),
    ("NE", "NE", "", "", ""),
    ("NE", "AL", "AA", "AR", "AE"),
    ("NE", "ER", "", "AR", "AE"),
    ("NE", "SU", "AA", "", ""),
    ("ER", "NE", "", "CR", "CE"),
    ("ER", "AL", "AA", "CR", "CE"),
    ("SU", "NE", "CA", "", ""),
    ("SU", "SU", "CA AA", "", ""),
    ("SU", "ER", "CA", "AR", "AE"),
    ("", "AL", "AA", "AR", "AE"),
    ("", "NE", "", "", ""),
    ("al", "ne", "CA", "CR", "CE"),
]


@pytest.mark.parametrize(("accept", "application", "kept", "rejected", "lost"), MODES)
async def test_the_sender_hears_what_it_asked_for(
    accept: str, application: str, kept: str, rejected: str, lost: str
) -> None:
    states = {
        b"|NO|": Answer(journal="", state="rejected", cause="no"),
        b"|GONE|": Answer(journal="", state="unavailable", cause="gone"),
    }
    async with scene(desk=FakeDesk(states=states), limits=Limits(unavailable="AE")) as play, play.sender() as sender:
        modes = f"{accept}|{application}"
        await sender.send(
            *(framed(message(name, modes=modes)) for name in ("OK", "NO", "GONE")), framed(message("END"))
        )

        heard: dict[str, str] = {}
        while "END" not in heard:
            code, name = await sender.ack()
            heard[name] = f"{heard.get(name, '')} {code}".strip()

        assert heard == {n: c for n, c in (("OK", kept), ("NO", rejected), ("GONE", lost), ("END", "AA")) if c}


async def test_an_acknowledgement_uses_the_senders_delimiters() -> None:
    body = message("K1").replace(b"|", b"#").replace(b"^~\\&", b"@~\\&").replace(b"^", b"@")
    async with scene() as play, play.sender() as sender:
        await sender.send(framed(body))
        frame = await sender.reader.readuntil(b"\x1c\r")

        assert b"\rMSA#AA#K1\r" in frame
        assert frame.startswith(b"\x0bMSH#@~\\&#HUB#HUB#EHR#NORTH#")


async def test_a_control_id_cannot_smuggle_a_segment_into_the_acknowledgement() -> None:
    body = b"MSH|^~\\&|EHR|NORTH|HUB|HUB|||ADT^A01|K1\x85MSA\x0bAA\x1b\x00|P|2.5.1\rPID|1\r"
    async with scene() as play, play.sender() as sender:
        await sender.send(framed(body))
        frame = await sender.reader.readuntil(b"\x1c\r")

        assert frame.count(b"\rMSA") == 1
        assert frame.count(b"\x0b") == 1


async def test_while_the_store_is_gone_nothing_is_said_and_the_sender_is_made_to_reconnect() -> None:
    async with scene(limits=Limits(pause_s=0.02)) as play:
        async with play.sender() as sender:
            await sender.send(framed(message("K1")))
            assert await sender.ack() == ("AA", "K1")
            play.desk.gone = True
            await sender.send(framed(message("K2")) + framed(message("K3")))
            assert await sender.hung_up()
        play.desk.gone = False
        async with play.sender() as again:
            await again.send(framed(message("K2")), framed(message("K3")))

            assert await again.acks(2) == [("AA", "K2"), ("AA", "K3")]


async def test_what_was_committed_before_the_store_went_is_still_acknowledged() -> None:
    async with scene(limits=Limits(pause_s=0.0), desk=FakeDesk(hold=True)) as play, play.sender() as sender:
        await sender.send(framed(message("K1")) + framed(message("K2")) + framed(message("K3")))
        await play.desk.came.wait()
        await asyncio.sleep(0.01)
        play.desk.commit(1)
        play.desk.gone = True
        play.desk.commit(1)
        play.desk.gone = False
        play.desk.commit(1)

        assert await sender.ack() == ("AA", "K1")
        assert await sender.hung_up()


async def test_a_desk_that_fails_is_a_store_that_is_gone() -> None:
    async with scene(limits=Limits(unavailable="AE"), desk=FakeDesk(hold=True)) as play, play.sender() as sender:
        await sender.send(framed(message("K1")))
        await play.desk.came.wait()
        future, _ = play.desk._waiting.popleft()
        future.set_exception(RuntimeError("Jordan Doe"))

        answer = await sender.segments()

        assert answer["MSA"][1:3] == ["AE", "K1"]
        assert "Doe" not in str(answer)


async def test_a_sender_that_left_takes_nothing_down() -> None:
    async with scene(desk=FakeDesk(hold=True)) as play:
        async with play.sender() as sender:
            await sender.send(framed(message("K1")))
            await play.desk.came.wait()
        await asyncio.sleep(0.01)
        play.desk.commit()
        await asyncio.sleep(0.01)

        assert play.desk.bodies() == [message("K1")]
        assert play.door.lines == set()


async def test_a_frame_cut_by_the_end_of_the_connection_is_recorded() -> None:
    async with scene() as play:
        async with play.sender() as sender:
            await sender.send(framed(message("K1"))[:40])
            await asyncio.sleep(0.01)
        await asyncio.wait_for(play.desk.came.wait(), 1)
        await asyncio.sleep(0)

        assert [r.body for r in play.desk.rejected] == [message("K1")[:39]]


async def test_a_sender_that_has_said_all_still_hears_its_answers() -> None:
    async with scene(desk=FakeDesk(hold=True)) as play, play.sender() as sender:
        await sender.send(framed(message("K1")) + framed(message("K2"))[:20])
        sender.writer.write_eof()
        await play.desk.came.wait()
        await asyncio.sleep(0.01)
        play.desk.commit()

        assert await sender.ack() == ("AA", "K1")
        assert (await sender.ack())[0] == "AE"
        assert await sender.hung_up()


async def test_a_probe_that_connects_and_leaves_is_no_event() -> None:
    async with scene() as play:
        for _ in range(3):
            async with play.sender():
                pass
        await asyncio.sleep(0.01)

        assert (play.desk.rejected, play.alarms) == ([], [])


async def test_ten_megabytes_are_one_message() -> None:
    body = message("K1", text="x" * 10_000_000)
    async with scene() as play, play.sender() as sender:
        await sender.send(framed(body))

        assert await sender.ack() == ("AA", "K1")
        assert play.desk.bodies() == [body]


PIECES = [
    b"\x0b",
    b"\x1c",
    b"\r",
    b"\x1c\r",
    b"MSH",
    b"MSH|^~\\&|",
    b"|",
    b"\n",
    b"FHS|^~\\&|\r",
    b"\x00",
    b"\xff",
    message("Z")[:30],
]


@pytest.mark.parametrize("seed", range(20))
async def test_after_any_bytes_the_next_message_is_kept_and_acknowledged(seed: int) -> None:
    chance = random.Random(seed)
    async with scene(limits=Limits(message=5000)) as play, play.sender() as sender:
        for turn in range(10):
            noise = b"".join(chance.choice([*PIECES, chance.randbytes(9)]) for _ in range(chance.randrange(40)))
            await sender.send(*(noise[n : n + 7] for n in range(0, len(noise), 7)), framed(message(f"K{turn}")))
            while b"\rMSA|AA|K%d\r" % turn not in (frame := await sender.reader.readuntil(b"\x1c\r")):
                assert frame.startswith(b"\x0bMSH")

        assert [b for b in play.desk.bodies() if b.startswith(b"MSH|^~\\&|EHR|NORTH") and b"|K" in b] == [
            message(f"K{turn}") for turn in range(10)
        ]
