"""Subscriptions that partners make by FHIR: kept sealed, each with the events it had; what is told of them is decided at each telling."""

from __future__ import annotations

import hashlib
import secrets
import uuid
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit

import msgspec
from msgspec.structs import replace

from adapters.wire.fhir import Node
from adapters.wire.fhir_notices import CONTENTS, Event, Notice, Wish, bundle, filter_of, status_of, subscription, wish
from adapters.wire.fhir_rest import searchset
from adapters.wire.fhir_search import Search
from hub import clock
from hub.app.facade.facade import Facade, Looking
from hub.app.facade.records import EPISODE, Seen
from hub.errors import Conflict, NotAllowed, Unreadable
from hub.lens.times import iso_instant, write_iso
from hub.model.commands import Lodge
from hub.model.entry import Kind, LedgerEntry
from hub.model.values import Instant
from hub.spans import MINUTE
from hub.store.ids import new_id
from hub.store.result import all_kept
from hub.store.sealing import Sealer
from hub.store.writing.lodged import Lodged, Lodging

KIND: Final = "subscription"
# A partner has so many at most, and each remembers so many of its last events.
MOST: Final = 20
REMEMBERED: Final = 1_000
TOKEN_US: Final = 30 * MINUTE
# What missed events are asked for by.
_ASKED: Final = ("eventsSinceNumber", "eventsUntilNumber", "content")
_ASIDE: Final = frozenset({"Patient", EPISODE})


class Heard(msgspec.Struct, frozen=True, array_like=True):
    """One event: its number, the message it is about, and when the hub heard of it (UTC microseconds)."""

    number: int
    message: int
    at: int


class Held(msgspec.Struct, frozen=True, kw_only=True):
    """One subscription as it is kept. `position` is the last delivery it looked at; `told` the last event it was told of."""

    partner: str
    word: str
    wish: Wish
    status: str
    position: int
    made_at: int
    number: int = 0
    told: int = 0
    events: tuple[Heard, ...] = ()
    error: str = ""

    @property
    def name(self) -> str:
        """Under which name it is lodged."""
        return f"{self.partner} {self.word}"


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Held).decode


