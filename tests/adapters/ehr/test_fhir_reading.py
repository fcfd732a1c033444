"""What clinics send as FHIR becomes events about one person."""

from __future__ import annotations

import msgspec
import pytest

from hub.errors import Unmapped, Unreadable
from hub.model.care import Condition, Encounter, Medication, Observation
from hub.model.crisis import RiskAssessment
from hub.model.person import Person
from hub.model.service import Referral
from tests.adapters.ehr.fhir_talk import (
    ADAPTER,
    PATIENT,
    RECEIVED,
    SUBJECT,
    bodies,
    body,
    bundle,
    concept,
    reading,
    resources,
    written,
)

LOINC = "http://loinc.org"
ICD = "http://hl7.org/fhir/sid/icd-10-cm"


def observation(code: str, **more: object) -> dict[str, object]:
    return {"resourceType": "Observation", "status": "final", "subject": SUBJECT, "code": concept(code, LOINC), **more}


def test_a_single_resource_is_a_message() -> None:
    found = ADAPTER.read(
        b'{"resourceType": "Patient", "id": "p1", "birthDate": "1990-03", "gender": "female"}', RECEIVED
    )

    person = body(found, Person)
    assert (found.kind, found.message_id) == ("Patient", "p1")
    assert person.birth_date is not None
    assert person.birth_date.iso == "1990-03"
    assert person.sex is not None
    assert person.sex.code == "female"


def test_a_reference_is_followed_by_address_by_id_and_into_what_is_contained() -> None:
    doctor: dict[str, object] = {"resourceType": "Practitioner", "id": "d1", "name": [{"family": "Okonkwo"}]}
    ways: list[tuple[dict[str, str], list[dict[str, object]]]] = [
        ({"reference": "Practitioner/d1"}, [doctor]),
        ({"reference": "Practitioner/d1/_history/3"}, [doctor]),
        ({"reference": "#d1"}, []),
    ]
    for reference, more in ways:
        condition: dict[str, object] = {
            "resourceType": "Condition",
            "subject": SUBJECT,
            "code": concept("F32.9", ICD),
            "asserter": reference,
        }
        if not more:
            condition["contained"] = [doctor]

        found = body(reading(condition, *more), Condition)

        (asserter,) = found.asserter
        assert asserter.name is not None
        assert asserter.name.family == "Okonkwo"


def test_a_reference_in_a_circle_ends() -> None:
    one = {"resourceType": "PractitionerRole", "id": "r1", "practitioner": {"reference": "PractitionerRole/r1"}}
    condition = {
        "resourceType": "Condition",
        "code": concept("F32.9", ICD),
        "asserter": {"reference": "PractitionerRole/r1"},
    }

    assert body(reading(condition, one), Condition).code is not None


def test_the_local_code_stays_beside_the_common_one() -> None:
    code = {"coding": [{"system": "https://clinic.example.org", "code": "SI"}, {"system": ICD, "code": "R45.851"}]}
    both = body(reading({"resourceType": "Condition", "code": code}), Condition)
    local = body(reading({"resourceType": "Condition", "code": {"coding": code["coding"][:1]}}), Condition)

    assert both.code is not None
    assert (both.code.code, both.code.local) == ("R45.851", "SI")
    assert local.code is not None
    assert (local.code.code, local.code.local, local.code.local_system) == ("", "SI", "https%3A//clinic.example.org")
    again = resources(written(both), "Condition")[0]["code"]["coding"]
    assert [(one["system"], one["code"]) for one in again] == [(ICD, "R45.851"), ("https://clinic.example.org", "SI")]


def test_numbers_and_times_keep_their_spelling() -> None:
    sent = b'{"resourceType":"Observation","valueQuantity":{"value":1.00,"unit":"mg"},"effectiveDateTime":"2026-03-01T09:30:00.2390-06:00"}'

    found = body(ADAPTER.read(sent, RECEIVED), Observation)

    assert found.quantity is not None
    assert found.quantity.value == "1.00"
    assert found.observed_at is not None
    assert found.observed_at.text == "2026-03-01T09:30:00.2390-06:00"


def test_a_finding_with_parts_gives_each_part_with_what_it_is_a_part_of() -> None:
    parts = [{"code": concept("8480-6", LOINC), "valueQuantity": {"value": 120}}, {"code": concept("8462-4", LOINC)}]

    whole, high, low = bodies(reading(observation("85354-9", component=parts)), Observation)

    assert whole.code is not None
    assert high.code is not None
    assert low.code is not None
    assert high.order_code == low.order_code == whole.code
    assert (high.code.code, low.code.code) == ("8480-6", "8462-4")


def test_a_risk_level_is_a_judgement_and_no_finding() -> None:
    level = concept("LA9193-9", LOINC, "High")

    found = reading(observation("93374-7", valueCodeableConcept=level))

    risk = body(found, RiskAssessment)
    assert risk.level is not None
    assert (risk.level.code, risk.level.local) == ("high", "LA9193-9")
    assert bodies(found, Observation) == []


