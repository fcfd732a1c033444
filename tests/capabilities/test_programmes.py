"""Programmes of a county, each with its own bargain: who hears of whom, until which minute, and what is told back."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, cast

from hub import clock
from hub.app.care.card import Cards, Threat
from hub.app.care.placing import Placing
from hub.app.care.vigil import Vigil
from hub.flow.card import EMPTY
from hub.flow.placement import Asked, Criteria, Placement, choose, offer
from hub.model.commands import Command
from hub.spans import MINUTE, SECOND
from hub.store.ids import new_id
from hub.store.result import Result
from hub.store.sealing import Sealer
from hub.store.writing.work import Open, Work
from tests.capabilities.phrases import adt, bundle, ours, patient, release
from tests.capabilities.town import TRAFFIC, Town

CALL = (TRAFFIC / "01-c1-call.json").read_text()
ENROLLED_UNTIL = "2039-03-31T17:00:00-07:00"
IMANI = {
    "identifiers": [{"value": "R-7", "type": "RMS"}],
    "names": [{"family": "Quarles", "given": ["Imani"]}],
    "birth_date": "1987-05-21",
    "sex": "female",
    "telecoms": [{"system": "phone", "value": "602-555-0148"}],
}


def call(number: str, to: str = "", **incident: Any) -> str:
    """The county's call under another number, perhaps handed over to another agency."""
    said: dict[str, Any] = json.loads(CALL.replace("118842", number).replace("6025550119", f"6025{number}"))
    said["incidentComponent"] |= incident
    if to:
        owner = said["agencyComponent"][0]
        handed = {"$id": to, "lastUpdateTimeStamp": "2026-03-10T14:04:00-07:00", "incidentOwningAgencyIndicator": False}
        said["agencyComponent"].append(owner | handed | {"agencyRoleDescriptionRegistryText": ["TransferredTo"]})
    return json.dumps(said)


def arrest(number: str, person: dict[str, Any]) -> str:
    """A contact of the police that ended in an arrest."""
    said = {
        "message_id": f"PD-{number}",
        "template_id": number,
        "ori": "XX0000100",
        "disposition": "arrest",
        "person": person,
    }
    return json.dumps(said | {"occurred_at": "2026-03-12T22:10:00-07:00"})


def permitted(county: Town, journal: str, partner: str) -> bool:
    """Whether a message was granted to a partner when it came."""
    with county.journal() as kept:
        return any(one.permits for one in kept.plans([journal])[0].decided if one.partner == partner)


def test_a_call_handed_to_988_goes_without_its_story_and_its_end_closes_the_call(county: Town) -> None:
    county.tell("C1", call("119001", to="l1.example-county.example"))
    (packet,) = county.delivered()["L1"]
    back = {
        "message_id": "L1-SC06", "contact_id": "C-SC06", "modality": "call", "presenting_concerns": ["suicide"],
        "narrative": "Talked about the divorce.", "ended_at": "2026-03-10T14:40:00-07:00", "disposition": ["resolved_on_contact"],
        "transfer": {"direction": "from_911", "incident_id": "26-119001", "accepted_at": "2026-03-10T14:05:00-07:00"},
    }  # fmt: skip
    county.tell("L1", json.dumps(back))
    (closed,) = county.delivered()["C1"]

    said = json.loads(packet)
    assert said["transfer"] == {
        "direction": "from_911",
        "incident_id": "26-119001",
        "peer": "c1.example-county.example",
    }
    assert said["caller"]["callback"] == ["+16025119001"]
    assert not [word for word in ("narrative", "knife", "bridge", "notes") if word in packet]
    incident = json.loads(closed)["incidentComponent"]
    assert (incident["internalIncidentId"], incident["incidentStatusCommonRegistryText"]) == ("26-119001", ["Closed"])
    assert [one["dispositionCommonRegistryCode"] for one in incident["dispositionComponent"]] == ["05"]
    assert not [word for word in ("divorce", "suicide", "C-SC06", "SUICTHRT") if word in closed]


def test_a_contact_that_911_did_not_hand_over_tells_911_nothing(county: Town) -> None:
    contact = {
        "contact_id": "C-SC06-2",
        "message_id": "L1-SC06-2",
        "modality": "call",
        "disposition": ["resolved_on_contact"],
    }
    county.tell("L1", json.dumps(contact))

    assert "C1" not in county.delivered()


