"""An EIDO subscription (NENA-STA-024) over a WebSocket: each notification is answered after it is kept."""

from __future__ import annotations

import asyncio
import contextlib
import random
from typing import Any, Final

import aiohttp
import msgspec
import structlog
from yarl import URL

from adapters.wire import json
from hub import clock
from hub.access.callers import Feed
from hub.access.route import Guarded, inside
from hub.doors.desk import Desk, settled
from hub.errors import HubError, Unreadable
from hub.intake import Answer, Arrival
from hub.store.ids import new_id

log = structlog.get_logger(__name__)

DOOR: Final = "eido"
MEDIA: Final = 'application/emergency.eido+json; version="1"'
FAULTS: Final = (aiohttp.ClientError, OSError, TimeoutError, HubError)
MOST_BYTES: Final = 16 * 1024 * 1024
# How a notification is answered, by what became of it. Parked is kept: a feed must not stop.
STATUS: Final = {"rejected": (400, "Not read"), "unavailable": (503, "Send it again")}
KEPT: Final = (200, "OK")
_PLAIN: Final = 128
_chance = random.SystemRandom()
_encode = msgspec.json.Encoder().encode


class Ended(Exception):
    """The subscription ended: the partner refused or terminated it, or said what nobody understands."""


class SubscriptionDoor:
    """Holds one partner's subscription, renews it at half its time, and begins anew when it ends.

    It subscribes at an address of the kind that the partner file says, and goes nowhere else that a server sends it.

    What the partner tells again, because an answer did not arrive or the subscription began anew, is a duplicate here.
    """

    def __init__(
        self, feed: Feed, token: str, desk: Desk, *, answer_s: float = 30.0, longest_wait_s: float = 60.0
    ) -> None:
        """Nothing is called before `start`. `answer_s` is how long a subscription may take to be answered."""
        self._feed, self._token, self._desk = feed, token, desk
        self._answer_s, self._longest_wait_s = answer_s, longest_wait_s
        self._stopping = asyncio.Event()
        self._running: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Subscribe, and keep subscribed."""
        self._running = asyncio.create_task(self._run())

    async def stop(self) -> None:
        """Unsubscribe and let go."""
        self._stopping.set()
        if self._running:
            await self._running

    async def _run(self) -> None:
        failures = 0
        while not self._stopping.is_set():
            try:
                await self._session()
                failures = 0
            except (*FAULTS, Ended) as fault:
                failures += 1
                log.warning("subscription ended", partner=self._feed.partner, fault=type(fault).__name__)
            # Full jitter: many hubs must not call at the same moment when a server comes back.
            wait = _chance.uniform(0, min(self._longest_wait_s, 2.0 ** min(failures, 10)))
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), wait)

    async def _session(self) -> None:
        """One connection, until it ends. Raises Ended, or what broke."""
        headers = {"Authorization": f"Bearer {self._token}"}
        async with (
            aiohttp.ClientSession(
                headers=headers, trust_env=False, connector=self._connector(), trace_configs=[_staying()]
            ) as session,
            session.ws_connect(self._feed.url, heartbeat=20.0, max_msg_size=MOST_BYTES) as socket,
        ):
            expires = await self._subscribe(socket)
            renewal = asyncio.get_running_loop().time() + expires / 2
            stopped = asyncio.create_task(self._stopping.wait())
            try:
                while not self._stopping.is_set():
                    left = renewal - asyncio.get_running_loop().time()
                    said = await _heard(socket, stopped, left)
                    if said is not None:
                        await self._answer(socket, said)
                    elif not self._stopping.is_set():
                        renewal = asyncio.get_running_loop().time() + await self._subscribe(socket) / 2
                await self._send(socket, "unsubscribe", requestId=new_id(), subscriptionId=self._subscription)
            finally:
                stopped.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await stopped

    def _connector(self) -> aiohttp.TCPConnector:
        host = URL(self._feed.url).host or ""
        return aiohttp.TCPConnector(
            resolver=Guarded(inside(f"{self._feed.partner} subscription", self._feed.network, host))
        )

    async def _subscribe(self, socket: aiohttp.ClientWebSocketResponse) -> float:
        """Ask for every EIDO; gives the seconds after which the subscription expires. What comes before the answer is answered."""
        request = new_id()
        await self._send(socket, "subscribe", requestId=request, requestType="EIDO", requestAccepts=MEDIA)
        async with asyncio.timeout(self._answer_s):
            while True:
                said = _read(await socket.receive())
                found = said.get("subscribeResponse")
                if not isinstance(found, dict):
                    await self._answer(socket, said)
                elif found.get("requestId") == request:
                    break
        if str(found.get("statusCode")) != "200":
            raise Ended("refused")
        self._subscription = str(found.get("subscriptionId", ""))[:_PLAIN]
        try:
            return max(float(str(found.get("expires", "3600"))), 1.0)
        except ValueError as error:
            raise Ended("expires is no number") from error

    async def _answer(self, socket: aiohttp.ClientWebSocketResponse, said: dict[str, Any]) -> None:
        """Answer what the partner said. Raises Ended when it terminates the subscription."""
        if isinstance(found := said.get("event"), dict):
            answer = await self._kept(said)
            code, words = STATUS.get(answer.state, KEPT)
            await self._send(
                socket, "eventResponse", transactionId=found.get("transactionId"), statusCode=code, statusText=words
            )
        elif isinstance(found := said.get("terminate"), dict):
            names = {name: found.get(name) for name in ("requestId", "subscriptionId")}
            await self._send(socket, "terminateResponse", **names, statusCode=200, statusText="OK")
            raise Ended("terminated")

    async def _kept(self, said: dict[str, Any]) -> Answer:
        # Under the ids and times of the EIDO themselves: whoever subscribes anew is told all of them again, in other transactions.
        arrival = Arrival(
            journal=new_id(),
            partner=self._feed.partner,
            body=json.write(said),
            door=DOOR,
            at=clock.now(),
        )
        future = self._desk.take(arrival)
        await asyncio.wait([future])
        return settled(future)

    @staticmethod
    async def _send(socket: aiohttp.ClientWebSocketResponse, name: str, **said: object) -> None:
        await socket.send_str(_encode({name: said}).decode())


def _staying() -> aiohttp.TraceConfig:
    """Follows nobody elsewhere: aiohttp has no other word for it where a WebSocket is asked for."""

    async def refuse(*_: object) -> None:
        raise Ended("sent elsewhere")

    found = aiohttp.TraceConfig()
    found.on_request_redirect.append(refuse)
    return found


async def _heard(
    socket: aiohttp.ClientWebSocketResponse, stopped: asyncio.Task[bool], seconds: float
) -> dict[str, Any] | None:
    """What the partner said next; nothing when it is time for something else. Raises Ended when the connection closed."""
    hearing = asyncio.ensure_future(socket.receive())
    done, _ = await asyncio.wait({hearing, stopped}, timeout=max(seconds, 0), return_when=asyncio.FIRST_COMPLETED)
    if hearing in done:
        return _read(hearing.result())
    hearing.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await hearing
    return None


def _read(message: aiohttp.WSMessage) -> dict[str, Any]:
    """The object in a text message. Raises Ended for anything else."""
    if message.type is not aiohttp.WSMsgType.TEXT:
        raise Ended("closed")
    try:
        found = json.read(message.data.encode())
    except (Unreadable, UnicodeEncodeError) as error:
        raise Ended("no JSON") from error
    if not isinstance(found, dict):
        raise Ended("no object")
    return found
