"""What a message says beside the patient and the visit: who is insured, whom to call, the accident, the death, the order."""

from __future__ import annotations

import json
from typing import Any, TypeVar

import pytest

from adapters.ehr.fhir import Fhir
from adapters.ehr.fhir_conform import conform
from adapters.ehr.hl7v2 import Hl7v2
from hub.contracts import Reading
from hub.flow.link import traits_of
from hub.model.care import Coverage, Encounter, Observation
from hub.model.category import Category
from hub.model.event import Body
from hub.model.person import Person
from hub.model.registry import FIELDS
from hub.model.service import Appointment, Referral
from tests.disclosing import RECEIVED, TARGET, disclose

HEAD = r"MSH|^~\&|EHR|RIVERSIDE|HUB|CRISIS|20260301093000-0600||{kind}|C1|P|2.5.1"
PID = "PID|1||M1^^^RIVERSIDE^MR||Doe^Jordan||19900314|F"
WAYS = pytest.mark.parametrize("way", [Hl7v2(), Fhir()], ids=["hl7v2", "fhir"])
T = TypeVar("T")


def said(*segments: str, kind: str = "ADT^A01") -> Reading:
    return Hl7v2().read("\r".join((HEAD.format(kind=kind), *segments, "")).encode(), RECEIVED)


def row(name: str, fields: dict[int, str]) -> str:
    return "|".join((name, *(fields.get(n, "") for n in range(1, max(fields) + 1))))


def only(found: Reading, kind: type[T]) -> T:
    (body,) = (event.body for event in found.events if isinstance(event.body, kind))
    return body


def again(found: Reading, way: Hl7v2 | Fhir) -> Reading:
    return way.read(way.write(disclose(bodies(found)), TARGET).body, RECEIVED)


def bodies(found: Reading) -> list[Body]:
    return [event.body for event in found.events]


def written(found: Reading) -> dict[str, Any]:
    """What FHIR is written of it, the last resource of each type; whatever is not valid is told."""
    whole = Fhir().write(disclose(bodies(found)), TARGET).body
    assert conform(whole) == []
    return {entry["resource"]["resourceType"]: entry["resource"] for entry in json.loads(whole)["entry"]}


# -- who is insured

INSURED = (
    PID,
    row("IN1", {2: "PLAN^Medicaid", 16: "Roe^Robin", 17: "PAR"}),
    row("IN2", {6: "1EG4-TE5", 7: "Roe^Robin", 8: "TXM-55", 10: "DOD-7", 61: "BS-1^^^BLUE^MB"}),
    row("IN1", {2: "OTHER^Second"}),
)


def test_in2_belongs_to_the_in1_before_it() -> None:
    first, second = (one for one in bodies(said(*INSURED)) if isinstance(one, Coverage))

    assert [(one.type, one.value) for one in first.numbers] == [
        ("MC", "1EG4-TE5"),
        ("MA", "TXM-55"),
        ("MI", "DOD-7"),
        ("MB", "BS-1"),
    ]
    assert first.case_name
    assert first.case_name.family == "Roe"
    assert (second.numbers, second.case_name) == ((), None)


@WAYS
def test_the_numbers_of_a_coverage_are_written_and_read_again(way: Hl7v2 | Fhir) -> None:
    before, after = (
        [one for one in bodies(found) if isinstance(one, Coverage)]
        for found in (said(*INSURED), again(said(*INSURED), way))
    )

    assert [set(one.numbers) for one in before] == [set(one.numbers) for one in after]
    assert [one.case_name for one in before] == [one.case_name for one in after]


def test_nobody_is_found_by_the_numbers_and_names_of_whoever_is_insured() -> None:
    person = only(said(*INSURED), Person)
    found = traits_of(person, "RIVERSIDE")

    assert [one.value for one in person.identifiers] == ["M1"]
    assert {value for _, value in found.numbers} == {"M1"}
    assert [name.family for name in found.names] == ["doe"]


