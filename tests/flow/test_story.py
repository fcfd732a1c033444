"""The story of an episode and its missing hand-offs: the same for every order, repetition and correction."""

from __future__ import annotations

import random
from typing import Any

import pytest
from msgspec.structs import replace

from hub.flow.gaps import RULES, gaps
from hub.flow.story import WHAT, story
from hub.model.care import Encounter
from hub.model.crisis import CrisisContact, FollowUp, MobileCrisisVisit
from hub.model.event import Body, CrisisEvent
from hub.model.public_safety import CallForService, CustodyHold, FieldContact
from hub.model.service import Appointment, Referral
from hub.model.values import Code, Instant
from hub.spans import HOUR, MINUTE

NOON = 1_795_000_000_000_000
ED = Code(code="EMER")


def at(hours: float) -> Instant:
    return Instant(at=NOON + round(hours * HOUR))


def event(name: str, hours: float, body: Body, source: str = "H1") -> CrisisEvent:
    return CrisisEvent(id=name, body=body, source=source, recorded_at=NOON + 90 * HOUR, occurred_at=at(hours))


def stay(trigger: str, number: str = "V1", **said: Any) -> Encounter:
    return Encounter(number=number, trigger=trigger, patient_class=ED, **said)


# A night with four hand-offs missing: no call after the rescue, nobody brought, nobody evaluated, nobody followed up.
NIGHT = (
    event("01", 0, CrisisContact(contact="9", answered_at=at(0), active_rescue=True, mobile_team_requested=True), "L1"),
    event("02", 0.2, MobileCrisisVisit(visit="m", requested_at=at(0.1)), "MCT1"),
    event("03", 0.8, MobileCrisisVisit(visit="m", requested_at=at(0.1), arrived_at=at(0.7)), "MCT1"),
    event("04", 2, MobileCrisisVisit(visit="m", cleared_at=at(2), transport=Code(code="x"), destination="H1"), "MCT1"),
    event("05", 5, CallForService(incident="26-7", received_at=at(5), on_scene_at=at(5.2)), "C1"),
    event("06", 6, FieldContact(number="R1", started_at=at(5.3), follow_up=False), "PD"),
    event("07", 6, CustodyHold(facility="H1", started_at=at(6)), "PD"),
    event("08", 11, stay("A04", admitted_at=at(11))),
    event("09", 12, stay("A08", admitted_at=at(11))),
    event("10", 20, stay("A03", admitted_at=at(11), discharged_at=at(20))),
    event("11", 60, Referral(number="q", authored_at=at(60)), "S1"),
    event("12", 61, Appointment(number="a", status=Code(code="booked"), starts_at=at(90)), "B1"),
)
MISSING = ["rescue-not-taken", "never-arrived", "hold-not-evaluated", "ed-left-no-follow-up"]


def test_four_seeded_gaps_are_found_and_no_other() -> None:
    assert [gap.rule for gap in gaps(story(NIGHT), NOON + 80 * HOUR)] == MISSING


@pytest.mark.parametrize(
    "back",
    [
        stay("A11", admitted_at=at(11)),
        stay("A23", admitted_at=at(11)),
        stay("", admitted_at=at(11), status=Code(code="cancelled")),
        stay("", admitted_at=at(11), status=Code(code="entered-in-error")),
    ],
    ids=["cancelled", "deleted", "cancelled in FHIR", "entered in error"],
)
def test_nobody_arrived_by_a_visit_that_was_taken_back(back: Encounter) -> None:
    came = event("1", 11, stay("A04", admitted_at=at(11)))

    assert [each.what for each in story((came,))] == ["ED arrival"]
    assert story((came, event("2", 12, back))) == ()


@pytest.mark.parametrize("seed", range(40))
def test_any_order_of_twelve_events_tells_the_same_story(seed: int) -> None:
    dice = random.Random(seed)
    shuffled = [*NIGHT, *dice.sample(NIGHT, 4)]
    dice.shuffle(shuffled)

    assert story(shuffled) == story(NIGHT)


def test_a_gap_opens_when_its_time_is_over_and_not_before() -> None:
    told = story(NIGHT[:1])
    rescue = next(rule for rule in RULES if rule.id == "rescue-not-taken")

    assert gaps(told, NOON + rescue.within - 1) == ()
    (gap,) = gaps(told, NOON + rescue.within)
    assert (gap.role, gap.due_at) == ("988 supervisor", NOON + 5 * MINUTE)


def test_a_late_message_closes_the_gap_it_was_missing_from() -> None:
    late = event("13", 1, CallForService(incident="26-6", received_at=at(0.05)), "C1")

    assert "rescue-not-taken" not in [gap.rule for gap in gaps(story([*NIGHT, late]), NOON + 80 * HOUR)]


def test_a_corrected_time_takes_the_place_of_the_first() -> None:
    corrected = event("14", 25, stay("A08", admitted_at=at(11), discharged_at=at(24)))

    assert [m.at for m in story([corrected, *NIGHT]) if m.what == "ED left"] == [NOON + 24 * HOUR]


