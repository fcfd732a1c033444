"""Who may speak at an MLLP door, how much, and for how long."""

from __future__ import annotations

import asyncio
import ssl
from dataclasses import replace
from ipaddress import ip_network
from pathlib import Path

import pytest

from hub import clock
from hub.access import tls
from hub.doors.mllp import Limits, MllpDoor
from hub.errors import Misconfigured
from tests.access.authority import Authority
from tests.doors.desk import FakeDesk
from tests.doors.playing import ENTRANCE, framed, message, scene

NAMED = replace(ENTRANCE, applications=frozenset({"EHR"}), facilities=frozenset({"NORTH"}))
PINNED = replace(ENTRANCE, certificate="ehr.hospital.example")


async def test_an_address_outside_the_partners_networks_is_hung_up_on_and_told_about() -> None:
    async with scene(replace(ENTRANCE, networks=(ip_network("10.0.0.0/8"),))) as play, play.sender() as sender:
        assert await sender.hung_up()

        assert play.alarms == [
            ("network", f"er at mllp:{play.door.port}: the address is in none of the partner's networks.")
        ]
        assert play.door.lines == set()


@pytest.mark.parametrize(
    ("header", "place"), [("LAB|NORTH|HUB|HUB", "MSH^1^3"), ("EHR|SOUTH|HUB|HUB", "MSH^1^4"), ("||HUB|HUB", "MSH^1^3")]
)
async def test_a_message_that_names_another_sender_is_rejected_recorded_and_told_about(header: str, place: str) -> None:
    async with scene(NAMED) as play, play.sender() as sender:
        await sender.send(framed(message("K1", header=header)), framed(message("K2")))

        answer = await sender.segments()
        assert answer["MSA"][1:3] == ["AR", "K1"]
        assert answer["ERR"][2] == place
        assert answer["ERR"][3].startswith("204^")
        assert await sender.ack() == ("AA", "K2")
        assert [kind for kind, _ in play.alarms] == ["sender"]
        assert len(play.desk.rejected) == 1


async def test_an_alarm_does_not_repeat_what_the_caller_wrote() -> None:
    async with scene(NAMED) as play, play.sender() as sender:
        await sender.send(framed(message("K1", header="DOE^JORDAN|NORTH|HUB|HUB")))
        answer = await sender.segments()

        assert "DOE" not in str(play.alarms)
        assert "DOE" not in str((answer["ERR"], answer["MSA"]))
        assert "DOE" not in play.desk.rejected[0].cause


async def test_a_name_may_carry_its_universal_id_and_other_delimiters() -> None:
    strange = message("K1", header="EHR^1.2.3^ISO|NORTH|HUB|HUB").replace(b"^", b"@")
    async with scene(NAMED) as play, play.sender() as sender:
        await sender.send(framed(strange))

        assert await sender.ack() == ("AA", "K1")


async def test_an_alarm_of_one_kind_is_given_once_a_minute() -> None:
    async with scene(NAMED) as play, play.sender() as sender:
        await sender.send(*(framed(message(f"K{n}", header="LAB|NORTH|H|H")) for n in range(5)))
        await sender.acks(5)

        assert len(play.alarms) == 1


async def test_more_connections_than_allowed_are_hung_up_on_and_the_others_stay() -> None:
    async with scene(limits=Limits(connections=2)) as play, play.sender() as one, play.sender() as two:
        await one.send(framed(message("K1")))
        assert await one.ack() == ("AA", "K1")
        async with play.sender() as three:
            assert await three.hung_up()
        await two.send(framed(message("K2")))

        assert await two.ack() == ("AA", "K2")
        assert [kind for kind, _ in play.alarms] == ["crowd"]


async def test_a_place_that_was_left_is_free_again() -> None:
    async with scene(limits=Limits(connections=1)) as play:
        for n in range(3):
            async with play.sender() as sender:
                await sender.send(framed(message(f"K{n}")))
                assert await sender.ack() == ("AA", f"K{n}")
            await asyncio.sleep(0.01)


