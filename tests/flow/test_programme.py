"""Who comes is what the county's file says: six scenarios, and every refusal has its reason."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

import adapters
from hub.errors import Misconfigured
from hub.flow.programme import Need, of_call, of_contact, proposals, teams
from hub.located import load as read
from hub.model.crisis import CrisisContact, RiskAssessment
from hub.model.public_safety import CallForService
from hub.model.values import Address, Code, Place
from hub.partners import Programme, load
from hub.partners.programme import check

ZONE = "America/Phoenix"
COUNTY = (
    Programme(
        id="co", name="Co-responders", teams=("CR1",), role="with police", asked_by=("911", "police"),
        days=("mon", "tue", "wed", "thu", "fri"), opens="08:00", closes="18:00", armed=True,
    ),
    Programme(
        id="community", name="Community responders", teams=("CM1",), role="instead of police", asked_by=("911",),
        areas=("Exampleton",), crises=("welfare_check", "intoxication"),
    ),
    Programme(id="fire", name="Fire and clinician", teams=("FD1",), role="instead of police", asked_by=("911",),
              crises=("overdose",), alongside=("EMS1",)),
    Programme(id="night", name="Night team", teams=("MCT1", "MCT2"), role="instead of police", opens="18:00", closes="08:00"),
    Programme(id="day", name="Day team", teams=("MCT2",), role="instead of police", opens="08:00", closes="18:00"),
)  # fmt: skip


def at(day: int, hour: int) -> int:
    """An hour of March 2026; the 9th is a Monday."""
    return int(datetime(2026, 3, day, hour, tzinfo=ZoneInfo(ZONE)).timestamp()) * 1_000_000


def call(kind: str, *, weapon: str = "", city: str = "Exampleton") -> CallForService:
    place = Place(address=Address(city=city))
    return CallForService(crisis=Code(code=kind), weapon=Code(code=weapon) if weapon else None, place=place)


@pytest.mark.parametrize(
    ("need", "come"),
    [
        (of_call(call("suicide"), at(9, 14)), ("CR1", "MCT2")),
        (of_call(call("suicide"), at(9, 23)), ("MCT1", "MCT2")),
        (of_call(call("suicide", weapon="knife"), at(9, 14)), ("CR1",)),
        (of_call(call("welfare_check"), at(14, 14)), ("CM1", "MCT2")),
        (of_call(call("welfare_check", city="Elsewhere"), at(14, 14)), ("MCT2",)),
        (of_call(call("overdose"), at(14, 3)), ("FD1", "MCT1", "MCT2")),
    ],
    ids=[
        "by day, with police",
        "by night",
        "armed",
        "a Saturday, instead of police",
        "another city",
        "with an ambulance",
    ],
)
def test_six_scenarios(need: Need, come: tuple[str, ...]) -> None:
    assert teams(COUNTY, need, ZONE) == come


def test_every_programme_that_does_not_come_says_why() -> None:
    answers = proposals(COUNTY, of_call(call("suicide", weapon="firearm"), at(14, 23)), ZONE)

    assert [(one.fits, one.why) for one in answers] == [
        (False, "Is closed at this hour."),
        (False, "Does not come where a weapon was reported."),
        (False, "Does not come where a weapon was reported."),
        (False, "Does not come where a weapon was reported."),
        (False, "Does not come where a weapon was reported."),
    ]


def test_a_night_that_began_on_friday_ends_on_saturday_morning() -> None:
    fridays = Programme(
        id="f", name="F", teams=("T",), role="with police", days=("fri",), opens="20:00", closes="06:00"
    )

    open_at = [
        hour
        for day in (13, 14)
        for hour in (5, 19, 20, 23)
        if teams([fridays], Need(asked_by="911", at=at(day, hour)), ZONE)
    ]

    assert open_at == [20, 23, 5]


def test_where_to_meet_counts_before_where_the_caller_was_routed() -> None:
    meets = Place(address=Address(city="Exampleton"))
    known = CrisisContact(coarse_area="Elsewhere", meeting_point=meets, risk=RiskAssessment(weapon=Code(code="none")))

    assert of_contact(known, 0).areas == ("Exampleton",)
    assert of_contact(CrisisContact(coarse_area="Elsewhere"), 0).areas == ("Elsewhere",)
    assert not of_contact(known, 0).armed


def test_the_demonstrations_county_routes_988_to_its_team() -> None:
    folder = Path(__file__).parents[2] / "examples" / "county"
    county = load(folder, formats=adapters.found(("cad", "ehr", "lifeline988", "rms", "social")), at=at(10, 21))

    assert teams(county.programmes, Need(asked_by="988", at=at(10, 21)), county.zone) == ("MCT1",)


def test_what_is_wrong_is_named_with_its_line(tmp_path: Path) -> None:
    file = tmp_path / "county.yaml"
    file.write_text("programmes:\n  - id: a\n    teams: [MTC1]\n    opens: 25:00\n  - id: a\n    teams: []\n")
    wrong = (
        Programme(id="a", name="A", teams=("MTC1",), role="with police", opens="25:00"),
        Programme(id="a", name="A", teams=(), role="with police"),
    )

    said = [str(one) for one in check(read(file), wrong, ["MCT1"])]

    assert len(said) == 4
    assert "MCT1" in said[0]
    assert all("county.yaml line" in one for one in said)
    assert all(isinstance(one, Misconfigured) for one in check(read(file), wrong, ["MCT1"]))
