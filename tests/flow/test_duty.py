"""Duties to tell: they arise whether or not anybody asked, a delivery that discharges one must make it in time, the rest is work."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from hub.contracts import Reading
from hub.flow.audience import Audience
from hub.flow.duty import afterwards
from hub.flow.label import Source
from hub.flow.plan import House, Known
from hub.model.category import Regime
from hub.model.crisis import RiskAssessment
from hub.model.decision import Decision
from hub.model.event import Body, CrisisEvent
from hub.model.person import Person
from hub.model.plan import Link, Plan
from hub.model.values import HumanName, Worker
from hub.partners import Delivery, Interest, Partner
from hub.spans import DAY, HOUR, MINUTE
from tests.consent.asking import AS_OF, rules
from tests.flow.test_question import B1, partner

RISK = RiskAssessment(imminent=True, danger_to_others=True, assessor=Worker(id="w1"))
SENDER = replace(B1, id="H1", agreement=replace(B1.agreement, hub_is="qualified service organization"))
AVERT = Interest(id="threats", bodies=("risk_assessment",), purpose="AVERT_THREAT", deadline_s=7200)


def police(**changes: Any) -> Partner:
    found = partner("PD", "LE", "AVERT_THREAT")
    widened = replace(found.agreement, categories=(*found.agreement.categories, "RISK_SAFETY"))
    return replace(found, agreement=widened, wants=(AVERT,), delivery=Delivery(format="x", carrier="http"), **changes)


def planned(*bodies: Body, state: str = "DEMO", to: tuple[Partner, ...] = (), regimes: tuple[Regime, ...] = ()) -> Plan:
    house = House(
        rules=rules(), sources={"H1": Source(regimes=frozenset(regimes or (Regime.HIPAA,)))}, audience=Audience(to),
        state=state, in_force=lambda _, __: True,
    )  # fmt: skip
    events = tuple(CrisisEvent(id=f"{n}", body=body, source="H1", recorded_at=AS_OF) for n, body in enumerate(bodies))
    link = Link(verdict="nobody", identity="i", person="p", fresh=True)
    return house.plan(Reading(kind="k", events=events), Known(journal="j", source=SENDER, as_of=AS_OF, link=link))


def test_a_duty_that_no_delivery_discharges_is_work_with_a_time() -> None:
    (task,) = planned(RISK).tasks

    assert (task.kind, task.role, task.due_at) == ("duty", "supervisor", AS_OF + HOUR)
    assert "the person threatened and the police" in task.words
    assert "Demo County Code 5.20" in task.words


def test_a_delivery_that_discharges_a_duty_must_arrive_in_its_time() -> None:
    plan = planned(Person(names=(HumanName(family="Doe"),)), RISK, to=(police(),))

    (row,) = plan.outbox
    assert row.deadline == AS_OF + HOUR
    task, _ = plan.tasks
    assert "the police" not in task.words
    assert "the person threatened" in task.words


def test_without_a_duty_the_deadline_is_the_partners_own() -> None:
    calm = replace(RISK, danger_to_others=False)

    plan = planned(Person(names=(HumanName(family="Doe"),)), calm, to=(police(),))

    assert not any("tells" in task.words for task in plan.tasks)
    assert [row.deadline for row in plan.outbox] == [AS_OF + 2 * HOUR]


def test_what_went_to_avert_a_threat_is_recorded_afterwards_by_a_person_in_time() -> None:
    """45 CFR 164.512(j)(4): the good faith that opened it stands in nobody's record by itself."""
    plan = planned(Person(names=(HumanName(family="Doe"),)), RISK, to=(police(),))

    (task,) = (one for one in plan.tasks if "went to" in one.words)
    assert (task.kind, task.role, task.due_at) == ("duty", "supervisor", AS_OF + 3 * DAY)
    assert "Something went to the police to avert a threat" in task.words
    assert "record the good-faith basis and who judged it (45 CFR 164.512(j)(4))" in task.words
    assert "accounting" not in task.words


def test_where_nothing_went_nothing_is_owed_afterwards() -> None:
    plan = planned(Person(names=(HumanName(family="Doe"),)), replace(RISK, imminent=False), to=(police(),))

    assert plan.tasks == ()


def test_a_rescue_is_reviewed_by_a_supervisor_of_the_crisis_line() -> None:
    rescue = Decision(
        partner="C1", purpose="AVERT_THREAT", granted=(1,), obligations=("GOOD_FAITH_RECORD", "SUPERVISOR_REVIEW")
    )
    refused = replace(rescue, granted=(0,))

    (task,) = afterwards([("PSAP", rescue), ("LE", refused)], "j", AS_OF)

    assert task.role == "988 supervisor"
    assert "to the 911 centre to avert" in task.words
    assert "a supervisor of the 988 centre reviews it" in task.words
    assert list(afterwards([("LE", refused)], "j", AS_OF)) == []


@pytest.mark.parametrize(
    ("state", "told"),
    [
        ("CA", ["the person threatened and the police"]),
        ("FL", ["the police"]),
        ("IL", ["a state authority", "the person threatened and the police"]),
        ("NY", ["the county director of mental health"]),
        ("TX", []),
    ],
)
def test_each_state_has_its_own_duty_and_texas_none(state: str, told: list[str]) -> None:
    tasks = planned(RISK, state=state).tasks

    assert [one for one in told if not any(f"tells {one} nothing" in task.words for task in tasks)] == []
    assert len(tasks) == len(told)
    assert all(task.due_at >= AS_OF + 5 * MINUTE for task in tasks)


def test_part_2_overrides_a_duty_of_state_law() -> None:
    assert planned(RISK, regimes=(Regime.HIPAA, Regime.PART2)).tasks == ()


@pytest.mark.parametrize(
    "risk",
    [replace(RISK, imminent=False), replace(RISK, assessor=None), RiskAssessment(danger_to_others=True)],
    ids=["not imminent", "no clinician", "neither"],
)
def test_no_duty_arises_from_less_than_the_law_names(risk: RiskAssessment) -> None:
    assert planned(risk).tasks == ()
