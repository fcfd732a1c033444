"""HL7 v2 that other people translated to FHIR: Microsoft's golden bundles, and the pairs of CDC's mapping inventory."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

import msgspec

from adapters.ehr.fhir import Fhir
from adapters.ehr.hl7v2 import Hl7v2
from adapters.wire.hl7v2 import Message, address, read
from hub.app.coverage.fhir import ELSEWHERE, Leaf, Resource, Terms, compare
from hub.app.coverage.golden import Compared, Goldens
from hub.contracts import Received, Target
from hub.errors import Unmapped
from hub.flow.project import Envelope, project
from hub.model.decision import Decision
from hub.model.label import Handling
from hub.model.registry import EVERYTHING

AT: Final = 1_772_379_000_000_000
RECEIVED: Final = Received(journal="map", partner="map", as_of=AT, zone="UTC")
# Who made a bundle and when is another's own affair, and no field of the message.
TARGET: Final = Target(partner="map", message_id="map", person_id="", at=AT, options={"provenance": "none"})


@cache
def _adapters() -> tuple[Hl7v2, Fhir]:
    return Hl7v2(), Fhir()


def translated(body: bytes) -> list[Resource]:
    """What the hub makes of HL7 v2 in FHIR, when everything may be seen. Raises Unreadable or Unmapped."""
    reader, writer = _adapters()
    found: list[Resource] = []
    for piece in reader.split(body):
        events = reader.read(piece, RECEIVED).events
        decision = Decision(partner=TARGET.partner, purpose="TREAT", granted=(EVERYTHING,) * len(events))
        envelopes = [Envelope(id=event.id, source=event.source) for event in events]
        written = writer.write(project(events, decision, Handling(), envelopes), TARGET)
        found += [entry["resource"] for entry in msgspec.json.decode(written.body)["entry"]]
    return found


def with_contained(resources: list[Resource]) -> list[Resource]:
    """Some resources, and the requests and findings that they contain."""
    inner = (each for one in resources for each in one.get("contained", ()))
    return [*resources, *(one for one in inner if one["resourceType"] in ("ServiceRequest", "Observation"))]


def _pair(message: Path, golden: Path, terms: Terms) -> Compared:
    body = message.read_bytes()
    resources = [entry["resource"] for entry in msgspec.json.decode(golden.read_bytes())["entry"]]
    try:
        ours = translated(body)
    except Unmapped:
        ours = []
    return compare(message.stem, resources, with_contained(ours), body.decode(errors="replace"), terms)


# -- Microsoft

KINDS: Final = re.compile(r"(ADT|REF|SIU|ORU|LAB-ORU)")
TYPES: Final = frozenset({"Patient", "Encounter", "ServiceRequest", "Appointment", "Observation", "Condition"})
# Names of systems that the converter made up: its own, and a standard about addresses (RFC 3986) for units of measure.
MADE_UP: Final = ("example.com/v2-to-fhir-converter", "urn:iso:std:iso:3986")
# A code of a system of its own, and the words of that code.
OWN_CODES: Final = ("patient-referral-request", "patient referral request")
# Segments that tell of each; what a golden resource says that stands in others alone was taken from somebody or something else.
TELLS: Final = {
    "Patient": ("PID", "PD1", "NK1", "PV1", "MRG"),
    "Encounter": ("EVN", "PV1", "PV2", "PID", "MSH"),
    "Condition": ("DG1",),
    "Observation": ("OBX", "OBR"),
    "ServiceRequest": ("RF1", "PRD", "MSH"),
    "Appointment": ("SCH", "TQ1", "AIS", "AIL", "AIP", "MSH"),
}


def _microsoft(resource: Resource, leaf: Leaf, message: str) -> str:
    kind, value = resource["resourceType"], leaf[1]
    if kind not in TYPES:
        return "of another resource"
    if value in OWN_CODES or any(name in value for name in MADE_UP):
        return "a name that the other converter made up"
    if _of_another_segment(kind, resource, message):
        return "of a resource made of segments that tell of something else"
    return "" if _told(kind, value, message) else ELSEWHERE


def _of_another_segment(kind: str, resource: Resource, message: str) -> bool:
    """Deaths and accidents (PDA, ACC) as observations, and as conditions; orders (ORC, OBR, AIS) as requests."""
    if kind == "Observation":
        return MADE_UP[0] in str(resource["code"])
    if kind == "ServiceRequest":
        return "patient-referral-request" not in str(resource)
    return kind == "Condition" and not _told(
        kind, str(resource.get("code", {}).get("coding", [{}])[0].get("code")), message
    )


# The element by which each part of a golden resource is known, and the wire places that the model has no place for.
KNOWN_BY: Final = {"identifier": "value", "name": "family", "telecom": "value", "address": "city", "contact": "name"}
NO_PLACE: Final = tuple(map(address, ("PID-15.4", "OBX-5[2]")))


def _aside(resource: Resource, message: str) -> tuple[Resource, Resource]:
    """Parts that were taken from a guarantor, an insured person or another segment that tells of somebody else."""
    kind, kept, others = resource["resourceType"], dict(resource), {"resourceType": resource["resourceType"]}
    for name, by in KNOWN_BY.items():
        if kind in TYPES and isinstance(resource.get(name), list):
            parts = [(part, _told(kind, _known(part, by), message)) for part in resource[name]]
            kept[name] = [part for part, told in parts if told]
            others[name] = [part for part, told in parts if not told]
    return kept, others


def _known(part: Mapping[str, Any], by: str) -> str:
    found = part.get(by, "")
    return str(found.get("family", "") if isinstance(found, Mapping) else found).lower()


def _told(kind: str, value: str, message: str) -> bool:
    """Whether the message says a value in a segment that tells of such resources, or nowhere to the letter."""
    parsed = _parsed(message)
    if any((at.of(parsed) or "").lower() == value for at in NO_PLACE):
        return False
    said = [row.id for row in parsed if value in row.text.lower()]
    return not said or any(name in TELLS[kind] for name in said)


@cache
def _parsed(message: str) -> Message:
    return read(message.encode())


# Why we say otherwise, by pair and path. Whatever is not here has no excuse.
REASONS: Final = (
    (r"(language|maritalStatus|relationship)\.coding\.display$", "the words are those that were sent, where any were"),
    (r"Observation\.status$", "OBX-11 S is a partial result, which is preliminary"),
    (r"telecom\.use$", "nothing says what the number is for"),
    (
        r"Condition\.code\.coding\.system$",
        "I10 from a sender in the United States is the clinical modification",
    ),
    (r"Encounter\.participant\.type\.", "PV1-8 names nobody: its components are empty"),
    (r"Encounter\.diagnosis\.use", "a final diagnosis (DG1-6 F) is no discharge diagnosis by the official map"),
    (r"participant\.status$", "who was to come to a cancelled time has not accepted it"),
    (r"Encounter\.period\.end$", "PV1-45 is empty: it is taken from elsewhere"),
    (r"ServiceRequest\.status$", "a pending referral (RF1-1 P) is open, not on hold"),
    (r"Patient\.identifier\.type\.", "the number of PID-19 is known by its system, and by no type"),
    (r"sn-as-string", "OBX-5 is no structured number"),
)
ALIASES: Final = {
    **{
        f"Observation.component.{path}": (f"Observation.{path}",)
        for path in (
            "code.coding.code",
            "code.coding.system",
            "code.coding.display",
            "code.coding.version",
            "code.text",
            "valueQuantity.value",
            "referenceRange.text",
        )
    },
    "Observation.component.valueQuantity.code": ("Observation.valueQuantity.unit",),
    "Observation.valueQuantity.code": ("Observation.valueQuantity.unit",),
    "Condition.code.text": ("Condition.note.text",),
    # What a diagnosis comes from is known by its number.
    **{
        f"Condition.identifier.{path}": (f"Condition.extension.valueReference.identifier.{path}",)
        for path in ("value", "system", "type.coding.code")
    },
    "Encounter.length.unit": ("Encounter.length.code",),
    # Who has a number as well as a name is the system by the number, and stands beside it by the name.
    "Patient.identifier.system": ("Patient.identifier.extension.valueString", "Coverage.identifier.system"),
    # What Medicare, Medicaid and the plan call the case stands with who pays.
    **{
        f"Patient.identifier.{path}": (f"Coverage.identifier.{path}",)
        for path in ("value", "type.coding.code", "type.coding.display")
    },
    "Patient.name.family": ("Coverage.extension.valueHumanName.family",),
    # DG1-5 is when it was diagnosed.
    "Condition.onsetDateTime": ("Condition.recordedDate",),
    # Numbers beside the first stand in an extension of ours.
    **{
        f"Encounter.identifier.{path}": (f"Encounter.extension.valueIdentifier.{path}",)
        for path in ("value", "system", "type.coding.code", "type.coding.display")
    },
    **{
        f"Appointment.identifier.{path}": (f"Appointment.basedOn.identifier.{path}",)
        for path in ("value", "type.coding.code", "type.coding.display", "type.coding.system")
    },
    "Appointment.participant.period.start": ("Appointment.start",),
    # In which role somebody comes stands with them.
    **{
        f"Appointment.participant.type.coding.{path}": (
            f"Appointment.contained.extension.valueCodeableConcept.coding.{path}",
        )
        for path in ("code", "display")
    },
    "ServiceRequest.identifier.value": ("ServiceRequest.extension.valueString",),
    "ServiceRequest.occurrencePeriod.end": ("Task.restriction.period.end",),
}
# What somebody died of, and what was done about it, is one finding that the visit contains.
TOLD_OF_VISIT: Final = {
    **{
        f"Observation.{part}.coding.{path}": (f"Encounter.contained.component.{part}.coding.{path}",)
        for part in ("code", "valueCodeableConcept")
        for path in ("code", "display", "system")
    },
    **{
        f"Condition.code.coding.{path}": (f"Encounter.contained.valueCodeableConcept.coding.{path}",)
        for path in ("code", "display", "system")
    },
}
# Where we have what Microsoft makes a request of: what was ordered stands with what was found, a booked service with its time.
ORDERED: Final = {
    "ServiceRequest.identifier.value": ("ServiceRequest.extension.valueString", "Observation.basedOn.identifier.value"),
    **{
        f"ServiceRequest.identifier.type.coding.{path}": (f"Observation.basedOn.identifier.type.coding.{path}",)
        for path in ("code", "system", "display")
    },
    **{
        f"ServiceRequest.code.{path}": (
            f"Observation.extension.valueCodeableConcept.{path}",
            f"Appointment.serviceType.{path}",
        )
        for path in ("coding.code", "coding.display", "coding.system", "coding.version", "text")
    },
    **{
        f"ServiceRequest.orderDetail.coding.{path}": (f"Appointment.extension.valueCodeableConcept.coding.{path}",)
        for path in ("code", "display")
    },
    "ServiceRequest.note.text": ("Appointment.comment", "Observation.note.text"),
    "ServiceRequest.reasonCode.text": ("ServiceRequest.extension.valueString",),
    "ServiceRequest.occurrencePeriod.start": ("Appointment.start",),
}


def _asserted(resource: Resource, leaf: Leaf) -> bool:
    """Whatever it says of the six types, but for the names that it made up."""
    return resource["resourceType"] in TYPES and not any(name in leaf[1] for name in MADE_UP)


MICROSOFT: Final = Terms(
    left_out=_microsoft, aside=_aside, aliases=ALIASES | ORDERED | TOLD_OF_VISIT, reasons=REASONS, asserted=_asserted
)


def microsoft(folder: Path) -> Iterator[Compared]:
    """Every golden pair of the kinds that we read."""
    for golden in sorted(folder.glob("*.expected.fhir.json")):
        if KINDS.match(golden.name):
            yield _pair(golden.with_name(golden.name.replace(".expected.fhir.json", ".hl7")), golden, MICROSOFT)


# -- CDC


# How CDC names a code system that nobody but the sender knows.
UNREGISTERED: Final = "v2-0396-99zzz"


def _cdc(_: Resource, leaf: Leaf, __: str) -> str:
    if UNREGISTERED in leaf[1]:
        return "a name that the other converter made up"
    return "the words of a code" if leaf[0].endswith(".display") else ""


CDC: Final = Terms(left_out=_cdc, aliases=ALIASES, reasons=REASONS, both=True)


def cdc(folder: Path) -> Iterator[Compared]:
    """Every pair of the mapping inventory."""
    for golden in sorted((folder / "mappinginventory").rglob("*.fhir")):
        yield _pair(golden.with_suffix(".hl7"), golden, CDC)


GOLDENS: Final = (
    Goldens(name="Microsoft FHIR Converter", source="microsoft-fhir-converter", compare=microsoft),
    Goldens(name="CDC mapping inventory", source="cdc-prime-reportstream", compare=cdc),
)
