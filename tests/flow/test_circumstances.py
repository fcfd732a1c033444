"""What events tell about the case, and how a partial date counts."""

from __future__ import annotations

import dataclasses

import pytest
from msgspec.structs import replace

from hub.contracts import Reading
from hub.flow.circumstances import circumstances
from hub.flow.label import Source
from hub.flow.plan import House, Known
from hub.model.care import Encounter
from hub.model.category import Regime
from hub.model.crisis import CrisisContact, MobileCrisisVisit, RiskAssessment
from hub.model.event import Body, CrisisEvent
from hub.model.person import Person
from hub.model.plan import Link, Plan
from hub.model.public_safety import CustodyHold
from hub.model.values import Code, HumanName, Instant, PartialDate, Worker
from hub.partners import Interest
from tests.houses import CLINIC, HOSPITAL, partner
from tests.houses import house as _house

# 2026-11-22, midnight UTC, in microseconds.
AS_OF = 1_795_305_600_000_000


@pytest.mark.parametrize(
    ("iso", "subject"),
    [
        ("1990-03-14", "ADULT"),
        ("2008-11-22", "ADULT"),
        ("2008-11-23", "MINOR"),
        ("2008-10", "ADULT"),
        ("2008-11", "MINOR"),
        ("2008-12", "MINOR"),
        ("2008", "MINOR"),
        ("2007", "ADULT"),
        ("2008-02-29", "ADULT"),
    ],
)
def test_a_partial_birth_date_counts_as_its_last_day(iso: str, subject: str) -> None:
    assert circumstances([Person(birth_date=PartialDate(iso=iso))], AS_OF)["subject"] == subject


def test_age_as_told_counts_where_no_date_is() -> None:
    assert circumstances([Person(age="17")], AS_OF)["subject"] == "MINOR"
    assert circumstances([Person(age="18")], AS_OF)["subject"] == "ADULT"
    assert circumstances([Person(age="about 20")], AS_OF)["subject"] == "UNKNOWN"
    assert circumstances([], AS_OF)["subject"] == "UNKNOWN"


@pytest.mark.parametrize(("status", "threat"), [("final", True), ("entered-in-error", False), ("cancelled", False)])
def test_a_judgement_of_danger_that_was_taken_back_is_no_threat(status: str, threat: bool) -> None:
    judged = RiskAssessment(imminent=True, status=Code(code=status))

    assert ("emergency" in circumstances([judged], AS_OF)) is threat


def test_the_dead_are_neither_adults_nor_minors() -> None:
    assert circumstances([Person(deceased=True, age="40")], AS_OF)["subject"] == "DECEASED"
    assert circumstances([Person(deceased_at=Instant(at=1))], AS_OF)["subject"] == "DECEASED"


@pytest.mark.parametrize(
    ("body", "facts"),
    [
        (CrisisContact(active_rescue=True), {"emergency": "THREAT"}),
        (CrisisContact(emergency_rescue=True), {"emergency": "THREAT"}),
        (CrisisContact(risk=RiskAssessment(attempt_in_progress=True)), {"emergency": "THREAT"}),
        (CrisisContact(active_rescue=False, risk=RiskAssessment(imminent=True)), {}),
        (CrisisContact(shared_by_permission=True), {"permission": "YES"}),
        (
            CrisisContact(shared_by_permission=True, contact_for=Code(code="third_party")),
            {"permission": "CALLER"},
        ),
        (CrisisContact(shared_by_permission=False), {}),
        (RiskAssessment(imminent=True), {"emergency": "THREAT", "judged_by": "REPORT"}),
        (RiskAssessment(imminent=True, assessor=Worker(id="c1")), {"emergency": "THREAT", "judged_by": "CLINICIAN"}),
        (RiskAssessment(imminent=False), {}),
        (MobileCrisisVisit(risk=RiskAssessment(imminent=True)), {"emergency": "THREAT", "judged_by": "REPORT"}),
        (CustodyHold(), {"custody": "HOLD"}),
        (CustodyHold(released_at=Instant(at=AS_OF)), {}),
        (CustodyHold(released_at=Instant(at=AS_OF + 1)), {"custody": "HOLD"}),
    ],
)
def test_events_tell_of_rescue_threat_hold_and_permission(body: Body, facts: dict[str, str]) -> None:
    assert circumstances([body], AS_OF) == {"subject": "UNKNOWN"} | facts


def test_what_was_told_before_answers_where_a_message_does_not_say_the_age() -> None:
    born = Person(birth_date=PartialDate(iso="2010-01-01"))

    assert circumstances([Person()], AS_OF, born)["subject"] == "MINOR"
    assert circumstances([Person()], AS_OF, Person(age="44"))["subject"] == "ADULT"
    assert circumstances([Person(age="44")], AS_OF, born)["subject"] == "ADULT"
    assert circumstances([Person()], AS_OF, None)["subject"] == "UNKNOWN"


def test_years_told_once_make_nobody_a_minor_for_ever() -> None:
    assert circumstances([Person()], AS_OF, Person(age="17"))["subject"] == "UNKNOWN"


def planned(house: House, told: Encounter, born: str) -> Plan:
    """The plan of a hospital's message about somebody."""
    bodies: tuple[Body, ...] = (Person(birth_date=PartialDate(iso=born), names=(HumanName(family="Doe"),)), told)
    events = tuple(CrisisEvent(id=str(n), body=one, source="H1", recorded_at=AS_OF) for n, one in enumerate(bodies))
    link = Link(verdict="same", identity="0" * 32, person="0" * 32, fresh=False)
    return house.plan(Reading(kind="k", events=events), Known(journal="j", source=HOSPITAL, as_of=AS_OF, link=link))


@pytest.mark.parametrize("holds", [True, False])
def test_what_an_agreement_let_the_hub_be_to_a_sender_ends_with_it(holds: bool) -> None:
    """45 CFR 164.504(e): without it the hub holds the sender's records for nobody, and passes none on."""
    house = dataclasses.replace(_house(CLINIC), in_force=lambda who, _: holds or who.id != HOSPITAL.id)

    plan = planned(house, Encounter(number="V1"), "1990-03-14")

    assert bool(plan.outbox) is holds


STRANGLED = Encounter(number="V1", narrative="Strangled by her husband last night.")


@pytest.mark.parametrize(
    ("told", "regime", "hears"),
    [
        (Encounter(number="V1", narrative="Fell from a ladder."), Regime.HIPAA, True),
        (STRANGLED, Regime.HIPAA, False),
        (Encounter(number="V1", reason=Code(code="T74.11XA", system="ICD10CM")), Regime.HIPAA, False),
        (Encounter(number="V1"), Regime.VAWA, False),
    ],
    ids=["nothing of it", "words", "a code", "a service for victims"],
)
def test_a_parent_hears_nothing_where_abuse_is_told_of(told: Encounter, regime: Regime, hears: bool) -> None:
    """45 CFR 164.502(g)(5): whoever asks for a child's record may be who the child is to be safe from."""
    kin = partner("KIN", "FAMILY", Interest(id="kin", bodies=("encounter",), purpose="PATRQT"))
    kin = replace(kin, agreement=replace(kin.agreement, purposes=("PATRQT",)))
    house = dataclasses.replace(_house(kin), sources={"H1": Source(regimes=frozenset({regime}))})

    plan = planned(house, told, "2014-03-14")

    assert bool(plan.outbox) is hears
