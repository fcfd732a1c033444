"""Why a partner got this and not that: the decision derived again from its facts, in sentences for the compliance officer.

Decisions are never stored. What is kept is the question as it stood: it is put to the rules once more, as of then.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import reduce
from operator import or_
from typing import Any, Final

import msgspec

from consent.explanation import as_data, explain, near_misses
from hub.app.asking.elements import elements, filled
from hub.app.asking.then import Then, then
from hub.app.house import Household
from hub.app.rules.archive import Archive
from hub.errors import KeyUnavailable, Lasting
from hub.flow import question as questions
from hub.model.decision import Decision, Reason
from hub.model.entry import LedgerEntry
from hub.model.event import CrisisEvent
from hub.model.plan import Decided, Plan
from hub.model.registry import path_set
from hub.partners import Partner
from hub.store.asking.evidence import Evidence
from hub.store.asking.journal import Journal, Message
from hub.store.asking.timeline import Delivered
from hub.store.ids import short

DESTROYED: Final = "Its content was destroyed, so the decision cannot be derived again. Its proofs remain."
STATES: Final = {
    "waiting": "It waits for its turn.",
    "behind": "It waits behind another message about the same person.",
    "in the air": "It is being sent; there is no answer yet.",
    "again": "It was tried, and will be tried again.",
    "parked": "It is parked: a person must look.",
    "cancelled": "It was ended before it was delivered.",
    "delivered": "It was delivered and acknowledged.",
}


class Why(msgspec.Struct, frozen=True, kw_only=True):
    """One decision in words and as data. `sent` and `withheld` are paths of the model that the message fills, without values.

    `settled` are the reasons by which those went, `kept` those by which the others stayed.
    """

    message: str
    partner: str
    interest: str = ""
    purpose: str = ""
    permits: bool = False
    sentences: tuple[str, ...]
    sent: tuple[str, ...] = ()
    withheld: tuple[str, ...] = ()
    settled: tuple[Reason, ...] = ()
    kept: tuple[Reason, ...] = ()
    decision: dict[str, Any] = {}


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """What one decision was derived from, and the ledger entry that remembers it.

    No `events` when they were destroyed, no `partner` when its file is gone.
    """

    message: Message
    plan: Plan
    decided: Decided
    entry: LedgerEntry
    partner: Partner | None
    events: tuple[CrisisEvent, ...] | None

    @property
    def asked(self) -> questions.Asked:
        """The question's facts, as they stood."""
        return questions.decode(self.decided.question)


class Sent(msgspec.Struct, frozen=True, kw_only=True):
    """How a delivery stands, and the ledger entry of its last attempt, which says what went."""

    row: Delivered
    entry: LedgerEntry | None


def explained(
    known: Household, archive: Archive, journal: Journal, evidence: Evidence, message: Message, *, partner: str = ""
) -> tuple[Why, ...]:
    """Why each partner that wants such messages got what it got. Raises Lasting where nothing was decided."""
    found = cases(known, journal, message, partner)
    if not found and partner:
        return (_uninterested(message, partner),)
    delivered = {(d.destination, d.interest): _sent(d, evidence) for d in journal.timeline(message.journal)}
    return tuple(
        _explained(then(known, archive, c), c, delivered.get((c.decided.partner, c.decided.interest))) for c in found
    )


def _sent(row: Delivered, evidence: Evidence) -> Sent:
    return Sent(row=row, entry=evidence.entry(row.attempts[-1].leaf) if row.attempts else None)


def cases(known: Household, journal: Journal, message: Message, partner: str = "") -> tuple[Case, ...]:
    """The decisions about a message, or those about one partner. Raises Lasting for a parked message or a strange partner."""
    shown = short(message.journal)
    if message.state == "parked":
        cure = f"When its cause is mended: crisis-hub replay {shown}"
        raise Lasting(f"Message {shown} is parked: nothing was decided about it yet. {message.cause}", cure=cure)
    if message.state == "closed":
        cure = "Its sender may send it once more: it is a new message then."
        raise Lasting(
            f"Message {shown} was ended unread: nothing was decided about it, and nothing will be.", cure=cure
        )
    partners, plan = known.county.partners, _plan(journal, message.journal)
    if partner and partner not in {*partners, *(d.partner for d in plan.decided)}:
        raise Lasting(f'There is no partner "{partner}".', cure=f"One of {', '.join(partners)}.")
    events = _events(journal, message.journal)
    # The first entry says that the message came; then one follows for each decision.
    return tuple(
        Case(message=message, plan=plan, decided=each, entry=entry, partner=partners.get(each.partner), events=events)
        for each, entry in zip(plan.decided, plan.entries[1:], strict=True)
        if partner in ("", each.partner)
    )


