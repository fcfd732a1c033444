"""What dispatch sends becomes a call, its units and its person; what does not conform is refused where it stands."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import nullcontext, suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.cad.eido.adapter import Eido
from adapters.cad.eido.check import check, faults
from adapters.cad.eido.parts import parts
from adapters.cad.eido.unfold import plain
from hub.errors import Unmapped, Unreadable
from hub.model.person import Person
from hub.model.public_safety import CallForService, UnitStatus
from hub.model.values import Code, Identifier
from tests.adapters.cad.calls import FOLDER, GOLDEN, body, golden, reading
from tests.disclosing import RECEIVED
from tests.samples import samples


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


@pytest.mark.parametrize(
    ("uri", "number"),
    [
        ("tel:+16025550119;verstat=TN-Validation-Passed", "+16025550119"),
        ("TEL:602-555-0119;phone-context=example.com", "602-555-0119"),
        ("tel:+16025550119;verstat=No-TN-Validation;ext=7", "+16025550119;ext=7"),
    ],
)
def test_what_a_carrier_hangs_on_to_a_number_is_not_dialled(uri: str, number: str) -> None:
    message = golden("a-person-who-talks-of-dying")
    message["callbackComponent"][0]["callBackInformationUri"] = [uri]

    (phone,) = body(reading(message), CallForService).caller_phone

    assert (phone.value, phone.system) == (number, "phone")


def test_the_number_that_police_use_is_the_incident_and_the_urn_stands_beside_it() -> None:
    found = reading(golden("a-crisis-unit-arrives"))

    urn = "urn:emergency:uid:incidentid:7:c1.example"
    assert body(found, CallForService).incident == body(found, UnitStatus).incident == "26-7"
    assert body(found, CallForService).other_ids == (Identifier(value=urn, type="EIDO"),)


def test_a_call_is_cleared_by_the_last_of_its_units() -> None:
    message = golden("a-crisis-unit-arrives")
    (unit,) = message["emergencyResourceComponent"]
    first, last = (
        {**unit, "$id": name, "secondaryUnitStatusRegistryText": ["Cleared"], "lastUpdateTimeStamp": at}
        for name, at in (("u-1", "2026-03-01T10:00:00-07:00"), ("u-2", "2026-03-01T11:00:00-07:00"))
    )
    there = {**last, "secondaryUnitStatusRegistryText": ["OnScene"]}

    cleared = [
        body(reading({**message, "emergencyResourceComponent": units}), CallForService).cleared_at
        for units in ([first, there], [last, first])
    ]

    assert [at and at.text for at in cleared] == [None, "2026-03-01T11:00:00-07:00"]


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


def test_a_unit_without_a_name_or_agent_is_known_by_its_id_and_by_who_dispatched_it() -> None:
    message = golden("a-crisis-unit-arrives")
    unit = message["emergencyResourceComponent"][0]
    del unit["emergencyResourceName"], message["agentComponent"]
    prologue = {key: unit[key] for key in ("lastUpdateTimeStamp", "updatedByAgencyReference")}
    message["dispatchComponent"] = [
        {
            "$id": "d-1",
            **prologue,
            "agencyReference": {"$ref": "pd.example"},
            "emergencyResourceReference": [{"$ref": "u-1"}],
        }
    ]

    status = body(reading(message), UnitStatus)

    assert (status.unit, status.agency) == ("u-1", "pd.example")


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


@pytest.mark.parametrize(
    ("name", "count"), [("eidolib_tests/EidoWithJcard", 11), ("third_party_variants/traffic_collision", 18)]
)
def test_every_fault_is_named_at_once_and_not_the_first_alone(name: str, count: int) -> None:
    found = [str(fault) for fault in Eido().faults(samples(f"{FOLDER}/{name}.json").read_bytes())]

    assert len(set(found)) == count
    assert all(": " in one for one in found)


@given(st.data())
def test_what_is_refused_has_a_fault_and_what_is_read_has_none(data: st.DataObject) -> None:
    message = golden(data.draw(st.sampled_from(sorted(case.name for case in GOLDEN.iterdir()))))
    node, step = data.draw(st.sampled_from([*places(message)]))
    node[step] = data.draw(st.sampled_from([None, 5, "", [], {}, ["x"], [None], {"$ref": "c1.example"}, {"$ref": 5}]))

    found = [str(fault) for fault in faults(message)]
    with pytest.raises(Unreadable) if found else nullcontext() as refused:
        check(message)

    assert not refused or str(refused.value) == found[0]


def test_one_without_its_version_is_known_for_what_it_lacks() -> None:
    message = golden("a-crisis-unit-arrives")
    del message["eidoVersion"]
    body = json.dumps(message).encode()

    assert Eido().recognises(body)
    assert [str(fault) for fault in Eido().faults(body)] == ['$: "eidoVersion" is missing. Send eidoVersion.']


def test_our_table_of_components_says_what_the_standard_says() -> None:
    schema = json.loads(samples(f"{FOLDER}/derived/eido_core.schema.json").read_text(encoding="utf-8"))["$defs"]
    names = {"eido": "EmergencyIncidentDataObjectType", "UpdatedCBN": "UpdatedCBNType"}

    for name, part in parts().items():
        wanted = [more for more in schema[names.get(name, f"{name}Type")]["allOf"] if "properties" in more]
        required = {field for more in wanted for field in more.get("required", ())}
        prologue = set(schema["PrologueType"]["required"])
        assert part.required == required | prologue, name
        assert set().union(*(more["properties"] for more in wanted)) <= set(part.types), name
