"""What receivers of FHIR are shown of codes that everybody writes: which kind of number it is, which part somebody took."""

from __future__ import annotations

from typing import Any, Final

from adapters.wire.fhir import Node
from adapters.wire.fhir_labels import TERMS

KINDS: Final = f"{TERMS}/v2-0203"
PARTS: Final = f"{TERMS}/v3-ParticipationType"
AUTHORITIES: Final = f"{TERMS}/v2-0301"
VISITS: Final = "urn:crisis-hub:encounter"
FINDINGS: Final = "urn:crisis-hub:observation"
LOINC: Final = "http://loinc.org"
# HL7 tables 0203 and 0301 and v3 ParticipationType, as the official code systems name them, and leaves of ours that are asked about.
WORDS: Final = {
    (KINDS, "AN"): "Account number",
    (KINDS, "ANON"): "Anonymous identifier",
    (KINDS, "DL"): "Driver's license number",
    (KINDS, "EI"): "Employee number",
    (KINDS, "EN"): "Employer number",
    (KINDS, "FILL"): "Filler Identifier",
    (KINDS, "MA"): "Patient Medicaid number",
    (KINDS, "MB"): "Member Number",
    (KINDS, "MC"): "Patient's Medicare number",
    (KINDS, "MD"): "Medical License number",
    (KINDS, "MI"): "Military ID number",
    (KINDS, "MR"): "Medical record number",
    (KINDS, "NPI"): "National provider identifier",
    (KINDS, "PI"): "Patient internal identifier",
    (KINDS, "PLAC"): "Placer Identifier",
    (KINDS, "PPN"): "Passport number",
    (KINDS, "PT"): "Patient external identifier",
    (KINDS, "SB"): "Social Beneficiary Identifier",
    (KINDS, "SS"): "Social Security number",
    (KINDS, "VN"): "Visit number",
    (PARTS, "ADM"): "admitter",
    (PARTS, "ATND"): "attender",
    (PARTS, "CON"): "consultant",
    (PARTS, "PART"): "Participation",
    (PARTS, "PPRF"): "primary performer",
    (PARTS, "REF"): "referrer",
    (VISITS, "accident_at_work"): "Accident job related indicator",
    (VISITS, "accident_fatal"): "Accident death indicator",
    (VISITS, "police_notified"): "Police notified indicator",
    (VISITS, "death_certified"): "Death certified",
    (VISITS, "autopsy"): "Autopsy",
    (VISITS, "coroner"): "Coroner",
    (FINDINGS, "repeats"): "Again",
    (AUTHORITIES, "CLIP"): (
        "Clinical laboratory Improvement Program. Allows for the ability to designate organization identifier as a "
        "\u201cCLIP\u201d assigned number (for labs). Used by US Department of Defense."
    ),
}
VISIT: Final[Node] = {"coding": [{"system": KINDS, "code": "VN", "display": "Visit number"}], "text": "Visit number"}
# What must be said and was not.
UNKNOWN: Final[Node] = {
    "extension": [{"url": "http://hl7.org/fhir/StructureDefinition/data-absent-reason", "valueCode": "unknown"}]
}
# What the findings that a visit contains are about.
ACCIDENT: Final[Node] = {
    "coding": [{"system": LOINC, "code": "11374-6", "display": "Injury incident description Narrative"}],
    "text": "Accident",
}
DEATH: Final[Node] = {
    "coding": [{"system": LOINC, "code": "69453-9", "display": "Cause of death [US Standard Certificate of Death]"}],
    "text": "Death",
}
FILLER: Final[Node] = {"coding": [{"system": KINDS, "code": "FILL", "display": "Filler Identifier"}]}


def based_on(record: Node) -> list[Node]:
    """What something is based on, its numbers in words."""
    return [
        {**one, "identifier": numbered([one["identifier"]])[0]} if "identifier" in one else one
        for one in record["basedOn"]
    ]


