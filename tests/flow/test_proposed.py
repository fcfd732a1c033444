"""Units are proposed of the one department that is meant: named, covering the place, or going everywhere; else it is said why none is."""

from __future__ import annotations

import pytest

from hub.flow.proposed import Department, propose
from hub.flow.roster import COLUMNS, DEPARTMENT, Unit, free, on_duty, read
from hub.model.public_safety import CallForService
from hub.model.values import Address, Place

CITY = Department(id="PD", areas=("Exampleton", "Beat 12"))
COUNTY = Department(id="SO")
RURAL = Department(id="RD", areas=("85099",))
UNITS = (
    Unit(unit="12A", certified=("7",), ends=0, department="PD"),
    Unit(unit="S1", certified=("8",), ends=0, department="SO"),
    Unit(unit="X", certified=("9",), ends=0),
    Unit(unit="15C", certified=(), ends=0, department="PD"),
)


def call(agency: str = "", beat: str = "", city: str = "") -> CallForService:
    place = Place(address=Address(city=city)) if city else None
    return CallForService(incident="1", agency=agency, beat=beat, place=place)


@pytest.mark.parametrize(
    ("asked", "departments", "department"),
    [
        (call(agency="SO", beat="Beat 12"), (CITY, COUNTY), "SO"),
        (call(beat="beat 12"), (CITY, COUNTY, RURAL), "PD"),
        (call(city="EXAMPLETON"), (CITY, RURAL), "PD"),
        (call(city="Elsewhere"), (CITY, COUNTY), "SO"),
        (call(), (CITY, COUNTY), "SO"),
        (call(), (COUNTY,), "SO"),
    ],
)
def test_the_department_is_the_one_named_or_covering_the_place_or_going_everywhere(
    asked: CallForService, departments: tuple[Department, ...], department: str
) -> None:
    found = propose(asked, UNITS, departments)

    assert (found.department, found.why) == (department, "")
    assert found.units == {"PD": ("12A", "X"), "SO": ("S1", "X")}[department]


@pytest.mark.parametrize(
    ("asked", "departments", "why"),
    [
        (call(), (), "No police department tells the hub of its units."),
        (call(), (CITY, RURAL), "Nobody said where this is, and each police department goes to some places only."),
        (call(city="Elsewhere"), (CITY, RURAL), "No police department covers this place."),
        (call(), (COUNTY, Department(id="HP")), "HP and SO may both be meant: choose one by hand."),
        (call(beat="85099"), (RURAL,), "No unit of RD is certified for crises and free now."),
    ],
)
def test_where_none_is_proposed_the_dispatcher_reads_why(
    asked: CallForService, departments: tuple[Department, ...], why: str
) -> None:
    found = propose(asked, UNITS[:2], departments)

    assert (found.units, found.why) == ((), why)


def test_a_table_may_say_whose_each_unit_is() -> None:
    head, night = ",".join((*COLUMNS, DEPARTMENT)), "2026-03-10T18:00,2026-03-11T06:00"
    crew = read(f"{head}\n7,12A,CIT,2026-12-31,{night},PD\n8,S1,CIT,2026-12-31,{night},SO\n", "UTC")

    units = free(on_duty(crew, crew[0].starts, "UTC"), ())

    assert propose(call(beat="Beat 12"), units, (CITY, COUNTY)).units == ("12A",)
