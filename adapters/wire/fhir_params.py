"""What may be searched for in FHIR R4, by type: each parameter with its kind and where its values stand."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal, NamedTuple

Kind = Literal["token", "string", "date", "reference"]


class Param(NamedTuple):
    """One search parameter: its kind and the paths of its values, from the resource down; perhaps only of those of a `system`.

    `implied` is the system of values that are bare codes: a client may spell it, and the resource does not.
    """

    kind: Kind
    paths: tuple[str, ...]
    system: str = ""
    implied: str = ""


def _token(*paths: str) -> Param:
    return Param("token", paths)


def _code(system: str, path: str) -> Param:
    return Param("token", (path,), implied=f"http://hl7.org/fhir/{system}")


def _string(*paths: str) -> Param:
    return Param("string", paths)


def _date(*paths: str) -> Param:
    return Param("date", paths)


def _link(*paths: str) -> Param:
    return Param("reference", paths)


# Every type has these.
COMMON: Final[Mapping[str, Param]] = {
    "_id": _token("id"),
    "_lastUpdated": _date("meta.lastUpdated"),
    "_security": _token("meta.security"),
    "identifier": _token("identifier"),
}


def _of(subject: str) -> Mapping[str, Param]:
    """Whose it is: `patient`, and `subject` where R4 calls the element so."""
    return {"patient": _link(subject), **({"subject": _link(subject)} if subject == "subject" else {})}


TYPES: Final[Mapping[str, Mapping[str, Param]]] = {
    "Patient": {
        "name": _string("name.family", "name.given", "name.text"),
        "family": _string("name.family"),
        "given": _string("name.given"),
        "birthdate": _date("birthDate"),
        "gender": _code("administrative-gender", "gender"),
        "telecom": _token("telecom"),
        "phone": Param("token", ("telecom",), system="phone"),
        "address": _string("address.line", "address.city", "address.state", "address.postalCode"),
    },
    "Encounter": {
        **_of("subject"),
        "status": _code("encounter-status", "status"),
        "class": _token("class"),
        "date": _date("period"),
        "type": _token("type"),
        "reason-code": _token("reasonCode"),
        "episode-of-care": _link("episodeOfCare"),
    },
    "EpisodeOfCare": {"patient": _link("patient"), "status": _code("episode-of-care-status", "status"), "date": _date("period")},
    "Condition": {
        **_of("subject"),
        "code": _token("code"),
        "category": _token("category"),
        "clinical-status": _token("clinicalStatus"),
        "onset-date": _date("onsetDateTime", "onsetPeriod"),
        "recorded-date": _date("recordedDate"),
    },
    "Observation": {
        **_of("subject"),
        "code": _token("code"),
        "category": _token("category"),
        "status": _code("observation-status", "status"),
        "date": _date("effectiveDateTime", "effectivePeriod"),
        "value-concept": _token("valueCodeableConcept"),
    },
    "AllergyIntolerance": {
        "patient": _link("patient"),
        "code": _token("code"),
        "clinical-status": _token("clinicalStatus"),
        "date": _date("recordedDate"),
    },
    "MedicationStatement": {
        **_of("subject"),
        "code": _token("medicationCodeableConcept"),
        "status": _code("CodeSystem/medication-statement-status", "status"),
        "effective": _date("effectiveDateTime", "effectivePeriod"),
    },
    "MedicationRequest": {
        **_of("subject"),
        "code": _token("medicationCodeableConcept"),
        "status": _code("CodeSystem/medicationrequest-status", "status"),
        "authoredon": _date("authoredOn"),
    },
    "RiskAssessment": {**_of("subject"), "date": _date("occurrenceDateTime", "occurrencePeriod")},
    "QuestionnaireResponse": {**_of("subject"), "status": _code("questionnaire-answers-status", "status"), "authored": _date("authored")},
    "Flag": {**_of("subject"), "date": _date("period")},
    "RelatedPerson": {
        "patient": _link("patient"),
        "name": _string("name.family", "name.given", "name.text"),
        "relationship": _token("relationship"),
        "telecom": _token("telecom"),
    },
    "ServiceRequest": {
        **_of("subject"),
        "code": _token("code"),
        "category": _token("category"),
        "status": _code("request-status", "status"),
        "intent": _code("request-intent", "intent"),
        "priority": _code("request-priority", "priority"),
        "authored": _date("authoredOn"),
        "occurrence": _date("occurrenceDateTime", "occurrencePeriod"),
        "requester": _link("requester"),
        "performer": _link("performer"),
    },
    "Task": {
        "patient": _link("for"),
        "subject": _link("for"),
        "code": _token("code"),
        "status": _code("task-status", "status"),
        "business-status": _token("businessStatus"),
        "intent": _code("request-intent", "intent"),
        "priority": _code("request-priority", "priority"),
        "authored-on": _date("authoredOn"),
        "modified": _date("lastModified"),
        "focus": _link("focus"),
        "owner": _link("owner"),
        "requester": _link("requester"),
    },
    "Appointment": {
        "patient": _link("participant.actor"),
        "actor": _link("participant.actor"),
        "status": _code("appointmentstatus", "status"),
        "date": _date("start"),
        "service-type": _token("serviceType"),
        "based-on": _link("basedOn"),
    },
    "CarePlan": {**_of("subject"), "status": _code("request-status", "status"), "date": _date("period")},
    "Communication": {**_of("subject"), "status": _code("event-status", "status"), "category": _token("category"), "sent": _date("sent")},
    "DocumentReference": {
        **_of("subject"),
        "type": _token("type"),
        "category": _token("category"),
        "status": _code("document-reference-status", "status"),
        "date": _date("date"),
    },
    "Consent": {
        "patient": _link("patient"),
        "status": _code("consent-state-codes", "status"),
        "category": _token("category"),
        "date": _date("dateTime"),
    },
    "Coverage": {"patient": _link("beneficiary"), "beneficiary": _link("beneficiary"), "status": _code("fm-status", "status")},
}  # fmt: skip
# What these say is about somebody: it belongs into a body, never into an address.
PERSONAL: Final = frozenset({"name", "family", "given", "birthdate", "telecom", "phone", "address", "identifier"})
# An identifier of these systems names nobody to anybody else.
OWN: Final = "urn:crisis-hub:"


def params(kind: str) -> Mapping[str, Param]:
    """The parameters of a type, its own and those of every type; KeyError for a type that is not served.

    >>> params("Task")["patient"].paths
    ('for',)
    """
    return {**COMMON, **TYPES[kind]}
