"""How fast the rules are: decide, explain, narrow, prove, compare, replay. Processor time of one thread, the best of some rounds."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import msgspec
from msgspec.structs import replace

from consent.compare import difference
from consent.engine import RuleSet
from consent.explanation import explain
from consent.obligation import obligations
from consent.prover import Prover, house_invariants
from consent.question import Limits, Question, Scope, usual
from hub.app.rules.impact import Recorded, replayed
from hub.flow.label import Source, label
from hub.flow.project import Envelope, project
from hub.model.category import Category, Regime
from hub.model.consent import Provision
from hub.model.decision import Decision
from hub.model.event import Body, CrisisEvent
from hub.model.label import Handling, Label
from hub.model.registry import BODIES as KINDS
from hub.model.registry import BY_BODY, LEAVES, hints, unwrap
from hub.model.values import Code, Instant, PartialDate, Quantity

# 2026-11-22, midnight UTC, in microseconds.
AS_OF = 1_795_305_600_000_000
BODIES = (
    *("person", "encounter", "condition", "condition", "medication"),
    *("observation", "observation", "allergy", "coverage"),
)
REPLAYED = 100_000
# What is promised of each, in its own unit.
BARS = {
    "decide_per_s": 500_000,
    "explain_per_s": 200_000,
    "project_40_fields_us": 50,
    "load_and_prove_ms": 100,
    "diff_ms": 50,
    "replay_100k_s": 2,
}


class Speeds(msgspec.Struct, frozen=True, kw_only=True):
    """What was measured.

    `decide` repeats questions that differ in their instant alone, as a day does; `decide_first_us` is one the like of which
    was not asked before. It and `label_9_events_us` have no bar of their own.
    """

    rules: int
    invariants: int
    decide_per_s: int
    decide_first_us: float
    explain_per_s: int
    project_40_fields_us: float
    label_9_events_us: float
    load_and_prove_ms: float
    diff_ms: float
    replay_100k_s: float

    @property
    def missed(self) -> tuple[str, ...]:
        """The bars that were not reached: at least so many a second, at most so long otherwise."""
        return tuple(
            name
            for name, bar in BARS.items()
            if (getattr(self, name) < bar if name.endswith("_per_s") else getattr(self, name) > bar)
        )


def speeds() -> Speeds:
    """Measure all of it; some seconds."""
    rules = RuleSet.load()
    asked = [question(as_of=AS_OF + n) for n in range(1000)]
    decisions = [rules.decide(one) for one in asked]
    return Speeds(
        rules=len(rules.rules),
        invariants=len(house_invariants(rules)),
        decide_per_s=round(len(asked) / _seconds(lambda: [rules.decide(one) for one in asked], 5)),
        decide_first_us=round(_seconds(lambda: _anew(rules), 20) * 1e6, 1),
        explain_per_s=round(len(asked) / _seconds(lambda: [explain(one) for one in decisions], 3)),
        project_40_fields_us=round(_projecting() * 1e6, 1),
        label_9_events_us=round(_labelling() * 1e6, 1),
        load_and_prove_ms=round(_seconds(_load_and_prove, 1) * 1e3, 1),
        diff_ms=round(_seconds(lambda: difference(rules, _draft(rules), AS_OF), 1) * 1e3, 1),
        replay_100k_s=round(_seconds(lambda: _replay(rules), 1, rounds=1), 2),
    )


def question(recipient: str = "HOSP_ED", state: str = "DEMO", as_of: int = AS_OF, regime: str = "HIPAA") -> Question:
    """A hospital's usual message, wanted for treatment."""
    facts = usual(recipient=recipient, purpose="TREAT", state=state)
    labels = (Label(regimes=frozenset({Regime(regime)})),) * len(BODIES)
    named = Scope(actors=frozenset({"partner"}), purposes=frozenset({"TREAT"}), categories=frozenset(Category))
    limits = Limits(agreement="A@1", categories=frozenset(Category), purposes=frozenset({"TREAT"}))
    return Question(
        partner="partner",
        facts=facts,
        labels=labels,
        bodies=BODIES,
        limits=limits,
        consent=named,
        dischargeable=frozenset(obligations()),
        as_of=as_of,
    )


