"""C-CDA: what is negated is never read as if it were so, words stay free text, and a document in a message is about its person."""

from __future__ import annotations

import json
import re
from base64 import b64encode
from pathlib import Path
from typing import Any, TypeVar

import pytest

from adapters.ehr.ccda.adapter import Ccda
from adapters.ehr.ccda.enclosed import labels_in
from adapters.ehr.fhir import Fhir
from adapters.ehr.hl7v2 import Hl7v2
from hub.contracts import Reading
from hub.errors import Unmapped, Unreadable
from hub.model.care import Allergy, CarePlan, Condition, Document, Encounter, Medication, Observation
from hub.model.category import Category
from hub.model.person import Person
from hub.model.registry import FIELDS
from tests.disclosing import RECEIVED, TARGET, disclose
from tests.samples import every, samples

GOLDEN = Path(__file__).parents[2] / "golden" / "ccda"
SAMPLES = "healthcare/c-cda-examples"
ABSENT = "410516002"
B = TypeVar("B")


def golden(case: str = "a-summary-of-care") -> str:
    """The wire of a golden case."""
    return (GOLDEN / case / "wire.xml").read_text(encoding="utf-8")


def reading(text: str | bytes) -> Reading:
    """What the adapter reads of a document."""
    return Ccda().read(text if isinstance(text, bytes) else text.encode(), RECEIVED)


def bodies(found: Reading, kind: type[B]) -> list[B]:
    """The bodies of a kind."""
    return [event.body for event in found.events if isinstance(event.body, kind)]


def codes(found: Reading, kind: Any) -> list[str]:
    """The codes of the bodies of a kind."""
    return [one.code.code for one in bodies(found, kind) if one.code]


# -- what is not so


def test_what_is_negated_is_a_finding_that_says_absent_and_nothing_else() -> None:
    found = reading(golden())

    negated = {"69322001", "6470", "1191"}
    assert not negated & {*codes(found, Condition), *codes(found, Medication), *codes(found, Allergy)}
    said = {one.code.code: one.coded.code for one in bodies(found, Observation) if one.code and one.coded}
    assert said == dict.fromkeys(negated, ABSENT)


def test_no_known_allergies_is_no_allergy_and_no_information_no_problem() -> None:
    found = reading(golden("no-known-anything"))

    assert not bodies(found, Allergy)
    assert not bodies(found, Condition)
    assert not bodies(found, Medication)


@pytest.mark.parametrize("spelling", ["true", "1", " TRUE "])
def test_any_problem_may_be_negated(spelling: str) -> None:
    old = '<observation classCode="OBS" moodCode="EVN"><templateId root="2.16.840.1.113883.10.20.22.4.4"'
    assert golden().count(old) > 2

    found = reading(golden().replace(old, old.replace("EVN", f'EVN" negationInd="{spelling}')))

    assert codes(found, Condition) == []


CONCERN = '<act classCode="ACT" moodCode="EVN"><templateId root="2.16.840.1.113883.10.20.22.4.3"'
PROBLEM = '<observation classCode="OBS" moodCode="EVN"><templateId root="2.16.840.1.113883.10.20.22.4.4"'
FATHER = '<subject><relatedSubject classCode="PRS"><code code="FTH"/></relatedSubject></subject>'


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (CONCERN, CONCERN.replace('"EVN"', '"EVN" negationInd="true"')),
        (CONCERN, CONCERN.replace('"EVN"', '"EVN" nullFlavor="NI"')),
        ('<statusCode code="active"/>\n', '<statusCode code="nullified"/>\n'),
        ('<statusCode code="active"/>\n', f'<statusCode code="active"/>{FATHER}\n'),
        ('<entryRelationship typeCode="SUBJ">', '<entryRelationship typeCode="SUBJ" negationInd="true">'),
        ('<statusCode code="completed"/>', '<statusCode code="nullified"/>'),
        ('<statusCode code="completed"/>', '<statusCode code="cancelled"/>'),
        (PROBLEM, PROBLEM.replace('"EVN"', '"EVN" nullFlavor="UNK"')),
        ("<title>Problems</title>", f"<title>Problems</title>{FATHER}"),
        ("2.16.840.1.113883.10.20.22.2.5.1", "2.16.840.1.113883.10.20.22.2.15"),
        ("11450-4", "10157-6"),
    ],
)
def test_a_problem_taken_back_above_or_about_somebody_else_is_no_condition(old: str, new: str) -> None:
    assert old in golden()

    assert not {"370143000", "F10.20"} & set(codes(reading(golden().replace(old, new)), Condition))


