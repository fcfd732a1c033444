"""What we write of services and their room keeps to the published schema, says no count without its age, and comes back as it was told."""

from __future__ import annotations

import json
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from adapters import found
from adapters.social.hsds import Hsds, HsdsCsv, tables
from adapters.wire.archive import pack
from hub.contracts import Reading
from hub.errors import Unmapped, Unreadable
from hub.model.event import Body
from hub.model.person import Person
from hub.model.service import CapacityReport, ServiceListing
from hub.model.values import Address, Code, HumanName, Instant, Telecom
from tests.disclosing import AT, RECEIVED, TARGET, disclose
from tests.samples import samples

LISTING = ServiceListing(
    number="s1",
    name="Crisis stabilisation",
    organization="S1",
    description="A quiet place for a night.",
    status=Code(code="active", system="urn:crisis-hub:service-status"),
    addresses=(Address(lines=("1 Example St",), city="Exampleton", state="XX"),),
    telecoms=(Telecom(value="+15555550101"), Telecom(value="help@example.com", system="email")),
    hours=("Day and night",),
    languages=(Code(code="es", system="urn:ietf:bcp:47"),),
    url="https://example.com",
)
ROOM = CapacityReport(
    facility="S1",
    unit="Crisis stabilisation",
    bed_type=Code(code="adult_psychiatric", system="urn:crisis-hub:bed-type"),
    available=3,
    maximum=16,
    measure="chair",
    as_of=Instant(at=AT),
)


def page(*bodies: Body) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(Hsds().write(disclose(bodies), TARGET).body)
    return found


def validator() -> Draft202012Validator:
    """The published schema of a service, with all it refers to that is among the samples."""

    def known(name: str) -> Resource[Any]:
        path = samples("public_safety/hsds_3_1") / name.replace(".json", ".schema.json")
        return Resource.from_contents(json.loads(path.read_text("utf-8")) if path.is_file() else {}, DRAFT202012)

    schema = json.loads(samples("public_safety/hsds_3_1/service.schema.json").read_text("utf-8"))
    return Draft202012Validator(schema, registry=Registry(retrieve=known))  # type: ignore[call-arg]  # attrs takes it by this name


@pytest.mark.parametrize("bodies", [[LISTING], [ROOM], [LISTING, ROOM], [LISTING, ROOM, ServiceListing(name="Other")]])
def test_every_service_keeps_to_the_published_schema(bodies: list[Body]) -> None:
    found = page(*bodies)

    problems = [error.message for one in found["contents"] for error in validator().iter_errors(one)]

    assert problems == []
    assert found["contents"]


def test_a_service_and_its_room_are_one_service() -> None:
    (service,) = page(LISTING, ROOM)["contents"]

    assert service["organization"]["name"] == "S1"
    assert [(c["available"], c["unit"]["name"]) for c in service["capacities"]] == [(3, "chair")]


@pytest.mark.parametrize("kind", [Hsds, HsdsCsv])
def test_what_was_told_comes_back(kind: type[Hsds]) -> None:
    adapter = kind()

    reading = adapter.read(adapter.write(disclose([LISTING, ROOM]), TARGET).body, RECEIVED)

    told = [event.body for event in reading.events]
    listing = next(body for body in told if isinstance(body, ServiceListing))
    room = next(body for body in told if isinstance(body, CapacityReport))
    assert (listing.name, listing.organization, listing.hours, listing.url) == (
        LISTING.name,
        LISTING.organization,
        LISTING.hours,
        LISTING.url,
    )
    assert {(one.value, one.system) for one in listing.telecoms} == {(t.value, t.system) for t in LISTING.telecoms}
    assert (room.facility, room.unit, room.available, room.maximum, room.measure) == ("S1", ROOM.unit, 3, 16, "chair")
    assert room.bed_type
    assert room.bed_type.code == "adult_psychiatric"


