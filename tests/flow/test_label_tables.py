"""No line of the labeller's tables can be left out unnoticed: each body, each field that is looked at, each law, once more."""

from __future__ import annotations

from typing import Any

import pytest

from hub.flow import label as labeller
from hub.flow.label import Source, label, sites, source_of
from hub.model.category import Category, Regime
from hub.model.registry import BODIES, hints, unwrap
from hub.model.values import Code, Unit
from hub.partners import load
from tests.partners.desk import COUNTY, FORMATS, NOON

ED = Source(regimes=frozenset({Regime.HIPAA}), sud_sites=frozenset({"new dawn recovery"}))
OPIOIDS = Code(code="F11.20", system="ICD10CM")
# By body: the fields in which a code is looked at, those in which words are, those that name a place, and where somebody stays.
LOOKED_AT = {
    "condition": ("code kind", "text", "", ""),
    "medication": ("code", "sig", "", ""),
    "allergy": ("code", "", "", ""),
    "observation": (
        "code coded order_code order_reasons order_details order_status order_priority interpretation site",
        "text comments order_condition order_notes",
        "",
        "",
    ),
    "encounter": (
        *(
            (
                "reason service patient_class arrangements diet referral_reasons death_cause accident_at_work "
                "accident_fatal police_notified death_certified autopsy coroner"
            ),
            "narrative referral_reason_text referral_note accident_text",
            "discharged_to",
        ),
        "location prior_location planned_location temporary_location",
    ),
    "referral": ("reason service category setting", "note", "performer requester", ""),
    "appointment": ("reason service details", "comment", "location", ""),
    "care_plan": ("activities", "title goals", "", ""),
    "housing_record": ("disabling consultation", "", "", ""),
    "disposition": ("code", "", "destination", ""),
    "document": ("kind", "title body", "", ""),
    "mobile_crisis_visit": ("concerns", "narrative", "destination", ""),
    "crisis_contact": ("concerns", "narrative", "", ""),
    "risk_assessment": ("scale", "narrative", "", ""),
    "field_contact": ("substance", "narrative", "", ""),
    "custody_hold": ("", "circumstances probable_cause history_considered", "", ""),
    "call_for_service": ("", "narrative", "", ""),
    "communication": ("", "text", "", ""),
}
TELLING = (OPIOIDS, "Uses heroin daily.", "New Dawn Recovery", Unit(facility="New Dawn Recovery"))
TABLES = (labeller.CODED, labeller.WRITTEN, labeller.NAMED, labeller.STAYED)
FIELDS = [
    (body, field, n)
    for body, columns in LOOKED_AT.items()
    for n, fields in enumerate(columns)
    for field in fields.split()
]
LAW = {
    "capacity_report": {Regime.OPEN},
    "diversion_status": {Regime.OPEN},
    "service_listing": {Regime.OPEN},
    "certificate": {Regime.EMPLOYMENT},
    "roster": {Regime.EMPLOYMENT},
    "wellness_note": {Regime.EMPLOYMENT},
    "crisis_contact": {Regime.HIPAA, Regime.L988},
    "education_record": {Regime.HIPAA, Regime.FERPA},
    "housing_record": {Regime.HIPAA, Regime.HMIS},
}


def told(body: str, field: str, column: int) -> Any:
    """A body that says in one field what is telling."""
    kind = BODIES[body]
    _, inner, many = unwrap(hints(kind)[field])
    value = OPIOIDS if inner is Code else TELLING[column]
    return kind(**{field: (value,) if many else value})


