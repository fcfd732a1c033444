"""Fields of a county's own: declared with what kind of knowledge they are, told by that, and refused where nobody declared them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from hub.store.asking.journal import Message
from tests.capabilities.phrases import bundle, ours, patient
from tests.capabilities.town import Town, partner, town
from tests.partners.desk import copy, look, spoil

DECLARED = """
fields:
  - name: dog_at_home
    kind: risk_safety
    words: Whether a dog is at home that may bite.
    values: ["true", "false"]
    sent_by: [PD, CR1]
  - name: veteran_court
    kind: police
    words: Whether the veterans' court was told.
    values: [asked, told]
    sent_by: [PD]
  - name: readiness
    kind: clinical
    words: How ready the person is to take up care.
    values: [low, some, high]
    sent_by: [CR1]
"""
CONTACT: dict[str, Any] = {"template_id": "T-1", "ori": "XX0000100", "person": {"language": "es"}}


@pytest.fixture(scope="module")
def county(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """The example county with three fields of its own, and a police department that hears of contacts in its own format."""
    officers = {"cj_status": "AGENCY"}
    police = partner(
        "PD2", "LE", {"id": "contacts", "bodies": ["field_contact"], "purpose": "DISPATCH", "facts": officers},
        delivery={"format": "rms", "carrier": "folder", "path": "exchange/pd2/in"},
    )  # fmt: skip
    ride = partner("RIDE", "CORESPONDER", {"id": "all", "bodies": ["encounter", "observation"], "purpose": "TREAT"})
    with town(tmp_path_factory.mktemp("local") / "town", police, ride, fields=DECLARED) as found:
        yield found


def sends(county: Town, number: str, local: dict[str, Any]) -> Message:
    kept = county.tell("PD", json.dumps(CONTACT | {"message_id": number, "template_id": number, "local": local}))
    assert kept.state == "kept"
    with county.journal() as journal:
        found = journal.message(kept.journal)
    assert found is not None
    return found


def test_a_declared_field_reaches_whoever_may_see_its_kind_and_nobody_else(county: Town) -> None:
    sends(county, "F-1", {"dog_at_home": True, "veteran_court": "told"})
    told = county.delivered()

    assert json.loads(told["PD2"][0])["local"] == {"dog_at_home": "true", "veteran_court": "told"}
    assert "dog_at_home" in told["B1"][0]
    assert not [text for text in told.get("MCT1", []) if "veteran_court" in text]


def test_what_nobody_declared_is_refused_and_becomes_work_and_the_message_goes_on(county: Town) -> None:
    kept = sends(county, "F-2", {"dog_at_home": True, "iq_of_neighbour": "eighty", "veteran_court": "a story"})
    told = county.delivered()
    with county.journal() as journal:
        plan = journal.plans([kept.journal])[0]

    text = told["PD2"][0]
    assert json.loads(text)["local"] == {"dog_at_home": "true"}
    assert not [
        word for word in ("iq_of_neighbour", "eighty", "a story") if any(word in t for ts in told.values() for t in ts)
    ]
    assert plan.unmapped_codes == (("county field", "iq_of_neighbour"),)


def test_a_partner_may_send_only_the_fields_that_are_its_to_send(county: Town) -> None:
    kept = sends(county, "F-3", {"readiness": "high"})
    told = county.delivered()

    assert kept.state == "planned"
    assert not [text for texts in told.values() for text in texts if "readiness" in text]


def test_in_fhir_the_county_says_what_kind_a_field_is_and_not_its_sender(county: Town) -> None:
    said = ours("local_fields", **{
        "risk_safety[0].name": {"valueString": "readiness"}, "risk_safety[0].value": {"valueString": "high"},
        "approach[0].name": {"valueString": "made_up"}, "approach[0].value": {"valueString": "x"},
    })  # fmt: skip
    visit = {
        "resourceType": "Encounter", "status": "finished", "subject": {"reference": "urn:uuid:6f1d2c3b-0000-4000-8000-000000000001"},
        "class": {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "HH"},
        "period": {"start": "2026-03-10T15:00:00-07:00"},
    }  # fmt: skip
    county.tell("CR1", bundle(patient("CR1", "F-4"), visit, said))
    (text,) = county.delivered()["RIDE"]

    assert "clinical[0].name" in text
    assert "readiness" in text
    assert "risk_safety" not in text
    assert "made_up" not in text


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("kind: police", "kind: gossip", "gossip"),
        ("name: readiness", "name: dog_at_home", "declared twice"),
        ("name: readiness", 'name: "Is ready?"', "no name for a field"),
        ("sent_by: [CR1]", "sent_by: [CR9]", '"CR9" is no partner'),
        ("values: [low, some, high]", "values: []", "may hold nothing"),
    ],
)
def test_a_bad_declaration_is_refused_with_its_line(tmp_path: Path, old: str, new: str, says: str) -> None:
    folder = copy(tmp_path)
    with (folder / "county.yaml").open("a") as file:
        file.write(DECLARED)
    spoil(folder, "county.yaml", old, new)

    found, wrong = look(folder)

    assert found is None
    assert says in str(wrong[0])
    assert "county.yaml line" in str(wrong[0])
