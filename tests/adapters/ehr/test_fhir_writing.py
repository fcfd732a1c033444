"""What the hub writes as FHIR: a transaction that may be sent twice, that says its labels, and that everybody can read."""

from __future__ import annotations

import msgspec
import pytest

from adapters.ehr.fhir_conform import conform
from adapters.ehr.fhir_words import UNKNOWN
from adapters.ehr.hl7v2 import Hl7v2
from hub.bench.messages import message
from hub.contracts import Received, Target, Writing
from hub.model.care import Condition, Encounter, Observation
from hub.model.event import Body
from hub.model.label import Handling
from hub.model.person import Person
from hub.model.service import Referral
from hub.model.values import Code, HumanName, Instant, Quantity, Telecom
from tests.adapters.ehr.fhir_talk import ADAPTER, AT, TARGET, disclosed, resources, written

PART2 = Handling(
    confidentiality="R",
    sensitivities=("ETH",),
    regimes=("HIPAA", "PART2"),
    refrain=("NORDSCLCD",),
    obligations=("MINEC",),
    notice_id="p2.short",
    notice_text="42 CFR part 2 prohibits unauthorized use or disclosure of these records.",
    notice_version="2024-04-16",
    consent="CO-1@1",
)
DEPRESSION = Condition(code=Code(code="F32.9", system="http://hl7.org/fhir/sid/icd-10-cm"))
VISIT = Encounter(number="V-1", trigger="A01", patient_class=Code(code="EMER"))
REFERRAL = Referral(
    number="RF-1", status=Code(code="accepted"), requester="B1", performer="S1", service=Code(code="shelter")
)


def admission() -> tuple[Body, ...]:
    said = Hl7v2().read(message("A", 3), Received(journal="j1", partner="H1", as_of=AT, zone="America/Chicago"))
    return tuple(event.body for event in said.events)


def test_an_admission_becomes_a_bundle_that_conforms() -> None:
    found = written(*admission(), handling=PART2)

    assert conform(found.body) == []
    kinds = [one["resourceType"] for one in resources(found)]
    assert kinds[:2] == ["Patient", "Encounter"]
    assert {"Condition", "AllergyIntolerance", "Observation", "Coverage"} <= set(kinds)


def test_the_same_disclosure_gives_the_same_bytes_and_another_message_other_addresses() -> None:
    other = msgspec.structs.replace(TARGET, message_id="out-2")

    first, again, third = (ADAPTER.write(disclosed([]), t).body for t in (TARGET, TARGET, other))

    assert first == again != third
    assert written(VISIT).body == written(VISIT).body


def test_the_person_goes_by_the_recipients_own_id() -> None:
    told = written(Person(names=(HumanName(family="Doe"),)), DEPRESSION)
    untold = written(DEPRESSION)

    for found in (told, untold):
        (patient,) = resources(found, "Patient")
        (condition,) = resources(found, "Condition")
        first = msgspec.json.decode(found.body)["entry"][0]
        assert patient["identifier"][0] == {"value": "p-7f3a", "system": "urn:crisis-hub:person"}
        assert condition["subject"] == {"reference": first["fullUrl"]}
    assert requests(told)[0] == {"method": "PUT", "url": "Patient?identifier=urn:crisis-hub:person|p-7f3a"}
    match = "identifier=urn:crisis-hub:person|p-7f3a"
    assert requests(untold)[0] == {"method": "POST", "url": "Patient", "ifNoneExist": match}


def requests(found: Writing) -> list[dict[str, str]]:
    return [entry["request"] for entry in msgspec.json.decode(found.body)["entry"]]


def test_a_visit_is_found_by_its_number_and_a_finding_by_its_event() -> None:
    asked = requests(written(VISIT, DEPRESSION))

    assert asked[1] == {"method": "PUT", "url": "Encounter?identifier=urn:crisis-hub:H1:visit|V-1"}
    assert asked[2] == {"method": "POST", "url": "Condition", "ifNoneExist": "identifier=urn:crisis-hub:record|out-1.1"}


def test_what_could_break_an_address_is_escaped() -> None:
    odd = msgspec.structs.replace(VISIT, number="V|1&x=\u00e9 ?")

    assert requests(written(odd))[1]["url"] == "Encounter?identifier=urn:crisis-hub:H1:visit|V%7C1%26x%3D%C3%A9%20%3F"


def test_a_referral_becomes_a_request_and_its_task() -> None:
    found = written(REFERRAL)

    (request,), (task,) = resources(found, "ServiceRequest"), resources(found, "Task")
    urls = [entry["fullUrl"] for entry in msgspec.json.decode(found.body)["entry"]]
    assert conform(found.body) == []
    assert task["focus"] == {"reference": urls[1]}
    assert (task["status"], request["status"]) == ("accepted", "active")
    assert task["owner"] == request["performer"][0] == {"identifier": {"value": "S1"}}
    assert task["identifier"] == request["identifier"]


