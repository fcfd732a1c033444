"""Directories, beds and flags in FHIR: each listing is a resource of its own both ways; a bed is its own count, a flag a finding."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from adapters.ehr.fhir_conform import conform
from adapters.social.hsds import Hsds
from hub.errors import Unmapped
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

    entry = json.loads(writing.body)["entry"][-2]
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
    (bed,), (flag, gone) = of(CapacityReport, "a-service-and-a-bed"), of(Observation, "a-flag-that-stands")

    assert (bed.facility, bed.unit, bed.bed.bed, bed.status.code, bed.available) == (
        "Northside",
        "Northside House",
        "101-2",
        "H",
        None,
    )
    assert (flag.code.display, flag.method.code, flag.status.code) == ("Oxygen at home", "safety", "final")
    assert (gone.code.display, gone.status.code) == ("Taken down", "cancelled")


KINDS = ("Organization", "Location", "Practitioner", "PractitionerRole", "Schedule", "Slot", "Slot")
NOBODY = replace(TARGET, person_id="")


def test_each_entry_of_a_directory_is_a_listing_of_its_own() -> None:
    found = {one.entry: one for one in of(ServiceListing, "a-directory")[:6]}

    assert list(found) == ["organization", "place", "professional", "person", "calendar", "time"]
    assert [one.name for one in found.values()] == [
        *("Northside Crisis Center", "Stabilization unit", "Ama Osei", "Ama Osei"),
        *("Ama Osei at the stabilization unit",) * 2,
    ]
    assert found["place"].organization == found["professional"].organization == "Northside Crisis Center"
    assert found["professional"].addresses == found["place"].addresses
    assert (found["time"].status.code, found["time"].hours) == (
        "free",
        ("2026-03-02T09:00:00-06:00 2026-03-02T09:30:00-06:00",),
    )


def test_how_somebody_lives_is_no_part_of_a_directory() -> None:
    (person,) = [one for one in of(ServiceListing, "a-directory") if one.entry == "person"]

    assert [one.value for one in person.telecoms] == ["555-555-0142"]
    home = {"resourceType": "Location", "name": "Home of R. Doe", "type": [{"coding": [{"code": "PTRES"}]}]}
    with pytest.raises(Unmapped):
        ADAPTER.read(json.dumps(home).encode(), RECEIVED)


def test_beside_somebodys_care_an_organization_is_no_listing() -> None:
    whole = json.loads((GOLDEN / "a-directory" / "wire.json").read_bytes())
    whole["entry"].append({"resource": {"resourceType": "Patient", "gender": "female"}})

    assert not [
        one for one in ADAPTER.read(json.dumps(whole).encode(), RECEIVED).events if type(one.body) is ServiceListing
    ]


def test_every_entry_is_written_as_the_resource_that_it_was() -> None:
    listings = of(ServiceListing, "a-directory")

    writing = ADAPTER.write(disclose(listings), NOBODY)

    kinds = [entry["resource"]["resourceType"] for entry in json.loads(writing.body)["entry"]]
    assert sorted(kinds) == sorted([*KINDS, "Provenance"])
    assert list(conform(writing.body)) == []
    again = [one.body for one in ADAPTER.read(writing.body, RECEIVED).events if isinstance(one.body, ServiceListing)]
    assert [plain(one) for one in again] == [plain(one) for one in listings]


def plain(listing: ServiceListing) -> ServiceListing:
    """A listing without the sender's word for its state; how a professional is found stands with them, not with their ward."""
    status = replace(listing.status, local="", display="") if listing.status else None
    return replace(listing, status=status)


@pytest.mark.parametrize("hours", [(), ("mornings",), ("2026-03-02 2026-03-03",)])
def test_a_time_that_is_none_stays_a_service(hours: tuple[str, ...]) -> None:
    status = Code(code="free", system="http://hl7.org/fhir/slotstatus")
    listing = ServiceListing(number="S-9", name="Walk-in", entry="time", status=status, hours=hours)

    writing = ADAPTER.write(disclose([listing]), NOBODY)

    assert json.loads(writing.body)["entry"][0]["resource"]["resourceType"] == "HealthcareService"
    assert [one.body for one in ADAPTER.read(writing.body, RECEIVED).events] == [listing]


def test_an_entry_that_is_no_service_has_no_page_in_hsds() -> None:
    written = Hsds().write(disclose([LISTING, *of(ServiceListing, "a-directory")]), NOBODY)

    assert [one["name"] for one in json.loads(written.body)["contents"]] == [LISTING.name]


def test_an_answer_to_a_search_is_a_directory_with_what_the_server_remarks_of_it() -> None:
    whole = json.loads((GOLDEN / "a-directory" / "wire.json").read_bytes())
    remark = {"resourceType": "OperationOutcome", "issue": [{"severity": "warning", "code": "not-supported"}]}
    whole["entry"].append({"resource": remark, "search": {"mode": "outcome"}})

    assert len(ADAPTER.read(json.dumps(whole).encode(), RECEIVED).events) == len(KINDS)


def test_an_organization_of_r5_is_reached_by_a_contact_without_a_name() -> None:
    reached = {"telecom": [{"system": "phone", "value": "555-0001"}], "address": {"city": "Austin"}}
    sent = {"resourceType": "Organization", "name": "Bridge", "contact": [reached]}
    somebody = sent | {"contact": [reached | {"name": [{"family": "Roe"}]}]}

    (own,), (none,) = (ADAPTER.read(json.dumps(one).encode(), RECEIVED).events for one in (sent, somebody))

    assert isinstance(own.body, ServiceListing)
    assert (own.body.telecoms[0].value, own.body.addresses[0].city) == ("555-0001", "Austin")
    assert none.body == replace(own.body, telecoms=(), addresses=())