def filled(root: str) -> CrisisEvent:
    """An event whose body says something in every leaf."""
    body: Body = _fill(KINDS[root])
    return CrisisEvent(id="e", body=body, source="s", recorded_at=1)


def _fill(kind: type) -> Any:
    return kind(**{name: _field(hint) for name, hint in hints(kind).items()})


def _field(hint: Any) -> Any:
    _, inner, many = unwrap(hint)
    one = _LEAVES[inner] if inner in LEAVES or not issubclass(inner, msgspec.Struct) else _fill(inner)
    return (one,) if many else one


_LEAVES: dict[type, Any] = {
    str: "x",
    int: 1,
    bool: True,
    Code: Code(code="F32.9", system="ICD10CM"),
    Instant: Instant(at=1),
    PartialDate: PartialDate(iso="1990-03-14"),
    Quantity: Quantity(value="1"),
    Provision: Provision(),
}


def _seconds(work: Callable[[], object], times: int, rounds: int = 5) -> float:
    """The processor time of one call, the best of a few rounds."""
    best = float("inf")
    for _ in range(rounds):
        start = time.thread_time()
        for _ in range(times):
            work()
        best = min(best, time.thread_time() - start)
    return best / times


def _anew(rules: RuleSet) -> None:
    """One decision about nine events, with nothing remembered."""
    epoch = rules.at(AS_OF)
    for memory in (epoch.outcomes, epoch.grants, epoch.judges):
        memory.clear()
    rules.decide(_NEVER_ASKED)


def _projecting() -> float:
    records = RuleSet.load().views["le_records"].bits & BY_BODY["field_contact"]
    decision = Decision(partner="p", purpose="RECORDS", granted=(records,))
    sent, envelope, block = (filled("field_contact"),), (Envelope(id="x", source="s"),), Handling()
    assert records.bit_count() >= 40  # noqa: S101 - or the figure would be of something else
    return _seconds(lambda: project(sent, decision, block, envelope), 2000)


def _labelling() -> float:
    source = Source(regimes=frozenset({Regime.HIPAA}), units={"b1-s": frozenset({Regime.PART2})})
    bodies = [filled(root).body for root in BODIES]
    return _seconds(lambda: label(bodies, source), 2000)


def _load_and_prove() -> None:
    fresh = RuleSet.load()
    prover = Prover(fresh, AS_OF)
    assert not [one for one in house_invariants(fresh) if prover.prove(one)]  # noqa: S101 - or nothing was proved


def _draft(rules: RuleSet) -> RuleSet:
    """The same without one prohibition and with one wider permit."""
    files = tuple(
        replace(file, rules=tuple(replace(r, views=("clinical_full",)) if r.id == "hipaa.le.identify" else r for r in file.rules
                                  if r.id != "hipaa.no.refusal"))
        for file in rules.files
    )  # fmt: skip
    return RuleSet(files, rules.views, rules.vocabulary)


def _replay(rules: RuleSet) -> None:
    replayed(_recorded(), rules, _draft(rules))


def _recorded() -> Iterator[Recorded]:
    """A month's decisions: some recipients and laws, each message about somebody else."""
    kinds = [(r, g) for r in ("HOSP_ED", "BH_PROVIDER", "LE", "EMS", "SOCIAL_SVC") for g in ("HIPAA", "PART2", "L988")]
    for n in range(REPLAYED):
        recipient, regime = kinds[n % len(kinds)]
        yield Recorded(question=question(recipient, as_of=AS_OF, regime=regime), person=str(n // 3))


_NEVER_ASKED = question()
