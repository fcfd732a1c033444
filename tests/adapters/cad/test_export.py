"""Exports of calls for service: every layout that is known, and what cities do to their tables."""

from __future__ import annotations

import json
from pathlib import Path
from statistics import median
from time import process_time_ns
from typing import Any

import pytest
from msgspec.structs import replace

from adapters.cad.eido import Eido
from adapters.cad.export import CadExport
from adapters.wire import csv
from adapters.wire.csv_export import known, table
from adapters.wire.own_json import HOME
from hub.contracts import Reading
from hub.errors import Misconfigured, Unmapped, Unreadable
from hub.model.event import Body
from hub.model.person import Person
from hub.model.public_safety import CallForService, UnitStatus
from tests.disclosing import RECEIVED, TARGET, disclose
from tests.samples import samples

LAYOUTS = [Path(path).stem for path in known(HOME / "cad" / "export")]
CITIES = [name for name in LAYOUTS if name != "plain"]
# What stands in the columns of a made-up call, in the words of each city; then the instant it came in, UTC.
CALLS: dict[str, tuple[dict[str, str], str]] = {
    "baltimore": ({"callNumber": "7", "callDateTime": "2026-03-01 09:30:00", "description": "SUICIDE THREAT"}, "14:30"),
    "chandler": (
        {"call_number": "7", "call_received_date_time": "2026-03-01 09:30:00", "call_closed_as": "SUICIDE THREAT"},
        "16:30",
    ),
    "cincinnati": (
        {
            "EVENT_NUMBER": "7",
            "CREATE_TIME_INCIDENT": "2026 Mar 01 09:30:00 AM",
            "INCIDENT_TYPE_ID": "S1",
            "INCIDENT_TYPE_DESC": "SUICIDE THREAT",
        },
        "14:30",
    ),
    "detroit": (
        {"incident_id": "7", "call_timestamp": "2026/03/01 09:30:00+00", "calldescription": "SUICIDE THREAT"},
        "09:30",
    ),
    "mesa": (
        {
            "Event Number": "7",
            "Creation Datetime": "03/01/2026 09:30:00 AM",
            "Event Type Description": "SUICIDE THREAT",
        },
        "16:30",
    ),
    "new_orleans": ({"NOPD_Item": "7", "TimeCreate": "03/01/2026 09:30:00 AM", "TypeText": "SUICIDE THREAT"}, "15:30"),
    "new_york": ({"CAD_EVNT_ID": "7", "ADD_TS": "03/01/2026 09:30:00 AM", "TYP_DESC": "SUICIDE THREAT"}, "14:30"),
    "phoenix": (
        {"INCIDENT_NUM": "7", "CALL_RECEIVED": "03/01/2026 09:30:00AM", "FINAL_CALL_TYPE": "SUICIDE THREAT"},
        "16:30",
    ),
    "sacramento": (
        {"Record_ID": "7", "Received_Date": "2026-03-01T09:30:00Z", "Description": "SUICIDE THREAT"},
        "09:30",
    ),
    "san_diego": ({"incident_num": "7", "date_time": "2026-03-01 09:30:00", "call_type": "SUICIDE THREAT"}, "17:30"),
    "seattle": (
        {
            "CAD Event Number": "7",
            "Original Time Queued": "03/01/2026 09:30:00",
            "Final Call Type": "SUICIDE THREAT",
        },
        "17:30",
    ),
    "tucson": (
        {"call_id": "7", "ACTDATETIME": "2026/03/01 09:30:00+00", "NatureCodeDesc": "SUICIDE THREAT"},
        "16:30",
    ),
}
DAY = 1_772_323_200_000_000
HOUR = 3_600_000_000


def columns(name: str) -> tuple[str, ...]:
    return table(str(HOME / "cad" / "export" / f"{name}.yaml")).layout.columns


def readings(body: bytes, mapping: str = "") -> list[Reading]:
    adapter = CadExport({"mapping": mapping})
    return [adapter.read(piece, RECEIVED) for piece in adapter.split(body)]


def call(reading: Reading) -> CallForService:
    return next(event.body for event in reading.events if isinstance(event.body, CallForService))


def units(reading: Reading) -> list[UnitStatus]:
    return [event.body for event in reading.events if isinstance(event.body, UnitStatus)]


