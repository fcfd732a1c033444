"""What we send dispatch is an EIDO that others accept, and says no more than was disclosed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from typing import Any

import jsonschema_rs
import pytest

from adapters.cad.eido.adapter import Eido
from hub.errors import Unmapped
from hub.model.care import Encounter
from hub.model.crisis import CrisisContact, MobileCrisisVisit, RiskAssessment
from hub.model.event import Body
from hub.model.label import Handling
from hub.model.person import Person
from hub.model.public_safety import CallForService, UnitStatus
from hub.model.service import CapacityReport
from hub.model.values import Address, Code, HumanName, Identifier, Instant, PartialDate, Place, Telecom
from tests.adapters.cad.calls import FOLDER, body, reading
from tests.disclosing import AT, TARGET, disclose
from tests.samples import samples

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


def written(*bodies: Body, handling: Handling | None = None, granted: tuple[str, ...] = ()) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(Eido().write(disclose(bodies, granted, handling), TARGET).body)
    return found


@cache
def standard() -> jsonschema_rs.Validator:
    path = samples(f"{FOLDER}/derived/eido_bundled.schema.json")
    return jsonschema_rs.validator_for(json.loads(path.read_text(encoding="utf-8")))
