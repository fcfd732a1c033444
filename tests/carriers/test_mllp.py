"""An acknowledgement counts for the message it names and for no other, and what it says decides the retry."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from hub.access import tls
from hub.carriers.mllp import MllpCarrier
from hub.contracts import Carrier, Parcel, Receipt
from hub.errors import Ambiguous, HubError, Misconfigured, PartnerBusy, PartnerRefused, PartnerUnreachable, Passing
from hub.partners import Delivery
from tests.access.authority import Authority
from tests.sinks import MllpSink, Reply, ack, framed, mllp_sink


def parcel(control: str = "K1", text: str = "") -> Parcel:
    body = f"MSH|^~\\&|HUB|HUB|P|P|20260315||ADT^A01|{control}|P|2.5.1\rPID|1||M1||{text}\r"
    return Parcel(partner="er", key=control, body=body.encode(), media_type="x-application/hl7-v2+er7")


def delivery(port: int, **more: str | float) -> Delivery:
    options = {"network": "loopback"} | {
        k: str(v) for k, v in more.items() if k in {"network", "plain_reason", "plain_until"}
    }
    return Delivery(
        format="hl7v2",
        carrier="mllp",
        host=str(more.get("host", "127.0.0.1")),
        port=port,
        timeout_s=float(more.get("timeout_s", 2.0)),
        in_flight=int(more.get("in_flight", 8)),
        certificate=str(more.get("certificate", "")),
        options=options,
    )


@asynccontextmanager
async def meeting(
    *answers: Callable[[bytes], Reply], timeout_s: float = 2.0, in_flight: int = 8
) -> AsyncIterator[tuple[MllpCarrier, MllpSink]]:
    async with mllp_sink(*answers) as sink:
        carrier = MllpCarrier("er", delivery(sink.port, timeout_s=timeout_s, in_flight=in_flight))
        try:
            yield carrier, sink
        finally:
            await carrier.close()


async def told(answer: Callable[[bytes], Reply], timeout_s: float = 2.0) -> Receipt | HubError:
    async with meeting(answer, timeout_s=timeout_s) as (carrier, _):
        try:
            return await carrier.send(parcel())
        except HubError as error:
            return error


def said(text: str) -> Callable[[bytes], Reply]:
    return lambda _: framed(text)


async def test_it_is_a_carrier() -> None:
    carrier: Carrier = MllpCarrier("er", delivery(1))

    await carrier.close()


async def test_a_message_arrives_as_it_was_written() -> None:
    async with meeting() as (carrier, sink):
        receipt = await carrier.send(parcel())

        assert receipt == Receipt(accepted=True, code="AA", reference="K1-A")
        assert sink.messages == [parcel().body]


async def test_messages_in_turn_share_a_connection() -> None:
    async with meeting() as (carrier, sink):
        for n in range(5):
            await carrier.send(parcel(f"K{n}"))

        assert (sink.count, sink.connections) == (5, 1)


async def test_one_message_is_outstanding_on_a_connection_and_no_more_connections_than_allowed() -> None:
    async with meeting(in_flight=3) as (carrier, sink):
        receipts = await asyncio.gather(*(carrier.send(parcel(f"K{n}")) for n in range(12)))

        assert [r.reference for r in receipts] == [f"K{n}-A" for n in range(12)]
        assert sink.connections == 3


MEANING: list[tuple[str, str, type[HubError] | None]] = [
    ("AA", "", None),
    ("CA", "", None),
    ("AA", "207", None),
    ("AE", "", PartnerRefused),
    ("AE", "101", PartnerRefused),
    ("AE", "204", PartnerRefused),
    ("AE", "206", PartnerBusy),
    ("AE", "207", PartnerBusy),
    ("AE", "Doe", PartnerRefused),
    ("CE", "207", PartnerBusy),
    ("CE", "", PartnerRefused),
    ("AR", "", PartnerRefused),
    ("AR", "207", PartnerRefused),
    ("CR", "200", PartnerRefused),
    ("OK", "", PartnerRefused),
    ("", "", PartnerRefused),
]


@pytest.mark.parametrize(("code", "condition", "kind"), MEANING)
async def test_the_code_and_the_condition_decide_the_retry(
    code: str, condition: str, kind: type[HubError] | None
) -> None:
    found = await told(ack(code, error=condition))

    assert (None if isinstance(found, Receipt) else type(found)) is kind
    assert "Doe" not in str(found)


@pytest.mark.parametrize(
    "text",
    [
        "MSH|^~\\&|P|P|H|H|||ACK|9|P|2.3\rMSA|AE|K1\rERR|PID^1^5^207&Application error&HL70357\r",
        "MSH|^~\\&|P|P|H|H|||ACK|9|P|2.2\rMSA|AE|K1|busy|||207\r",
        "MSH#$~\\&#P#P#H#H###ACK#9#P#2.5\rERR###207#E\rMSA#AE#K1\r",
        "MSH|^~\\&|P|P|H|H|||ACK|9|P|2.3\nMSA|AE|K1|busy|||207\n",
    ],
    ids=["ERR-1.4", "MSA-6", "other delimiters", "line feeds"],
)
async def test_the_condition_is_found_where_its_version_puts_it(text: str) -> None:
    found = await told(said(text.replace("1^5^207&", "1^5^207^").replace("#$", "#^")))

    assert isinstance(found, PartnerBusy)


async def test_a_late_acknowledgement_is_never_credited_to_the_next_message() -> None:
    late = ack("AA")
    async with meeting(lambda _: b"", lambda _: b"", timeout_s=0.05) as (carrier, sink):
        with pytest.raises(Ambiguous):
            await carrier.send(parcel("K1"))
        second = asyncio.create_task(carrier.send(parcel("K2")))
        await asyncio.sleep(0.01)
        sink.say(late(parcel("K1").body) or b"")

        with pytest.raises(Ambiguous):
            await second
        await asyncio.sleep(0.01)

        assert (sink.connections, sink.open) == (2, set())


@pytest.mark.parametrize(
    "stray",
    [
        ack("AA", to="K0"),
        ack("AA", to=""),
        ack("AA", to="K1 "),
        ack("AA", to="k1"),
        ack("AA", to="K11"),
        said("MSH|^~\\&|P|P|H|H|||ADT^A01|K1|P|2.5\rPID|1\r"),
        said("MSA|AA|K1\r"),
        said(""),
        lambda _: b"MSA|AA|K1\r",
        lambda _: b"\x0bMSH|^~\\&|P|P|H|H|||ACK|9|P|2.5\rMSA|AA|K1\r",
    ],
    ids=["foreign", "empty", "padded", "case", "prefix", "no MSA", "no MSH", "nothing", "no frame", "no end"],
)
async def test_an_answer_that_does_not_name_this_very_message_is_no_answer(stray: Callable[[bytes], Reply]) -> None:
    assert isinstance(await told(stray, timeout_s=0.3), Ambiguous)


async def test_strays_before_the_answer_do_not_hide_it() -> None:
    def answer(body: bytes) -> Reply:
        return b"hello\r\n" + framed("noise") + (ack("AE", to="K0")(body) or b"") + (ack("AA")(body) or b"")

    assert isinstance(await told(answer), Receipt)


async def test_an_acknowledgement_nobody_waits_for_is_not_the_answer_to_what_comes_next() -> None:
    twice = lambda body: (ack("CA")(body) or b"") + (ack("AE")(body) or b"")  # noqa: E731 - an answer in a table of answers
    async with meeting(twice) as (carrier, sink):
        assert (await carrier.send(parcel("K1"))).code == "CA"
        sink.say(ack("AE", to="K2")(b"") or b"")
        await asyncio.sleep(0.01)

        assert (await carrier.send(parcel("K2"))).code == "AA"
        assert sink.connections == 1


async def test_an_answer_in_single_bytes_is_an_answer() -> None:
    async with meeting(lambda _: b"") as (carrier, sink):
        sending = asyncio.create_task(carrier.send(parcel()))
        await sink.arrived.wait()
        for byte in ack("AA")(parcel().body) or b"":
            sink.say(bytes((byte,)))
            await asyncio.sleep(0)

        assert (await sending).accepted


async def test_a_partner_that_hangs_up_may_have_it() -> None:
    assert isinstance(await told(lambda _: None), Ambiguous)


async def test_an_answer_without_an_end_is_cut_off() -> None:
    assert isinstance(await told(lambda _: b"\x0b" + b"x" * 100_000), Ambiguous)


async def test_a_connection_the_partner_closed_meanwhile_is_not_used() -> None:
    async with meeting() as (carrier, sink):
        await carrier.send(parcel("K1"))
        for transport in list(sink.open):
            transport.abort()
        await asyncio.sleep(0.01)

        assert (await carrier.send(parcel("K2"))).accepted
        assert sink.connections == 2


async def test_a_connection_that_was_quiet_for_long_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hub.carriers.mllp._IDLE_S", 0.0)
    async with meeting() as (carrier, sink):
        await carrier.send(parcel("K1"))
        await carrier.send(parcel("K2"))

        assert sink.connections == 2


async def test_whoever_stops_waiting_leaves_no_connection_behind_for_others() -> None:
    async with meeting(lambda _: b"") as (carrier, sink):
        sending = asyncio.create_task(carrier.send(parcel("K1")))
        await sink.arrived.wait()
        sending.cancel()
        with pytest.raises(asyncio.CancelledError):
            await sending

        assert (await carrier.send(parcel("K2"))).accepted
        assert sink.connections == 2


async def test_a_partner_that_is_not_there_is_unreachable() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]

    with pytest.raises(PartnerUnreachable):
        await MllpCarrier("er", delivery(port)).send(parcel())


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"MSH|^~\\&|HUB|HUB|P|P|||ADT^A01||P|2.5.1\rPID|1\r", "no MSH-10"),
        (b"MSH|^~\\&|HUB|HUB|P|P|||ADT^A01|K1|P|2.5.1\rPID|1\x1c\r\x0bMSH|evil\r", "end a frame"),
    ],
)
async def test_what_no_acknowledgement_could_match_is_not_sent(body: bytes, said: str) -> None:
    async with meeting() as (carrier, sink):
        with pytest.raises(Misconfigured, match=said):
            await carrier.send(Parcel(partner="er", key="K1", body=body, media_type="x"))

        assert sink.connections == 0


async def test_a_host_with_an_address_of_another_kind_is_not_called() -> None:
    async with mllp_sink() as sink:
        plain = {"network": "private", "plain_reason": "r", "plain_until": "2999-01-01"}

        with pytest.raises(Misconfigured, match="has a loopback address"):
            await MllpCarrier("er", delivery(sink.port, host="localhost", **plain)).send(parcel())

        assert sink.connections == 0


async def test_in_the_clear_beyond_this_machine_ends_with_its_day(still: int) -> None:
    plain = {"network": "private", "plain_reason": "r", "plain_until": "2026-03-14"}

    with pytest.raises(Misconfigured, match="a day that is over"):
        await MllpCarrier("er", delivery(1, host="10.255.255.1", **plain)).send(parcel())


def test_a_pinned_certificate_without_tls_stops_the_start() -> None:
    with pytest.raises(Misconfigured, match="Give the hub a certificate"):
        MllpCarrier("er", delivery(1, certificate="er.example"))


async def test_both_sides_show_a_certificate(tmp_path: Path) -> None:
    ours = Authority(tmp_path)
    async with mllp_sink(tls=tls.server(*ours.issue("er.example"), ours.pem)) as sink:
        there = delivery(sink.port, certificate="er.example")
        carrier = MllpCarrier("er", there, tls=tls.client(*ours.issue("hub.example"), ours.pem))

        assert (await carrier.send(parcel())).accepted
        await carrier.close()


@pytest.mark.parametrize(("name", "shown"), [("other.example", True), ("er.example", False)])
async def test_a_stranger_gets_no_message(tmp_path: Path, name: str, *, shown: bool) -> None:
    ours = Authority(tmp_path)
    certificate, key = ours.issue("hub.example") if shown else (None, None)
    async with mllp_sink(tls=tls.server(*ours.issue(name), ours.pem)) as sink:
        carrier = MllpCarrier(
            "er", delivery(sink.port, certificate="er.example"), tls=tls.client(certificate, key, ours.pem)
        )

        with pytest.raises(Passing):
            await carrier.send(parcel())

        assert sink.count == 0
