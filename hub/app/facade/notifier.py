"""Tells subscribers: what is new to them is decided, one leaf is durable, and only then a notification leaves.

Each partner is told beside the others: one that answers slowly, or not at all, keeps nobody else waiting.

A rest-hook that fails is tried again with growing waits; after `TRIES` its subscription says that it is in error, and goes on
where it stopped as soon as the partner answers. What was missed may be asked for (`$events`). A WebSocket that nobody holds is
waited for.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Final, Protocol

import msgspec
import structlog
from msgspec.structs import replace

from adapters.wire.fhir import Node
from adapters.wire.fhir_notices import JSON, Event
from hub import clock
from hub.app.facade.facade import noted
from hub.app.facade.records import Seen
from hub.app.facade.subscriptions import REMEMBERED, Heard, Held, Subscriptions
from hub.contracts import Carrier, Parcel
from hub.errors import Conflict, HubError
from hub.spans import MINUTE, SECOND
from hub.store.result import all_kept

log = structlog.get_logger(__name__)
EVERY_S: Final = 0.25
TRIES: Final = 6
LONGEST: Final = 5 * MINUTE
# How many deliveries one look goes through for one subscription.
_AT_ONCE: Final = 200
_encode = msgspec.json.Encoder().encode


class Listeners(Protocol):
    """Who holds a WebSocket now."""

    def has(self, partner: str, word: str) -> bool:
        """Whether somebody holds one for a subscription."""
        ...

    def say(self, partner: str, word: str, text: bytes) -> Awaitable[None]:
        """Send something. Raises PartnerUnreachable where nobody is there any more."""
        ...


@dataclass(slots=True)
class _Tries:
    """How telling one subscriber goes: tries in a row that failed, when to try again, when something was told last (µs)."""

    failed: int = 0
    again_at: int = 0
    told_at: int = 0


@dataclass(slots=True, kw_only=True)
class Notifier:
    """One look tells everybody of what is new, but for those who are still being told. `hook` gives the carrier to an endpoint."""

    subscriptions: Subscriptions
    listeners: Listeners
    hook: Callable[[str, str], Carrier]
    _tries: dict[str, _Tries] = field(default_factory=dict)
    _carriers: dict[tuple[str, str], Carrier] = field(default_factory=dict)
    _positions: dict[str, int] = field(default_factory=dict)
    _telling: dict[str, asyncio.Task[None]] = field(default_factory=dict)

    async def look(self, now: int) -> None:
        """Look once as of an instant. A fault of ours about one partner is raised once every other was told."""
        # Whoever is still being told when what is kept is read is told again by the next look: this one may know less by then.
        faults, busy = self._ended(), set(self._telling)
        whose: dict[str, list[tuple[Held, int]]] = {}
        for one in await asyncio.to_thread(self.subscriptions.every):
            whose.setdefault(one[0].partner, []).append(one)
        begun = {name: asyncio.create_task(self._told(own, now)) for name, own in whose.items() if name not in busy}
        self._telling |= begun
        if begun:
            await asyncio.wait(begun.values(), timeout=EVERY_S)
        if faults := [*faults, *self._ended()]:
            raise faults[0]

    async def close(self) -> None:
        """Let go of connections."""
        for task in self._telling.values():
            task.cancel()
        await asyncio.gather(*self._telling.values(), return_exceptions=True)
        for carrier in self._carriers.values():
            await carrier.close()

    def _ended(self) -> list[BaseException]:
        """Let go of whoever was told, and say what broke."""
        done = [name for name, task in self._telling.items() if task.done()]
        return [fault for name in done if (fault := self._telling.pop(name).exception())]

    async def _told(self, several: Sequence[tuple[Held, int]], now: int) -> None:
        """Tell one partner."""
        for held, version in several:
            tries = self._tries.setdefault(held.name, _Tries(told_at=now))
            try:
                await self._tell(held, version, tries, now)
            except Conflict:
                continue  # its partner ended it meanwhile
            except HubError as problem:
                log.warning("nobody was notified", partner=held.partner, cause=type(problem).__name__)

    async def _tell(self, held: Held, version: int, tries: _Tries, now: int) -> bool:
        held, version = await self._listen(held, version)
        due, there = tries.again_at <= now, self._there(held)
        if not due or not there:
            return False
        if held.status == "requested" or (held.status == "error" and not held.told):
            return await self._try(held, version, tries, "handshake", ())
        pending = [event for event in held.events if event.number > held.told][: held.wish.most]
        if pending:
            return await self._try(held, version, tries, "event-notification", pending)
        beat = held.wish.heartbeat_s * SECOND
        return bool(beat) and tries.told_at + beat <= now and await self._try(held, version, tries, "heartbeat", ())

    def _there(self, held: Held) -> bool:
        return held.wish.channel != "websocket" or self.listeners.has(held.partner, held.word)

    async def _listen(self, held: Held, version: int) -> tuple[Held, int]:
        """Take in what is new to the subscriber: it is an event, durable with its number, before it is told."""
        position = max(held.position, self._positions.get(held.name, 0))
        position, fresh = await asyncio.to_thread(self._news, held, position)
        if not fresh:
            self._positions[held.name] = position
            return held, version
        found = replace(
            held,
            position=position,
            number=held.number + len(fresh),
            events=(*held.events, *fresh)[-REMEMBERED:],
        )
        await self.subscriptions.keep(found, version)
        return found, version + 1

    def _news(self, held: Held, position: int) -> tuple[int, list[Heard]]:
        """The last delivery looked at, and the events among those since."""
        asker = self.subscriptions.facade.known.county.partners[held.partner]
        fresh: list[Heard] = []
        with self.subscriptions.facade.looking(asker, clock.now()) as looking:
            grants = looking.granted.since(position, _AT_ONCE)
            for message, several in groupby(grants, key=lambda grant: grant.message):
                if self.subscriptions.matching(held, looking.records.of(list(several))):
                    fresh.append(Heard(held.number + len(fresh) + 1, message, clock.now()))
        return grants[-1].due.outbox if grants else position, fresh

    async def _try(self, held: Held, version: int, tries: _Tries, kind: str, pending: Sequence[Heard]) -> bool:
        """Tell it once, and keep what came of it."""
        try:
            await self._send(held, kind, pending)
        except HubError as problem:
            tries.failed += 1
            tries.again_at = clock.now() + min(2**tries.failed * SECOND // 2, LONGEST)
            if tries.failed >= TRIES and held.status != "error":
                log.warning("a subscription is in error", partner=held.partner, cause=type(problem).__name__)
                await self.subscriptions.keep(replace(held, status="error", error="It was not answered."), version)
            return False
        tries.failed, tries.again_at, tries.told_at = 0, 0, clock.now()
        told = pending[-1].number if pending else held.told
        if (told, "active") != (held.told, held.status):
            await self.subscriptions.keep(replace(held, told=told, status="active", error=""), version)
        return True

    async def _send(self, held: Held, kind: str, pending: Sequence[Heard]) -> None:
        if kind == "handshake":
            held = replace(held, status="active")
        events, seen = await asyncio.to_thread(self._decided, held, pending)
        if pending:
            await self._leaf(held, seen)
        node = self.subscriptions.bundle(held, kind, events)
        if held.wish.channel == "websocket":
            await self.listeners.say(held.partner, held.word, _encode(node))
        else:
            await self._carrier(held).send(_parcel(held.partner, node))

    def _decided(self, held: Held, pending: Sequence[Heard]) -> tuple[list[Event], list[Seen]]:
        """The events, each as far as it may be seen now."""
        facade = self.subscriptions.facade
        with facade.looking(facade.known.county.partners[held.partner], clock.now()) as looking:
            pairs = [(event, self.subscriptions.shown(looking, held, event)) for event in pending]
        return [self.subscriptions.event(event, seen) for event, seen in pairs], [
            one for _, seen in pairs for one in seen
        ]

    async def _leaf(self, held: Held, seen: Sequence[Seen]) -> None:
        facade = self.subscriptions.facade
        told = [] if held.wish.content == "empty" else seen
        note = noted(
            facade.known.county.partners[held.partner], f"notification, {held.wish.content}", told, clock.now()
        )
        all_kept(await facade.desk.ask([note]))

    def _carrier(self, held: Held) -> Carrier:
        where = (held.partner, held.wish.endpoint)
        if where not in self._carriers:
            self._carriers[where] = self.hook(*where)
        return self._carriers[where]


def _parcel(partner: str, node: Node) -> Parcel:
    return Parcel(partner=partner, key=str(node["id"]), body=_encode(node), media_type=JSON)
