"""What is wrong with a FHIR body, for `crisis-hub conform` and the tests: fhir.resources (R4B), and what it does not check.

R4B says the same as R4 about everything written here. The library lets through codes of required value sets, references that
lead nowhere or to the wrong type, and empty objects; and it breaks with KeyError or TypeError on what is no resource at all.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

import msgspec

from adapters.wire.fhir import Node, address_of, read, resources
from hub.errors import Unreadable

# What a reference may point at, where the answer matters to us; anything else is not asked.
TARGETS: Final[Mapping[tuple[str, str], frozenset[str]]] = {
    (kind, name): frozenset({"Patient"})
    for kind, name in (
        *(
            (kind, "subject")
            for kind in (
                *(
                    "Encounter",
                    "Condition",
                    "Observation",
                    "ServiceRequest",
                    "MedicationStatement",
                    "MedicationRequest",
                ),
                *("Flag", "QuestionnaireResponse", "RiskAssessment", "CarePlan", "Communication", "DocumentReference"),
            )
        ),
        *((kind, "patient") for kind in ("AllergyIntolerance", "Consent", "RelatedPerson")),
        ("Coverage", "beneficiary"),
        ("Task", "for"),
    )
} | {("Task", "focus"): frozenset({"ServiceRequest"})}
# Codes of required value sets (FHIR R4 4.0.1).
CODES: Final[Mapping[tuple[str, str], frozenset[str]]] = {
    (kind, name): frozenset(codes.split())
    for (kind, name), codes in {
        ("Patient", "gender"): "male female other unknown",
        (
            "Encounter",
            "status",
        ): "planned arrived triaged in-progress onleave finished cancelled entered-in-error unknown",
        ("Observation", "status"): "registered preliminary final amended corrected cancelled entered-in-error unknown",
        (
            "MedicationStatement",
            "status",
        ): "active completed entered-in-error intended stopped on-hold unknown not-taken",
        ("MedicationRequest", "status"): "active on-hold cancelled completed entered-in-error stopped draft unknown",
        (
            "MedicationRequest",
            "intent",
        ): "proposal plan order original-order reflex-order filler-order instance-order option",
        ("Flag", "status"): "active inactive entered-in-error",
        ("QuestionnaireResponse", "status"): "in-progress completed amended entered-in-error stopped",
        ("RiskAssessment", "status"): (
            "registered preliminary final amended corrected cancelled entered-in-error unknown"
        ),
        ("CarePlan", "status"): "draft active on-hold revoked completed entered-in-error unknown",
        ("CarePlan", "intent"): "proposal plan order option",
        ("Communication", "status"): (
            "preparation in-progress not-done on-hold stopped completed entered-in-error unknown"
        ),
        ("DocumentReference", "status"): "current superseded entered-in-error",
        ("Appointment", "status"): (
            "proposed pending booked arrived fulfilled cancelled noshow entered-in-error checked-in waitlist"
        ),
        ("Slot", "status"): "busy free busy-unavailable busy-tentative entered-in-error",
        ("MeasureReport", "status"): "complete pending error",
        ("MeasureReport", "type"): "individual subject-list summary data-collection",
        ("AuditEvent", "action"): "C R U D E",
        ("AuditEvent", "outcome"): "0 4 8 12",
        ("AllergyIntolerance", "criticality"): "low high unable-to-assess",
        ("Coverage", "status"): "active cancelled draft entered-in-error",
        ("ServiceRequest", "status"): "draft active on-hold revoked completed entered-in-error unknown",
        (
            "ServiceRequest",
            "intent",
        ): "proposal plan directive order original-order reflex-order filler-order instance-order option",
        ("ServiceRequest", "priority"): "routine urgent asap stat",
        ("Task", "status"): (
            "draft requested received accepted rejected ready cancelled in-progress on-hold failed completed entered-in-error"
        ),
        (
            "Task",
            "intent",
        ): "unknown proposal plan order original-order reflex-order filler-order instance-order option",
        ("Task", "priority"): "routine urgent asap stat",
        ("Consent", "status"): "draft proposed active rejected inactive entered-in-error",
        (
            "Bundle",
            "type",
        ): "document message transaction transaction-response batch batch-response history searchset collection",
    }.items()
}


# What resources are made of, which is none itself.
ABSTRACT: Final = frozenset({"Resource", "DomainResource", "Element", "BackboneElement"})


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that is wrong: where, what, and who says so. Never a value."""

    path: str
    words: str
    rule: str


def conform(body: bytes) -> list[Finding]:
    """Everything found wrong with a body; nothing when it conforms.

    >>> [f"{found.path}: {found.words}" for found in conform(b'{"resourceType": "Patient", "gender": "M"}')]
    ['Patient.gender: this code is not in the value set that FHIR requires here']
    """
    try:
        whole = read(body)
    except Unreadable as error:
        return [Finding(path=error.at or "$", words=error.message, rule="json")]
    return [*_library(whole["resourceType"], body), *_ours(whole)]