def test_a_task_says_what_became_of_its_request() -> None:
    request = {"resourceType": "ServiceRequest", "id": "s1", "status": "active", "priority": "urgent"}
    task = {
        "resourceType": "Task",
        "status": "rejected",
        "statusReason": {"text": "no bed"},
        "focus": {"reference": "ServiceRequest/s1"},
    }

    referral = body(reading(request, task), Referral)

    assert referral.status is not None
    assert referral.priority is not None
    assert referral.status_reason is not None
    assert (referral.status.code, referral.priority.code, referral.status_reason.display) == (
        "rejected",
        "urgent",
        "no bed",
    )


def test_labels_of_the_bundle_and_of_every_resource_bind() -> None:
    label = {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "42CFRPart2"}
    strict = {"system": "http://terminology.hl7.org/CodeSystem/v3-Confidentiality", "code": "V"}
    condition = {"resourceType": "Condition", "code": concept("F11.20", ICD), "meta": {"security": [label]}}

    found = ADAPTER.read(bundle(PATIENT, condition, meta={"security": [strict]}), RECEIVED)

    assert found.inherited == ("V", "42CFRPart2")


def test_a_medication_is_named_by_the_resource_it_refers_to() -> None:
    order = {
        "resourceType": "MedicationRequest",
        "medicationReference": {"reference": "Medication/m1"},
        "authoredOn": "2026-02",
    }
    drug = {
        "resourceType": "Medication",
        "id": "m1",
        "code": concept("4493", "http://www.nlm.nih.gov/research/umls/rxnorm"),
    }

    found = body(reading(order, drug), Medication)

    assert found.code is not None
    assert found.code.code == "4493"
    assert found.started is not None
    assert found.started.iso == "2026-02"


def test_an_unknown_code_becomes_a_work_item() -> None:
    found = reading({"resourceType": "Encounter", "status": "wandering", "subject": SUBJECT})

    status = body(found, Encounter).status
    assert status is not None
    assert (status.code, status.local) == ("", "wandering")
    assert found.unmapped_codes == (("encounter_status", "wandering"),)


def test_what_is_of_the_wrong_kind_is_told_with_its_path() -> None:
    found = reading(
        {"resourceType": "Condition", "code": concept("F32.9", ICD), "recordedDate": "soon", "onsetDateTime": {"x": 1}}
    )

    assert [loss.path for loss in found.invalid] == ["Condition[2].recordedDate", "Condition[2].onsetDateTime.x"]


# -- one person a message


def test_a_bundle_about_two_people_is_split_and_not_read_whole() -> None:
    other = {"resourceType": "Patient", "id": "p2"}
    seen = [
        {**observation("8867-4"), "subject": {"reference": f"Patient/p{n}"}, "valueString": f"of p{n}"} for n in (1, 2)
    ]
    body_ = bundle(PATIENT, other, *seen, {"resourceType": "Organization", "id": "o1"})

    parts = list(ADAPTER.split(body_))

    assert len(parts) == 2
    for n, part in enumerate(parts, 1):
        assert f"of p{n}".encode() in part
        assert f"of p{3 - n}".encode() not in part
        assert b"Organization" in part
        assert body(ADAPTER.read(part, RECEIVED), Observation).text == f"of p{n}"
    with pytest.raises(Unmapped, match="several persons"):
        ADAPTER.read(body_, RECEIVED)


def test_findings_about_two_people_who_did_not_come_along_are_split_too() -> None:
    seen = [{**observation("8867-4"), "subject": {"reference": f"Patient/p{n}"}} for n in (1, 2, 1)]

    assert [part.count(b"8867-4") for part in ADAPTER.split(bundle(*seen))] == [2, 1]


def test_a_bundle_about_one_person_stays_as_it_is_spelled() -> None:
    sent = b' {"resourceType":"Bundle", "entry":[{"resource":{"resourceType":"Patient","id":"a"}}]}'

    assert list(ADAPTER.split(sent)) == [sent]


# -- what nobody should send


