"""FHIR R4B and R5 say the same as R4: every pair is valid in its version, and becomes the very same events."""

from __future__ import annotations

import json
from contextlib import suppress
from importlib import import_module
from typing import Any

import pytest

from adapters.wire import fhir as wire
from adapters.wire.fhir_lens import FHIR
from adapters.wire.fhir_r5 import TURNS, as_r4
from hub.errors import Unmapped, Unreadable
from hub.model.event import Body
from tests.adapters.ehr.fhir_talk import ADAPTER, RECEIVED

TERMS = "http://terminology.hl7.org/CodeSystem"
CODE = {"coding": [{"system": "http://snomed.info/sct", "code": "35489007", "display": "Depressive disorder"}]}
OTHER = {"coding": [{"system": "http://snomed.info/sct", "code": "25702006", "display": "Alcohol intoxication"}]}
PERSON = {"reference": "Patient/p"}
SPAN = {"start": "2026-03-01T09:00:00Z", "end": "2026-03-01T10:00:00Z"}
EMER = {"system": f"{TERMS}/v3-ActCode", "code": "EMER"}
ATND = {"coding": [{"system": f"{TERMS}/v3-ParticipationType", "code": "ATND"}]}
PHONE = [{"system": "phone", "value": "555-555-0140", "use": "work"}]
DOCTOR = {"display": "Ama Osei"}
PLANNED_START = "urn:crisis-hub:encounter.planned_at"
PLANNED_END = "http://hl7.org/fhir/5.0/StructureDefinition/extension-Encounter.plannedEndDate"
# By type: what both versions say alike, what R4 says its way, and R5 in its own.
PAIRS: dict[str, tuple[dict[str, Any], dict[str, Any], dict[str, Any]]] = {
    "Encounter": (
        {"status": "in-progress", "subject": PERSON},
        {
            "class": EMER,
            "serviceType": CODE,
            "participant": [{"type": [ATND], "individual": DOCTOR}],
            "period": SPAN,
            "reasonCode": [CODE],
            "hospitalization": {"admitSource": OTHER},
            "extension": [
                {"url": PLANNED_START, "valueDateTime": "2026-03-01T08:00:00Z"},
                {"url": PLANNED_END, "valueDateTime": "2026-03-09T08:00:00Z"},
            ],
        },
        {
            "class": [{"coding": [EMER]}],
            "serviceType": [{"concept": CODE}],
            "participant": [{"type": [ATND], "actor": DOCTOR}],
            "actualPeriod": SPAN,
            "reason": [{"value": [{"concept": CODE}]}],
            "admission": {"admitSource": OTHER},
            "plannedStartDate": "2026-03-01T08:00:00Z",
            "plannedEndDate": "2026-03-09T08:00:00Z",
        },
    ),
    "MedicationStatement": (
        {"subject": PERSON, "dosage": [{"text": "daily"}]},
        {"status": "unknown", "medicationCodeableConcept": CODE, "informationSource": DOCTOR},
        {"status": "recorded", "medication": {"concept": CODE}, "informationSource": [DOCTOR]},
    ),
    "MedicationRequest": (
        {"status": "active", "intent": "order", "subject": PERSON, "requester": DOCTOR},
        {"medicationCodeableConcept": CODE},
        {"medication": {"concept": CODE}},
    ),
    "ServiceRequest": (
        {"status": "active", "intent": "order", "subject": PERSON},
        {"code": CODE, "reasonCode": [CODE, OTHER]},
        {"code": {"concept": CODE}, "reason": [{"concept": CODE}, {"concept": OTHER}]},
    ),
    "Task": (
        {"status": "rejected", "intent": "order", "for": PERSON},
        {"owner": {"display": "Bridge Clinic"}, "statusReason": CODE, "restriction": {"period": SPAN}},
        {
            "requestedPerformer": [{"reference": {"display": "Bridge Clinic"}}],
            "statusReason": {"concept": CODE},
            "requestedPeriod": SPAN,
        },
    ),
    "Coverage": (
        {"status": "active", "beneficiary": PERSON},
        {
            "subscriberId": "M-1",
            "payor": [{"display": "Medicaid"}],
            "class": [{"type": {"coding": [{"system": f"{TERMS}/coverage-class", "code": "group"}]}, "value": "G-7"}],
        },
        {
            "kind": "insurance",
            "subscriberId": [{"value": "M-1"}],
            "insurer": {"display": "Medicaid"},
            "class": [
                {
                    "type": {"coding": [{"system": f"{TERMS}/coverage-class", "code": "group"}]},
                    "value": {"value": "G-7"},
                }
            ],
        },
    ),
    "CarePlan": (
        {"status": "active", "intent": "plan", "subject": PERSON},
        {"activity": [{"detail": {"code": CODE, "status": "completed"}}]},
        {"activity": [{"performedActivity": [{"concept": CODE}]}]},
    ),
    "Appointment": (
        {"status": "booked", **SPAN, "participant": [{"actor": PERSON, "status": "accepted"}]},
        {"serviceType": [CODE], "reasonCode": [OTHER]},
        {"serviceType": [{"concept": CODE}], "reason": [{"concept": OTHER}]},
    ),
    "Slot": (
        {"status": "free", "schedule": {"display": "Walk-in"}, **SPAN},
        {"serviceType": [CODE], "appointmentType": OTHER},
        {"serviceType": [{"concept": CODE}], "appointmentType": [OTHER]},
    ),
    "Schedule": ({"actor": [{"display": "Walk-in"}]}, {"serviceType": [CODE]}, {"serviceType": [{"concept": CODE}]}),
    "Communication": (
        {"status": "completed", "subject": PERSON, "sent": SPAN["start"]},
        {"payload": [{"contentString": "Arrived"}]},
        {"payload": [{"contentCodeableConcept": {"text": "Arrived"}}]},
    ),
    "AllergyIntolerance": (
        {"code": CODE, "patient": PERSON},
        {"reaction": [{"manifestation": [OTHER], "severity": "mild"}]},
        {"reaction": [{"manifestation": [{"concept": OTHER}], "severity": "mild"}]},
    ),
    "Condition": (
        {
            "clinicalStatus": {"coding": [{"system": f"{TERMS}/condition-clinical", "code": "active"}]},
            "code": CODE,
            "subject": PERSON,
        },
        {"asserter": DOCTOR},
        {"participant": [{"actor": DOCTOR}]},
    ),
    "Practitioner": (
        {"name": [{"family": "Osei"}]},
        {"communication": [CODE]},
        {"communication": [{"language": CODE}]},
    ),
    "HealthcareService": ({"name": "Respite"}, {"telecom": PHONE}, {"contact": [{"telecom": PHONE}]}),
    "Location": ({"name": "Respite", "status": "active"}, {"telecom": PHONE}, {"contact": [{"telecom": PHONE}]}),
    "PractitionerRole": ({"practitioner": DOCTOR}, {"telecom": PHONE}, {"contact": [{"telecom": PHONE}]}),
}