def test_thirteen_layouts_of_calls_are_known_with_our_own() -> None:
    assert sorted(CALLS) == CITIES
    assert len(LAYOUTS) == 13


@pytest.mark.parametrize("city", CITIES)
def test_a_citys_row_is_known_by_its_columns_and_says_when_and_what(city: str) -> None:
    row, clock = CALLS[city]
    body = csv.write(columns(city), [row])

    assert CadExport().recognises(body)
    reading = readings(body)[0]

    found = call(reading)
    hours, minutes = map(int, clock.split(":"))
    assert found.incident == reading.message_id == "7"
    assert found.received_at
    assert found.received_at.at == DAY + hours * HOUR + minutes * HOUR // 60
    assert found.final_type
    assert found.final_type.code == "SUICTHRT"
    assert found.crisis
    assert found.crisis.code == "suicide"
    assert reading.invalid == ()


@pytest.mark.parametrize("city", CITIES)
def test_a_city_gets_its_own_columns_back(city: str) -> None:
    row, _ = CALLS[city]
    mapping = str(HOME / "cad" / "export" / f"{city}.yaml")
    body = csv.write(columns(city), [row])
    bodies = [event.body for event in readings(body)[0].events]

    written = CadExport({"mapping": mapping}).write(disclose(bodies), TARGET).body

    back = csv.read(written)[0]
    assert {name: back.get(name) for name in row} == row
    again = readings(written, mapping)[0]
    assert call(again) == call(readings(body, mapping)[0])


@pytest.mark.parametrize("city", CITIES)
def test_the_columns_are_those_that_portals_publish(city: str) -> None:
    names = {
        "new_orleans": "new_orleans_nopd_cfs",
        "seattle": "seattle_spd_call_data",
        "cincinnati": "cincinnati_cpd_cfs",
        "phoenix": "phoenix_ppd_cfs",
        "detroit": "detroit_dpd_911",
        "chandler": "chandler_cpd_cfs",
        "tucson": "tucson_tpd_cfs",
        "sacramento": "sacramento_spd_cfs",
        "new_york": "nypd_cfs_ytd",
        "baltimore": "baltimore_bpd_cfs",
        "san_diego": "san_diego_sdpd_cfs",
        "mesa": "mesa_mpd_cad_events",
    }
    headers: dict[str, Any] = json.loads(samples("public_safety/cad_open_data/cfs_headers.json").read_text("utf-8"))
    said = headers[names[city]]

    layout = table(str(HOME / "cad" / "export" / f"{city}.yaml")).layout

    published = [*said["columns"], *said.get("columns_2024_revision_partial", ()), *said.get("drift", ())]
    assert [name for name in published if layout.name(name) not in layout.names] == []
    assert CadExport().recognises(csv.write(said["columns"], [{said["columns"][0]: "1"}]))


def test_columns_may_be_renamed_between_years_and_begin_with_a_mark() -> None:
    body = (
        b"\xef\xbb\xbfNOPD_Item,Type_,TypeText,TimeCreate,TimeArrival\n"
        b"A1,103M,MENTAL PATIENT,03/01/2026 12:01:30 AM,03/01/2026 12:10:05 AM\n"
    )

    found = call(readings(body)[0])

    assert found.final_type
    assert (found.final_type.code, found.final_type.local) == ("EDP", "103M")
    assert found.on_scene_at


def test_both_the_type_at_first_and_the_type_at_last_are_kept() -> None:
    body = (
        b"CAD Event Number,Initial Call Type,Final Call Type,Original Time Queued\n"
        b"1,DISTURBANCE,MENTAL HEALTH,03/01/2026 09:30:00\n"
    )

    found = call(readings(body)[0])

    assert found.initial_type
    assert found.final_type
    assert (found.initial_type.code, found.final_type.code) == ("DISORD", "MNTL")


def test_what_stands_where_nothing_is_known_says_nothing_and_is_accounted_for() -> None:
    body = (
        b"CAD Event Number,Initial Call Type,Final Call Type,Original Time Queued,Arrived Time,"
        b"Dispatch Latitude,Dispatch Longitude,Beat\n"
        b"1,DISTURBANCE,MENTAL HEALTH,03/01/2026 09:30:00,Jan 01 1900 00:00:00,REDACTED,REDACTED,-\n"
    )

    reading = readings(body)[0]

    assert call(reading).on_scene_at is None
    assert call(reading).place is None
    assert call(reading).beat == ""
    assert {loss.outcome for loss in reading.account().items} == {"mapped", "transformed"}


