"""What FHIR has no resource for goes out as observations of our own, and nothing that was granted is lost on the way."""

from __future__ import annotations

import re

import msgspec
import pytest

from adapters.ehr.fhir_conform import conform
from adapters.ehr.hl7v2 import Hl7v2
from hub.errors import Unmapped
from hub.model.public_safety import Caution, FieldContact
from hub.model.registry import BODIES, FIELDS, body_of
from hub.model.service import Transport
from hub.model.values import Address, Code, Instant, Place
from tests.adapters.ehr.fhir_talk import ADAPTER, AT, RECEIVED, body, resources, written
from tests.disclosing import TARGET, disclose
from tests.flow import canaries

COUNT = re.compile(r"\[\d+\]")
CONTACT = FieldContact(
    number="FC-1",
    started_at=Instant(at=AT, text="2026-03-01T09:30:00-06:00"),
    disposition=Code(code="emergent_detention", system="urn:crisis-hub:outcome", local="ED", local_system="PD"),
    cit_arrived=True,
    place=Place(address=Address(lines=("1 Elm St", "Apt 2"), city="Austin")),
    cautions=(Caution(kind=Code(local="dog")), Caution(source="caller", seen_at=Instant(at=AT))),
)
OURS = sorted(BODIES.keys() - ADAPTER.written)


def test_a_police_contact_is_an_observation_with_a_component_for_each_fact() -> None:
    found = written(CONTACT)

    (observation,) = resources(found, "Observation")
    said = {part["code"]["coding"][0]["code"]: part for part in observation["component"]}
    assert conform(found.body) == []
    assert observation["code"] == {
        "coding": [{"system": "urn:crisis-hub:body", "code": "field_contact"}],
        "text": "Field contact",
    }
    assert said["place.address.lines[1]"]["valueString"] == "Apt 2"
    assert said["cit_arrived"]["valueBoolean"] is True
    assert said["started_at"]["valueDateTime"] == "2026-03-01T09:30:00-06:00"


def test_it_is_read_again_as_what_it_was() -> None:
    again = ADAPTER.read(written(CONTACT).body, RECEIVED)

    found = body(again, FieldContact)
    assert msgspec.structs.replace(found, cautions=()) == msgspec.structs.replace(CONTACT, cautions=())
    assert [one.source for one in found.cautions] == ["", "caller"]
    assert [loss.path for loss in again.account().items if "component" in loss.path and loss.outcome != "mapped"] == []


@pytest.mark.parametrize("root", OURS)
def test_every_leaf_of_every_such_body_is_written_and_read(root: str) -> None:
    """A canary in every leaf, and none is lost; those that are no dates and no whole numbers of FHIR are in the bytes."""
    writing = written(canaries.event(root).body)

    lost = {COUNT.sub("", loss.path) for loss in writing.losses().items if loss.outcome == "unmapped"}
    assert {field.path for field in FIELDS if field.path in lost and field.type not in ("PartialDate", "int")} == set()
    assert all(
        canaries.mark(path).encode() in writing.body or str(canaries.number(path)).encode() in writing.body
        for path in lost
    )


@pytest.mark.parametrize(
    "component",
    [
        '{"code": {"coding": [{"system": "urn:crisis-hub:body:field_contact", "code": "nonsense"}]}, "valueString": "x"}',
        '{"code": {"coding": [{"system": "urn:crisis-hub:body:field_contact", "code": "place[7].x..y[]"}]}, "valueString": "x"}',
        '{"code": {"coding": [{"system": "urn:crisis-hub:body:field_contact", "code": "cautions"}]}, "valueString": "x"}',
        '{"code": {"coding": [{"system": "urn:crisis-hub:body:field_contact", "code": "started_at"}]}, "valueDateTime": "soon"}',
        '{"code": {"coding": [{"system": "urn:crisis-hub:body:field_contact", "code": "cit_arrived"}]}, "valueBoolean": "x"}',
        "7",
    ],
)
def test_what_is_not_one_of_its_facts_is_left_and_told(component: str) -> None:
    sent = (
        '{"resourceType": "Observation", "code": {"coding": [{"system": "urn:crisis-hub:body", "code": "field_contact"}]},'
        f'"component": [{component}]}}'
    )

    found = ADAPTER.read(sent.encode(), RECEIVED)

    assert body(found, FieldContact) == FieldContact()
    assert [loss.path for loss in found.account().items if loss.outcome == "unmapped"] != []


def test_an_unknown_body_of_ours_is_parked() -> None:
    sent = (
        b'{"resourceType": "Observation", "code": {"coding": [{"system": "urn:crisis-hub:body", "code": "nonsense"}]}}'
    )

    with pytest.raises(Unmapped):
        ADAPTER.read(sent, RECEIVED)


def test_each_body_is_written_by_a_lens_or_here_and_never_by_both() -> None:
    assert body_of(CONTACT) in OURS
    assert "encounter" not in OURS


def test_a_ride_is_a_task_that_conforms_and_comes_back_whole() -> None:
    ride = Transport(
        number="R-1",
        status=Code(code="accepted"),
        pick_up=Place(description="H1"),
        drop_off=Place(description="S1"),
        needed_at=Instant(at=AT),
        needs=(Code(code="wheelchair"),),
    )

    found = written(ride)

    (task,) = resources(found, "Task")
    assert conform(found.body) == []
    assert (task["status"], task["intent"], task["code"]["text"]) == ("accepted", "order", "Transport")
    assert task["identifier"][0]["value"] == "R-1"
    assert task["restriction"]["period"]["start"][:10] == "2026-03-01"
    assert "focus" not in task
    (back,) = [event.body for event in ADAPTER.read(found.body, RECEIVED).events if isinstance(event.body, Transport)]
    assert (back.number, back.drop_off, back.needs[0].local) == ("R-1", ride.drop_off, "wheelchair")
    with pytest.raises(Unmapped, match="no message that asks for a ride"):
        Hl7v2().write(disclose([ride]), TARGET)
