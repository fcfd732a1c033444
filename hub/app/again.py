"""Read and decide a message once more, and compare with what was kept: identical, or what differs.

The facts are those of then: the bytes, the instant, the question, the rule set (by its hash, from the archive where this hub
has moved on). What is compared is the canonical events, and the entry of the ledger that each decision left.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

import msgspec

from hub.app.archive import Archive
from hub.app.house import Household
from hub.app.why import Case, cases, derive, union
from hub.contracts import Received
from hub.errors import HubError, KeyUnavailable
from hub.flow.plan import House
from hub.lens.losses import leaves
from hub.model.decision import Decision
from hub.model.entry import Kind, LedgerEntry
from hub.model.event import CrisisEvent
from hub.model.registry import path_set
from hub.store.journal import Journal, Message

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
    return (_read(known, journal, message), *(_decided(known, archive, case) for case in found))


def _read(known: Household, journal: Journal, message: Message) -> Check:
    sender = known.senders.get(message.partner)
    pinned = f"the bytes as they came from {message.partner}"
    if sender is None:
        return Check(what=READING, pinned=pinned, differs=(f"{message.partner} sends no more: its file is gone",))
    received = Received(
        journal=message.journal, partner=message.partner, as_of=message.at, zone=sender.zone, charset=sender.charset
    )
    try:
        (kept,) = journal.kept([message.journal])
        events = sender.adapter.read(kept.body, received).events
    except KeyUnavailable:
        return Check(what=READING, pinned=pinned, differs=("the content was destroyed",))
    except HubError as problem:
        return Check(what=READING, pinned=pinned, differs=(f"it cannot be read any more: {problem}",))
    return Check(what=READING, pinned=pinned, differs=tuple(_unlike(kept.events, events)))


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
    if case.events is None:
        return Check(what=what, pinned=pinned, differs=("the content was destroyed",))
    if case.partner is None:
        return Check(what=what, pinned=pinned, differs=(f"{case.decided.partner} is a partner no more",))
    house = _house_of_then(known.house, archive, entry.rule_set)
    decision = derive(house, case, case.partner, case.events)
    return Check(what=what, pinned=pinned, differs=tuple(_differs(entry, decision, case.partner.agreement.id)))


def _house_of_then(house: House, archive: Archive, rule_set: str) -> House:
    """The house with the rules of then. Where they are not in the archive, those of now answer, and their hash differs."""
    if rule_set in ("", house.rules.hash):
        return house
    return replace(house, rules=archive.rules(rule_set) or house.rules)


def _differs(entry: LedgerEntry, decision: Decision, agreement: str) -> Iterator[str]:
    granted = union(decision)
    found: dict[str, tuple[str | tuple[str, ...], str | tuple[str, ...]]] = {
        "outcome": (entry.kind, Kind.DECIDED if granted else Kind.REFUSED),
        "purpose": (entry.purpose, decision.purpose),
        "rules": (entry.rules, tuple(reason.rule for reason in decision.because)),
        "consents": (entry.consents, decision.consents),
        "agreement": (entry.agreement, agreement),
        "rule set": (entry.rule_set[:12], decision.rule_set[:12]),
    }
    yield from (f"{name}: then {_said(was)}, now {_said(now)}" for name, (was, now) in found.items() if was != now)
    if entry.paths != path_set(granted):
        yield "other elements are let through now than then"


def _said(value: str | tuple[str, ...]) -> str:
    return (", ".join(value) if isinstance(value, tuple) else str(value)) or "none"
