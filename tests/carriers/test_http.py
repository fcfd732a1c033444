"""What an HTTP partner answers decides the retry; what broke, and when, decides it where there is no answer."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from hub.access import tls
from hub.access.route import Route
from hub.carriers.http import STATUS, HttpCarrier
from hub.contracts import Carrier, Parcel, Receipt
from hub.errors import (
    Ambiguous,
    HubError,
    Lasting,
    Misconfigured,
    PartnerBusy,
    PartnerRefused,
    PartnerUnreachable,
    Passing,
)
from hub.partners import Delivery
from tests.access.authority import Authority
from tests.sinks import HANG_UP, OK, SILENCE, Reply, Sink, http_sink, reply

PARCEL = Parcel(partner="clinic", key="k-1", body=b'{"resourceType":"Bundle"}', media_type="application/fhir+json")


def delivery(url: str, network: str = "loopback", **more: float) -> Delivery:
    timeout_s = more.get("timeout_s", 2.0)
    return Delivery(format="fhir", carrier="http", url=url, timeout_s=timeout_s, options={"network": network})


@asynccontextmanager
async def meeting(
    *script: Reply, otherwise: Reply = OK, timeout_s: float = 2.0
) -> AsyncIterator[tuple[HttpCarrier, Sink]]:
    async with http_sink(*script, otherwise=otherwise) as sink:
        carrier = HttpCarrier("clinic", delivery(sink.url, timeout_s=timeout_s))
        try:
            yield carrier, sink
        finally:
            await carrier.close()


async def told(answer: Reply, timeout_s: float = 2.0) -> Receipt | HubError:
    """What the carrier makes of one answer."""
    async with meeting(answer, timeout_s=timeout_s) as (carrier, _):
        try:
            return await carrier.send(PARCEL)
        except HubError as error:
            return error


def test_it_is_a_carrier() -> None:
    carrier: Carrier = HttpCarrier("clinic", delivery("http://127.0.0.1/x"))

    assert carrier is not None


async def test_a_parcel_arrives_as_it_was_written_under_its_key() -> None:
    async with meeting() as (carrier, sink):
        receipt = await carrier.send(PARCEL)

        request = sink.requests[0]
        assert receipt == Receipt(accepted=True, code="200")
        assert request.line == "POST /in HTTP/1.1"
        assert request.body == PARCEL.body
        assert request.headers["idempotency-key"] == "k-1"
        assert request.headers["content-type"] == "application/fhir+json"
        # Nothing packed is unpacked, so nothing packed is asked for: what a look-up answers must be read.
        assert request.headers["accept-encoding"] == "identity"


async def test_many_parcels_share_a_kept_alive_connection() -> None:
    async with meeting() as (carrier, sink):
        for _ in range(5):
            await carrier.send(PARCEL)

        assert (sink.count, sink.connections) == (5, 1)


async def test_an_idle_connection_is_let_go_before_the_partner_does(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hub.carriers.http._IDLE_S", 0.01)
    async with meeting() as (carrier, sink):
        await carrier.send(PARCEL)
        await asyncio.sleep(0.03)
        await carrier.send(PARCEL)

        assert sink.connections == 2


async def test_headers_of_the_partner_go_with_every_request() -> None:
    async with http_sink() as sink:
        carrier = HttpCarrier("clinic", delivery(sink.url), headers={"Authorization": "Bearer t"})
        await carrier.send(PARCEL)
        await carrier.close()

    assert sink.requests[0].headers["authorization"] == "Bearer t"


MEANING: dict[int, type[HubError] | None] = {
    200: None, 201: None, 202: None, 204: None, 299: None,
    300: PartnerRefused, 301: PartnerRefused, 302: PartnerRefused, 304: PartnerRefused, 307: PartnerRefused, 308: PartnerRefused,
    400: PartnerRefused, 401: PartnerRefused, 403: PartnerRefused, 404: PartnerRefused, 405: PartnerRefused, 409: PartnerRefused,
    410: PartnerRefused, 413: PartnerRefused, 415: PartnerRefused, 422: PartnerRefused, 451: PartnerRefused, 499: PartnerRefused,
    408: PartnerBusy, 425: PartnerBusy, 429: PartnerBusy, 503: PartnerBusy,
    500: Ambiguous, 501: Ambiguous, 502: Ambiguous, 504: Ambiguous, 507: Ambiguous, 599: Ambiguous,
}  # fmt: skip


async def test_the_status_decides_the_retry() -> None:
    found = {status: await told(reply(status)) for status in MEANING}

    assert {s: None if isinstance(f, Receipt) else type(f) for s, f in found.items()} == MEANING
    assert all(isinstance(found[status], kind) for status, kind in STATUS.items())
    assert all(isinstance(f, Lasting) for s, f in found.items() if 300 <= s < 500 and s not in STATUS)
    assert all(isinstance(f, Passing) for s, f in found.items() if s >= 500)


async def test_a_redirect_is_not_followed() -> None:
    async with http_sink() as other, meeting(reply(307, Location=other.url)) as (carrier, _):
        with pytest.raises(PartnerRefused, match="correct the url"):
            await carrier.send(PARCEL)

        assert other.count == 0


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        ("120", 120.0),
        ("0", 0.0),
        ("Sun, 15 Mar 2026 20:00:30 GMT", 30.0),
        ("Sun, 15 Mar 2026 19:00:00 GMT", 0.0),
        ("Sunday, 15-Mar-26 20:01:00 GMT", 60.0),
        ("9" * 30, 86_400.0),
        ("Sun, 15 Mar 2026 20:00:30 -99999999999999", None),
        ("soon", None),
        ("-5", None),
        ("", None),
    ],
)
async def test_a_partner_that_asks_for_patience_gets_it(still: int, said: str, seconds: float | None) -> None:
    found = await told(reply(429, Retry_After=said))

    assert isinstance(found, PartnerBusy)
    assert found.retry_after == seconds


async def test_a_partner_that_is_not_there_is_unreachable() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    carrier = HttpCarrier("clinic", delivery(f"http://127.0.0.1:{port}/x"))

    with pytest.raises(PartnerUnreachable):
        await carrier.send(PARCEL)

    await carrier.close()


async def test_a_host_nobody_knows_is_unreachable() -> None:
    carrier = HttpCarrier("clinic", delivery("https://no-such-host.invalid/x", network="public"))

    with pytest.raises(PartnerUnreachable):
        await carrier.send(PARCEL)

    await carrier.close()


async def test_a_partner_that_never_shakes_hands_is_unreachable() -> None:
    async with http_sink() as sink:  # plain: it never answers a ClientHello
        carrier = HttpCarrier("clinic", delivery(sink.url.replace("http", "https"), timeout_s=0.05))

        with pytest.raises(PartnerUnreachable):
            await carrier.send(PARCEL)

        await carrier.close()


@pytest.mark.parametrize(
    "answer",
    [
        SILENCE,
        HANG_UP,
        b"HTTP/1.1 2",
        b"SMTP ready\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 40_000 + b"\r\n",
    ],
    ids=["silence", "hang-up", "half a line", "not HTTP", "bad length", "endless headers"],
)
async def test_without_an_answer_it_may_have_arrived(answer: Reply) -> None:
    assert isinstance(await told(answer, timeout_s=0.05), Ambiguous)


async def test_after_a_time_out_the_late_answer_is_not_the_answer_to_the_next() -> None:
    async with meeting(SILENCE, reply(422), timeout_s=0.05) as (carrier, sink):
        with pytest.raises(Ambiguous):
            await carrier.send(PARCEL)
        for transport in list(sink.open):
            transport.write(OK)

        with pytest.raises(PartnerRefused):
            await carrier.send(PARCEL)

        assert sink.connections == 2


@pytest.mark.parametrize("body", [b"x" * 200_000, b"\xff\xfe", b"[" * 60_000, b'{"issue": 7}', b'{"id": {}}', b"null"])
async def test_a_strange_body_does_not_change_what_the_status_said(body: bytes) -> None:
    assert await told(reply(200, body)) == Receipt(accepted=True, code="200")


async def test_a_body_that_never_ends_is_left_where_it_is() -> None:
    started = b"HTTP/1.1 202 OK\r\nContent-Length: 9999\r\n\r\n{"

    assert await told(started, timeout_s=0.05) == Receipt(accepted=True, code="202")


async def test_an_unpacked_answer_is_not_unpacked() -> None:
    assert await told(reply(200, b"\x1f\x8b nonsense", Content_Encoding="gzip")) == Receipt(accepted=True, code="200")


async def test_of_an_outcome_only_the_codes_are_told() -> None:
    issue = [
        {"severity": "error", "code": "invalid", "diagnostics": "Jordan Doe"},
        {"severity": "Jordan", "code": "Doe"},
    ]
    found = await told(reply(422, json.dumps({"resourceType": "OperationOutcome", "issue": issue}).encode()))

    assert isinstance(found, PartnerRefused)
    assert str(found) == "clinic delivery: The partner answered 422 (error: invalid)."


@pytest.mark.parametrize(
    ("answer", "reference"),
    [
        (reply(201, Location="https://h/fhir/Task/77/_history/1"), "Task/77"),
        (reply(201, Location="Task/77"), "Task/77"),
        (reply(201, Location="https://h/fhir/Patient?name=Doe"), ""),
        (reply(202, b'{"id":"a-1"}'), "a-1"),
        (reply(202, b'{"id":"Jordan Doe"}'), ""),
    ],
)
async def test_the_partners_own_id_is_kept(answer: bytes, reference: str) -> None:
    found = await told(answer)

    assert isinstance(found, Receipt)
    assert found.reference == reference


@pytest.mark.parametrize(
    ("host", "network", "found"),
    [
        ("10.0.0.1", "public", "private"),
        ("127.0.0.1", "public", "loopback"),
        ("[::1]", "public", "loopback"),
        ("[::ffff:127.0.0.1]", "public", "loopback"),
        ("169.254.169.254", "public", "none"),
        ("169.254.169.254", "private", "none"),
        ("93.184.215.14", "loopback", "public"),
        ("224.0.0.1", "public", "none"),
    ],
)
def test_an_address_of_another_kind_than_declared_stops_the_start(host: str, network: str, found: str) -> None:
    with pytest.raises(Misconfigured, match=f"has a {found} address"):
        HttpCarrier("clinic", delivery(f"https://{host}/x", network=network))


@pytest.mark.parametrize("host", ["2130706433", "127.1", "0x7f.1", "0177.0.0.1"])
async def test_an_address_in_disguise_is_not_called(host: str) -> None:
    carrier = HttpCarrier("clinic", delivery(f"https://{host}/x", network="public", timeout_s=0.2))

    with pytest.raises(HubError):
        await carrier.send(PARCEL)

    await carrier.close()


async def test_in_the_clear_beyond_this_machine_ends_with_its_day(still: int) -> None:
    plain = {"network": "private", "plain_reason": "r", "plain_until": "2026-03-14"}
    there = Delivery(format="fhir", carrier="http", url="http://10.255.255.1/x", options=plain)

    with pytest.raises(Misconfigured, match="a day that is over"):
        await HttpCarrier("clinic", there).send(PARCEL)


async def test_a_name_that_means_an_inside_address_is_not_called() -> None:
    async with http_sink() as sink:
        carrier = HttpCarrier("clinic", delivery(f"https://localhost:{sink.port}/x", network="public"))

        with pytest.raises(Misconfigured, match="has a loopback address"):
            await carrier.send(PARCEL)

        assert sink.connections == 0
        await carrier.close()


def test_one_inside_address_among_public_ones_is_one_too_many() -> None:
    with pytest.raises(Misconfigured, match="has a private address"):
        Route(place="clinic delivery", network="public").guard(["93.184.215.14", "192.168.0.1"])


async def test_the_partner_is_known_by_its_certificate_and_so_are_we(tmp_path: Path) -> None:
    ours = Authority(tmp_path)
    server = tls.server(*ours.issue("localhost"), ours.pem)
    async with http_sink(tls=server) as sink:
        url = f"https://localhost:{sink.port}/x"
        carrier = HttpCarrier("clinic", delivery(url), tls=tls.client(*ours.issue("hub.example"), ours.pem))

        assert (await carrier.send(PARCEL)).accepted
        await carrier.close()


@pytest.mark.parametrize("name", ["other.example", "localhost"], ids=["wrong name", "wrong authority"])
async def test_a_partner_with_the_wrong_certificate_gets_no_byte(tmp_path: Path, name: str) -> None:
    ours, theirs = Authority(tmp_path), Authority(tmp_path, "Other CA")
    issuer = ours if name != "localhost" else theirs
    async with http_sink(tls=tls.server(*issuer.issue(name), ours.pem)) as sink:
        url = f"https://localhost:{sink.port}/x"
        carrier = HttpCarrier("clinic", delivery(url), tls=tls.client(*ours.issue("hub.example"), ours.pem))

        with pytest.raises(PartnerUnreachable, match="Certificate"):
            await carrier.send(PARCEL)

        assert sink.count == 0
        await carrier.close()


async def test_a_partner_that_does_not_accept_our_certificate_gets_no_byte(tmp_path: Path) -> None:
    ours = Authority(tmp_path)
    async with http_sink(tls=tls.server(*ours.issue("localhost"), ours.pem)) as sink:
        carrier = HttpCarrier(
            "clinic", delivery(f"https://localhost:{sink.port}/x"), tls=tls.client(None, None, ours.pem)
        )

        # TLS 1.3 tells the client only after it has sent: nobody on this side can know that nothing arrived.
        with pytest.raises(Passing):
            await carrier.send(PARCEL)

        assert sink.count == 0
        await carrier.close()
