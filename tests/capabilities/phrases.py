"""What partners say, spelled as they would: small FHIR bundles about somebody, and other formats' messages."""

from __future__ import annotations

import json
from typing import Any

ME = "urn:uuid:6f1d2c3b-0000-4000-8000-000000000001"
_PARTNERS = "https://hub.example-county.example/partners"
_CATEGORIES = "https://hub.example-county.example/categories"
_ACT_CODE = "http://terminology.hl7.org/CodeSystem/v3-ActCode"


def coded(code: str, system: str, display: str = "") -> dict[str, Any]:
    """A CodeableConcept of one coding."""
    return {"coding": [{"system": system, "code": code} | ({"display": display} if display else {})]}


def organization(partner: str) -> dict[str, Any]:
    """A reference to a partner of the county."""
    return {"reference": f"Organization/{partner}", "identifier": {"system": _PARTNERS, "value": partner}}


def patient(source: str, number: str, family: str = "Quarles", **more: Any) -> dict[str, Any]:
    """Somebody, under a number of the source's own."""
    system = f"https://{source.lower()}.example-county.example/patients"
    kind = coded("MR", "http://terminology.hl7.org/CodeSystem/v2-0203")
    return {
        "resourceType": "Patient",
        "identifier": [{"use": "usual", "type": kind, "system": system, "value": number}],
        "name": [{"use": "official", "family": family, "given": ["Imani"]}],
        "gender": "female",
        "birthDate": "1987-05-21",
        "telecom": [{"system": "phone", "value": "602-555-0148", "use": "mobile"}],
    } | more


def bundle(who: dict[str, Any], *resources: dict[str, Any]) -> str:
    """A transaction about one person."""
    entries = [
        {"fullUrl": f"{ME[:-1]}{n}", "resource": each, "request": {"method": "POST", "url": each["resourceType"]}}
        for n, each in enumerate((who, *resources), 1)
    ]
    return json.dumps({"resourceType": "Bundle", "type": "transaction", "entry": entries})


def ours(body: str, **facts: Any) -> dict[str, Any]:
    """A body that FHIR has no resource for, as an Observation of ours: each fact a component by its path."""
    components = [
        {"code": {"coding": [{"system": f"urn:crisis-hub:body:{body}", "code": path.replace("__", ".")}]}} | value
        for path, value in facts.items()
    ]
    return {
        "resourceType": "Observation",
        "status": "final",
        "code": {"coding": [{"system": "urn:crisis-hub:body", "code": body}]},
        "subject": {"reference": ME},
        "component": components,
    }


def release(
    source: str, number: str, recipient: str, purpose: str, *categories: str, until: str = "2039-03-01T00:00:00-07:00",
    held_by: tuple[str, ...] = (),
) -> dict[str, Any]:  # fmt: skip
    """A person's own written release to one partner, signed, dated and verified, of what its holders hold: the source, or others."""
    policy = coded("hipaa-auth", "http://terminology.hl7.org/CodeSystem/consentpolicycodes")
    provision = {
        "type": "permit",
        "period": {"start": "2026-03-01T00:00:00-07:00", "end": until},
        "actor": [
            {
                "role": coded("IRCP", "http://terminology.hl7.org/CodeSystem/v3-ParticipationType"),
                "reference": organization(recipient),
            }
        ],
        "purpose": [{"system": "http://terminology.hl7.org/CodeSystem/v3-ActReason", "code": purpose}],
        "class": [{"system": _CATEGORIES, "code": each} for each in categories],
    }
    return {
        "resourceType": "Consent",
        "id": number,
        "meta": {"versionId": "1"},
        "identifier": [{"system": "https://hub.example-county.example/consents", "value": number}],
        "status": "active",
        "scope": coded("patient-privacy", "http://terminology.hl7.org/CodeSystem/consentscope"),
        "category": [coded("IDSCL", _ACT_CODE)],
        "patient": {"reference": ME},
        "dateTime": "2026-03-01T00:00:00-07:00",
        "performer": [{"reference": ME}],
        "organization": [organization(holder) for holder in held_by or (source,)],
        "sourceAttachment": {
            "contentType": "application/pdf",
            "title": "Release",
            "hash": "ZlHzCMmy0n5VbJwVnRXbqGkCqpI=",
        },
        "policyRule": policy,
        "verification": [
            {"verified": True, "verifiedWith": {"reference": ME}, "verificationDate": "2026-03-01T00:00:00-07:00"}
        ],
        "provision": provision,
    }


def medicine(code: str, display: str) -> dict[str, Any]:
    """A medicine somebody takes."""
    return {
        "resourceType": "MedicationStatement",
        "status": "active",
        "subject": {"reference": ME},
        "medicationCodeableConcept": coded(code, "http://www.nlm.nih.gov/research/umls/rxnorm", display),
    }


def score(code: str, display: str, value: int) -> dict[str, Any]:
    """The result of a questionnaire."""
    return {
        "resourceType": "Observation",
        "status": "final",
        "category": [coded("survey", "http://terminology.hl7.org/CodeSystem/observation-category")],
        "code": coded(code, "http://loinc.org", display),
        "subject": {"reference": ME},
        "effectiveDateTime": "2026-03-10T15:00:00-07:00",
        "valueInteger": value,
    }


def referral(
    source: str, number: str, performer: str, *, service: str, reason: str, note: str = ""
) -> list[dict[str, Any]]:
    """A request for somebody, and the task of doing it."""
    mine = [{"system": f"https://{source.lower()}.example-county.example/referrals", "value": number}]
    request = {
        "resourceType": "ServiceRequest", "identifier": mine, "status": "active", "intent": "order", "priority": "routine",
        "code": coded(service, "https://hub.example-county.example/services", service) | {"text": service},
        "subject": {"reference": ME}, "authoredOn": "2026-03-11T10:40:00-07:00", "requester": organization(source),
        "performer": [organization(performer)], "note": [{"text": note}],
        "reasonCode": [coded(reason, "http://hl7.org/fhir/sid/icd-10-cm")],
    }  # fmt: skip
    task = {
        "resourceType": "Task", "identifier": mine, "status": "requested", "intent": "order",
        "code": coded("fulfill", "http://hl7.org/fhir/CodeSystem/task-code"), "focus": {"reference": f"{ME[:-1]}2"},
        "for": {"reference": ME}, "authoredOn": "2026-03-11T10:40:00-07:00", "requester": organization(source),
        "owner": organization(performer),
    }  # fmt: skip
    return [request, task]


def adt(source: str, trigger: str, number: str, person: str, *segments: str, pid: str = "", unit: str = "ED") -> bytes:
    """An HL7 v2 message of a hospital about somebody's visit, with more segments or more of PID."""
    lines = [
        f"MSH|^~\\&|EHR|{source}|HUB|COUNTY|20260310145500-0700||ADT^{trigger}^ADT_A01|{number}|P|2.5.1|||AL|NE||UNICODE UTF-8",
        f"EVN|{trigger}|20260310145500-0700",
        (
            f"PID|1||{person}^^^{source}^MR||Quarles^Imani^^^^^L||19870521|F|||12 Saguaro Court^^Exampleton^XX^85000^USA^H"
            f"||^PRN^CP^^1^602^5550148{pid}"
        ),
        (
            f"PV1|1|E|{unit}^07^1^{source}|E|||4410^Okonkwo^Adaeze^^^Dr^MD||||||||||||V-{person}^^^{source}^VN"
            "|||||||||||||||||||||||||20260310140200-0700"
        ),
        *segments,
    ]
    return ("\r".join(lines) + "\r").encode()