def _plan(journal: Journal, name: str) -> Plan:
    try:
        return journal.plans([name])[0]
    except KeyUnavailable as gone:
        said = "What was decided about this message was destroyed with its accounting. Its proofs remain."
        raise Lasting(said, at=short(name)) from gone


def _events(journal: Journal, name: str) -> tuple[CrisisEvent, ...] | None:
    try:
        return journal.kept([name])[0].events
    except KeyUnavailable:
        return None


def _audited(known: Then) -> Decision:
    """The decision with its near misses, which are for staff only (42 CFR 2.13(c)(2))."""
    decision = known.decide()
    if not known.in_force:
        return decision
    return msgspec.structs.replace(decision, near_miss=near_misses(known.house.rules, known.question()))


def _explained(known: Then | None, case: Case, sent: Sent | None) -> Why:
    if known is None:
        sentences = (DESTROYED, _remembered(case.entry), *_told(sent, None))
        return _why(case, permits=case.decided.permits, sentences=sentences)
    decision = _audited(known)
    said = filled(decision, case.events, known.labels) if case.events is not None else decision
    found = elements(case.events or (), decision.granted if case.events else ())
    return _why(
        case,
        permits=decision.permits,
        sentences=(
            *_caveats(case),
            *_agreement(known),
            *explain(said, audit=True),
            *_told(sent, decision),
        ),
        sent=tuple(found.sent),
        withheld=tuple(found.withheld),
        settled=said.because,
        kept=said.withheld,
        decision=as_data(decision, audit=True),
    )


def _caveats(case: Case) -> Iterator[str]:
    if case.events is None:
        yield "Its content was destroyed. What was decided is derived from the facts that are kept, whatever the message filled."
        yield _remembered(case.entry)
    if case.partner is None:
        yield f"{case.decided.partner} is a partner no more: its file is gone. It is decided under the agreement of then."
    if case.decided.over:
        yield f"{case.decided.partner} was told of this when its conditions held; that they hold no longer is decided here."


def _why(case: Case, **said: Any) -> Why:
    decided = case.decided
    return Why(
        message=case.message.journal,
        partner=decided.partner,
        interest=decided.interest,
        purpose=decided.purpose,
        **said,
    )


def _agreement(known: Then) -> Iterator[str]:
    if not known.in_force:
        yield f"Agreement {known.partner.agreement.id} was not in force then. Without one, nothing leaves."


def _told(sent: Sent | None, decision: Decision | None) -> Iterator[str]:
    if sent is None:
        yield "Nothing was sent."
        return
    last = sent.row.attempts[-1] if sent.row.attempts else None
    yield f"{STATES[sent.row.state]}{f' Attempt {last.number} is leaf {last.leaf} of the ledger.' if last else ''}"
    if sent.entry and decision and sent.entry.paths != path_set(union(decision)):
        consents = f"consent {', '.join(sent.entry.consents)}" if sent.entry.consents else "no consent"
        yield f"Before it was sent it was decided again, and less went: rules {', '.join(sent.entry.rules)}, {consents}."


def union(decision: Decision) -> int:
    """Everything that a decision grants of any of its events."""
    return reduce(or_, decision.granted, 0)


def _remembered(entry: LedgerEntry) -> str:
    rules = f"rules {', '.join(entry.rules)}" if entry.rules else "no rule that lets it through"
    consents = f"consent {', '.join(entry.consents)}" if entry.consents else "no consent"
    agreement = f"agreement {entry.agreement}" if entry.agreement else "no agreement"
    return f"The ledger remembers that it was {entry.kind}: {rules}, {consents}, {agreement}, rule set {entry.rule_set[:12]}."


def _uninterested(message: Message, partner: str) -> Why:
    said = f"{partner} was not asked about: none of its interests meets this {message.kind} of {message.partner}."
    if partner == message.partner:
        said = f"{partner} sent this message itself, and nobody hears its own words back."
    return Why(message=message.journal, partner=partner, sentences=(said,))
