"""Today: how the traffic flows hour by hour, and what needs a person now."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

import msgspec

from hub import clock
from hub.app.asking.stuck import Stuck
from hub.app.vault import Vault
from hub.app.watching.health import ENDING, Health
from hub.store import schema
from hub.store.asking.order import Order
from hub.store.sealing import Sealer
from hub.store.writing.work import Open, Work

# What is parked is told by its cause, and doubtful links by their number: each may be many, and would hide the rest.
COUNTED: Final = ("parked", "link")


class Hour(msgspec.Struct, frozen=True, kw_only=True):
    """One hour of today: when it began (UTC microseconds), messages kept, deliveries attempted."""

    at: int
    messages: int
    attempts: int


class Doubts(NamedTuple):
    """Links that wait for somebody's word: how many, and since when the oldest does (UTC microseconds)."""

    open: int
    oldest: int


class Need(msgspec.Struct, frozen=True, kw_only=True):
    """Something a person must look at: parked, stopped, late, ending, link, or another kind of task. `where` is a partner or message.

    `task` is the number of the task it is, 0 for what no task was opened for.
    """

    kind: str
    words: str
    since: int
    where: str = ""
    role: str = ""
    count: int = 1
    task: int = 0


def hours(vault: Vault, zone: str) -> tuple[Hour, ...]:
    """The hours since midnight in the county's zone, the one that is not over yet at the end."""
    edges = _edges(clock.now(), zone)
    with vault.database.read() as connection:
        messages = Order(connection, schema.message).counts(edges)
        attempts = Order(connection, schema.attempt).counts(edges)
    return tuple(Hour(at=at, messages=m, attempts=a) for at, m, a in zip(edges[:-1], messages, attempts, strict=True))


def _edges(now: int, zone: str) -> list[int]:
    """Midnight and each full hour since in real time, so that a night of 23 or 25 hours has as many bars; then now."""
    local = datetime.fromtimestamp(now // 1_000_000, UTC).astimezone(ZoneInfo(zone))
    begin = local.replace(hour=0, minute=0, second=0, microsecond=0).astimezone(UTC)
    count = int((local.astimezone(UTC) - begin) / timedelta(hours=1)) + 1
    return [*(round((begin + timedelta(hours=n)).timestamp()) * 1_000_000 for n in range(count)), now + 1]


def tasks(vault: Vault, *, kind: str = "", after: int = 0, but: Collection[str] = ()) -> list[Open]:
    """A page of open tasks, the oldest first: of one kind, or of every kind but some."""
    vault.keys.follow()
    with vault.database.read() as connection:
        return Work(connection, Sealer(vault.keys, vault.origin)).tasks(after=after, kind=kind, but=but)


def doubts(vault: Vault) -> Doubts:
    """How many links wait for somebody's word."""
    with vault.database.read() as connection:
        return Doubts(*Work(connection, Sealer(vault.keys, vault.origin)).waiting("link"))


def needs(stuck: Stuck, partners: Sequence[Health], work: Sequence[Open], doubts: Doubts) -> tuple[Need, ...]:
    """Everything that needs a person now, the oldest first. `work` is without what is told by its cause or by its number."""
    found = [*_parked(stuck), *_partners(partners), *_doubts(doubts), *_tasks(work)]
    return tuple(sorted(found, key=lambda need: need.since or 1 << 62))


def _parked(stuck: Stuck) -> Iterator[Need]:
    for cause in stuck.causes:
        what = "from" if cause.step == "read" else "for"
        yield Need(
            kind="parked", words=f"{cause.count} {what} {cause.partner}: {cause.cause}", since=cause.oldest,
            where=cause.partner, role="operator", count=cause.count,
        )  # fmt: skip


def _partners(partners: Sequence[Health]) -> Iterator[Need]:
    now = clock.now()
    for one in partners:
        if one.state == "stopped":
            words = f"{one.name} does not answer: {one.waiting} wait"
            yield Need(kind="stopped", words=words, since=one.oldest, where=one.partner, role="operator")
        elif one.state == "late":
            words = f"{one.waiting} for {one.name} wait longer than they should"
            yield Need(kind="late", words=words, since=one.oldest, where=one.partner, role="operator")
        if one.ends - now < ENDING:
            over = one.state == "ended"
            words = f"The agreement with {one.name} {'is not in force' if over else 'ends soon'}: {one.agreement}"
            kind = "ended" if over else "ending"
            yield Need(kind=kind, words=words, since=one.ends, where=one.partner, role="compliance officer")


def _doubts(doubts: Doubts) -> Iterator[Need]:
    if doubts.open:
        words = "One record" if doubts.open == 1 else f"{doubts.open:,} records"
        yield Need(
            kind="link", words=f"{words} may be of somebody already known: same person, or not?", since=doubts.oldest,
            role="clinician reviewer", count=doubts.open,
        )  # fmt: skip


def _tasks(work: Sequence[Open]) -> Iterator[Need]:
    for task in work:
        yield Need(
            kind=task.kind, words=task.words or "Its words were destroyed.", since=task.at, where=task.journal,
            role=task.role, task=task.seq,
        )  # fmt: skip
