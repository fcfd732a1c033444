"""What another rule set would have made of the decisions of the last days: by partner, by field, by how many persons.

The questions, labels and agreements are those that were kept; only the rules differ. Both are asked as of one instant, so that a
rule of tomorrow counts too. Nothing is decided here that anybody acts upon.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator

import msgspec

from consent.engine import RuleSet
from consent.question import Question
from hub.app.house import Household
from hub.app.rules.archive import Archive
from hub.errors import KeyUnavailable
from hub.flow import question as questions
from hub.model.category import Regime
from hub.model.label import Label
from hub.model.plan import Decided, Plan
from hub.model.registry import paths
from hub.partners import Partner
from hub.store.asking.journal import Journal, Wanted

POLICE = frozenset({"LE", "PROSECUTOR", "CORRECTIONS", "PROBATION"})
_AT_ONCE = 1_000
PART2 = frozenset({Regime.PART2, Regime.PART2_RECEIVED})


class Recorded(msgspec.Struct, frozen=True, kw_only=True):
    """One decision as it was kept: its question, and whose message it was about."""

    question: Question
    person: str


class Effect(msgspec.Struct, frozen=True, kw_only=True):
    """What would change for one partner: decisions, persons concerned, and how often each path would go more or less."""

    more: int
    less: int
    persons: int
    fields_more: dict[str, int]
    fields_less: dict[str, int]


class Impact(msgspec.Struct, frozen=True, kw_only=True):
    """The whole effect. `part2_to_police` counts decisions by which Part 2 data would newly reach police.

    `destroyed` are messages whose facts are gone; they are not among the `decisions`.
    """

    old: str
    new: str
    decisions: int
    destroyed: int
    changed: int
    persons: int
    part2_to_police: int
    partners: dict[str, Effect]


class Tally:
    """Adds up differences, partner by partner."""

    def __init__(self) -> None:
        """Nothing yet."""
        self.decisions = self.changed = self.guarded = 0
        self.more: Counter[str] = Counter()
        self.less: Counter[str] = Counter()
        self.persons: dict[str, set[str]] = defaultdict(set)
        self.fields: tuple[dict[str, Counter[str]], ...] = (defaultdict(Counter), defaultdict(Counter))

    def add(self, one: Recorded, was: tuple[int, ...], would: tuple[int, ...]) -> None:
        """One decision both ways, event by event."""
        self.decisions += 1
        if was == would:
            return
        partner, before, after = one.question.partner, _union(was), _union(would)
        self.changed += 1
        self.persons[partner].add(one.person)
        for gone, counts, fields in (
            (after & ~before, self.more, self.fields[0]),
            (before & ~after, self.less, self.fields[1]),
        ):
            if gone:
                counts[partner] += 1
                fields[partner].update(paths(gone))
        police = one.question.facts.recipient in POLICE
        gained = (new & ~old for old, new in zip(was, would, strict=True))
        self.guarded += police and any(
            bits and label.regimes & PART2 for bits, label in zip(gained, one.question.labels, strict=True)
        )

    def impact(self, old: RuleSet, new: RuleSet, destroyed: int) -> Impact:
        """The sum."""
        return Impact(
            old=old.hash,
            new=new.hash,
            decisions=self.decisions,
            destroyed=destroyed,
            changed=self.changed,
            persons=len(set().union(*self.persons.values())),
            part2_to_police=self.guarded,
            partners={name: self._effect(name) for name in sorted(self.persons)},
        )

    def _effect(self, name: str) -> Effect:
        more, less = (dict(found[name].most_common()) for found in self.fields)
        return Effect(
            more=self.more[name],
            less=self.less[name],
            persons=len(self.persons[name]),
            fields_more=more,
            fields_less=less,
        )


def replayed(recorded: Iterable[Recorded], old: RuleSet, new: RuleSet) -> Tally:
    """Every decision under both rule sets."""
    tally = Tally()
    for one in recorded:
        tally.add(one, old.decide(one.question).granted, new.decide(one.question).granted)
    return tally


def impact(known: Household, archive: Archive, journal: Journal, new: RuleSet, *, since: int, as_of: int) -> Impact:
    """The effect that `new` would have had on what came since an instant, both rule sets asked as of another (UTC microseconds)."""
    present = known.house.rules
    old = present.named(present.hash) or present
    replay = _Replay(known, archive, journal, as_of)
    tally = replayed(replay.recorded(since), old, new)
    return tally.impact(old, new, replay.destroyed)


class _Replay:
    """Reads decisions from the journal, page by page."""

    def __init__(self, known: Household, archive: Archive, journal: Journal, as_of: int) -> None:
        self.known, self.archive, self.journal, self.as_of = known, archive, journal, as_of
        self.destroyed = 0

    def recorded(self, since: int) -> Iterator[Recorded]:
        """Every decision that an agreement in force let anybody ask for."""
        before = 0
        while page := self.journal.search(Wanted(since=since, state="planned", before=before, limit=_AT_ONCE)):
            for plan in self._plans([message.journal for message in page]):
                yield from self._of(plan)
            before = page[-1].seq
            if len(page) < _AT_ONCE:
                return

    def _plans(self, names: list[str]) -> Iterator[Plan]:
        try:
            yield from self.journal.plans(names)
        except KeyUnavailable:
            if len(names) == 1:
                self.destroyed += 1
                return
            for name in names:
                yield from self._plans([name])

    def _of(self, plan: Plan) -> Iterator[Recorded]:
        labels, person = plan.labelled.each, plan.link.person if plan.link else plan.journal
        pins = self.archive.pins(plan.pins)
        for decided in plan.decided:
            partner = self.known.county.partners.get(decided.partner)
            if partner is not None:
                then = pins.agreements.get(decided.partner) if pins else None
                who = msgspec.structs.replace(partner, agreement=then) if then else partner
                yield Recorded(question=self._question(decided, who, labels, plan.labelled.bodies), person=person)

    def _question(
        self, decided: Decided, partner: Partner, labels: tuple[Label, ...], bodies: tuple[str, ...]
    ) -> Question:
        asked = questions.decode(decided.question)
        return questions.question(asked, partner, labels, bodies, self.as_of)


def _union(granted: tuple[int, ...]) -> int:
    found = 0
    for bits in granted:
        found |= bits
    return found
