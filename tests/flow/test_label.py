"""Where a fact comes from, what it says and what came with it decide the law that it stands under."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.errors import Misconfigured
from hub.flow.label import ALONE, CODED, NAMED, WRITTEN, Source, label, source_of
from hub.model.care import Condition, Disposition, Document, Encounter, Medication, Observation
from hub.model.category import Category, Regime
from hub.model.crisis import CrisisContact
from hub.model.person import Person
from hub.model.public_safety import FieldContact
from hub.model.registry import BODIES, hints, unwrap
from hub.model.service import CapacityReport, HousingRecord, Referral, Roster, VictimService
from hub.model.values import Code, Instant, PartialDate, Unit
from hub.partners import Agreement, Partner
from hub.partners import Source as Sent
from tests.flow.canaries import body

HIPAA, PART2 = Regime.HIPAA, Regime.PART2
CLINIC = Source(
    regimes=frozenset({HIPAA}),
    units={"b1-s": frozenset({HIPAA, PART2}), "general/detox": frozenset({HIPAA, PART2})},
    sud_sites=frozenset({"new dawn recovery"}),
)
OPIOIDS = Condition(code=Code(code="F11.20", system="ICD10CM"))


def at(unit: str, facility: str = "", before: Unit | None = None) -> Encounter:
    return Encounter(number="V1", location=Unit(unit=unit, facility=facility), prior_location=before)


def test_the_same_code_is_hipaa_from_the_ed_and_part_2_from_the_part_2_unit() -> None:
    _, from_ed = label([at("ED"), OPIOIDS], CLINIC)
    _, from_unit = label([at("B1-S"), OPIOIDS], CLINIC)

    assert from_ed.regimes == {HIPAA}
    assert from_ed.recast == ()
    assert from_unit.regimes == {HIPAA, PART2}
    assert (Category.MH_CLINICAL, Category.SUD_RECORD) in from_unit.recast
    assert (Category.MEDS, Category.SUD_RECORD) in from_unit.recast
    assert from_ed.sensitivities == from_unit.sensitivities == {"ETH"}


def test_presence_at_a_part_2_unit_is_itself_part_2() -> None:
    person, encounter = label([Person(), at("detox", "General")], CLINIC)

    assert PART2 in person.regimes
    assert PART2 in encounter.regimes
    assert person.confidentiality == "V"


def test_a_transfer_out_of_the_unit_still_tells_of_it() -> None:
    encounter, condition = label([at("PSY", before=Unit(unit="B1-S")), Condition(code=Code(code="F33.1"))], CLINIC)

    assert PART2 in encounter.regimes
    assert PART2 not in condition.regimes


def test_a_referral_from_the_unit_is_part_2() -> None:
    (referral,) = label([Referral(requester="B1-S", performer="B1")], CLINIC)

    assert PART2 in referral.regimes


@pytest.mark.parametrize(
    "told",
    [
        Referral(performer="New Dawn Recovery"),
        Disposition(destination="new dawn recovery"),
        Encounter(discharged_to="New Dawn Recovery"),
    ],
    ids=lambda told: type(told).__name__,
)
def test_a_place_whose_name_implies_substance_use_care_is_such_a_fact(told: Referral | Disposition | Encounter) -> None:
    (found,) = label([told], CLINIC)

    assert "ETH" in found.sensitivities
    assert (Category.REFERRAL, Category.SUD_RECORD) in found.recast
    assert (Category.ENCOUNTER, Category.SUD_RECORD) in found.recast


@pytest.mark.parametrize(
    ("fact", "sensitivity", "moved"),
    [
        (Condition(code=Code(code="F10.20", system="ICD10CM")), "ETH", None),
        (Condition(code=Code(local="F1120", local_system="I10")), "ETH", None),
        (Condition(code=Code(code="304.00", system="I9C")), "ETH", None),
        (Medication(code=Code(code="1819", system="RXNORM")), "ETH", None),
        (Medication(code=Code(local="X9", display="SUBOXONE 8-2 mg film")), "ETH", None),
        (Medication(code=Code(local="MET", display="Methadone HCl, 10 mg")), "ETH", None),
        (Observation(code=Code(code="82667-7", system="LN")), "ETH", None),
        (Condition(code=Code(code="B20", system="ICD10CM")), "HIV", Category.HIV),
        (Condition(code=Code(code="Z21", system="http://hl7.org/fhir/sid/icd-10-cm")), "HIV", Category.HIV),
        (Medication(code=Code(display="Biktarvy")), "HIV", Category.HIV),
        (Condition(code=Code(code="O03.9", system="I10")), "SEX", Category.REPRODUCTIVE),
        (Condition(code=Code(code="T74.11XA", system="I10")), "SDV", None),
        (Condition(code=Code(code="F20.9", system="I10")), "PSY", None),
        (Document(body="Patient admits heroin use."), "ETH", None),
        (Condition(text="HIV-positive since 2019"), "HIV", Category.HIV),
    ],
    ids=lambda value: repr(value)[:40],
)
def test_values_set_sensitivities(fact: Condition, sensitivity: str | None, moved: Category | None) -> None:
    (found,) = label([fact], CLINIC)

    assert found.sensitivities == ({sensitivity} if sensitivity else set())
    assert {target for _, target in found.recast} == ({moved} if moved else set())


@pytest.mark.parametrize(
    "code",
    [
        Code(code="F17.210", system="ICD10CM"),
        Code(code="8867-4", system="LN"),
        Code(local="OBS", local_system="L"),
        Code(local="304", local_system="WARD"),
        Code(code="1819", system="LOCAL"),
    ],
    ids=lambda code: code.code or code.local,
)
def test_tobacco_vital_signs_and_local_codes_are_nothing_of_the_sort(code: Code) -> None:
    assert label([Observation(code=code)], CLINIC)[0].sensitivities == frozenset()


def test_counts_and_rosters_stand_under_no_health_law() -> None:
    beds, roster = label([CapacityReport(available=2), Roster(unit="12A")], CLINIC)

    assert beds.regimes == {Regime.OPEN}
    assert roster.regimes == {Regime.EMPLOYMENT}
    assert beds.confidentiality == "N"


def test_some_bodies_bring_their_own_law() -> None:
    police = Source(regimes=frozenset({Regime.CJIS}))

    contact, housing, victim = label([CrisisContact(), HousingRecord(), VictimService()], police)

    assert contact.regimes == {Regime.CJIS, Regime.L988}
    assert housing.regimes == {Regime.CJIS, Regime.HMIS}
    # 34 USC 12291(b)(2)(D): what police themselves wrote about domestic violence is no victim-service record.
    assert victim.regimes == {Regime.CJIS}


def test_a_sealed_or_juvenile_record_seals_its_message() -> None:
    police = Source(regimes=frozenset({Regime.CJIS}))

    for record in (FieldContact(sealed=True), FieldContact(juvenile=True)):
        assert all(Regime.SEALED in found.regimes for found in label([Person(), record], police))
    assert label([FieldContact(sealed=False)], police)[0].regimes == {Regime.CJIS}


@pytest.mark.parametrize(
    ("person", "sealed"),
    [
        (Person(age="15"), True),
        (Person(age="18"), False),
        (Person(birth_date=PartialDate(iso="2008-03-11")), True),
        (Person(birth_date=PartialDate(iso="2008-03-10")), False),
        (Person(birth_date=PartialDate(iso="2008")), True),
        (Person(), False),
    ],
)
def test_a_police_record_of_somebody_who_was_no_adult_then_is_a_juveniles_without_its_flag(
    person: Person, *, sealed: bool
) -> None:
    police = Source(regimes=frozenset({Regime.CJIS}))
    # 2026-03-10T12:00:00Z
    record = FieldContact(started_at=Instant(at=1_773_144_000_000_000), juvenile=False)

    assert [Regime.SEALED in found.regimes for found in label([person, record], police)] == [sealed, sealed]


def test_labels_in_stay_on() -> None:
    (found,) = label([OPIOIDS], CLINIC, inherited=("42CFRPart2", "NORDSCLCD"))

    assert found.inherited == ("42CFRPart2", "NORDSCLCD")
    # Nobody said that it was received under a TPO consent, so the stricter regime holds.
    assert PART2 in found.regimes


def test_a_sender_that_nobody_described_is_unknown() -> None:
    assert label([OPIOIDS], Source())[0].regimes == {Regime.UNKNOWN}


def test_equal_labels_are_one_object() -> None:
    first, second = (label([at("ED"), OPIOIDS], CLINIC)[1] for _ in range(2))

    assert first is second


@given(st.lists(st.sampled_from(sorted(BODIES)), max_size=5))
def test_every_body_gets_a_label_with_a_regime(roots: list[str]) -> None:
    found = label([body(root) for root in roots], CLINIC)

    assert len(found) == len(roots)
    assert all(one.regimes and Regime.UNKNOWN not in one.regimes for one in found)


@pytest.mark.parametrize("table", [CODED, WRITTEN, NAMED])
def test_the_tables_name_fields_that_exist(table: dict[type, tuple[str, ...]]) -> None:
    assert [(kind, name) for kind, names in table.items() for name in names if name not in hints(kind)] == []


def test_every_clinical_code_and_every_free_text_is_looked_at() -> None:
    missing = []
    for kind in BODIES.values():
        for name, hint in hints(kind).items():
            category, inner, _ = unwrap(hint)
            if inner is Code and category in (Category.MH_CLINICAL, Category.MEDS) and name not in UNTELLING:
                missing += [f"{kind.__name__}.{name}"] if name not in CODED.get(kind, ()) else []
            if inner is str and category is Category.NARRATIVE and kind not in ALONE:
                missing += [f"{kind.__name__}.{name}"] if name not in WRITTEN.get(kind, ()) else []

    assert missing == []


# Coded fields that qualify another one and never say what somebody has or takes.
UNTELLING = {
    *("clinical_status", "verification", "status", "kind", "route", "severity", "method", "interpretation"),
    *("intent", "form"),
}


def partner(**source: object) -> Partner:
    agreement = Agreement(id="A", kind="BAA", hub_is="QSO", starts="2026-01-01", ends="2027-01-01", signature="s")
    sent = Sent(format="hl7v2", **source)  # type: ignore[arg-type]  # regime and units, as the file says them
    return Partner(id="b1", name="Clinic B1", kind="BH_PROVIDER", state="DEMO", agreement=agreement, source=sent)


def test_a_partner_file_says_the_regime_of_each_unit() -> None:
    source = source_of(partner(regime="HIPAA", units={"B1-S": "PART2", "VS": "VAWA"}))

    assert source.regimes == {HIPAA}
    # A Part 2 programme of a clinic is a covered entity too; a victim service in the same house is not.
    assert source.units == {"b1-s": {HIPAA, PART2}, "vs": {Regime.VAWA}}


def test_a_part_2_programme_of_its_own_stands_under_hipaa_too() -> None:
    assert source_of(partner(regime="PART2")).regimes == {HIPAA, PART2}
    assert source_of(partner(regime="CJIS")).regimes == {Regime.CJIS}


def test_a_partner_that_sends_nothing_has_no_regime() -> None:
    assert source_of(msgspec.structs.replace(partner(regime="HIPAA"), source=None)).regimes == {Regime.UNKNOWN}


def test_a_regime_that_nobody_knows_is_refused_with_the_nearest() -> None:
    with pytest.raises(Misconfigured, match='Did you mean "PART2"'):
        source_of(partner(regime="HIPAA", units={"B1-S": "PART22"}))


def test_what_a_housing_record_says_of_a_condition_is_looked_at() -> None:
    (found,) = label([HousingRecord(disabling=Code(code="F11.20", system="ICD10CM"))], CLINIC)

    assert found.sensitivities == {"ETH"}
