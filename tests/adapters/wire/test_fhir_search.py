"""Searching as FHIR R4 3.1.1 has it: what holds for a resource, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest

from adapters.wire.fhir_labels import joined
from adapters.wire.fhir_params import TYPES, params
from adapters.wire.fhir_search import MOST_COUNT, MOST_PARAMS, parse
from hub.errors import Unreadable

VISIT: dict[str, Any] = {
    "resourceType": "Encounter",
    "id": "V1",
    "meta": {"lastUpdated": "2026-03-10T16:00:00-07:00"},
    "status": "finished",
    "class": {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "EMER"},
    "subject": {"reference": "Patient/P1", "identifier": {"system": "urn:x", "value": "7"}},
    "period": {"start": "2026-03-10T15:00:00-07:00", "end": "2026-03-10T16:40:00-07:00"},
    "reasonCode": [{"coding": [{"system": "http://hl7.org/fhir/sid/icd-10-cm", "code": "R45.851"}]}],
}
WHO: dict[str, Any] = {
    "resourceType": "Patient",
    "id": "P1",
    "name": [{"family": "Núñez, Jr", "given": ["Ana", "Lou"]}],
    "birthDate": "1990-03",
    "gender": "female",
}


def fits(node: dict[str, Any], *pairs: tuple[str, str], zone: str = "America/Phoenix") -> bool:
    return parse(node["resourceType"], pairs, zone=zone).matches(node)


@pytest.mark.parametrize(
    ("name", "value", "holds"),
    [
        ("status", "finished", True),
        ("status", "planned,finished", True),
        # A bare code has the system of its value set, which a client may spell.
        ("status", "http://hl7.org/fhir/encounter-status|finished", True),
        ("status:not", "http://hl7.org/fhir/encounter-status|finished", False),
        ("status", "http://hl7.org/fhir/encounter-status|planned", False),
        ("status", "http://hl7.org/fhir/task-status|finished", False),
        ("status", "planned", False),
        ("status:not", "planned", True),
        ("status:not", "finished", False),
        ("status:missing", "false", True),
        ("type:missing", "true", True),
        ("type:missing", "false", False),
        ("class", "EMER", True),
        ("class", "http://terminology.hl7.org/CodeSystem/v3-ActCode|EMER", True),
        ("class", "http://terminology.hl7.org/CodeSystem/v3-ActCode|", True),
        ("class", "urn:other|EMER", False),
        ("class", "|EMER", False),
        ("reason-code", "R45.851", True),
        ("patient", "P1", True),
        ("patient", "Patient/P1", True),
        ("subject:Patient", "P1", True),
        ("patient", "https://hub.example/fhir/Patient/P1", True),
        ("patient", "Group/P1", False),
        ("patient", "P2", False),
        ("patient:identifier", "urn:x|7", True),
        ("patient:identifier", "urn:x|8", False),
        ("_id", "V1", True),
        ("_id", "V2", False),
    ],
)
def test_tokens_and_references(name: str, value: str, holds: bool) -> None:
    assert fits(VISIT, (name, value)) is holds


@pytest.mark.parametrize(
    ("value", "holds"),
    [
        ("2026-03-10", True),  # the visit lies within the day, in the county's zone
        ("2026-03", True),
        ("2026", True),
        ("2026-03-11", False),
        ("ne2026-03-11", True),
        ("ge2026-03-10", True),
        ("gt2026-03-10", False),
        ("gt2026-03-10T15:30:00-07:00", True),
        ("lt2026-03-10T15:30:00-07:00", True),
        ("le2026-03-09", False),
        ("sa2026-03-09", True),
        ("sa2026-03-10", False),
        ("eb2026-03-11", True),
        ("eb2026-03-10T16:00:00-07:00", False),
    ],
)
def test_dates_are_spans_of_time(value: str, holds: bool) -> None:
    assert fits(VISIT, ("date", value)) is holds


def test_a_period_without_an_end_goes_on() -> None:
    going_on = {**VISIT, "period": {"start": "2026-03-10T15:00:00-07:00"}}

    assert fits(going_on, ("date", "gt2030"))
    assert not fits(going_on, ("date", "eb2030"))


def test_a_december_ends_with_its_year() -> None:
    last = {**VISIT, "period": {"start": "2026-12-31T23:00:00-07:00", "end": "2026-12-31T23:30:00-07:00"}}

    assert fits(last, ("date", "2026-12"))
    assert not fits(last, ("date", "gt2026-12"))


@pytest.mark.parametrize(
    ("name", "value", "holds"),
    [
        ("family", "núñ", True),
        ("family", r"Núñez\, Jr", True),
        ("family:exact", r"Núñez\, Jr", True),
        ("family:exact", "Núñez", False),
        ("name:contains", "OU", True),
        ("given", "ou", False),
        ("birthdate", "1990-03", True),
        ("birthdate", "1990-03-14", False),
        ("birthdate", "1990", True),
        ("gender", "female", True),
    ],
)
def test_names_and_birth_dates(name: str, value: str, holds: bool) -> None:
    assert fits(WHO, (name, value)) is holds


@pytest.mark.parametrize(
    ("pair", "holds"),
    [
        (("phone", "6025550142"), True),
        (("phone", "ana@mail.example"), False),
        (("telecom", "ana@mail.example"), True),
        (("telecom", "email|ana@mail.example"), True),
        (("phone:missing", "true"), False),
    ],
)
def test_a_phone_is_no_other_way_to_reach_somebody(pair: tuple[str, str], holds: bool) -> None:
    ways = [{"system": "phone", "value": "6025550142"}, {"system": "email", "value": "ana@mail.example"}]

    assert fits({**WHO, "telecom": ways}, pair) is holds
    assert fits({**WHO, "telecom": ways[1:]}, ("phone:missing", "true"))


def test_every_parameter_must_hold_and_one_of_its_values() -> None:
    assert fits(VISIT, ("status", "finished"), ("class", "AMB,EMER"))
    assert not fits(VISIT, ("status", "finished"), ("class", "AMB"))


@pytest.mark.parametrize(
    ("pair", "at"),
    [
        (("colour", "red"), "Encounter.colour"),
        (("status:above", "finished"), "Encounter.status"),
        (("patient.name", "Doe"), "Encounter"),
        (("_has:Task:patient:status", "x"), "Encounter"),
        (("date", "yesterday"), "Encounter.date"),
        (("date", "ap2026"), "Encounter.date"),
        (("date", "2026-13"), "Encounter.date"),
        (("patient", "Patient/a/b/c d"), "Encounter.patient"),
        (("status", ""), "Encounter.status"),
        (("status", ",".join("x" * 101)), "Encounter.status"),
        (("status:missing", "perhaps"), "Encounter.status"),
        (("_count", "-1"), "_count"),
        (("_count", "²"), "_count"),
        (("_sort", "date"), "Encounter._sort"),
        (("_elements", "id"), "Encounter._elements"),
        (("_total", "some"), "_total"),
        (("_summary", "true"), "_summary"),
        (("_format", "xml"), "_format"),
        (("_include", "Encounter:nothing"), "_include"),
        (("_include", "Nothing:patient"), "_include"),
        (("_include:iterate", "Encounter:patient"), "_include"),
        (("_revinclude", "*"), "_revinclude"),
        (("Doe\r\n", "1"), "Encounter"),
    ],
)
def test_what_is_not_supported_is_refused_by_its_place_and_never_by_its_value(pair: tuple[str, str], at: str) -> None:
    with pytest.raises(Unreadable) as refused:
        parse("Encounter", [pair])

    assert refused.value.at == at
    assert "Doe" not in str(refused.value)


def test_too_many_parameters_are_refused() -> None:
    with pytest.raises(Unreadable, match=f"at most {MOST_PARAMS}"):
        parse("Encounter", [("status", "finished")] * (MOST_PARAMS + 1))


def test_what_is_about_somebody_is_not_taken_from_an_address() -> None:
    for name in ("family", "birthdate", "identifier", "phone"):
        value = "1990" if name == "birthdate" else "Doe"
        with pytest.raises(Unreadable, match="POST it to Patient/_search"):
            parse("Patient", [(name, value)], in_address=True)
        assert parse("Patient", [(name, value)]).criteria
    assert parse("Patient", [("identifier", "urn:crisis-hub:person|P-1")], in_address=True).criteria


def test_a_page_is_never_larger_than_it_may_be() -> None:
    assert parse("Task", [("_count", "999999")]).count == MOST_COUNT
    # What a client did not escape of the plus sign.
    assert parse("Task", [("_format", "application/fhir json")]).criteria == ()


def test_every_parameter_that_is_offered_is_taken() -> None:
    sample = {"token": "x", "string": "x", "date": "2026", "reference": "x"}
    for kind in TYPES:
        for name, param in params(kind).items():
            assert parse(kind, [(name, sample[param.kind])]).criteria, (kind, name)


def test_what_is_made_of_several_has_the_labels_of_all() -> None:
    code = "http://terminology.hl7.org/CodeSystem/v3-Confidentiality"
    normal, restricted = {"system": code, "code": "N"}, {"system": code, "code": "R"}
    psy, notice = {"system": "urn:a", "code": "PSY"}, {"url": "u", "valueAnnotation": {"text": "A notice."}}

    made = joined([{"security": [normal, psy]}, {"security": [restricted, psy], "extension": [notice, notice]}])

    assert made == {"security": [restricted, psy], "extension": [notice]}