@pytest.mark.parametrize(
    ("sent", "at"),
    [
        (b"[]", "$"),
        (b"{}", "$"),
        (b'{"resourceType": ["Patient"]}', "$"),
        (b'{"resourceType": "Patient", "id": "a", "id": "b"}', "$"),
        (b'{"resourceType": "Patient", "id" : "a", "name": [{"family": "x", "family":"y"}]}', "$.name[0]"),
        (b'{"resourceType": "Patient", "id": "\\u0022:", "x": 1, "x": 2}', "$"),
        (b'{"resourceType": "Patient", "multipleBirthInteger": NaN}', "$.multipleBirthInteger"),
        (b'{"resourceType": "Patient", "x": ' + b"[" * 300 + b"]" * 300 + b"}", ""),
        (b'{"resourceType": "Patient", "x": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", ""),
        (b'{"resourceType": "Patient"', "line 1"),
        (b'{"resourceType": "Pat\xffient"}', "byte 21"),
        (b'{"resourceType": "Patient", "id": "\\ud800"}', "$.id"),
    ],
)
def test_what_is_no_fhir_is_refused_with_its_place(sent: bytes, at: str) -> None:
    with pytest.raises(Unreadable) as refused:
        ADAPTER.read(sent, RECEIVED)

    assert refused.value.at.startswith(at)


@pytest.mark.parametrize(
    "sent",
    [
        b'{"resourceType": "Nonsense"}',
        b'{"resourceType": "Bundle"}',
        b'{"resourceType": "Bundle", "entry": {}}',
        b'{"resourceType": "Bundle", "entry": [null, 1, "x", [], {"resource": []}, {"resource": {"resourceType": 7}}]}',
        b'{"resourceType": "Task", "focus": {"reference": {}}, "basedOn": {"reference": 3}}',
        b'{"resourceType": "Encounter", "contained": [{"id": []}], "participant": [{"individual": []}], "location": 3}',
    ],
)
def test_what_says_nothing_we_know_is_parked(sent: bytes) -> None:
    with pytest.raises(Unmapped):
        ADAPTER.read(sent, RECEIVED)


CLOZAPINE = {"resourceType": "MedicationRequest", "status": "active", "intent": "order", "subject": SUBJECT,
             "medicationCodeableConcept": concept("2626", "http://www.nlm.nih.gov/research/umls/rxnorm")}  # fmt: skip
PENICILLIN = {"resourceType": "AllergyIntolerance", "patient": SUBJECT, "code": concept("7980")}
SHELTER = {"resourceType": "ServiceRequest", "status": "active", "intent": "order", "subject": SUBJECT,
           "identifier": [{"value": "R1"}]}  # fmt: skip
DEPRESSION = {"resourceType": "Condition", "subject": SUBJECT, "code": concept("F32.9", ICD)}
MESSAGE = {"resourceType": "Communication", "subject": SUBJECT, "payload": [{"contentString": "call back"}]}
INSURANCE = {"resourceType": "Coverage", "beneficiary": SUBJECT, "subscriberId": "7"}


@pytest.mark.parametrize(
    ("node", "not_so"),
    [
        (CLOZAPINE, {"doNotPerform": True}),
        (SHELTER, {"doNotPerform": True}),
        (PENICILLIN, {"verificationStatus": concept("refuted")}),
        (PENICILLIN, {"verificationStatus": concept("entered-in-error")}),
        # We have no word for one that is over, and every recipient would take it for one that stands.
        (PENICILLIN, {"clinicalStatus": concept("inactive")}),
        (PENICILLIN, {"clinicalStatus": concept("resolved")}),
        (MESSAGE, {"status": "not-done"}),
        (INSURANCE, {"status": "cancelled"}),
        # Words that nobody here knows, and that may turn the meaning round (FHIR R4 2.4.1).
        (DEPRESSION, {"modifierExtension": [{"url": "https://h1.example/not", "valueBoolean": True}]}),
        (DEPRESSION, {"implicitRules": "https://h1.example/rules"}),
    ],
)
def test_what_says_that_it_is_not_so_is_kept_and_never_read_as_if_it_were(
    node: dict[str, object], not_so: dict[str, object]
) -> None:
    assert len(reading(node).events) == 2

    found = reading({**node, **not_so})

    assert [type(event.body) for event in found.events] == [Person]
    assert any(loss.outcome == "unmapped" for loss in found.account().items)


@pytest.mark.parametrize("kind", ["transaction", "history"])
def test_what_an_entry_deletes_waits_for_a_person(kind: str) -> None:
    gone = {"request": {"method": "DELETE", "url": "Condition/c1"}}
    entries = [{"resource": PATIENT}, {"resource": {**PATIENT, "id": "p2"}}, gone]
    sent = msgspec.json.encode({"resourceType": "Bundle", "type": kind, "entry": entries})

    # Split by persons, nobody's part would have it.
    assert list(ADAPTER.split(sent)) == [sent]
    with pytest.raises(Unmapped) as parked:
        ADAPTER.read(sent, RECEIVED)

    assert parked.value.at == "Bundle.entry[2].request"


def test_a_number_that_only_looks_like_a_second_key_is_no_refusal() -> None:
    sent = (
        b'{"resourceType": "Patient", "name": [{"family": "a\\":b:c", "text": "{[}{[}{"}], "multipleBirthInteger": -0}'
    )

    (name,) = body(ADAPTER.read(sent, RECEIVED), Person).names

    assert name.family == 'a":b:c'
