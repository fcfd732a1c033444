"""A 988 contact keeps caller and person at risk apart, stays anonymous, and has a place only when help is being sent."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, TypeVar

import pytest

from adapters import found as formats
from adapters.lifeline988.contact import Contact
from hub.contracts import Reading
from hub.errors import Unmapped, Unreadable
from hub.flow.episode import keys
from hub.flow.link import NOBODY, traits_of
from hub.model.care import Encounter
from hub.model.crisis import CrisisContact, MobileCrisisVisit, RiskAssessment
from hub.model.event import Body
from hub.model.person import Person
from hub.model.public_safety import CallForService
from hub.model.service import CapacityReport
from hub.model.values import Address, Code, Identifier, Instant, Place, Telecom
from tests.disclosing import AT, RECEIVED, TARGET, disclose

B = TypeVar("B")
CONTACT: dict[str, Any] = {"contact_id": "C-9", "center_id": "L1", "modality": "call", "contact_for": "self"}
PLACE = {"lines": ["901 Ocotillo Road"], "city": "X", "source": "told by the caller"}


def reading(**more: Any) -> Reading:
    return Contact().read(json.dumps(CONTACT | more).encode(), RECEIVED)


def body(found: Reading, kind: type[B]) -> B:
    (one,) = [event.body for event in found.events if isinstance(event.body, kind)]
    return one


def written(*bodies: Body, granted: tuple[str, ...] = ()) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(Contact().write(disclose(bodies, granted), TARGET).body)
    return found


def test_the_caller_and_the_person_at_risk_are_two_people() -> None:
    found = reading(contact_for="third_party", caller={"name": "Sam Roe"}, person={"age": "17"})

    assert body(found, CrisisContact).caller_name == "Sam Roe"
    assert (body(found, Person).age, body(found, Person).names) == ("17", ())


def test_nobody_is_named_unless_the_counsellor_said_so() -> None:
    quiet = reading(
        person={"names": [{"family": "Doe", "given": ["Riley"]}], "birth_date": "1990-03-14", "sex": "female"}
    )
    named = reading(person={"identifiers": [{"value": "R-42"}]}, anonymous=False)

    assert body(quiet, CrisisContact).anonymous is True
    assert traits_of(body(quiet, Person), "L1") == NOBODY
    assert traits_of(body(named, Person), "L1") != NOBODY


def test_an_anonymous_contact_without_a_person_makes_nobody_up() -> None:
    assert [type(event.body) for event in reading(anonymous=True).events] == [CrisisContact]


@pytest.mark.parametrize(
    ("rescue", "taken"),
    [
        ({"active_rescue": True}, True),
        ({"intervention_type": "active_rescue_involuntary"}, True),
        ({"intervention_type": "active_rescue_voluntary"}, True),
        ({"active_rescue": False, "intervention_type": "active_engagement"}, False),
        ({"intervention_type": "active_engagement"}, False),
        ({}, False),
    ],
)
def test_a_precise_place_is_taken_up_only_in_an_active_rescue(rescue: dict[str, Any], taken: bool) -> None:
    found = reading(location=PLACE, **rescue)

    contact = body(found, CrisisContact)
    outcomes = {loss.outcome for loss in found.account().items if loss.path.startswith("location.")}
    assert (contact.place is not None, bool(contact.active_rescue)) == (taken, taken)
    assert outcomes == ({"mapped"} if taken else {"withheld"})


@pytest.mark.parametrize(
    ("rescue", "risk", "goes"),
    [
        (True, None, True),
        (False, None, False),
        (None, None, False),
        # What a 911 centre may see of a rescue: the danger, and not the kind of contact.
        (None, RiskAssessment(imminent=True), True),
        (None, RiskAssessment(attempt_in_progress=True), True),
        (None, RiskAssessment(imminent=False), False),
        (False, RiskAssessment(imminent=True), False),
    ],
)
def test_a_precise_place_is_written_only_in_an_active_rescue(
    rescue: bool | None, risk: RiskAssessment | None, goes: bool
) -> None:
    place = Place(address=Address(lines=("901 Ocotillo Road",)))

    found = written(CrisisContact(contact="C-9", center="L1", active_rescue=rescue, risk=risk, place=place))

    assert ("location" in found) is goes


def test_a_contact_that_tells_how_a_call_ended_is_written_without_times_that_it_never_had() -> None:
    transfer = {"direction": "from_911", "incident_id": "26-7", "accepted_at": "2026-03-10T14:05:00-07:00"}
    found = Contact().read(json.dumps({"contact_id": "C-21", "transfer": transfer}).encode(), RECEIVED)

    said = written(*(event.body for event in found.events))

    assert {type(event.body) for event in found.events} == {CrisisContact, CallForService}
    assert (said["transfer"], "offered_at" in said, "modality" in said) == (transfer, False, False)


def test_an_unknown_field_of_a_place_in_a_rescue_is_unmapped_and_not_withheld() -> None:
    found = reading(location={**PLACE, "what3words": "a.b.c"}, active_rescue=True)

    assert {loss.path: loss.outcome for loss in found.account().items}["location.what3words"] == "unmapped"


@pytest.mark.parametrize("fmt", ["eido", "cad_csv", "mobile_crisis", "lifeline988"])
def test_in_no_format_does_a_precise_place_leave_with_a_contact_that_is_no_rescue(fmt: str) -> None:
    place = Place(address=Address(lines=("901 Ocotillo Road",)))
    contact = CrisisContact(
        contact="C-9", center="L1", active_rescue=False, place=place, callback=(Telecom(value="1"),)
    )

    assert b"Ocotillo" not in formats()[fmt]({}).write(disclose([contact]), TARGET).body


def test_no_partners_own_lines_open_a_precise_place(tmp_path: Path) -> None:
    own = tmp_path / "own.yaml"
    own.write_text(
        "extends: lifeline988/lifeline988.yaml\nsyntax: json\n"
        "lenses: {contact: {lines: {crisis_contact.meeting_point: location as place}}}",
        encoding="utf-8",
    )
    record = json.dumps(CONTACT | {"location": PLACE, "active_rescue": False}).encode()

    found = Contact({"mapping": str(own)}).read(record, RECEIVED)

    assert body(found, CrisisContact).meeting_point is None


def test_a_coarse_area_is_no_place() -> None:
    contact = body(reading(routing_basis="georouting", routing_area="Example County"), CrisisContact)

    assert (contact.coarse_area, contact.place) == ("Example County", None)


@pytest.mark.parametrize(
    ("consent", "permitted"),
    [
        ({"verbal": True}, True),
        ({"verbal": True, "scope": ["all"]}, True),
        ({"verbal": True, "scope": ["a visit, without the number"]}, None),
        ({"verbal": True, "scope": ["all", "but not the police"]}, None),
        ({"verbal": False}, False),
        ({}, None),
    ],
)
def test_a_scope_in_words_is_no_permission(consent: dict[str, Any], permitted: bool | None) -> None:
    assert body(reading(consent=consent), CrisisContact).shared_by_permission is permitted


def test_what_omb_asks_for_may_stand_in_a_group_of_its_own() -> None:
    found = reading(demographics={"age": 34, "gender": "non_binary", "race": ["asian"], "military_service": "yes"})

    person = body(found, Person)
    assert person.gender_identity is not None
    assert person.veteran is not None
    assert (person.age, person.gender_identity.code, person.race[0].code, person.veteran.code) == (
        "34",
        "non_binary",
        "2028-9",
        "yes",
    )


def test_a_code_nobody_knows_stays_and_becomes_a_work_item() -> None:
    found = reading(presenting_concerns=["ennui"])

    assert body(found, CrisisContact).concerns == (Code(local="ennui"),)
    assert found.unmapped_codes == (("crisis_concern", "ennui"),)


def test_an_impossible_time_is_counted_and_not_invented() -> None:
    found = reading(offered_at="2026-02-30T10:00:00-07:00")

    assert body(found, CrisisContact).offered_at is None
    assert [loss.path for loss in found.invalid] == ["offered_at"]


def test_a_time_without_an_offset_is_the_partners() -> None:
    contact = body(reading(offered_at="2026-03-01T09:30:00"), CrisisContact)

    assert contact.offered_at is not None
    assert (contact.offered_at.at, contact.offered_at.zone) == (AT, "partner")


@pytest.mark.parametrize(
    ("wrong", "at"),
    [
        ({"risk": {"cssrs": [{"question": "93246-7"}]}}, "risk.cssrs[0]"),
        ({"follow_up": {"attempts": [{"number": "first"}]}}, "follow_up.attempts[0].number"),
        ({"anonymous": "yes"}, "anonymous"),
        ({"caller": {"callback": "555-0100"}}, "caller.callback"),
    ],
)
def test_a_wrong_type_is_refused_with_its_path(wrong: dict[str, Any], at: str) -> None:
    with pytest.raises(Unreadable) as refused:
        reading(**wrong)

    assert refused.value.at == at


def test_a_message_is_known_by_its_id_and_else_by_the_contact() -> None:
    assert reading(message_id="L1-77").message_id == "L1-77"
    assert reading().message_id == "C-9"


def test_the_centre_hears_where_its_team_is() -> None:
    visit = MobileCrisisVisit(based_on=(Identifier(value="C-9", type="988"),), en_route_at=Instant(at=AT))

    (team,) = written(visit)["mobile_crisis"]

    assert (team["source_contact_ref"], team["enroute_at"]) == ("C-9", "2026-03-01T09:30:00-06:00")


def test_the_centre_hears_where_there_is_room() -> None:
    found = written(CapacityReport(facility="S1", available=2, as_of=Instant(at=AT)))

    assert found["capacity"] == [{"facility": "S1", "available": 2, "updated_at": "2026-03-01T09:30:00-06:00"}]


def test_what_is_not_granted_is_not_written() -> None:
    contact = CrisisContact(contact="C-9", center="L1", callback=(Telecom(value="555-0100"),), caller_name="Sam Roe")

    found = written(contact, granted=("crisis_contact.contact",))

    assert {name for name in found if name not in ("schema", "message_id", "sent_at", "handling")} == {"contact_id"}


def test_what_the_format_has_no_place_for_at_all_is_refused() -> None:
    with pytest.raises(Unmapped, match="lifeline988 has no place for any of this"):
        written(Encounter(number="V1"))


def test_a_911_call_that_is_handed_over_becomes_a_contact_that_comes_from_911_without_its_place() -> None:
    call = CallForService(
        incident="26-8",
        agency="c1.example",
        crisis=Code(code="suicide"),
        received_at=Instant(at=AT),
        transferred_at=Instant(at=AT + 60_000_000),
        transfer_to="988.example",
        caller_phone=(Telecom(value="+16025550119"),),
        place=Place(address=Address(lines=("901 Ocotillo Road",))),
        weapon=Code(code="unknown", system="urn:crisis-hub:weapon"),
        narrative=("free words",),
    )

    found = written(call)
    again = Contact().read(json.dumps(found).encode(), RECEIVED)

    assert found["transfer"] == {"direction": "from_911", "peer": "c1.example", "incident_id": "26-8"}
    assert (found["modality"], found["caller"]["callback"]) == ("call", ["+16025550119"])
    assert (found["presenting_concerns"], found["risk"]["weapon"]) == (["suicide"], "unknown")
    assert "Ocotillo" not in json.dumps(found)
    contact = body(again, CrisisContact)
    assert contact.offered_at
    assert (contact.offered_at.at, contact.transfer_incident) == (AT + 60_000_000, "26-8")
    # The number of the incident joins the contact to the call's episode.
    assert [key.values for key in keys(again.events)] == [("26-8",)]