def unlike(body: bytes) -> list[Finding]:
    """What the library does not ask: codes, references, empty values. Nothing of what is no FHIR: the reader names that."""
    try:
        return list(_ours(read(body)))
    except Unreadable:
        return []


def _library(kind: str, body: bytes) -> Iterator[Finding]:
    """What fhir.resources says."""
    from fhir.resources.R4B import (  # noqa: PLC0415 - half a second and forty megabytes: only who asks pays for it
        get_fhir_model_class,
    )

    if kind in ABSTRACT:
        yield Finding(path=kind, words="there is no such resource in R4, or in it", rule="fhir.resources")
        return
    try:
        get_fhir_model_class(kind).model_validate_json(body)
    except (ValueError, KeyError, TypeError, LookupError, AttributeError) as error:
        told = getattr(error, "errors", None)  # pydantic's own error has them
        if told is None:
            yield Finding(path=kind, words="there is no such resource in R4, or in it", rule="fhir.resources")
        for one in told(include_url=False, include_input=False, include_context=False) if told else ():
            path = ".".join(str(step) for step in (kind, *one["loc"]))
            yield Finding(path=path, words=one["msg"], rule="fhir.resources")


def _ours(whole: Node) -> Iterator[Finding]:
    known = _addresses(whole)
    if whole["resourceType"] == "Bundle":
        yield from _codes("Bundle", whole, "Bundle")
        yield from _nameless(whole)
    for n, (_, resource) in enumerate(resources(whole)):
        kind = str(resource["resourceType"])
        place = f"Bundle.entry[{n}].{kind}" if whole["resourceType"] == "Bundle" else kind
        yield from _codes(kind, resource, place)
        yield from _references(kind, resource, place, known)
        yield from _empty(resource, place)


def _nameless(bundle: Node) -> Iterator[Finding]:
    entries = bundle.get("entry")
    for n, entry in enumerate(entries if isinstance(entries, list) else ()):
        resource = entry.get("resource") if isinstance(entry, dict) else None
        if resource is not None and not (isinstance(resource, dict) and isinstance(resource.get("resourceType"), str)):
            yield Finding(path=f"Bundle.entry[{n}].resource", words="this names no resourceType", rule="resource")


def _addresses(whole: Node) -> dict[str, str]:
    """The type of what stands at every address of a message."""
    found = {address: str(resource["resourceType"]) for address, resource in resources(whole) if address}
    return found | {f"{r['resourceType']}/{r['id']}": str(r["resourceType"]) for _, r in resources(whole) if "id" in r}


def _codes(kind: str, resource: Node, place: str) -> Iterator[Finding]:
    for (of, name), codes in CODES.items():
        if of == kind and name in resource and resource[name] not in codes:
            words = "this code is not in the value set that FHIR requires here"
            yield Finding(path=f"{place}.{name}", words=words, rule="required code")


def _references(kind: str, resource: Node, place: str, known: Mapping[str, str]) -> Iterator[Finding]:
    contained = resource.get("contained")
    inner = [f"#{c.get('id')}" for c in contained if isinstance(c, dict)] if isinstance(contained, list) else []
    for path, reference in _walk(resource, place):
        address = address_of(reference)
        if address.startswith(("urn:uuid:", "#")) and address not in known and address not in inner:
            yield Finding(path=path, words="this reference leads nowhere", rule="reference")
    for (of, name), targets in TARGETS.items():
        found = known.get(address_of(resource.get(name))) if of == kind else None
        if found and found not in targets:
            yield Finding(path=f"{place}.{name}", words=f"this points at a {found}", rule="reference type")


def _walk(node: Any, path: str) -> Iterator[tuple[str, Node]]:
    if isinstance(node, dict):
        if isinstance(node.get("reference"), str):
            yield path, node
        for name, inner in node.items():
            yield from _walk(inner, f"{path}.{name}")
    elif isinstance(node, list):
        for n, inner in enumerate(node):
            yield from _walk(inner, f"{path}[{n}]")


def _empty(node: Any, path: str) -> Iterator[Finding]:
    if node in ({}, [], "") or node is None:
        yield Finding(path=path, words="nothing stands here; FHIR has no empty values", rule="empty")
    elif isinstance(node, dict):
        for name, inner in node.items():
            yield from _empty(inner, f"{path}.{name}")
    elif isinstance(node, list):
        for n, inner in enumerate(node):
            if inner is not None:  # arrays of primitives are padded with null beside their extensions
                yield from _empty(inner, f"{path}[{n}]")
