"""J2, beds: a day's messages become numbers that people believe; a bed is asked for without a name, and one centre gets the record."""

from __future__ import annotations

import asyncio
import json
import time
from datetime import UTC, datetime
from functools import partial
from random import Random
from typing import Any

import pytest
from msgspec.structs import replace

from hub import clock
from hub.app.care.board import Follower, set_beds
from hub.demo.senders import way_in
from hub.flow.capacity.board import Setting
from hub.spans import HOUR, SECOND
from hub.store.result import all_kept
from tests.flow.capacity.hospital import OPENED, OPENING, UNITS, Hospital, hl7, merge, shuffled
from tests.journeys.town import Person, Town

pytestmark = pytest.mark.slow

GUS = Person(given="Gus", family="Halloran", born="1968-08-08", street="40 Mesa Verde", phone="602-555-0241", tag="-G")
HAL = Person(given="Hal", family="Ito", born="1959-03-03", street="41 Mesa Verde", phone="602-555-0242", tag="-H")
IDA = Person(given="Ida", family="Jansen", born="1981-11-21", street="42 Mesa Verde", phone="602-555-0243", tag="-I")
JON = Person(given="Jon", family="Kessler", born="1966-06-30", street="43 Mesa Verde", phone="602-555-0244", tag="-J")
NEED = ("--need", "service=crisis_stabilization", "--need", "age=adult", "--need", "legal_status=voluntary")


def moves(unit: str, stays: int) -> list[bytes]:
    """Who came to a unit and left it just now. Of the last five a discharge and an admission were taken back, one moved on, two stay."""
    came, left, later = (f"{datetime.fromtimestamp(time.time() - ago, UTC):%Y%m%d%H%M%S}+0000" for ago in (3, 2, 1))
    last = {
        stays - 5: [("A03", left, unit), ("A13", later, unit)],
        stays - 4: [("A11", left, unit)],
        stays - 3: [("A02", left, f"{unit}2")],
        stays - 2: [("A08", left, unit)],
        stays - 1: [],
    }
    told = [_move("A01", unit, n, came) for n in range(stays)]
    for n in range(stays):
        told += [_move(trigger, unit, n, at, to) for trigger, at, to in last.get(n, [("A03", left, unit)])]
    return told


def _move(trigger: str, unit: str, stay: int, at: str, to: str = "") -> bytes:
    control, came, left = f"{unit}{stay:03}{trigger}", *((at, "") if trigger == "A01" else ("", at))
    return "\r".join(
        (
            rf"MSH|^~\&|EHR|H1|HUB|COUNTY|{at}||ADT^{trigger}^ADT_{trigger}|{control}|P|2.5.1|||AL|NE||UNICODE UTF-8",
            f"EVN|{trigger}|{at}||||{at}",
            f"PID|1||{unit}{stay:03}^^^H1^MR||Bed{unit}{stay}^Pat||19700101|F",
            f"PV1|1|I|{to or unit}^1^1^H1|U|||||||||||||||{unit}{stay}^^^H1^VN{'|' * 25}{came}|{left if trigger == 'A03' else ''}",
            "",
        )
    ).encode()


def unit(county: Town, facility: str, name: str) -> dict[str, Any]:
    """A row of the board."""
    rows = county.types("beds", "board", "--json").json
    (found,) = [row for row in rows if (row["facility"], row["unit"]) == (facility, name)]
    return dict(found)


def test_shuffled_and_repeated_messages_give_the_exact_census_and_registers_hear_it(county: Town) -> None:
    county.types("beds", "set", "H1", "PSYB", "--staffed", "10", "--taken", "0", "--profile", "adult_psychiatric")
    time.sleep(4.1)  # what people counted goes before what messages tell of the time before
    told = moves("PSYB", 12)
    played = told + Random(7).sample(told, 4)
    Random(8).shuffle(played)

    for body in played:
        assert county.tries("H1", body).taken

    county.comes(lambda: unit(county, "H1", "PSYB")["occupied"] == 3)
    assert (unit(county, "H1", "PSYB")["offerable"], unit(county, "H1", "PSYB2")["occupied"]) == (7, 1)
    assert county.comes(lambda: county.holds("SAFR", "PSYB"))
    assert county.comes(lambda: county.holds("HAVE", "<AvailableCount>7<"))


def test_a_count_by_hand_that_differs_is_told_and_the_least_is_offered(county: Town) -> None:
    county.types("beds", "set", "H1", "PSYC", "--staffed", "10", "--taken", "3", "--profile", "adult_psychiatric")
    count = {"facility": "H1", "unit": "PSYC", "available": 2, "updated_at": datetime.now(UTC).isoformat()}

    county.sends("MCT1", json.dumps({"message_id": "MCT1-COUNT-1", "capacity": [count]}).encode())

    told = county.comes(lambda: unit(county, "H1", "PSYC")["alerts"])
    assert told == ["The hand count differs: 2 free there, 7 here."]
    assert unit(county, "H1", "PSYC")["offerable"] == 2
    assert county.comes(lambda: county.holds("HAVE", "<AvailableCount>2<"))


