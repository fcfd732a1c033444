"""What became of one message at every partner, and of the crisis episode it belongs to, in the order it happened."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

import msgspec
from msgspec.structs import replace

from consent.vocabulary import vocabulary
from hub import clock
from hub.errors import KeyUnavailable, Lasting
from hub.flow.diverted import Diversion, diversion
from hub.flow.gaps import Gap, gaps
from hub.flow.remarks import remarks
from hub.flow.story import story
from hub.model.event import CrisisEvent
from hub.model.plan import Plan
from hub.store.asking.journal import PAGE, Journal, Message, Wanted
from hub.store.asking.timeline import Attempt, Delivered
from hub.store.ids import short

_DECISIONS: Final = {"again": "to be sent again, said", "parked": "parked", "cancelled": "ended unsent"}
_WAITING: Final = {"waiting": "waits for its turn", "behind": "waits behind another"}


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that happened: when (UTC microseconds), in words, at which partner, and its leaf of the ledger (-1 for none).

    `said` are the partner's own words, which may quote what it was sent: shown only to whoever asks for them.
    """

    at: int
    words: str
    partner: str = ""
    leaf: int = -1
    said: str = ""


class Timeline(msgspec.Struct, frozen=True, kw_only=True):
    """A message and its steps."""

    message: Message
    steps: tuple[Step, ...]

    def quoted(self, *, words: bool) -> Timeline:
        """The same, with partners' own words or without them."""
        steps = self.steps if words else tuple(replace(step, said="") for step in self.steps)
        return replace(self, steps=steps)


class Happening(msgspec.Struct, frozen=True, kw_only=True):
    """One message of an episode: when it happened, what it told, whose it was."""

    at: int
    what: str
    partner: str
    kind: str
    journal: str


class Episode(msgspec.Struct, frozen=True, kw_only=True):
    """One crisis, as every partner that took part told it, in the order it happened; and the hand-offs that are missing now.

    `diversion` is whether it stayed out of hospital, where somebody but a hospital told of it.
    """

    episode: str
    happenings: tuple[Happening, ...]
    gaps: tuple[Gap, ...] = ()
    diversion: Diversion | None = None


def timeline(journal: Journal, message: Message) -> Timeline:
    """Every step of a message."""
    steps = [*_inside(journal, message), *_outside(journal, message)]
    return Timeline(message=message, steps=tuple(sorted(steps, key=lambda step: step.at)))


def episode(journal: Journal, message: Message, kinds: Mapping[str, str]) -> Episode:
    """The episode of a message; `kinds` are the partners by id, each with its kind.

    Raises Lasting when it has none: counts and listings belong to nobody's crisis.
    """
    if not message.episode:
        raise Lasting("This message belongs to no episode.", at=short(message.journal))
    found = sorted(_members(journal, message.episode), key=lambda m: (m.happened_at, m.seq))
    told = story(event for m in found for event in _events(journal, m))
    happenings = tuple(_happening(journal, m) for m in found)
    now = clock.now()
    return Episode(
        episode=message.episode,
        happenings=happenings,
        gaps=gaps(told, now, kinds=kinds),
        diversion=diversion(told, now, kinds),
    )


def _events(journal: Journal, message: Message) -> tuple[CrisisEvent, ...]:
    try:
        return journal.kept([message.journal])[0].events
    except KeyUnavailable:
        return ()


def _members(journal: Journal, wanted: str) -> Iterator[Message]:
    before = 0
    while page := journal.search(Wanted(episode=wanted, before=before)):
        yield from page
        before = page[-1].seq
        if len(page) < PAGE:
            return


def _happening(journal: Journal, message: Message) -> Happening:
    plan = _plan(journal, message)
    what = plan.episode.what if plan and plan.episode else message.kind
    return Happening(
        at=message.happened_at,
        what=what.replace("_", " "),
        partner=message.partner,
        kind=message.kind,
        journal=message.journal,
    )


def _plan(journal: Journal, message: Message) -> Plan | None:
    try:
        return journal.plans([message.journal])[0]
    except KeyUnavailable:
        return None


def _inside(journal: Journal, message: Message) -> Iterator[Step]:
    """What the hub did with it: kept, linked, placed, decided; all in the one transaction that kept it."""
    at, plan = message.at, _plan(journal, message)
    words = f"kept: {message.kind or 'a message'} by {message.door}, {message.size} bytes"
    yield Step(at=at, words=words, partner=message.partner, leaf=message.leaf if message.leaf_count else -1)
    if message.state == "parked":
        yield Step(at=at, words=f"parked: {message.cause}")
    if plan is None:
        yield Step(at=at, words="what was decided was destroyed; its proofs remain")
        return
    planned_at = plan.entries[0].at if plan.entries else at
    if planned_at != at:
        yield Step(at=planned_at, words="read again, and decided as of then", leaf=message.leaf)
    yield from _linked(plan, planned_at)
    odd = remarks(_events(journal, message), plan.link, at)
    yield from (Step(at=planned_at, words=words) for words in odd)
    for offset, decided in enumerate(plan.decided, 1):
        purpose = vocabulary().say("purpose", decided.purpose)
        words = f"{'granted' if decided.permits else 'refused'} for {purpose}, interest {decided.interest}"
        yield Step(at=planned_at, words=words, partner=decided.partner, leaf=message.leaf + offset)


def _linked(plan: Plan, at: int) -> Iterator[Step]:
    if plan.link:
        found = f": {', '.join(plan.link.evidence)}" if plan.link.evidence else ""
        words = {
            "same": f"linked to a person already known{found}",
            "maybe": f"may be a person already known{found}; a reviewer decides, nothing is merged",
            "different": f"a person of their own{found}",
            "nobody": "linked to nobody known before",
        }
        yield Step(at=at, words=words[plan.link.verdict])
    if plan.episode:
        begins = "begins" if plan.episode.fresh else "belongs to"
        yield Step(at=at, words=f"{begins} episode {short(plan.episode.episode)}")


def _outside(journal: Journal, message: Message) -> Iterator[Step]:
    """What became of it at partners."""
    try:
        rows = journal.timeline(message.journal)
    except KeyUnavailable:
        yield Step(at=message.at, words="what became of it at partners was destroyed; its proofs remain")
        return
    for row in rows:
        for attempt in row.attempts:
            yield from _attempted(row, attempt)
        for one in row.released:
            words = f"{_DECISIONS[one.decision]} by {one.actor}"
            yield Step(at=one.at, words=words, partner=row.destination, leaf=one.leaf)
        if row.state in _WAITING:
            yield Step(at=row.due_at, words=_WAITING[row.state], partner=row.destination)


def _attempted(row: Delivered, attempt: Attempt) -> Iterator[Step]:
    yield Step(at=attempt.at, words=f"sent, attempt {attempt.number}", partner=row.destination, leaf=attempt.leaf)
    if attempt.outcome:
        yield Step(
            at=attempt.outcome_at,
            words=f"{attempt.outcome} ({attempt.code})",
            partner=row.destination,
            leaf=attempt.outcome_leaf,
            said=attempt.cause,
        )