def test_the_team_that_answers_for_somebody_hears_of_an_arrest_until_the_minute_in_which_that_ends(
    county: Town,
) -> None:
    enrolment = release(
        "FACT1", "FACT-7", "FACT1", "COC", "IDENT", "LE_RECORD", until=ENROLLED_UNTIL, held_by=("PD", "FACT1")
    )
    county.tell("FACT1", bundle(patient("FACT1", "F-7"), enrolment))
    ends = int(datetime.fromisoformat(ENROLLED_UNTIL).timestamp()) * SECOND
    county.tell("PD", arrest("SC02-1", IMANI))
    told = county.delivered()
    last = county.tell("PD", arrest("SC02-2", IMANI), at=ends - MINUTE)
    over = county.tell("PD", arrest("SC02-3", IMANI), at=ends)
    # What came by a clock that is ahead waits for nothing: it leaves now, and not in the tests that follow.
    county.delivered()

    (alert,) = told["FACT1"]
    assert "SC02-1" in alert
    assert "arrest" in alert
    assert permitted(county, last.journal, "FACT1")
    assert not permitted(county, over.journal, "FACT1")


def test_of_whoever_is_not_enrolled_the_team_hears_nothing_though_other_clinics_do(county: Town) -> None:
    stranger = IMANI | {
        "names": [{"family": "Unenrolled", "given": ["Kofi"]}],
        "birth_date": "1961-01-30",
        "identifiers": [],
    }
    kept = county.tell("PD", arrest("SC02-4", stranger | {"telecoms": [], "sex": "male"}))
    told = county.delivered()

    assert "FACT1" not in told
    assert permitted(county, kept.journal, "B1")


def test_a_dispatch_system_is_read_and_gets_one_comment_on_its_call_and_nothing_of_the_person(county: Town) -> None:
    visit = {
        "encounter_id": "MV-C2", "message_id": "MV-C2-1", "request_source": "911", "source_contact_ref": "26-119009",
        "requested_at": "2026-03-10T14:10:00-07:00", "accepted_at": "2026-03-10T14:12:00-07:00",
        "enroute_at": "2026-03-10T14:15:00-07:00", "team_id": "MCT1-A", "disposition": "stabilized_in_community",
        "narrative": "Sat on the kitchen floor.", "person": {"names": [{"family": "Quarles"}], "language": "es"},
    }  # fmt: skip
    county.tell("MCT1", json.dumps(visit))
    (comment,) = county.delivered()["C2"]

    said = json.loads(comment)
    assert said.keys() == {"key", "incident", "remark"}
    assert said["incident"] == "26-119009"
    assert said["remark"].startswith("Mobile team ")
    assert said["remark"].endswith("en route Mar 10 2026, 14:15:00 MST")
    assert not [word for word in ("Quarles", "kitchen", "stabilized", 'es"') if word in comment]


CARD = {
    "language": {"valueCodeableConcept": {"coding": [{"system": "urn:ietf:bcp:47", "code": "es"}]}},
    "communication_need[0]": {"valueCodeableConcept": {"coding": [{"system": "urn:crisis-hub:communication", "code": "short-sentences"}]}},
    "triggers[0]": {"valueCodeableConcept": {"coding": [{"system": "urn:crisis-hub:trigger", "code": "sirens"}]}},
    "calming[0]": {"valueCodeableConcept": {"coding": [{"system": "urn:crisis-hub:calming", "code": "slow"}]}},
    "contact_wish": {"valueString": "call-friend"},
    "safety_flags[0]": {"valueCodeableConcept": {"coding": [{"system": "urn:crisis-hub:safety", "code": "knife"}]}},
    "last_outcomes[0]": {"valueCodeableConcept": {"coding": [{"system": "urn:crisis-hub:outcome", "code": "settled"}]}},
}  # fmt: skip


