"""J7, police records: every contact is taken once, edits are versions, a table of theirs is held against ours, and an order destroys."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest

from hub.app.formats.losses import report
from hub.demo.receivers import HttpReceiver
from tests.journeys.town import Person, Town

pytestmark = pytest.mark.slow

NIA = Person(given="Nia", family="Sandoval", born="1994-04-04", street="31 Quail Run", phone="602-555-0291", tag="-N")


def record(number: int, **change: Any) -> dict[str, Any]:
    """A field contact of the department's own."""
    said = json.loads(NIA.told("04-pd-field-contact.json"))
    return {**said, "message_id": f"PD-N-{number}", "case_number": f"26-N{number}", "version": "1", **change}


def sent(said: dict[str, Any]) -> bytes:
    return json.dumps(said).encode()


def test_a_day_of_contacts_is_taken_once_each_and_an_edit_is_a_version(county: Town) -> None:
    for number in range(6):
        county.sends("PD", sent(record(number)))
    again = county.tries("PD", sent(record(0)))
    county.sends("PD", sent(record(1, message_id="PD-N-1b", version="2", disposition="no action")))

    told = county.holds("B1", "Sandoval")
    assert again.taken
    assert len(told) == 7
    assert not [text for text in told if "trespass" in text]


def call(number: int) -> bytes:
    """A call on the beat of another department."""
    told = NIA.told("01-c1-call.json").replace(b"118842-N", b"7%03d-N" % number).replace(b"5521-N", b"7%03d-N" % number)
    return told.replace(b"Beat 12", b"Beat 77")


def troubles(dice: Random, met: Counter[str]) -> Iterator[str]:
    """Of a hundred creates thirty fail, and ten are kept and never answered; how many it were is counted."""
    while True:
        one = dice.choices(("fails", "silence", ""), (30, 10, 60))[0]
        met[one] += 1
        yield one


def test_60_records_reach_a_records_system_that_fails_and_is_silent_exactly_once_each(county: Town) -> None:
    department = county.stage.receivers["PD2"]
    assert isinstance(department, HttpReceiver)
    met = Counter[str]()
    department.troubles = troubles(Random(7), met)

    for number in range(60):
        assert county.tries("C1", call(number)).taken

    county.comes(lambda: len(county.copies("PD2")) == 60)
    county.comes(lambda: county.waiting("PD2") == 0)
    told = Counter(json.loads(copy.body)["call"]["incident"] for copy in county.copies("PD2"))
    assert told == {f"26-7{number:03}-N": 1 for number in range(60)}
    assert department.mailbox.again == 0
    assert (met["fails"] > 15, met["silence"] > 3) == (True, True)


def test_their_export_is_held_against_what_they_sent_in_words_and_without_values(county: Town, tmp_path: Path) -> None:
    theirs = [record(0), record(1, version="2", disposition="no action"), record(2, disposition="other"), record(99)]
    export = tmp_path / "contacts.json"
    export.write_text(json.dumps(theirs))

    said = county.mistypes("reconcile", "PD", str(export))

    assert said.status == 1, said.whole
    assert "the hub holds 1 of them as they are" in said.out
    assert "record 4: never received" in said.out
    assert "record 3: " in said.out
    assert "Sandoval" not in said.whole

    export.rename(county.exports("PD") / "contacts.json")
    county.looks_after("reconciling")

    report = county.mistypes("reconcile", "PD")
    (task,) = [task for task in county.tasks("reconcile", "PD") if "4 records" in task.words]
    assert report.out.partition(": ")[2] == said.out
    assert (task.role, "1 never received" in task.words, "Sandoval" in task.words) == ("records clerk", True, False)
    assert ("reconcile", "PD") in county.alarms()


def test_a_record_sealed_by_a_court_reaches_nobody_on_the_health_side(county: Town) -> None:
    before = len(county.copies("B1"))

    kept = county.sends("PD", sent(record(7, sealed=True)))

    assert len(county.copies("B1")) == before
    assert "may see nothing" in county.types("why", kept.journal, "B1").out
    assert county.tasks("sealed", kept.journal)


def test_what_was_not_understood_is_counted_field_by_field_and_never_shown(county: Town) -> None:
    for number in range(20, 23):
        county.sends("PD", sent(record(number, badge_colour="azure", radio_channel=7)))

    found = report(county.look, "PD", newest=3)

    lost = {one.path: (one.outcome, one.times, one.messages) for one in found.lost}
    assert lost["badge_colour"] == lost["radio_channel"] == ("unmapped", 3, 3)
    assert found.elements == sum(found.counts.values())
    assert "azure" not in str(found)
