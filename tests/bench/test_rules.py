"""The bench of the rules: it measures what it names, and says which promise is missed. How fast is for `crisis-hub bench --rules`."""

from __future__ import annotations

import msgspec
import pytest

from hub.bench.rules import BARS, BODIES, Speeds, filled, question, speeds
from hub.model.registry import BODIES as KINDS
from tests.consent.asking import rules

FAST = Speeds(
    rules=1, invariants=1, decide_per_s=500_000, decide_first_us=1, explain_per_s=200_000, project_40_fields_us=50,
    label_9_events_us=1, load_and_prove_ms=100, diff_ms=50, replay_100k_s=2,
)  # fmt: skip


def test_a_promise_is_kept_at_its_bar_and_missed_beyond_it() -> None:
    assert FAST.missed == ()
    assert msgspec.structs.replace(FAST, decide_per_s=499_999, diff_ms=50.1).missed == ("decide_per_s", "diff_ms")


def test_every_bar_is_of_something_that_is_measured() -> None:
    assert BARS.keys() <= set(Speeds.__struct_fields__)


def test_what_is_decided_is_a_decision_that_shows_something() -> None:
    decision = rules().decide(question())

    assert len(decision.granted) == len(BODIES)
    assert all(decision.granted)
    assert decision.because


@pytest.mark.parametrize("root", KINDS)
def test_a_filled_body_says_something_in_every_leaf(root: str) -> None:
    assert all(value not in (None, "", ()) for value in msgspec.structs.astuple(filled(root).body))


@pytest.mark.slow
def test_everything_is_measured() -> None:
    assert all(value > 0 for value in msgspec.structs.astuple(speeds()))