def test_what_a_clinic_writes_in_fhir_and_the_person_releases_is_the_card_that_officers_see(county: Town) -> None:
    let_go = release("CR1", "CO-SA02", "PD", "APPROACH", "APPROACH", "RISK_SAFETY")
    known = {"identifiers": [{"value": "R-9", "type": "RMS"}], "names": [{"family": "Cardholder", "given": ["Imani"]}]}
    contact = json.loads(arrest("SA02", IMANI | known)) | {"incident": "26-119003"}
    county.tell("CR1", bundle(patient("CR1", "SA02", "Cardholder"), ours("approach_card", **CARD)))
    county.tell("PD", json.dumps(contact))
    officers, now = county.known.county.partners["PD"], clock.now()
    cards = Cards(known=county.known, vault=county.vault, desk=cast("Any", Straight(county)))

    _, hidden = cards.look(officers, "26-119003", None, now)
    _, threatened = cards.look(officers, "26-119003", Threat("the caller saw a knife", "Sgt. Osei"), now)
    county.tell("CR1", bundle(patient("CR1", "SA02", "Cardholder"), let_go))
    _, shown = cards.look(officers, "26-119003", None, now)

    assert hidden == EMPTY
    assert (threatened.language, threatened.safety_flags, threatened.triggers) == ("es", ("May carry a knife",), ())
    assert (shown.language, shown.contact_wish) == ("es", "Wants a friend called")
    assert (shown.communication_need, shown.triggers) == (("Short sentences",), ("Sirens and flashing lights",))
    assert (shown.calming, shown.safety_flags) == (("Slow and quiet speech",), ("May carry a knife",))
    assert shown.last_outcomes == ("Settled by talking",)
    assert shown.risk_level == ""


def test_police_learn_which_outreach_worker_to_telephone_and_nothing_of_housing(county: Town) -> None:
    worker = {
        "relationship": [{"text": "outreach worker"}],
        "name": {"family": "Okoye", "given": ["Sam"]},
        "telecom": [{"system": "phone", "value": "602-555-0190", "use": "work"}],
    }
    county.delivered()
    listed = release("OUT1", "OUT-7", "PD3", "APPROACH", "IDENT", "CONTACT")
    shared = release("OUT1", "OUT-8", "COC1", "COC", "IDENT", "HMIS_RECORD")
    county.tell("OUT1", bundle(patient("OUT1", "O-7", "Listed", contact=[worker]), listed, shared))
    told = county.delivered()

    (text,) = told["PD3"]
    for shown in ("Listed", "Okoye", "602-555-0190"):
        assert shown in text
    assert "602-555-0148" not in text
    assert "housing" not in text


def test_a_call_handed_to_community_responders_makes_no_police_record_where_that_is_policy(county: Town) -> None:
    county.tell("C1", call("119002", to="crt1.example-county.example"))
    told = county.delivered()
    back = json.loads(call("119002", incidentStatusCommonRegistryText=["Closed"]))
    county.tell("CRT1", json.dumps(back))

    assert "26-119002" in told["CRT1"][0]
    assert "PD3" not in told
    assert "PD" in told
    (outcome,) = county.delivered()["C1"]
    assert json.loads(outcome)["incidentComponent"]["incidentStatusCommonRegistryText"] == ["Closed"]


class Straight:
    """A desk that commits at once."""

    def __init__(self, county: Town) -> None:
        self.county = county

    async def ask(self, commands: Sequence[Command]) -> Sequence[Result]:
        return self.county.writer.commit(commands)


def placing(county: Town) -> Placing:
    return Placing(known=county.known, vault=county.vault, desk=cast("Any", Straight(county)))


def somebody_else(message: bytes) -> bytes:
    """The message about somebody who is in no other test."""
    theirs = {
        b"Quarles^Imani": b"Rideout^Wren",
        b"19870521": b"19550202",
        b"5550148": b"5550163",
        b"12 Saguaro": b"9 Ocotillo",
    }
    for before, after in theirs.items():
        message = message.replace(before, after)
    return message


