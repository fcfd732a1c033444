"""An officer who brought somebody hears that care was accepted, and when; not where, not from whom else, and not after the hold."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import httpx
import msgspec
import pytest

from hub import clock
from hub.access.callers import Callers
from hub.access.responders import Responders
from hub.app.care.card import Cards
from hub.app.care.custody import Custody
from hub.doors.cards import CardDoor
from hub.doors.gate import Gate
from hub.flow.custody import SIZE, Answer, spelled
from hub.model.commands import Command
from hub.model.entry import LedgerEntry
from hub.store.result import Result
from tests.capabilities.phrases import ME, adt, bundle, patient
from tests.capabilities.town import Town

BROUGHT = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=3)
HERE = timedelta(hours=-7)


class Straight:
    """A desk that commits at once, and remembers the leaves."""

    def __init__(self, county: Town) -> None:
        self.county = county
        self.leaves: list[LedgerEntry] = []

    async def ask(self, commands: Sequence[Command]) -> Sequence[Result]:
        self.leaves += [command.entry for command in commands if hasattr(command, "entry") and command.entry]
        return self.county.writer.commit(commands)


def family(number: str) -> str:
    """A name that is like no other's."""
    return ("Abernathy", "Quisling", "Oduya", "Vandermeer", "Tsosie", "Bjork", "Lichtenfels", "Murgatroyd")[
        int(number) % 8
    ]


def born(number: str) -> str:
    """A birth date that is like no other's."""
    return f"{1950 + int(number) % 37}-{1 + int(number) % 11:02}-{1 + int(number) % 27:02}"


def hold(number: str, **legal: Any) -> str:
    """Police bring somebody on a hold."""
    person = {
        "identifiers": [{"value": f"R-{number}", "type": "RMS"}], "names": [{"family": family(number), "given": ["Noor"]}],
        "birth_date": born(number), "sex": "F", "telecoms": [{"system": "phone", "value": f"602-555-{number}"}],
        "addresses": [{"lines": [f"{number} Saguaro Court"], "city": "Exampleton", "state": "XX", "postal_code": "85000"}],
    }  # fmt: skip
    said = {
        "message_id": f"PD-{number}-{len(legal)}", "template_id": f"T-{number}", "version": str(1 + len(legal)), "ori": "XX0000100",
        "incident": f"26-{number}", "occurred_at": BROUGHT.isoformat(), "person": person,
        "legal_hold": {"jurisdiction_statute": "US-CA 5150", "detainment_start": BROUGHT.isoformat(), "max_hours": 72} | legal,
    }  # fmt: skip
    return json.dumps(said)


def came(number: str, trigger: str = "A04", after: int = 30, unit: str = "ED", hospital: str = "H1") -> bytes:
    """A hospital tells of them."""
    at = (BROUGHT + HERE + timedelta(minutes=after)).strftime("%Y%m%d%H%M%S").encode()
    first = (BROUGHT + HERE + timedelta(minutes=after if trigger == "A04" else 30)).strftime("%Y%m%d%H%M%S").encode()
    message = adt(hospital, trigger, f"{hospital}-{number}-{trigger}", f"M{number}", unit=unit)
    for before, then in {
        b"Quarles^Imani": f"{family(number)}^Noor".encode(), b"19870521": born(number).replace("-", "").encode(),
        b"5550148": f"555{number}".encode(),
        b"12 Saguaro": f"{number} Saguaro".encode(), b"20260310140200": first, b"20260310145500": at,
    }.items():  # fmt: skip
        message = message.replace(before, then)
    return message


def asked(county: Town, number: str, partner: str = "PD") -> tuple[Answer, LedgerEntry]:
    desk = Straight(county)
    custody = Custody(known=county.known, vault=county.vault, desk=cast("Any", desk), tick_s=0.001)
    body = asyncio.run(custody.answer(partner, f"26-{number}", "care", "Ofc. Ibarra"))
    assert len(body) == SIZE
    (leaf,) = desk.leaves
    return msgspec.structs.replace(msgspec.json.decode(body, type=Answer), padding=""), leaf


def hour(after: int) -> str:
    return f"{BROUGHT + HERE + timedelta(minutes=after):%H:%M}"


