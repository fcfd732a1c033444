"""Somebody who called 988 without a name stays without one, whatever format they travel in next, and the one after that."""

from __future__ import annotations

import json
from itertools import product

import pytest

from adapters import found
from hub.contracts import Adapter
from hub.errors import Unmapped
from hub.model.crisis import CrisisContact
from hub.model.event import Body
from hub.model.person import Person
from tests.disclosing import RECEIVED, TARGET, disclose

CALL = {
    "contact_id": "C-9",
    "center_id": "L1",
    "modality": "call",
    "answered_at": "2026-03-01T09:30:00-06:00",
    "caller": {"callback": ["+15555550101"]},
    "person": {"age": "about 30", "sex": "female", "physical_description": "red coat"},
    "presenting_concerns": ["suicide"],
    "imminent_risk": True,
    "active_rescue": True,
    "location": {"lines": ["901 Example Rd"], "city": "X"},
}
FORMATS = (
    "cad_csv",
    "eido",
    "fhir",
    "hl7v2",
    "lifeline988",
    "lifeline988_csv",
    "mobile_crisis",
    "mobile_crisis_csv",
    "rms",
    "rms_csv",
)
KEEP = ("fhir", "lifeline988", "lifeline988_csv", "mobile_crisis", "mobile_crisis_csv")
NUMBERED = ("fhir", "hl7v2")


def called() -> list[Body]:
    return [event.body for event in found()["lifeline988"]({}).read(json.dumps(CALL).encode(), RECEIVED).events]


def hop(adapter: Adapter, bodies: list[Body]) -> list[Body]:
    """What the next one reads of what this one was told; nothing where the format has no place for any of it."""
    try:
        written = adapter.write(disclose(bodies), TARGET).body
        return [event.body for piece in adapter.split(written) for event in adapter.read(piece, RECEIVED).events]
    except Unmapped:
        return []


def people(bodies: list[Body]) -> list[Person]:
    return [body for body in bodies if isinstance(body, Person)]


@pytest.mark.parametrize(("first", "second"), list(product(FORMATS, repeat=2)))
def test_nobody_gets_a_name_or_a_number_on_the_way(first: str, second: str) -> None:
    told = hop(found()[second]({}), hop(found()[first]({}), called()))

    for person in people(told):
        assert (person.names, person.ssn, person.birth_date, person.telecoms, person.addresses) == (
            (),
            "",
            None,
            (),
            (),
        )
        # FHIR and HL7 v2 cannot tell of a patient without a number: theirs is the recipient's own for this one contact.
        assert {one.value for one in person.identifiers} <= {TARGET.person_id}


@pytest.mark.parametrize("name", [name for name in FORMATS if name not in NUMBERED])
def test_no_number_is_made_for_somebody_of_whom_nothing_is_known(name: str) -> None:
    assert all(person.identifiers == () for person in people(hop(found()[name]({}), called())))


@pytest.mark.parametrize("name", KEEP)
def test_where_there_is_a_place_for_it_it_is_said_that_they_are_anonymous(name: str) -> None:
    told = hop(found()[name]({}), called())

    assert [person.anonymous for person in people(told)] == [True]
    assert all(body.anonymous for body in told if isinstance(body, CrisisContact))
