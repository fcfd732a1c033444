"""Recalls: what a recipient may no longer rely on, and the notice that says so. Values in, values out.

A notice names the message and says what to do. It never says who changed what, nor what was in the message.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from operator import or_
from typing import Final

from consent.question import Scope
from hub.flow.label import Source
from hub.flow.leaf import leaf
from hub.flow.plan import House
from hub.flow.question import Asked, encode, kinds
from hub.model.category import Regime
from hub.model.decision import Decision
from hub.model.entry import Kind, LedgerEntry
from hub.model.event import CrisisEvent, event_id
from hub.model.plan import Decided, Fact, Labelled, Outgoing, Plan
from hub.model.registry import path_set
from hub.model.service import Communication
from hub.model.values import Code, Identifier, Instant
from hub.partners import Agreement, Partner
from hub.spans import HOUR

# The source of the hub's own notices. No partner can be called so: their ids have no space.
HUB: Final = "the hub"
SOURCE: Final = Source(regimes=frozenset({Regime.OPEN}))
INTEREST: Final = "recall"
# How long a recipient has before a person is told that it did not answer.
PATIENCE: Final = 72 * HOUR
STOP: Final = "Stop relying on the messages named here. Retain them as law requires."
PURGE: Final = "Stop relying on the messages named here, and delete them as our agreement provides, unless law requires their retention."

ERASE: Final = (
    "Stop relying on the messages named here, and delete every copy: an order binds them. Say so where law forbids it."
)


APART: Final = "Do not rely on any of these ids being the same person:"


class Recalled(Fact, frozen=True):
    """One delivery of which elements (bits of the registry) may not be relied on any more; `keys` are the message ids it went under.

    `unsaid` are the partner's own ids of which it said that they are one person, where that may not be relied on.
    """

    outbox: int
    journal: str
    keys: tuple[str, ...]
    bits: int
    unsaid: tuple[str, ...] = ()


class Order(Fact, frozen=True):
    """What is recalled from one partner about one source identity. `journal` is the notice's own id; `at` is UTC microseconds.

    `ordered`: the records are sealed or expunged by an order, and every copy is to go.
    """

    journal: str
    identity: str
    at: int
    recalled: tuple[Recalled, ...]
    ordered: bool = False


def narrowed(before: Decision, now: Decision, sent: int) -> int:
    """The elements (bits) that were sent, that could be sent before, and that may not be sent now.

    >>> narrowed(Decision(partner="a", purpose="b", granted=(7,)), Decision(partner="a", purpose="b", granted=(1,)), 3)
    2
    """
    return sent & reduce(or_, (b & ~n for b, n in zip(before.granted, now.granted, strict=True)), 0)


def words(agreement: Agreement, several: Sequence[Recalled] = (), *, ordered: bool = False) -> str:
    """What the recipient is asked to do; and of which of its own ids it is not to believe that they are one person."""
    asked = ERASE if ordered else PURGE if agreement.purge_on_recall else STOP
    unsaid = sorted({name for one in several for name in one.unsaid})
    return f"{asked} {APART} {', '.join(unsaid)}." if unsaid else asked


def notice(house: House, partner: Partner, order: Order) -> Plan:
    """The plan of a notice: one event, decided for its one recipient. Its outbox is empty where the rules or the agreement refuse."""
    event = _event(partner, order)
    asked = _asked(house, partner, order.at)
    labels, bodies = house.label((event,), HUB, ()), kinds((event,))
    decision = house.decide(asked, partner, labels, bodies, order.at)
    return Plan(
        journal=order.journal,
        state="planned",
        kind="RECALL",
        message_id=order.journal,
        events=(event,),
        decided=(
            Decided(
                partner=partner.id,
                purpose="NOTICE",
                interest=INTEREST,
                permits=decision.permits,
                question=encode(asked),
            ),
        ),
        outbox=_outbox(partner, order, decision),
        entries=(_received(order), _decided(partner, order, decision)),
        labelled=Labelled(bodies=bodies, labels=labels, which=(0,)),
        pins=house.pins,
    )


def recorded(partner: Partner, order: Order) -> LedgerEntry:
    """What the ledger keeps of a recall, among the person's own entries."""
    return LedgerEntry(
        kind=Kind.RECALL,
        at=order.at,
        journal=order.journal,
        partner=partner.id,
        subject=order.identity,
        purpose="NOTICE",
        paths=path_set(reduce(or_, (one.bits for one in order.recalled), 0)),
        agreement=partner.agreement.id,
        outcome=f"recalled {', '.join(sorted({one.journal for one in order.recalled}))}",
    )


def _event(partner: Partner, order: Order) -> CrisisEvent:
    keys = dict.fromkeys(key for one in order.recalled for key in one.keys)
    said = words(partner.agreement, order.recalled, ordered=order.ordered)
    body = Communication(
        kind=Code(code="recall", system="urn:crisis-hub:notice", display=said),
        about=tuple(Identifier(value=key, type="message") for key in keys),
        sent_at=Instant(at=order.at),
        text=said,
    )
    return CrisisEvent(id=event_id(order.journal, 0), body=body, source=HUB, recorded_at=order.at)


def _asked(house: House, partner: Partner, at: int) -> Asked:
    facts = {"recipient": partner.kind, "purpose": "NOTICE", "state": house.state, "capacity": "PARTNER"}
    return Asked(facts=facts, consent=Scope(), agreement=partner.agreement.id, as_of=at)


def _outbox(partner: Partner, order: Order, decision: Decision) -> tuple[Outgoing, ...]:
    if not decision.permits or partner.delivery is None:
        return ()
    return (Outgoing(destination=partner.id, interest=INTEREST, due_at=order.at),)


def _received(order: Order) -> LedgerEntry:
    return LedgerEntry(kind=Kind.RECEIVED, at=order.at, journal=order.journal, partner=HUB, outcome="RECALL")


def _decided(partner: Partner, order: Order, decision: Decision) -> LedgerEntry:
    kind = Kind.DECIDED if decision.permits else Kind.REFUSED
    return leaf(kind, partner, (decision,), order.at, journal=order.journal)