def test_a_ride_is_asked_for_without_a_name_or_a_diagnosis_and_arriving_ends_the_hold_on_the_bed(county: Town) -> None:
    stay = adt("H1", "A04", "SA14-1", "SA14", "DG1|1||F32.9^Depressive episode^I10||20260310145500-0700|W")
    kept = county.tell("H1", somebody_else(stay))
    county.delivered()
    now = clock.now()
    opened = Placement(
        id=new_id(), journal=kept.journal, source="H1", opened_at=now, until=now + 15 * MINUTE,
        criteria=Criteria(service="crisis_stabilization", age="adult", mobility="wheelchair", legal_status="hold"),
        asked=(Asked(facility="S1", unit="CSU"),),
    )  # fmt: skip
    here = placing(county)
    asyncio.run(here.open(opened, actor="dana"))
    asyncio.run(here.act(opened.id, partial(offer, facility="S1", clinician="Dr Osei", at=now), actor="S1"))
    asyncio.run(here.act(opened.id, partial(choose, facility="S1", by="Dr Nguyen", at=now), actor="dana"))
    told = county.delivered()
    expected = here.all()[0].state
    county.tell("S1", somebody_else(adt("S1", "A01", "SA14-2", "SA14-S", unit="CSU")))
    asyncio.run(here.look(clock.now()))

    (ride,) = told["RIDE1"]
    (task,) = [one["resource"] for one in json.loads(ride)["entry"] if one["resource"]["resourceType"] == "Task"]
    assert (task["status"], task["intent"], task["code"]["text"]) == ("requested", "order", "Transport")
    assert {one["type"]["text"] for one in task["input"]} >= {"pick up.description", "drop off.description", "needs[0]"}
    assert not [one for one in json.loads(ride)["entry"] if one["resource"]["resourceType"] == "Observation"]
    for shown in ("H1", "S1", "wheelchair", "hold"):
        assert f'"{shown}"' in ride
    for hidden in ("Rideout", "Wren", "1955", "F32", "Depressive", "5550163"):
        assert hidden not in ride
    assert "Rideout" in told["S1"][-1]
    assert (expected, here.all()[0].state) == ("held", "arrived")


def test_whoever_leaves_the_stabilisation_centre_unreferred_has_a_step_down_opened_at_once(county: Town) -> None:
    county.tell("S1", yesterday(adt("S1", "A01", "SC05-1", "SC05", unit="CSU")))
    watching = Vigil(vault=county.vault, desk=cast("Any", Straight(county)), kinds=county.known.county.kinds)
    asyncio.run(watching.look(clock.now()))
    assert [task for task in tasks(county) if task.role == "discharge planner"] == []

    county.tell("S1", yesterday(adt("S1", "A03", "SC05-2", "SC05", unit="CSU")))
    asyncio.run(watching.look(clock.now()))

    (task,) = [task for task in tasks(county) if task.role == "discharge planner"]
    assert "step-down referral" in task.words
    assert "Quarles" not in task.words


def yesterday(message: bytes) -> bytes:
    """The message about a stay, as of the day before this one."""
    day = (datetime.now(UTC) - timedelta(days=1)).strftime("%Y%m%d").encode()
    return message.replace(b"PV1|1|E", b"PV1|1|I").replace(b"20260310", day)


def tasks(county: Town) -> list[Open]:
    with county.vault.database.read() as connection:
        return list(Work(connection, Sealer(county.vault.keys, county.vault.origin)).tasks())


def test_a_support_group_of_the_directory_is_found_by_its_kind_and_reaches_whoever_asks(county: Town) -> None:
    group = {
        "id": "5d0c7c54-61c3-4b8e-9d4e-0b2f5a1c7e02", "name": "Tuesday group", "status": "active",
        "description": "Peers meet; everybody may come.", "phones": [{"id": "1", "number": "555-555-0178"}],
        "attributes": [{"id": "2", "link_id": "x", "link_entity": "service", "taxonomy_term": {
            "id": "3", "code": "PSG", "name": "Peer support group", "taxonomy_detail": {"id": "4", "name": "211"}}}],
        "organization": {"id": "5", "name": "Peers of Example County", "description": "Peers."},
        "schedules": [{"id": "6", "description": "Tuesdays at 19:00"}],
    }  # fmt: skip
    county.tell("SH1", json.dumps(group))
    told = county.delivered()
    county.tell("SH1", json.dumps(group | {"id": "another", "name": "Laundry", "attributes": []}))

    (text,) = told["C3"]
    for shown in ("Tuesday group", "PSG", "Peer support group", "555-555-0178", "Tuesdays at 19:00"):
        assert shown in text
    assert "C3" not in county.delivered()
