"""EDXL-HAVE: counts by bed type, diversions whole, and nothing read or written that the published schema would not have."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from adapters.ehr.have.adapter import SHAPE, SPACES, Have
from adapters.wire import xml, xml_shape
from adapters.wire.own_json import HOME
from hub.contracts import Reading
from hub.errors import Unmapped, Unreadable
from hub.lens.load import load
from hub.model.event import Body
from hub.model.person import Person
from hub.model.service import CapacityReport, DiversionStatus
from hub.model.values import Code, Instant
from tests.adapters.schemas import faults
from tests.adapters.spoiling import spoiled
from tests.disclosing import AT, RECEIVED, TARGET, disclose
from tests.samples import samples

GOLDEN = Path(__file__).parents[2] / "golden" / "have"
PSYCHIATRIC = ("adult_psychiatric", "pediatric_psychiatric", "geriatric_psychiatric", "crisis_stabilization")
NOW = Instant(at=AT)
# The schema imports two others that are not to be had; of these we know names alone.
STUB = """<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="{space}">
  <xs:complexType name="{name}"><xs:sequence><xs:any processContents="skip" minOccurs="0" maxOccurs="unbounded"/></xs:sequence>
  <xs:anyAttribute processContents="skip"/></xs:complexType></xs:schema>"""
STUBS = {
    "xPIL.xsd": STUB.format(space=SPACES["xpil"], name="OrganisationDetailsType"),
    "geo-oasis.xsd": STUB.format(space=SPACES["geo"], name="WhereType"),
}


@cache
def schema() -> etree.XMLSchema:
    """The published schema of HAVE 1.0."""

    class Beside(etree.Resolver):
        def resolve(self, system_url: str, public_id: str, context: Any) -> Any:  # type: ignore[override]  # as lxml calls it
            found: Any = self
            stub = STUBS.get(system_url.rpartition("/")[2])
            return found.resolve_string(stub, context) if stub else None

    parser = etree.XMLParser()
    parser.resolvers.add(Beside())
    return etree.XMLSchema(etree.parse(samples("public_safety/niem_5_2/external/have.xsd"), parser))


def golden(case: str) -> bytes:
    """The wire of a golden case."""
    return (GOLDEN / case / "wire.xml").read_bytes()


def reading(body: bytes) -> Reading:
    """What the adapter reads."""
    return Have().read(body, RECEIVED)


def written(*bodies: Body) -> str:
    """What the adapter writes of some bodies."""
    return Have().write(disclose(bodies), TARGET).body.decode()


# -- beds


def test_psychiatric_beds_are_kept_apart() -> None:
    found = [event.body for event in reading(golden("psychiatric-beds-by-themselves")).events]

    beds = [one for one in found if isinstance(one, CapacityReport)]
    assert [one.bed_type.code or one.bed_type.local for one in beds if one.bed_type] == [*PSYCHIATRIC, "sobering"]
    assert [one.available for one in beds] == [4, 0, 1, 3, 5]


def test_a_type_that_the_standard_does_not_have_keeps_ours_and_says_so() -> None:
    kinds = [Code(code=name, system="urn:crisis-hub:bed-type") for name in PSYCHIATRIC]

    said = written(*(CapacityReport(facility="H1", bed_type=kind, available=n) for n, kind in enumerate(kinds)))

    assert re.findall(r"<BedType>(\w+)</BedType>", said) == ["AdultPsychiatric", "PediatricPsychiatric"]
    assert re.findall(r"<SubCategoryBedType>([^<]+)<", said) == [
        "urn:crisis-hub:bed-type:geriatric_psychiatric",
        "urn:crisis-hub:bed-type:crisis_stabilization",
    ]


def test_a_count_that_several_types_share_is_nobodys() -> None:
    found = reading(golden("counts-that-types-share"))

    assert [one.path for one in found.invalid] == [
        "Hospital/HospitalBedCapacityStatus/BedCapacity[1]/Capacity/AvailableCount"
    ]
    assert [event.body.bed_type.code for event in found.events] == ["burn"]  # type: ignore[union-attr]  # all are beds


def test_no_count_is_no_zero() -> None:
    body = golden("psychiatric-beds-by-themselves").replace(b"<AvailableCount>4</AvailableCount>", b"")

    first = reading(body).events[0].body

    assert isinstance(first, CapacityReport)
    assert first.available is None


def test_what_facilities_said_at_different_times_stands_apart() -> None:
    later = Instant(at=AT + 60_000_000)

    said = written(
        CapacityReport(facility="H1", as_of=NOW, available=1),
        CapacityReport(facility="H1", as_of=NOW, available=2),
        CapacityReport(facility="H1", as_of=later, available=3),
        CapacityReport(facility="H2", as_of=NOW, available=4),
    )

    assert said.count("<Hospital>") == 3


def test_a_time_of_which_only_the_day_is_known_never_looks_newer_than_it_is() -> None:
    said = written(CapacityReport(facility="H1", as_of=Instant(at=AT, precision="day", text="2026-03-01"), available=1))

    assert "<LastUpdateTime>2026-03-01T00:00:00</LastUpdateTime>" in said


# -- diversion


def test_a_diversion_is_raw_and_normalised_with_scope_reason_and_end() -> None:
    (found,) = (
        event.body
        for event in reading(golden("beds-and-a-diversion")).events
        if isinstance(event.body, DiversionStatus)
    )

    assert found.status
    assert found.scope
    assert found.reason
    assert found.since
    assert found.expires_at
    assert (found.status.local, found.status.code) == ("Closed", "diversion")
    assert (found.scope.code, found.reason.code, found.offload_minutes) == ("all", "full", "45")
    assert found.expires_at.at > found.since.at


def test_free_words_are_a_reason_without_a_code_and_no_work_item() -> None:
    found = reading(golden("a-service-that-is-not-covered"))

    reasons = [event.body.reason for event in found.events if isinstance(event.body, DiversionStatus)]
    assert [reason.display for reason in reasons if reason] == ["Two of three resuscitation bays are being cleaned"]
    assert found.unmapped_codes == ()


@pytest.mark.parametrize("scope", ["psychiatric", "trauma"])
def test_a_diversion_of_one_scope_never_closes_the_whole_house(scope: str) -> None:
    said = written(
        DiversionStatus(
            facility="H1",
            status=Code(code="diversion", system="urn:crisis-hub:diversion-status"),
            scope=Code(code=scope, system="urn:crisis-hub:diversion-scope"),
        )
    )

    assert "EMSTraffic" not in said
    assert ">false<" in said


def test_a_scope_that_have_has_no_word_for_is_not_written() -> None:
    walk_in = Code(code="walk_in", system="urn:crisis-hub:diversion-scope")

    with pytest.raises(Unmapped):
        written(DiversionStatus(facility="H1", status=Code(code="diversion"), scope=walk_in))


def test_a_code_of_somebody_else_never_breaks_a_closed_list() -> None:
    odd = Code(local="NEDOCS 180")

    said = written(
        CapacityReport(facility="H1", bed_type=Code(local="chair"), status=odd, available=1),
        DiversionStatus(facility="H1", status=odd, offload_minutes="20"),
    )

    assert "NEDOCS" not in said
    assert "<SubCategoryBedType>chair</SubCategoryBedType>" in said
    xml_shape.load(SHAPE).check(xml.read(said.encode()))


# -- labels, versions, persons


def test_the_labels_travel_in_a_comment_and_bind_who_reads_them() -> None:
    assert reading(golden("psychiatric-beds-by-themselves")).inherited == ("N", "OPEN")


def test_have_2_is_a_draft_and_is_not_read() -> None:
    with pytest.raises(Unreadable, match="only a draft"):
        reading(samples("healthcare/edxl-have/HAVE.xml").read_bytes())


def test_nothing_of_a_person_is_written() -> None:
    with pytest.raises(Unmapped):
        written(Person(ssn="1"))


# -- the published schema


@pytest.mark.parametrize("case", sorted(case.name for case in GOLDEN.iterdir()))
def test_our_shape_judges_as_the_published_schema_does(case: str) -> None:
    judge, shape = schema(), xml_shape.load(SHAPE)
    root = xml.read(golden(case))

    assert judge.validate(root)
    for name, whole in spoiled(root, {"odd": "odd"}):
        if SPACES["xnl"] not in name:
            assert judge.validate(whole) == (next(shape.faults(whole), None) is None), name


@pytest.mark.parametrize("case", sorted(case.name for case in GOLDEN.iterdir()))
def test_what_we_write_is_valid(case: str) -> None:
    bodies = [event.body for event in reading(golden(case)).events]

    assert faults(schema(), written(*bodies).encode()) == []


def test_every_bed_type_of_the_standard_is_known() -> None:
    row = xml_shape.load(SHAPE).row("BedCapacity", "BedType")
    table = load(HOME / "ehr" / "have" / "set.yaml", HOME).tables["have_bed_type"]

    assert row is not None
    assert {one.wire for one in table.rows} == set(row.holds.split()[1:])
