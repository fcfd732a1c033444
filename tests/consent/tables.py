"""The rules once more, in tables of their own: by whom, for what and when each speaks, and by field who is shown it.

They were written beside the rules, with every value spelled out, and are changed by hand alone. So a rule that says more or less
than it should, a view with a path too many, or a new value in the vocabulary contradicts them and is noticed. `answer` reads them
the long way, without masks, boxes or memory.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import cache, reduce
from itertools import product
from operator import or_
from pathlib import Path

from consent.question import Question, Scope
from consent.vocabulary import UNKNOWN
from hub.model.category import Category, Regime
from hub.model.decision import Decision
from hub.model.label import Label
from hub.model.registry import BY_BODY, BY_CATEGORY, EVERYTHING, branch, mask

HERE = Path(__file__).parent
PART2 = frozenset({"PART2", "PART2_RECEIVED"})
EVERY = frozenset(one.value for one in Regime) - {UNKNOWN}
# What HIPAA stands beside; and kinds that no label makes milder.
BESIDE_HIPAA = frozenset({"PART2_RECEIVED", "VA7332"})
FIXED = frozenset({"PSYNOTES", "SUD_NOTES", "CHRI", "DNA_DENTAL", "DV_VICTIM", "WELLNESS", "NARRATIVE"})
# A rule, and the kind and the law of what it settled.
Settled = tuple[str, str, str]
# Beside a rule that is asked alone: everything goes under HIPAA, so that what stands beside HIPAA can be told from it; or
# everything but the facts of a message, which alone are nothing.
DOOR, WINDOW = "the open door", "the open window"
DECLARED = {
    body: [(kind, bits & of_kind) for kind, of_kind in BY_CATEGORY.items() if bits & of_kind]
    for body, bits in BY_BODY.items()
}


@dataclass(slots=True, kw_only=True)
class Said:
    """What the table says of one rule. Instants are UTC microseconds; `asked` are requests in the middle of it."""

    rule: str
    effect: str = ""
    since: int = 0
    until: int | None = None
    views: tuple[str, ...] = ()
    owes: frozenset[str] = frozenset()
    tells: tuple[str, ...] = ()
    within: int = 0
    when: dict[str, frozenset[str]] = field(default_factory=dict)
    asked: list[dict[str, str]] = field(default_factory=list)

    def speaks(self, name: str, value: str) -> bool:
        """Whether it is about a fact: to a prohibition whatever nobody knows is, to all others it is not."""
        named = self.when.get(name)
        return named is None or value in named or (self.effect == "forbid" and value == UNKNOWN)


@cache
def speaking(name: str, value: str) -> frozenset[str]:
    """The rules that are about a fact."""
    return frozenset(one.rule for one in table().values() if one.speaks(name, value))


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What is shown event by event, by which rules, what stays by which, what is owed, and who must be told within what time."""

    granted: tuple[int, ...]
    permits: frozenset[Settled]
    forbids: frozenset[Settled]
    owes: frozenset[str]
    duties: frozenset[tuple[str, tuple[str, ...], int]]

    @classmethod
    def of(cls, decision: Decision) -> Answer:
        """The same of a decision of the engine."""
        return cls(
            granted=decision.granted,
            permits=frozenset((r.rule, r.category, r.regime) for r in decision.because),
            forbids=frozenset((r.rule, r.category, r.regime) for r in decision.withheld if r.effect == "forbid"),
            owes=frozenset(decision.obligations),
            duties=frozenset((d.rule, d.tell, d.within) for d in decision.duties),
        )


# A rule, the kind and the law it speaks of, and what it shows of that.
Found = tuple[Said, str, str, int]


@cache
def table() -> dict[str, Said]:
    """What is said of every rule, by its id."""
    found: dict[str, Said] = {}
    for row in _rows("answers.csv"):
        _enter(found.setdefault(row["rule"], Said(rule=row["rule"])), row["fact"], row["values"].split())
    found[DOOR] = _open(DOOR, {"regime": frozenset({"HIPAA"})})
    found[WINDOW] = _open(WINDOW, {"category": frozenset(one.value for one in Category) - {"ADMIN"}})
    return found


def _open(name: str, when: dict[str, frozenset[str]]) -> Said:
    return Said(rule=name, effect="permit", views=("everything",), when={"regime": EVERY, **when})


def _enter(said: Said, fact: str, values: list[str]) -> None:
    match fact:
        case "effect":
            (said.effect,) = values
        case "since" | "until":
            setattr(said, fact, _midnight(values[0]))
        case "views" | "tells":
            setattr(said, fact, tuple(values))
        case "owes":
            said.owes = frozenset(values)
        case "minutes":
            said.within = int(values[0]) * 60_000_000
        case "asked":
            said.asked.append(dict(one.split("=") for one in values))
        case _:
            said.when[fact] = frozenset(values)


def _midnight(day: str) -> int:
    found = date.fromisoformat(day)
    return int(datetime(found.year, found.month, found.day, tzinfo=UTC).timestamp()) * 1_000_000


