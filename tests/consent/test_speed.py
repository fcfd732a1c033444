"""Speed claims, with room for a busy machine: five times slower than measured here is still a failure."""

from __future__ import annotations

import time
from collections.abc import Callable

import msgspec
import pytest

from consent.engine import RuleSet
from consent.prover import Prover, house_invariants
from hub.flow.label import Source, label
from hub.flow.project import Envelope, handling, project
from hub.model.category import Regime
from hub.model.decision import Decision
from hub.model.label import Handling
from hub.model.registry import BY_BODY
from tests.consent.asking import AS_OF, ask, rules
from tests.flow.canaries import event

BODIES = (
    "person",
    "encounter",
    "condition",
    "condition",
    "medication",
    "observation",
    "observation",
    "allergy",
    "coverage",
)


def seconds(work: Callable[[], object], times: int, rounds: int = 5) -> float:
    """The processor time of one call, the best of a few rounds."""
    best = float("inf")
    for _ in range(rounds):
        start = time.process_time()
        for _ in range(times):
            work()
        best = min(best, time.process_time() - start)
    return best / times


@pytest.mark.slow
def test_half_a_million_decisions_a_second_with_their_reasons() -> None:
    """Measured on a shared two-core virtual machine: 1.9 million a second."""
    asked = [
        msgspec.structs.replace(ask(BODIES, recipient="HOSP_ED", purpose="TREAT"), as_of=AS_OF + n) for n in range(1000)
    ]

    assert seconds(lambda: [rules().decide(one) for one in asked], 5) / len(asked) < 5 / 500_000


@pytest.mark.slow
def test_a_tenth_of_a_second_from_files_to_proofs() -> None:
    """Measured on a shared two-core virtual machine: 55 ms."""

    def whole() -> None:
        fresh = RuleSet.load()
        prover = Prover(fresh, AS_OF)
        assert not [one for one in house_invariants(fresh) if prover.prove(one)]

    assert seconds(whole, 1) < 5 * 0.1


@pytest.mark.slow
def test_forty_fields_in_fifty_microseconds() -> None:
    """Measured on a shared two-core virtual machine: 9 us."""
    decision = Decision(
        partner="p", purpose="x", granted=(rules().views["le_records"].bits & BY_BODY["field_contact"],)
    )
    sent, envelope, block = (event("field_contact"),), (Envelope(id="x", source="s"),), Handling()

    assert decision.granted[0].bit_count() >= 40
    assert seconds(lambda: project(sent, decision, block, envelope), 2000) < 5 * 50e-6


@pytest.mark.slow
def test_nine_events_are_labelled_in_ten_microseconds() -> None:
    """Measured on a shared two-core virtual machine: 10 us, and 2 us for the handling block."""
    source = Source(regimes=frozenset({Regime.HIPAA}), units={"b1-s": frozenset({Regime.PART2})})
    bodies = [event(root).body for root in BODIES]
    decision = Decision(partner="p", purpose="x", granted=(1,) * len(BODIES))

    assert seconds(lambda: label(bodies, source), 2000) < 5 * 10e-6
    assert seconds(lambda: handling(label(bodies, source), decision), 2000) < 5 * 12e-6
