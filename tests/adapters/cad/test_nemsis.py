"""NEMSIS reports: what the standard refuses is refused with line and rule, and a pertinent negative is never read as a positive."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TypeVar

import pytest
from lxml import etree

from adapters.cad.nemsis.adapter import SHAPE, SPACE, Nemsis
from adapters.wire import xml, xml_shape
from hub.contracts import Reading
from hub.errors import Unmapped, Unreadable
from hub.model.care import Allergy, Condition, Document, Encounter, Medication, Observation
from hub.model.person import Person
from hub.model.public_safety import CallForService
from tests.adapters.schemas import faults, published
from tests.adapters.spoiling import spoiled
from tests.disclosing import RECEIVED, TARGET, disclose
from tests.samples import every, samples

FOLDER = "public_safety/nemsis_3_5_1"
GOLDEN = Path(__file__).parents[2] / "golden" / "nemsis"
NIL = 'xsi:nil="true"'
B = TypeVar("B")


def golden(case: str = "symptoms-that-are-not-there") -> str:
    """The wire of a golden case."""
    return (GOLDEN / case / "wire.xml").read_text(encoding="utf-8")


def reading(body: str | bytes) -> Reading:
    """What the adapter reads of a report."""
    return Nemsis().read(body if isinstance(body, bytes) else body.encode(), RECEIVED)


def bodies(found: Reading, kind: type[B]) -> list[B]:
    """The bodies of a kind."""
    return [event.body for event in found.events if isinstance(event.body, kind)]


def put(name: str, text: str, case: str = "symptoms-that-are-not-there") -> str:
    """A golden report in which the first element of a name stands otherwise."""
    found, count = re.subn(rf"<{re.escape(name)}( [^>]*)?(/>|>[^<]*</{re.escape(name)}>)", text, golden(case), count=1)
    assert count
    return found


# -- pertinent negatives, nil and NV


def test_a_symptom_that_is_not_there_is_no_condition() -> None:
    found = reading(golden())

    assert "R44.0" not in {one.code.code for one in bodies(found, Condition) if one.code}
    absent = [one for one in bodies(found, Observation) if one.code and one.code.code == "R44.0"]
    assert [(one.coded.code, one.coded.display) for one in absent if one.coded] == [("8801031", "Symptom Not Present")]


def test_a_medication_that_was_refused_is_no_medication() -> None:
    found = reading(golden())

    assert [one.code.code for one in bodies(found, Medication) if one.code] == ["36437", "7512"]
    refused = [one for one in bodies(found, Observation) if one.code and one.code.code == "6470"]
    assert [one.coded.display for one in refused if one.coded] == ["Refused"]


@pytest.mark.parametrize("code", ["8801015", "8801023"])
def test_none_reported_makes_no_finding(code: str) -> None:
    found = reading(put("eHistory.17", f'<eHistory.17 {NIL} PN="{code}"/>'))

    assert not [one for one in bodies(found, Observation) if one.code and one.code.code == "eHistory.17"]


def test_no_known_drug_allergy_makes_no_allergy() -> None:
    whole = re.sub(r"\s*<eHistory.06[^\n]*", "", golden()).replace(
        "<eHistory.07>", f'<eHistory.06 {NIL} PN="8801013"/>\n<eHistory.07>'
    )

    found = reading(whole)

    assert [one.code.system for one in bodies(found, Allergy) if one.code] == ["http://snomed.info/sct"]


def test_what_is_nil_says_nothing_and_why_is_counted() -> None:
    found = reading(golden("nobody-was-found"))

    assert not any(bodies(found, kind) for kind in (Person, Condition, Medication, Allergy, Observation, Document))
    assert not any(event.cleared for event in found.events)
    reasons = [loss for loss in found.account().items if loss.path.endswith(("/@NV", "/@PN"))]
    assert len(reasons) > 50
    assert {loss.outcome for loss in reasons} == {"transformed"}


def test_an_onset_that_is_approximate_has_its_time() -> None:
    assert "eSituation.01" in golden()
    assert not reading(golden()).invalid
    with pytest.raises(Unreadable, match="nemSch_e004"):
        reading(put("eSituation.01", f'<eSituation.01 {NIL} PN="8801029"/>'))


@pytest.mark.parametrize(
    ("name", "text", "rule"),
    [
        ("eTimes.07", f"<eTimes.07 {NIL}/>", "nemSch_e001"),
        ("eTimes.07", '<eTimes.07 NV="7701003">2026-03-10T14:13:02-07:00</eTimes.07>', "nemSch_e002"),
        ("eSituation.01", '<eSituation.01 PN="8801023">2026-03-10T13:30:00-07:00</eSituation.01>', "nemSch_e003"),
        ("eSituation.10", f'<eSituation.10 {NIL} PN="8801031"/>', "nemSch_e005"),
        ("eMedications.03", f'<eMedications.03 {NIL} PN="8801019"/>', "nemSch_e006"),
        ("eProcedures.03", f'<eProcedures.03 {NIL} PN="8801019"/>', "nemSch_e007"),
        ("eHistory.17", '<eHistory.17 PN="8801015">3117005</eHistory.17>', "nemSch_e008"),
        ("eHistory.17", f'<eHistory.17 {NIL} PN="8801015" NV="7701003"/>', "nemSch_e008"),
        ("eTimes.07", f'<eTimes.07 {NIL} NV="7701009"/>', "NV"),
        ("eTimes.07", f'<eTimes.07 {NIL} PN="8801019"/>', "PN"),
        ("eResponse.01", f'<eResponse.01 {NIL} NV="7701003"/>', "NV"),
        ("eTimes.07", f'<eTimes.07 {NIL} NV="7701003">2026-03-10T14:13:02-07:00</eTimes.07>', "nil"),
    ],
)
def test_each_rule_of_nil_nv_and_pn_refuses(name: str, text: str, rule: str) -> None:
    with pytest.raises(Unreadable) as refused:
        reading(put(name, text))

    assert f"[{rule}]" in str(refused.value)
    assert refused.value.at.startswith("line ")


# -- what is read


def test_a_report_says_who_what_where_and_whereto() -> None:
    found = reading(golden())

    person, call, stay = (bodies(found, kind)[0] for kind in (Person, CallForService, Encounter))
    assert isinstance(person, Person)
    assert (person.names[0].family, person.ssn, person.age) == ("Doe", "", "36")
    assert [race.code for race in person.race] == ["2054-5"]
    assert person.ethnicity is not None
    assert isinstance(call, CallForService)
    assert (call.incident, call.crisis and call.crisis.code) == ("26-7", "behavioral_health")
    assert call.place is not None
    assert (call.place.latitude, call.place.longitude) == ("33.4484", "-112.0740")
    assert isinstance(stay, Encounter)
    assert stay.discharge_disposition is not None
    assert stay.discharge_disposition.display == "Mental Health Facility"
    # A procedure of the past stands among the history, and is no condition.
    assert "0JHT3VZ" not in {one.code.code for one in bodies(found, Condition) if one.code}


def test_a_code_that_no_table_knows_is_a_work_item() -> None:
    found = reading(put("ePatient.24", "<ePatient.24>amh</ePatient.24>"))

    assert found.unmapped_codes == (("language", "amh"),)


def test_a_code_that_the_standard_does_not_have_is_refused() -> None:
    with pytest.raises(Unreadable) as refused:
        reading(put("eDispatch.01", "<eDispatch.01>2301999</eDispatch.01>"))

    assert refused.value.at.endswith("eDispatch.01")
    assert "[form]" in str(refused.value)


def test_each_report_is_a_piece_of_its_own() -> None:
    whole = golden("two-reports-in-one-file").encode()

    pieces = list(Nemsis().split(whole))

    names = [bodies(reading(piece), Person)[0].names[0].family for piece in pieces]
    assert names == ["Roe", "Poe"]
    assert b"Poe" not in pieces[0]
    assert len({reading(piece).message_id for piece in pieces}) == 2


def test_a_file_of_several_is_judged_by_its_own_lines() -> None:
    whole = golden("two-reports-in-one-file")
    last = whole.rindex("<eDisposition.27>")

    with pytest.raises(Unreadable) as refused:
        list(Nemsis().split(f"{whole[:last]}<eDisposition.26>4226001</eDisposition.26>{whole[last:]}".encode()))

    assert refused.value.at == f"line {whole[:last].count(chr(10)) + 1} eDisposition.26"


def test_reports_are_not_written() -> None:
    with pytest.raises(Unmapped):
        Nemsis().write(disclose([Person(ssn="1")]), TARGET)


def test_another_root_or_namespace_is_refused() -> None:
    for body in (b"<EMSDataSet/>", f'<Other xmlns="{SPACE}"/>'.encode()):
        with pytest.raises(Unreadable, match="EMSDataSet"):
            reading(body)


# -- reports of other people, held against the published schema


def schema() -> etree.XMLSchema:
    """The published schema, all elements of it."""
    return published(samples(FOLDER) / "NEMSIS_EMS_XSDs_full.tar.xz", "EMSDataSet_v3.xsd")


@pytest.mark.parametrize("path", [*every(f"{FOLDER}/samples_full/*.xml"), *every(f"{FOLDER}/samples_national/*.xml")])
def test_a_report_that_validates_is_read(path: Path) -> None:
    found = reading(path.read_bytes())

    assert bodies(found, Person)
    assert not found.invalid


@pytest.mark.parametrize(
    ("name", "at", "rule"),
    [
        ("2025-EMS-FailXsd_v351.xml", "line 121 eSituation", "[least]"),
        ("2025-EMS-FailSchematron_v351.xml", "line 135 eSituation.10", "[nemSch_e005]"),
    ],
)
def test_a_report_that_fails_is_refused_with_line_and_rule(name: str, at: str, rule: str) -> None:
    with pytest.raises(Unreadable) as refused:
        reading((samples(f"{FOLDER}/samples_fail") / name).read_bytes())

    assert refused.value.at == at
    assert rule in str(refused.value)


WRONG = {"empty": "", "odd": "~ odd ~ " * 40, "code": "2205003"}


@pytest.mark.slow
def test_our_shape_judges_as_the_published_schema_does() -> None:
    folder = samples(FOLDER)
    judge, shape = schema(), xml_shape.load(SHAPE)
    tried = 0
    for path in sorted((folder / "samples_full").glob("*.xml")):
        for name, whole in spoiled(xml.read(path.read_bytes()), WRONG, most=120, bare=True):
            if name.endswith("}eDevice.05 odd"):
                continue  # the schema's own judge takes any characters for base64
            tried += 1
            assert judge.validate(whole) == (next(shape.faults(whole), None) is None), (path.name, name)
    assert tried > 1500


def test_the_golden_reports_are_valid() -> None:
    for case in GOLDEN.iterdir():
        assert faults(schema(), (case / "wire.xml").read_bytes()) == []
