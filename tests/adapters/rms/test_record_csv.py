"""Police records as tables: what Seattle publishes of its crisis contacts, with a mapping of its own."""

from __future__ import annotations

import json
from typing import Any

from adapters.rms.record_csv import RecordCsv
from adapters.wire import csv
from adapters.wire.own_json import HOME
from hub.contracts import Reading
from hub.lens.check import check
from hub.lens.times import iso_instant
from hub.model.public_safety import FieldContact
from tests.disclosing import RECEIVED
from tests.samples import samples

MAPPING = HOME / "rms" / "seattle_crisis.yaml"
ROW = {
    "Template ID": "T-1",
    "Reported Date": "03/01/2026",
    "Reported Time": "11:40:00",
    "Occurred Date / Time": "03/01/2026 09:30:00 AM",
    "Call Type": "TELEPHONE OTHER, NOT 911",
    "Initial Call Type": "DISTURBANCE",
    "Final Call Type": "--CRISIS COMPLAINT - GENERAL",
    "Disposition": "Emergent Detention",
    "Use of Force Indicator": "N",
    "Subject Veteran Indicator": "N",
    "CIT Officer Requested": "Y",
    "Officer ID": "7000",
    "Officer Gender": "M",
    "Beat": "-",
}


def read(**more: str) -> Reading:
    from adapters.wire.json_lens import JSON

    assert check(MAPPING, JSON, HOME) == []
    return RecordCsv({"mapping": str(MAPPING)}).read(csv.write([*ROW], [ROW | more]), RECEIVED)


def contact(reading: Reading) -> FieldContact:
    return next(event.body for event in reading.events if isinstance(event.body, FieldContact))


def test_a_crisis_contact_of_seattle_is_read_with_both_call_types() -> None:
    found = contact(read())

    assert found.number == "T-1"
    assert found.started_at
    assert found.started_at.at == getattr(iso_instant("2026-03-01T09:30:00-08:00", "UTC"), "at", None)
    assert found.reported_at
    assert found.reported_at.at == getattr(iso_instant("2026-03-01T11:40:00-08:00", "UTC"), "at", None)
    codes = (found.initial_type, found.final_type, found.disposition, found.channel)
    assert [code and code.code for code in codes] == ["DISORD", "MNTL", "emergent_detention", "telephone_other"]
    assert (found.use_of_force, found.cit_requested) == (False, True)
    assert found.officer
    assert found.officer.id == "7000"
    assert found.place is None


def test_a_day_that_nobody_knows_is_no_day() -> None:
    reading = read(**{"Reported Date": "1/1/1900", "Reported Time": ""})

    assert contact(reading).reported_at is None
    assert reading.invalid == ()


def test_who_the_officer_is_beside_their_number_stays_out() -> None:
    losses = {loss.path: loss.outcome for loss in read().account().items}

    assert losses["Officer Gender"] == "unmapped"
    assert losses["Beat"] == "mapped"


def test_the_columns_are_those_that_seattle_publishes() -> None:
    said: dict[str, Any] = json.loads(samples("public_safety/cad_open_data/cfs_headers.json").read_text("utf-8"))
    adapter = RecordCsv({"mapping": str(MAPPING)})

    columns = said["seattle_spd_crisis_data"]["columns"]

    known = [name for name in columns if adapter.table.columns.column(adapter.table.layout.name(name))[0]]
    assert len(known) == 14
    assert adapter.recognises(csv.write(columns, []))
