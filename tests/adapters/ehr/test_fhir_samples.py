"""FHIR that other people wrote: read or refused, never broken on; every element accounted for; what we make of it conforms."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from adapters.ehr.fhir_conform import conform
from adapters.ehr.hl7v2 import Hl7v2
from adapters.wire import fhir as wire
from adapters.wire import json
from adapters.wire.fhir_lens import FHIR
from adapters.wire.json_lens import leaves as texts
from adapters.wire.json_lens import marked
from hub.contracts import Reading
from hub.errors import Unmapped, Unreadable
from hub.lens.losses import leaves
from hub.model.values import Code, Instant, PartialDate, Quantity
from tests.adapters.ehr.fhir_talk import ADAPTER, RECEIVED
from tests.disclosing import TARGET, disclose
from tests.samples import samples

pytestmark = pytest.mark.slow

FOLDERS = (
    "fhir-r4-examples",
    "us-core/examples",
    "microsoft-fhir-converter",
    "google-hcls-harmonization",
    "ihe-pcf",
    "sdoh-clinicalcare",
    "davinci-cdex",
    "fhir-test-cases/validator",
    "cdc-prime-reportstream/HL7_to_FHIR",
    "cdc-prime-reportstream/FHIR_to_HL7",
)
# Each of these says something of a person.
ALWAYS_READ = {
    *(
        "Patient",
        "RelatedPerson",
        "Encounter",
        "Condition",
        "AllergyIntolerance",
        "MedicationStatement",
        "MedicationRequest",
    ),
    *("Observation", "CarePlan", "ServiceRequest", "Task", "Appointment", "Coverage", "Consent", "DocumentReference"),
    *("QuestionnaireResponse", "RiskAssessment"),
}
# The types that are read, of all that the official examples show.
NAMED = ALWAYS_READ | {
    *("Flag", "Slot", "Schedule", "HealthcareService", "Location", "Organization", "Practitioner", "PractitionerRole"),
    *("Communication", "MeasureReport", "AuditEvent", "Provenance", "Bundle", "OperationOutcome"),
}
# Files that say nothing but an id: they are about comments, ids and contained resources.
NOTHING_LEFT = {"contained-resource-bad-id-ignore.in.json", "comments-4.in.json", "patient-id-bad-1___R4.in.json"}


def files(folder: str) -> Iterator[tuple[Path, bytes]]:
    """The files of a folder that look like FHIR in JSON."""
    for path in sorted(samples(f"healthcare/{folder}").iterdir()):
        if path.suffix in (".json", ".fhir") and ADAPTER.recognises(body := path.read_bytes()):
            yield path, body


def pieces(body: bytes) -> list[bytes]:
    """One piece a person, none of what is no JSON."""
    try:
        found = list(ADAPTER.split(body))
        return found if all(wire.read(piece) for piece in found) else []
    except Unreadable:
        return []


def readings(folder: str) -> Iterator[tuple[Path, bytes, Reading]]:
    for path, body in files(folder):
        for piece in pieces(body):
            try:
                yield path, piece, ADAPTER.read(piece, RECEIVED)
            except Unmapped:
                continue


@pytest.mark.parametrize("folder", FOLDERS)
def test_whatever_is_about_a_person_is_read(folder: str) -> None:
    parked = set()
    for path, body in files(folder):
        for piece in pieces(body):
            try:
                ADAPTER.read(piece, RECEIVED)
            except Unmapped:
                parked |= {path.name} if wire.read(piece)["resourceType"] in ALWAYS_READ else set()

    assert parked <= NOTHING_LEFT


def test_not_one_of_the_official_examples_waits_for_anybody() -> None:
    found = list(files("fhir-r4-examples"))
    waiting = []
    for path, body in found:
        try:
            for piece in pieces(body):
                ADAPTER.read(piece, RECEIVED)
        except Unmapped:
            waiting.append(path.name)

    assert len(found) >= 120
    assert {name.partition("-")[0] for name in waiting} & NAMED == set()


@pytest.mark.parametrize("folder", FOLDERS)
def test_every_element_is_accounted_for_once(folder: str) -> None:
    for path, piece, reading in readings(folder):
        found = reading.account()
        elements = FHIR.elements(FHIR.mark(wire.gather(wire.read(piece))))

        assert sum(found.counts().values()) == len({loss.path for loss in found.items}) == len(elements), path


@pytest.mark.parametrize("folder", FOLDERS)
def test_what_nobody_touches_stays_lexically_the_same(folder: str) -> None:
    """Read by the fast reader and written again, as when a bundle is split: every leaf is spelled as it was."""
    for path, body in files(folder):
        try:
            strictly = json.read(body)
        except Unreadable:
            continue
        again = json.read(json.write(wire.read(body)))

        assert spelled(again) == spelled(strictly), path


def spelled(value: object) -> list[tuple[tuple[str | int, ...], str]]:
    return [(leaf.at, str(leaf)) for leaf in texts(marked(value))]


@pytest.mark.parametrize("folder", FOLDERS)
def test_what_we_write_of_it_conforms(folder: str) -> None:
    for path, _, reading in readings(folder):
        writing = ADAPTER.write(disclose([event.body for event in reading.events]), TARGET)

        assert conform(writing.body) == [], path


def test_what_was_taken_is_told_again_in_the_same_words() -> None:
    """Of the texts that lenses take, 97 in a hundred stand letter by letter in what we write; the others mean the same."""
    kept: Counter[bool] = Counter()
    for folder in FOLDERS:
        for _, piece, reading in readings(folder):
            writing = ADAPTER.write(disclose([event.body for event in reading.events]), TARGET)
            said = Counter(str(leaf) for leaf in texts(marked(wire.read(writing.body))))
            root = FHIR.mark(wire.gather(wire.read(piece)))
            at = {path: place for place, path in FHIR.elements(root).items()}
            taken = [
                loss.path for loss in reading.account().items if loss.why.endswith(")") and "meta." not in loss.path
            ]
            kept.update(FHIR.text_at(root, at[path]) in said for path in taken)

    assert kept[True] / kept.total() > 0.97


# -- what others made of the same HL7 v2

COUNT = re.compile(r"\[\d+\]")
# Where their bundle says something else than the message, or says it elsewhere.
THEIRS = {
    "assigner": "they make addresses of names",
    "language": "they write a second language first",
    "use": "they keep codes that FHIR does not know",
    "plan": "they write the plan's type as its name",
    "member_id": "they take another number of IN1",
    "prefix": "another repetition stands first",
    "suffix": "another repetition stands first",
    "county": "they take another component",
    "relationship": "they write the role of the contact first",
    "prior_location.unit": "their locations are not told apart by where the person is and was",
    "location.unit": "their locations are not told apart by where the person is and was",
    "observation.status": "they write final where nobody said so",
}


def test_we_agree_with_what_others_made_of_the_same_messages() -> None:
    """HL7 v2 read by us, and the bundle that another converter made of it read by us, tell the same."""
    agreed: Counter[bool] = Counter()
    folder = samples("healthcare/microsoft-fhir-converter")
    made: dict[Path, list[Reading]] = {}
    for path, _, reading in readings("microsoft-fhir-converter"):
        made.setdefault(path, []).append(reading)
    for path in sorted(folder.glob("*.expected.fhir.json")):
        source = folder / path.name.replace(".expected.fhir.json", ".hl7")
        if not source.is_file() or path.name[:3] not in ("ADT", "ORU", "LAB"):
            continue
        ours = told([Hl7v2().read(piece, RECEIVED) for piece in Hl7v2().split(source.read_bytes())][:1])
        theirs = told(made.get(path, []))
        for place in ours.keys() & theirs.keys():
            if not any(place.endswith(end) for end in THEIRS):
                agreed[bool(ours[place] & theirs[place])] += 1

    assert agreed.total() > 750
    assert agreed[True] / agreed.total() > 0.99


def told(found: list[Reading]) -> dict[str, set[str]]:
    """Everything some readings say, by its place in the model."""
    said: dict[str, set[str]] = {}
    for reading in found:
        for path, value in leaves(reading.events):
            said.setdefault(COUNT.sub("", path), set()).add(plainly(value))
    return said


def plainly(value: object) -> str:
    match value:
        case Code():
            return value.code or value.local or value.display
        case Instant():
            return str(value.at)
        case PartialDate():
            return value.iso
        case Quantity():
            return value.value
        case _:
            return str(value)
