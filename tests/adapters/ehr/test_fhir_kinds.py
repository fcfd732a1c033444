"""Every kind of resource that the hub speaks is read, and goes out as the kind that it was, valid."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from adapters.ehr.fhir_conform import conform
from adapters.ehr.safr import Safr
from hub.contracts import Target
from hub.errors import Unmapped
from hub.model.care import Encounter, Medication, Observation
from hub.model.crisis import RiskAssessment
from hub.model.person import Person
from hub.model.service import CapacityReport
from hub.model.values import Code
from tests.adapters.ehr.fhir_talk import (
    ADAPTER,
    AT,
    PATIENT,
    RECEIVED,
    SUBJECT,
    TARGET,
    bodies,
    body,
    bundle,
    concept,
    disclosed,
    events,
    reading,
    resources,
    written,
)
from tests.disclosing import disclose
from tests.samples import samples

LOINC = "http://loinc.org"
CSSRS: dict[str, Any] = {
    "questionnaire": "http://loinc.org/q/93374-7",
    "status": "in-progress",
    "authored": "2026-03-01T09:30:00Z",
    "item": [
        {"linkId": "93246-7", "answer": [{"valueCoding": {"system": LOINC, "code": "LA33-6", "display": "Yes"}}]},
        {"linkId": "93374-7", "answer": [{"valueCoding": {"system": LOINC, "code": "LA9194-7", "display": "Low"}}]},
    ],
}
PHQ9: dict[str, Any] = {
    "questionnaire": "http://loinc.org/q/44249-1",
    "status": "completed",
    "authored": "2026-03-01T09:30:00Z",
    "item": [{"linkId": "44261-6", "answer": [{"valueInteger": 19}]}],
}
RISK = {
    "status": "preliminary",
    "code": concept("SRS"),
    "occurrenceDateTime": "2026-03-01T09:30:00Z",
    "prediction": [{"qualitativeRisk": concept("high", "urn:crisis-hub:risk-level")}],
    "note": [{"text": "asked twice"}],
}
ORDER = {
    "status": "cancelled",
    "intent": "plan",
    "medicationCodeableConcept": concept("861", "http://www.nlm.nih.gov/research/umls/rxnorm"),
    "authoredOn": "2026-02-27",
    "requester": {"display": "Dr Roe"},
    "dosageInstruction": [
        {
            "text": "at night",
            "doseAndRate": [{"doseQuantity": {"value": 50, "unit": "mg"}}],
            "timing": {"repeat": {"boundsPeriod": {"end": "2026-04"}}},
        }
    ],
}
FLAG = {
    "status": "inactive",
    "code": concept("dog", "urn:x", "A large dog"),
    "category": [concept("safety", "urn:y", "Safety")],
    "period": {"start": "2026-01-02", "end": "2026-12-01"},
}
# What is about somebody, as short as it may be, by its kind.
SAID: dict[str, dict[str, Any]] = {
    "Encounter": {"status": "finished", "class": {"code": "EMER"}},
    "Condition": {"code": concept("F32.9", "http://hl7.org/fhir/sid/icd-10-cm")},
    "AllergyIntolerance": {"code": concept("7980", "http://www.nlm.nih.gov/research/umls/rxnorm")},
    "Observation": {"status": "final", "code": concept("8867-4", LOINC), "valueQuantity": {"value": 63}},
    "QuestionnaireResponse": CSSRS,
    "RiskAssessment": RISK,
    "MedicationStatement": {"status": "active", "medicationCodeableConcept": concept("861", "urn:x")},
    "MedicationRequest": ORDER,
    "CarePlan": {"status": "active", "intent": "plan", "title": "Stay in touch"},
    "Flag": FLAG,
    "ServiceRequest": {"status": "active", "intent": "order", "code": concept("shelter", "urn:x")},
    "Task": {"status": "accepted", "intent": "order", "description": "Find a bed"},
    "Appointment": {
        "status": "booked",
        "start": "2026-03-02T09:00:00Z",
        "end": "2026-03-02T10:00:00Z",
        "participant": [{"actor": SUBJECT, "status": "accepted"}],
    },
    "Communication": {"status": "completed", "sent": "2026-03-01T09:30:00Z", "payload": [{"contentString": "Called."}]},
    "DocumentReference": {
        "status": "current",
        "type": concept("34133-9", LOINC),
        "content": [{"attachment": {"contentType": "text/plain", "data": "Y2FsbQ=="}}],
    },
    "Consent": {
        "status": "active",
        "scope": concept("patient-privacy", "http://terminology.hl7.org/CodeSystem/consentscope"),
        "category": [concept("59284-0", LOINC)],
        "dateTime": "2026-02-01",
        "provision": {"type": "deny"},
    },
    "Coverage": {"status": "active", "subscriberId": "M-7", "payor": [{"display": "Plan"}]},
    "RelatedPerson": {"id": "r1", "name": [{"family": "Doe", "given": ["Riley"]}]},
}
WHOSE = {
    **dict.fromkeys(("AllergyIntolerance", "Consent", "RelatedPerson"), "patient"),
    "Task": "for",
    "Coverage": "beneficiary",
    "Appointment": "",
}
# What is nobody's.
LISTED: dict[str, dict[str, Any]] = {
    "HealthcareService": {"name": "Walk-in"},
    "Location": {"name": "Unit 3"},
    "Organization": {"name": "Bridge"},
    "Practitioner": {"name": [{"text": "Dr Roe"}]},
    "PractitionerRole": {"practitioner": {"display": "Dr Roe"}, "code": [concept("counsellor")]},
    "Schedule": {"actor": [{"display": "Dr Roe"}]},
    "Slot": {
        "schedule": {"display": "Dr Roe"},
        "status": "free",
        "start": "2026-03-02T09:00:00Z",
        "end": "2026-03-02T10:00:00Z",
    },
}
NOBODY = replace(TARGET, person_id="")


def told(kind: str) -> dict[str, Any]:
    """A resource of a kind, about the patient."""
    whose = WHOSE.get(kind, "subject")
    return {"resourceType": kind, **({whose: SUBJECT} if whose else {}), **SAID[kind]}


@pytest.mark.parametrize("kind", SAID)
def test_what_is_about_somebody_goes_out_as_the_kind_that_it_was(kind: str) -> None:
    found = reading(told(kind))

    again = written(*(event.body for event in found.events))

    assert resources(again, kind)
    assert conform(again.body) == []
    back = ADAPTER.read(again.body, RECEIVED)
    assert [plain(event.body) for event in back.events] == [plain(event.body) for event in found.events]


def plain(said: Any) -> Any:
    """A body but for what the hub itself adds: its own number of a person, its word for a scale, a state that FHIR requires."""
    match said:
        case Person():
            related = tuple(replace(one, identifiers=()) for one in said.related)
            return replace(said, identifiers=(), related=related)
        case RiskAssessment() if said.scale:
            return replace(said, scale=replace(said.scale, local="", local_system=""))
        case _:
            return msgspec.structs.replace(said, **{name: None for name in ("status",) if hasattr(said, name)})


@pytest.mark.parametrize("kind", LISTED)
def test_what_is_nobodys_goes_out_as_the_kind_that_it_was(kind: str) -> None:
    sent = {"resourceType": kind, "id": "x1", **LISTED[kind]}
    found = ADAPTER.read(msgspec.json.encode(sent), RECEIVED)

    again = ADAPTER.write(disclosed(found.events), NOBODY)

    assert [one["resourceType"] for one in resources(again)] == [kind, "Provenance"]
    assert conform(again.body) == []


def test_a_questionnaire_keeps_its_answers_its_result_and_whether_it_is_complete() -> None:
    for sent in (CSSRS, PHQ9):
        (again,) = resources(written(*(e.body for e in reading(told("QuestionnaireResponse") | sent).events)))[1:2]

        assert {name: again[name] for name in sent} == sent


def test_an_order_keeps_who_ordered_what_how_and_until_when() -> None:
    (again,) = resources(written(*(e.body for e in reading(told("MedicationRequest")).events)), "MedicationRequest")

    assert {name: again[name] for name in ORDER} == ORDER


def test_an_order_whose_intent_nobody_knows_is_a_statement() -> None:
    found = body(reading(told("MedicationRequest") | {"intent": "whim"}), Medication)

    again = written(found)

    assert found.intent == Code(local="whim")
    assert [one["resourceType"] for one in resources(again)][1] == "MedicationStatement"
    assert conform(again.body) == []


def test_a_flag_keeps_whether_it_stands_and_until_when() -> None:
    found = reading(told("Flag"))
    (again,) = resources(written(*(event.body for event in found.events)), "Flag")

    assert {name: again[name] for name in FLAG} == FLAG
    told_as = body(found, Observation)
    assert told_as.status is not None
    assert told_as.status.code == "cancelled"  # whoever knows no flags is told of no finding
    with pytest.raises(Unmapped):
        reading_alone(told("Flag") | {"status": "entered-in-error"})


def reading_alone(sent: dict[str, Any]) -> object:
    return ADAPTER.read(msgspec.json.encode(sent), RECEIVED)


def test_a_judgement_of_which_only_the_level_is_granted_is_a_finding() -> None:
    found = reading(told("RiskAssessment"))
    said = [event.body for event in found.events if isinstance(event.body, RiskAssessment)]

    shown = ADAPTER.write(disclose(said, ["risk_assessment.level", "risk_assessment.scale"]), TARGET)

    assert [one["resourceType"] for one in resources(shown)] == ["Patient", "Observation", "Provenance"]
    assert conform(shown.body) == []


@pytest.mark.parametrize("status", ["preliminary", "entered-in-error"])
def test_a_judgement_keeps_whether_it_is_final_and_whether_it_was_taken_back(status: str) -> None:
    level = concept("high", "urn:crisis-hub:risk-level")
    judged = {
        "resourceType": "Observation",
        "subject": SUBJECT,
        "code": concept("93374-7", LOINC),
        "valueCodeableConcept": level,
    }

    kept = reading(judged | {"status": status})

    (again,) = resources(written(*(event.body for event in kept.events)), "Observation")
    assert again["status"] == status


def test_a_relative_with_a_number_is_somebody_of_their_own_and_others_are_contacts() -> None:
    numbered = {"identifier": [{"system": "urn:x", "value": "7"}], "name": [{"family": "Roe"}]}
    plain_one = {"resourceType": "RelatedPerson", "patient": SUBJECT, "name": [{"family": "Poe"}]}
    (person,) = bodies(reading({**plain_one, **numbered}, plain_one), Person)

    again = written(person)

    (relative,), (patient,) = resources(again, "RelatedPerson"), resources(again, "Patient")
    assert relative["patient"] == {"reference": entry(again.body, 0)["fullUrl"]}
    assert entry(again.body, 1)["request"] == {"method": "PUT", "url": "RelatedPerson?identifier=urn:x|7"}
    assert [one["name"]["family"] for one in patient["contact"]] == ["Poe"]
    assert conform(again.body) == []


def entry(said: bytes, n: int) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(said)["entry"][n]
    return found


# -- where it comes from


def test_a_bundle_says_who_made_it_when_and_of_what() -> None:
    made = written(Observation(code=Code(code="8867-4", system=LOINC)))

    *others, last = json.loads(made.body)["entry"]
    said = last["resource"]
    assert said["target"] == [{"reference": one["fullUrl"]} for one in others]
    assert said["recorded"] == "2026-03-01T09:30:00-06:00"
    assert [agent["type"]["coding"][0]["code"] for agent in said["agent"]] == ["assembler"]
    assert said["meta"] == others[0]["resource"]["meta"]
    assert last["request"] == {"method": "PUT", "url": f"Provenance/{said['id']}"}
    assert conform(made.body) == []


def test_a_source_is_named_only_where_its_own_number_names_it_already() -> None:
    visit, finding = Encounter(number="V-1"), Observation(code=Code(code="8867-4", system=LOINC))

    known, unknown = written(visit, finding), written(replace(visit, number=""), finding)

    (said,) = resources(known, "Provenance")
    assert said["agent"][1]["who"] == {"identifier": {"system": "urn:crisis-hub:source", "value": "H1"}}
    assert b"H1" not in unknown.body


def test_a_partner_without_room_for_it_gets_no_provenance() -> None:
    without = Target(partner="S1", message_id="out-1", person_id="p", at=AT, options={"provenance": "none"})

    assert resources(ADAPTER.write(disclosed(events(Encounter(number="V-1"))), without), "Provenance") == []


def test_what_tells_of_records_is_kept_and_nothing_follows() -> None:
    for kind in ("AuditEvent", "Provenance", "OperationOutcome"):
        found = ADAPTER.read(msgspec.json.encode({"resourceType": kind, "id": "x"}), RECEIVED)

        assert (found.kind, found.events) == (kind, ())


def test_a_provenance_beside_somebodys_care_changes_nothing_of_it() -> None:
    sent = told("Condition")
    made = {"resourceType": "Provenance", "target": [{"reference": "#c"}], "recorded": "2026-03-01T09:30:00Z"}

    with_it, without = (ADAPTER.read(bundle(PATIENT, *more), RECEIVED) for more in ((sent, made), (sent,)))

    assert [event.body for event in with_it.events] == [event.body for event in without.events]


# -- what other people wrote

# Of these the hub reads what it has tables for: scales of risk; a place that is somebody's home is nobody's listing.
UNREAD = {
    *("QuestionnaireResponse-3141.json", "QuestionnaireResponse-bb.json", "QuestionnaireResponse-gcs.json"),
    *("RiskAssessment-cardiac.json", "RiskAssessment-genetic.json", "RiskAssessment-riskexample.json"),
    "Location-ph.json",
}


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["Patient", *SAID, *LISTED])
def test_the_official_examples_go_out_as_the_kind_that_they_were(kind: str) -> None:
    for path in sorted(samples("healthcare/fhir-r4-examples").glob(f"{kind}-*.json")):
        if path.name in UNREAD:
            continue
        for piece in ADAPTER.split(path.read_bytes()):
            found = ADAPTER.read(piece, RECEIVED)
            again = ADAPTER.write(disclosed(found.events), TARGET)

            assert resources(again, kind), path.name
            assert conform(again.body) == [], path.name


def test_beds_go_out_as_a_measure_report() -> None:
    report = CapacityReport(facility="H1", bed_type=Code(code="adult_psych"), available=3, staffed=10)

    made = Safr().write(disclose([report]), TARGET)

    assert resources(made, "MeasureReport")
    assert conform(made.body) == []
