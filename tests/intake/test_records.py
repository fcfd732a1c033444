"""Records about records are kept without an event: they wait for nobody, and nothing follows from them."""

from __future__ import annotations

import json
import secrets
from pathlib import Path

import pytest

from adapters.ehr.fhir import Fhir
from hub.intake import Arrival
from hub.intake.piece import Sender
from hub.intake.steps import Steps
from tests.houses import Store, house, store
from tests.intake.people import NOON, SOURCES, played

AUDIT = {"resourceType": "AuditEvent", "type": {"code": "rest"}, "recorded": "2026-03-01T09:30:00Z"}
SIGNED = {"resourceType": "Provenance", "target": [{"reference": "Task/1"}], "recorded": "2026-03-01T09:30:00Z"}
WRONG = {"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "invalid"}]}
BOTH = {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": AUDIT}, {"resource": SIGNED}]}

COUNTED = {"resourceType": "MeasureReport", "type": "summary", "group": [{"measureScore": {"value": 0}}]}
ASKED = {"resourceType": "Bundle", "type": "batch", "entry": [{"request": {"method": "GET", "url": "/Patient/1"}}]}
NOTHING = {
    "audit": AUDIT,
    "provenance": SIGNED,
    "outcome": WRONG,
    "bundle": BOTH,
    "counts": COUNTED,
    "questions": ASKED,
}


def arrival(body: object) -> Arrival:
    return Arrival(
        journal=secrets.token_hex(16), partner="H1", body=json.dumps(body).encode(), door="test", at=int(NOON)
    )


def order(kept: Store) -> Steps:
    own = kept.steps(house())
    senders = {"H1": Sender(partner=SOURCES["H1"], adapter=Fhir(), zone="UTC")}
    return Steps(house=house(), senders=senders, suspects=own.suspects, facts=kept.writer.facts(), scout=own.scout)


@pytest.mark.parametrize("body", NOTHING.values(), ids=NOTHING)
def test_a_record_about_records_is_kept_and_nothing_follows(tmp_path: Path, body: object) -> None:
    with store(tmp_path) as kept:
        (answer,) = played(kept, arrival(body), order=order(kept))

        assert (answer.state, answer.cause) == ("kept", "")


@pytest.mark.parametrize(
    "body",
    [
        {"resourceType": "Measure", "status": "active"},
        # Counts of one person are about somebody.
        {**COUNTED, "type": "individual", "subject": {"reference": "Patient/1"}},
        {**ASKED, "entry": [{"request": {"method": "DELETE", "url": "/Patient/1"}}]},
        {**ASKED, "entry": [{"request": "GET"}]},
        {**ASKED, "entry": []},
    ],
    ids=["a measure", "counts of one", "a deletion", "no request", "nothing"],
)
def test_what_nobody_understands_still_waits(tmp_path: Path, body: object) -> None:
    with store(tmp_path) as kept:
        (answer,) = played(kept, arrival(body), order=order(kept))

        assert answer.state == "parked"