@cache
def shown() -> dict[str, int]:
    """By view, the bits of the fields that the table of fields lets it show."""
    found = {"everything": EVERYTHING}
    for row in _rows("fields.csv"):
        kind, _, category = row["field"].partition("every ")
        bits = BY_CATEGORY[Category(category)] if category else branch(kind)
        for view in row["views"].split():
            found[view] = found.get(view, 0) | bits
    return found


# What a consent or an order narrows further.
NARROWED = {"as_consented": "consent", "notes_consented": "consent", "as_ordered": "order"}


def _rows(name: str) -> list[dict[str, str]]:
    with (HERE / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def answer(question: Question, among: tuple[str, ...] = ()) -> Answer:
    """What the tables answer: by all rules, or by some alone."""
    facts = question.facts
    here = frozenset.intersection(*(speaking(name, getattr(facts, name)) for name in facts.__struct_fields__))
    here = here & {*among} if among else here - {DOOR, WINDOW}
    here = frozenset(name for name in here if _in_force(table()[name], question.as_of))
    judged = [_Event(question, here, label, body) for label, body in zip(question.labels, question.bodies, strict=True)]
    return Answer(
        granted=tuple(one.granted for one in judged),
        permits=frozenset(name for one in judged for name in one.permits),
        forbids=frozenset(name for one in judged for name in one.forbids),
        owes=_owed(judged),
        duties=frozenset(_duties(here, question.labels)),
    )


def alone(rule: str) -> tuple[str, ...]:
    """A rule, and what stands open beside it where it is asked alone."""
    when = table()[rule].when
    if when.get("category") == frozenset({"ADMIN"}):
        return rule, WINDOW
    return (rule,) if "HIPAA" in when["regime"] else (rule, DOOR)


def _in_force(said: Said, at: int) -> bool:
    return said.since <= at and (said.until is None or at < said.until)


def _duties(here: frozenset[str], labels: Iterable[Label]) -> Iterator[tuple[str, tuple[str, ...], int]]:
    standing = {
        regime.value for label in labels if not {r.value for r in label.regimes} & PART2 for regime in label.regimes
    }
    for one in map(table().__getitem__, here):
        if one.effect == "duty" and one.when["regime"] & standing:
            yield one.rule, one.tells, one.within


def _owed(judged: Iterable[_Event]) -> frozenset[str]:
    """A permit binds for what no permit shows for nothing in return."""
    found = [one for event in judged for one in event.found]
    free: dict[tuple[str, str], int] = {}
    for said, kind, regime, bits in found:
        if not said.owes:
            free[kind, regime] = free.get((kind, regime), 0) | bits
    binding = [said for said, kind, regime, bits in found if bits & ~free.get((kind, regime), 0)]
    return frozenset(owed for said in binding for owed in said.owes)


class _Event:
    """One event under the rules that speak."""

    def __init__(self, question: Question, here: frozenset[str], label: Label, body: str) -> None:
        self.question, self.here = question, here
        self.forbids: set[Settled] = set()
        self.found: list[Found] = []
        self.granted = 0
        for declared, paths in DECLARED[body]:
            self.granted |= self._declared(label, declared, paths)
        if not self.granted & ~BY_CATEGORY[Category.ADMIN]:
            self.granted, self.found = 0, []
        self.permits = {(said.rule, kind, regime) for said, kind, regime, _ in self.found}

    def _declared(self, label: Label, declared: Category, paths: int) -> int:
        kinds = [target for source, target in label.recast if source is declared] or [declared]
        kinds += [declared] if declared.value in FIXED and declared not in kinds else []
        regimes = {regime.value for regime in label.regimes} or {UNKNOWN}
        regimes |= {"HIPAA"} if regimes & BESIDE_HIPAA else set()
        left, stopped, found = paths, set[Settled](), list[Found]()
        for kind, regime in product(kinds, sorted(regimes)):
            forbids, shows = self._under(regime, kind, declared, paths)
            left &= reduce(or_, (bits for *_, bits in shows), 0)
            stopped |= forbids
            found += shows
        self.found += [(said, kind, regime, bits & left) for said, kind, regime, bits in found if bits & left]
        if left != paths:
            self.forbids |= stopped
        return left

    def _under(self, regime: str, kind: Category, declared: Category, paths: int) -> tuple[set[Settled], list[Found]]:
        named = self.here & speaking("regime", regime) & speaking("category", kind.value)
        here = [table()[name] for name in sorted(named)]
        if forbids := {(one.rule, kind.value, regime) for one in here if one.effect == "forbid"}:
            return forbids, []
        permits = [one for one in here if one.effect == "permit"]
        return set(), [(one, kind.value, regime, self._seen(one, kind, declared, paths)) for one in permits]

    def _seen(self, said: Said, kind: Category, declared: Category, paths: int) -> int:
        for view in said.views:
            paths &= shown().get(view, 0)
            if by := NARROWED.get(view):
                paths &= self._named(getattr(self.question, by), kind, declared, paths)
        return paths

    def _named(self, scope: Scope, kind: Category, declared: Category, paths: int) -> int:
        who = {self.question.partner, self.question.facts.recipient}
        if self.question.facts.purpose not in scope.purposes or not who & scope.actors:
            return 0
        return paths if kind in scope.categories else paths & mask(scope.paths) if kind is declared else 0
