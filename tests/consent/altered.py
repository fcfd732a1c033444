"""Rule sets of the house with something in them altered: what a draft, or a mistake, might be."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import msgspec

from consent.engine import RuleSet
from consent.rule import Rule
from tests.consent.asking import rules

Mend = Callable[[Rule], Iterable[Rule]]


def mended(mend: Mend, base: RuleSet | None = None) -> RuleSet:
    """Every rule replaced by what `mend` makes of it."""
    known = base or rules()
    files = tuple(
        msgspec.structs.replace(file, rules=tuple(kept for rule in file.rules for kept in mend(rule)))
        for file in known.files
    )
    return RuleSet(files, known.views, known.vocabulary)


def changed(name: str, *, base: RuleSet | None = None, **change: object) -> RuleSet:
    """One rule changed."""
    return mended(lambda one: (msgspec.structs.replace(one, **change) if one.id == name else one,), base)


def dropped(*names: str, base: RuleSet | None = None) -> RuleSet:
    """Some rules gone."""
    return mended(lambda one: () if one.id in names else (one,), base)


def widened(name: str, dimension: str, *values: str, base: RuleSet | None = None) -> RuleSet:
    """One rule asking less of a dimension."""
    when = next(one.when for one in rules().rules if one.id == name)
    return changed(name, base=base, when={**when, dimension: when[dimension] | set(values)})


def without(name: str, dimension: str, base: RuleSet | None = None) -> RuleSet:
    """One rule not asking about a dimension at all."""
    when = next(one.when for one in rules().rules if one.id == name)
    return changed(name, base=base, when={key: found for key, found in when.items() if key != dimension})