def test_a_part_of_a_family_history_is_family_history_too() -> None:
    outer = '<section><templateId root="2.16.840.1.113883.10.20.22.2.15"/><component>'
    nested = (
        golden().replace("<section>", f"{outer}<section>").replace("</section>", "</section></component></section>")
    )

    assert reading(nested).events
    assert codes(reading(nested), Condition) == []


@pytest.mark.parametrize("state", ["nullified", "cancelled"])
def test_what_never_was_is_no_allergy_medication_encounter_or_plan(state: str) -> None:
    never = golden().replace('<statusCode code="active"/>', f'<statusCode code="{state}"/>')
    never = never.replace('<code code="99213"', f'<statusCode code="{state}"/><code code="99213"')
    never = re.sub(r'(4\.(40|121)"/>)', rf'\1<statusCode code="{state}"/>', never)

    found = reading(never)

    assert codes(found, Allergy) == []
    assert [one.kind.code for one in bodies(found, Medication) if one.kind] == ["INT"] * (state == "cancelled")
    assert [one.number for one in bodies(found, Encounter)] == ["V-9"]
    assert not bodies(found, CarePlan)


def test_a_problem_that_ended_nobody_knows_when_is_resolved() -> None:
    ended = golden().replace('<low value="201903"/>', '<low value="201903"/><high nullFlavor="UNK"/>')

    (found,) = (one for one in bodies(reading(ended), Condition) if one.code and one.code.code == "370143000")

    assert found.clinical_status
    assert found.clinical_status.code == "resolved"


def test_the_diseases_of_a_father_are_not_the_patients() -> None:
    text = golden()
    start = text.index("Family history")

    assert "F10.20" in text[start:]
    assert codes(reading(text), Condition).count("F10.20") == 1


# -- what is read


def test_problems_have_their_status_and_diagnoses_say_that_they_are() -> None:
    found = bodies(reading(golden()), Condition)

    told = [
        (one.code.code if one.code else "", one.kind.code, one.clinical_status.code if one.clinical_status else "")
        for one in found
        if one.kind
    ]
    assert told == [
        ("370143000", "problem-list-item", "active"),
        ("F10.20", "problem-list-item", "resolved"),
        ("", "problem-list-item", ""),
        ("F41.1", "encounter-diagnosis", ""),
    ]


def test_words_in_place_of_a_code_are_free_text() -> None:
    (one,) = [one for one in bodies(reading(golden()), Condition) if one.code is None]

    assert one.text == "Feels watched at night"
    assert {field.category for field in FIELDS if field.path == "condition.text"} == {Category.NARRATIVE}


def test_the_person_is_known_by_the_header() -> None:
    (person,) = bodies(reading(golden()), Person)

    assert [(one.assigner, one.value) for one in person.identifiers] == [("2.999.1.1", "MRN-4711")]
    assert (person.ssn, person.names[0].given, person.birth_date and person.birth_date.iso) == (
        "000-00-0000",
        ("Riley", "Quinn"),
        "1990-03-14",
    )
    assert [(one.system, one.use, one.value) for one in person.telecoms] == [
        ("phone", "mobile", "+1-602-555-0119"),
        ("email", "", "riley@example.org"),
    ]
    assert [one.name.family for one in person.related if one.name] == ["Doe"]


def test_what_is_planned_goes_out_in_fhir_as_a_request_and_what_is_taken_as_a_statement() -> None:
    taken, planned = bodies(reading(golden()), Medication)

    found = json.loads(Fhir().write(disclose([taken, planned]), TARGET).body)["entry"]

    kinds = {one["resource"]["resourceType"]: one["resource"].get("intent") for one in found}
    assert kinds["MedicationRequest"] == "plan"
    assert kinds["MedicationStatement"] is None


