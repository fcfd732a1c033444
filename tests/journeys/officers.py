"""Officers on the way to somebody: what was written down with the person, who released it, and the card of an incident."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

import httpx

from tests.journeys.town import Person, Town

SEVEN: Final = (
    "language",
    "communication_need",
    "triggers",
    "calming",
    "contact_wish",
    "safety_flags",
    "last_outcomes",
)
THREAT: Final = {"basis": "the caller saw a knife", "judged_by": "Sgt. Osei"}
APPROACH: Final = {
    "language": "es",
    "communication_need": ["short-sentences"],
    "triggers": ["sirens", "touch"],
    "calming": ["slow", "she likes to be told of F20.0 and lithium"],
    "contact_wish": "call-friend",
    "safety_flags": ["knife"],
    "risk_level": "high",
    "last_outcomes": ["settled", "went-along", "left-with-family", "transported"],
}


def incident(person: Person) -> str:
    """The number of the call about somebody."""
    return f"26-118842{person.tag}"


def bearer(county: Town, number: str) -> httpx.Client:
    """The telephone of an officer of the department who was sent to an incident."""
    with county.client("PD") as desk:
        token = desk.post("/responders", json={"incident": number}).json()["token"]
    return httpx.Client(base_url=county.url, headers={"authorization": f"Bearer {token}"}, trust_env=False)


def card(county: Town, number: str, threat: dict[str, str] | None = None) -> tuple[dict[str, Any], int]:
    """What an officer of the department is shown at an incident, and how many bytes that took."""
    with bearer(county, number) as phone:
        answer = phone.post(f"/cards/{number}", json=threat) if threat else phone.get(f"/cards/{number}")
    assert answer.status_code == 200
    return answer.json(), len(answer.content)


def met(county: Town, person: Person) -> None:
    """A call, and the officer's report about somebody there."""
    county.sends("C1", person.told("03-c1-on-scene.json"))
    county.sends("PD", person.told("04-pd-field-contact.json"))


def helps(county: Town, person: Person, approach: dict[str, Any], number: int = 1) -> None:
    """A mobile team writes down with somebody what helps."""
    known = json.loads(person.told("04-pd-field-contact.json"))["person"]
    visit = {
        "message_id": f"MCT1{person.tag}-{number}",
        "sent_at": "2026-03-02T12:00:00-07:00",
        "encounter_id": f"MV-26{person.tag}",
        "person": {**known, "identifiers": [{"value": f"M-31{person.tag}", "assigner": "MCT1", "type": "MR"}]},
        "approach": approach,
    }
    county.sends("MCT1", json.dumps(visit).encode())


def files(county: Town, person: Person, folder: Path, **form: Any) -> None:
    """Somebody types what a paper says that a person known to police has signed."""
    name = f"{person.given} {person.family}"
    said = {"number": f"CR6{person.tag}", "kind": "SPECIFIC", "signer": name, "signed_at": "2026-03-01", **form}
    paper = folder / "paper.json"
    paper.write_text(json.dumps(said))
    number = ("--identifier", f"R-42{person.tag}", "--of", "PD", "--assigner", "PD", "--type", "RMS")
    county.types("consent", "file", str(paper), *number)


def releases(county: Town, person: Person, folder: Path, **more: Any) -> None:
    """The person lets the department's officers see the card."""
    form = {"recipients": ["PD"], "purposes": ["APPROACH"], "classes": ["APPROACH", "RISK_SAFETY"]}
    files(county, person, folder, expires_at="2037-01-01", **form, **more)
