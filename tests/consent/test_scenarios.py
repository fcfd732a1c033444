"""The law scenarios, and what each partner of a county may and may not see, rule label by rule label."""

from __future__ import annotations

import msgspec
import pytest

from consent.cases import question
from consent.rule import Rule
from consent.verdict import FIXED
from hub.model.category import Category
from hub.model.decision import Decision
from hub.model.registry import BODIES, BY_CATEGORY
from tests.consent.asking import AS_OF, ask, goes, rules, shown, stays

ALL = tuple(BODIES)
THREAT = {"emergency": "THREAT", "able_to_prevent": "YES", "judged_by": "CLINICIAN"}
SUD = (("MH_CLINICAL", "SUD_RECORD"), ("MEDS", "SUD_RECORD"))


def decide(*regimes: str, **facts: str) -> Decision:
    """Ask about every body at once; under Part 2 the labeller has moved diagnoses and medication."""
    capacity = {"PART2": "QSO", "CJIS": "CJIS_CONTRACTOR"}.get(regimes[-1], "BUSINESS_ASSOCIATE")
    recast = SUD if any(regime.startswith("PART2") for regime in regimes) else ()
    return rules().decide(ask(ALL, regimes, recast, None, **({"capacity": capacity} | facts)))


def test_treatment_is_not_accounted_and_police_disclosures_are() -> None:
    assert decide("HIPAA", recipient="HOSP_ED", purpose="TREAT").obligations == ()
    assert "ACCOUNTING" in decide("HIPAA", recipient="LE", purpose="LE_IDENT", le_request="YES").obligations


def test_cr0_open_facts_reach_every_partner() -> None:
    for kind in rules().vocabulary.dimensions["recipient"].values:
        decision = decide("OPEN", recipient=kind, purpose="BEDMGT", capacity="PARTNER")
        assert goes(decision, "capacity_report.available"), kind
        assert goes(decision, "service_listing"), kind
        assert stays(decision, "capacity_report.note"), kind
        assert stays(decision, "person"), kind


def test_cr1_providers_treat_with_the_record_and_part_2_stays_out() -> None:
    sent = decide("HIPAA", recipient="STABILISATION", purpose="TREAT")
    unit = decide("HIPAA", "PART2", recipient="STABILISATION", purpose="TREAT", capacity="QSO")

    for path in (
        "person.names",
        "condition.code",
        "medication.code",
        "observation.quantity",
        "allergy.code",
        "encounter",
    ):
        assert goes(sent, "encounter.admitted_at" if path == "encounter" else path)
    assert not unit.permits


def test_cr2_police_get_a_safety_minimum_with_its_basis() -> None:
    decision = decide("HIPAA", recipient="LE", purpose="AVERT_THREAT", **THREAT)

    for path in ("approach_card.language", "approach_card.safety_flags", "approach_card.risk_level"):
        assert goes(decision, path)
    for path in ("approach_card.triggers", "approach_card.calming", "condition", "medication", "encounter"):
        assert stays(decision, path)
    assert {"ACCOUNTING", "GOOD_FAITH_RECORD", "MINIMUM_NECESSARY"} == set(decision.obligations)


def test_cr3_police_identify_by_a_closed_list() -> None:
    decision = decide("HIPAA", recipient="LE", purpose="LE_IDENT", le_request="YES")

    assert shown(decision) & ~rules().views["le_f2"].bits == 0
    assert goes(decision, "person.ssn")


def test_cr4_police_tell_providers_what_they_saw_and_no_history() -> None:
    decision = decide("CJIS", recipient="HOSP_ED", purpose="TREAT")

    assert goes(decision, "field_contact.cautions.kind")
    assert goes(decision, "field_contact.mental_health_factor")
    for path in ("field_contact.charges", "field_contact.criminal_history", "field_contact.narrative"):
        assert stays(decision, path)
    assert not decide("CJIS", "SEALED", recipient="HOSP_ED", purpose="TREAT", capacity="CJIS_CONTRACTOR").permits


