"""What a message says, for one of the hub's own people: narrowed like any disclosure, to what their role may ever see."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from hub.app.asking.look import Look
from hub.errors import KeyUnavailable, Lasting
from hub.flow.project import Envelope, handling, project
from hub.lens.losses import leaves
from hub.model.category import Category, Regime
from hub.model.decision import Decision
from hub.model.event import CrisisEvent
from hub.model.label import Label
from hub.model.registry import BY_CATEGORY, EVERYTHING, body_of
from hub.model.values import Code, Instant, PartialDate, Quantity
from hub.spans import SECOND
from hub.store.asking.journal import Message

# What nobody of the staff sees on a page, whatever the reason: it is read where it was written.
_NEVER: Final = (
    Category.PSYNOTES,
    Category.SUD_NOTES,
    Category.CHRI,
    Category.WELLNESS,
    Category.DV_VICTIM,
)
# To mend a delivery takes names, numbers, places and times, and nothing clinical.
_OPERATING: Final = (
    Category.ADMIN,
    Category.IDENT,
    Category.CONTACT,
    Category.LOCATION,
    Category.ENCOUNTER,
    Category.CAD_INCIDENT,
    Category.REFERRAL,
    Category.COVERAGE,
    Category.BED,
    Category.DIRECTORY,
)
# Presence at such a place says all: an operator does not even see names from there (42 CFR 2.13(c), 34 U.S.C. 12291(b)(2)).
_TELLING: Final = frozenset(
    {Regime.PART2, Regime.PART2_RECEIVED, Regime.VAWA, Regime.FVPSA, Regime.SEALED, Regime.UNKNOWN}
)
# Whether two records are of one person is seen from names, dates, places and numbers.
_COMPARING: Final = (Category.ADMIN, Category.IDENT, Category.CONTACT, Category.LOCATION)
_SEES: Final[Mapping[str, int]] = {
    "clinician-reviewer": sum(BY_CATEGORY[category] for category in _COMPARING),
    "compliance-officer": EVERYTHING & ~sum(BY_CATEGORY[category] for category in _NEVER),
    "operator": sum(BY_CATEGORY[category] for category in _OPERATING),
}
Shown = tuple[str, Sequence[tuple[str, str]]]


def opened_to(look: Look, message: Message, role: str) -> tuple[Shown, ...]:
    """The events of a message, each with its paths and values. Raises Lasting where its content was destroyed."""
    events, inherited = _kept(look, message)
    shown = narrowed(look, events, message.partner, role, as_of=message.at, inherited=inherited)
    return tuple((body_of(event.body).replace("_", " "), _lines(event)) for event in shown)


def narrowed(
    look: Look, events: Sequence[CrisisEvent], partner: str, role: str, *, as_of: int, inherited: Sequence[str] = ()
) -> tuple[CrisisEvent, ...]:
    """Events of a partner as far as a role may ever see them, labelled and projected like any disclosure."""
    labels = look.known.house.label(tuple(events), partner, tuple(inherited))
    decision = Decision(
        partner="console",
        purpose="HOPERAT",
        granted=tuple(_granted(role, label) for label in labels),
        as_of=as_of,
    )
    envelopes = [Envelope(id=str(n), source=partner) for n in range(len(events))]
    return project(tuple(events), decision, handling(labels, decision), envelopes).events


def _kept(look: Look, message: Message) -> tuple[tuple[CrisisEvent, ...], tuple[str, ...]]:
    try:
        with look.journal() as journal:
            (kept,), (plan,) = journal.kept([message.journal]), journal.plans([message.journal])
    except KeyUnavailable as gone:
        raise Lasting("Its content was destroyed. Its proofs remain.") from gone
    return kept.events, plan.inherited


def _granted(role: str, label: Label) -> int:
    telling = role != "compliance-officer" and bool(label.regimes & _TELLING)
    seen = 0 if telling else _SEES.get(role, 0)
    # What its label makes of a kind of knowledge counts, and not only what it was declared as.
    for source, target in label.recast:
        if not BY_CATEGORY[target] & seen:
            seen &= ~BY_CATEGORY[source]
    return seen


def _lines(event: CrisisEvent) -> tuple[tuple[str, str], ...]:
    return tuple((path, _said(value)) for path, value in leaves([event]))


def _said(value: Any) -> str:
    """A value as people read it: in the sender's own spelling, where it has one."""
    match value:
        case Code():
            return value.display or value.code or value.local
        case Instant():
            return value.text or str(datetime.fromtimestamp(value.at // SECOND, UTC))
        case PartialDate():
            return value.iso
        case Quantity():
            return f"{value.value} {value.unit}".strip()
        case _:
            return str(value)
