"""What facilities say of placements by message: their answers by the numbers they were given, and arrivals of who is expected."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from msgspec.structs import replace
from sqlalchemy import Connection

from hub.app.vault import Vault
from hub.flow.capacity.census import ARRIVES
from hub.flow.placement import NUMBERED, OVER, Placement, Step
from hub.flow.reply import Reply, came, hear, reply
from hub.model.care import Encounter
from hub.model.event import CrisisEvent
from hub.spans import DAY
from hub.store.asking.crises import Crises
from hub.store.asking.journal import Journal
from hub.store.sealing import Sealer

Named = tuple[str, Callable[[Placement], Step]]


def derived(*parts: str) -> str:
    """An id that derives from a placement: the same however often it is asked for."""
    return hashlib.sha256("/".join(("placement", *parts)).encode()).hexdigest()[:32]


def number(placement: str, facility: str) -> str:
    """The number under which a facility hears of a placement: each has its own, and answers by it."""
    return f"{NUMBERED}{derived(placement, facility)[:12]}"


@dataclass(slots=True)
class Hearing:
    """Follows the journal. What was read counts as heard only when `taken` is called, so that a fault loses no word."""

    vault: Vault
    _seen: int = 0
    _next: int = 0

    def steps(self, placements: Sequence[Placement], now: int) -> list[Named]:
        """What was said since, as steps of placements; words of closed ones count for a day, to be told as too late."""
        self._next = self._seen
        watched = [each for each in placements if each.state not in OVER or each.opened_at >= now - DAY]
        if not watched:
            return []
        with self.vault.database.read() as connection:
            crises = Crises(connection, Sealer(self.vault.keys, self.vault.origin))
            since, before, events = min(each.opened_at for each in watched), -1, list[CrisisEvent]()
            # All of it: time passes over a placement only after whatever was said by then.
            while before != self._next:
                before = self._next
                self._next, page = crises.referred(before, since)
                events += page
            answered = list(_answers(watched, events, now))
            held = [each for each in watched if each.state == "held"]
            return [*answered, *(one for each in held for one in self._arrivals(connection, crises, each))]

    def taken(self) -> None:
        """Every step was taken: what was read is heard."""
        self._seen = self._next

    def _arrivals(self, connection: Connection, crises: Crises, placement: Placement) -> Iterator[Named]:
        found = Journal(connection, self.vault.keys, self.vault.origin).message(placement.journal)
        chosen = placement.chosen
        if found is None or chosen is None:
            return
        for event in crises.about(found.owner, chosen.at):
            if isinstance(event.body, Encounter) and event.body.trigger in ARRIVES and event.source != placement.source:
                yield placement.id, partial(came, facility=event.source, event=event.id)


def _answers(placements: Iterable[Placement], events: Iterable[CrisisEvent], now: int) -> Iterator[Named]:
    numbers = {number(each.id, asked.facility): (each, asked.facility) for each in placements for asked in each.asked}
    for event in events:
        said = reply(event)
        if said is None:
            continue
        placement, facility = numbers.get(_number(event), (None, ""))
        if placement is not None and facility == said.facility:
            # A word from the future, or from before it was asked for, counts as said now.
            fits = placement.opened_at <= said.at <= now
            yield placement.id, partial(_heard, said=said if fits else replace(said, at=now))


def _heard(placement: Placement, said: Reply) -> Step:
    return hear(placement, said)


def _number(event: CrisisEvent) -> str:
    return getattr(event.body, "number", "")