STATUS_OF_ALLERGY = (
    '<entryRelationship typeCode="SUBJ"><observation classCode="OBS" moodCode="EVN"><templateId root="2.16.840.1.113883.10.20.22.4.28"/>'
    '<value xsi:type="CD" code="{}" codeSystem="2.16.840.1.113883.6.96"/></observation></entryRelationship>'
)


@pytest.mark.parametrize(
    ("ends", "state", "known"),
    [
        ("", "55561003", ["7980"]),
        ("", "73425007", []),
        ("", "413322009", []),
        ('<high value="2015"/>', "55561003", []),
    ],
)
def test_an_allergy_that_is_over_is_none(ends: str, state: str, known: list[str]) -> None:
    before, found, after = golden().partition(
        'displayName="penicillin G"/></playingEntity></participantRole></participant>'
    )
    start, low, rest = before.rpartition('<low value="2010"/>')
    said = f"{start}{low}{ends}{rest}{found}{STATUS_OF_ALLERGY.format(state)}{after}"

    assert codes(reading(said), Allergy) == known


def test_medications_allergies_encounters_and_the_plan() -> None:
    found = reading(golden())

    assert [(one.code.code, one.kind.code, one.sig) for one in bodies(found, Medication) if one.code and one.kind] == [
        ("36437", "EVN", "Sertraline 50 mg in the morning"),
        ("5553", "INT", "Was offered hydroxyzine"),
    ]
    assert [(one.reactions, one.severity.code) for one in bodies(found, Allergy) if one.severity] == [
        (("Hives",), "6736007")
    ]
    assert [(one.number, one.location.facility) for one in bodies(found, Encounter) if one.location] == [
        ("V-9", "Exampleton Crisis Center"),
        ("V-3", "Exampleton Clinic"),
    ]
    (plan,) = bodies(found, CarePlan)
    assert (plan.goals, [one.code for one in plan.activities]) == (("Sleep through the night",), ["185349003"])


def test_the_document_says_what_it_is_before_its_sections() -> None:
    first = bodies(reading(golden()), Document)[0]

    assert first.kind
    assert (first.kind.code, first.title, first.body) == ("34133-9", "Summary of care", "")
    assert [one.name.family for one in first.author if one.name] == ["Poe"]


SAID = '<languageCommunication><languageCode code="es"/></languageCommunication>'
PREFERRED = '<languageCommunication><languageCode code="vi"/><preferenceInd value="true"/></languageCommunication>'
BORN = "<birthplace><place><addr><city>Exampleton</city><state>AZ</state></addr></place></birthplace>"


def test_the_language_that_is_preferred_comes_before_the_first() -> None:
    (person,) = bodies(reading(golden().replace(SAID, f"{BORN}{SAID}{PREFERRED}")), Person)

    assert person.language
    assert (person.language.code, person.birth_place) == ("vi", "Exampleton AZ")


def somebody(family: str) -> str:
    """An assigned entity of that name."""
    name = f"<assignedPerson><name><family>{family}</family></name></assignedPerson>"
    return f"<assignedEntity><id root='2.16.840.1.113883.4.6' extension='{family}'/>{name}</assignedEntity>"


def test_everybody_of_the_header_stands_where_they_took_part() -> None:
    treats = f"<performer typeCode='PRF'><functionCode code='PCP'/>{somebody('Home')}</performer>"
    rides = f"<performer typeCode='PRF'>{somebody('Peer')}</performer>"
    took = "".join(
        f"<encounterParticipant typeCode='{kind}'>{somebody(kind)}</encounterParticipant>"
        for kind in ("ATND", "ADM", "CON", "REF")
    )
    service = f"<documentationOf><serviceEvent classCode='PCPR'>{treats}{rides}</serviceEvent></documentationOf>"
    text = (
        golden()
        .replace("<componentOf>", f"{service}<componentOf>")
        .replace("<location><healthCare", f"{took}<location><healthCare", 1)
    )

    visit = bodies(reading(text), Encounter)[0]

    named = (
        visit.attending,
        visit.admitting,
        visit.consulting,
        visit.referring,
        visit.primary_care,
        visit.participants,
    )
    assert [[one.id for one in people] for people in named] == [["ATND"], ["ADM"], ["CON"], ["REF"], ["Home"], ["Peer"]]


