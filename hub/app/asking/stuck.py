"""What waits for a person: messages that could not be read, deliveries that could not be made, each group with one cause."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import NamedTuple

import msgspec
from msgspec.structs import replace

from hub.app.vault import Vault
from hub.store.asking.journal import PAGE, Journal, Message, Wanted
from hub.store.asking.outbox import Outbox

_PAGE = 200


class Cause(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that is parked for one cause. `step` is read or send; `oldest` is UTC microseconds; `messages` are ids.

    `said` are a partner's own words, one of each: they may quote what it was sent, so they are shown only when asked for.
    """

    step: str
    cause: str
    partner: str
    count: int
    oldest: int
    messages: tuple[str, ...]
    said: tuple[str, ...] = ()


class Stuck(msgspec.Struct, frozen=True, kw_only=True):
    """All causes, those with most messages first."""

    causes: tuple[Cause, ...]

    @property
    def count(self) -> int:
        """How many messages and deliveries wait."""
        return sum(cause.count for cause in self.causes)

    def quoted(self, *, words: bool) -> Stuck:
        """The same, with partners' own words or without them."""
        return self if words else replace(self, causes=tuple(replace(cause, said=()) for cause in self.causes))


def stuck(vault: Vault, destination: str = "") -> Stuck:
    """Everything that waits; with a destination only what should go there."""
    vault.keys.follow()
    sends = _sends(Outbox(vault.database, vault.keys, vault.origin), destination)
    causes = [*_grouped(sends), *(() if destination else _grouped(_reads(vault)))]
    return Stuck(causes=tuple(sorted(causes, key=lambda c: (-c.count, c.oldest))))


class _Row(NamedTuple):
    cause: tuple[str, str, str]
    at: int
    journal: str
    said: str = ""


def _reads(vault: Vault) -> Iterator[_Row]:
    with vault.database.read() as connection:
        for message in Journal(connection, vault.keys, vault.origin).parked():
            yield _Row(("read", message.partner, message.cause), message.at, message.journal)


def parked(journal: Journal) -> Iterator[Message]:
    """Every message that could not be read or planned, the newest first."""
    before = 0
    while page := journal.search(Wanted(state="parked", before=before)):
        yield from page
        before = page[-1].seq
        if len(page) < PAGE:
            return


def _sends(outbox: Outbox, destination: str) -> Iterator[_Row]:
    after = 0
    while page := outbox.dead(destination, _PAGE, after):
        for row in page:
            yield _Row(("send", row.destination, row.code), row.at, row.journal, row.cause)
        after = page[-1].outbox
        if len(page) < _PAGE:
            return


def _grouped(rows: Iterator[_Row]) -> Iterator[Cause]:
    found: dict[tuple[str, str, str], list[_Row]] = defaultdict(list)
    for row in rows:
        found[row.cause].append(row)
    for (step, partner, cause), members in found.items():
        members.sort(key=lambda row: row.at)
        yield Cause(
            step=step,
            partner=partner,
            cause=cause,
            count=len(members),
            oldest=members[0].at,
            messages=tuple(row.journal for row in members),
            said=tuple(sorted({row.said for row in members} - {""})),
        )
