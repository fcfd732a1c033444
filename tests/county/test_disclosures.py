"""The rules over the county's partner files lead to the disclosures that its people ask for, and to no others."""

from __future__ import annotations

from functools import cache

import pytest

from consent.engine import RuleSet
from consent.question import Limits, Question, Scope, usual
from hub.model.category import Category, Regime
from hub.model.decision import Decision
from hub.model.label import Label
from hub.model.registry import paths
from hub.partners import HUB_IS, County
from hub.partners.words import values
from tests.partners.desk import COUNTY, NOON, look

# What the hub does with every delivery, whoever receives it.
DONE = frozenset({"P2_NOTICE", "CONSENT_COPY", "CONSENT_SCOPE", "NO_REDISCLOSE", "MINIMUM_NECESSARY", "ACCOUNTING"})
RESCUE = {"emergency": "THREAT", "judged_by": "CLINICIAN", "able_to_prevent": "YES"}
SHELTER = Scope(
    actors=frozenset({"SH1"}),
    purposes=frozenset({"COC"}),
    categories=frozenset({Category.IDENT, Category.CONTACT, Category.REFERRAL, Category.HMIS_RECORD}),
)

# From, to, interest, facts of the message, what is said, what is not.
Told = tuple[str, str, str, dict[str, str], list[str], list[str]]
TOLD: list[Told] = [
    (
        *("C1", "MCT1", "calls-in-crisis", {}),
        ["call_for_service.incident", "call_for_service.place.address.lines", "call_for_service.weapon"],
        ["call_for_service.narrative"],
    ),
    (
        *("C1", "L1", "calls-handed-to-us", {}),
        ["call_for_service.incident", "call_for_service.caller_phone.value", "call_for_service.crisis"],
        ["call_for_service.narrative", "person.names.family"],
    ),
    (
        *("L1", "C1", "calls-handed-over", {}),
        ["call_for_service.incident", "call_for_service.status", "call_for_service.dispositions"],
        ["call_for_service.caller_phone.value", "crisis_contact.contact", "crisis_contact.concerns"],
    ),
    (
        *("C1", "PD", "calls-for-our-records", {}),
        ["call_for_service.incident", "unit_status.on_scene_at"],
        ["call_for_service.narrative"],
    ),
    (
        *("PD", "S1", "what-police-saw", {}),
        ["field_contact.disposition", "field_contact.cautions.kind", "person.names.family"],
        ["field_contact.criminal_history", "field_contact.charges", "field_contact.narrative", "person.ssn"],
    ),
    ("H1", "B1", "people-we-treat", {}, ["encounter.admitted_at", "observation.quantity"], ["person.ssn"]),
    ("H1", "PD", "whereabouts", {}, [], ["encounter.admitted_at", "encounter.reason", "person.names.family"]),
    ("S1", "H1", "arrived-elsewhere", {}, ["encounter.admitted_at", "person.names.family"], []),
    (
        *("L1", "MCT1", "visits-asked-for", {}),
        ["crisis_contact.meeting_point.description", "crisis_contact.risk.level"],
        ["crisis_contact.callback.value", "person.names.family", "crisis_contact.narrative"],
    ),
    (
        *("L1", "C1", "active-rescue", RESCUE),
        [
            "crisis_contact.callback.value",
            "crisis_contact.place.address.lines",
            "crisis_contact.place.source",
            "crisis_contact.risk.attempt_in_progress",
        ],
        ["crisis_contact.concerns", "crisis_contact.contact", "crisis_contact.narrative", "person.names.family"],
    ),
    ("L1", "C1", "active-rescue", {}, [], ["crisis_contact.callback.value", "crisis_contact.place.address.lines"]),
    (
        *("MCT1", "L1", "team-we-asked-for", {}),
        ["mobile_crisis_visit.arrived_at", "mobile_crisis_visit.based_on.value"],
        ["mobile_crisis_visit.disposition", "mobile_crisis_visit.risk.level", "mobile_crisis_visit.narrative"],
    ),
    ("CR1", "B1", "referrals", {}, ["referral.reason", "person.names.family", "referral.due_at"], []),
    (
        *("H1", "B1", "coordination", {}),
        ["person.names.family", "referral.service", "referral.note", "encounter.admitted_at"],
        ["person.ssn", "document.psychotherapy"],
    ),
    (
        *("C1", "B1", "coordination", {}),
        ["call_for_service.received_at", "person.names.family"],
        ["call_for_service.narrative", "referral.note"],
    ),
    ("B1-S", "B1", "referrals", {}, [], ["referral.number", "person.names.family", "condition.code"]),
    ("B1-S", "B1", "referrals", {"consent": "TPO"}, ["referral.reason", "condition.code"], ["person.ssn"]),
    ("B1-S", "B1", "referrals", {"consent": "REVOKED"}, [], ["referral.number", "person.names.family"]),
    ("B1-S", "B1", "referrals", {"consent": "EXPIRED"}, [], ["referral.number", "person.names.family"]),
    ("CR1", "SH1", "beds-asked-for", {}, [], ["referral.need", "person.names.family"]),
    (
        *("CR1", "SH1", "beds-asked-for", {"consent": "SPECIFIC"}),
        ["referral.need", "referral.eligibility", "person.names.family"],
        ["referral.reason", "referral.note", "condition.code", "person.addresses.lines"],
    ),
    ("SH1", "C1", "room", {}, ["capacity_report.available", "capacity_report.as_of"], ["capacity_report.note"]),
    ("SH1", "L1", "room", {}, ["capacity_report.available"], ["capacity_report.note"]),
]


