"""Our own formats as CSV say what they say as JSON, read and written, and keep the promises of the JSON."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from adapters import found
from adapters.lifeline988.csv import ContactCsv
from adapters.rms.record_csv import RecordCsv
from adapters.wire import csv
from adapters.wire.csv_columns import Columns
from adapters.wire.fieldlist import load
from hub.contracts import Reading
from hub.errors import Unreadable
from hub.model.crisis import CrisisContact
from hub.model.person import Person
from hub.model.public_safety import FieldContact
from tests.disclosing import AT, RECEIVED, TARGET, disclose
from tests.test_manners import FOLDERS, wire

PAIRS = [("lifeline988", "lifeline988_csv"), ("mobile_crisis", "mobile_crisis_csv"), ("rms", "rms_csv")]
CASES = [pytest.param(j, c, folder, id=f"{j}/{folder.name}") for j, c in PAIRS for folder in FOLDERS[j]]


def read(adapter: Any, *rows: dict[str, str]) -> list[Reading]:
    header = dict.fromkeys(name for row in rows for name in row)
    body = csv.write([*header], rows)
    return [adapter.read(piece, RECEIVED) for piece in adapter.split(body)]


def contact(reading: Reading) -> CrisisContact:
    return next(event.body for event in reading.events if isinstance(event.body, CrisisContact))


@pytest.mark.parametrize(("as_json", "as_csv", "folder"), CASES)
def test_every_golden_message_of_ours_says_the_same_as_a_table(as_json: str, as_csv: str, folder: Path) -> None:
    ours, table = found()[as_json]({}), found()[as_csv]({})
    for piece in ours.split(wire(folder)):
        bodies = [event.body for event in ours.read(piece, RECEIVED).events]
        as_it_was = ours.read(ours.write(disclose(bodies), TARGET).body, RECEIVED)

        again = table.read(table.write(disclose(bodies), TARGET).body, RECEIVED)

        assert [event.body for event in again.events] == [event.body for event in as_it_was.events]
        assert again.inherited == as_it_was.inherited
        assert again.invalid == as_it_was.invalid


@pytest.mark.parametrize(("as_json", "as_csv", "folder"), CASES)
def test_a_partner_of_the_json_may_send_a_table_as_well(as_json: str, as_csv: str, folder: Path) -> None:
    ours, table = found()[as_json]({}), found()[as_csv]({})
    for piece in ours.split(wire(folder)):
        bodies = [event.body for event in ours.read(piece, RECEIVED).events]
        body = table.write(disclose(bodies), TARGET).body

        assert [one.events for one in readings(ours, body)] == [one.events for one in readings(table, body)]


def readings(adapter: Any, body: bytes) -> list[Reading]:
    return [adapter.read(piece, RECEIVED) for piece in adapter.split(body)]


@pytest.mark.parametrize("body", [b"contact,what,ever\n1,2,3\n", b"", b"contact_id"])
def test_what_is_neither_is_told_that_it_is_no_json(body: bytes) -> None:
    with pytest.raises(Unreadable, match="JSON|json|value|character|column"):
        readings(found()["lifeline988"]({}), body)


@pytest.mark.parametrize(("as_json", "as_csv"), PAIRS)
def test_a_table_is_known_by_its_columns_and_json_is_not_one(as_json: str, as_csv: str) -> None:
    table = found()[as_csv]({})
    written = csv.write([*table.table.columns.header], [])  # type: ignore[attr-defined]  # ours has one

    names = [name for name, make in found().items() if make({}).recognises(written)]

    assert names == [as_csv]
    assert not any(table.recognises(wire(folder)) for folder in FOLDERS[as_json])


def test_several_rows_of_a_contact_tell_of_several_attempts_to_reach_them_again() -> None:
    first = {"contact_id": "C-1", "center_id": "L1", "modality": "call"}
    tries = [
        {"follow_up.attempts.number": str(n), "follow_up.attempts.connected": connected}
        for n, connected in enumerate(("no", "no", "yes"), 1)
    ]

    other = {"contact_id": "C-2", "center_id": "L1", "modality": "chat"}
    one, two = read(ContactCsv(), first | tries[0], other, first | tries[1], first | tries[1], first | tries[2])

    assert [(a.number, a.connected) for a in contact(one).follow_ups] == [("1", False), ("2", False), ("3", True)]
    assert (one.message_id, two.message_id) == ("C-1", "C-2")
    assert contact(two).follow_ups == ()


def test_a_precise_place_outside_a_rescue_is_not_taken_up_from_a_table_either() -> None:
    row = {"contact_id": "C-1", "center_id": "L1", "location.lines": "901 Example Rd", "location.city": "X"}

    coarse = read(ContactCsv(), row)[0]
    rescue = read(ContactCsv(), row | {"active_rescue": "Y"})[0]

    assert contact(coarse).place is None
    withheld = [loss.path for loss in coarse.account().items if loss.outcome == "withheld"]
    assert withheld == ["location.lines", "location.city"]
    assert contact(rescue).place
    assert [loss.outcome for loss in rescue.account().items if loss.path == "location.city"] == ["mapped"]


def test_nobody_is_named_by_a_table_unless_the_counsellor_said_so() -> None:
    row = {"contact_id": "C-1", "center_id": "L1", "person.names.family": "Doe"}

    assert contact(read(ContactCsv(), row)[0]).anonymous is True
    assert contact(read(ContactCsv(), row | {"anonymous": "N"})[0]).anonymous is False


def test_a_word_that_is_no_flag_is_invalid_and_never_taken_for_one() -> None:
    reading = read(RecordCsv(), {"template_id": "T-1", "ori": "X", "use_of_force_indicator": "perhaps"})[0]

    assert [loss.path for loss in reading.invalid] == ["use_of_force_indicator"]


def test_two_fields_whose_columns_would_be_one_without_dots_are_told_apart() -> None:
    row = {"template_id": "T-1", "call_type": "911", "call.type": "EDP", "ori": "X"}

    bodies = [event.body for event in read(RecordCsv(), row)[0].events]

    one = next(body for body in bodies if isinstance(body, FieldContact))
    assert one.channel
    assert (one.channel.code, len(bodies)) == ("911", 2)


def test_a_cell_may_hold_several_words_and_the_mark_between_them() -> None:
    columns = Columns(load("rms/field_list_record"))
    record = {"person": {"names": [{"family": "Doe", "given": ["Riley", "Q|R"]}, {"family": "Roe"}]}}

    row = columns.row(record)

    assert row == {"person.names.family": "Doe", "person.names.given": "Riley|Q\\|R", "person.names.2.family": "Roe"}
    assert columns.record([row]) == record


def test_a_platform_that_calls_its_columns_otherwise_needs_a_mapping_and_no_code(tmp_path: Path) -> None:
    (tmp_path / "theirs.yaml").write_text(
        "extends: lifeline988/lifeline988.yaml\nsyntax: json\n"
        "layout:\n"
        "  one: contact_id\n"
        "  also: {Call Report Num: contact_id, Answered: answered_at, First Name: person.names.given}\n"
        "  nothing: {any: [Unknown]}\n"
        "lenses:\n  contact:\n    lines:\n"
        "      event.occurred_at <: answered_at as instant %m/%d/%Y %I:%M %p\n"
        "      crisis_contact.answered_at: answered_at as instant %m/%d/%Y %I:%M %p\n"
        "      crisis_contact.narrative <: worker_notes\n"
    )
    adapter = ContactCsv({"mapping": str(tmp_path / "theirs.yaml")})
    row = {"Call Report Num": "C-1", "Answered": "03/01/2026 09:30 AM", "First Name": "Unknown", "Worker Notes": "Sad."}

    reading = read(adapter, row)[0]

    assert contact(reading).answered_at
    assert contact(reading).answered_at.at == AT  # type: ignore[union-attr]  # the line above says that there is one
    assert contact(reading).narrative == "Sad."
    assert not [event for event in reading.events if isinstance(event.body, Person) and event.body.names]
    assert {loss.outcome for loss in reading.account().items} == {"mapped", "transformed"}
    written = csv.read(adapter.write(disclose([contact(reading)]), TARGET).body)[0]
    assert (written["Call Report Num"], written["Answered"]) == ("C-1", "03/01/2026 09:30 AM")


def test_a_table_in_which_json_stands_is_refused() -> None:
    with pytest.raises(Unreadable):
        RecordCsv().read(json.dumps({"template_id": "T-1"}).encode(), RECEIVED)


def test_rows_of_one_contact_about_two_people_are_two_messages() -> None:
    rows = [{"contact_id": "C-1", "modality": "call", "person.names.family": name} for name in ("Doe", "Roe", "Doe")]

    readings = read(ContactCsv(), *rows)

    people = [event.body for reading in readings for event in reading.events if isinstance(event.body, Person)]
    assert [[name.family for name in person.names] for person in people] == [["Doe"], ["Roe"]]


@pytest.mark.parametrize("word", ["unknown", "declined", "x", "", "Y"])
def test_who_did_not_clearly_allow_it_is_not_named(word: str) -> None:
    (reading,) = read(ContactCsv(), {"contact_id": "C-1", "anonymous": word, "person.names.family": "Doe"})

    (person,) = [event.body for event in reading.events if isinstance(event.body, Person)]
    assert (person.anonymous, contact(reading).anonymous) == (True, True)


@pytest.mark.parametrize(("word", "kept"), [("sealed", True), ("?", True), ("N", False), ("", None)])
def test_a_seal_that_cannot_be_read_is_one(word: str, kept: bool | None) -> None:
    row = {"template_id": "T-1", "case_number": "C", "person.names.family": "Doe", "sealed": word, "juvenile": word}
    (reading,) = read(RecordCsv(), row)

    (record,) = [event.body for event in reading.events if isinstance(event.body, FieldContact)]
    assert (record.sealed, record.juvenile) == (kept, kept)


@pytest.mark.parametrize("name", ["lifeline988", "mobile_crisis"])
def test_of_two_words_on_anonymity_the_one_that_tells_less_counts(name: str) -> None:
    record = {"contact_id": "1", "encounter_id": "1", "anonymous": False, "person": {"anonymous": True, "age": "40"}}

    reading = found()[name]({}).read(json.dumps(record).encode(), RECEIVED)

    assert [event.body.anonymous for event in reading.events if isinstance(event.body, Person)] == [True]


def test_what_only_a_later_row_says_and_nobody_took_up_is_not_said_to_be_understood() -> None:
    rows = [{"contact_id": "C-1", "modality": "call"}, {"contact_id": "C-1", "modality": "call", "center_id": "L1"}]

    (reading,) = read(ContactCsv(), *rows)

    assert contact(reading).center == ""
    outcomes = {loss.path: loss.outcome for loss in reading.account().items}
    assert (outcomes["center_id[2]"], outcomes["modality[2]"]) == ("unmapped", "mapped")