def test_the_officer_who_brought_them_hears_care_accepted_and_when_and_not_the_ward(county: Town) -> None:
    county.tell("PD", hold("4401"))
    before, _ = asked(county, "4401")
    county.tell("H1", came("4401"))
    during, leaf = asked(county, "4401")
    county.tell("H1", came("4401", "A02", 60, unit="PSY"))
    moved, _ = asked(county, "4401")
    county.tell("H1", came("4401", "A03", 90, unit="PSY"))
    after, _ = asked(county, "4401")

    assert before == Answer()
    assert during == moved == Answer(result="care accepted", at=hour(30))
    assert after == Answer(result="left care", at=hour(90))
    assert (leaf.partner, leaf.purpose, leaf.rules, leaf.actor) == ("PD", "CUSTODY", ("hipaa.custody",), "Ofc. Ibarra")
    assert leaf.outcome == "custody, needed for care"


@pytest.mark.parametrize(
    "ended", [{"released_at": BROUGHT.isoformat()}, {"expires_at": BROUGHT.isoformat()}, {"max_hours": 1}]
)
def test_once_the_hold_is_over_the_answer_is_the_constant_one(county: Town, ended: dict[str, Any]) -> None:
    number = f"44{10 + len(next(iter(ended)))}"
    county.tell("PD", hold(number))
    county.tell("H1", came(number))
    held, _ = asked(county, number)
    county.tell("PD", hold(number, **ended, minor=False))

    assert held.result == "care accepted"
    assert asked(county, number)[0] == Answer()


def test_another_agency_hears_what_it_hears_of_nobody(county: Town) -> None:
    county.tell("PD", hold("4402"))
    county.tell("H1", came("4402"))

    assert asked(county, "4402", "PD3")[0] == asked(county, "none")[0] == Answer()


def test_a_stay_in_a_substance_use_programme_is_as_if_it_were_not(county: Town) -> None:
    who: dict[str, Any] = {
        "name": [{"use": "official", "family": family("4403"), "given": ["Noor"]}], "birthDate": born("4403"),
        "telecom": [{"system": "phone", "value": "602-555-4403", "use": "mobile"}],
        "address": [{"line": ["4403 Saguaro Court"], "city": "Exampleton", "state": "XX", "postalCode": "85000"}],
    }  # fmt: skip
    stay = {
        "resourceType": "Encounter", "status": "in-progress", "subject": {"reference": ME},
        "identifier": [{"system": "https://b1-s.example-county.example/visits", "value": "V-4403"}],
        "class": {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "IMP"},
        "period": {"start": (BROUGHT + timedelta(minutes=30)).isoformat()},
    }  # fmt: skip
    county.tell("PD", hold("4403"))
    county.tell("B1-S", bundle(patient("B1-S", "M4403", **who), stay))
    hidden, leaf = asked(county, "4403")
    county.tell("H1", came("4403", after=45))
    behind, _ = asked(county, "4403")

    assert hidden == Answer()
    assert (leaf.subject, leaf.rules) == ("", ())
    assert behind == Answer(result="care accepted", at=hour(45))


def test_it_is_asked_with_the_token_of_the_incident_and_a_reason(county: Town) -> None:
    county.tell("PD", hold("4405"))
    county.tell("H1", came("4405"))
    desk = Straight(county)
    shared: dict[str, Any] = {"known": county.known, "vault": county.vault, "desk": desk, "tick_s": 0.001}
    responders = Responders(county.names.responder)
    door = CardDoor(Gate(Callers([])), responders, Cards(**shared), custody=Custody(**shared))
    token, _ = responders.issue("PD", "26-4405", clock.now())
    other, _ = responders.issue("C1", "26-4405", clock.now())

    async def answers() -> list[httpx.Response]:
        transport = httpx.ASGITransport(app=cast("Any", door))
        async with httpx.AsyncClient(transport=transport, base_url="http://hub") as http:
            mine, theirs = ({"authorization": f"Bearer {one}"} for one in (token, other))
            right = {"needed_for": "safety", "by": "Ofc. Ibarra"}
            return [
                await http.post("/custody/26-4405", json=right, headers=mine),
                await http.post("/custody/26-4405", json={"needed_for": "curiosity", "by": "x"}, headers=mine),
                await http.get("/custody/26-4405", headers=mine),
                await http.post("/custody/26-4405", json=right, headers=theirs),
                await http.post("/custody/26-none", json=right, headers=mine),
            ]

    found = asyncio.run(answers())

    assert [one.status_code for one in found] == [200, 400, 405, 401, 401]
    assert len(found[0].content) == len(spelled(Answer())) == SIZE
    assert found[0].json()["result"] == "care accepted"
