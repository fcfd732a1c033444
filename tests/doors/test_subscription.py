"""An EIDO subscription over a real WebSocket: answered after it is kept, renewed in time, begun anew when it ends."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import aiohttp.test_utils
import pytest
from aiohttp import web

from hub.access.callers import Feed
from hub.doors.subscription import SubscriptionDoor
from hub.intake import Answer
from tests.doors.desk import FakeDesk

EVENT = {"event": {"subscriptionId": "s1", "transactionId": "t1@x", "notification": [{"$id": "urn:1", "n": 1.50}]}}


@dataclass
class Psap:
    """A partner that conveys EIDO: what it was told, and what it says after each subscription."""

    says: list[dict[str, Any]] = field(default_factory=list)
    expires: Any = 3600
    status: int = 200
    token: str = "secret"
    heard: list[dict[str, Any]] = field(default_factory=list)
    sessions: int = 0
    moved: asyncio.Event = field(default_factory=asyncio.Event)
    port: int = 0

    def names(self) -> list[str]:
        return [next(iter(said)) for said in self.heard]

    async def until(self, *wanted: str) -> None:
        """Wait until these were heard, so often."""
        while not all(self.names().count(name) >= wanted.count(name) for name in wanted):
            self.moved.clear()
            await asyncio.wait_for(self.moved.wait(), 5)

    async def converse(self, request: web.Request) -> web.WebSocketResponse:
        if request.headers.get("Authorization") != f"Bearer {self.token}":
            raise web.HTTPUnauthorized
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        self.sessions += 1
        async for message in socket:
            said = json.loads(message.data)
            self.heard.append(said)
            self.moved.set()
            if "subscribe" in said:
                answer = {
                    "requestId": said["subscribe"]["requestId"],
                    "subscriptionId": "s1",
                    "expires": self.expires,
                    "statusCode": self.status,
                }
                await socket.send_json({"subscribeResponse": answer})
                for one in self.says:
                    await socket.send_json(one)
        return socket


@asynccontextmanager
async def serving(psap: Psap) -> AsyncIterator[Psap]:
    app = web.Application()
    app.router.add_get("/subscriptions", psap.converse)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    psap.port = runner.addresses[0][1]
    try:
        yield psap
    finally:
        await runner.cleanup()


@asynccontextmanager
async def subscribed(
    psap: Psap, desk: FakeDesk, token: str = "secret", network: str = "loopback"
) -> AsyncIterator[SubscriptionDoor]:
    feed = Feed(partner="psap", url=f"ws://127.0.0.1:{psap.port}/subscriptions", secret="psap-token", network=network)
    door = SubscriptionDoor(feed, token, desk, answer_s=2.0, longest_wait_s=0.01)
    await door.start()
    try:
        yield door
    finally:
        await door.stop()


async def test_a_notification_is_answered_after_it_is_kept() -> None:
    desk = FakeDesk(hold=True)
    async with serving(Psap(says=[EVENT])) as psap, subscribed(psap, desk):
        await asyncio.wait_for(desk.came.wait(), 5)
        assert psap.names() == ["subscribe"]
        desk.commit()
        await psap.until("eventResponse")

    assert [(a.partner, a.door, a.message_id) for a in desk.kept] == [("psap", "eido", "")]
    # What was sent is kept as it was spelled.
    assert b'"n":1.5' in desk.kept[0].body
    answer = next(said["eventResponse"] for said in psap.heard if "eventResponse" in said)
    assert answer == {"transactionId": "t1@x", "statusCode": 200, "statusText": "OK"}


async def test_it_unsubscribes_when_it_stops() -> None:
    async with serving(Psap()) as psap:
        async with subscribed(psap, FakeDesk()):
            await psap.until("subscribe")
        await psap.until("unsubscribe")

    assert psap.heard[-1]["unsubscribe"]["subscriptionId"] == "s1"


@pytest.mark.parametrize(("state", "code"), [("rejected", 400), ("parked", 200), ("duplicate", 200)])
async def test_the_answer_says_what_became_of_it(state: Any, code: int) -> None:
    desk = FakeDesk(states={b"urn:1": Answer(journal="", state=state, cause="because")})
    async with serving(Psap(says=[EVENT])) as psap, subscribed(psap, desk):
        await psap.until("eventResponse")

    assert [said["eventResponse"]["statusCode"] for said in psap.heard if "eventResponse" in said] == [code]


async def test_while_the_store_is_gone_the_partner_is_told_to_send_it_again() -> None:
    async with serving(Psap(says=[EVENT])) as psap, subscribed(psap, FakeDesk(gone=True)):
        await psap.until("eventResponse")

    assert psap.heard[1]["eventResponse"]["statusCode"] == 503


async def test_a_subscription_is_renewed_before_it_expires() -> None:
    async with serving(Psap(expires=1)) as psap, subscribed(psap, FakeDesk()):
        await psap.until("subscribe", "subscribe")

        assert psap.sessions == 1


async def test_one_that_is_terminated_is_answered_and_begun_anew() -> None:
    end = {"terminate": {"requestId": "r9", "subscriptionId": "s1"}}
    async with serving(Psap(says=[end])) as psap, subscribed(psap, FakeDesk()):
        await psap.until("terminateResponse", "subscribe", "subscribe")

        assert psap.sessions >= 2
    assert psap.heard[1]["terminateResponse"] == {
        "requestId": "r9",
        "subscriptionId": "s1",
        "statusCode": 200,
        "statusText": "OK",
    }


@pytest.mark.parametrize("odd", [{"status": 403}, {"expires": "soon"}])
async def test_one_that_is_refused_or_makes_no_sense_is_tried_again(odd: dict[str, Any]) -> None:
    async with serving(Psap(**odd)) as psap, subscribed(psap, FakeDesk()):
        await psap.until("subscribe", "subscribe")

        assert psap.sessions >= 2


async def test_without_the_token_nothing_is_told_and_nobody_breaks() -> None:
    desk = FakeDesk()
    async with serving(Psap(says=[EVENT])) as psap, subscribed(psap, desk, token="another"):
        await asyncio.sleep(0.1)

    assert (psap.heard, desk.kept) == ([], [])


async def test_a_partner_that_is_away_is_called_again_until_it_is_there() -> None:
    psap = Psap(says=[EVENT])
    async with serving(psap):
        pass
    desk = FakeDesk()
    async with subscribed(psap, desk):
        await asyncio.sleep(0.05)
        assert desk.kept == []


async def test_a_partner_that_sends_us_on_is_not_followed() -> None:
    asked: list[str] = []
    again = asyncio.Event()

    async def onwards(request: web.Request) -> web.Response:
        asked.append(request.path)
        if len(asked) == 2:
            again.set()
        raise web.HTTPFound("/inside")

    app = web.Application()
    app.router.add_get("/{anywhere}", onwards)
    async with aiohttp.test_utils.TestServer(app) as here, subscribed(Psap(port=here.port or 0), FakeDesk()):
        await asyncio.wait_for(again.wait(), 5)

    assert set(asked) == {"/subscriptions"}


async def test_an_address_of_another_kind_than_the_file_says_is_not_subscribed_at() -> None:
    async with serving(Psap()) as psap, subscribed(psap, FakeDesk(), network="public"):
        await asyncio.sleep(0.1)

    assert psap.sessions == 0
