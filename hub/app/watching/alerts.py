"""Alerts: a condition that holds is told once when it begins and once when it ends, by mail and webhook, with nothing about anybody.

Each is a row, so a restart tells nothing twice; what could not be sent is tried again at the next look.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol

import msgspec
import structlog

from hub.app.watching.sight import Sight
from hub.courier.prepare import Desk
from hub.errors import HubError
from hub.model.commands import Alert, Command
from hub.settings import Alerts as Knobs
from hub.spans import DAY
from hub.store.living import Living

log = structlog.get_logger(__name__)
Condition = tuple[str, str]
LEAST_FREE: Final = 256 * 1024 * 1024

# What each kind says, of a partner or a part of the hub. Nothing else ever stands in an alert.
WORDS: Final[Mapping[str, str]] = {
    "breaker": "{about} does not answer: its deliveries wait, and one at a time is tried.",
    "lag": "Deliveries to {about} have waited longer than they should.",
    "parked": "Something for {about} is parked and waits for a person: crisis-hub dead.",
    "unread": "Messages are parked because they could not be read: crisis-hub dead.",
    "overdue": "Deliveries to {about} have missed their deadline.",
    "duty": "The law wants somebody told, or something recorded, and nobody saw to it in time: it is among the tasks.",
    "recall": "{about} was asked to stop relying on something, and has not answered in time: crisis-hub recall list.",
    "rescue": "Nobody at {about} has accepted a rescue that was handed over: telephone there now.",
    "glass": "The glass was broken, and nobody has judged it within three days: crisis-hub glass list.",
    "reconcile": "{about}'s own records do not agree with what the hub holds, or did not come: crisis-hub reconcile {about}.",
    "agreement": "The agreement with {about} ends soon. When it has ended, nothing is sent there.",
    "certificate": "The certificate {about} expires soon.",
    "turned-away": "Somebody was turned away at the door of {about}.",
    "round": "The hub fails again and again at one of its rounds, {about}: its log says why.",
    "paused": "Nothing is delivered: {about} is paused. crisis-hub courier resume lets it go on.",
    "disk": "The disk of the data folder is nearly full.",
}


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """What is sent: `state` is open, closed, or over (it began and ended before anybody could be told)."""

    kind: str
    about: str
    state: str
    since: int
    until: int
    words: str


class Channel(Protocol):
    """A way to a person. Raises HubError when it could not be sent."""

    async def tell(self, told: Told) -> None:
        """Send it."""
        ...


def conditions(sight: Sight, broken: Iterable[str], turned_away: Iterable[str], knobs: Knobs) -> set[Condition]:
    """Everything that holds now. `broken` are destinations whose breaker is open, `turned_away` partners whose doors were tried."""
    return {
        *(("breaker", name) for name in broken),
        *(("turned-away", name) for name in turned_away),
        *_of_lanes(sight, knobs),
        *(("agreement", name) for name, ends in sight.ends.items() if ends - sight.at < knobs.agreement_days * DAY),
        *(("certificate", name) for name, at in sight.expires.items() if at - sight.at < knobs.certificate_days * DAY),
        *([("disk", "data")] if sight.free < LEAST_FREE else ()),
        *([("duty", "hub")] if sight.duties else ()),
        *([("unread", "hub")] if sight.pulse.parked_messages else ()),
    }


def _of_lanes(sight: Sight, knobs: Knobs) -> Iterator[Condition]:
    for name, depth in sight.depths.items():
        if sight.lag_s(name) > knobs.lag_s:
            yield "lag", name
        if depth.parked:
            yield "parked", name
    yield from (("overdue", name) for name in sight.overdue)
    yield from (("recall", name) for name in sight.recalls)
    yield from [("glass", "the hub")] if sight.glass else ()
    yield from (("reconcile", name) for name in sight.differing)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bellman:
    """Opens, closes and tells. A channel that was told is not told again because another one could not be."""

    desk: Desk
    channels: Sequence[Channel]
    _heard: set[tuple[int, Told]] = field(default_factory=set)

    async def settle(self, holding: set[Condition], living: Mapping[tuple[str, str, int], Living], now: int) -> None:
        """Bring the rows to what holds now, and tell what nobody was told yet."""
        there = {(each.kind, each.about): each for each in living.values() if not each.closed_at}
        opened = [Alert(kind=k, about=a, at=now, what="open") for k, a in sorted(holding - there.keys())]
        closed = [Alert(kind=k, about=a, at=now, what="close") for k, a in sorted(there.keys() - holding)]
        if opened or closed:
            await self._keep([*opened, *closed])
        fresh = [Living(kind=each.kind, about=each.about, opened_at=now) for each in opened]
        ending = {(each.kind, each.about) for each in closed}
        for each in (*living.values(), *fresh):
            ends = not each.closed_at and (each.kind, each.about) in ending
            await self._tell(msgspec.structs.replace(each, closed_at=now) if ends else each, now)

    async def _tell(self, each: Living, now: int) -> None:
        if each.told_at and not each.closed_at:
            return
        state = "open" if not each.closed_at else "closed" if each.told_at else "over"
        told = Told(
            kind=each.kind,
            about=each.about,
            state=state,
            since=each.opened_at,
            until=each.closed_at,
            words=WORDS[each.kind].format(about=each.about),
        )
        log.warning("alert", kind=told.kind, about=told.about, state=told.state)
        words = [(number, told) for number in range(len(self.channels))]
        for word in words:
            await self._by(word)
        if self._heard.issuperset(words):
            self._heard.difference_update(words)
            await self._keep([Alert(kind=each.kind, about=each.about, at=now, what="told", opened_at=each.opened_at)])

    async def _by(self, word: tuple[int, Told]) -> None:
        """Tell by one channel, unless it heard this already."""
        number, told = word
        if word in self._heard:
            return
        try:
            await self.channels[number].tell(told)
        except HubError as problem:
            log.error("alert not sent", kind=told.kind, about=told.about, cause=problem.message)
        else:
            self._heard.add(word)

    async def _keep(self, commands: Sequence[Command]) -> None:
        for result in await self.desk.ask(commands):
            if result.error is not None:
                log.error("alert not kept", cause=result.error.message)
