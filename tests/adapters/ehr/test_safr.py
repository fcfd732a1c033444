"""SAFR and SANER: psychiatric beds by their own codes, ours where there is no national one, diversions whole, and valid FHIR."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, TypeVar

import pytest

from adapters.ehr.fhir_conform import conform
from adapters.ehr.safr.adapter import DEFAULT, Safr
from adapters.wire.own_json import HOME
from hub.contracts import Reading
from hub.errors import Unmapped, Unreadable
from hub.lens.load import load
from hub.model.event import Body
from hub.model.person import Person
from hub.model.service import CapacityReport, DiversionStatus
from hub.model.values import Code, Instant
from tests.disclosing import AT, RECEIVED, TARGET, disclose
from tests.samples import every, samples

GOLDEN = Path(__file__).parents[2] / "golden" / "safr"
BED = "urn:crisis-hub:bed-type"
NOW = Instant(at=AT)
B = TypeVar("B")


def golden(case: str) -> dict[str, Any]:
    """The wire of a golden case."""
    found: dict[str, Any] = json.loads((GOLDEN / case / "wire.json").read_text(encoding="utf-8"))
    return found


def reading(message: Any) -> Reading:
    """What the adapter reads of a message, given as bytes or as its value."""
    return Safr().read(message if isinstance(message, bytes) else json.dumps(message).encode(), RECEIVED)


def bodies(found: Reading, kind: type[B]) -> list[B]:
    """The bodies of a kind."""
    return [event.body for event in found.events if isinstance(event.body, kind)]


def written(*said: Body) -> dict[str, Any]:
    """What the adapter writes of some bodies; always valid FHIR."""
    body = Safr().write(disclose(said), TARGET).body
    assert conform(body) == []
    found: dict[str, Any] = json.loads(body)
    return found


def groups(bundle: dict[str, Any]) -> list[tuple[str, int]]:
    """The codes and counts of every group of a bundle."""
    reports = [entry["resource"] for entry in bundle["entry"]]
    return [
        (group["code"]["coding"][0]["code"], group["population"][0]["count"])
        for report in reports
        for group in report.get("group", ())
    ]


def test_psychiatric_beds_have_codes_of_their_own() -> None:
    kinds = ("adult_psychiatric", "pediatric_psychiatric")

    said = written(
        *(CapacityReport(facility="H1", bed_type=Code(code=k, system=BED), occupied=9, available=1) for k in kinds)
    )

    assert groups(said) == [("112531-9", 9), ("112530-1", 1), ("112529-3", 9), ("112528-5", 1)]


def test_occupied_and_unoccupied_are_one_report_of_one_bed_type() -> None:
    found = bodies(reading(golden("psychiatric-beds-of-two-units")), CapacityReport)

    adult, child, boarding, crisis = found
    assert [one.bed_type.code for one in (adult, child) if one.bed_type] == [
        "adult_psychiatric",
        "pediatric_psychiatric",
    ]
    assert (adult.occupied, adult.available) == (14, 2)
    assert (child.occupied, child.available) == (8, 0)
    # Who waits in the emergency department for a bed is counted apart.
    assert boarding.bed_type is not None
    assert boarding.bed_type.code == "adult_emergency_department_boarding"
    assert (crisis.facility, crisis.unit, crisis.staffed) == ("EX-BH", "3-NORTH", 8)


@pytest.mark.parametrize("kind", ["geriatric_psychiatric", "crisis_stabilization", "detox", "respite"])
def test_a_type_without_a_national_code_keeps_ours_and_says_so(kind: str) -> None:
    said = written(CapacityReport(facility="H1", bed_type=Code(code=kind, system=BED), available=3))

    (group,) = (group for entry in said["entry"] for group in entry["resource"].get("group", ()))
    assert group["code"] == {
        "coding": [{"system": "urn:crisis-hub:bed-count", "code": f"{kind}-available"}],
        "text": "no national code",
    }


def test_a_count_that_no_code_says_is_no_zero() -> None:
    message = golden("a-saner-summary")

    found = bodies(reading(message), CapacityReport)

    inpatient = next(one for one in found if one.bed_type and one.bed_type.code == "all_inpatient")
    assert (inpatient.staffed, inpatient.occupied) == (96, None)


def test_a_code_that_no_table_knows_is_a_work_item() -> None:
    assert ("safr_count", "99999-9") in reading(golden("psychiatric-beds-of-two-units")).unmapped_codes


def test_a_diversion_survives_whole() -> None:
    status = DiversionStatus(
        facility="H1",
        status=Code(code="diversion", system="urn:crisis-hub:diversion-status", local="psych saturation"),
        scope=Code(code="psychiatric", system="urn:crisis-hub:diversion-scope", local="BH only"),
        reason=Code(code="full", system="urn:crisis-hub:diversion-reason", display="no bay is free"),
        since=NOW,
        expires_at=Instant(at=AT + 3_600_000_000),
        offload_minutes="45",
    )

    again = bodies(reading(written(status)), DiversionStatus)

    first = again[0]
    assert (first.status, first.scope, first.reason) == (status.status, status.scope, status.reason)
    assert first.expires_at is not None
    assert (first.expires_at.at, first.offload_minutes, first.facility) == (AT + 3_600_000_000, "45", "H1")


def test_every_count_comes_back() -> None:
    whole = CapacityReport(
        facility="H1",
        unit="3N",
        bed_type=Code(code="adult_psychiatric", system=BED),
        staffed=16,
        occupied=14,
        available=1,
        blocked=1,
        held=2,
        maximum=20,
        waiting=5,
        as_of=NOW,
    )

    (again,) = bodies(reading(written(whole)), CapacityReport)

    counts = ("staffed", "occupied", "available", "blocked", "held", "maximum", "waiting")
    assert [getattr(again, name) for name in counts] == [getattr(whole, name) for name in counts]
    assert (again.facility, again.unit, again.as_of and again.as_of.at) == ("H1", "3N", AT)


def test_the_labels_travel_and_bind_who_reads_them() -> None:
    assert reading(golden("psychiatric-beds-of-two-units")).inherited == ("N",)


def test_nothing_of_a_person_is_written() -> None:
    with pytest.raises(Unmapped):
        written(Person(ssn="1"))


@pytest.mark.parametrize("odd", [7, "x", None, [], [7], {"a": 1}, True])
@pytest.mark.parametrize("name", ["group", "subject", "entry", "extension", "meta", "date", "period", "identifier"])
def test_whatever_stands_in_a_field_is_never_a_fault(name: str, odd: Any) -> None:
    for message in (golden("a-saner-summary"), golden("psychiatric-beds-of-two-units")):
        try:
            reading(message | {name: odd}).account()
        except (Unmapped, Unreadable):
            continue


@pytest.mark.parametrize("path", every("healthcare/saner-compiled/MeasureReport-*.json"))
def test_reports_of_other_people_are_read_or_parked(path: Path) -> None:
    if "FEMA" in path.name:
        with pytest.raises(Unmapped):
            reading(path.read_bytes())  # tests of COVID-19 alone: there are no beds in it
        return
    found = bodies(reading(path.read_bytes()), CapacityReport)

    assert [one.bed_type.code for one in found if one.bed_type] == ["all_beds", "all_inpatient", "icu"]


def test_every_code_of_the_published_example_is_known() -> None:
    text = (
        samples("healthcare/us-safr/fsh/examples/MeasureReport") / "MeasureReport-BedCapacityMeasureReport.fsh"
    ).read_text(encoding="utf-8")
    said = {line.rpartition("#")[2].split()[0] for line in text.splitlines() if "group[=].code" in line}

    known = {row.wire for row in load(DEFAULT, HOME).tables["safr_count"].rows}

    assert len(said) > 70
    # Two of its groups have no LOINC code, and a word of the example itself.
    assert {code for code in said if code[:1].isdigit()} <= known