def test_whoever_may_not_see_who_pays_sees_none_of_it() -> None:
    granted = [field.path for field in FIELDS if field.category != Category.COVERAGE]

    told = Fhir().write(disclose(bodies(said(*INSURED)), granted), TARGET).body

    assert [one for one in (b"1EG4", b"TXM-55", b"DOD-7", b"BS-1", b"Roe") if one in told] == []


# -- whom to call

CALLED = "CTD|C^Emergency Contact^HL70131|Doe^Riley|12 Elm St^^Austin^TX||^PRN^PH^^1^512^5550142"


def test_an_emergency_contact_that_came_with_an_order_is_somebody_of_theirs_and_a_desk_is_not() -> None:
    order = ("OBR|1|P|F|G^Glucose^L", CALLED, "CTD|O^Other^HL70131|Desk^Front", "OBX|1|NM|G^Glucose^L||91||||||F")

    (contact,) = only(said(PID, *order, kind="ORU^R01"), Person).related

    assert contact.name
    assert (contact.name.family, contact.role and contact.role.code) == ("Doe", "C")
    assert [one.value for one in contact.telecoms] == ["+1 512 5550142"]


# -- the order of a finding

FIRST = (
    "ORC|RE|P-1|F-1||CM",
    row("OBR", {2: "P-1", 3: "F-1", 4: "CHEM^Panel^L", 31: "R45.1^Agitation^I10", 46: "FAST^Fasting^L"}),
    "NTE|1||Before any dose",
    row("TQ1", {2: "2&V^&tubes", 7: "20260301060000-0600", 9: "S", 10: "If agitated", 11: "Call with the result"}),
    "OBX|1|NM|G^Glucose^L||91||||||F",
    "NTE|1||of the finding",
)
SECOND = ("ORC|RE|P-2|F-2", "OBR|2|P-2|F-2|ETOH^Ethanol^L|A", "OBX|1|NM|E^Ethanol^L||0||||||F")


def orders(found: Reading) -> list[Observation]:
    return [one for one in bodies(found) if isinstance(one, Observation)]


def test_what_was_ordered_stands_with_the_findings_of_that_order_and_no_other() -> None:
    first, second = orders(said(PID, *FIRST, *SECOND, kind="ORU^R01"))

    assert (first.order_status and first.order_status.code, second.order_status) == ("completed", None)
    assert [one.order_priority and one.order_priority.code for one in (first, second)] == ["stat", "asap"]
    assert [one.code for one in first.order_reasons] == ["R45.1"]
    assert [one.local for one in first.order_details] == ["FAST"]
    assert first.order_quantity
    assert (first.order_quantity.value, first.order_quantity.unit) == ("2", "tubes")
    assert first.order_notes == ("Before any dose", "Call with the result")
    assert (first.order_condition, first.comments) == ("If agitated", ("of the finding",))
    assert second.order_notes == ()
    assert second.order_quantity is None


def test_a_finding_that_nobody_ordered_has_no_order_of_the_one_before() -> None:
    (found,) = orders(said(PID, "OBX|1|NM|G^Glucose^L||91||||||F", *SECOND[1:2], kind="ORU^R01"))

    assert (found.order_code, found.order_priority) == (None, None)


@WAYS
def test_an_order_is_written_and_read_again(way: Hl7v2 | Fhir) -> None:
    message = said(PID, *FIRST, *SECOND, kind="ORU^R01")

    before, after = (orders(one) for one in (message, again(message, way)))

    for field in ("order_reasons", "order_details", "order_condition", "order_notes", "order_number", "placer_number"):
        assert [getattr(one, field) for one in before] == [getattr(one, field) for one in after], field
    assert [at.at for one in after if (at := one.order_starts_at)] == [1_772_366_400_000_000]
    assert [one.order_priority and one.order_priority.code for one in after] == ["stat", "asap"]
    assert after[0].order_status
    assert after[0].order_status.code == "completed"


def test_a_note_behind_whoever_took_part_in_a_finding_is_of_that_finding() -> None:
    (found,) = orders(said(PID, "OBX|1|NM|G^Glucose^L||91||||||F", "PRT|1|AD||AD", "NTE|1||noted", kind="ORU^R01"))

    assert found.comments == ("noted",)