def test_cr5_a_part_2_unit_reaches_the_clinic_with_consent_and_notice_alone() -> None:
    facts = {"recipient": "BH_PROVIDER", "purpose": "TREAT", "capacity": "QSO"}

    for regimes in (("PART2",), ("HIPAA", "PART2")):
        consented = decide(*regimes, consent="TPO", **facts)
        assert goes(consented, "condition.code")
        assert goes(consented, "medication.code")
        assert stays(consented, "document.sud_counselling")
        assert set(consented.obligations) == {"P2_NOTICE", "CONSENT_COPY"}
        assert consented.consents == ("C@1",)
        for state in ("NONE", "REVOKED", "EXPIRED", "DENY", "DEFECTIVE", "SPECIFIC_TO_SOMEBODY_ELSE"):
            assert not decide(*regimes, consent=state, **facts).permits, state


def test_cr6_officers_see_the_card_by_the_persons_release() -> None:
    released = decide("HIPAA", recipient="LE", purpose="APPROACH", consent="SPECIFIC")
    without = decide("HIPAA", recipient="LE", purpose="APPROACH")

    card = rules().views["approach_card"].bits
    assert shown(released) == card
    assert not without.permits


def test_cr7_a_mobile_team_comes_without_a_number_unless_the_caller_permits() -> None:
    plain = decide("L988", recipient="MOBILE_CRISIS", purpose="DISPATCH")
    permitted = decide("L988", recipient="MOBILE_CRISIS", purpose="DISPATCH", permission="YES")

    assert goes(plain, "crisis_contact.meeting_point")
    assert goes(plain, "crisis_contact.concerns")
    assert stays(plain, "crisis_contact.callback")
    assert stays(plain, "crisis_contact.caller_name")
    assert stays(plain, "person.names")
    assert goes(permitted, "crisis_contact.callback")


def test_cr7_active_rescue_tells_the_911_centre_four_things_and_nothing_else() -> None:
    decision = decide("L988", recipient="PSAP", purpose="AVERT_THREAT", emergency="THREAT")

    assert shown(decision) == rules().views["rescue_min"].bits
    for path in ("crisis_contact.callback", "crisis_contact.place.source", "crisis_contact.risk.attempt_in_progress"):
        assert goes(decision, path)
    for path in ("crisis_contact.caller_name", "crisis_contact.coarse_area", "crisis_contact.concerns", "person"):
        assert stays(decision, path)
    assert not decide("L988", recipient="PSAP", purpose="AVERT_THREAT").permits


def test_cr8_a_shelter_learns_need_and_eligibility_by_release() -> None:
    released = decide("HIPAA", recipient="SOCIAL_SVC", purpose="COC", consent="SPECIFIC")

    assert goes(released, "referral.need")
    assert goes(released, "referral.eligibility")
    for body in (
        "condition",
        "medication",
        "observation",
        "field_contact",
        "call_for_service",
        "encounter",
        "crisis_contact",
    ):
        assert stays(released, body)
    assert stays(released, "referral.reason")
    assert not decide("HIPAA", recipient="SOCIAL_SVC", purpose="COC").permits


@pytest.mark.parametrize("regime", ["HIPAA", "PART2", "PART2_RECEIVED", "VA7332"])
def test_cr9_counselling_notes_go_nowhere_without_an_authorisation_of_their_own(regime: str) -> None:
    for recipient in rules().vocabulary.dimensions["recipient"].values:
        for purpose in ("TREAT", "ETREAT", "LEGAL", "PATRQT", "BTG", "AVERT_THREAT"):
            decision = decide(
                regime, recipient=recipient, purpose=purpose, consent="SPECIFIC", emergency="MEDICAL", obtainable="NO"
            )
            assert stays(decision, "document.psychotherapy")
            assert stays(decision, "document.sud_counselling")


def test_cr10_a_minor_who_consented_alone_decides_about_parents() -> None:
    facts = {"recipient": "FAMILY", "purpose": "PATRQT"}

    assert goes(decide("HIPAA", subject="MINOR", **facts), "condition.code")
    assert not decide("HIPAA", subject="MINOR_SELF_CONSENT", **facts).permits
    assert not decide("HIPAA", subject="UNKNOWN", **facts).permits


