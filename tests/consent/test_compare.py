"""Two rule sets compared: every difference has a witness that shows it, and where none is told there is none."""

from __future__ import annotations

from random import Random

import msgspec
import pytest

from consent.boxes import Space
from consent.compare import Change, difference, require_guarded
from consent.engine import RuleSet
from consent.prover import Prover
from consent.question import Facts
from consent.rule import Rule
from consent.vocabulary import UNKNOWN, vocabulary
from hub.errors import Misconfigured
from hub.model.category import Category, Regime
from hub.model.registry import BIT
from tests.consent.altered import changed, dropped, mended, widened
from tests.consent.asking import AS_OF, rules

SPACE = Space(vocabulary())
NEXT_YEAR = AS_OF + 365 * 86_400_000_000
# Without these, only silence keeps police from the records of a programme.
GUARDS = ("p2.no.police", "p2.no.police.records", "p2.no.presence", "p2.no.subpoena", "p2.no.combined")


def seen(known: RuleSet, wanted: dict[str, str], at: int = AS_OF) -> int:
    """What a rule set shows for one request about one element, read rule by rule."""
    compiled = known.at(at).compiled
    facts = Facts(**{name: wanted[name] for name in vocabulary().context})
    hit = compiled.applying(facts) & compiled.regime[Regime(wanted["regime"])]
    hit &= compiled.category[Category(wanted["category"])]
    if hit & compiled.forbids:
        return 0
    prover, shown = Prover(known, at), 0
    for _, rule in compiled.named(hit & compiled.permits):
        shown |= prover.shows(rule)
    return shown


def whole(change: Change) -> dict[str, str]:
    """The witness with the dimensions that it leaves open filled in."""
    filled = {name: values[0] for name, values in SPACE.values.items()}
    return filled | change.witness


def holds(change: Change, old: RuleSet, new: RuleSet) -> bool:
    before, after = (seen(known, whole(change), change.since) & BIT[change.example] for known in (old, new))
    return bool(after and not before) if change.way == "gained" else bool(before and not after)


def test_equal_rule_sets_differ_in_nothing() -> None:
    found = difference(rules(), RuleSet.load(), AS_OF)

    assert (found.changes, found.obligations, found.added, found.removed) == ((), (), (), ())


def test_a_rule_that_is_gone_is_told_with_what_it_let_through() -> None:
    new = dropped("open.beds")
    found = difference(rules(), new, AS_OF)

    (change,) = found.changes
    assert (found.removed, change.way, change.rule) == (("open.beds",), "lost", "open.beds")
    assert holds(change, rules(), new)


def test_a_rule_whose_work_others_do_makes_no_difference() -> None:
    twin = mended(lambda one: (one, msgspec.structs.replace(one, id="twin")) if one.id == "open.beds" else (one,))

    assert difference(rules(), twin, AS_OF).changes == ()
    assert difference(rules(), twin, AS_OF).added == ("twin",)


def test_a_change_of_next_year_is_told_with_its_day() -> None:
    new = changed("open.beds", until=NEXT_YEAR)

    (change,) = difference(rules(), new, AS_OF).changes

    assert (change.way, change.since) == ("lost", NEXT_YEAR)
    assert holds(change, rules(), new)


def test_what_a_rule_asks_in_return_is_told() -> None:
    found = difference(rules(), changed("cjis.history", obligations=()), AS_OF)

    assert [(one.rule, one.before, one.after) for one in found.obligations] == [("cjis.history", ("CHRI_LOG",), ())]


def test_words_and_citations_are_told_and_are_no_difference() -> None:
    found = difference(rules(), changed("open.beds", words="Something else altogether."), AS_OF)

    assert (found.reworded, found.changes) == (("open.beds",), ())


def test_part_2_that_newly_reaches_police_is_refused_with_its_witness() -> None:
    new = widened("hipaa.le.identify", "regime", "PART2", base=dropped(*GUARDS))
    found = difference(rules(), new, AS_OF)

    assert {one.rule for one in found.guarded} >= {"hipaa.le.identify"}
    assert all(holds(one, rules(), new) for one in found.guarded)
    assert all(one.witness["regime"] in ("PART2", "PART2_RECEIVED") for one in found.guarded)
    with pytest.raises(Misconfigured, match="newly lets records of a substance-use programme reach police"):
        require_guarded(rules(), new, AS_OF)
    require_guarded(new, rules(), AS_OF)


def test_what_police_could_see_before_is_no_new_reach() -> None:
    require_guarded(rules(), changed("p2.premises", words="Said otherwise than before it."), AS_OF)
    require_guarded(rules(), dropped("p2.order"), AS_OF)


def alterations(chance: Random) -> RuleSet:
    """A draft with a rule dropped, widened or shown through another view."""
    rule = chance.choice([one for one in rules().rules if one.effect != "duty"])
    match chance.choice(("drop", "widen", "view")):
        case "view" if rule.effect == "permit":
            return changed(rule.id, views=(chance.choice(sorted(rules().views)),))
        case "widen":
            name = chance.choice(sorted(rule.when))
            known = [value for value in SPACE.values[name] if value != UNKNOWN]
            return widened(rule.id, name, chance.choice(known))
    return dropped(rule.id)


def leaning(chance: Random, toward: Rule) -> dict[str, str]:
    """A request near a rule, so that permits are not one in a million."""
    found = {}
    for name, values in SPACE.values.items():
        usual = vocabulary().dimensions[name].usual
        known = [value for value in values if name != "category" or value != UNKNOWN]
        lean = sorted(toward.when.get(name, ())) or [usual if usual != UNKNOWN else chance.choice(known)]
        found[name] = chance.choice(lean) if chance.random() < 0.93 else chance.choice(known)
    return found


@pytest.mark.parametrize("seed", range(40))
def test_the_difference_is_what_asking_both_shows(seed: int) -> None:
    chance = Random(seed)
    new = alterations(chance)
    found = difference(rules(), new, AS_OF)
    permits = [one for known in (rules(), new) for one in known.at(AS_OF).compiled.rules if one.effect != "duty"]

    assert [one.rule for one in found.changes if not holds(one, rules(), new)] == []
    for _ in range(60):
        wanted = leaning(chance, chance.choice(permits))
        before, after = seen(rules(), wanted), seen(new, wanted)
        assert not (after & ~before) or any(one.way == "gained" for one in found.changes)
        assert not (before & ~after) or any(one.way == "lost" for one in found.changes)
