"""HL7 v2 to FHIR and back to HL7 v2: what a hospital gets says the same as if FHIR had not stood between."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import pytest

from adapters.ehr.fhir import Fhir
from adapters.ehr.hl7v2 import Hl7v2
from adapters.wire.hl7v2 import elements, read
from hub.bench.messages import message
from hub.lens.times import compact_instant
from hub.model.event import CrisisEvent
from tests.disclosing import RECEIVED, TARGET
from tests.test_manners import GOLDEN, disclosed

V2, FHIR = Hl7v2(), Fhir()
# What FHIR has no place for, or another word for, and why.
OTHERWISE = {
    "AL1-2": "FHIR has the category of an allergy beside its kind",
    "AL1-4": "the criticality of FHIR has no moderate",
    "PID-13": "FHIR has no cellular telephone and no address of a network",
    "ZRF-4": "a request in FHIR has an intent",
    "RF1-1": "a status of FHIR is a code alone",
    "RF1-2": "a priority of FHIR is a code alone",
    "ZRQ-2": "a status of FHIR is a code alone",
    "ZRQ-3": "a priority of FHIR is a code alone",
    "PV1-2": "FHIR requires a class, and says that it is unknown",
}
LEFT_OUT = {
    "a08-update-clears": "FHIR cannot say that something was emptied on purpose",
    "a04-vendor-oddities": "codes that nobody knows stay with who sent them",
}
CASES = [
    pytest.param(folder, id=folder.name)
    for folder in sorted((GOLDEN / "hl7v2").iterdir())
    if folder.name not in LEFT_OUT
]


def said(body: bytes) -> Mapping[str, object]:
    """Every element by its place; times as the instants they are."""
    return {re.sub(r"\[\d+\]", "", str(at)): _instant(value) for at, value in elements(read(body))}


def _instant(value: str) -> object:
    found = compact_instant(value, TARGET.zone) if re.fullmatch(r"\d{12,14}([+-]\d{4})?", value) else None
    return found.at if found else value


def differing(events: tuple[CrisisEvent, ...]) -> set[str]:
    """The places at which a message says otherwise, or nothing, after FHIR stood between."""
    between = FHIR.read(FHIR.write(disclosed(events), TARGET).body, RECEIVED).events
    straight, round_about = (said(V2.write(disclosed(one), TARGET).body) for one in (events, between))
    return {at for at in {*straight, *round_about} if straight.get(at) != round_about.get(at)}


def unexplained(places: set[str]) -> set[str]:
    return {at for at in places if at.partition(".")[0] not in OTHERWISE}


@pytest.mark.parametrize("number", range(6))
def test_an_admission_comes_back_as_it_went(number: int) -> None:
    assert unexplained(differing(V2.read(message("A", number), RECEIVED).events)) == set()


@pytest.mark.parametrize("folder", CASES)
def test_every_golden_message_comes_back_as_it_went(folder: Path) -> None:
    for piece in V2.split((folder / "wire.hl7").read_bytes()):
        assert unexplained(differing(V2.read(piece, RECEIVED).events)) == set()
