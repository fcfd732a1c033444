"""Referrals to social services: what a guide's statuses mean, both ways, and bundles that its profiles bear."""

from __future__ import annotations

import json
from typing import Any

import pytest

from adapters import found
from adapters.ehr.fhir_conform import conform
from adapters.social.referral import BUSINESS, Bser, Gravity
from hub.errors import Unmapped, Unreadable
from hub.model.event import Body
from hub.model.person import Person
from hub.model.service import Referral
from hub.model.values import Code, HumanName, Instant
from tests.disclosing import AT, RECEIVED, TARGET, disclose
from tests.test_manners import GOLDEN

TASK = "http://hl7.org/fhir/task-status"
PERSON = Person(names=(HumanName(family="Doe", given=("Riley",)),))
STATUSES = (
    "draft",
    "requested",
    "received",
    "accepted",
    "rejected",
    "ready",
    "cancelled",
    "in-progress",
    "on-hold",
    "failed",
    "completed",
    "entered-in-error",
)


def referral(status: str = "requested", **more: Any) -> Referral:
    return Referral(number="R-1", status=Code(code=status, system=TASK), authored_at=Instant(at=AT), **more)


def written(adapter: Gravity, *bodies: Body) -> dict[str, dict[str, Any]]:
    """The resources of what was written, by type."""
    bundle = json.loads(adapter.write(disclose(bodies), TARGET).body)
    return {entry["resource"]["resourceType"]: entry["resource"] for entry in bundle["entry"]}


def read(adapter: Gravity, *bodies: Body) -> Referral:
    body = adapter.write(disclose(bodies), TARGET).body
    return next(e.body for e in adapter.read(body, RECEIVED).events if isinstance(e.body, Referral))


@pytest.mark.parametrize("adapter", [Gravity(), Bser()], ids=["gravity", "bser"])
@pytest.mark.parametrize("status", STATUSES)
@pytest.mark.parametrize("bodies", [(PERSON,), ()], ids=["somebody", "nobody"])
def test_every_bundle_is_fhir(adapter: Gravity, status: str, bodies: tuple[Body, ...]) -> None:
    reason = Code(code="full", display="no room", system="urn:x")

    body = adapter.write(disclose([*bodies, referral(status, status_reason=reason)]), TARGET).body

    assert conform(body) == []


@pytest.mark.parametrize("status", STATUSES)
def test_gravity_tasks_are_neither_ready_nor_received_and_keep_every_other_status(status: str) -> None:
    task = written(Gravity(), PERSON, referral(status))["Task"]

    assert task["status"] == {"ready": "accepted", "received": "requested"}.get(status, status)
    assert (task["intent"], task["code"]["coding"][0]["code"]) == ("order", "fulfill")
    assert {"focus", "for", "authoredOn", "requester"} <= task.keys()


def test_a_reason_is_told_in_words_and_comes_back() -> None:
    reason = Code(code="full", display="no room this month", system="urn:x")

    task = written(Gravity(), PERSON, referral("rejected", status_reason=reason))["Task"]
    again = read(Gravity(), PERSON, referral("rejected", status_reason=reason))

    assert task["statusReason"]["text"] == "no room this month"
    assert again.status_reason
    # The system is one that only its sender knows, so the code is the sender's own.
    assert (again.status_reason.local, again.status_reason.display) == ("full", "no room this month")


@pytest.mark.parametrize(
    ("status", "business"),
    [
        ("requested", "2.0"),
        ("accepted", "3.0"),
        ("rejected", "4.0"),
        ("in-progress", "5.1.1"),
        ("on-hold", "5.2"),
        ("cancelled", "6.0"),
        ("completed", "7.0"),
    ],
)
def test_a_status_is_written_as_its_business_status_and_comes_back(status: str, business: str) -> None:
    task = written(Bser(), PERSON, referral(status))["Task"]

    assert task["businessStatus"]["coding"][0] | {"display": ""} == {
        "system": BUSINESS,
        "code": business,
        "display": "",
    }
    again = read(Bser(), PERSON, referral(status))
    assert again.status
    assert again.status.code == status


def test_a_business_status_of_its_own_is_kept() -> None:
    missed = Code(code="5.1.2", system=BUSINESS, display="Scheduled Service Request Event Unattended")

    again = read(Bser(), PERSON, referral("in-progress", business_status=missed))

    assert again.business_status == missed


def test_where_the_task_lags_behind_its_business_status_says_how_far_it_is() -> None:
    body = (GOLDEN / "bser" / "lags-behind" / "wire.json").read_bytes()

    found_ = next(e.body for e in Bser().read(body, RECEIVED).events if isinstance(e.body, Referral))

    assert found_.status
    assert (found_.status.code, found_.status.local) == ("completed", "requested")


def test_a_bser_message_begins_with_its_header_which_points_at_the_task() -> None:
    bundle = json.loads(Bser().write(disclose([PERSON, referral()]), TARGET).body)

    kinds = [entry["resource"]["resourceType"] for entry in bundle["entry"]]
    addresses = {entry["fullUrl"]: entry["resource"]["resourceType"] for entry in bundle["entry"]}
    header = bundle["entry"][0]["resource"]
    assert (bundle["type"], kinds) == ("message", ["MessageHeader", "Patient", "ServiceRequest", "Task"])
    assert (header["eventCoding"]["code"], addresses[header["focus"][0]["reference"]]) == ("I12", "Task")


def test_nobody_is_made_up() -> None:
    told = written(Gravity(), referral())

    assert "Patient" not in told
    assert told["Task"]["for"] == {"identifier": {"system": "urn:crisis-hub:person", "value": TARGET.person_id}}


@pytest.mark.parametrize("name", ["gravity", "bser"])
def test_a_guides_message_is_known_by_its_guide_and_by_no_other_format(name: str) -> None:
    bodies = [path.read_bytes() for path in (GOLDEN / name).glob("*/wire.json")]

    for body in bodies:
        assert [one for one, make in found().items() if make({}).recognises(body)] == [name]


def test_what_holds_no_referral_is_refused() -> None:
    with pytest.raises(Unmapped, match="no referral"):
        Gravity().write(disclose([PERSON]), TARGET)


@pytest.mark.parametrize("body", [b"{}", b"[]", b"no json", b'{"resourceType": 7}'])
def test_what_is_no_fhir_is_refused(body: bytes) -> None:
    with pytest.raises(Unreadable):
        Gravity().read(body, RECEIVED)


@pytest.mark.parametrize(
    "odd", [["x"], {"reference": {"a": 1}}, {"reference": ["Patient/p"]}, {"reference": "\0"}, "x", 1]
)
def test_what_is_no_reference_leads_nowhere_and_breaks_nothing(odd: object) -> None:
    patient = {"resourceType": "Patient", "id": "p", "link": [{"other": odd, "type": "seealso"}]}
    task = {"resourceType": "Task", "status": "requested", "intent": "order", "for": odd, "owner": odd, "focus": odd}
    bundle = {
        "resourceType": "Bundle",
        "type": "collection",
        "entry": [{"fullUrl": "\0", "resource": patient}, {"resource": task}],
    }

    (piece,) = Gravity().split(json.dumps(bundle).encode())

    assert Gravity().read(piece, RECEIVED).account().items