def placed(order: Node) -> bool:
    """Whether who placed an order gave this number of it."""
    return any(one.get("code") == "PLAC" for one in order.get("identifier", {}).get("type", {}).get("coding", ()))


def ordered(finding: Node) -> Node:
    """A finding whose order it contains, or which has two numbers: beside that of who placed it stands that of who carries it out."""
    based = based_on(finding)
    if sum("identifier" in one for one in based) > 1 and any(map(placed, based)):
        based = [_filled(one) for one in based]
    inner = [
        _of(finding, one) if one["resourceType"] == "ServiceRequest" else one for one in finding.get("contained", ())
    ]
    return {**finding, "basedOn": based, **({"contained": inner} if inner else {})}


def _of(whole: Node, request: Node) -> Node:
    """A request that a resource contains, with what FHIR requires of one: that it was one, and of whom."""
    return {"status": "unknown", "intent": "order", "subject": whole.get("subject", UNKNOWN)} | request


def _filled(order: Node) -> Node:
    if placed(order) or "identifier" not in order:
        return order
    return {**order, "identifier": {"type": FILLER} | order["identifier"]}


def containing(visit: Node) -> Node:
    """A visit whose request and findings, which it contains, say of whom and what they are."""
    if "contained" not in visit:
        return visit
    return {**visit, "contained": [_inner(one, visit) for one in visit["contained"]]}


def _inner(one: Node, visit: Node) -> Node:
    match one["resourceType"]:
        case "ServiceRequest":
            return _of(visit, one)
        case "Observation":
            reasons = (each["reference"] for each in visit.get("reasonReference", ()))
            about = ACCIDENT if f"#{one['id']}" in reasons else DEATH
            return {"status": "final", "code": about, "subject": visit.get("subject", UNKNOWN)} | _asked(one)
        case _:
            return one


def _asked(finding: Node) -> Node:
    """A finding whose parts say in words what each was asked about."""
    parts = [{**part, "code": _said(part["code"])} for part in finding.get("component", ())]
    return {**finding, **({"component": parts} if parts else {})}


def repeated(part: Node, finding: Node) -> Node:
    """A part of a finding that is the same measure again: it says so, and in which unit."""
    if "valueQuantity" not in part:
        return part
    first = finding.get("valueQuantity", {})
    return {**part, "code": _said(part["code"]), "valueQuantity": {**first, **part["valueQuantity"]}}


def kinds_in_words(visit: Node) -> Node:
    """A visit whose further numbers say in words of which kind they are: in extensions, and what it was called before it began."""
    found = {**visit}
    if any("valueIdentifier" in one for one in visit.get("extension", ())):
        found["extension"] = [
            {**one, "valueIdentifier": numbered([one["valueIdentifier"]])[0]} if "valueIdentifier" in one else one
            for one in visit["extension"]
        ]
    stay = visit.get("hospitalization", {})
    if "preAdmissionIdentifier" in stay:
        found["hospitalization"] = {**stay, "preAdmissionIdentifier": numbered([stay["preAdmissionIdentifier"]])[0]}
    return found


def numbered(identifiers: list[Node]) -> list[Node]:
    """Identifiers that say in words of which kind they are."""
    return [{**one, "type": _said(one["type"])} if "type" in one else one for one in identifiers]


def taking_part(participants: list[Node]) -> list[Node]:
    """Participants that say in words which part they took."""
    return [{**one, "type": [_shown(each) for each in one["type"]]} if "type" in one else one for one in participants]


def _said(concept: Node) -> Node:
    return {**concept, "coding": [_named(one) for one in concept["coding"]]} if "coding" in concept else concept


def _shown(concept: Node) -> Node:
    found = _said(concept)
    words = next((one["display"] for one in found.get("coding", ()) if "display" in one), "")
    return {**found, "text": words} if words and "text" not in found else found


def _named(coding: Node) -> Node:
    words: Any = WORDS.get((coding.get("system", ""), coding.get("code", "")))
    return {**coding, "display": words} if words and "display" not in coding else coding
