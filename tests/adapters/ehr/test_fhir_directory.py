"""Services, beds and flags in FHIR: a listing is a HealthcareService both ways; a bed is its own count, a flag a finding."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from adapters.ehr.fhir_conform import conform
from hub.model.care import Observation
from hub.model.service import CapacityReport, ServiceListing
from hub.model.values import Address, Code, Telecom
from tests.adapters.ehr.fhir_talk import ADAPTER, RECEIVED
from tests.disclosing import TARGET, disclose

GOLDEN = Path(__file__).parents[2] / "golden" / "fhir"
LISTING = ServiceListing(
    number="S1",
    name="Northside Respite",
    organization="Northside",
    description="Eight beds.",
    kinds=(Code(code="394913002", system="http://snomed.info/sct", display="Psychotherapy"),),
    status=Code(code="temporarily_closed", system="http://openreferral.org/service-status"),
    addresses=(Address(lines=("12 Juniper Avenue",), city="Exampleton"),),
    telecoms=(Telecom(value="555-555-0140"),),
    hours=("Mo-Fr 9-17", "Sa 9-12"),
    languages=(Code(code="es", system="urn:ietf:bcp:47"),),
    eligibility="Adults of the county",
    url="https://northside.example",
)


def of(kind: type, folder: str) -> list[Any]:
    reading = ADAPTER.read((GOLDEN / folder / "wire.json").read_bytes(), RECEIVED)
    return [event.body for event in reading.events if isinstance(event.body, kind)]


def test_a_listing_is_a_service_of_its_own_and_says_the_same_when_it_comes_back() -> None:
    writing = ADAPTER.write(disclose([LISTING]), TARGET)

    entry = json.loads(writing.body)["entry"][-1]
    assert (entry["resource"]["resourceType"], entry["request"]["url"]) == (
        "HealthcareService",
        "HealthcareService?identifier=urn:crisis-hub:x:service|S1",
    )
    assert list(conform(writing.body)) == []
    assert [e.body for e in ADAPTER.read(writing.body, RECEIVED).events if isinstance(e.body, ServiceListing)] == [
        LISTING
    ]
    assert {loss.outcome for loss in writing.losses().items} == {"mapped"}


def test_who_gives_a_service_and_where_it_is_stand_in_what_it_refers_to() -> None:
    (listing,) = of(ServiceListing, "a-service-and-a-bed")

    assert (listing.organization, listing.addresses[0].lines) == ("Northside", ("12 Juniper Avenue",))
    assert (listing.status.code, listing.status.system) == ("active", "http://openreferral.org/service-status")


def test_a_bed_and_a_flag_are_read_for_what_they_are() -> None:
    (bed,), (flag,) = of(CapacityReport, "a-service-and-a-bed"), of(Observation, "a-flag-that-stands")

    assert (bed.facility, bed.unit, bed.bed.bed, bed.status.code, bed.available) == (
        "Northside",
        "Northside House",
        "101-2",
        "H",
        None,
    )
    # The one that was taken down says nothing.
    assert (flag.code.display, flag.method.code) == ("Oxygen at home", "safety")