def test_what_became_of_an_order_is_told_before_it() -> None:
    whole = Hl7v2().write(disclose(bodies(said(PID, *FIRST, *SECOND, kind="ORU^R01"))), TARGET).body.decode()

    names = [segment[:3] for segment in whole.split("\r")]
    assert names[2:10] == ["ORC", "OBR", "NTE", "NTE", "TQ1", "OBX", "NTE", "OBR"]
    assert "\rORC|RE||||CM\rOBR||P-1|F-1" in whole


def test_an_order_is_a_request_that_the_finding_contains() -> None:
    finding = written(said(PID, *FIRST, kind="ORU^R01"))["Observation"]
    (order,) = (one for one in finding["contained"] if one["resourceType"] == "ServiceRequest")

    assert finding["basedOn"][-1] == {"display": "Order", "reference": f"#{order['id']}"}
    assert (order["status"], order["intent"], order["priority"]) == ("completed", "order", "stat")
    assert order["subject"] == finding["subject"]
    assert order["quantityQuantity"] == {"value": 2, "unit": "tubes"}
    kinds = [one["identifier"]["type"]["coding"][0]["code"] for one in finding["basedOn"][:-1]]
    assert kinds == ["FILL", "PLAC"]


def test_what_was_noted_of_an_order_is_free_text_and_leaves_only_where_that_may() -> None:
    granted = [field.path for field in FIELDS if field.category != Category.NARRATIVE]

    told = Fhir().write(disclose(bodies(said(PID, *FIRST, kind="ORU^R01")), granted), TARGET).body

    assert b"R45.1" in told
    assert [one for one in (b"Before any", b"Call with", b"If agitated", b"of the finding") if one in told] == []


# -- numbers that repeat

TWICE = "OBX|1|NM|8867-4^Heart rate^LN||60~120~<5|/min^^UCUM|||||F"


@WAYS
def test_a_number_that_repeats_is_one_finding_with_all_of_them(way: Hl7v2 | Fhir) -> None:
    found = said(PID, TWICE, kind="ORU^R01")

    for one in (only(found, Observation), only(again(found, way), Observation)):
        assert (one.quantity and one.quantity.value, one.repeats) == ("60", ("120",))


def test_each_repetition_is_a_part_in_the_unit_of_the_first() -> None:
    finding = written(said(PID, TWICE, kind="ORU^R01"))["Observation"]

    (part,) = finding["component"]
    assert part["valueQuantity"] == finding["valueQuantity"] | {"value": 120}
    assert part["code"]["coding"][0]["display"] == "Again"


# -- how long and how soon


@pytest.mark.parametrize(
    ("said_so", "minutes"), [("60|s", 1), ("2|H", 120), ("45|min", 45), ("45|", 45), ("20|s", None)]
)
@WAYS
def test_an_appointment_lasts_as_many_minutes_as_its_units_come_to(
    way: Hl7v2 | Fhir, said_so: str, minutes: int | None
) -> None:
    found = said(PID, f"SCH|P-1|F-1|||||FOLLOWUP||{said_so}", "TQ1|1||||||||A", kind="SIU^S12")

    for one in (only(found, Appointment), only(again(found, way), Appointment)):
        assert (one.minutes, one.priority and one.priority.code) == (minutes, "asap")


@WAYS
def test_a_referral_says_where_the_care_is_to_take_place(way: Hl7v2 | Fhir) -> None:
    found = said("RF1|P|R|PSY||I^Inpatient^HL70284|R-1", PID, kind="REF^I12")

    settings = [only(one, Referral).setting for one in (found, again(found, way))]

    assert [one and (one.code, one.display) for one in settings] == [("I", "Inpatient")] * 2


# -- the accident and the death

ACCIDENT = (PID, "PV1|1|E", row("ACC", {1: "20260228230000-0600", 5: "N", 6: "N", 8: "Fell", 10: "Y", 13: "26-4711"}))
DEATH = (PID, "PV1|1|E", row("PDA", {1: "R99^Ill-defined^I10", 3: "N", 6: "Y", 9: "Y"}))


