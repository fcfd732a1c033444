"""What holds across journeys, in whatever order a night's messages arrive: leaves, copies, reasons and the episode."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hub.model.entry import Kind
from hub.store.asking.journal import Message
from tests.journeys.town import Person, Town

pytestmark = pytest.mark.slow

NIGHT = (
    ("PD", "04-pd-field-contact.json"),
    ("H1", "05-h1-a04.hl7"),
    ("H1", "06-h1-oru.hl7"),
    ("H1", "08-h1-a03.hl7"),
    ("S1", "09-s1-a01.hl7"),
    ("CR1", "15-cr1-referral.json"),
)
NAMES = (
    "Abara",
    "Bexley",
    "Corrin",
    "Dovale",
    "Estrin",
    "Farkas",
    "Gorman",
    "Hollis",
    "Ingram",
    "Jessup",
    "Kovacs",
    "Lantos",
)
_numbers = itertools.count()


def somebody() -> Person:
    """Somebody whom nobody met before: a name, a birthday, a street and a telephone of their own."""
    n = next(_numbers)
    born = f"{1940 + 3 * (n % 12)}-{1 + n % 12:02}-{1 + n % 28:02}"
    family = NAMES[n % 12] + "aeiou"[n // 12 % 5]
    phone = f"602-557-{1000 + n}"
    return Person(
        given=f"T{'aeiou'[n % 5]}ren{n}",
        family=family,
        born=born,
        street=f"{700 + n} Rim Road",
        phone=phone,
        tag=f"-T{n}",
    )


@settings(max_examples=4, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
@given(order=st.permutations(NIGHT))
def test_in_any_order_a_night_is_one_episode_each_attempt_two_leaves_and_each_refusal_a_reason(
    county: Town, order: list[tuple[str, str]]
) -> None:
    person = somebody()
    before = {partner: len(county.copies(partner)) for partner in county.stage.receivers}
    since = county.leaves()

    night = [county.sends(sender, person.told(name)) for sender, name in order]

    kept = [county.look.message(message.journal) for message in night]
    happened = county.look.episode(kept[-1].journal).happenings
    assert {one.journal for one in happened} >= {message.journal for message in kept}
    assert [one.at for one in happened] == sorted(one.at for one in happened)
    attempts, outcomes = leaves_of(county, kept)
    arrived = sum(len(county.copies(partner)) - count for partner, count in before.items())
    assert arrived == len(attempts) == len(outcomes)
    # What the ledger itself holds: these leaves, and no other of their kind.
    journals = {message.journal for message in kept}
    entered = [(n, one.kind) for n, one in enumerate(county.entries(since), since) if one.journal in journals]
    assert [leaf for leaf, kind in entered if kind is Kind.ATTEMPT] == sorted(attempts)
    assert [leaf for leaf, kind in entered if kind is Kind.OUTCOME] == sorted(outcomes)
    for decided in (why for message in kept for why in county.look.why(message.journal)):
        assert decided.permits or not decided.sent
        assert all(reason.rule or reason.effect in ("silence", "agreement") for reason in decided.kept)
        assert bool(decided.withheld) <= bool(decided.kept)


def leaves_of(county: Town, night: list[Message]) -> tuple[list[int], list[int]]:
    """The leaf of each attempt, and of its outcome; every delivery arrived at its first attempt."""
    with county.look.journal() as journal:
        rows = [row for message in night for row in journal.timeline(message.journal)]
    assert {row.state for row in rows} == {"delivered"}
    assert all(len(row.attempts) == 1 and row.attempts[0].outcome for row in rows)
    made = [row.attempts[0] for row in rows]
    return [each.leaf for each in made], [each.outcome_leaf for each in made]


def test_after_all_of_it_the_ledger_verifies_and_every_decision_comes_out_as_it_was(county: Town) -> None:
    person = somebody()
    stay = county.sends("H1", person.told("05-h1-a04.hl7"))

    assert county.look.verify_ledger().leaves >= 3
    assert all(check.identical for check in county.look.again(stay.journal))
