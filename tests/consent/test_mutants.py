"""No rule and no view can be altered unnoticed: by the cases, by the proofs, or by the pages that everybody reads."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from random import Random

import msgspec
import pytest

from consent.cases import failures
from consent.engine import RuleSet
from consent.pages import pages
from consent.prover import Prover, house_invariants
from consent.rule import Rule
from hub.errors import Misconfigured
from hub.model.registry import BIT, EVERYTHING
from tests.consent.altered import changed, dropped, without
from tests.consent.asking import AS_OF, rules

INVARIANTS = house_invariants(rules())
PAGES = pages(rules())
Mutant = tuple[str, Callable[[], RuleSet]]


def of_rule(rule: Rule) -> Iterator[Mutant]:
    """A rule gone, asking less, asking about one value less, showing more, or asking nothing in return."""
    yield f"{rule.id} gone", partial(dropped, rule.id)
    for name, values in sorted(rule.when.items()):
        if name not in ("regime", "category"):
            yield f"{rule.id} without {name}", partial(without, rule.id, name)
        if len(values) > 1:
            less = {**rule.when, name: values - {min(values)}}
            yield f"{rule.id} with less {name}", partial(changed, rule.id, when=less)
    if rule.obligations:
        yield f"{rule.id} asking nothing", partial(changed, rule.id, obligations=())
    if rule.views and rule.views != ("received",):
        yield f"{rule.id} showing all", partial(changed, rule.id, views=("received",))


def of_view(name: str) -> Iterator[Mutant]:
    """A view with one path more, and with one less."""
    view, chance = rules().views[name], Random(name)
    for word, among in (("less", view.bits), ("more", EVERYTHING & ~view.bits)):
        known = [path for path, bit in BIT.items() if bit & among]
        if known:
            bits = view.bits ^ BIT[chance.choice(known)]
            made = {**rules().views, name: msgspec.structs.replace(view, bits=bits)}
            yield f"view {name} {word}", partial(RuleSet, rules().files, made, rules().vocabulary)


MUTANTS = [
    *(mutant for rule in rules().rules for mutant in of_rule(rule)),
    *(mutant for name in sorted(rules().views) for mutant in of_view(name)),
]
SAMPLE = Random(3).sample(MUTANTS, 60)


def reasoned(mutant: RuleSet) -> bool:
    """Whether cases or proofs notice it: they know what is right, not only what was there."""
    if failures(mutant.rules, mutant, AS_OF) or failures(rules().rules, mutant, AS_OF):
        return True
    prover = Prover(mutant, AS_OF)
    return any(prover.prove(one) is not None for one in INVARIANTS)


def noticed(make: Callable[[], RuleSet]) -> tuple[bool, bool]:
    """Whether a mutant is noticed at all, and whether by reason."""
    try:
        mutant = make()
    except Misconfigured:
        return True, True
    by_reason = reasoned(mutant)
    return by_reason or (mutant.hash != rules().hash and pages(mutant) != PAGES), by_reason


def test_a_sample_of_mutants_is_noticed_and_most_by_reason() -> None:
    found = {name: noticed(make) for name, make in SAMPLE}

    assert [name for name, (any_way, _) in found.items() if not any_way] == []
    assert sum(by_reason for _, by_reason in found.values()) >= 0.4 * len(SAMPLE)


@pytest.mark.slow
def test_every_mutant_is_noticed() -> None:
    assert [name for name, make in MUTANTS if not noticed(make)[0]] == []