@dataclass(slots=True, kw_only=True)
class Subscriptions:
    """What partners may do with their subscriptions. `origin` says where a partner's notifications may go."""

    facade: Facade
    origin: Callable[[str], str]
    _tokens: dict[bytes, tuple[str, str, int]] = field(default_factory=dict)

    # --- as FHIR has it

    async def create(self, partner: str, node: Node) -> Node:
        """A new one. Raises Unreadable for a wish that cannot be met, NotAllowed for an endpoint elsewhere, or too many."""
        wanted = wish(node)
        if wanted.endpoint and not _same_origin(wanted.endpoint, self.origin(partner)):
            raise NotAllowed(
                "Notifications go to the host of the partner's file alone.", at="Subscription.channel.endpoint"
            )
        if len(self._of(partner)) >= MOST:
            raise NotAllowed(f"There are {MOST} already: end one first.", at="Subscription")
        now = clock.now()
        if 0 < _until(wanted) <= now:
            raise Unreadable("It would have ended already.", at="Subscription.end")
        asker = self.facade.known.county.partners[partner]
        with self.facade.looking(asker, now) as looking:
            position = looking.granted.newest()
        held = Held(
            partner=partner,
            word=self.facade.names.message(partner, f"subscription/{new_id()}"),
            wish=wanted,
            status="requested" if wanted.channel == "rest-hook" else "active",
            position=position,
            made_at=now,
        )
        await self.keep(held, 0, words=f"FHIR subscription by {wanted.channel}, {wanted.content}")
        return self._node(held)

    async def read(self, partner: str, word: str) -> Node | None:
        """One of the partner's own."""
        found = self.one(partner, word)
        return self._node(found[0]) if found else None

    async def all(self, partner: str) -> Node:
        """All of the partner's own, as a Bundle."""
        nodes = [self._node(held) for held, _ in self._of(partner)]
        base = self.facade.address()
        return searchset(base, nodes, [], [("self", f"{base}/Subscription")], total=len(nodes))

    async def end(self, partner: str, word: str) -> bool:
        """Whether there was one, which is over now."""
        while (found := self.one(partner, word)) is not None:
            with suppress(Conflict):  # an event came meanwhile: it is ended all the same
                await self.keep(*found, words="FHIR subscription ended", gone=True)
                return True
        return False

    async def status(self, partner: str, word: str) -> Node | None:
        """How one stands, as a Bundle."""
        found = self.one(partner, word)
        if found is None:
            return None
        base, held = self.facade.address(), found[0]
        node = {**status_of(self.notice(held), "query-status"), "id": str(uuid.uuid4())}
        return searchset(base, [node], [], [("self", f"{base}/Subscription/{word}/$status")], total=1)

    async def events(self, partner: str, word: str, asked: dict[str, str]) -> Node | None:
        """Events that were missed, decided again now. Raises Unreadable for numbers that are none."""
        found = self.one(partner, word)
        if found is None:
            return None
        held = found[0]
        if asked.keys() - {*_ASKED, "_format"}:
            raise Unreadable(f"Events are asked for by {', '.join(_ASKED)}.", at="$events")
        first, last = (
            _number(asked, name, usual) for name, usual in (("eventsSinceNumber", 1), ("eventsUntilNumber", 1 << 53))
        )
        content = asked.get("content", held.wish.content)
        if content not in CONTENTS:
            raise Unreadable(f"The content is one of {', '.join(CONTENTS)}.", at="content")
        held = replace(held, wish=replace(held.wish, content=content))
        wanted = [event for event in held.events if first <= event.number <= last][: held.wish.most]
        told: list[Event] = []

        def look(looking: Looking) -> list[Seen]:
            pairs = [(event, self.shown(looking, held, event)) for event in wanted]
            told.extend(self.event(event, seen) for event, seen in pairs)
            return [] if content == "empty" else [one for _, seen in pairs for one in seen]

        await self.facade.answered(partner, "events of a subscription", look)
        return self.bundle(held, "query-event", told)

    async def token(self, partner: str, word: str, url: str) -> Node | None:
        """A token that binds a WebSocket to one of the partner's own, once, within half an hour."""
        found = self.one(partner, word)
        if found is None or found[0].wish.channel != "websocket":
            return None
        now = clock.now()
        self._tokens = {key: each for key, each in self._tokens.items() if each[2] > now}
        token = secrets.token_urlsafe(32)
        self._tokens[hashlib.sha256(token.encode()).digest()] = (partner, word, now + TOKEN_US)
        values = {
            "token": {"valueString": token},
            "expiration": {"valueDateTime": self._instant(now + TOKEN_US)},
            "subscription": {"valueString": word},
            "websocket-url": {"valueUrl": url},
        }
        return {"resourceType": "Parameters", "parameter": [{"name": name, **value} for name, value in values.items()]}

    def greeted(self, partner: str, word: str) -> bytes | None:
        """The handshake of a WebSocket; None where the subscription is over."""
        found = self.one(partner, word)
        return msgspec.json.encode(self.bundle(found[0], "handshake")) if found else None

    def bound(self, token: str) -> tuple[str, str] | None:
        """Whose subscription a token binds to; it binds once."""
        partner, word, until = self._tokens.pop(hashlib.sha256(token.encode()).digest(), ("", "", 0))
        return (partner, word) if until > clock.now() else None

    # --- for whoever tells

    def every(self) -> list[tuple[Held, int]]:
        """All of them, each with the version that stands."""
        return [(_decode(each.value), each.version) for each in self._lodged()]

    def one(self, partner: str, word: str) -> tuple[Held, int] | None:
        """One of a partner's own."""
        return next(((held, version) for held, version in self._of(partner) if held.word == word), None)

    async def keep(self, held: Held, before: int, *, words: str = "", gone: bool = False) -> None:
        """Keep it as it is now. Raises Conflict where somebody changed it meanwhile."""
        now = clock.now()
        entry = LedgerEntry(kind=Kind.CONFIG, at=now, partner=held.partner, outcome=words) if words else None
        value = b"" if gone else _encode(held)
        until = _until(held.wish)
        lodge = Lodge(kind=KIND, name=held.name, at=now, value=value, until=until, before=before, entry=entry)
        all_kept(await self.facade.desk.ask([lodge]))

    def shown(self, looking: Looking, held: Held, event: Heard) -> list[Seen]:
        """What one event is about, as far as it may be seen now."""
        return self.matching(held, looking.records.of(looking.granted.message(event.message)))

    def matching(self, held: Held, seen: Sequence[Seen]) -> list[Seen]:
        """What of it a subscription asks for."""
        zone = self.facade.known.county.zone
        filters: list[Search] = [replace(filter_of(each), zone=zone) for each in held.wish.filters]
        if not filters:
            return [one for one in seen if one.node["resourceType"] not in _ASIDE]
        return [
            one
            for one in seen
            if any(each.kind == one.node["resourceType"] and each.matches(one.node) for each in filters)
        ]

    def event(self, event: Heard, seen: Sequence[Seen]) -> Event:
        """An event as it is told."""
        return Event(number=event.number, at=self._instant(event.at), shown=tuple(one.node for one in seen))

    def notice(self, held: Held) -> Notice:
        """What every notification says of its subscription."""
        return Notice(
            base=self.facade.address(),
            word=held.word,
            status=held.status,
            number=held.number,
            content=held.wish.content,
        )

    def bundle(self, held: Held, kind: str, events: Sequence[Event] = ()) -> Node:
        """A notification."""
        return bundle(self.notice(held), kind, events, identity=str(uuid.uuid4()), at=self._instant(clock.now()))

    def _of(self, partner: str) -> list[tuple[Held, int]]:
        return [(held, version) for held, version in self.every() if held.partner == partner]

    def _node(self, held: Held) -> Node:
        return subscription(held.word, held.wish, held.status, error=held.error)

    def _lodged(self) -> list[Lodging]:
        vault = self.facade.vault
        vault.keys.follow()
        with vault.database.read() as connection:
            return Lodged(connection, Sealer(vault.keys, vault.origin)).all(KIND)

    def _instant(self, at: int) -> str:
        return write_iso(Instant(at=at), self.facade.known.county.zone)


def _until(said: Wish) -> int:
    found = iso_instant(said.ends, "UTC") if said.ends else None
    return found.at if found else 0


def _number(asked: dict[str, str], name: str, usual: int) -> int:
    text = asked.get(name, "")
    if text and not (text.isascii() and text.isdigit() and len(text) < 16):
        raise Unreadable("This is the number of an event.", at=name)
    return int(text) if text else usual


def _same_origin(url: str, other: str) -> bool:
    try:
        one, two = urlsplit(url), urlsplit(other)
        plain = not (one.username or one.password or one.fragment)
        return (
            plain
            and bool(two.hostname)
            and (one.scheme, one.hostname, one.port) == (two.scheme, two.hostname, two.port)
        )
    except ValueError:
        return False
