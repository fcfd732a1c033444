"""Put right what was parked: a message is read again with the mapping of now, a delivery is sent again or ended.

The reading happens here, with the files as they are on disk; the planning and everything that is kept happens at the one writer.
"""

from __future__ import annotations

import msgspec

from adapters.wire import trial
from hub import clock
from hub.app.asking.look import Look
from hub.contracts import Received
from hub.errors import Lasting
from hub.intake.arrival import Again, Arrival
from hub.intake.trial import tried
from hub.model.commands import Command, Release, Replan
from hub.model.entry import Kind, LedgerEntry
from hub.model.plan import Plan
from hub.store.asking.journal import Message
from hub.store.asking.timeline import Delivered
from hub.store.ids import short


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody wants done, and why: `end` ends a delivery instead of sending it again; `late`: behind newer news too."""

    actor: str
    reason: str
    destination: str = ""
    end: bool = False
    late: bool = False


def righting(look: Look, message: Message, order: Order) -> Again | list[Command]:
    """What puts a message right: itself, where it could not be read, or else its deliveries. Raises Lasting where nothing would."""
    if message.state != "parked":
        return releases(look, message, order)
    if order.destination:
        raise Lasting(
            "It could not be read, so nothing of it waits for one partner alone.",
            at=short(message.journal),
            cure="Leave out --to: it is read and decided for everybody, or ended for everybody.",
        )
    return closing(look, message, order) if order.end else again(look, message, order)


def closing(look: Look, message: Message, order: Order) -> list[Command]:
    """The command that ends a message nobody could read: its bytes stay, and the same bytes sent again are no duplicate of it."""
    with look.journal() as journal:
        (before,) = journal.plans([message.journal])
    at = clock.now()
    entry = LedgerEntry(
        kind=Kind.OUTCOME,
        at=at,
        journal=message.journal,
        partner=message.partner,
        subject=message.owner,
        outcome="ended unread by a person",
        actor=order.actor,
    )
    plan = Plan(
        journal=message.journal,
        state="closed",
        kind=message.kind,
        message_id=before.message_id,
        cause=f"Ended unread by {order.actor}: {order.reason}",
        entries=(entry,),
    )
    return [Replan(journal=message.journal, at=at, plan=plan)]


def again(look: Look, message: Message, order: Order) -> Again:
    """A parked message, read anew. Raises Unmapped, with file and line, while its cause is not mended."""
    sender = look.known.senders.get(message.partner)
    if sender is None:
        raise Lasting(
            f"{message.partner} sends no more: there is no mapping to read it with.", at=short(message.journal)
        )
    with look.journal() as journal:
        (kept,) = journal.kept([message.journal])
    received = Received(
        journal=message.journal, partner=message.partner, as_of=message.at, zone=sender.zone, charset=sender.charset
    )
    reading = tried(sender.adapter.read(kept.body, received), trial.where(kept.body))
    return Again(
        arrival=Arrival(
            journal=message.journal, partner=message.partner, body=kept.body, door=message.door, at=message.at
        ),
        at=clock.now(),
        kind=reading.kind,
        events=reading.events,
        message_id=reading.message_id,
        inherited=reading.inherited,
        unmapped_codes=reading.unmapped_codes,
        actor=order.actor,
        reason=order.reason,
        late=order.late,
    )


def is_parked(look: Look, name: str, destination: str = "") -> bool:
    """Whether a message waits for a person: itself, or its delivery to a destination."""
    message = look.message(name)
    if not destination:
        return message.state == "parked"
    with look.journal() as journal:
        rows = journal.timeline(message.journal)
    return any(row.destination == destination and row.state == "parked" for row in rows)


def releases(look: Look, message: Message, order: Order) -> list[Command]:
    """The commands for the parked deliveries of a message. Raises Lasting when there are none, or more than one unnamed."""
    with look.journal() as journal:
        rows = [row for row in journal.timeline(message.journal) if order.destination in ("", row.destination)]
    parked = [row for row in rows if row.state == "parked"]
    if not parked:
        states = "; ".join(f"{row.destination} is {row.state}" for row in rows) or "nobody was to receive it"
        raise Lasting("Nothing of this message is parked.", at=short(message.journal), cure=f"As it stands: {states}.")
    if len({row.destination for row in parked}) > 1:
        names = ", ".join(row.destination for row in parked)
        raise Lasting(
            "It is parked at several partners.", at=short(message.journal), cure=f"Choose one with --to: {names}."
        )
    return [_release(message, row, order) for row in parked]


def _release(message: Message, row: Delivered, order: Order) -> Release:
    to, at = ("cancelled" if order.end else "again"), clock.now()
    entry = LedgerEntry(
        kind=Kind.OUTCOME,
        at=at,
        journal=message.journal,
        partner=row.destination,
        subject=message.owner,
        outcome=f"{to} by a person",
        actor=order.actor,
    )
    return Release(outbox=row.outbox, at=at, to=to, actor=order.actor, reason=order.reason, entry=entry)