@cache
def county() -> County:
    found, wrong = look(COUNTY)
    assert found, wrong
    return found


@cache
def rules() -> RuleSet:
    return RuleSet.load()


def decide(told: Told) -> Decision:
    source, recipient = county().partners[told[0]], county().partners[told[1]]
    interest = next(one for one in recipient.wants if one.id == told[2])
    bodies = tuple(dict.fromkeys(path.split(".")[0] for path in told[4] + told[5]))
    assert source.source
    regime = Regime.OPEN if bodies == ("capacity_report",) else Regime(source.source.regime)
    facts = {
        "capacity": HUB_IS[source.agreement.hub_is],
        **interest.facts,
        **told[3],
        "recipient": recipient.kind,
        "purpose": interest.purpose,
        "state": recipient.state,
    }
    return rules().decide(
        Question(
            partner=recipient.id,
            facts=usual(**facts),
            labels=tuple(Label(regimes=frozenset({regime})) for _ in bodies),
            bodies=bodies,
            limits=Limits(
                agreement=recipient.agreement.reference,
                categories=frozenset(Category(c) for c in recipient.agreement.categories),
                purposes=frozenset(recipient.agreement.purposes),
            ),
            consent=SHELTER if recipient.id == "SH1" else Scope(),
            dischargeable=DONE,
            as_of=NOON,
        )
    )


@pytest.mark.parametrize(
    "told", TOLD, ids=[f"{t[0]} to {t[1]}: {t[2]} {' '.join(t[3].values())}".strip() for t in TOLD]
)
def test_a_partner_learns_this_and_not_that(told: Told) -> None:
    decision = decide(told)
    seen = {path for bits in decision.granted for path in paths(bits)}

    assert set(told[4]) <= seen
    assert not set(told[5]) & seen
    assert decision.permits is bool(told[4])
    assert decision.because if decision.permits else decision.withheld


def test_a_part_2_referral_carries_its_notice() -> None:
    told = next(t for t in TOLD if t[3].get("consent") == "TPO")

    assert {"P2_NOTICE", "CONSENT_COPY"} <= set(decide(told).obligations)


def test_every_interest_of_the_county_is_decided_here() -> None:
    there = {(p.id, want.id) for p in county().partners.values() for want in p.wants}
    here = {(told[1], told[2]) for told in TOLD}

    # These say the same as one that is here: the same rule, recipient class and purpose.
    alike = {("S1", "people-in-crisis"), ("B1", "what-police-saw"), ("S1", "asked-of-us"), ("H1", "findings")}
    alike |= {("MCT1", "room"), ("C1", "teams-on-the-way"), ("C1", "units-proposed"), ("CR1", "what-became-of-it")}
    alike |= {("H1", "what-became-of-it")}
    assert there - here == alike


def test_what_the_hub_may_be_to_a_partner_is_known_to_the_rules() -> None:
    assert set(HUB_IS.values()) == set(values("capacity")) - {"NONE"}