def bodies(kind: str, *parts: dict[str, Any]) -> list[Body]:
    try:
        return [event.body for event in ADAPTER.read(sent(kind, *parts), RECEIVED).events]
    except Unmapped:
        return []


def sent(kind: str, *parts: dict[str, Any]) -> bytes:
    return json.dumps({"resourceType": kind} | {name: value for part in parts for name, value in part.items()}).encode()


def test_whatever_has_another_shape_in_r5_has_its_pair() -> None:
    assert PAIRS.keys() == TURNS.keys()


@pytest.mark.parametrize("kind", PAIRS)
def test_both_versions_are_valid_and_tell_the_same(kind: str) -> None:
    common, old, new = PAIRS[kind]
    for version, part in (("fhir.resources.R4B", old), ("fhir.resources", new)):
        getattr(import_module(f"{version}.{kind.lower()}"), kind).model_validate_json(sent(kind, common, part))

    assert bodies(kind, common, new) == bodies(kind, common, old) != bodies(kind, common)


@pytest.mark.parametrize("kind", PAIRS)
def test_what_is_of_r4_is_left_as_it_is_and_everything_of_r5_is_accounted_for(kind: str) -> None:
    common, old, new = PAIRS[kind]
    whole = {"resourceType": kind, **common, **old}

    assert as_r4(whole) is whole
    found = ADAPTER.read(sent(kind, common, new), RECEIVED).account()
    assert len(found.items) == len(FHIR.elements(FHIR.mark(wire.gather(wire.read(sent(kind, common, new))))))
    assert [loss.path for loss in found.items if loss.outcome == "invalid"] == []


@pytest.mark.parametrize(
    "odd", ["x", 7, [], ["x"], {}, {"x": 1}, [[]], [{"value": 7}], {"concept": 7}, [{"concept": []}]]
)
@pytest.mark.parametrize("kind", PAIRS)
def test_odd_shapes_are_refused_or_read_and_never_broken_on(kind: str, odd: object) -> None:
    common, _, new = PAIRS[kind]
    for name in new:
        with suppress(Unmapped, Unreadable):
            ADAPTER.read(sent(kind, common, new, {name: odd}), RECEIVED).account()
