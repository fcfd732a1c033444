"""Measures of a period, computed from the sealed journal: each message opened, none of it kept, only counted over many."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping

from hub.app.house import Household
from hub.app.vault import Vault
from hub.errors import KeyUnavailable
from hub.flow.measures.counting import Costs, Setting
from hub.flow.measures.report import Report, digest, query, tables
from hub.flow.measures.standard import Told
from hub.model.event import CrisisEvent
from hub.partners import Partner
from hub.spans import DAY
from hub.store.journal import PAGE, Journal, Message, Wanted
from hub.store.ledger import Ledger

# What belongs to an episode of the period may be told before it and long after: a kept appointment, a booking, a late correction.
BEFORE, AFTER = 7 * DAY, 60 * DAY


class _Reader:
    """Episodes as they are read, and how many messages could not be."""

    def __init__(self, journal: Journal, partners: Mapping[str, Partner]) -> None:
        self._journal, self._partners = journal, partners
        self.episodes: dict[str, list[Told]] = defaultdict(list)
        self.began: dict[str, int] = {}
        self.messages = self.destroyed = 0

    def read(self, since: int, until: int) -> None:
        for page in _pages(self._journal, since, until):
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
        self.began[message.episode] = min(self.began.get(message.episode, message.happened_at), message.happened_at)
        if events is None:
            self.destroyed += 1
            return
        partner = self._partners.get(message.partner)
        kind = partner.kind if partner else ""
        told = [Told(message.partner, kind, e.body, message.happened_at, e.recorded_at) for e in events]
        self.episodes[message.episode] += told


def report(vault: Vault, known: Household, since: int, until: int, costs: Costs) -> Report:
    """The measures of the episodes that began from `since` until before `until` (UTC microseconds), as of now.

    The same journal gives the same numbers; messages whose keys were destroyed are counted as such and told of.
    """
    setting = Setting(zone=known.county.zone, costs=costs)
    asked = query(since, until, setting)
    vault.keys.follow()
    with vault.database.read() as connection:
        reader = _Reader(Journal(connection, vault.keys, vault.origin), known.county.partners)
        reader.read(since - BEFORE, until + AFTER)
        checkpoint = Ledger(connection).checkpoint
    inside = {name: told for name, told in reader.episodes.items() if since <= reader.began[name] < until}
    return Report(
        query=asked,
        digest=digest(asked),
        tables=tables(inside, setting),
        messages=reader.messages,
        destroyed=reader.destroyed,
        checkpoint=checkpoint.decode(),
    )


def _pages(journal: Journal, since: int, until: int) -> Iterator[tuple[Message, ...]]:
    before = 0
    while page := journal.search(
        Wanted(state="planned", happened_since=since, happened_until=until, before=before, limit=10 * PAGE)
    ):
        yield page
        before = page[-1].seq