def test_a_cancelled_arrival_and_a_cancelled_discharge_never_were() -> None:
    cancelled = (*NIGHT, event("15", 26, stay("A13")))
    never = (*cancelled, event("16", 27, stay("A11")))

    assert "ED left" not in [m.what for m in story(cancelled)]
    assert not {"ED arrival", "ED left"} & {m.what for m in story(never)}


def test_a_discharge_after_its_cancellation_counts_again() -> None:
    again = (*NIGHT, event("15", 26, stay("A13")), event("16", 30, stay("A03", discharged_at=at(30))))

    assert [m.at for m in story(again) if m.what == "ED left"] == [NOON + 30 * HOUR]


def test_what_two_sources_tell_is_one_gap() -> None:
    twice = (*NIGHT, replace(NIGHT[0], id="99", source="L2"))

    assert [gap.rule for gap in gaps(story(twice), NOON + 80 * HOUR)] == MISSING


def test_988_reaching_the_person_is_a_follow_up() -> None:
    reached = CrisisContact(contact="9", answered_at=at(0), follow_ups=(FollowUp(at=at(30), connected=True),))

    told = story([*NIGHT, event("17", 30, reached, "L1")])

    assert "ed-left-no-follow-up" not in [gap.rule for gap in gaps(told, NOON + 80 * HOUR)]


def referral(name: str, hours: float, state: str, source: str) -> CrisisEvent:
    return event(name, hours, Referral(number="r", status=Code(code=state), authored_at=at(21)), source)


@pytest.mark.parametrize("order", [1, -1])
def test_a_referral_that_came_to_nothing_is_no_follow_up(order: int) -> None:
    """Whoever was asked says so under its number, in their own time: who left was not followed up."""
    asked, declined = referral("r1", 21, "requested", "CR1"), referral("r2", 30, "rejected", "B1")
    missing = "ed-left-no-follow-up"

    def open_gaps(*further: CrisisEvent) -> list[str]:
        return [gap.rule for gap in gaps(story([*NIGHT, *further][::order]), NOON + 80 * HOUR)]

    assert missing not in open_gaps(asked)
    assert missing in open_gaps(asked, declined)
    assert missing not in open_gaps(asked, declined, referral("r3", 31, "accepted", "B1"))


def test_what_was_taken_back_is_waited_for_no_more() -> None:
    """988 takes back that it asked for a team and a rescue, police that they wished a follow-up, a clinic that it was missed."""
    asked = event("17", 0.2, MobileCrisisVisit(visit="n", requested_at=at(0.1)), "MCT2")
    wished = event("18", 7, FieldContact(number="R1", started_at=at(5.3), follow_up=True), "PD")
    missed = event("19", 90, Appointment(number="a", status=Code(code="noshow"), starts_at=at(90)), "B1")
    taken_back = (
        event("20", 0.05, CrisisContact(contact="9", active_rescue=False, mobile_team_requested=False), "L1"),
        event("23", 3, MobileCrisisVisit(visit="n", requested_at=at(0.1), status=Code(code="cancelled")), "MCT2"),
        replace(
            wished, id="21", occurred_at=at(8), body=FieldContact(number="R1", started_at=at(5.3), follow_up=False)
        ),
        replace(missed, id="22", occurred_at=at(91), body=Appointment(number="a", status=Code(code="fulfilled"))),
    )
    before, after = (
        {one.what for one in story([NIGHT[0], *NIGHT[4:], asked, wished, missed, *more])} for more in ((), taken_back)
    )  # fmt: skip

    assert before - after == {"911 asked for", "team asked for", "follow-up wished", "appointment missed"}
    assert after - before == {"appointment kept"}


def test_every_rule_speaks_of_milestones_that_exist() -> None:
    assert {word for rule in RULES for word in (rule.after, *rule.wanted)} <= set(WHAT)
    assert len({rule.id for rule in RULES}) == len(RULES)


@pytest.mark.parametrize(
    ("kind", "referred", "found"),
    [
        ("STABILISATION", False, ["discharged-no-step-down"]),
        ("STABILISATION", True, []),
        ("HOSP_INPT", False, []),
    ],
)
def test_who_leaves_a_stabilisation_centre_unreferred_is_told_at_once(
    kind: str, referred: bool, found: list[str]
) -> None:
    stayed = Encounter(number="S", trigger="A01", patient_class=Code(code="IMP"), admitted_at=at(0))
    left = replace(stayed, trigger="A03", discharged_at=at(30))
    before = [event("r", 20, Referral(number="q", authored_at=at(20)), "S1")] if referred else []
    told = story([event("1", 0, stayed, "S1"), *before, event("2", 30, left, "S1")])

    assert [gap.rule for gap in gaps(told, NOON + 30 * HOUR, kinds={"S1": kind})] == found
