"""An EIDO tells the whole incident every time: partners hear of the parts that changed, and never of an older one behind a newer."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from adapters.rms.record import Record
from hub.intake.piece import Sender
from hub.partners import Interest
from hub.store import schema
from tests.adapters.cad.calls import golden
from tests.app.test_incident import C1, DISPATCH, PARTNERS, Hub, _partner, hub

UNITS = Interest(id="units", bodies=("unit_status",), purpose="DISPATCH")
FIRST = golden("a-crisis-unit-arrives")


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    """A hub with a partner that wants units and another that wants calls."""
    monkeypatch.setitem(PARTNERS, "UNITS", _partner("UNITS", "PSAP", UNITS))
    monkeypatch.setitem(PARTNERS, "CALLS", _partner("CALLS", "PSAP", DISPATCH))
    monkeypatch.delitem(PARTNERS, "C2")
    with hub(tmp_path) as found:
        yield found


def snapshot(minute: int, part: str = "", **said: Any) -> dict[str, Any]:
    """The incident at some minute after three, one part of it changed at that minute."""
    at = f"2026-03-10T15:{minute:02}:00-07:00"
    found = {**FIRST, "lastUpdateTimeStamp": at}
    if part == "unit":
        found["emergencyResourceComponent"] = [
            FIRST["emergencyResourceComponent"][0] | said | {"lastUpdateTimeStamp": at}
        ]
    if part == "incident":
        found["incidentComponent"] = FIRST["incidentComponent"] | said | {"lastUpdateTimeStamp": at}
    return found


def heard(here: Hub) -> Counter[str]:
    """How many deliveries wait for each partner."""
    with here.kept.database.read() as connection:
        return Counter(connection.scalars(select(schema.outbox.c.destination)))


def test_whoever_wants_units_hears_nothing_of_a_snapshot_in_which_only_the_call_changed(here: Hub) -> None:
    here.told(snapshot(1))
    here.told(snapshot(2, "incident", incidentCommonPriorityNumber=3))

    assert heard(here) == {"UNITS": 1, "CALLS": 2}


def test_whoever_wants_calls_hears_nothing_of_a_unit_that_moved_without_getting_further(here: Hub) -> None:
    here.told(snapshot(1, "unit", secondaryUnitStatusRegistryText=["PatientContact"]))
    here.told(snapshot(2, "unit", secondaryUnitStatusRegistryText=["Hospital"]))

    assert heard(here) == {"UNITS": 2, "CALLS": 1}


def test_of_a_snapshot_in_which_nothing_changed_nobody_hears(here: Hub) -> None:
    here.told(snapshot(1), snapshot(2), snapshot(3))

    assert heard(here) == {"UNITS": 1, "CALLS": 1}


def test_an_older_snapshot_that_comes_late_is_kept_and_told_to_nobody(here: Hub) -> None:
    here.told(snapshot(5, "unit", secondaryUnitStatusRegistryText=["Hospital"]))
    here.told(snapshot(2, "unit", secondaryUnitStatusRegistryText=["EnRoute"]))

    # When a unit set out was not known of the call before: that much is news, however late.
    assert heard(here) == {"UNITS": 1, "CALLS": 2}


def test_a_part_that_says_something_else_is_news_though_nobody_set_its_time(here: Hub) -> None:
    here.told(snapshot(1))
    here.told(snapshot(2) | {"incidentComponent": FIRST["incidentComponent"] | {"incidentCommonPriorityNumber": 4}})

    assert heard(here) == {"UNITS": 1, "CALLS": 2}


def test_two_snapshots_of_one_group_know_each_other(here: Hub) -> None:
    async def both(desk: Any) -> None:
        import asyncio
        import json

        from hub import clock
        from hub.intake import Arrival

        waiting = [
            desk.take(
                Arrival(
                    journal=f"{n:032x}", partner="C1", body=json.dumps(snapshot(n)).encode(), door="t", at=clock.now()
                )
            )
            for n in (1, 2)
        ]
        assert {answer.state for answer in await asyncio.gather(*waiting)} == {"kept"}

    here.at_desk(both)

    assert heard(here) == {"UNITS": 1, "CALLS": 1}


def test_another_incident_is_news_whatever_was_told_of_the_first(here: Hub) -> None:
    here.told(snapshot(1))
    here.told(snapshot(1) | {"$id": "urn:emergency:uid:incidentid:8:c1.example"})

    assert heard(here) == {"UNITS": 2, "CALLS": 2}


def test_an_older_version_of_a_record_that_was_sealed_since_leaves_for_nobody(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    contacts = Interest(id="contacts", bodies=("field_contact",), purpose="DISPATCH")
    monkeypatch.setitem(PARTNERS, "OFFICERS", _partner("OFFICERS", "LE", contacts))
    record = {"template_id": "T-42", "case_number": "26-7", "person": {"names": [{"family": "Doe"}]}}
    with hub(tmp_path) as there:
        there.order = replace(there.order, senders={"C1": Sender(partner=C1, adapter=Record(), zone="UTC")})
        there.told(record | {"version": "1"}, record | {"version": "3", "sealed": True})
        there.told(record | {"version": "2"}, record | {"version": "1", "template_id": "T-43"})

        assert heard(there) == {"OFFICERS": 2}