def test_a_time_that_cannot_be_is_invalid_and_named_by_its_column() -> None:
    body = b"CAD Event Number,Initial Call Type,Final Call Type,Original Time Queued\n1,X,Y,31/31/2026 09:30:00\n"

    reading = readings(body)[0]

    assert [loss.path for loss in reading.invalid] == ["Original Time Queued"]
    assert call(reading).received_at is None


def test_rows_of_units_are_one_call_with_the_first_arrival_and_the_last_leaving() -> None:
    first = b"Record_ID,Call_Type,Description,Unit_ID,Received_Date,Dispatch_Date,At_Scene_Date,Clear_Date\n"
    body = (
        first
        + b"1,918,MENTAL HEALTH,A,2026-03-01T09:00:00Z,2026-03-01T09:03:00Z,2026-03-01T09:12:00Z,2026-03-01T10:00:00Z\n"
        + b"2,415,DISTURBANCE,B,2026-03-01T09:00:00Z,,,\n"
        + b"1,918,MENTAL HEALTH,C,2026-03-01T09:00:00Z,2026-03-01T09:01:00Z,2026-03-01T09:09:00Z,2026-03-01T09:40:00Z\n"
    )

    one, two = readings(body)

    assert [unit.unit for unit in units(one)] == ["A", "C"]
    assert [unit.unit for unit in units(two)] == ["B"]
    found = call(one)
    assert found.dispatched_at == units(one)[1].assigned_at
    assert found.on_scene_at == units(one)[1].on_scene_at
    assert found.cleared_at == units(one)[0].cleared_at


def test_while_a_unit_is_still_there_the_call_is_not_cleared() -> None:
    first = b"Record_ID,Call_Type,Description,Unit_ID,Received_Date,Clear_Date\n"
    body = first + b"1,918,X,A,2026-03-01T09:00:00Z,2026-03-01T10:00:00Z\n1,918,X,C,2026-03-01T09:00:00Z,\n"

    assert call(readings(body)[0]).cleared_at is None


def test_what_a_later_row_says_otherwise_is_counted_as_lost() -> None:
    first = b"Record_ID,Call_Type,Description,Unit_ID,Received_Date,Location\n"
    body = first + b"1,918,X,A,2026-03-01T09:00:00Z,HERE\n1,918,X,C,2026-03-01T09:00:00Z,THERE\n"

    losses = {loss.path: loss.outcome for loss in readings(body)[0].account().items}

    assert losses["Location[2]"] == "unmapped"
    assert losses["Description[2]"] == "mapped"


def test_rows_come_as_json_too() -> None:
    plain = [
        {"cad_event_number": "1", "final_call_type": "MENTAL HEALTH", "original_time_queued": "2026-03-01T09:30:00.000"}
    ]
    body = json.dumps(plain).encode()

    found = call(readings(body)[0])

    assert CadExport().recognises(body)
    assert found.received_at
    assert found.received_at.at == DAY + 17 * HOUR + HOUR // 2


@pytest.mark.parametrize("city", LAYOUTS)
def test_a_partner_that_takes_json_gets_the_same_in_the_same_columns(city: str) -> None:
    mapping = str(HOME / "cad" / "export" / f"{city}.yaml")
    adapter = CadExport({"mapping": mapping})
    bodies = [event.body for event in readings(csv.write(columns("phoenix"), [CALLS["phoenix"][0]]))[0].events]

    table_of = adapter.write(disclose(bodies), TARGET)
    found = adapter.write(disclose(bodies), replace(TARGET, options={"syntax": "json"}))

    assert (table_of.media_type, found.media_type) == ("text/csv", "application/json")
    rows = [{name: text for name, text in row.items() if text} for row in csv.read(table_of.body)]
    assert json.loads(found.body) == rows
    assert found.losses() == table_of.losses()


def test_a_syntax_that_is_none_is_refused_with_those_that_are() -> None:
    bodies = [event.body for event in readings(csv.write(columns("phoenix"), [CALLS["phoenix"][0]]))[0].events]

    with pytest.raises(Misconfigured, match="no syntax"):
        CadExport().write(disclose(bodies), replace(TARGET, options={"syntax": "xlsx"}))