async def test_plain_mllp_bears_no_merges() -> None:
    exposed = replace(ENTRANCE, plain_until=clock.now() + 10**9)
    async with scene(exposed) as play, play.sender() as sender:
        await sender.send(framed(message("K1") + b"MRG|M2\r"), framed(message("K2")))

        answer = await sender.segments()
        assert (answer["MSA"][1], answer["ERR"][3].partition("^")[0]) == ("AR", "200")
        assert await sender.ack() == ("AA", "K2")


# --- pressure ---------------------------------------------------------------------------------------


async def test_reading_stops_while_too_much_is_outstanding_and_nothing_is_lost() -> None:
    desk = FakeDesk(hold=True)
    async with scene(desk=desk, limits=Limits(outstanding=4)) as play, play.sender() as sender:
        big = "x" * 40_000
        sent = asyncio.create_task(sender.send(*(framed(message(f"K{n}", text=big)) for n in range(100))))
        await asyncio.sleep(0.05)
        at_most = desk.waiting()
        heard = asyncio.create_task(sender.acks(100))
        while not heard.done():
            desk.commit()
            await asyncio.sleep(0)

        await sent
        assert at_most < 20
        assert heard.result() == [("AA", f"K{n}") for n in range(100)]


async def test_reading_stops_while_too_many_bytes_are_outstanding() -> None:
    desk = FakeDesk(hold=True)
    async with scene(desk=desk, limits=Limits(outstanding_bytes=10_000)) as play, play.sender() as sender:
        await sender.send(framed(message("K1", text="x" * 20_000)))
        await desk.came.wait()
        await sender.send(framed(message("K2")))
        await asyncio.sleep(0.02)
        assert desk.waiting() == 1

        desk.commit()
        desk.hold = False
        assert await sender.ack() == ("AA", "K1")
        assert await sender.ack() == ("AA", "K2")