def test_a_plan_has_its_title_its_time_and_what_was_advised() -> None:
    planned = '<templateId root="2.16.840.1.113883.10.20.22.4.40"'
    advised = '<templateId root="2.16.840.1.113883.10.20.22.4.20"'
    assert planned in golden()
    span = "<effectiveTime><low value='20260301'/><high value='20260601'/></effectiveTime>"
    service = f"<documentationOf><serviceEvent classCode='PCPR'>{span}</serviceEvent></documentationOf>"
    kind = '<templateId root="2.16.840.1.113883.10.20.22.1.2" extension="2015-08-01"/>'
    whole = (
        golden().replace(kind, kind.replace("22.1.2", "22.1.15")).replace("<componentOf>", f"{service}<componentOf>")
    )

    (section,), (plan,) = (bodies(reading(text), CarePlan) for text in (golden().replace(planned, advised), whole))

    assert (section.title, [one.code for one in section.activities]) == ("Plan of treatment", ["185349003"])
    assert plan.period_start
    assert plan.period_end
    assert (plan.title, plan.period_start.iso, plan.period_end.iso) == ("Summary of care", "2026-03-01", "2026-06-01")


def test_each_section_is_kept_in_words() -> None:
    found = {one.title: one.body for one in bodies(reading(golden()), Document)}

    assert found["Social history"] == "Lives alone.\nTwo cats."
    assert found["Problems"] == "Major depression | active\nFeels watched at night"


def test_a_body_that_is_no_xml_is_kept_whole() -> None:
    (one,) = bodies(reading(golden("a-scan")), Document)

    assert (one.media_type, one.body) == ("application/pdf", "data:;base64,JVBERi0xLjQK")


def test_how_confidential_it_is_binds_who_has_it() -> None:
    assert reading(golden()).inherited == ("N", "R")
    assert reading(golden("a-scan")).inherited == ("R",)


# -- what is refused


def test_another_root_is_refused() -> None:
    with pytest.raises(Unreadable, match="ClinicalDocument"):
        reading("<ClinicalDocument/>")


def test_a_document_about_nobody_is_refused_and_one_about_two_is_parked() -> None:
    text = golden()
    start, end = text.index("  <recordTarget>"), text.index("</recordTarget>") + len("</recordTarget>")

    with pytest.raises(Unreadable, match="no patient"):
        reading(text[:start] + text[end:])
    with pytest.raises(Unmapped, match="several patients"):
        reading(text[:end] + text[start:end] + text[end:])


def test_it_is_not_written() -> None:
    with pytest.raises(Unmapped):
        Ccda().write(disclose([Person(ssn="1")]), TARGET)


# -- within a message


def message(document: str, *, born: str = "19900314", kind: str = "MDM^T02^MDM_T02") -> bytes:
    """A message that encloses a document."""
    packed = b64encode(document.encode()).decode()
    first = "TXA|1|CN|AP" if kind.startswith("MDM") else "OBR|1|||34133-9^Summary^LN"
    lines = (
        rf"MSH|^~\&|EHR|H1|HUB|CRISIS|20260301093000-0700||{kind}|7|P|2.5.1",
        f"PID|1||MRN-4711^^^H1^MR||Doe^Riley||{born}|F",
        first,
        f"OBX|1|ED|34133-9^Summary^LN||^application^xml^Base64^{packed}||||||F",
    )
    return "\r".join((*lines, "")).encode()


