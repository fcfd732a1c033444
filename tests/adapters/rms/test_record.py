"""Police records: a contact is not an arrest, an edit is a new version, and criminal history stands where the model labels it."""

from __future__ import annotations

import json
from typing import Any, TypeVar

import pytest

from adapters.rms.record import Record
from hub.contracts import Reading
from hub.errors import Unreadable
from hub.flow.episode import keys
from hub.model.care import Encounter
from hub.model.category import Category
from hub.model.event import Body
from hub.model.person import Person
from hub.model.public_safety import CallForService, CustodyHold, FieldContact, UnitStatus, UseOfForce
from hub.model.registry import FIELDS
from hub.model.values import Code, Identifier, Instant
from tests.disclosing import AT, RECEIVED, TARGET, disclose

B = TypeVar("B")


def reading(**record: Any) -> Reading:
    return Record().read(json.dumps({"template_id": "T-42"} | record).encode(), RECEIVED)


def body(found: Reading, kind: type[B]) -> B:
    (one,) = [event.body for event in found.events if isinstance(event.body, kind)]
    return one


def written(*bodies: Body, granted: tuple[str, ...] = ()) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(Record().write(disclose(bodies, granted), TARGET).body)
    return found


def test_charges_and_history_are_criminal_history_information_and_nothing_else_is() -> None:
    contact = body(
        reading(charges=[{"code": "2606A", "text": "larceny"}], criminal_history=["2014: trespass"]), FieldContact
    )

    labelled = {f.path for f in FIELDS if f.body == "field_contact" and f.category is Category.CHRI}
    assert labelled == {"field_contact.charges", "field_contact.criminal_history"}
    assert (contact.charges, contact.criminal_history) == (
        (Code(code="2606A", display="larceny"),),
        ("2014: trespass",),
    )


def test_both_call_types_are_kept() -> None:
    contact = body(reading(initial_call_type="TROUBLE", final_call_type="EDP"), FieldContact)

    assert contact.initial_type is not None
    assert contact.final_type is not None
    assert (contact.initial_type.code, contact.final_type.code) == ("TROUBLE", "EDP")


def test_sealed_and_juvenile_are_facts_of_the_record() -> None:
    contact = body(reading(sealed=True, juvenile=True), FieldContact)

    assert (contact.sealed, contact.juvenile) == (True, True)


def test_the_same_record_again_is_another_message_when_its_version_is_another() -> None:
    assert [reading(version=v).message_id for v in ("1", 2)] == ["T-42 v1", "T-42 v2"]
    assert reading(message_id="PD-1", version="1").message_id == "PD-1"


def test_a_contact_and_the_911_call_share_an_incident() -> None:
    assert [value for block in keys(reading(incident="26-7").events) for value in block.values] == ["26-7"]


@pytest.mark.parametrize("unknown", ["1900-01-01T00:00:00", "1900-01-01", "1/1/1900", "01/01/1900 12:00:00 AM"])
def test_a_time_that_nobody_knows_is_no_time(unknown: str) -> None:
    found = reading(occurred_at=unknown, reported_at="2026-03-01T09:30:00-06:00")

    contact = body(found, FieldContact)
    assert (contact.started_at, found.events[-1].occurred_at) == (None, None)
    assert contact.reported_at is not None
    assert "occurred_at" in [loss.path for loss in found.account().items if loss.outcome == "unmapped"]


def test_a_file_of_several_records_is_split_and_no_byte_of_them_changes() -> None:
    one, two = b'{"template_id": "T-1", "officer_hours_on_call": 1.30}', b'{"template_id":"T-2"}'

    assert [*Record().split(b"\xef\xbb\xbf [" + one + b" ,\n" + two + b"]\n")] == [one, two]


@pytest.mark.parametrize("wrong", [b"[", b'[{"a":1}', b"[}", b'[{"a":1,"a":2}]'])
def test_a_file_that_is_no_list_is_refused(wrong: bytes) -> None:
    with pytest.raises(Unreadable):
        list(Record().split(wrong))


def test_a_record_may_hold_a_hold_and_force() -> None:
    found = reading(
        incident="26-7",
        legal_hold={"jurisdiction_statute": "US-FL 394.463 BA-52", "author_role": "peace officer"},
        use_of_force={"qualifier": "firearm_discharge", "officers_applying_force_total": 1, "zero_report": False},
    )

    force = body(found, UseOfForce)
    assert (force.incident, force.officers_applying, force.zero_report) == ("26-7", "1", False)
    assert body(found, CustodyHold).author_role == Code(
        code="peace_officer", system="urn:crisis-hub:hold-author-role", local="peace officer"
    )


@pytest.mark.parametrize(("said", "kept"), [(True, "true"), ("by a sister's account", "by a sister's account")])
def test_whether_the_course_was_considered_may_be_a_flag_or_told_in_words(said: bool | str, kept: str) -> None:
    found = reading(legal_hold={"jurisdiction_statute": "US-CA 5150", "historical_course_considered": said})

    assert body(found, CustodyHold).history_considered == kept


def test_a_clinician_who_was_there_is_known_under_either_name() -> None:
    assert body(reading(mh_professional_involved=True), FieldContact).co_responder is True


def test_a_veteran_is_known_from_the_indicator_of_the_record() -> None:
    assert body(reading(subject_veteran_indicator=True), Person).veteran == Code(
        code="yes", system="urn:crisis-hub:veteran-word", local="true"
    )


def test_a_call_and_its_units_are_written_for_the_agencys_records() -> None:
    call = CallForService(
        incident="26-7", final_type=Code(code="EDP", local="MHC"), units=(UnitStatus(unit="12A"),), narrative=("words",)
    )

    found = written(call, UnitStatus(unit="12B", incident="26-7", cleared_at=Instant(at=AT)))

    assert found["call"] == {"incident": "26-7", "type": "EDP", "units": [{"unit": "12A"}]}
    assert found["units"] == [{"unit": "12B", "incident": "26-7", "cleared_at": "2026-03-01T09:30:00-06:00"}]


def test_of_a_stay_police_records_hold_no_more_than_two_times() -> None:
    stay = Encounter(number="V1", admitted_at=Instant(at=AT), reason=Code(code="F32.9"), narrative="words")

    found = written(stay)

    assert found["care"] == {"admitted_at": "2026-03-01T09:30:00-06:00"}
    assert "F32.9" not in json.dumps(found)


def test_a_person_is_known_by_the_recipients_own_id_first() -> None:
    person = Person(identifiers=(Identifier(value="R-42", assigner="PD", type="RMS"),))

    found = written(person, FieldContact(number="T-42"))

    assert [one["value"] for one in found["person"]["identifiers"]] == ["P-9", "R-42"]


def test_what_is_not_granted_is_not_written() -> None:
    contact = FieldContact(number="T-42", criminal_history=("2014: trespass",), narrative="words")

    found = written(contact, granted=("field_contact.number",))

    assert {name for name in found if name not in ("schema", "message_id", "sent_at", "handling")} == {"template_id"}


def test_a_record_tells_its_state_again_as_of_its_version_where_it_counts_any() -> None:
    person = {"names": [{"family": "Doe", "given": ["Riley"]}]}

    counted = reading(version="2", case_number="26-7", person=person).snapshot

    assert counted
    assert (counted.of, counted.parts) == ("T-42 26-7  Doe, Riley", (("person", 2), ("field_contact", 2)))
    assert [reading(version=odd).snapshot for odd in ("", "draft", "9" * 12)] == [None, None, None]
