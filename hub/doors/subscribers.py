"""EIDO subscriptions that partners hold here (NENA-STA-024): a WebSocket on which what is due to them is notified and answered.

The courier decides and claims as for every other delivery; this door only carries, and only to who subscribed.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from typing import Any, ClassVar, Final

import msgspec
import structlog

from adapters.wire import json
from hub.doors.gate import Gate, Turned
from hub.doors.http import Receive, Scope, Send
from hub.errors import Ambiguous, PartnerUnreachable, Unreadable
from hub.store.ids import new_id

log = structlog.get_logger(__name__)
PATH: Final = "/IncidentData/v1/subscriptions"
EXPIRES_S: Final = 3600
MEDIA: Final = "application/emergency.eido+json"
# Which EIDO a subscriber hears of: all that its partner file wants. Narrower wishes are refused, never ignored.
SUBTYPES: Final = frozenset({"", "new"})
_LONGEST: Final = 128
# Whoever does not read what it is sent for so long does not listen.
_DEAF_S: Final = 10.0
# Connections of one partner: the one that counts, and some that it has forgotten.
_CONNECTIONS: Final = 8
# Close codes of RFC 6455 and IANA's: going away, what breaks the rules of the conversation, and come again later.
_AWAY, _STRANGE, _LATER = 1001, 1008, 1013
_encode = msgspec.json.Encoder().encode


class Subscription:
    """One subscription on one connection, and the notifications that wait for their answers, by transaction."""

    def __init__(self, send: Send) -> None:
        """Subscribed from now on."""
        self.id = new_id()
        self._send = send
        self._waiting: dict[str, asyncio.Future[int]] = {}
        self.until = 0.0

    async def notify(self, key: str, eido: bytes, patience_s: float) -> int:
        """Send one EIDO and wait for what the subscriber answers. Raises Ambiguous where it did not answer in time, or left."""
        answered: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._waiting[key] = answered
        head = _encode({"subscriptionId": self.id, "transactionId": key})[:-1]
        try:
            async with asyncio.timeout(patience_s):
                # Whoever reads nothing keeps us waiting here already.
                await self._text(b'{"event":' + head + b',"notification":[' + eido + b"]}}")
                return await answered
        except (TimeoutError, OSError) as late:
            raise Ambiguous("The subscriber did not answer.") from late
        finally:
            self._waiting.pop(key, None)

    def answered(self, key: str, status: int) -> None:
        """The subscriber answered a notification; what nobody waits for is let pass."""
        if (waiting := self._waiting.get(key)) and not waiting.done():
            waiting.set_result(status)

    def gone(self) -> None:
        """The subscriber left: nobody knows whether it kept what it had not answered."""
        for waiting in self._waiting.values():
            if not waiting.done():
                waiting.set_exception(Ambiguous("The subscriber left before it answered."))

    async def say(self, name: str, **said: object) -> None:
        """Say something of the conversation."""
        await self._text(_encode({name: said}))

    async def end(self) -> None:
        """Tell the subscriber that its subscription is over, and hang up."""
        with suppress(OSError, RuntimeError, TimeoutError):
            async with asyncio.timeout(_DEAF_S):
                await self.say("terminate", requestId=new_id(), subscriptionId=self.id)
                await self._send({"type": "websocket.close", "code": _AWAY})

    async def _text(self, said: bytes) -> None:
        await self._send({"type": "websocket.send", "text": said.decode()})


class Subscribers:
    """Who is subscribed now. A partner has one subscription: a new one takes the place of the old."""

    def __init__(self, moved: Callable[[str], None] = lambda _: None) -> None:
        """`moved` hears of every partner that came."""
        self.moved = moved
        self._held: dict[str, Subscription] = {}

    def has(self, partner: str) -> bool:
        """Whether a partner is subscribed, and its subscription has not expired."""
        held = self._held.get(partner)
        return held is not None and held.until > asyncio.get_running_loop().time()

    async def notify(self, partner: str, key: str, eido: bytes, patience_s: float) -> int:
        """The status that a subscriber answers to one EIDO. Raises PartnerUnreachable where there is none, Ambiguous for no answer."""
        held = self._held.get(partner)
        if held is None or not self.has(partner):
            raise PartnerUnreachable("Nobody is subscribed.")
        return await held.notify(key, eido, patience_s)

    async def hold(self, partner: str, subscription: Subscription) -> None:
        """From now on this one is notified, for an hour; one that was held before is ended."""
        before = self._held.get(partner)
        subscription.until = asyncio.get_running_loop().time() + EXPIRES_S
        self._held[partner] = subscription
        if before is not None and before is not subscription:
            before.gone()
            await before.end()
        self.moved(partner)

    def release(self, partner: str, subscription: Subscription) -> None:
        """It is over."""
        subscription.gone()
        if self._held.get(partner) is subscription:
            del self._held[partner]

    async def close(self) -> None:
        """End all of them: the hub stops."""
        for partner, held in list(self._held.items()):
            self.release(partner, held)
            await held.end()


class SubscriberDoor:
    """Converses with subscribers."""

    scheme: ClassVar[str] = "websocket"
    paths: ClassVar[tuple[str, ...]] = (PATH,)

    def __init__(self, gate: Gate, may: Callable[[str], bool], subscribers: Subscribers) -> None:
        """`may` says whether a partner is notified by subscription."""
        self._gate, self._may, self._subscribers = gate, may, subscribers
        self._open: Counter[str] = Counter()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Converse with a subscriber until it leaves."""
        await receive()
        try:
            words = "Send the bearer token of a partner that is notified."
            partner = self._gate.asks(scope, "subscribers", words, may=self._may)
        except Turned:
            await send({"type": "websocket.close", "code": _STRANGE})
            return
        if self._open[partner] >= _CONNECTIONS:
            await send({"type": "websocket.close", "code": _LATER})
            return
        self._open[partner] += 1
        subscription = Subscription(send)
        try:
            await send({"type": "websocket.accept"})
            while (said := _read(await receive())) is not None:
                await self._answer(partner, subscription, said)
        except Unreadable:
            with suppress(OSError, RuntimeError):
                await send({"type": "websocket.close", "code": _STRANGE})
        finally:
            self._open[partner] -= 1
            self._subscribers.release(partner, subscription)

    async def _answer(self, partner: str, subscription: Subscription, said: dict[str, Any]) -> None:
        match said:
            case {"subscribe": {"requestId": str(request)} as wish}:
                await self._subscribe(partner, subscription, request, wish)
            case {"unsubscribe": {"subscriptionId": subscription.id}}:
                self._subscribers.release(partner, subscription)
                words = {"subscriptionId": subscription.id, "statusCode": 200, "statusText": "Unsubscribed"}
                await subscription.say("unsubscribeResponse", **words)
            case {"unsubscribe": {"subscriptionId": other}}:
                words = {"subscriptionId": _plain(other), "statusCode": 404, "statusText": "Not found"}
                await subscription.say("unsubscribeResponse", **words)
            case {"eventResponse": {"transactionId": str(key), "statusCode": int(status)}}:
                subscription.answered(key, status)
            case {"eventResponse": {"transactionId": str(key), "statusCode": str(status)}} if status.isdecimal():
                subscription.answered(key, int(status[:3]))
            case {"terminateResponse": _}:
                pass
            case _:
                raise Unreadable("This is no part of the conversation.")

    async def _subscribe(self, partner: str, subscription: Subscription, request: str, wish: dict[str, Any]) -> None:
        status, words = _verdict(wish)
        granted = {"subscriptionId": subscription.id, "expires": EXPIRES_S} if status == 200 else {}
        await subscription.say(
            "subscribeResponse", requestId=_plain(request), **granted, statusCode=status, statusText=words
        )
        if status == 200:
            await self._subscribers.hold(partner, subscription)


def _verdict(wish: dict[str, Any]) -> tuple[int, str]:
    """Whether a subscription is granted, as a status and words.

    >>> _verdict({"requestType": "EIDO"}), _verdict({"requestType": "EIDO", "qualFilter": "x"})[0]
    ((200, 'OK'), 501)
    """
    for wrong, status, words in (
        (wish.get("requestType") != "EIDO", 400, "requestType is EIDO"),
        (MEDIA not in str(wish.get("requestAccepts", MEDIA)), 406, f"what is sent is {MEDIA}"),
        (wish.get("requestSubType", "") not in SUBTYPES, 501, "requestSubType is new, or left out"),
        (bool(wish.get("qualFilter")), 501, "what a subscriber hears of stands in its partner file"),
    ):
        if wrong:
            return status, words
    return 200, "OK"


def _plain(value: object) -> str:
    return str(value)[:_LONGEST]


def _read(message: Any) -> dict[str, Any] | None:
    """What a subscriber said; nothing once it left. Raises Unreadable for what is no JSON object."""
    if message["type"] != "websocket.receive":
        return None
    found = json.read((message.get("text") or "").encode())
    if not isinstance(found, dict):
        raise Unreadable("This is no JSON object.")
    return found
