"""What dispatch sends becomes a call, its units and its person; what we send is an EIDO that others accept."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import jsonschema_rs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.cad.eido.adapter import Eido
from adapters.cad.eido.parts import parts
from adapters.cad.eido.unfold import plain
from hub.contracts import Reading
from hub.errors import Unmapped, Unreadable
from hub.model.care import Encounter
from hub.model.crisis import CrisisContact, MobileCrisisVisit, RiskAssessment
from hub.model.event import Body
from hub.model.label import Handling
from hub.model.person import Person
from hub.model.public_safety import CallForService, UnitStatus
from hub.model.service import CapacityReport
from hub.model.values import Address, Code, HumanName, Identifier, Instant, PartialDate, Place, Telecom
from tests.disclosing import AT, RECEIVED, TARGET, disclose
from tests.samples import samples

GOLDEN = Path(__file__).parents[2] / "golden" / "eido"
FOLDER = "public_safety/eido"
B = TypeVar("B")


def golden(case: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((GOLDEN / case / "wire.json").read_text(encoding="utf-8"))
    return found


def reading(message: Any) -> Reading:
    return Eido().read(message if isinstance(message, bytes) else json.dumps(message).encode(), RECEIVED)


def body(found: Reading, kind: type[B]) -> B:
    (one,) = [event.body for event in found.events if isinstance(event.body, kind)]
    return one


def written(*bodies: Body, handling: Handling | None = None, granted: tuple[str, ...] = ()) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(Eido().write(disclose(bodies, granted, handling), TARGET).body)
    return found


@cache
def standard() -> jsonschema_rs.Validator:
    path = samples(f"{FOLDER}/derived/eido_bundled.schema.json")
    return jsonschema_rs.validator_for(json.loads(path.read_text(encoding="utf-8")))


# -- read


def test_a_call_tells_type_place_and_whom_to_call_back() -> None:
    call = body(reading(golden("a-person-who-talks-of-dying")), CallForService)

    assert call.final_type is not None
    assert (call.final_type.code, call.final_type.local) == ("SUICTHRT", "MHC-W")
    assert call.crisis is not None
    assert call.crisis.code == "suicide"
    assert call.place is not None
    assert call.place.address is not None
    assert call.place.address.lines == ("2200 W Juniper Avenue", "4")
    assert [phone.value for phone in call.caller_phone] == ["+16025550119", "sip:119@c1.example"]


def test_the_number_that_police_use_is_the_incident_and_the_urn_stands_beside_it() -> None:
    found = reading(golden("a-crisis-unit-arrives"))

    urn = "urn:emergency:uid:incidentid:7:c1.example"
    assert body(found, CallForService).incident == body(found, UnitStatus).incident == "26-7"
    assert body(found, CallForService).other_ids == (Identifier(value=urn, type="EIDO"),)


def test_what_usage_rules_say_binds_whoever_has_it_from_us() -> None:
    assert reading(golden("a-person-who-talks-of-dying")).inherited == (
        "NORDSCLCD",
        "retention-expiry:2026-04-10T00:00:00Z",
    )


def test_a_note_loses_its_markup_and_is_free_text() -> None:
    call = body(reading(golden("a-person-who-talks-of-dying")), CallForService)

    assert call.narrative == ("Talks of dying, may have a knife & is cold.",)
    assert plain("<script>x()</script><p>a<br/>b</p>") == "x() a b"


def test_the_agencys_own_words_of_a_caution_are_free_text_too() -> None:
    (caution,) = body(reading(golden("a-person-who-talks-of-dying")), CallForService).cautions

    assert caution.text == "possible knife"
    assert caution.kind == Code(code="weapon", system="urn:crisis-hub:caution-kind", local="Weapons")


def test_a_caller_is_not_the_person_it_is_about() -> None:
    message = golden("a-person-who-talks-of-dying")
    message["personComponent"] = [one for one in message["personComponent"] if one["$id"] == "p-2"]

    kinds = [type(event.body) for event in reading(message).events]

    assert kinds == [CallForService]


def test_a_message_about_two_people_is_split_and_each_part_knows_one() -> None:
    pieces = [*Eido().split(json.dumps(golden("two-people-are-two-messages")).encode())]

    people = [body(reading(piece), Person) for piece in pieces]
    assert [one.names[0].family or one.names[0].text for one in people] == ["Doe", "Sam Roe"]
    assert [b"Roe" in piece for piece in pieces] == [False, True]


def test_notifications_are_taken_out_of_their_envelope() -> None:
    one, two = golden("a-crisis-unit-arrives"), golden("handed-to-988")
    body_ = json.dumps({"event": {"subscriptionId": "s", "notification": [one, two]}}).encode()

    pieces = [*Eido().split(body_)]

    assert [json.loads(piece) for piece in pieces] == [one, two]


def test_a_transfer_names_its_agency_and_its_instant() -> None:
    call = body(reading(golden("handed-to-988")), CallForService)

    assert call.transfer_to == "988.example"
    assert call.transferred_at is not None
    assert call.transferred_at.text == "2026-03-10T14:04:10-07:00"
    assert [one.code for one in call.dispositions] == ["15"]


def test_what_the_schema_lets_pass_is_counted_and_the_call_is_kept() -> None:
    found = reading(golden("what-the-schema-lets-pass"))

    why = {loss.path: loss.why for loss in found.invalid}
    assert why["incidentComponent.locationReference[0].$ref"] == "nothing in this message has that id"
    assert why["incidentComponent.notesReference.$ref"] == "a list of references belongs here"
    assert "document type" in why["locationComponent[0].locationByValue"]
    assert found.unmapped_codes == (("incident_type", "SUICIDAL"),)
    assert body(found, CallForService).incident == "26-10"


def test_a_location_is_accounted_for_element_by_element() -> None:
    outcomes = {loss.path: loss.outcome for loss in reading(golden("a-person-who-talks-of-dying")).account().items}

    inside = {
        p.rpartition(".")[2]: o for p, o in outcomes.items() if p.startswith("locationComponent[0].locationByValue.")
    }
    assert (inside["HNO"], inside["A3"]) == ("transformed", "mapped")
    assert inside["retention-expiry"] == "mapped"
    assert "locationComponent[0].locationByValue" not in outcomes


@pytest.mark.parametrize(
    ("path", "wrong", "at", "says"),
    [
        (
            ("incidentComponent", "incidentTypeCommonRegistryText"),
            5,
            "incidentComponent.incidentTypeCommonRegistryText",
            "a text",
        ),
        (("callComponent",), {}, "callComponent", "a list"),
        (("callComponent", 0), "x", "callComponent[0]", "an object"),
        (("callComponent", 0, "callBackReference"), {"ref": "x"}, "callComponent[0].callBackReference", "$ref"),
        (("callComponent", 0, "callBackReference"), {"$ref": ["x"]}, "callComponent[0].callBackReference", "$ref"),
        (
            ("personComponent", 0, "personIncidentRoleRegistryText"),
            [1],
            "personComponent[0].personIncidentRoleRegistryText",
            "texts",
        ),
        (("locationComponent", 0, "$id"), None, "locationComponent[0].$id", "is null"),
        (
            ("incidentComponent", "incidentCommonPriorityNumber"),
            "1",
            "incidentComponent.incidentCommonPriorityNumber",
            "a number",
        ),
        (
            ("agencyComponent", 0, "incidentOwningAgencyIndicator"),
            "yes",
            "agencyComponent[0].incidentOwningAgencyIndicator",
            "true or false",
        ),
    ],
)
def test_a_wrong_type_is_refused_with_its_path(path: tuple[Any, ...], wrong: Any, at: str, says: str) -> None:
    message = golden("a-person-who-talks-of-dying")
    node: Any = message
    for step in path[:-1]:
        node = node[step]
    node[path[-1]] = wrong

    with pytest.raises(Unreadable) as refused:
        reading(message)

    assert refused.value.at == at
    assert says in refused.value.message


def test_a_misspelt_field_is_refused_with_path_and_near_match() -> None:
    message = golden("a-person-who-talks-of-dying")
    message["callComponent"][0]["lastUpdateTimestamp"] = message["callComponent"][0].pop("lastUpdateTimeStamp")

    with pytest.raises(Unreadable) as refused:
        reading(message)

    assert str(refused.value) == (
        'callComponent[0]: "lastUpdateTimestamp" is not a field here. Did you mean "lastUpdateTimeStamp"?'
    )


@given(st.data())
def test_no_structure_makes_it_fall(data: st.DataObject) -> None:
    """Any value in the place of any other: it is read, or refused as the contract says."""
    message = golden(data.draw(st.sampled_from(sorted(case.name for case in GOLDEN.iterdir()))))
    node, step = data.draw(st.sampled_from([*places(message)]))
    node[step] = data.draw(
        st.sampled_from([None, 5, "", "p-1", [], {}, ["x"], [None], {"$ref": "c1.example"}, {"$ref": 5}])
    )

    with suppress(Unreadable, Unmapped):
        assert reading(message).account().items


def places(node: Any) -> Iterator[tuple[Any, Any]]:
    """Every place of a message, as container and key."""
    for step in [*node] if isinstance(node, dict) else range(len(node)):
        yield node, step
        if isinstance(node[step], dict | list):
            yield from places(node[step])


# -- others' messages


@pytest.mark.parametrize("name", ["sample_call_transfer_eido.json", "eidolib_tests/SampleCallTransferEido.json"])
def test_the_official_sample_is_read(name: str) -> None:
    found = reading(samples(f"{FOLDER}/{name}").read_bytes())

    call = body(found, CallForService)
    assert found.invalid == ()
    assert call.place is not None
    assert call.place.address is not None
    assert call.place.address.lines == ("42 W Cellular Street",)
    assert call.place.kind is not None
    assert call.place.kind.code == "RoutingLocation"


def test_the_sample_of_a_notification_is_read() -> None:
    adapter = Eido()

    pieces = [*adapter.split(samples(f"{FOLDER}/conveyance_websocket/NotifyWithEido.json").read_bytes())]

    assert len(pieces) == 1
    assert body(adapter.read(pieces[0], RECEIVED), CallForService).caller_phone[1].value == "8195551212"


@pytest.mark.parametrize(
    ("name", "says"),
    [
        (
            "eidolib_tests/EidoWithJcard.json",
            '$: "lastUpdateTimestamp" is not a field here. Did you mean "lastUpdateTimeStamp"?',
        ),
        ("third_party_variants/traffic_collision.json", '$: "eidoVersion" is missing. Send eidoVersion.'),
        ("third_party_variants/ucsd_burglary_template.json", '$: "eidoVersion" is missing. Send eidoVersion.'),
        ("third_party_variants/ucsd_vegetation_fire_template.json", '$: "eidoVersion" is missing. Send eidoVersion.'),
    ],
)
def test_what_does_not_conform_is_refused_with_path_and_cure(name: str, says: str) -> None:
    with pytest.raises(Unreadable) as refused:
        reading(samples(f"{FOLDER}/{name}").read_bytes())

    assert str(refused.value) == says


def test_our_table_of_components_says_what_the_standard_says() -> None:
    schema = json.loads(samples(f"{FOLDER}/derived/eido_core.schema.json").read_text(encoding="utf-8"))["$defs"]
    names = {"eido": "EmergencyIncidentDataObjectType", "UpdatedCBN": "UpdatedCBNType"}

    for name, part in parts().items():
        wanted = [more for more in schema[names.get(name, f"{name}Type")]["allOf"] if "properties" in more]
        required = {field for more in wanted for field in more.get("required", ())}
        prologue = set(schema["PrologueType"]["required"])
        assert part.required == required | prologue, name
        assert set().union(*(more["properties"] for more in wanted)) <= set(part.types), name


# -- written

CALL = CallForService(
    incident="26-7",
    other_ids=(Identifier(value="urn:emergency:uid:incidentid:7:c1.example", type="EIDO"),),
    agency="c1.example",
    final_type=Code(code="EDP", system="urn:apco:2.103.2", local="MHC"),
    received_at=Instant(at=AT, text="2026-03-01T09:30:00-06:00"),
    caller_phone=(Telecom(value="555-555-0101"),),
    place=Place(
        address=Address(lines=("1 Elm Street",), city="X"), latitude="33.5", longitude="-112.07", uncertainty_m="25"
    ),
    transfer_to="988.example",
    units=(UnitStatus(unit="12A", on_scene_at=Instant(at=AT)),),
    dispositions=(Code(code="16", system="urn:apco:1.111.2"), Code(code="crisis_stabilization", system="urn:x")),
    narrative=("a < b & c",),
)
RIDE = MobileCrisisVisit(
    visit="MV-1",
    based_on=(Identifier(value="C-9", type="988"),),
    team="MCT1-B",
    dispatched_at=Instant(at=AT),
    en_route_at=Instant(at=AT + 60_000_000),
)
RESCUE = CrisisContact(
    contact="C-10",
    callback=(Telecom(value="602-555-0187"),),
    active_rescue=True,
    place=Place(address=Address(lines=("901 Ocotillo Road",), city="X"), source="told by the caller"),
    risk=RiskAssessment(attempt_in_progress=True, level=Code(code="imminent"), narrative="secret words"),
    concerns=(Code(code="overdose"),),
    narrative="more secret words",
)
RILEY = Person(
    names=(HumanName(family="Doe", given=("Riley",)),), birth_date=PartialDate(iso="1990-03"), anonymous=False
)


@pytest.mark.parametrize(
    "bodies",
    [
        (CALL,),
        (RILEY, CALL),
        (RIDE,),
        (RESCUE,),
        (CapacityReport(facility="S1", available=2),),
        (CallForService(narrative=("only words",)),),
        (CallForService(beat="Beat 12"),),
        (UnitStatus(unit="12A", agency="pd.example"),),
        (CallForService(transfer_to="988.example"),),
    ],
    ids=lambda bodies: "+".join(type(one).__name__ for one in bodies),
)
def test_whatever_was_disclosed_is_written_as_the_standard_wants_it(bodies: tuple[Body, ...]) -> None:
    found = written(*bodies, handling=Handling(confidentiality="R", regimes=("L988",)))

    assert [error.message for error in standard().iter_errors(found)] == []
    lists = [part for name, part in found.items() if name.endswith("Component") and isinstance(part, list)]
    ids = {part["$id"] for parts_ in lists for part in parts_}
    assert set(references(found)) <= ids


def references(node: Any) -> Iterator[str]:
    for key, value in node.items() if isinstance(node, dict) else enumerate(node):
        if key == "$ref":
            yield value
        elif isinstance(value, dict | list):
            yield from references(value)


def test_a_call_comes_back_as_it_was_told() -> None:
    again = reading(written(CALL))

    call = body(again, CallForService)
    assert (call.incident, call.agency, call.transfer_to) == ("26-7", "c1.example", "988.example")
    assert call.final_type == CALL.final_type
    assert call.place is not None
    assert CALL.place is not None
    assert call.place.address == CALL.place.address
    assert (call.place.latitude, call.place.uncertainty_m) == ("33.5", "25")
    assert call.narrative == CALL.narrative
    assert [one.code for one in call.dispositions] == ["16"]
    assert body(again, UnitStatus).unit == "12A"


def test_the_writer_says_what_an_eido_could_not_carry() -> None:
    losses = Eido().write(disclose([CALL]), TARGET).losses()

    assert [loss.path for loss in losses.items if loss.outcome == "unmapped"] == ["call_for_service.dispositions[1]"]


def test_a_rescue_tells_911_what_it_needs_and_not_what_was_said() -> None:
    found = written(RESCUE)

    text = json.dumps(found)
    assert found["incidentComponent"]["incidentTypeCommonRegistryText"] == "SUICTHRT"
    assert found["callbackComponent"][0]["callBackInformationUri"] == ["tel:602-555-0187"]
    assert found["notesComponent"][0]["notesActionComments"] == "988: active rescue, risk imminent, attempt in progress"
    assert "secret" not in text
    assert "C-10" not in text


def test_a_team_on_its_way_is_a_crisis_unit() -> None:
    (unit,) = written(RIDE)["emergencyResourceComponent"]

    assert unit["emergencyResourceTypeCommonRegistryText"] == "CrisisInterventionUnit"
    assert (unit["emergencyResourceName"], unit["secondaryUnitStatusRegistryText"]) == ("MCT1-B", ["EnRoute"])
    # The 988 centre's number of a contact is not dispatch's to know.
    assert "C-9" not in json.dumps(unit)


def test_the_labels_travel_and_come_back() -> None:
    labels = Handling(
        confidentiality="R", sensitivities=("PSY",), regimes=("PART2",), refrain=("NORDSCLCD",), notice_text="N"
    )

    found = written(CALL, handling=labels)

    assert "urn:crisis-hub:eido:handling:1" in found["eidoExtensionId"]
    assert found["crisisHubHandling"]["notice_text"] == "N"
    assert "<gbp:retransmission-allowed>false" in found["locationComponent"][0]["locationByValue"]
    assert set(reading(found).inherited) == {"R", "PSY", "42CFRPart2", "NORDSCLCD"}


def test_a_retention_that_came_with_a_place_goes_out_with_it() -> None:
    labels = Handling(obligations=("retention-expiry:2026-04-10T00:00:00Z",))

    found = written(CALL, handling=labels)

    assert "<gbp:retention-expiry>2026-04-10T00:00:00Z<" in found["locationComponent"][0]["locationByValue"]


def test_what_is_not_granted_is_not_written() -> None:
    found = written(RILEY, CALL, granted=("call_for_service.incident", "call_for_service.final_type"))

    assert {name for name in found if name.endswith("Component")} == {"incidentComponent", "agencyComponent"}
    assert "Doe" not in json.dumps(found)


def test_a_person_is_known_by_the_recipients_own_id_and_a_partial_date_stays_partial() -> None:
    (person,) = written(RILEY, CALL)["personComponent"]

    assert person["ncPersonComponent"]["otherIdentification"][0]["identificationId"] == [{"value": "P-9"}]
    assert person["ncPersonComponent"]["birthDate"] == [{"yearMonth": [{"value": "1990-03"}]}]


def test_nobody_is_made_up_where_nobody_was_disclosed() -> None:
    assert "personComponent" not in written(CALL)


def test_what_an_eido_has_no_place_for_at_all_is_refused() -> None:
    with pytest.raises(Unmapped, match="an EIDO has no place for any of this"):
        Eido().write(disclose([Encounter(number="V1")]), TARGET)
