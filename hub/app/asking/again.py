"""Read and decide a message once more, and compare with what was kept: identical, or what differs.

The facts are those of then: the bytes, the instant, the question, the labels, the agreement, the rule set (by its hash, from the
archive where this hub has moved on). What is compared is the canonical events, their labels, and the entry of the ledger that
each decision left. Where something reads otherwise, every version that is another one now is named.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

import msgspec

from hub.app.asking.then import then
from hub.app.asking.why import Case, cases, union
from hub.app.house import Household
from hub.app.rules.archive import Archive
from hub.app.rules.pins import Pins, pinned
from hub.contracts import Received
from hub.errors import HubError, KeyUnavailable
from hub.lens.losses import leaves
from hub.model.decision import Decision
from hub.model.entry import Kind, LedgerEntry
from hub.model.event import CrisisEvent
from hub.model.plan import Plan
from hub.model.registry import path_set
from hub.store.asking.journal import Journal, Message

READING: Final = "reading"


class Check(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that was done again: the reading, or the decision about a partner. Identical when nothing differs."""

    what: str
    pinned: str
    differs: tuple[str, ...] = ()

    @property
    def identical(self) -> bool:
        """Whether everything came out as it was kept."""
        return not self.differs


def compared(
    known: Household, archive: Archive, journal: Journal, message: Message, partner: str = ""
) -> tuple[Check, ...]:
    """The reading and every decision, or those about one partner, done again. Raises Lasting for a parked message."""
    found = cases(known, journal, message, partner)
    (plan,) = journal.plans([message.journal])
    read = _named(_read(known, journal, message, plan), known, archive.pins(plan.pins), message.partner)
    return (read, *(_decided(known, archive, case) for case in found))


def _named(check: Check, known: Household, pins: Pins | None, sender: str) -> Check:
    """What reads otherwise is told with every version that is another one now."""
    if check.identical or pins is None:
        return check
    return msgspec.structs.replace(check, differs=(*check.differs, *pins.unlike(pinned(known), sender)))


def _read(known: Household, journal: Journal, message: Message, plan: Plan) -> Check:
    sender = known.senders.get(message.partner)
    pinned = f"the bytes as they came from {message.partner}, versions {plan.pins or 'of then'}"
    if sender is None:
        return Check(what=READING, pinned=pinned, differs=(f"{message.partner} sends no more: its file is gone",))
    received = Received(
        journal=message.journal, partner=message.partner, as_of=message.at, zone=sender.zone, charset=sender.charset
    )
    try:
        (kept,) = journal.kept([message.journal])
        read = sender.adapter.read(kept.body, received).events
        events = tuple(event for event in read if event.id not in plan.unasked)
    except KeyUnavailable:
        return Check(what=READING, pinned=pinned, differs=("the content was destroyed",))
    except HubError as problem:
        return Check(what=READING, pinned=pinned, differs=(f"it cannot be read any more: {problem}",))
    labels = known.house.label(events, message.partner, plan.inherited)
    other = plan.labelled.bodies and labels != plan.labelled.each
    labelled = ("it is labelled otherwise now; its decisions stand by the labels of then",) if other else ()
    return Check(what=READING, pinned=pinned, differs=(*_unlike(kept.events, events), *labelled))


def _unlike(before: tuple[CrisisEvent, ...], after: tuple[CrisisEvent, ...]) -> Iterator[str]:
    """The paths that read otherwise now, without values."""
    if before == after:
        return
    was, now = dict(leaves(before)), dict(leaves(after))
    found = [f"{path} reads otherwise" for path in sorted(was.keys() | now.keys()) if was.get(path) != now.get(path)]
    yield from found or ["an envelope reads otherwise"]


def _decided(known: Household, archive: Archive, case: Case) -> Check:
    entry = case.entry
    what, pinned = f"{case.decided.partner}, {case.decided.interest}", f"rule set {entry.rule_set[:12] or 'of then'}"
    found = then(known, archive, case)
    if found is None:
        return Check(what=what, pinned=pinned, differs=("the content was destroyed",))
    return Check(what=what, pinned=pinned, differs=tuple(_differs(entry, found.decide(), found.partner.agreement.id)))


def _differs(entry: LedgerEntry, decision: Decision, agreement: str) -> Iterator[str]:
    granted = union(decision)
    found: dict[str, tuple[str | tuple[str, ...], str | tuple[str, ...]]] = {
        "outcome": (entry.kind, Kind.DECIDED if granted else Kind.REFUSED),
        "purpose": (entry.purpose, decision.purpose),
        # Each once, however many elements it settled.
        "rules": (_once(entry.rules), _once(reason.rule for reason in decision.because)),
        "consents": (entry.consents, decision.consents),
        "agreement": (entry.agreement, agreement),
        "rule set": (entry.rule_set[:12], decision.rule_set[:12]),
    }
    yield from (f"{name}: then {_said(was)}, now {_said(now)}" for name, (was, now) in found.items() if was != now)
    if entry.paths != path_set(granted):
        yield "other elements are let through now than then"


def _once(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names))


def _said(value: str | tuple[str, ...]) -> str:
    return (", ".join(value) if isinstance(value, tuple) else str(value)) or "none"