@pytest.mark.parametrize(("body", "field", "column"), FIELDS, ids=[f"{body}.{field}" for body, field, _ in FIELDS])
def test_a_telling_field_is_looked_at_and_would_be_missed(
    body: str, field: str, column: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = told(body, field, column)
    kind = BODIES[body]

    assert label([said], ED)[0].sensitivities == {"ETH"}

    names = [tuple(name for name in one.get(kind, ()) if name != field) for one in TABLES]
    monkeypatch.setitem(labeller.LOOKS, kind, tuple(labeller._all_of(each) for each in names))
    assert label([said], ED)[0].sensitivities == frozenset()


def test_no_other_field_is_looked_at() -> None:
    held = {
        (body, name, n)
        for n, table in enumerate(TABLES)
        for body, kind in BODIES.items()
        for name in table.get(kind, ())
    }

    assert held == set(FIELDS)


@pytest.mark.parametrize("body", BODIES)
def test_every_body_stands_under_its_own_law_and_that_of_its_sender(body: str) -> None:
    assert label([BODIES[body]()], ED)[0].regimes == LAW.get(body, {Regime.HIPAA})


@pytest.mark.parametrize(
    ("table", "kind"),
    [*(("ALONE", kind) for kind in labeller.ALONE), *(("BESIDE", kind) for kind in labeller.BESIDE)],
    ids=lambda one: one if isinstance(one, str) else one.__name__,
)
def test_a_law_that_is_left_out_is_missed(table: str, kind: type, monkeypatch: pytest.MonkeyPatch) -> None:
    before = label([kind()], ED)[0].regimes
    less = {one: law for one, law in getattr(labeller, table).items() if one is not kind}

    monkeypatch.setattr(labeller, table, less)
    monkeypatch.setattr(labeller, "_labels", {})

    assert label([kind()], ED)[0].regimes != before


def test_what_is_moved_and_how_strict_it_is() -> None:
    at_site, hiv, violence, victim, sealed = (
        label([BODIES["referral"](performer="New Dawn Recovery")], ED)[0],
        label([BODIES["condition"](code=Code(code="B20", system="ICD10CM"))], ED)[0],
        label([BODIES["condition"](code=Code(code="T74.11XA", system="ICD10CM"))], ED)[0],
        label([BODIES["person"]()], Source(regimes=frozenset({Regime.VAWA})))[0],
        label([BODIES["field_contact"](sealed=True)], Source(regimes=frozenset({Regime.CJIS})))[0],
    )
    part2 = label([BODIES["condition"]()], Source(regimes=frozenset({Regime.PART2, Regime.HIPAA})))[0]

    sud = Category.SUD_RECORD
    assert set(at_site.recast) == {(Category.ENCOUNTER, sud), (Category.REFERRAL, sud)}
    assert set(hiv.recast) == {(Category.MH_CLINICAL, Category.HIV), (Category.MEDS, Category.HIV)}
    assert set(part2.recast) == {(Category.MH_CLINICAL, sud), (Category.MEDS, sud)}
    assert [one.confidentiality for one in (at_site, hiv, violence, victim, sealed, part2)] == list("RVVVVV")
    assert label([BODIES["capacity_report"]()], ED)[0].confidentiality == "N"


@pytest.mark.parametrize("name", ["Valley Methadone Clinic", "Detox Unit 3", "NEW DAWN RECOVERY"])
def test_a_place_is_told_by_its_name_or_because_the_county_calls_it_so(name: str) -> None:
    for body in (BODIES["referral"](performer=name), BODIES["encounter"](location=Unit(facility="H1", unit=name))):
        assert label([body], ED)[0].sensitivities == {"ETH"}
    own = Source(regimes=frozenset({Regime.HIPAA}), units={name.lower(): frozenset({Regime.HIPAA})})
    assert label([BODIES["encounter"](location=Unit(unit=name))], own)[0].sensitivities == frozenset()


def test_the_countys_programmes_are_such_places_for_everybody_who_sends() -> None:
    known = load(COUNTY, formats=FORMATS, at=NOON)

    found = sites(known.partners.values())

    assert {"B1-S", "Unit B1-S of clinic B1"} <= found
    assert found.isdisjoint({"B1", "H1", "SH1", "PD"})
    shown = label([BODIES["referral"](performer="b1-s")], source_of(known.partners["H1"], found))
    assert shown[0].sensitivities == {"ETH"}
