"""The ledger entry of what was decided, sent or shown: of whom, for what, which elements, by which rules and consents."""

from __future__ import annotations

from collections.abc import Sequence

from hub.model.decision import Decision
from hub.model.entry import Kind, LedgerEntry
from hub.model.registry import path_set
from hub.partners import Partner


def leaf(
    kind: Kind,
    partner: Partner,
    decisions: Sequence[Decision],
    at: int,
    *,
    people: Sequence[str] = (),
    journal: str = "",
    purpose: str = "",
    outcome: str = "",
    actor: str = "",
) -> LedgerEntry:
    """The one entry of the decisions that answered one partner at an instant (UTC microseconds); without any, nothing was granted.

    `people` are identities: of several, it is a disclosure of each. `purpose` is what was asked for, where no decision says it.
    """
    granted = 0
    for decision in decisions:
        for bits in decision.granted:
            granted |= bits
    return LedgerEntry(
        kind=kind,
        at=at,
        journal=journal,
        partner=partner.id,
        subject=people[0] if people else "",
        also=tuple(people[1:]),
        purpose=decisions[0].purpose if decisions else purpose,
        paths=path_set(granted),
        rules=tuple(dict.fromkeys([reason.rule for one in decisions for reason in one.because])),
        consents=tuple(dict.fromkeys([name for one in decisions for name in one.consents])),
        agreement=partner.agreement.id,
        rule_set=decisions[0].rule_set if decisions else "",
        outcome=outcome,
        actor=actor,
    )