def test_cr11_statistics_hold_no_person_place_date_or_text() -> None:
    decision = decide("HIPAA", recipient="ANALYTICS", purpose="ANALYTICS")

    assert goes(decision, "disposition.code")
    assert shown(decision) & ~(rules().views["deidentified"].bits | rules().views["admin"].bits) == 0
    assert stays(decision, "person")
    assert stays(decision, "encounter.admitted_at")


def test_cr12_wellness_never_leaves_and_certificates_do() -> None:
    for recipient in rules().vocabulary.dimensions["recipient"].values:
        for purpose in ("STAFFING", "DISPATCH", "RECORDS"):
            assert stays(decide("EMPLOYMENT", recipient=recipient, purpose=purpose), "wellness_note.content")
    assert goes(decide("EMPLOYMENT", recipient="PSAP", purpose="DISPATCH"), "certificate.expires")
    assert goes(decide("EMPLOYMENT", recipient="EMPLOYER", purpose="STAFFING"), "wellness_note.debrief_due")


def test_cr13_breaking_the_glass_is_reviewed_and_crosses_no_line() -> None:
    facts = {"recipient": "HOSP_ED", "purpose": "BTG", "emergency": "MEDICAL"}
    opened = decide("HIPAA", **facts)

    assert goes(opened, "condition.code")
    assert {"BREAK_GLASS_REASON", "BREAK_GLASS_REVIEW"} <= set(opened.obligations)
    assert not decide("PART2", **facts).permits
    assert goes(decide("PART2", obtainable="NO", **facts), "condition.code")
    assert not decide("HIPAA", **(facts | {"recipient": "LE"})).permits
    assert not decide("VAWA", **facts).permits
    assert not decide("CJIS", **facts).permits


def test_what_the_partners_of_a_county_need_reaches_them() -> None:
    flows = [
        (("HIPAA",), {"recipient": "BH_PROVIDER", "purpose": "TREAT"}, "condition.code"),
        (("HIPAA",), {"recipient": "BH_PROVIDER", "purpose": "COC"}, "referral.reason"),
        (("HIPAA",), {"recipient": "BH_PROVIDER", "purpose": "COC"}, "referral.need"),
        (("HIPAA",), {"recipient": "BH_PROVIDER", "purpose": "COC"}, "risk_assessment.level"),
        (("HIPAA",), {"recipient": "STABILISATION", "purpose": "TREAT"}, "encounter.trigger"),
        (("HIPAA",), {"recipient": "CORESPONDER", "purpose": "COC"}, "appointment.status"),
        (("HIPAA",), {"recipient": "LIFELINE", "purpose": "DISPATCH"}, "mobile_crisis_visit.arrived_at"),
        (("HIPAA",), {"recipient": "PSAP", "purpose": "DISPATCH"}, "mobile_crisis_visit.status"),
        (("HIPAA",), {"recipient": "TRANSPORT", "purpose": "TRANSPORT"}, "transport.drop_off"),
        (("CJIS",), {"recipient": "MOBILE_CRISIS", "purpose": "DISPATCH"}, "call_for_service.place"),
        (("CJIS",), {"recipient": "LE", "purpose": "DISPATCH"}, "call_for_service.cautions.seen_at"),
        (("CJIS",), {"recipient": "LE", "purpose": "RECORDS"}, "field_contact.number"),
        (("CJIS",), {"recipient": "LIFELINE", "purpose": "DISPATCH"}, "call_for_service.caller_phone"),
        (("CJIS",), {"recipient": "LE", "purpose": "APPROACH"}, "person.language"),
        (("L988",), {"recipient": "MOBILE_CRISIS", "purpose": "DISPATCH"}, "crisis_contact.risk.level"),
        (("HMIS",), {"recipient": "CORESPONDER", "purpose": "COC", "consent": "SPECIFIC"}, "housing_record.nights"),
        (("EMPLOYMENT",), {"recipient": "PSAP", "purpose": "DISPATCH"}, "roster.on_duty"),
        (("OPEN",), {"recipient": "LE", "purpose": "BEDMGT"}, "diversion_status.status"),
    ]

    assert [(facts, path) for regimes, facts, path in flows if not goes(decide(*regimes, **facts), path)] == []