@pytest.mark.parametrize("kind", ["MDM^T02^MDM_T02", "ORU^R01^ORU_R01"])
def test_a_document_in_a_message_is_read_and_kept_whole(kind: str) -> None:
    found = Hl7v2().read(message(golden(), kind=kind), RECEIVED)

    assert codes(found, Condition) == ["370143000", "F10.20", "F41.1"]
    assert codes(found, Medication) == ["36437", "5553"]
    (person,), (whole,) = bodies(found, Person), bodies(found, Document)
    assert [one.value for one in person.identifiers] == ["MRN-4711"]
    assert whole.body == golden()
    assert found.inherited == ("N", "R")
    assert len({event.id for event in found.events}) == len(found.events)
    assert {event.source_message for event in found.events} == {"7"}


@pytest.mark.parametrize("charset", ["iso-8859-1", "utf-16"])
def test_a_document_in_another_charset_is_read_in_a_message_too(charset: str) -> None:
    text = golden().replace("UTF-8", charset, 1).replace("Sertraline", "Sertralin für Zoë")
    packed = b64encode(text.encode(charset)).decode()
    wire = message("").replace(b"^Base64^|", f"^Base64^{packed}|".encode())

    found = Hl7v2().read(wire, RECEIVED)

    assert codes(found, Condition) == ["370143000", "F10.20", "F41.1"]
    assert found.inherited == ("N", "R")


def test_a_document_about_somebody_else_adds_nothing() -> None:
    found = Hl7v2().read(message(golden(), born="19850101"), RECEIVED)

    assert not bodies(found, Condition)
    assert len(bodies(found, Document)) == 1
    assert found.inherited == ("N", "R")


def test_a_document_that_cannot_be_read_stays_one() -> None:
    found = Hl7v2().read(message(golden().replace("<recordTarget>", "<!DOCTYPE x><recordTarget>")), RECEIVED)

    assert not bodies(found, Condition)
    assert len(bodies(found, Document)) == 1
    assert found.inherited == ("N", "R")


# -- documents of other people


def test_a_document_of_other_people_is_read() -> None:
    found = reading((samples(SAMPLES) / "Documents/CCD/CCD_2/CCD.xml").read_bytes())

    assert len(bodies(found, Person)) == 1
    assert not bodies(found, Allergy)
    assert len(bodies(found, Document)) == 8
    assert not found.invalid


@pytest.mark.parametrize("path", every(f"{SAMPLES}/*/*/*.xml"))
def test_sections_of_other_people_are_read_within_a_document(path: Path) -> None:
    text = path.read_text(encoding="utf-8-sig").rpartition("?>")[2]
    head = golden().partition("  <componentOf>")[0]
    body = {
        "<section": f"<component><structuredBody><component>{text}</component></structuredBody></component>",
        "<component>": f"<component><structuredBody>{text}</structuredBody></component>",
        "<componentOf": text,
    }
    first = next((name for name in ("<componentOf", "<component>", "<section") if name in text), "")
    if not first:
        entry = text if "<entry>" in text or "<entry " in text else f"<entry>{text}</entry>"
        wrapped = (
            f"<component><structuredBody><component><section>{entry}</section></component></structuredBody></component>"
        )
    else:
        wrapped = body[first]

    found = reading(f"{head}{wrapped}</ClinicalDocument>")

    assert len(bodies(found, Person)) == 1
    assert sum(found.account().counts().values()) == len(found.account().items)
    assert bool(bodies(found, Encounter)) == ("20.22.4.49" in text or "<encompassingEncounter" in text)


@pytest.mark.parametrize(
    "hostile", [b'<confidentialityCode code="' + b" " * 200_000, b"<confidentialityCode code " * 20_000]
)
def test_labels_of_what_is_no_document_are_looked_for_in_a_time_that_grows_with_the_text_alone(hostile: bytes) -> None:
    """Looking back and forth, this took hours: whoever reads holds up everybody else."""
    assert list(labels_in(hostile + b'<h:confidentialityCode codeSystem="x" code=" V "/>')) == ["V"]


@pytest.mark.parametrize("hidden", ["<confidentialityCode a='b' code='R", "<confidentiality code='R'>", "code='R'"])
def test_what_is_no_label_binds_nothing(hidden: str) -> None:
    assert list(labels_in(hidden.encode())) == []
