"""Directories tell what there is room for; what cannot be true is said to be invalid, and never counted."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from adapters.social.hsds import Hsds
from hub.contracts import Reading
from hub.errors import Unreadable
from hub.model.service import CapacityReport, ServiceListing
from tests.disclosing import RECEIVED
from tests.samples import every, samples

SERVICE: dict[str, Any] = {
    "id": "s1",
    "name": "Shelter beds",
    "status": "active",
    "organization": {"id": "o1", "name": "SH1"},
}


def room(available: Any, maximum: Any = None, unit: str = "bed", **more: Any) -> dict[str, Any]:
    return {"id": "c1", "unit": {"id": "u1", "name": unit}, "available": available, "maximum": maximum, **more}


def reading(message: Any) -> Reading:
    return Hsds().read(json.dumps(message).encode(), RECEIVED)


def reports(found: Reading) -> list[CapacityReport]:
    return [event.body for event in found.events if isinstance(event.body, CapacityReport)]


def test_a_capacity_belongs_to_its_service_and_organization() -> None:
    (report,) = reports(reading({**SERVICE, "capacities": [room(3, 24, "Beds")]}))

    assert (report.facility, report.unit, report.available, report.maximum, report.measure) == (
        "SH1",
        "Shelter beds",
        3,
        24,
        "bed",
    )


def test_twelve_of_ten_is_flagged_and_not_swallowed() -> None:
    found = reading({**SERVICE, "capacities": [room(12, 10)]})

    assert [(loss.path, loss.why) for loss in found.invalid] == [
        ("capacities[0].available", "there is more free than there is at most")
    ]
    assert [(one.available, one.maximum) for one in reports(found)] == [(None, 10)]


def test_an_odd_unit_is_no_room() -> None:
    found = reading({**SERVICE, "capacities": [room(12, 10, "Kilogram")]})

    assert [loss.path for loss in found.invalid] == [
        "capacities[0].unit.name",
        "capacities[0].available",
        "capacities[0].maximum",
    ]
    assert found.unmapped_codes == (("capacity_unit", "Kilogram"),)
    assert [(one.available, one.maximum, one.measure) for one in reports(found)] == [(None, None, "Kilogram")]


@pytest.mark.parametrize(
    ("capacity", "paths"),
    [
        (room(-1), ["capacities[0].available"]),
        (room(2.5), ["capacities[0].available"]),
        (room("many"), ["capacities[0].available"]),
        (room(1, unit_id="another"), ["capacities[0].unit_id"]),
        (room(1, unit_id="u1"), []),
        (room(0, 0), []),
    ],
)
def test_what_cannot_be_true_is_invalid(capacity: dict[str, Any], paths: list[str]) -> None:
    assert [loss.path for loss in reading({**SERVICE, "capacities": [capacity]}).invalid] == paths


@pytest.mark.parametrize(
    ("message", "path"),
    [
        ({"contents": [{**SERVICE, "capacities": [room(2, 1)]}]}, "contents[0].capacities[0].available"),
        (
            {"id": "o1", "name": "SH1", "services": [{**SERVICE, "capacities": [room(2, 1)]}]},
            "services[0].capacities[0].available",
        ),
        ({"id": "l1", "service": {**SERVICE, "capacities": [room(2, 1)]}}, "service.capacities[0].available"),
        (room(2, 1), "available"),
    ],
)
def test_wherever_a_capacity_stands_its_path_is_the_wires(message: dict[str, Any], path: str) -> None:
    assert [loss.path for loss in reading(message).invalid] == [path]


@pytest.mark.parametrize(
    ("message", "at"),
    [
        ({**SERVICE, "capacities": {}}, "capacities"),
        ({**SERVICE, "capacities": [room(1), "x"]}, "capacities[1]"),
        ({"contents": "x"}, "contents"),
        ({"contents": [{**SERVICE, "capacities": 5}]}, "contents[0].capacities"),
        ([], "$"),
        ("x", "$"),
    ],
)
def test_a_wrong_type_is_refused_with_its_path(message: Any, at: str) -> None:
    with pytest.raises(Unreadable) as refused:
        reading(message)

    assert refused.value.at == at


def test_a_listing_tells_whom_to_ask() -> None:
    found = reading(
        {**SERVICE, "email": "desk@sh1.example", "phones": [{"id": "p", "number": "555-0177", "type": "voice"}]}
    )

    (listing,) = [event.body for event in found.events if isinstance(event.body, ServiceListing)]
    assert [(one.system, one.value) for one in listing.telecoms] == [
        ("phone", "555-0177"),
        ("email", "desk@sh1.example"),
    ]


def test_the_official_capacity_is_flagged_whole() -> None:
    found = reading(
        json.loads(samples("public_safety/hsds_3_1/examples/service_full.json").read_text(encoding="utf-8"))
    )

    assert {loss.path for loss in found.invalid} == {
        "capacities[0].unit.name",
        "capacities[0].available",
        "capacities[0].maximum",
    }


@pytest.mark.parametrize(
    "path",
    every("public_safety/hsds_3_1/examples/*_full.json") + every("public_safety/hsds_3_1/examples/service_list.json"),
)
def test_every_official_example_is_read_and_accounted_for(path: Path) -> None:
    adapter, message = Hsds(), path.read_bytes()

    assert adapter.recognises(message)
    found = adapter.read(message, RECEIVED)

    paths = [loss.path for loss in found.account().items]
    assert len(paths) == len(set(paths)) > 20
