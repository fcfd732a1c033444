"""Placement: asked without a name, one chosen under race, and every way ends with somebody who knows."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable
from functools import partial
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from hub.errors import Conflict, HubError, Lasting
from hub.flow.placement import (
    COLLECTED,
    DECLINES,
    HELD,
    OVER,
    Asked,
    Criteria,
    Placement,
    Step,
    arrive,
    cancel,
    checked,
    choose,
    decline,
    offer,
    open_placement,
    pass_time,
)
from hub.spans import MINUTE

NOON = 1_795_000_000_000_000
WANTED = Criteria(service="crisis_stabilization", age="adult")
ASKED = Placement(
    id="p1", journal="j1", source="H1", criteria=WANTED, opened_at=NOON, until=NOON + COLLECTED,
    asked=tuple(Asked(facility=name, unit="A") for name in ("S1", "S2", "H2")),
)  # fmt: skip


def offered(*facilities: str, to: Placement = ASKED) -> Placement:
    for name in facilities:
        to, _ = offer(to, name, clinician="Dr Osei", at=NOON + MINUTE)
    return to


def effects(step: Step) -> list[tuple[str, str]]:
    return [(effect.what, effect.facility) for effect in step[1]]


def test_everybody_is_asked_once() -> None:
    assert effects(open_placement(ASKED)) == [("ask", "S1"), ("ask", "S2"), ("ask", "H2")]
    with pytest.raises(Lasting):
        open_placement(replace(ASKED, asked=()))
    with pytest.raises(Lasting):
        open_placement(replace(ASKED, asked=ASKED.asked * 2))


@pytest.mark.parametrize("field", list(Criteria.__struct_fields__))
def test_no_name_can_be_said_in_criteria(field: str) -> None:
    with pytest.raises(Lasting) as refused:
        checked(replace(WANTED, **{field: "Riley Dorsett 1990-03-14"}), counties=("Mesa",))

    assert "Riley" not in str(refused.value)
    assert field in str(refused.value)


def test_one_is_chosen_the_record_goes_there_alone_and_the_others_hear_that_it_is_over() -> None:
    step = choose(offered("S1", "S2"), "S1", by="Dr Nguyen with the person", at=NOON + 4 * MINUTE)

    assert effects(step) == [("release", "S1"), ("cancel", "S2"), ("cancel", "H2"), ("ride", "S1")]
    after, _ = step
    assert after.chosen is not None
    assert (after.state, after.chosen.clinician, after.chosen.at) == ("held", "Dr Osei", NOON + 4 * MINUTE)
    assert after.hold_until == NOON + 4 * MINUTE + HELD


def test_where_first_come_settles_it_the_first_offer_is_the_choice() -> None:
    step = offer(replace(ASKED, first_come=True), "S2", clinician="Dr Osei", at=NOON)

    assert effects(step)[0] == ("release", "S2")


def test_only_who_offered_can_be_chosen_and_only_once() -> None:
    for wrong in ("S1", "PD"):
        with pytest.raises(Conflict):
            choose(offered("S2"), wrong, by="x", at=NOON)
    chosen, _ = choose(offered("S1", "S2"), "S1", by="x", at=NOON)
    with pytest.raises(Conflict):
        choose(chosen, "S2", by="x", at=NOON)
    with pytest.raises(Conflict):
        offer(chosen, "H2", clinician="Dr Osei", at=NOON)


def test_an_acceptance_names_a_clinician_and_a_refusal_a_word_of_the_list() -> None:
    with pytest.raises(Lasting, match="clinician"):
        offer(ASKED, "S1", clinician=" ", at=NOON)
    with pytest.raises(Lasting, match="acuity"):
        decline(ASKED, "S1", reason="we know this patient", at=NOON)


def test_when_all_decline_somebody_is_told() -> None:
    after = ASKED
    steps: list[Step] = []
    for name in ("S1", "S2", "H2"):
        steps.append(decline(after, name, reason="full", at=NOON))
        after = steps[-1][0]

    assert after.state == "ended"
    assert effects(steps[-1]) == [("tell", ""), ("full", "H2")]


def test_acceptors_who_never_answer_end_it_in_time() -> None:
    assert pass_time(ASKED, NOON + COLLECTED - 1) == (ASKED, ())
    after, told = pass_time(ASKED, NOON + COLLECTED)

    assert (after.state, after.ended) == ("ended", "Nobody offered a bed in time.")
    assert [effect.what for effect in told] == ["cancel"] * 3 + ["tell"]
    assert pass_time(offered("S1"), NOON + COLLECTED)[0].state == "asking"
    assert pass_time(offered("S1"), NOON + 2 * COLLECTED)[0].state == "ended"


def test_a_hold_ends_by_arrival_or_by_time() -> None:
    held, _ = choose(offered("S1"), "S1", by="x", at=NOON)

    assert arrive(held, "S1")[0].state == "arrived"
    assert effects(arrive(held, "S2")) == [("tell", "S2")]
    late, told = pass_time(held, NOON + HELD)
    assert (late.state, [effect.what for effect in told]) == ("ended", ["cancel", "tell"])
    with pytest.raises(Conflict):
        arrive(late, "S1")


class Kept:
    """A placement that is changed only from the version somebody saw, as the store keeps it."""

    def __init__(self, placement: Placement) -> None:
        self.value, self.version, self._lock = placement, 0, threading.Lock()
        self.released: list[str] = []

    def change(self, act: Callable[[Placement], Step]) -> None:
        while True:
            value, version = self.value, self.version
            try:
                after, done = act(value)
            except HubError:
                return
            with self._lock:
                if self.version == version:
                    self.value, self.version = after, version + 1
                    self.released += [effect.facility for effect in done if effect.what == "release"]
                    return


@pytest.mark.parametrize("first_come", [True, False])
def test_in_a_thousand_races_exactly_one_is_chosen(first_come: bool) -> None:
    for seed in range(1000):
        dice, kept = random.Random(seed), Kept(replace(ASKED, first_come=first_come))
        acts = [_racing(name, first_come) for name in dice.sample(["S1", "S2", "H2"], 3)]
        threads = [
            threading.Thread(target=kept.change, args=(act,))
            for act in dice.sample([a for e in acts for a in e], len(acts) * len(acts[0]))
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if not kept.released:
            kept.change(
                lambda p: choose(p, next(a.facility for a in p.asked if a.answer == "offered"), by="x", at=NOON)
            )

        assert len(kept.released) == 1
        assert kept.value.chosen is not None
        assert kept.value.chosen.facility == kept.released[0]


def _racing(name: str, first_come: bool) -> list[Callable[[Placement], Step]]:
    def accepts(placement: Placement) -> Step:
        return offer(placement, name, clinician="Dr Osei", at=NOON)

    def chooses(placement: Placement) -> Step:
        return choose(placement, name, by="x", at=NOON)

    return [accepts] if first_come else [accepts, chooses]


def test_from_every_state_that_can_be_reached_there_is_a_way_out_and_nothing_ends_in_silence() -> None:
    """The whole machine with two facilities, act by act: a model check by exhaustion."""
    start = replace(ASKED, asked=ASKED.asked[:2])
    seen: dict[bytes, Placement] = {}
    after: dict[bytes, list[Step]] = {}
    waiting = [start]
    while waiting:
        here = waiting.pop()
        key = msgspec.json.encode(here)
        if key in seen:
            continue
        seen[key] = here
        after[key] = list(_steps(here))
        waiting += [step[0] for step in after[key]]

    assert len(seen) > 20
    for key, here in seen.items():
        released = [e for _, done in after[key] for e in done if e.what == "release"]
        assert not (here.state != "asking" and released)
        if here.state in OVER:
            continue
        assert any(step[0].state in OVER for step in after[key]), "time alone leads out of every state"
        for step in after[key]:
            if step[0].state == "ended":
                assert "tell" in [effect.what for effect in step[1]]


def _steps(here: Placement) -> Any:
    late = NOON + 2 * COLLECTED + HELD
    acts: list[Callable[[], Step]] = [lambda: pass_time(here, late), lambda: cancel(here, why="not needed any more.")]
    for name in ("S1", "S2"):
        acts += [
            partial(offer, here, name, clinician="Dr Osei", at=NOON),
            partial(decline, here, name, reason=min(DECLINES), at=NOON),
            partial(choose, here, name, by="x", at=NOON),
            partial(arrive, here, name),
        ]
    for act in acts:
        try:
            yield act()
        except HubError:
            continue
