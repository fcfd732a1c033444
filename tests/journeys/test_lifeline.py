"""J3, 988 to the field and back: somebody without a name is visited, somebody else is rescued, and neither is ever anybody."""

from __future__ import annotations

import json
from typing import Any

import pytest

from hub.spans import DAY
from tests.journeys.town import Person, Town

pytestmark = pytest.mark.slow

# 988 knows nobody by name; the same person is at the hospital under theirs.
DEE = Person(given="Dee", family="Arroyo", born="1993-09-09", street="5 Agave Lane", phone="602-555-0171", tag="-D")
NUMBER, MEETING, RESCUED = "602-555-0171", "blue jacket", "602-555-0187"


def test_the_team_is_asked_without_the_number_and_its_times_come_back(county: Town) -> None:
    asked_for = county.sends("L1", DEE.told("10-l1-contact-c9.json"))
    asked = county.gets("MCT1", "C-9-D")

    assert MEETING in asked
    assert NUMBER not in asked
    assert json.loads(asked)["anonymous"] is True

    county.sends("MCT1", DEE.told("11-mct1-on-the-way.json"))
    county.sends("MCT1", DEE.told("12-mct1-cleared.json"))

    county.looks_after("vigil", later=DAY + DAY)
    (gap,) = county.tasks("gap", asked_for.episode)
    assert gap.role == "988 counsellor"
    assert gap.words.startswith("A mobile team was there, and nobody reached the person again within 24 hours.")

    last = json.loads(county.holds("L1", "MV-26-311-D")[-1])
    (visit,) = last["mobile_crisis"]
    assert visit["status"] == "cleared"
    assert {"requested_at", "accepted_at", "enroute_at", "arrived_at", "cleared_at"} <= visit.keys()
    assert county.holds("C1", NUMBER) == county.holds("L1", NUMBER) == []


def test_a_rescue_tells_911_four_things_and_nothing_that_was_said(county: Town) -> None:
    said: dict[str, Any] = json.loads(DEE.told("13-l1-contact-c10.json"))

    county.sends("L1", json.dumps(said).encode())

    told = county.gets("C1", RESCUED)
    assert "901" in told
    assert "SUICTHRT" in told
    assert said["narrative"] not in told
    assert not [word for word in ("overdose", "active_rescue", "C-10-D") if word in told]
    assert county.holds("MCT1", RESCUED) == county.holds("PD", RESCUED) == []


def test_a_rescue_that_no_human_takes_sounds_within_a_minute_with_the_number_to_ring(county: Town) -> None:
    county.sends(
        "L1", DEE.told("13-l1-contact-c10.json").replace(b"C-10-D", b"C-10-E").replace(b"L1-C10-1-D", b"L1-C10-1-E")
    )

    told = county.comes(lambda: [task for task in county.tasks("handover") if task.words.startswith("RESCUE")])

    assert {task.role for task in told} <= {"988 supervisor", "county lead"}
    assert "nobody at C1 555-555-0111 has accepted it within 60 seconds. Telephone now." in told[-1].words


def test_nobody_becomes_somebody(county: Town) -> None:
    county.sends("H1", DEE.told("05-h1-a04.hl7"))
    here = county.sends("H1", DEE.told("06-h1-oru.hl7"))
    contact = county.sends("L1", DEE.told("10-l1-contact-c9.json").replace(b"L1-C9-1-D", b"L1-C9-2-D"))

    assert contact.owner != here.owner
    assert contact.episode != here.episode
    told = [one.partner for one in county.look.episode(here.journal).happenings]
    assert set(told) == {"H1"}
    assert county.holds("B1", MEETING) == county.holds("S1", MEETING) == []


def test_a_team_that_does_not_come_is_told_to_the_988_supervisor(county: Town) -> None:
    asked = DEE.told("10-l1-contact-c9.json").replace(b"L1-C9-1-D", b"L1-C9-3-D").replace(b"C-9-D", b"C-9-F")
    kept = county.sends("L1", asked)

    county.looks_after("vigil", later=DAY)

    (gap,) = county.tasks("gap", kept.episode)
    assert (gap.role, gap.words) == ("988 supervisor", "A mobile team was asked for, and was not there within an hour.")
