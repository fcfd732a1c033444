"""Tests that senders send: refused with their place, or, where the file allows them, kept and told to nobody."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from adapters.wire import trial
from hub.intake import Answer, Arrival
from hub.intake.piece import Sender
from hub.intake.steps import Steps
from hub.partners import Source
from hub.store.asking.outbox import Outbox
from tests.houses import CLINIC, HOSPITAL, Store, Toy, house, store

NOON = 1_795_000_000_000_000
HTEST = {"system": "http://terminology.hl7.org/CodeSystem/v3-ActReason", "code": "HTEST"}


def hl7(processing: str) -> bytes:
    return f"MSH|^~\\&|EHR|H1|HUB|C|20260315||ADT^A01|7|{processing}|2.5.1\rPID|1||M1\r".encode()


def bundle(**labels: Any) -> bytes:
    patient = {"resourceType": "Patient", "id": "1"}
    return json.dumps({"resourceType": "Bundle", "entry": [{"resource": patient | labels}]}).encode()


@pytest.mark.parametrize("said", ["T", "D", "t", "T^I", "N", "V"])
def test_a_processing_id_of_training_or_debugging_is_a_test(said: str) -> None:
    assert trial.where(hl7(said)) == "MSH-11"


@pytest.mark.parametrize("said", ["P", "", "P^T", "P^I", "p"])
def test_production_is_real_in_whatever_mode(said: str) -> None:
    assert trial.where(hl7(said)) == ""


def test_a_header_that_is_not_plain_is_read_as_the_reader_reads_it() -> None:
    assert trial.where(hl7("T").decode().encode("utf-16")) == "MSH-11"
    assert trial.where(b"MSH#^~\\&#EHR#H#HUB#C###ADT^A01#7#T#2.5.1\r") == "MSH-11"
    assert trial.where(hl7("T").replace(b"EHR", "Bühl".encode())) == "MSH-11"


def test_a_label_or_a_tag_of_any_resource_makes_a_test_and_a_purpose_of_a_consent_does_not() -> None:
    tag = {"system": "http://terminology.hl7.org/CodeSystem/v2-0103", "code": "D"}

    assert trial.where(bundle(meta={"security": [HTEST]})) == "$.entry[0].resource.meta.security"
    assert trial.where(bundle(meta={"tag": [tag]})) == "$.entry[0].resource.meta.tag"
    assert trial.where(bundle(meta={"tag": [tag | {"code": "P"}]})) == ""
    assert trial.where(bundle(purpose=[HTEST])) == ""
    assert trial.where(b'{"HTEST": "HTEST"') == ""


TOY = {"id": "m1", "mrn": "r1", "resourceType": "Toy", "meta": {"security": [HTEST]}}


def steps_of(kept: Store, *, tests: bool) -> Steps:
    """The steps of a house whose hospital may send tests, or may not."""
    hospital = replace(HOSPITAL, source=Source(format="toy", tests=tests))
    steps = kept.steps(house(CLINIC))
    steps.senders = {"H1": Sender(partner=hospital, adapter=Toy(), zone="UTC")}
    return steps


def arrival(**more: Any) -> Arrival:
    return Arrival(journal="ab" * 16, partner="H1", body=json.dumps(TOY | more).encode(), door="test", at=NOON)


def sent(kept: Store, *, tests: bool, **more: Any) -> tuple[Answer, int]:
    """What a sender of such a message is told, and how much is due at the clinic."""
    steps = steps_of(kept, tests=tests)
    ((command, answer),) = steps.settle(steps.read(arrival(**more)))
    assert command is not None
    kept.writer.commit([command])
    return answer, len(Outbox(kept.database, kept.keys, kept.signer.name).due({"B1": 10}, NOON))


def test_what_is_real_is_told(tmp_path: Path) -> None:
    with store(tmp_path) as kept:
        answer, due = sent(kept, tests=False, meta={})

    assert (answer.state, answer.test, due) == ("kept", False, 1)


def test_a_test_is_refused_with_its_place_and_nothing_of_it_is_kept(tmp_path: Path) -> None:
    with store(tmp_path) as kept:
        answer, due = sent(kept, tests=False, family="Secretname")

    assert (answer.state, answer.test, due) == ("rejected", True, 0)
    assert answer.cause.startswith("$.meta.security: This is a test")


def test_a_test_that_may_be_sent_is_kept_and_makes_nobody_known_and_is_told_to_nobody(tmp_path: Path) -> None:
    with store(tmp_path) as kept:
        answer, due = sent(kept, tests=True)
        (piece,) = steps_of(kept, tests=True).read(arrival())

    assert (answer.state, answer.test, due) == ("kept", False, 0)
    assert piece.reading is not None
    assert (piece.reading.kind, piece.reading.events, piece.numbers) == ("test TOY", (), ())
