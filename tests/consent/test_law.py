"""The law scenarios: each with its citation, what it gives and what it holds back."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from hub.model.registry import BY_BODY
from tests.consent.asking import goes, shown, stays
from tests.consent.test_scenarios import ALL, THREAT, decide

# scenario -> regimes, facts, what goes, what stays, obligations. The scenario file says the rest in words of its own.
LAW: dict[str, tuple[tuple[str, ...], dict[str, str], tuple[str, ...], tuple[str, ...], tuple[str, ...]]] = {
    "H02": (
        ("HIPAA",),
        {"recipient": "HEALTH_PLAN", "purpose": "HPAYMT", "relationship": "YES"},
        ("person.names", "coverage.member_id", "encounter.admitted_at", "encounter.discharged_at"),
        ("encounter.narrative", "risk_assessment"),
        ("MINIMUM_NECESSARY",),
    ),
    "H06": (
        ("HIPAA",),
        {"recipient": "LE", "purpose": "AVERT_THREAT", **THREAT},
        ("person.names", "person.addresses.lines", "risk_assessment.danger_to_others", "risk_assessment.weapon"),
        ("document.psychotherapy", "medication", "encounter", "condition"),
        ("ACCOUNTING", "GOOD_FAITH_RECORD"),
    ),
    "H11": (
        ("HIPAA",),
        {"recipient": "FAMILY", "purpose": "NOTIFY_FAMILY", "incapacitated": "YES"},
        ("encounter.location.facility", "encounter.status"),
        ("condition", "medication", "document"),
        ("JUDGMENT_RECORD", "MINIMUM_NECESSARY"),
    ),
    "P03": (
        ("PART2",),
        {"recipient": "EMS", "purpose": "ETREAT", "emergency": "MEDICAL", "obtainable": "NO"},
        ("condition.code", "medication.code"),
        ("document.sud_counselling",),
        ("P2_EMERGENCY_RECORD",),
    ),
    "P06": (
        ("PART2",),
        {"recipient": "LE", "purpose": "LE_INVEST", "legal": "PART2_ORDER"},
        ("condition.code",),
        ("document.sud_counselling",),
        (),
    ),
    "P07": (
        ("PART2_RECEIVED",),
        {"recipient": "LE", "purpose": "LE_INVEST", "legal": "COURT_ORDER"},
        (),
        ALL,
        (),
    ),
    "P09": (("PART2",), {"recipient": "HOSP_ED", "purpose": "TREAT", "consent": "REVOKED"}, (), ALL, ()),
    "P10": (
        ("PART2",),
        {"recipient": "BH_PROVIDER", "purpose": "TREAT", "consent": "TPO"},
        (),
        ("document.sud_counselling", "document.psychotherapy"),
        ("P2_NOTICE",),
    ),
    "P11": (
        ("PART2",),
        {"recipient": "LE", "purpose": "LE_INVEST", "crime": "PREMISES"},
        ("person.names", "person.addresses.lines", "encounter.status"),
        ("condition", "medication", "referral", "encounter.service"),
        (),
    ),
    "P12": (
        ("PART2",),
        {"recipient": "CHILD_PROTECTION", "purpose": "ABUSE_REPORT"},
        ("person.names", "field_contact.injury"),
        ("condition", "medication", "encounter", "document"),
        (),
    ),
    "P15": (("PART2",), {"recipient": "LE", "purpose": "LE_IDENT", "le_request": "YES"}, (), ALL, ()),
    "C04": (
        ("CJIS",),
        {"recipient": "HOSP_ED", "purpose": "TREAT"},
        (
            "field_contact.mental_health_factor",
            "custody_hold.circumstances",
            "custody_hold.probable_cause",
            "custody_hold.statute",
        ),
        ("field_contact.charges", "field_contact.criminal_history"),
        (),
    ),
    "V02": (
        ("VAWA",),
        {"recipient": "BH_PROVIDER", "purpose": "COC", "consent": "SPECIFIC"},
        ("victim_service.service",),
        (),
        ("CONSENT_SCOPE",),
    ),
    "V03": (("VAWA",), {"recipient": "HMIS_LEAD", "purpose": "COC", "consent": "SPECIFIC"}, (), ALL, ()),
    "M02": (
        ("HMIS",),
        {"recipient": "EMS", "purpose": "AVERT_THREAT", **THREAT},
        ("person.names",),
        ("housing_record",),
        ("ACCOUNTING",),
    ),
    "E02": (("FERPA",), {"recipient": "LE", "purpose": "LE_INVEST"}, (), ALL, ()),
    "L02": (("L988",), {"recipient": "LE", "purpose": "LE_INVEST"}, (), ALL, ()),
    "S03": (
        ("HIPAA",),
        {"recipient": "LE", "purpose": "AVERT_THREAT", "state": "TX", **THREAT},
        ("person.names", "risk_assessment.level"),
        ("condition", "medication"),
        (),
    ),
    "S04": (("HIPAA",), {"recipient": "LE", "purpose": "LE_INVEST", "state": "TX"}, (), ALL, ()),
    "S08": (
        ("HIPAA",),
        {"recipient": "LE", "purpose": "AVERT_THREAT", "state": "FL", **THREAT},
        ("person.names", "risk_assessment.danger_to_others"),
        ("condition", "medication"),
        (),
    ),
}
# These are about the accounting report, which the ledger makes from obligations of past decisions: the test of each.
OF_THE_LEDGER = {
    "H15": ("tests/app/test_accounting.py", "test_164_528_leaves_out_treatment_and_keeps_the_rest"),
    "H17": ("tests/app/test_accounting.py", "test_a_suspension_hides_a_police_request_for_its_time_and_never_a_threat"),
    "H18": ("tests/app/test_accounting.py", "test_several_alike_are_told_as_one_with_first_count_and_last"),
    "H19": ("tests/app/test_accounting.py", "test_six_years_and_not_a_day_more"),
    "H20": (
        "tests/cli/test_accounting.py",
        "test_a_list_that_was_asked_for_is_owed_in_sixty_days_and_may_be_put_off_once",
    ),
}


@pytest.mark.parametrize("name", LAW)
def test_the_law_scenarios(name: str) -> None:
    regimes, facts, given, held, obligations = LAW[name]

    decision = decide(*regimes, **facts)

    assert [path for path in given if not goes(decision, path)] == []
    assert [path for path in held if shown(decision) & (BY_BODY.get(path) or 0) or not stays(decision, path)] == []
    assert set(obligations) <= set(decision.obligations)


def test_no_law_scenario_is_left_out() -> None:
    scenarios = json.loads((Path(__file__).parent / "law-scenarios.json").read_text(encoding="utf-8"))

    assert {s["id"] for s in scenarios} == LAW.keys() | OF_THE_LEDGER.keys()
    for scenario in scenarios:
        if scenario["id"] in LAW:
            assert str(scenario["expected"]).startswith("permit" if LAW[scenario["id"]][2] else "deny"), scenario["id"]


@pytest.mark.parametrize("name", OF_THE_LEDGER)
def test_each_scenario_of_the_ledger_has_its_test(name: str) -> None:
    file, test = OF_THE_LEDGER[name]

    assert f"def {test}(" in (Path(__file__).parents[2] / file).read_text(encoding="utf-8")