def parts(finding: dict[str, Any]) -> dict[str, str]:
    return {
        one["code"]["coding"][0]["display"]: one["valueCodeableConcept"]["coding"][0]["code"]
        for one in finding["component"]
    }


def test_an_accident_is_a_finding_that_the_visit_contains_as_its_reason() -> None:
    visit = written(said(*ACCIDENT))["Encounter"]
    (finding,) = (one for one in visit["contained"] if one["resourceType"] == "Observation")

    assert visit["reasonReference"] == [{"display": "Accident", "reference": f"#{finding['id']}"}]
    assert (finding["status"], finding["code"]["coding"][0]["code"]) == ("final", "11374-6")
    assert (finding["valueString"], finding["subject"]) == ("Fell", visit["subject"])
    assert parts(finding) == {
        "Accident job related indicator": "N",
        "Accident death indicator": "N",
        "Police notified indicator": "Y",
    }


def test_a_death_is_a_finding_whose_cause_is_coded_by_the_classification_itself() -> None:
    visit = written(said(*DEATH))["Encounter"]
    (finding,) = (one for one in visit["contained"] if one["resourceType"] == "Observation")

    assert "reasonReference" not in visit
    assert finding["code"]["coding"][0]["code"] == "69453-9"
    assert finding["valueCodeableConcept"]["coding"][0]["system"] == "http://hl7.org/fhir/sid/icd-10"
    assert parts(finding) == {"Death certified": "N", "Autopsy": "Y", "Coroner": "Y"}


@WAYS
@pytest.mark.parametrize("segments", [ACCIDENT, DEATH], ids=["accident", "death"])
def test_both_are_read_again(segments: tuple[str, ...], way: Hl7v2 | Fhir) -> None:
    before, after = (only(found, Encounter) for found in (said(*segments), again(said(*segments), way)))

    for field in ("accident_text", "police_notified", "death_cause", "autopsy", "coroner"):
        assert getattr(before, field) == getattr(after, field), field


def test_what_somebody_elses_visit_gives_as_its_reason_is_no_accident() -> None:
    visit = written(said(*ACCIDENT))["Encounter"]
    visit["reasonReference"][0]["display"] = "Heart rate"

    assert only(Fhir().read(json.dumps(visit).encode(), RECEIVED), Encounter).accident_text == ""


# -- places, numbers and words


@pytest.mark.parametrize(("spelled", "meant"), [("NO ", False), (" Y", True), ("maybe", None)])
def test_blanks_around_a_yes_or_a_no_do_not_change_it(spelled: str, meant: bool | None) -> None:
    found = said(row("PID", {3: "M1", 5: "Doe^Jordan", 30: spelled}))

    assert only(found, Person).deceased is meant


def test_a_further_code_has_the_words_of_its_table_and_those_of_its_sender_beside_them() -> None:
    language = only(said(row("PID", {3: "M1", 5: "Doe", 15: "ara^^HL70296^eng^English-us^HL70296"})), Person).language

    assert language
    (other,) = language.others
    assert (other.code, other.display, other.local, other.local_display) == ("en", "English", "eng", "English-us")


def test_where_they_were_to_be_moved_before_is_a_planned_place_while_no_other_is() -> None:
    before = "PV2|HALL^3^^RIVERSIDE"
    now = row("PV1", {2: "E", 42: "PSY^1^^RIVERSIDE"})

    places = [only(said(PID, pv1, before), Encounter).planned_location for pv1 in ("PV1|1|E", now)]

    assert [place and place.unit for place in places] == ["HALL", "PSY"]


def test_the_number_of_a_finding_is_that_of_who_made_it() -> None:
    found = said(PID, row("OBX", {2: "NM", 3: "G^Glucose^L", 5: "91", 11: "F", 21: "O-5^LAB"}), kind="ORU^R01")

    numbers = [only(one, Observation).number for one in (found, again(found, Fhir()))]

    assert [one and (one.value, one.type) for one in numbers] == [("O-5", "FILL"), ("O-5", "FILL")]