def test_a_bed_is_asked_for_without_a_name_and_the_record_goes_to_the_chosen_one_alone(county: Town) -> None:
    here = county.sends("H1", GUS.told("05-h1-a04.hl7"))
    opened = county.types("place", "ask", here.journal, "--to", "S2", "--to", "S3", *NEED, "--json").json
    asked = {name: county.comes(partial(county.copies, name))[-1].body.decode() for name in ("S2", "S3")}

    assert all("crisis_stabilization" in text for text in asked.values())
    assert not [text for text in asked.values() if "Halloran" in text or "H1-77-G" in text or "1968" in text]
    assert _number(asked["S2"]) != _number(asked["S3"])

    county.types("place", "decline", opened["id"], "S3", "--reason", "full")
    county.types("place", "offer", opened["id"], "S2", "--clinician", "Dr Osei")
    county.types("place", "choose", opened["id"], "S2", "--by", "Dr Nguyen with the person")

    assert "Halloran" in county.gets("S2", "Halloran")
    assert county.holds("S3", "Halloran") == []
    late = county.mistypes("place", "choose", opened["id"], "S3", "--by", "somebody else")
    assert late.status == 1


def _number(asked: str) -> str:
    entries = json.loads(asked)["entry"]
    (request,) = [one["resource"] for one in entries if one["resource"]["resourceType"] == "ServiceRequest"]
    return str(request["identifier"][0]["value"])


def test_a_hold_that_nobody_came_for_ends_and_is_told(county: Town) -> None:
    here = county.sends("H1", HAL.told("05-h1-a04.hl7"))
    opened = county.types("place", "ask", here.journal, "--to", "S2", *NEED, "--json").json
    county.types("place", "offer", opened["id"], "S2", "--clinician", "Dr Osei")
    county.types("place", "choose", opened["id"], "S2", "--by", "Dr Nguyen with the person")

    county.looks_after("placements", later=2 * HOUR)

    assert county.tasks("placement", opened["id"])


def opened(county: Town, at: int) -> None:
    """People counted every unit of the centre before the day began."""
    follower = Follower(county.hub.vault)
    units = [Setting(facility="S2", unit=name, at=at, staffed=500, census=OPENING.get(name, 0)) for name in UNITS]

    async def told() -> None:
        all_kept(
            await county.hub.engine.desk.ask([set_beds(follower, unit, actor="the charge nurse") for unit in units])
        )

    county.does(told())


def plays(county: Town, bodies: list[bytes]) -> list[bool]:
    """The centre's engine sends these, some at a time; says which were taken."""
    door = way_in(county.hub, county.stage, "S2")

    async def some(several: list[bytes]) -> list[bool]:
        return [answer.taken for answer in await asyncio.gather(*(door.send(body, "") for body in several))]

    tellings = [body.replace(b"|ADT|S2|", b"|CARE|S2|") for body in bodies]
    return [taken for n in range(0, len(tellings), 16) for taken in county.does(some(tellings[n : n + 16]))]


def counted(county: Town) -> dict[str, tuple[int, int]]:
    """Who lies in each unit of the centre, and who waits there for a bed, as the board has it."""
    rows = county.types("beds", "board", "--json").json
    return {row["unit"]: (row["occupied"], row["boarders"]) for row in rows if row["facility"] == "S2"}


def test_a_day_of_400_messages_over_the_wire_shuffled_told_twice_and_late_gives_the_exact_census(county: Town) -> None:
    hospital, dice = Hospital(7), Random(7)
    hospital.day()
    lag = (clock.now() - hospital.end) // SECOND * SECOND
    told = [replace(one, facility="S2", at=one.at + lag) for one in hospital.told]
    wire = {one: hl7(number, one) for number, one in enumerate(told)}
    late = [one for one in told if one.at <= hospital.end + lag - 3 * HOUR][-2:]
    opened(county, OPENED + lag)

    taken = plays(county, [wire[one] for one in shuffled([one for one in told if one not in late], dice)])
    taken += plays(county, [wire[one] for one in late])
    pairs = enumerate(hospital.merged.items())
    taken += plays(county, [merge(n, "S2", clock.now(), stays, goes) for n, (goes, stays) in pairs])

    occupied, boarding = hospital.truth()
    truth = {name: (occupied["H1", name], boarding["H1", name]) for name in UNITS}
    assert {"A01", "A02", "A03", "A04", "A06", "A08", "A11", "A12", "A13"} <= {one.trigger for one in told}
    assert (len(taken) > 420, set(taken), len(hospital.merged) > 0) == (True, {True}, True)
    county.comes(lambda: counted(county) == truth)


def mark(county: Town, journal: str) -> str:
    """Whether the crisis that a message belongs to stayed out of hospital, as whoever looks reads it."""
    crisis = county.types("message", journal, "--episode", "--json").json
    assert crisis["diversion"]["words"] in county.types("message", journal, "--episode").out
    return str(crisis["diversion"]["state"])


def stayed(person: Person, **said: str) -> bytes:
    """The department's record of a contact after which the person went home."""
    contact = json.loads(person.told("04-pd-field-contact.json"))
    return json.dumps(contact | {"disposition": "resolved on contact", "transported_to": "none"} | said).encode()


def test_a_crisis_is_marked_as_diverted_after_a_day_without_a_hospital_and_a_late_arrival_takes_the_mark_back(
    county: Town,
) -> None:
    now = datetime.now(UTC).isoformat()
    fresh = dict.fromkeys(("message_id", "case_number", "incident"), "26-NOW-I")
    fresh |= dict.fromkeys(("sent_at", "occurred_at", "ended_at", "reported_at"), now)
    arrived = IDA.told("05-h1-a04.hl7")
    taken_back = arrived.replace(b"A04", b"A11").replace(b"H1-9003", b"H1-9903")

    county.sends("C1", IDA.told("01-c1-call.json"))
    here = county.sends("PD", stayed(IDA))
    assert mark(county, here.journal) == "diverted"
    assert mark(county, county.sends("PD", stayed(JON, **fresh)).journal) == "waits"

    county.sends("H1", arrived)
    assert mark(county, here.journal) == "hospital"

    county.sends("H1", taken_back)
    assert mark(county, here.journal) == "diverted"