def test_a_count_without_its_age_is_not_written_and_the_account_says_so() -> None:
    timeless = CapacityReport(facility="S1", unit="Beds", available=3, measure="bed")

    with pytest.raises(Unmapped):
        page(timeless)
    losses = Hsds().write(disclose([LISTING, timeless]), TARGET).losses()
    assert "capacity_report.available" in [loss.path for loss in losses.items if loss.outcome == "unmapped"]


def test_the_same_disclosure_gives_the_same_ids_and_another_message_gives_others() -> None:
    again = page(LISTING, ROOM)

    assert page(LISTING, ROOM) == again
    assert len({one["id"] for one in (again["contents"][0], *again["contents"][0]["capacities"])}) == 2


def test_the_labels_travel_and_come_back() -> None:
    body = Hsds().write(disclose([LISTING]), TARGET).body.replace(b'"N"', b'"R"')

    assert Hsds().read(body, RECEIVED).inherited == ("R",)


def test_people_have_no_place_in_a_directory() -> None:
    with pytest.raises(Unmapped, match="no place"):
        page(Person(names=(HumanName(family="Doe"),)))


# -- as tables


def read(**files: str) -> Reading:
    return HsdsCsv().read(pack({f"{name}.csv": text.encode() for name, text in files.items()}), RECEIVED)


def test_a_unit_that_is_not_there_and_more_free_than_there_are_is_flagged_in_its_own_row() -> None:
    reading = read(
        services="id,name,status\ns1,Beds,active\n",
        service_capacity="id,service_id,unit_id,available,maximum,updated\nc1,s1,u9,12,10,2026-03-01T09:00:00Z\n",
    )

    assert {loss.path for loss in reading.invalid} == {"service_capacity[0].available", "service_capacity[0].unit_id"}


def test_the_official_tables_are_read_with_their_three_faults() -> None:
    folder = samples("public_safety/hsds_3_1/examples_csv")
    body = pack({path.name: path.read_bytes() for path in sorted(folder.glob("*.csv"))})

    reading = HsdsCsv().read(body, RECEIVED)

    assert HsdsCsv().recognises(body)
    assert [type(event.body).__name__ for event in reading.events] == ["ServiceListing", "CapacityReport"]
    assert {loss.path for loss in reading.invalid} == {"service_capacity[0].available", "service_capacity[0].unit_id"}
    paths = [loss.path for loss in reading.account().items]
    assert len(paths) == len(set(paths)) > 60


def test_a_table_that_comes_without_the_others_says_what_it_can_and_what_leads_nowhere() -> None:
    body = b"id,service_id,unit_id,available,maximum,updated\nc1,s1,,3,10,2026-03-01T09:00:00Z\n"

    reading = HsdsCsv().read(body, RECEIVED)

    assert HsdsCsv().recognises(body)
    assert [event.body.available for event in reading.events if isinstance(event.body, CapacityReport)] == [3]
    assert len(reading.account().items) == 5


@pytest.mark.parametrize("name", ["services", "service_capacity"])
def test_the_official_tables_are_known_one_by_one(name: str) -> None:
    body = samples(f"public_safety/hsds_3_1/examples_csv/{name}.csv").read_bytes()

    assert [one for one, make in found().items() if make({}).recognises(body)] == ["hsds_csv"]
    assert HsdsCsv().read(body, RECEIVED).account().items


def test_what_we_write_as_tables_is_joined_by_ids_that_are_there() -> None:
    found = tables.read(HsdsCsv().write(disclose([LISTING, ROOM]), TARGET).body)

    ids = {row["id"] for rows in found.values() for row in rows}
    references = {text for rows in found.values() for row in rows for name, text in row.items() if name.endswith("_id")}
    assert references <= ids
    assert {"services", "organizations", "service_capacity", "units", "addresses", "phones"} <= found.keys()


@pytest.mark.parametrize(("body", "said"), [(b"id\n1\n", "zip of CSV"), (pack({"a.txt": b"x"}), "no CSV file")])
def test_what_is_no_archive_of_tables_is_refused(body: bytes, said: str) -> None:
    with pytest.raises(Unreadable, match=said):
        HsdsCsv().read(body, RECEIVED)