def test_labels_and_the_notice_travel_with_every_resource() -> None:
    found = written(VISIT, DEPRESSION, handling=PART2)

    for one in (msgspec.json.decode(found.body), *resources(found)):
        codes = [label["code"] for label in one["meta"]["security"]]
        (mark,) = one["meta"]["extension"]
        assert codes == ["R", "HIPAA", "42CFRPart2", "ETH", "NORDSCLCD", "MINEC"]
        assert mark["valueAnnotation"]["text"] == PART2.notice_text
    assert conform(found.body) == []
    again = ADAPTER.read(found.body, Received(journal="j2", partner="S1", as_of=AT))
    assert {"R", "42CFRPart2", "ETH", "NORDSCLCD"} <= set(again.inherited)


def test_of_inherited_confidentialities_the_strictest_is_said_once() -> None:
    found = written(VISIT, handling=Handling(confidentiality="N", obligations=("R", "V", "42CFRPart2")))

    codes = [label["code"] for label in resources(found)[0]["meta"]["security"]]
    assert codes == ["V", "42CFRPart2"]


@pytest.mark.parametrize(
    ("value", "unit", "becomes"),
    [
        ("7.10", "mmol/L", {"valueQuantity": {"value": 7.10, "unit": "mmol/L"}}),
        (">100", "mg/dL", {"valueQuantity": {"comparator": ">", "value": 100, "unit": "mg/dL"}}),
        ("1:128", "", {"valueString": "1:128"}),
        ("+5", "mm", {"valueString": "+5 mm"}),
    ],
)
def test_a_number_is_a_number_or_honest_text(value: str, unit: str, becomes: dict[str, object]) -> None:
    found = written(Observation(code=Code(code="x", system="urn:x"), quantity=Quantity(value=value, unit=unit)))

    (observation,) = resources(found, "Observation")
    assert {name: said for name, said in observation.items() if name.startswith("value")} == becomes
    assert conform(found.body) == []
    assert b"7.10" in found.body or value != "7.10"


def test_times_have_what_FHIR_wants_of_them() -> None:
    minute = Instant(at=AT, precision="minute", text="202603010930-0600")
    local = Instant(at=AT, zone="partner", text="2026-03-01T09:30:00")
    found = written(Encounter(admitted_at=minute, discharged_at=local))

    (encounter,) = resources(found, "Encounter")
    assert encounter["period"] == {"start": "2026-03-01T09:30:00-06:00", "end": "2026-03-01T09:30:00-06:00"}
    assert conform(found.body) == []


def test_codes_that_FHIR_does_not_know_are_changed_or_left_out() -> None:
    found = written(
        Person(telecoms=(Telecom(value="1", system="mobile", use="personal"), Telecom(value="2", use="vhn")))
    )

    (patient,) = resources(found, "Patient")
    assert patient["telecom"] == [{"value": "1", "system": "phone", "use": "mobile"}, {"value": "2", "system": "phone"}]
    assert conform(found.body) == []


def test_what_was_withheld_leaves_a_bundle_that_still_conforms() -> None:
    """A diagnosis without its code, a finding of which only the time was granted: the same as if nobody had known them."""
    at = Instant(at=AT)
    found = written(
        Condition(recorded=at), Observation(observed_at=at), Encounter(admitted_at=at), Referral(authored_at=at)
    )

    assert conform(found.body) == []
    (observation,) = resources(found, "Observation")
    assert observation["status"] == "unknown"


def test_without_an_id_of_the_person_there_is_no_person() -> None:
    nobody = Target(partner="S1", message_id="out-1", person_id="", at=AT)

    found = written(VISIT, DEPRESSION, target=nobody)

    visit, condition, made = resources(found)
    assert [one["resourceType"] for one in (visit, condition, made)] == ["Encounter", "Condition", "Provenance"]
    assert "subject" not in visit
    assert condition["subject"] == UNKNOWN
    assert conform(found.body) == []


def test_what_the_format_has_no_place_for_is_said() -> None:
    both = Code(code="F32.9", system="http://hl7.org/fhir/sid/icd-10-cm", local="D1", local_system="L")
    found = written(Condition(code=both), Encounter(patient_class=both))

    outcomes = {loss.path: loss.outcome for loss in found.losses().items}
    assert outcomes["condition.code"] == "mapped"
    assert outcomes["encounter.patient_class"] == "transformed"


@pytest.mark.parametrize(
    ("trigger", "status"),
    [("A01", "in-progress"), ("A03", "finished"), ("A11", "cancelled"), ("A23", "entered-in-error")],
)
def test_a_trigger_event_says_how_the_visit_stands(trigger: str, status: str) -> None:
    visit = msgspec.structs.replace(VISIT, trigger=trigger)

    (found,) = resources(written(visit), "Encounter")

    assert found["status"] == status
