"""Subscriptions that partners hold, over real WebSockets: granted to whom the file says, notified, answered, renewed, ended."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import pytest
from msgspec import structs

from hub.access.callers import Callers, Feed
from hub.carriers.subscriber import STATUS, SubscriberCarrier
from hub.contracts import Parcel
from hub.doors.gate import Gate
from hub.doors.porch import Porch
from hub.doors.server import HttpServer
from hub.doors.subscribers import PATH, SubscriberDoor, Subscribers, Subscription
from hub.doors.subscription import SubscriptionDoor
from hub.errors import Ambiguous, PartnerBusy, PartnerRefused, PartnerUnreachable
from hub.partners import Delivery, Door
from hub.partners import Source as Sending
from tests.doors.desk import FakeDesk
from tests.houses import partner

EIDO = b'{"$id":"urn:1","n":1.50}'
DOOR = Door(kind="http", token_sha256=hashlib.sha256(b"psap").hexdigest())
PSAP = structs.replace(partner("C2", "PSAP"), source=Sending(format="eido", doors=(DOOR,)))
OTHER = Door(kind="http", token_sha256=hashlib.sha256(b"clinic").hexdigest())
CLINIC = structs.replace(partner("B1", "BH_PROVIDER"), source=Sending(format="fhir", doors=(OTHER,)))
PARCEL = Parcel(partner="C2", key="k1", body=EIDO, media_type="application/emergency.eido+json")


@dataclass
class Hub:
    """A hub that partners subscribe at."""

    subscribers: Subscribers
    port: int
    came: list[str] = field(default_factory=list)

    def carrier(self, timeout_s: float = 2.0) -> SubscriberCarrier:
        return SubscriberCarrier("C2", Delivery(format="eido", carrier="eido", timeout_s=timeout_s), self.subscribers)

    @asynccontextmanager
    async def line(self, token: str = "psap") -> AsyncIterator[aiohttp.ClientWebSocketResponse]:
        headers = {"Authorization": f"Bearer {token}"}
        async with (
            aiohttp.ClientSession(headers=headers) as session,
            session.ws_connect(f"http://127.0.0.1:{self.port}{PATH}") as socket,
        ):
            yield socket

    async def until(self, *, subscribed: bool) -> None:
        async with asyncio.timeout(5):
            while self.subscribers.has("C2") is not subscribed:  # noqa: ASYNC110 - a subscriber that leaves tells nobody
                await asyncio.sleep(0.005)


@asynccontextmanager
async def hub() -> AsyncIterator[Hub]:
    came: list[str] = []
    subscribers = Subscribers(came.append)
    door = SubscriberDoor(Gate(Callers((PSAP, CLINIC))), lambda name: name == "C2", subscribers)
    server = HttpServer(Porch((door,)), port=0)
    await server.start()
    try:
        yield Hub(subscribers, server.port, came)
    finally:
        await subscribers.close()
        await server.stop()


async def ask(socket: aiohttp.ClientWebSocketResponse, **wish: Any) -> dict[str, Any]:
    """Subscribe; what is answered."""
    await socket.send_json({"subscribe": {"requestId": "r1", "requestType": "EIDO", **wish}})
    found: dict[str, Any] = (await socket.receive_json(timeout=5))["subscribeResponse"]
    return found


async def test_our_own_subscription_hears_what_is_due_and_its_answer_is_the_receipt() -> None:
    desk = FakeDesk()
    async with hub() as here:
        feed = Feed(partner="H", url=f"ws://127.0.0.1:{here.port}{PATH}", secret="t", network="loopback")
        other = SubscriptionDoor(feed, "psap", desk, answer_s=2.0, longest_wait_s=0.01)
        await other.start()
        await here.until(subscribed=True)
        receipt = await here.carrier().send(PARCEL)
        await other.stop()
        await here.until(subscribed=False)

    assert (receipt.accepted, receipt.code, here.came) == (True, "200", ["C2"])
    (kept,) = desk.kept
    said = json.loads(kept.body)["event"]
    assert (kept.message_id, said["notification"]) == ("", [{"$id": "urn:1", "n": 1.5}])
    # The very bytes that were decided upon travel.
    assert b'"n":1.5' in kept.body


async def test_a_subscription_is_granted_for_an_hour_and_renewed() -> None:
    async with hub() as here, here.line() as socket:
        first = await ask(socket, requestSubType="new", requestAccepts='application/emergency.eido+json; version="1,2"')
        again = await ask(socket)

    assert (first["statusCode"], first["expires"], first["requestId"]) == (200, 3600, "r1")
    assert again["subscriptionId"] == first["subscriptionId"]


@pytest.mark.parametrize(
    ("wish", "status"),
    [
        ({"requestType": "LOG"}, 400),
        ({"requestAccepts": "text/xml"}, 406),
        ({"requestSubType": "closed"}, 501),
        ({"qualFilter": "beat = 7"}, 501),
    ],
)
async def test_a_wish_that_cannot_be_kept_is_refused_and_never_ignored(wish: dict[str, Any], status: int) -> None:
    async with hub() as here, here.line() as socket:
        said = await ask(socket, **wish)

        assert (said["statusCode"], "subscriptionId" in said, here.subscribers.has("C2")) == (status, False, False)


@pytest.mark.parametrize("token", ["clinic", "nobody", ""])
async def test_whoever_is_not_notified_by_its_file_does_not_get_in(token: str) -> None:
    async with hub() as here:
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            async with here.line(token):
                pass

        assert refused.value.status == 403


async def sent(answer: dict[str, Any] | None, timeout_s: float = 2.0) -> Any:
    """What becomes of a delivery that a subscriber answers so; it hangs up where it has no answer."""
    async with hub() as here, here.line() as socket:
        await ask(socket)
        sending = asyncio.create_task(here.carrier(timeout_s).send(PARCEL))
        event = (await socket.receive_json(timeout=5))["event"]
        assert event["transactionId"] == "k1"
        if answer is None:
            await socket.close()
        else:
            await socket.send_json({"eventResponse": {"transactionId": "k1", **answer}})
        try:
            return await sending
        except (Ambiguous, PartnerBusy, PartnerRefused) as problem:
            return type(problem)


async def test_what_the_subscriber_answers_decides_the_retry() -> None:
    assert (await sent({"statusCode": "201"})).accepted
    assert await sent({"statusCode": 400}) is PartnerRefused
    assert await sent({"statusCode": 503}) is STATUS[503] is PartnerBusy
    assert await sent(None) is Ambiguous
    assert await sent({"statusCode": 200, "transactionId": "another"}, timeout_s=0.05) is Ambiguous


async def test_nobody_is_notified_who_is_not_there() -> None:
    async with hub() as here:
        with pytest.raises(PartnerUnreachable):
            await here.carrier().send(PARCEL)
        async with here.line() as socket:
            granted = await ask(socket)
            await socket.send_json({"unsubscribe": {"requestId": "r", "subscriptionId": "not mine"}})
            wrong = (await socket.receive_json(timeout=5))["unsubscribeResponse"]
            await socket.send_json({"unsubscribe": {"requestId": "r", "subscriptionId": granted["subscriptionId"]}})
            right = (await socket.receive_json(timeout=5))["unsubscribeResponse"]

            assert (wrong["statusCode"], right["statusCode"]) == (404, 200)
            with pytest.raises(PartnerUnreachable):
                await here.carrier().send(PARCEL)


async def test_a_new_subscription_takes_the_place_of_the_old_one() -> None:
    async with hub() as here, here.line() as old, here.line() as new:
        first = await ask(old)
        await ask(new)
        ended = (await old.receive_json(timeout=5))["terminate"]
        sending = asyncio.create_task(here.carrier().send(PARCEL))
        event = (await new.receive_json(timeout=5))["event"]
        await new.send_json({"eventResponse": {"transactionId": event["transactionId"], "statusCode": 200}})

        assert ended["subscriptionId"] == first["subscriptionId"]
        assert (await sending).accepted


@pytest.mark.parametrize("said", ["no JSON", "[]", '{"hello": 1}', '{"subscribe": {}}', "x" * 70_000])
async def test_whoever_does_not_keep_to_the_conversation_is_hung_up_on(said: str) -> None:
    async with hub() as here, here.line() as socket:
        await ask(socket)
        await socket.send_str(said)
        end = await socket.receive(timeout=5)
        await here.until(subscribed=False)

        assert end.type in {aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.CLOSED}


async def test_an_expired_subscription_is_none() -> None:
    async with hub() as here, here.line() as socket:
        await ask(socket)
        here.subscribers._held["C2"].until = 0.0

        assert not here.subscribers.has("C2")


async def test_a_partner_has_so_many_connections_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hub.doors.subscribers._CONNECTIONS", 1)
    async with hub() as here:
        async with here.line() as socket:
            with pytest.raises(aiohttp.WSServerHandshakeError):
                async with here.line():
                    pass
            assert (await ask(socket))["statusCode"] == 200
        await here.until(subscribed=False)
        async with here.line() as socket:
            assert (await ask(socket))["statusCode"] == 200


async def test_a_subscriber_that_reads_nothing_is_waited_for_no_longer_than_for_an_answer() -> None:
    async def deaf(_: object) -> None:
        await asyncio.Event().wait()

    subscribers = Subscribers()
    await subscribers.hold("C2", Subscription(deaf))

    with pytest.raises(Ambiguous):
        await asyncio.wait_for(subscribers.notify("C2", "k1", EIDO, 0.01), 5)