@pytest.fixture
def quick_clockwork(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hub.doors.mllp._TICK_S", 0.005)


@pytest.mark.usefixtures("quick_clockwork")
async def test_a_sender_that_never_finishes_a_frame_is_let_go_and_its_bytes_recorded() -> None:
    async with scene(limits=Limits(begun_s=0.03)) as play, play.sender() as sender:
        await sender.send(framed(message("K1"))[:30])
        for _ in range(3):
            await sender.send(b"x")
            await asyncio.sleep(0.005)

        assert await sender.hung_up()
        assert len(play.desk.rejected) == 1


@pytest.mark.usefixtures("quick_clockwork")
async def test_a_sender_between_frames_may_be_quiet_for_longer_than_a_frame_may_take() -> None:
    async with scene(limits=Limits(begun_s=0.02)) as play, play.sender() as sender:
        await sender.send(framed(message("K1")) + b"\r\n")
        assert await sender.ack() == ("AA", "K1")
        await asyncio.sleep(0.04)
        await sender.send(framed(message("K2"))[:-1])
        assert await sender.ack() == ("AA", "K2")
        await asyncio.sleep(0.04)
        await sender.send(framed(message("K3")))

        assert await sender.ack() == ("AA", "K3")


@pytest.mark.usefixtures("quick_clockwork")
async def test_a_connection_that_says_nothing_for_long_is_let_go_but_not_while_an_answer_is_owed() -> None:
    async with scene(limits=Limits(idle_s=0.03), desk=FakeDesk(hold=True)) as play, play.sender() as sender:
        await sender.send(framed(message("K1")))
        assert await sender.hears_nothing(0.06)
        play.desk.commit()
        assert await sender.ack() == ("AA", "K1")

        assert await sender.hung_up()


@pytest.mark.usefixtures("quick_clockwork")
async def test_a_sender_that_never_reads_its_acknowledgements_is_let_go() -> None:
    async with scene(limits=Limits(unread_s=0.03)) as play, play.sender() as sender:
        sender.reader._transport.pause_reading()  # type: ignore[attr-defined] # streams have no other way to stop listening
        burst = framed(message("K1", header="E" * 3000 + "|NORTH|HUB|HUB")) * 200
        for _ in range(200):
            sender.writer.write(burst)
            await asyncio.sleep(0.002)
            if not play.door.lines:
                break

        assert play.door.lines == set()


async def test_a_door_that_closes_answers_what_it_took_and_takes_nothing_more() -> None:
    async with scene(desk=FakeDesk(hold=True)) as play, play.sender() as sender:
        await sender.send(framed(message("K1")))
        await play.desk.came.wait()
        stopping = asyncio.create_task(play.door.stop(grace_s=1.0))
        await asyncio.sleep(0.01)
        await sender.send(framed(message("K2")))
        await asyncio.sleep(0.01)
        play.desk.commit()

        assert await sender.ack() == ("AA", "K1")
        assert await sender.hung_up()
        await stopping
        assert play.desk.bodies() == [message("K1")]


async def test_a_port_that_is_taken_stops_the_start() -> None:
    async with scene() as play:
        second = MllpDoor(replace(ENTRANCE, port=play.door.port), FakeDesk(), alarm=lambda *_: None)

        with pytest.raises(Misconfigured, match="Choose a free port"):
            await second.start()


# --- certificates -----------------------------------------------------------------------------------


async def said(tmp_path: Path, *names: str, shown: bool = True) -> tuple[str, list[tuple[str, str]]]:
    """What somebody hears who shows a certificate of these names at a pinned door."""
    ours = Authority(tmp_path)
    certificate, key = ours.issue(*names) if shown else (None, None)
    server = tls.server(*ours.issue("hub.example"), ours.pem)
    async with scene(PINNED, server=server, client=tls.client(certificate, key, ours.pem)) as play:
        try:
            async with play.sender() as sender:
                await sender.send(framed(message("K1")))
                return (await sender.ack())[0], play.alarms
        except (asyncio.IncompleteReadError, ConnectionError, ssl.SSLError):
            assert play.desk.kept == []
            return "hung up", play.alarms


async def test_the_pinned_name_is_let_in(tmp_path: Path) -> None:
    assert await said(tmp_path, "ehr.hospital.example") == ("AA", [])


async def test_another_name_of_the_same_authority_is_hung_up_on_and_told_about(tmp_path: Path) -> None:
    heard, alarms = await said(tmp_path, "lab.hospital.example")

    assert (heard, [kind for kind, _ in alarms]) == ("hung up", ["certificate"])


async def test_whoever_shows_no_certificate_is_hung_up_on(tmp_path: Path) -> None:
    assert (await said(tmp_path, "x", shown=False))[0] == "hung up"


async def test_plain_bytes_at_a_pinned_door_are_hung_up_on(tmp_path: Path) -> None:
    ours = Authority(tmp_path)
    server = tls.server(*ours.issue("hub.example"), ours.pem)
    async with scene(PINNED, server=server) as play, play.sender() as sender:
        await sender.send(framed(message("K1")))

        await sender.reader.read()
        assert play.desk.kept == []


@pytest.mark.usefixtures("quick_clockwork")
async def test_a_handshake_that_never_ends_is_let_go(tmp_path: Path) -> None:
    ours = Authority(tmp_path)
    server = tls.server(*ours.issue("hub.example"), ours.pem)
    async with scene(PINNED, server=server, limits=Limits(handshake_s=0.02)) as play, play.sender() as sender:
        assert await sender.hung_up()


def test_a_pinned_door_without_a_certificate_of_our_own_stops_the_start() -> None:
    with pytest.raises(Misconfigured, match="Give the hub a certificate"):
        MllpDoor(PINNED, FakeDesk(), alarm=lambda *_: None)


async def test_messages_over_tls_are_many_and_large(tmp_path: Path) -> None:
    ours = Authority(tmp_path)
    server = tls.server(*ours.issue("hub.example"), ours.pem)
    client = tls.client(*ours.issue("ehr.hospital.example"), ours.pem)
    async with scene(PINNED, server=server, client=client) as play, play.sender() as sender:
        heard = asyncio.create_task(sender.acks(50))
        await sender.send(*(framed(message(f"K{n}", text="x" * 100_000)) for n in range(50)))

        assert await heard == [("AA", f"K{n}") for n in range(50)]