def test_one_bit_goes_only_under_a_release_that_covers_every_provider() -> None:
    facts = {"recipient": "LE", "purpose": "COC", "consent": "SPECIFIC"}

    assert shown(decide("HIPAA", covers_all="YES", **facts)) == rules().views["one_bit"].bits
    assert not decide("HIPAA", **facts).permits


def test_duties_name_who_must_be_told_and_part_2_raises_none() -> None:
    facts = {"recipient": "LE", "purpose": "AVERT_THREAT", "victim": "IDENTIFIABLE", **THREAT}

    (duty,) = decide("HIPAA", state="CA", **facts).duties

    assert (duty.rule, duty.tell) == ("ca.duty.warn", ("TARGET", "LE"))
    assert decide("HIPAA", state="TX", **facts).duties == ()
    # 42 CFR 2.20: Part 2 overrides a duty of state law.
    assert decide("HIPAA", "PART2", state="CA", capacity="QSO", **facts).duties == ()


# What HIPAA asks beside Part 2 before each permit of Part 2 takes effect at a programme that is a covered entity as well.
BESIDE: dict[str, dict[str, str]] = {
    "p2.tpo.payment": {"relationship": "YES"},
    "p2.tpo.operations": {"relationship": "YES"},
    "p2.minor.threat": {"judged_by": "CLINICIAN"},
}


@pytest.mark.parametrize(
    "rule", [r for r in rules().rules if r.effect == "permit" and r.when["regime"] == {"PART2"}], ids=lambda r: r.id
)
def test_what_part_2_permits_is_permitted_where_hipaa_stands_beside_it(rule: Rule) -> None:
    """A Part 2 programme of a clinic is a covered entity too; no legitimate disclosure may fall between the two laws."""
    case = next(case for case in rule.cases if case.gives)
    both = msgspec.structs.replace(case, ask={**case.ask, **BESIDE.get(rule.id, {})}, regimes=("HIPAA", "PART2"))

    decision = rules().decide(question(both, AS_OF))

    assert shown(decision), rule.id
    assert rule.id in {reason.rule for reason in decision.because}


def test_what_was_received_by_consent_never_stands_without_hipaa() -> None:
    """Labelled PART2_RECEIVED alone it still goes only where HIPAA lets it go."""
    for recipient in rules().vocabulary.dimensions["recipient"].values:
        for purpose in ("TREAT", "COC", "HPAYMT", "NOTIFY_FAMILY", "PUBLISH", "STAFFING"):
            alone = decide("PART2_RECEIVED", recipient=recipient, purpose=purpose)
            hipaa = decide("HIPAA", recipient=recipient, purpose=purpose)
            assert not shown(alone) & ~shown(hipaa), (recipient, purpose)


@pytest.mark.parametrize("guarded", sorted(FIXED))
def test_no_label_makes_a_guarded_category_milder(guarded: Category) -> None:
    for milder in ("IDENT", "ADMIN", "BED", "APPROACH"):
        recast = ((guarded.value, milder),)
        for regimes, facts in (
            (("HIPAA",), {"recipient": "HOSP_ED", "purpose": "COC"}),
            (("HIPAA",), {"recipient": "LE", "purpose": "AVERT_THREAT", **THREAT}),
            (("CJIS",), {"recipient": "MOBILE_CRISIS", "purpose": "DISPATCH"}),
            (("OPEN",), {"recipient": "PUBLIC", "purpose": "PUBLISH"}),
        ):
            decision = rules().decide(ask(ALL, regimes, recast, None, **facts))
            assert not shown(decision) & BY_CATEGORY[guarded]
        for regime, recipient in (("HIPAA", "FAMILY"), ("VAWA", "BH_PROVIDER")):
            facts = {"recipient": recipient, "purpose": "COC", "consent": "SPECIFIC", "agreed": "AGREED"}
            consented = rules().decide(ask(ALL, (regime,), recast, (milder,), **facts))
            assert not shown(consented) & BY_CATEGORY[guarded]
