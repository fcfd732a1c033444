"""What its source takes back is told as taken back, or not at all: never as if it held."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from adapters.ehr.hl7v2 import Hl7v2
from hub.contracts import Reading
from hub.model.care import Allergy, Condition, Document
from hub.model.event import Body, CrisisEvent
from hub.model.values import Code
from tests.disclosing import RECEIVED, TARGET
from tests.test_manners import disclosed

V2 = Hl7v2()
ENCLOSED = "OBX|1|ED|N^Note^L||^text^plain^A^words||||||{}"
DIAGNOSIS = "DG1|1||F20.9^Schizophrenia^I10||202603010700-0600|W|||||||||||||||{}"
ALLERGY = "IAM|1|DA|7980^Penicillin^RXNORM|SV|Hives|{}|||||||||||{}"
NOTE = "TXA|1|PN|TX|202603010700-0600||||||||D-7|||||AU|{}|{}\rOBX|1|TX|N^Note^L||words"
STATUS = "http://terminology.hl7.org/CodeSystem/condition-ver-status"


def reading(segments: str, kind: str = "ORU^R01") -> Reading:
    head = rf"MSH|^~\&|EHR|H|HUB|C|20260301070000-0600||{kind}|7|P|2.5.1|||||||UNICODE UTF-8"
    return V2.read(f"{head}\rPID|1||M1^^^H1^MR||Doe\rOBR|1|P1|F1\r{segments}".encode(), RECEIVED)


def bodies(found: Reading) -> list[Body]:
    return [event.body for event in found.events[1:]]


def segment(found: Reading | tuple[CrisisEvent, ...], name: str) -> list[str]:
    """The one of that name in what a partner gets of it."""
    events = found.events if isinstance(found, Reading) else found
    lines = V2.write(disclosed(events), TARGET).body.decode().split("\r")
    (only,) = (line for line in lines if line.startswith(name))
    return only.split("|")


def test_a_diagnosis_that_was_deleted_is_none() -> None:
    found = reading(DIAGNOSIS.format("D"), "ADT^A08")

    (told,) = bodies(found)
    assert isinstance(told, Condition)
    assert told.verification is not None
    assert (told.verification.code, told.verification.system) == ("entered-in-error", STATUS)
    assert segment(found, "DG1")[21] == "D"
    assert bodies(reading(DIAGNOSIS.format("A"), "ADT^A08")) == [replace(told, verification=None)]


@pytest.mark.parametrize(("said", "action"), [("refuted", "D"), ("entered-in-error", "D"), ("confirmed", "")])
def test_a_diagnosis_that_a_clinic_ruled_out_reaches_a_hospital_as_none(said: str, action: str) -> None:
    body = Condition(code=Code(code="F20.9"), verification=Code(code=said, system=STATUS))

    found = segment((CrisisEvent(id="e", body=body, source="B1", recorded_at=0),), "DG1")

    assert (found + [""] * 21)[21] == action


@pytest.mark.parametrize(
    ("action", "state", "count"), [("D", "", 0), ("A", "E", 0), ("A", "I", 0), ("A", "C", 1), ("U", "", 1)]
)
def test_an_allergy_that_was_deleted_or_is_over_is_none(action: str, state: str, count: int) -> None:
    assert [type(body) for body in bodies(reading(ALLERGY.format(action, state), "ADT^A60"))] == [Allergy] * count


@pytest.mark.parametrize(("kind", "state", "count"), [("T02", "AV", 1), ("T11", "AV", 0), ("T08", "CA", 0)])
def test_a_document_that_was_cancelled_is_none(kind: str, state: str, count: int) -> None:
    found = reading(NOTE.format("U", state), f"MDM^{kind}")

    assert [type(body) for body in bodies(found)] == [Document] * count


@pytest.mark.parametrize(("status", "count"), [("F", 1), ("D", 0), ("W", 0)])
def test_what_was_enclosed_and_taken_back_is_none(status: str, count: int) -> None:
    assert [type(body) for body in bodies(reading(ENCLOSED.format(status)))] == [Document] * count


@pytest.mark.parametrize(
    ("segments", "kind", "labels"),
    [
        (NOTE.format("V", "AV"), "MDM^T02", ("V",)),
        (NOTE.format("U", "AV"), "MDM^T02", ()),
        ("DG1|1||F20.9|||W\rDG1|2||F32.9|||W||||||||||||Y", "ADT^A08", ("R",)),
        ("DG1|1||F20.9|||W||||||||||||N", "ADT^A08", ()),
        (f"ORC|RE{'|' * 27}AID^AIDS patient", "ORU^R01", ("HIV",)),
        (f"ORC|RE{'|' * 27}U", "ORU^R01", ()),
    ],
)
def test_a_document_a_diagnosis_or_an_order_that_is_confidential_says_so(
    segments: str, kind: str, labels: tuple[str, ...]
) -> None:
    assert reading(segments, kind).inherited == labels