def test_a_code_that_no_table_knows_becomes_a_work_item_and_stays() -> None:
    body = (
        b"INCIDENT_NUM,FINAL_RADIO_CODE,FINAL_CALL_TYPE,CALL_RECEIVED\n1,999X,PERSON IN A TREE,03/01/2026 09:30:00AM\n"
    )

    reading = readings(body)[0]

    assert reading.unmapped_codes == (("incident_word", "PERSON IN A TREE"),)
    kind = call(reading).final_type
    assert kind
    assert (kind.code, kind.local, kind.display) == ("", "999X", "PERSON IN A TREE")


def test_one_line_in_a_partners_table_answers_an_unknown_code(tmp_path: Path) -> None:
    (tmp_path / "codes").mkdir()
    (tmp_path / "codes" / "incident_word.csv").write_text("wire,canonical,system\n999X,EDP,urn:apco:2.103.2\n")
    (tmp_path / "ours.yaml").write_text("extends: cad/export/phoenix.yaml\nsyntax: csv\ntables: [codes]\nlenses: {}\n")
    body = (
        b"INCIDENT_NUM,FINAL_RADIO_CODE,FINAL_CALL_TYPE,CALL_RECEIVED\n1,999X,PERSON IN A TREE,03/01/2026 09:30:00AM\n"
    )

    reading = readings(body, str(tmp_path / "ours.yaml"))[0]

    kind = call(reading).final_type
    assert kind
    assert (kind.code, kind.local) == ("EDP", "999X")
    assert reading.unmapped_codes == ()


def test_a_line_that_names_no_column_stops_the_start_with_the_nearest(tmp_path: Path) -> None:
    (tmp_path / "ours.yaml").write_text(
        "extends: cad/export/phoenix.yaml\nsyntax: csv\n"
        "lenses:\n  call:\n    lines:\n      call_for_service.beat: .gird\n"
    )

    with pytest.raises(Misconfigured) as refused:
        CadExport({"mapping": str(tmp_path / "ours.yaml")})

    assert 'ours.yaml line 6: ".gird" is no column of this layout. Did you mean ".grid"?' in str(refused.value)


def test_a_table_of_strangers_is_parked_with_the_layouts_there_are() -> None:
    assert not CadExport().recognises(b"a,b,c,d\n1,2,3,4\n")
    with pytest.raises(Unmapped, match="No layout here has these columns"):
        readings(b"a,b,c,d\n1,2,3,4\n")


def test_one_bad_row_leaves_its_neighbours_alone() -> None:
    body = (
        b"INCIDENT_NUM,FINAL_RADIO_CODE,FINAL_CALL_TYPE,CALL_RECEIVED\n"
        b"1,A,B,03/01/2026 09:30:00AM\n2,A\n3,A,B,03/01/2026 09:31:00AM\n"
    )
    adapter = CadExport()

    pieces = list(adapter.split(body))

    assert call(adapter.read(pieces[0], RECEIVED)).incident == "1"
    assert call(adapter.read(pieces[2], RECEIVED)).incident == "3"
    with pytest.raises(Unreadable, match="This row has 2 cells, and the first line names 4"):
        adapter.read(pieces[1], RECEIVED)


def test_the_labels_go_out_in_a_column_of_their_own_and_come_back() -> None:
    body = CallForService(incident="7")
    written = CadExport().write(disclose([body]), TARGET)

    reading = CadExport().read(written.body.replace(b'""N""', b'""R""'), RECEIVED)

    assert csv.read(written.body)[0]["crisis_hub_handling"] == '{"confidentiality":"N"}'
    assert reading.inherited == ("R",)


def test_labels_that_are_none_are_invalid_and_not_passed_over() -> None:
    written = CadExport().write(disclose([CallForService(incident="7")]), TARGET)

    reading = CadExport().read(written.body.replace(b'"{""confidentiality"":""N""}"', b"{broken"), RECEIVED)

    assert [loss.path for loss in reading.invalid] == ["crisis_hub_handling"]


def test_several_units_are_several_rows_of_one_call() -> None:
    events: list[Body] = [CallForService(incident="7"), UnitStatus(unit="A"), UnitStatus(unit="B")]

    written = CadExport().write(disclose(events), TARGET).body

    assert [(row["incident"], row["unit"]) for row in csv.read(written)] == [("7", "A"), ("7", "B")]
    assert len(list(CadExport().split(written))) == 1


