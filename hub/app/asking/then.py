"""What a decision was derived from, as it was then: question, labels, agreement, and the rules of that day from the archive."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import msgspec

from consent.question import Question
from hub.app.house import Household
from hub.app.rules.archive import Archive
from hub.flow import question as questions
from hub.flow.plan import House
from hub.model.decision import Decision
from hub.model.label import Label
from hub.partners import Agreement, Partner, term

if TYPE_CHECKING:
    from hub.app.asking.why import Case


@dataclass(frozen=True, slots=True, kw_only=True)
class Then:
    """One question and everything that answered it."""

    house: House
    partner: Partner
    asked: questions.Asked
    labels: tuple[Label, ...]
    bodies: tuple[str, ...]

    @property
    def in_force(self) -> bool:
        """Whether the agreement was in force."""
        return self.house.in_force(self.partner, self.asked.as_of)

    def asking(self, asked: questions.Asked) -> Then:
        """The same, asked something else."""
        return replace(self, asked=asked)

    def decide(self) -> Decision:
        """The decision, as of when it was made."""
        return self.house.decide(self.asked, self.partner, self.labels, self.bodies, self.asked.as_of)

    def question(self) -> Question:
        """The question as the rules are asked it."""
        return questions.question(self.asked, self.partner, self.labels, self.bodies, self.asked.as_of)


def then(known: Household, archive: Archive, case: Case) -> Then | None:
    """What a decision was derived from; None when its labels were not kept, and its content was destroyed.

    Where the archive does not hold the rules of then, those of now answer, and their hash differs.
    """
    labels, bodies = _labelled(known.house, case)
    if not bodies:
        return None
    house, partner = known.house, _partner(archive, case)
    if wanted := case.entry.rule_set:
        house = replace(house, rules=house.rules.named(wanted) or archive.rules(wanted) or house.rules)
    house = replace(house, in_force=lambda who, at: _holds(who.agreement, known.county.zone, at))
    return Then(house=house, partner=partner, asked=case.asked, labels=labels, bodies=bodies)


def _labelled(house: House, case: Case) -> tuple[tuple[Label, ...], tuple[str, ...]]:
    kept = case.plan.labelled
    if kept.bodies or case.events is None:
        return kept.each, kept.bodies
    return house.label(case.events, case.message.partner, case.plan.inherited), questions.kinds(case.events)


def _partner(archive: Archive, case: Case) -> Partner:
    """The partner under its agreement of then; one whose file is gone is what the question says of it."""
    pins, name = archive.pins(case.plan.pins), case.decided.partner
    kept = pins.agreements.get(name) if pins else None
    if case.partner is not None:
        return msgspec.structs.replace(case.partner, agreement=kept) if kept else case.partner
    facts = case.asked.facts
    agreement = kept or Agreement(id=case.asked.agreement, kind="", hub_is="", starts="", ends="", signature="")
    return Partner(id=name, name=name, kind=facts["recipient"], state=facts["state"], agreement=agreement)


def _holds(agreement: Agreement, zone: str, at: int) -> bool:
    if not agreement.starts:
        return False
    starts, ends = term(agreement, zone)
    return starts <= at < ends
