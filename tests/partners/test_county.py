"""A county is read whole or not at all; its agreements hold from day to day in its own zone."""

from __future__ import annotations

import json
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from hub.errors import Misconfigured
from hub.located import load as read
from hub.partners import Agreement, json_schema, load, term
from hub.partners.delivery import _CARRIERS
from hub.partners.source import _DOORS, _EXPECTS
from hub.partners.words import CARRIERS, DOORS
from tests.partners.desk import COUNTY, FORMATS, NOON, copy, look, spoil

AGREEMENT = Agreement(id="A", kind="MOU", hub_is="partner", starts="2026-03-01", ends="2026-03-31", signature="s")


def micros(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp()) * 1_000_000


def test_the_example_county_loads() -> None:
    county = load(COUNTY, formats=FORMATS, at=NOON)

    assert sorted(county.partners) == ["B1", "B1-S", "C1", "CR1", "H1", "L1", "MCT1", "PD", "S1", "SH1"]
    assert county.state == "DEMO"
    assert all(county.in_force(partner, NOON) for partner in county.partners.values())


def test_whoever_hears_that_somebody_came_or_left_hears_that_it_was_cancelled() -> None:
    partners = load(COUNTY, formats=FORMATS, at=NOON).partners.values()
    named = [
        set(when["encounter.trigger"])
        for one in partners
        for want in one.wants
        for when in want.when
        if "encounter.trigger" in when
    ]

    cancels = {"A01": "A11", "A02": "A12", "A03": "A13", "A04": "A11"}

    assert named
    assert all(cancels[said] in words for words in named for said in words & cancels.keys())


def test_every_source_knows_its_zone_and_every_folder_is_absolute() -> None:
    partners = load(COUNTY, formats=FORMATS, at=NOON).partners
    shelter = partners["SH1"]

    assert {p.source.zone for p in partners.values() if p.source} == {"America/Phoenix"}
    assert shelter.source
    assert shelter.delivery
    assert shelter.source.doors[0].path == str(COUNTY / "exchange/sh1/from-shelter")
    assert shelter.delivery.path == str(COUNTY / "exchange/sh1/to-shelter")


def test_a_zone_of_its_own_is_kept(tmp_path: Path) -> None:
    folder = copy(tmp_path / "county")
    spoil(folder, "partners/h1.yaml", "charset: utf-8", "zone: America/Denver")

    county, _ = look(folder)

    assert county
    assert county.partners["H1"].source
    assert county.partners["H1"].source.zone == "America/Denver"


def test_load_raises_the_first_and_counts_the_others(tmp_path: Path) -> None:
    folder = copy(tmp_path / "county")
    spoil(folder, "partners/b1.yaml", "timeout_s: 5", "window: noon")
    spoil(folder, "partners/h1.yaml", "timeout_s: 5", "dedupe: guess")

    with pytest.raises(
        Misconfigured, match=r"b1.yaml line \d+: These are not hours.*1 more; `crisis-hub partners check`"
    ):
        load(folder, formats=FORMATS, at=NOON)


@pytest.mark.parametrize(
    ("instant", "holds"),
    [
        ("2026-02-28T23:59:59-07:00", False),
        ("2026-03-01T00:00:00-07:00", True),
        ("2026-03-31T23:59:59-07:00", True),
        ("2026-04-01T00:00:00-07:00", False),
        ("2026-04-01T00:00:00+00:00", True),
    ],
)
def test_an_agreement_holds_through_its_last_day_in_the_county_zone(tmp_path: Path, instant: str, holds: bool) -> None:
    folder = copy(tmp_path / "county")
    spoil(folder, "partners/h1.yaml", "starts: 2026-01-01", "starts: 2026-03-01")
    spoil(folder, "partners/h1.yaml", "ends: 2039-12-31", "ends: 2026-03-31")

    county, wrong = look(folder, at=micros("2026-03-15T00:00:00+00:00"))

    assert county, wrong
    assert county.in_force(county.partners["H1"], micros(instant)) is holds


def test_an_agreement_that_has_ended_stops_no_start_and_lets_nothing_be_told(tmp_path: Path) -> None:
    """Everybody else, the 911 centre too, would wait for one paper."""
    folder = copy(tmp_path / "county")
    spoil(folder, "partners/h1.yaml", "ends: 2039-12-31", "ends: 2026-03-31")
    april = micros("2026-04-01T12:00:00-07:00")

    county = load(folder, formats=FORMATS, at=april)
    _, wrong = look(folder, at=april)

    assert not county.in_force(county.partners["H1"], april)
    assert [refusal.message for refusal in wrong] == ["This agreement has ended."]


@given(
    st.dates(min_value=date(1990, 1, 1), max_value=date(2100, 1, 1)),
    st.sampled_from(["America/New_York", "Pacific/Apia", "UTC"]),
)
def test_the_last_day_is_the_last_day_there_whatever_the_clocks_do(day: object, zone: str) -> None:
    starts, ends = term(msgspec.structs.replace(AGREEMENT, starts=str(day), ends=str(day)), zone)

    there = datetime.fromtimestamp(ends / 1_000_000 - 1, ZoneInfo(zone))
    assert starts < ends
    assert str(there.date()) == str(day) or zone == "Pacific/Apia"  # Samoa had no 30 December 2011


def test_any_change_of_an_agreement_changes_its_reference() -> None:
    changed = [
        msgspec.structs.replace(AGREEMENT, ends="2026-04-30"),
        msgspec.structs.replace(AGREEMENT, purposes=("TREAT",)),
        msgspec.structs.replace(AGREEMENT, purge_on_recall=True),
        msgspec.structs.replace(AGREEMENT, version="2"),
    ]

    assert AGREEMENT.reference.startswith("A v1 ")
    assert len({a.reference for a in (AGREEMENT, *changed)}) == 5


def test_the_digest_of_a_county_follows_every_file(tmp_path: Path) -> None:
    before = load(copy(tmp_path / "one"), formats=FORMATS, at=NOON)
    other = copy(tmp_path / "one" / "two")
    spoil(other, "partners/h1.yaml", "contact: flow coordinator", "contact: bed desk")
    after = load(other, formats=FORMATS, at=NOON)

    assert before.digest != after.digest
    assert len(before.digest) == 64


def test_the_published_schema_accepts_the_example_files_and_lists_their_words() -> None:
    schema = json.loads(json.dumps(json_schema()))
    validator = Draft202012Validator(schema)

    for path in (COUNTY / "partners").glob("*.yaml"):
        assert list(validator.iter_errors(read(path).data)) == [], path.name
    text = json.dumps(schema)
    assert '"HOSP_ED"' in text
    assert '"TREAT"' in text
    assert '"crisis_contact"' in text


def test_every_kind_of_door_and_carrier_has_its_checks() -> None:
    assert set(_DOORS) == set(_EXPECTS) == set(DOORS)
    assert set(_CARRIERS) == set(CARRIERS)