def test_a_partner_names_the_charset_of_its_tables() -> None:
    body = b"INCIDENT_NUM,FINAL_RADIO_CODE,FINAL_CALL_TYPE,CALL_RECEIVED,GRID\n1,A,B,03/01/2026 09:30:00AM,\xe9\n"

    with pytest.raises(Unreadable, match="not UTF-8"):
        CadExport().read(body, RECEIVED)

    assert call(CadExport().read(body, replace(RECEIVED, charset="latin-1"))).beat == "é"


def test_a_row_becomes_an_eido_within_its_budget() -> None:
    """Under 300 microseconds of CPU, median: read, project, write; no two rows alike."""
    rows = [
        {
            "CAD Event Number": str(n),
            "Final Call Type": "SUICIDE THREAT",
            "Original Time Queued": f"03/01/2026 09:{n:02d}:00",
        }
        for n in range(60)
    ]
    reader, writer = CadExport({"mapping": str(HOME / "cad" / "export" / "seattle.yaml")}), Eido()
    spent = []
    for piece in reader.split(csv.write(columns("seattle"), rows)):
        began = process_time_ns()
        writer.write(disclose(event.body for event in reader.read(piece, RECEIVED).events), TARGET)
        spent.append(process_time_ns() - began)

    assert median(spent) < 300_000


def told(body: bytes) -> list[tuple[str, str, str]]:
    """Of each message the incident, the family name and the birth date of the person."""
    found = []
    for piece in CadExport().split(body):
        person, call, *_ = (event.body for event in CadExport().read(piece, RECEIVED).events)
        assert isinstance(person, Person)
        assert isinstance(call, CallForService)
        found.append((call.incident, person.names[0].family, person.birth_date.iso if person.birth_date else ""))
    return found


def as_table(rows: list[dict[str, str]]) -> bytes:
    return csv.write([*dict.fromkeys(name for row in rows for name in row)], rows)


def as_list(rows: list[dict[str, str]]) -> bytes:
    return json.dumps(rows).encode()


TWO: list[dict[str, str]] = [
    {"incident": "26-7", "received_at": "2026-03-01T10:00:00Z", "family": "Doe", "given": "Riley", "unit": "12A"},
    {"incident": "26-7", "received_at": "2026-03-01T10:00:00Z", "family": "DOE ", "given": "Riley", "unit": "12B"},
    {"incident": "26-7", "received_at": "2026-03-01T10:00:00Z", "family": "Roe", "birth_date": "1980-01-01"},
    {"incident": "26-7", "received_at": "2026-03-01T10:00:00Z", "unit": "12C"},
]


@pytest.mark.parametrize("spell", [as_table, as_list])
def test_two_people_of_one_call_are_two_messages_and_no_one_gets_the_others_birth_date(spell: Any) -> None:
    assert told(spell(TWO)) == [("26-7", "Doe", ""), ("26-7", "Roe", "1980-01-01")]


def test_a_number_that_a_spreadsheet_cut_off_brings_no_two_calls_together() -> None:
    rows = [row | {"incident": "2.61E+09"} for row in TWO]

    readings = [CadExport().read(piece, RECEIVED) for piece in CadExport().split(as_table(rows))]

    assert [reading.message_id for reading in readings] == ["", "", "", ""]
    assert {loss.outcome for one in readings for loss in one.account().items if loss.path == "incident"} == {"invalid"}


def test_rows_whose_number_says_nothing_are_calls_of_their_own() -> None:
    rows = [{"incident": "N/A", "received_at": f"2026-03-0{n}T10:00:00Z", "narrative": "x"} for n in (1, 2)]

    assert len([*CadExport().split(as_table(rows))]) == 2


def test_a_latitude_beyond_the_pole_is_no_place() -> None:
    row = {"incident": "26-7", "received_at": "2026-03-01T10:00:00Z", "latitude": "-112.07", "longitude": "33.4"}

    reading = CadExport().read(as_table([row]), RECEIVED)

    (call,) = [event.body for event in reading.events if isinstance(event.body, CallForService)]
    assert call.place
    assert call.place.latitude == ""
    assert [loss.path for loss in reading.invalid] == ["latitude"]
