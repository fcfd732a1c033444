"""Every way in which one rule or one view can be a little wrong, and whether the tables of law notice."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cache, reduce
from operator import and_
from typing import NamedTuple

import msgspec

from consent.compare import MOVED
from consent.compiler import Compiled
from consent.engine import Epoch
from consent.obligation import obligations
from consent.question import Question
from consent.rule import Rule
from consent.view import View
from hub.model.category import Category
from hub.model.decision import Decision
from hub.model.registry import BIT, BY_CATEGORY, EVERYTHING, FIELDS
from hub.spans import DAY
from tests.consent import edges
from tests.consent.asking import AS_OF, rules
from tests.consent.tables import PART2, WINDOW, Answer, alone, answer, shown, table

EVERY = frozenset(one.value for one in Category)
VIEWS = {**rules().views, "everything": View(name="everything", version="1", words="everything", bits=EVERYTHING)}
OTHER = {"permit": "forbid", "forbid": "duty", "duty": "forbid"}


class Mutant(NamedTuple):
    """What is put in the place of a rule, or nothing; and the fact, with its value, at whose edges the difference shows."""

    words: str
    altered: Rule | None
    fact: str = ""
    value: str = ""


def of_rule(rule: Rule) -> Iterator[Mutant]:
    """A rule gone; each thing that it asks about forgotten, or with one value less or more; each thing it does done otherwise."""
    yield Mutant("gone", None)
    yield Mutant(f"{OTHER[rule.effect]}s", _changed(rule, effect=OTHER[rule.effect], views=(), obligations=()))
    for name, values in sorted(rule.when.items()):
        yield from _of_fact(rule, name, values)
    for owed in rule.obligations:
        yield Mutant(f"not owing {owed}", _changed(rule, obligations=tuple({*rule.obligations} - {owed})))
    if rule.effect == "permit":
        yield Mutant("owing more", _changed(rule, obligations=(*rule.obligations, *_first(rule.obligations))))
        yield Mutant("showing what another view does", _changed(rule, views=_other(rule)))
    for told in rule.tell:
        yield Mutant(f"not telling {told}", _changed(rule, tell=tuple(one for one in rule.tell if one != told)))
    if rule.effect == "duty":
        yield Mutant("later", _changed(rule, within=rule.within + 1))


def _of_fact(rule: Rule, name: str, values: frozenset[str]) -> Iterator[Mutant]:
    if name != "regime":
        less = {known: said for known, said in rule.when.items() if known != name}
        yield Mutant(f"not asking for {name}", _changed(rule, when=less), name)
    for value in sorted(rules().vocabulary.dimensions[name].values):
        word = "not" if value in values else "also"
        altered = _changed(rule, when={**rule.when, name: values ^ {value}})
        yield Mutant(f"{word} of {name} {value}", altered, name, value)


def dated(rule: Rule) -> Iterator[tuple[str, Rule]]:
    """A rule that begins or ends a day early, or late."""
    for days in (-1, 1):
        yield f"begins {days} days", _changed(rule, effective=rule.effective + days * DAY)
        if rule.until is not None:
            yield f"ends {days} days", _changed(rule, until=rule.until + days * DAY)


def shows(rule: Rule) -> int:
    """What the views of a rule have in common."""
    return reduce(and_, (shown()[name] for name in rule.views), -1)


def reached(kinds: Iterable[str]) -> int:
    """The paths that are of these kinds, or that a label may make so."""
    found = 0
    for kind in map(Category, kinds):
        found |= BY_CATEGORY[kind]
        for declared in MOVED.get(kind, ()):
            found |= BY_CATEGORY[declared]
    return found


def _changed(rule: Rule, **change: object) -> Rule:
    return msgspec.structs.replace(rule, **change)


def _first(owed: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(sorted(obligations().keys() - set(owed))[:1])


def _other(rule: Rule) -> tuple[str, ...]:
    return ("bed_only",) if "bed_only" not in rule.views else ("received",)


@cache
def expected(rule: str, fact: str, among: tuple[str, ...]) -> tuple[tuple[Question, Answer], ...]:
    """The requests at the edge of a rule where a fact tells, or in its middle, with the answers of the tables."""
    said = table()[rule]
    found = edges.middle(said) if fact in ("", "category") else edges.beside(said, fact)
    return tuple((one, answer(one, among)) for one in found)


@cache
def _plain(name: str) -> Rule:
    """A rule as it is; what stands open is one only here."""
    said = table()[name]
    opened = Rule(id=name, version="1", effect="permit", when=said.when, views=said.views, citation="", words="")
    return next((one for one in rules().rules if one.id == name), opened)


def epoch(known: Iterable[Rule], at: int = AS_OF) -> Epoch:
    """The engine over some rules."""
    in_force = tuple(r for r in known if r.effective <= at and (r.until is None or at < r.until))
    return Epoch(at, None, Compiled(in_force, rules().vocabulary), VIEWS, obligations())


def _ways(rule: str, altered: Rule | None) -> Iterator[tuple[list[Rule], tuple[str, ...]]]:
    """What is put in the place of a rule: alone, and among all others."""
    mine = [altered] if altered else []
    among = alone(rule)
    yield [*mine, *map(_plain, among[1:])], among
    yield [*mine, *(one for one in rules().rules if one.id != rule)], ()


def contradicted(rule: str, mutant: Mutant) -> bool:
    """Whether at the edges of a rule what is put in its place answers otherwise than the tables."""
    return any(
        said(engine, one) != right
        for known, among in _ways(rule, mutant.altered)
        for engine in [epoch(known)]
        for place in dict.fromkeys((mutant.fact, ""))
        for one, right in _nearest(expected(rule, place, among), place, mutant.value)
    )


def _nearest(asked: Sequence[tuple[Question, Answer]], fact: str, value: str) -> list[tuple[Question, Answer]]:
    """First those with the very value."""
    return sorted(asked, key=lambda one: getattr(one[0].facts, fact, "") != value)


def contradicted_by_date(rule: Rule, altered: Rule) -> bool:
    """Whether on some day at its ends it answers otherwise than the tables."""
    return any(
        said(epoch(known, one.as_of), one) != answer(one, among)
        for known, among in _ways(rule.id, altered)
        for one in edges.around(table()[rule.id])
    )


def said(engine: Epoch, question: Question) -> Answer:
    """What an engine answers."""
    found = engine.outcome(question)
    return Answer.of(
        Decision(
            partner=question.partner,
            purpose=question.facts.purpose,
            granted=found.granted,
            because=found.because,
            withheld=found.withheld,
            obligations=found.obligations,
            duties=found.duties,
        )
    )


def silent(rule: Rule, altered: Rule | None) -> bool:
    """Whether it cannot make a difference: its views have nothing of the kinds it is about otherwise, or 42 CFR 2.20 overrides it."""
    if altered is None:
        return False
    if rule.effect == "duty":
        return rule.when["regime"] ^ altered.when["regime"] <= PART2 and rule.when != altered.when
    kinds = altered.when.get("category", EVERY) ^ rule.when["category"] if "category" in rule.when else frozenset()
    return bool(kinds) and rule.effect == "permit" and not shows(rule) & reached(kinds)


def of_view(view: View) -> Iterator[tuple[str, View]]:
    """A view with one field more, or one less; and one that a consent or an order no longer narrows."""
    for field in FIELDS:
        bit = BIT[field.path]
        word = "without" if view.bits & bit else "with"
        yield f"{word} {field.path}", msgspec.structs.replace(view, bits=view.bits ^ bit)
    if view.named_by:
        yield "narrowed by nothing", msgspec.structs.replace(view, named_by="")


def contradicted_by_view(altered: View) -> bool | None:
    """Whether some rule, alone, shows otherwise than the tables; None where no rule could show the field by this view."""
    odd = altered.bits ^ rules().views[altered.name].bits
    telling = [found for rule in rules().rules if altered.name in rule.views for found in _telling(rule, altered, odd)]
    views = {**VIEWS, altered.name: altered}
    return any(_otherwise(one, among, views) for one, among in telling) if telling else None


def _telling(rule: Rule, altered: View, odd: int) -> Iterator[tuple[Question, tuple[str, ...]]]:
    """The requests about a field that a rule could show, were it not for this view; and by which rules they are answered."""
    if not odd:
        yield from ((one, alone(rule.id)) for one in edges.middle(table()[rule.id]))
    elif not odd & ~reduce(and_, (shown()[name] for name in rule.views if name != altered.name), EVERYTHING):
        # The facts of a message alone are nothing: they are looked for beside something.
        among = (*alone(rule.id), WINDOW) if odd & BY_CATEGORY[Category.ADMIN] else alone(rule.id)
        yield from ((one, among) for one in edges.about(table()[rule.id], odd))


def _otherwise(question: Question, among: tuple[str, ...], views: dict[str, View]) -> bool:
    return said(Epoch(AS_OF, None, _compiled(among), views, obligations()), question) != _right(question, among)


@cache
def _compiled(among: tuple[str, ...]) -> Compiled:
    return epoch(map(_plain, among)).compiled


@cache
def _right(question: Question, among: tuple[str, ...]) -> Answer:
    return answer(question, among)
