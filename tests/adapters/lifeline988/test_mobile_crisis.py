"""A team is asked by 988 or by 911, and tells what came of it."""

from __future__ import annotations

import json
from typing import Any, TypeVar

import pytest

from adapters.lifeline988.mobile_crisis import MobileCrisis
from hub.contracts import Reading
from hub.errors import Unreadable
from hub.flow.episode import keys
from hub.model.crisis import CrisisContact, MobileCrisisVisit, RiskAssessment
from hub.model.event import Body
from hub.model.person import Person
from hub.model.public_safety import CallForService, Caution, CustodyHold
from hub.model.service import CapacityReport, Referral
from hub.model.values import Address, Code, Instant, Place, Telecom
from tests.disclosing import AT, RECEIVED, TARGET, disclose

B = TypeVar("B")


def reading(**record: Any) -> Reading:
    return MobileCrisis().read(json.dumps({"encounter_id": "MV-1"} | record).encode(), RECEIVED)


def body(found: Reading, kind: type[B]) -> B:
    (one,) = [event.body for event in found.events if isinstance(event.body, kind)]
    return one


def written(*bodies: Body) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(MobileCrisis().write(disclose(bodies), TARGET).body)
    return found


@pytest.mark.parametrize(
    ("source", "key"),
    [("988", "988:C-9"), ("911", "C-9"), ("law_enforcement", "C-9"), ("family", "C-9"), (None, "C-9")],
)
def test_the_episode_hangs_on_whose_number_it_answers(source: str | None, key: str) -> None:
    found = reading(source_contact_ref="C-9", request_source=source)

    assert [value for block in keys(found.events) for value in block.values] == [key]


def test_an_encounter_tells_its_hold_and_the_bed_that_was_asked_for() -> None:
    found = reading(
        person={"birth_date": "1990"},
        legal_hold={"jurisdiction_statute": "US-CA 5150", "max_hours": 72},
        bed_request={"status": "declined", "decline_reason": "legal status"},
        capacity={"unit": "chairs", "available": 0},
    )

    hold, referral = body(found, CustodyHold), body(found, Referral)
    assert referral.status_reason is not None
    assert (hold.max_hours, referral.status_reason.code) == ("72", "legal_status")
    assert body(found, CapacityReport).available == 0
    assert body(found, Person).birth_date is not None


def test_what_a_team_did_last_is_when_it_happened() -> None:
    found = reading(requested_at="2026-03-01T09:00:00-06:00", arrived_at="2026-03-01T09:30:00-06:00")

    (event,) = found.events
    assert event.occurred_at == Instant(at=AT, text="2026-03-01T09:30:00-06:00")


def test_a_hold_without_its_statute_is_refused() -> None:
    with pytest.raises(Unreadable, match='legal_hold: "jurisdiction_statute" is missing'):
        reading(legal_hold={"max_hours": 72})


def test_a_contact_becomes_a_request_with_the_place_to_meet() -> None:
    contact = CrisisContact(
        contact="C-9",
        anonymous=True,
        answered_at=Instant(at=AT),
        concerns=(Code(code="suicide"),),
        risk=RiskAssessment(level=Code(code="high"), attempt_in_progress=False),
        meeting_point=Place(description="laundromat", address=Address(lines=("77 Mesquite Street",))),
        place=Place(address=Address(lines=("901 Ocotillo Road",))),
    )

    found = written(contact)

    assert (found["request_source"], found["status"], found["source_contact_ref"]) == ("988", "requested", "C-9")
    assert found["location"] == {"lines": ["77 Mesquite Street"], "description": "laundromat"}
    assert (found["presenting_problem"], found["risk"], found["attempt_in_progress"]) == (
        ["suicide"],
        {"level": "high"},
        False,
    )
    assert "callback" not in found


def test_a_number_to_call_back_goes_only_where_it_was_disclosed() -> None:
    assert written(CrisisContact(contact="C-9", callback=(Telecom(value="555-0100"),)))["callback"] == ["555-0100"]


def test_an_anonymous_person_gets_no_id_by_which_two_contacts_could_be_joined() -> None:
    found = written(Person(language=Code(code="es")), CrisisContact(contact="C-9", anonymous=True))

    assert found["person"] == {"language": "es"}


def test_a_911_call_becomes_a_request_with_its_warnings() -> None:
    call = CallForService(
        incident="26-7",
        received_at=Instant(at=AT),
        crisis=Code(code="suicide"),
        cautions=(Caution(kind=Code(code="weapon"), severity=Code(code="high")),),
        weapon=Code(code="unknown", system="urn:crisis-hub:weapon", local="Weapons"),
        narrative=("free words",),
    )

    writing = MobileCrisis().write(disclose([call]), TARGET)

    found = json.loads(writing.body)
    assert (found["request_source"], found["source_contact_ref"]) == ("911", "26-7")
    assert (found["cautions"], found["weapon"]) == ([{"kind": "weapon", "severity": "high"}], "unknown")
    lost = [loss.path for loss in writing.losses().items if loss.outcome == "unmapped"]
    assert lost == ["call_for_service.narrative[0]"]


def test_a_request_can_be_read_as_the_visit_it_asks_for() -> None:
    text = MobileCrisis().write(disclose([CrisisContact(contact="C-9", wants_visit=True)]), TARGET).body

    visit = body(MobileCrisis().read(text, RECEIVED), MobileCrisisVisit)
    assert visit.requested_by is not None
    assert (visit.based_on[0].value, visit.based_on[0].type, visit.requested_by.code) == ("C-9", "988", "988")
