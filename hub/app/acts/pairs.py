"""Doubtful links side by side: what agrees and what does not, in words and by weight, never a value; and a person's word on it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import msgspec

from hub import clock
from hub.app.acts import mislink
from hub.app.asking.look import Look
from hub.errors import KeyUnavailable, Lasting
from hub.flow.linkage.fields import levels
from hub.flow.linkage.likeness import NAMES, WORDS, likeness
from hub.flow.linkage.weights import DEFAULT
from hub.model.commands import Command, Tend
from hub.model.entry import Kind, LedgerEntry
from hub.model.traits import Traits
from hub.store.asking.journal import Journal, Message, Wanted
from hub.store.writing.relink import Identity, Links
from hub.store.writing.work import Open

ANSWERS: Final = ("same", "different", "unsure")


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One field of two records: what is said of it, and how many bits that counts for one person (less than 0: against)."""

    field: str
    words: str
    bits: float


class Pair(msgspec.Struct, frozen=True, kw_only=True):
    """The record in doubt beside one that it may be; `message` is the newest about that one. Without `lines` its traits are gone."""

    other: Identity
    message: str
    lines: tuple[Line, ...] = ()
    weight: float = 0.0
    verdict: str = "maybe"


class Doubt(msgspec.Struct, frozen=True, kw_only=True):
    """What a reviewer is asked: the task, the message that raised it, its record, and each record it may be of one person with."""

    task: Open
    message: Message
    identity: Identity
    pairs: tuple[Pair, ...]


def doubt(look: Look, task: Open) -> Doubt:
    """The records of a task side by side. Raises Lasting for another kind of task."""
    if task.kind != "link" or not task.journal:
        raise Lasting("This task is about no link.")
    message = look.message(task.journal)
    with look.links() as links, look.journal() as journal:
        mine = links.identity(message.owner)
        return Doubt(
            task=task, message=message, identity=mine, pairs=tuple(_pairs(links, journal, message, mine))
        )  # fmt: skip


def _pairs(links: Links, journal: Journal, message: Message, mine: Identity) -> Iterator[Pair]:
    """Whoever it may be one with still: neither held to be one meanwhile, nor said to be two."""
    try:
        (plan,) = journal.plans([message.journal])
    except KeyUnavailable:
        return
    apart = links.apart(mine.id)
    for person in plan.link.rivals if plan.link else ():
        for other in links.members(person):
            if other.person != mine.person and other.id not in apart:
                yield _pair(links, journal, mine, other)


def _pair(links: Links, journal: Journal, mine: Identity, other: Identity) -> Pair:
    newest = journal.search(Wanted(owner=other.id, state="planned", limit=1))
    known = links.traits([mine.id, other.id])
    found = Pair(other=other, message=newest[0].journal if newest else "")
    if len(known) < 2:
        return found
    alike = likeness(known[mine.id], known[other.id])
    lines = tuple(_lines(known[mine.id], known[other.id]))
    return msgspec.structs.replace(found, lines=lines, weight=alike.weight, verdict=alike.verdict)


def _lines(one: Traits, other: Traits) -> Iterator[Line]:
    found = levels(one, other)
    for field, name in NAMES.items():
        level = found.get(field, "")
        words = WORDS[level] if level else "is not known of both"
        yield Line(field=name, words=words, bits=round(DEFAULT[field][level], 1) if level else 0.0)


def answered(look: Look, asked: Doubt, pair: Pair | None, answer: str, order: mislink.Order) -> list[Command]:
    """The commands by which somebody answers: for one pair, and that the task is seen to where nothing is left to ask.

    `unsure` settles the task and changes nobody: they stay apart. Raises Lasting where there is no message to name them by.
    """
    commands: list[Command] = []
    if answer != "unsure" and pair is not None:
        if not pair.message:
            raise Lasting("No message about the other record is left to name it by.")
        act = mislink.merge if answer == "same" else mislink.apart
        commands.append(act(look, asked.message.journal, pair.message, order))
    left = [each for each in asked.pairs if pair is None or each.other.person != pair.other.person]
    if answer == "unsure" or not left:
        # A merge or a parting has its own leaf: one act, one leaf.
        commands.append(_tended(asked, order, None if commands else f"link judged {answer}: {order.reason}"))
    return commands


def _tended(asked: Doubt, order: mislink.Order, outcome: str | None) -> Tend:
    at = clock.now()
    entry = outcome and LedgerEntry(
        kind=Kind.LINK,
        at=at,
        journal=asked.message.journal,
        subject=asked.identity.id,
        actor=order.actor,
        outcome=outcome,
    )
    return Tend(task=asked.task.seq, at=at, actor=order.actor, entry=entry or None)
