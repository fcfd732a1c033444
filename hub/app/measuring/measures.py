"""Measures of a period, computed from the sealed journal: each message opened, none of it kept, only counted over many."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Final

from msgspec.structs import replace

from hub.app.house import Household
from hub.app.vault import Vault
from hub.errors import KeyUnavailable
from hub.flow.measures.counting import Costs, Setting
from hub.flow.measures.report import Others, Report, digest, query, tables
from hub.flow.measures.standard import Standard, Told, standard
from hub.model.event import CrisisEvent
from hub.partners import Partner
from hub.spans import DAY
from hub.store import schema
from hub.store.asking.contacts import held_to_be, joined, told_until
from hub.store.asking.journal import PAGE, Journal, Message, Wanted
from hub.store.asking.ledger import Ledger
from hub.store.asking.order import Order

# What belongs to an episode of the period may be told before it and long after: a kept appointment, a booking, a late correction.
BEFORE, AFTER = 7 * DAY, 60 * DAY
# So long after it somebody may be booked again.
AGAIN: Final = 365 * DAY
POLICE: Final = "LE"


class _Reader:
    """Episodes as they are read, and how many messages could not be."""

    def __init__(self, journal: Journal, partners: Mapping[str, Partner], joined: Mapping[str, str]) -> None:
        self._journal, self._partners, self._joined = journal, partners, joined
        self.episodes: dict[str, list[Told]] = defaultdict(list)
        self.began: dict[str, int] = {}
        # Of each episode, whom police told of.
        self.met: dict[str, set[str]] = defaultdict(set)
        self.messages = self.destroyed = 0

    def read(self, since: int, until: int, partner: str = "") -> None:
        for page in _pages(self._journal, since, until, partner):
            kept = [message for message in page if message.episode]
            for message, events in zip(kept, self._events(kept), strict=True):
                self._take(message, events)

    def _events(self, messages: list[Message]) -> list[tuple[CrisisEvent, ...] | None]:
        try:
            return [kept.events for kept in self._journal.kept([m.journal for m in messages])]
        except KeyUnavailable:
            return [self._events([m])[0] for m in messages] if len(messages) > 1 else [None]

    def _take(self, message: Message, events: tuple[CrisisEvent, ...] | None) -> None:
        self.messages += 1
        episode = self._joined.get(message.episode, message.episode)
        self.began[episode] = min(self.began.get(episode, message.happened_at), message.happened_at)
        if events is None:
            self.destroyed += 1
            return
        partner = self._partners.get(message.partner)
        kind = partner.kind if partner else ""
        if kind == POLICE:
            self.met[episode].add(message.owner)
        told = [Told(message.partner, kind, e.body, message.happened_at, e.recorded_at) for e in events]
        self.episodes[episode] += told


def many(vault: Vault, since: int, until: int) -> int:
    """How many messages came in the days that a report of a period reads: counted, not read."""
    with vault.database.read() as connection:
        return sum(Order(connection, schema.message).counts([since - BEFORE, until + AFTER]))


def report(vault: Vault, known: Household, since: int, until: int, costs: Costs, *, change: int = 0) -> Report:
    """The measures of the episodes that began from `since` until before `until` (UTC microseconds), as of now.

    The same journal gives the same numbers; messages whose keys were destroyed are counted as such and told of. `change` is the
    day before and after which the use of force is compared, 0 for none.
    """
    setting = Setting(zone=known.county.zone, costs=costs, change=change)
    asked = query(since, until, setting)
    vault.keys.follow()
    with vault.database.read() as connection:
        journal, partners = Journal(connection, vault.keys, vault.origin), known.county.partners
        one = joined(connection)
        reader, later = _Reader(journal, partners, one), _Reader(journal, partners, one)
        reader.read(since - BEFORE, until + AFTER)
        for police in (partner.id for partner in partners.values() if partner.kind == POLICE):
            later.read(until + AFTER, until + AGAIN, police)
        persons = held_to_be(connection, {who for each in (reader, later) for met in each.met.values() for who in met})
        seen = replace(setting, seen_until=told_until(connection))
        checkpoint = Ledger(connection).checkpoint
    inside = {name: told for name, told in reader.episodes.items() if since <= reader.began[name] < until}
    return Report(
        query=asked,
        digest=digest(asked),
        tables=tables(inside, seen, _others(reader, later, persons)),
        messages=reader.messages + later.messages,
        destroyed=reader.destroyed + later.destroyed,
        checkpoint=checkpoint.decode(),
    )


def _others(reader: _Reader, later: _Reader, persons: Mapping[str, str]) -> dict[str, Others]:
    """By episode, what became in others of the person whom police met in it."""
    booked: dict[str, set[tuple[str, int]]] = defaultdict(set)
    forced: dict[str, list[int]] = defaultdict(list)
    for each in (reader, later):
        for episode, met in each.met.items():
            folded = standard(each.episodes[episode]) if episode in each.episodes else Standard()
            for who in {persons.get(who, who) for who in met}:
                booked[who] |= {(episode, at) for at in folded.booked}
                forced[who] += [folded.began_at] if folded.force else []
    return {
        episode: _seen(episode, reader.began[episode], {persons.get(who, who) for who in met}, booked, forced)
        for episode, met in reader.met.items()
    }


def _seen(
    episode: str,
    began: int,
    people: set[str],
    booked: Mapping[str, set[tuple[str, int]]],
    forced: Mapping[str, list[int]],
) -> Others:
    return Others(
        booked=tuple(sorted({at for who in people for other, at in booked[who] if other != episode})),
        forced_before=max((sum(at < began for at in forced[who]) for who in people), default=0),
    )


def _pages(journal: Journal, since: int, until: int, partner: str) -> Iterator[tuple[Message, ...]]:
    before = 0
    while page := journal.search(
        Wanted(
            partner=partner, state="planned", happened_since=since, happened_until=until, before=before, limit=10 * PAGE
        )
    ):
        yield page
        before = page[-1].seq
