"""What became of one message at every partner, and of the crisis episode it belongs to, in the order it happened."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import count, product
from string import ascii_uppercase
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
from hub.model.incident import Said, parted
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
    """One message of an episode: when it happened, what it told, whose it was.

    `incident` is the letter of the incident that it belongs to, where dispatch took incidents of the episode apart; empty
    where it took none apart, and for what stands under no incident's number.
    """

    at: int
    what: str
    partner: str
    kind: str
    journal: str
    incident: str = ""


class Strand(msgspec.Struct, frozen=True, kw_only=True):
    """One incident of an episode that dispatch took apart: its letter, since when it is apart (UTC microseconds, 0 for it never was)."""

    incident: str
    since: int
    diversion: Diversion | None = None


class Episode(msgspec.Struct, frozen=True, kw_only=True):
    """One crisis, as every partner that took part told it, in the order it happened; and the hand-offs that are missing now.

    `diversion` is whether it stayed out of hospital, where somebody but a hospital told of it. `strands` are its incidents
    where dispatch took them apart: hand-offs and diversion are then those of each.
    """

    episode: str
    happenings: tuple[Happening, ...]
    gaps: tuple[Gap, ...] = ()
    diversion: Diversion | None = None
    strands: tuple[Strand, ...] = ()


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
    said = [Said(m.owner, _events(journal, m)) for m in found]
    happenings = tuple(_happening(journal, m) for m in found)
    return _stranded(message.episode, happenings, said, kinds) or _whole(message.episode, happenings, said, kinds)


def _whole(name: str, happenings: tuple[Happening, ...], said: Sequence[Said], kinds: Mapping[str, str]) -> Episode:
    told, now = story(event for one in said for event in one.events), clock.now()
    return Episode(
        episode=name, happenings=happenings, gaps=gaps(told, now, kinds=kinds), diversion=diversion(told, now, kinds)
    )


def _stranded(
    name: str, happenings: tuple[Happening, ...], said: Sequence[Said], kinds: Mapping[str, str]
) -> Episode | None:
    """The episode incident by incident; None where dispatch took none apart, or nothing of another is in it."""
    found = parted(said)
    homes = list(dict.fromkeys(home for home in found.homes if home)) if found else []
    if found is None or len(homes) < 2:
        return None
    letters = dict(zip(homes, _letters(), strict=False))
    parts = {
        home: _whole(name, (), [one for one, of in zip(said, found.homes, strict=True) if of in (home, None)], kinds)
        for home in homes
    }
    return Episode(
        episode=name,
        happenings=tuple(
            replace(one, incident=letters[home] if home else "")
            for one, home in zip(happenings, found.homes, strict=True)
        ),
        gaps=tuple(dict.fromkeys(gap for part in parts.values() for gap in part.gaps)),
        strands=tuple(
            Strand(incident=letters[home], since=found.since.get(home, 0), diversion=part.diversion)
            for home, part in parts.items()
        ),
    )


def _letters() -> Iterator[str]:
    """A, B, ... Z, AA, AB, ...: an incident's own number is the sender's, and is shown nowhere."""
    for length in count(1):
        yield from map("".join, product(ascii_uppercase, repeat=length))


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
    if message.state == "closed":
        yield Step(at=planned_at, words=plan.cause, leaf=message.leaf)
        return
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
