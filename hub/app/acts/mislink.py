"""A wrong link: who is held to be who, taking it back, and its blast radius: who received what because of it.

Partners know people by pseudonyms of source identities. A link lends: consents of one side let messages of the other through.
And it shows itself to a partner that knew both sides and might be told that they are one. The radius is found by deciding
each delivered message once more as of then, with the consents of its own side alone: what went and would not have gone is
the radius, and whatever told of both ids.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from msgspec.structs import replace

from hub import clock
from hub.app.acts.sides import sides
from hub.app.asking import why
from hub.app.asking.elements import elements
from hub.app.asking.look import Look
from hub.app.asking.then import then
from hub.courier.alias import NUMBERS
from hub.errors import Conflict, Lasting
from hub.flow import question as questions
from hub.flow.told import spans
from hub.model.commands import Relink
from hub.model.consent import ConsentDirective
from hub.model.entry import Kind, LedgerEntry
from hub.model.plan import Fact, Move, Task
from hub.model.registry import paths
from hub.store.asking.journal import Message, Wanted
from hub.store.asking.recalls import Recalls
from hub.store.ids import new_id, short
from hub.store.writing.relink import Identity, Moved

SENT: Final = ("delivered", "in the air", "again")
ROLE: Final = "privacy officer"


class Held(Fact, frozen=True):
    """Who an identity is held to be: itself, everybody it is one with, and every change of that."""

    identity: Identity
    members: tuple[Identity, ...]
    moves: tuple[Moved, ...]


class Wrong(Fact, frozen=True):
    """One delivery that the wrong link let through: to whom, when, the elements that went too far, and on whose consents."""

    recipient: str
    interest: str
    message: str
    at: int
    paths: tuple[str, ...]
    consents: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """Who says so, and why; neither is ever defaulted."""

    actor: str
    reason: str


def held(look: Look, name: str) -> Held:
    """Who the person of a message is held to be. Raises Lasting where the message is about nobody."""
    message = look.message(name)
    with look.links() as links:
        if message.state != "planned":
            raise Lasting("This message is parked: it is about nobody yet.", at=short(message.journal))
        identity = links.identity(message.owner)
        return Held(
            identity=identity, members=links.members(identity.person), moves=links.moves_of_person(identity.person)
        )


def merge(look: Look, name: str, into: str, order: Order) -> Relink:
    """The persons of two messages are one from now on."""
    here, there = held(look, name), held(look, into)
    if here.identity.person == there.identity.person:
        raise Conflict("They are one person already.", at=short(here.identity.id))
    moves = [_move(each, there.identity.person, "reviewed") for each in here.members]
    return _relink(here.identity, order, moves=tuple(moves))


def apart(look: Look, name: str, other: str, order: Order) -> Relink:
    """The persons of two messages are two, and never linked again by themselves."""
    here, there = held(look, name), held(look, other)
    if here.identity.person == there.identity.person:
        cure = "Take the link back: crisis-hub link unmerge"
        raise Conflict("They are held to be one person.", at=short(here.identity.id), cure=cure)
    return _relink(here.identity, order, pairs=_pairs([here.identity], there.members))


def unmerge(look: Look, name: str, order: Order) -> tuple[Relink, tuple[Wrong, ...]]:
    """The identity of a message, and those that came with it, are a person of their own again; and the radius of the link.

    For each recipient a task is opened, with the correction drafted.
    """
    here = held(look, name)
    mine, theirs = sides_of(look, here)
    if not theirs:
        raise Conflict("It is a person of its own already.", at=short(here.identity.id))
    found, person = radius(look, here), new_id()
    moves = tuple(_move(each, person, "unmerged") for each in mine)
    tasks = tuple(_draft(recipient, found) for recipient in sorted({each.recipient for each in found}))
    return _relink(here.identity, order, moves=moves, pairs=_pairs(mine, theirs), tasks=tasks), found


def sides_of(look: Look, here: Held) -> tuple[Sequence[Identity], Sequence[Identity]]:
    """The two sides of the link: those that are taken out of it together, and those that stay."""
    with look.links() as links:
        known = links.traits([each.id for each in here.members])
    return sides(here.identity, here.members, here.moves, known)


def radius(look: Look, here: Held) -> tuple[Wrong, ...]:
    """Everything that went out because this identity and the others were held to be one person, the oldest first."""
    mine, theirs = ([each.id for each in side] for side in sides_of(look, here))
    found: dict[tuple[str, str, str], Wrong] = {}
    for wrong in (*_lent(look, mine), *_lent(look, theirs), *_told(look, here.identity.person, mine)):
        key = (wrong.message, wrong.recipient, wrong.interest)
        before = found.get(key)
        both = tuple(dict.fromkeys((*before.paths, *wrong.paths))) if before else wrong.paths
        found[key] = replace(before or wrong, paths=both)
    return tuple(sorted(found.values(), key=lambda wrong: (wrong.at, wrong.message, wrong.recipient, wrong.interest)))


def _told(look: Look, person: str, side: Sequence[str]) -> Iterator[Wrong]:
    """What told a partner that somebody of this side and somebody else are one person, by the ids that it knew them by."""
    with look.vault.database.read() as connection:
        sent = Recalls(connection, look.vault.keys, look.vault.origin).past(person)
    for past in sent:
        across = [c.at for c in past.claims if any((past.identity in side) != (other in side) for other in c.akin)]
        if across:
            yield Wrong(
                recipient=past.destination,
                interest=past.interest,
                message=past.journal,
                at=across[-1],
                paths=paths(NUMBERS),
                consents=(),
            )


def _lent(look: Look, side: Sequence[str]) -> Iterator[Wrong]:
    """What went out about one side that its own consents do not carry."""
    with look.journal() as journal:
        messages = [each for identity in side for each in _messages(look, identity)]
        for message in messages:
            rows = {(d.destination, d.interest): d for d in journal.timeline(message.journal) if d.state in SENT}
            for case in why.cases(look.known, journal, message) if rows else ():
                row = rows.get((case.decided.partner, case.decided.interest))
                if row and (beyond := _beyond(look, case, side)):
                    yield Wrong(
                        recipient=row.destination,
                        interest=row.interest,
                        message=message.journal,
                        at=row.attempts[-1].at,
                        paths=beyond,
                        consents=case.asked.consents,
                    )


def _messages(look: Look, identity: str) -> Iterator[Message]:
    """Every planned message of an identity, page by page."""
    before = 0
    with look.journal() as journal:
        while page := journal.search(Wanted(owner=identity, state="planned", before=before)):
            yield from page
            before = page[-1].seq


def _beyond(look: Look, case: why.Case, side: Sequence[str]) -> tuple[str, ...]:
    """The elements of the message that were granted, and are not with the consents of this side alone."""
    events, found = case.events, then(look.known, look.archive, case)
    if case.partner is None or events is None or found is None:
        return ()  # destroyed, or a partner no more: the ledger entry remembers it, and its recall asks for it by name
    said = _directives(look, side, case)
    asked = questions.again(
        case.asked, found.partner, said,
        source=case.message.partner, as_of=case.asked.as_of, labels=found.labels, told=spans(said, events),
    )  # fmt: skip
    alone = found.asking(asked).decide()
    granted = tuple(a & ~b for a, b in zip(found.decide().granted, alone.granted, strict=True))
    return tuple(elements(events, granted).sent)


def _directives(look: Look, side: Sequence[str], case: why.Case) -> tuple[ConsentDirective, ...]:
    """What this side had said by then, and what came with the very message."""
    said = tuple(event.body for event in case.events or () if isinstance(event.body, ConsentDirective))
    with look.links() as links:
        return (*links.directives(side, case.message.seq, case.message.at), *said)


def _move(identity: Identity, person: str, why_: str) -> Move:
    return Move(identity=identity.id, before=identity.person, after=person, why=why_)


def _pairs(these: Sequence[Identity], those: Sequence[Identity]) -> tuple[tuple[str, str], ...]:
    return tuple((one.id, other.id) for one in these for other in those)


def _relink(
    about: Identity,
    order: Order,
    *,
    moves: tuple[Move, ...] = (),
    pairs: tuple[tuple[str, str], ...] = (),
    tasks: tuple[Task, ...] = (),
) -> Relink:
    at = clock.now()
    word = moves[0].why if moves else "apart"
    entry = LedgerEntry(kind=Kind.LINK, at=at, subject=about.id, actor=order.actor, outcome=word)
    return Relink(at=at, actor=order.actor, reason=order.reason, entry=entry, moves=moves, apart=pairs, tasks=tasks)


def _draft(recipient: str, found: Sequence[Wrong]) -> Task:
    """The correction for one recipient: which messages, which elements, and what is asked of them. No value is in it."""
    mine = [each for each in found if each.recipient == recipient]
    lines = [f"message {short(each.message)}: {', '.join(each.paths)}" for each in mine]
    words = (
        f"{len(mine)} messages to {recipient} told too much, because two people were held to be one. "
        f"Ask them to stop relying on: {'; '.join(lines)}. Judge whether it is a breach (45 CFR 164.402)."
    )
    return Task(kind="recall", about=recipient, words=words, role=ROLE)
