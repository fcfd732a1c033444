"""A transaction Bundle out of what lenses wrote: addresses, requests that may be repeated, labels, and what FHIR requires.

Every resource carries an identifier by which sending it again creates nothing: the number its source gave it, or the event's id.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from hashlib import sha256
from typing import Final
from urllib.parse import quote

import msgspec

from adapters.ehr.fhir_directory import listed
from adapters.ehr.fhir_links import diagnosed
from adapters.ehr.fhir_provenance import provenance
from adapters.ehr.fhir_questionnaire import answered
from adapters.ehr.fhir_words import (
    FILLER,
    UNKNOWN,
    VISIT,
    based_on,
    containing,
    kinds_in_words,
    numbered,
    ordered,
    placed,
    repeated,
    taking_part,
)
from adapters.wire.fhir import Node
from adapters.wire.fhir_family import family
from adapters.wire.fhir_labels import TERMS, labels
from hub.contracts import Target
from hub.lens.times import write_iso
from hub.model.disclosure import Disclosure
from hub.model.person import Person
from hub.model.values import Instant

RECORD: Final = "urn:crisis-hub:record"
PERSON: Final = "urn:crisis-hub:person"
MESSAGE: Final = "urn:crisis-hub:message"
SSN: Final = "http://hl7.org/fhir/sid/us-ssn"
# Resources that later messages say more about: found by the number their source gave them, and replaced.
STANDING: Final = {
    "Encounter": "visit",
    "ServiceRequest": "referral",
    "Task": "referral",
    "Consent": "consent",
    "Appointment": "appointment",
    "CarePlan": "plan",
    "RelatedPerson": "relative",
    **dict.fromkeys(("HealthcareService", "Organization", "Location"), "service"),
    **dict.fromkeys(("PractitionerRole", "Practitioner", "Schedule", "Slot"), "service"),
}
Part = tuple[str, Sequence[Node]]
_encode = msgspec.json.Encoder().encode


def body(
    parts: Sequence[Part], disclosure: Disclosure, target: Target, fill: Mapping[str, Callable[[Node], Node]]
) -> bytes:
    """The bytes of a Bundle: the person first, then what was written about them; `fill` adds what FHIR requires."""
    meta = labels(disclosure.handling)
    source = disclosure.events[0].source if disclosure.events else ""
    told = any(isinstance(event.body, Person) for event in disclosure.events)
    entries: list[Node] = []
    for kind, resource in resources(parts):
        if kind in WHOSE and WHOSE[kind] not in resource:
            resource = {**resource, WHOSE[kind]: UNKNOWN}  # noqa: PLW2901 - the same resource, with what FHIR requires
        filled = fill[kind](resource) if kind in fill else resource
        full = address(target.message_id, len(entries) + 1)
        request = _person(target.person_id, told=told) if kind == "Patient" else _request(kind, filled, source)
        if kind == "RelatedPerson":
            filled = {**filled, "patient": {"reference": entries[0]["fullUrl"]}}
        if kind == "Task" and entries[-1:] and entries[-1]["resource"]["resourceType"] == "ServiceRequest":
            filled["focus"] = {"reference": entries[-1]["fullUrl"]}
        entries.append(
            {"fullUrl": full, "resource": {"resourceType": kind, "meta": meta, **filled}, "request": request}
        )
    diagnosed(entries)
    moment = write_iso(Instant(at=target.at), target.zone)
    if entries and target.options.get("provenance") != "none":
        full = address(target.message_id, len(entries) + 1)
        made = provenance(entries, moment, source, f"urn:crisis-hub:{_address(source)}:")
        # Nothing finds a Provenance by what it says: sent again, it is the one of this id again.
        own = full.removeprefix("urn:uuid:")
        request = {"method": "PUT", "url": f"Provenance/{own}"}
        entries.append({"fullUrl": full, "resource": {**made, "id": own, "meta": meta}, "request": request})
    bundle: Node = {"resourceType": "Bundle"}
    if IS_ID.fullmatch(target.message_id):
        bundle["id"] = target.message_id
    bundle |= {
        "meta": meta,
        "identifier": {"system": MESSAGE, "value": target.message_id},
        "type": "transaction",
        "timestamp": moment,
        "entry": entries,
    }
    return _encode(bundle)


IS_ID: Final = re.compile(r"[A-Za-z0-9.-]{1,64}")


def address(message: str, n: int) -> str:
    """The address of the nth resource of a message: the same whenever it is written again.

    >>> address("m1", 1)
    'urn:uuid:ca0df2c9-5aa1-54c1-90ff-000000000001'
    """
    return f"{_base(message)}{n:012x}"


@lru_cache(maxsize=1024)
def _base(message: str) -> str:
    found = sha256(message.encode()).hexdigest()
    return f"urn:uuid:{found[:8]}-{found[8:12]}-5{found[13:16]}-9{found[17:20]}-"


def resources(parts: Sequence[Part]) -> list[tuple[str, Node]]:
    """What the lenses wrote, resource by resource; the person first."""
    found = [pair for each, records in parts for record in records for pair in _apart(each, record)]
    patients = [resource for kind, resource in found if kind == "Patient"]
    one = [("Patient", _joined(patients))] if patients else []
    return [*one, *(pair for pair in found if pair[0] != "Patient")]


def _joined(patients: Sequence[Node]) -> Node:
    """One record of the person; an identifier that several lines wrote stands in it once."""
    first, *more = patients
    for other in more:
        known = first.get("identifier", [])
        first = {**other, **first}
        first["identifier"] = [*known, *(one for one in other.get("identifier", ()) if one not in known)]
    if "identifier" in first:
        first["identifier"] = [SSN_TYPE | one if one.get("system") == SSN else one for one in first["identifier"]]
    return first


def _apart(each: str, record: Node) -> Iterator[tuple[str, Node]]:
    """A record as its resource, or as the several it joins."""
    if each == "Referral":
        yield from referral(record["ServiceRequest"], record["Task"])
    elif each == "Person":
        yield from family(record)
    elif each == "HealthcareService":
        yield listed(record)
    else:
        yield each, record


def referral(request: Node, task: Node) -> Iterator[tuple[str, Node]]:
    """A request and its task: what FHIR wants said in both."""
    request = {"status": REQUEST_OF.get(task.get("status", ""), "active"), "intent": "order"} | request
    both: Node = {
        name: request[name]
        for name in ("identifier", "intent", "priority", "authoredOn", "requester")
        if name in request
    }
    if both["intent"] == "directive":
        both["intent"] = "order"  # a task knows no directive
    if "performer" in request:
        both["owner"] = request["performer"][0]
    yield "ServiceRequest", request
    yield "Task", {"status": "requested"} | both | task


# -- how it may be sent twice


def _person(person: str, *, told: bool) -> Node:
    """The person, under the recipient's own id for them. A message that says nothing of them changes nothing of theirs."""
    if not person:
        return {"method": "POST", "url": "Patient"}
    match = f"identifier={PERSON}|{_address(person)}"
    if told:
        return {"method": "PUT", "url": f"Patient?{match}"}
    return {"method": "POST", "url": "Patient", "ifNoneExist": match}


def _request(kind: str, resource: Node, source: str) -> Node:
    known = resource["identifier"]
    last = known if isinstance(known, dict) else known[-1]
    if "value" not in last:  # of a relative's number only its kind may be known
        return {"method": "POST", "url": kind}
    if kind in STANDING and stands(kind, known):
        known[0].setdefault("system", f"urn:crisis-hub:{_address(source)}:{STANDING[kind]}")
        return {"method": "PUT", "url": f"{kind}?identifier={_token(known[0])}"}
    return {"method": "POST", "url": kind, "ifNoneExist": f"identifier={RECORD}|{_address(last['value'])}"}


def numbers(resource: Node) -> list[Node]:
    """The identifiers of a resource; a QuestionnaireResponse has one."""
    found = resource.get("identifier", [])
    return [found] if isinstance(found, dict) else found


def stands(kind: str, known: Sequence[Node]) -> bool:
    """Whether later messages say more of what has these identifiers: its source gave it a number."""
    return kind in STANDING and bool(known) and known[0].get("system") != RECORD


def _token(identifier: Node) -> str:
    return f"{_address(identifier['system'])}|{_address(identifier['value'])}"


PLAIN: Final = re.compile(r"[A-Za-z0-9:._~-]+")


def _address(text: str) -> str:
    return text if PLAIN.fullmatch(text) else quote(text, safe="")


# -- what FHIR requires though nothing was said

# Where a resource must say whose it is; a message about nobody says that it is not told.
WHOSE: Final = {
    **dict.fromkeys(("Condition", "MedicationStatement", "MedicationRequest", "RiskAssessment"), "subject"),
    **dict.fromkeys(("ServiceRequest", "CarePlan", "Flag"), "subject"),
    "AllergyIntolerance": "patient",
    "Coverage": "beneficiary",
}
NO_CLASS: Final = {"system": f"{TERMS}/v3-NullFlavor", "code": "UNK"}
SSN_TYPE: Final = {"type": {"coding": [{"system": f"{TERMS}/v2-0203", "code": "SB"}]}}
PRIVACY: Final = {"coding": [{"system": f"{TERMS}/consentscope", "code": "patient-privacy"}]}
PAPER: Final = {"coding": [{"system": "http://loinc.org", "code": "59284-0", "display": "Consent Document"}]}
# What an admission, transfer or discharge makes of a visit whose status nobody said.
STATUS_OF: Final = {
    **dict.fromkeys(("A01", "A02", "A04", "A06", "A07", "A12", "A13"), "in-progress"),
    **dict.fromkeys(("A05", "A14"), "planned"),
    **dict.fromkeys(("A11", "A27", "A38"), "cancelled"),
    "A03": "finished",
    # The visit never was.
    "A23": "entered-in-error",
}
# What the class of a visit makes of it, by the official map of HL7 v2 to FHIR, when nothing else says more.
UNDER_WAY: Final = {"PRENC": "planned", **dict.fromkeys(("IMP", "EMER", "AMB", "OBSENC"), "in-progress")}
# What a task's state makes of the request it is about.
REQUEST_OF: Final = {
    **dict.fromkeys(("requested", "received", "accepted", "ready", "in-progress"), "active"),
    **dict.fromkeys(("rejected", "cancelled", "failed"), "revoked"),
    **{code: code for code in ("draft", "on-hold", "completed", "entered-in-error")},
}
COMPARED: Final = re.compile(r"(<=|>=|<|>)(-?(?:0|[1-9]\d*)(?:\.\d+)?)")


def _encounter(record: Node) -> Node:
    told = {one["url"]: one for one in record.get("extension", ())}
    trigger = told.get("urn:crisis-hub:encounter.trigger", {}).get("valueCode", "")
    ended = (
        "finished"
        if "end" in record.get("period", ())
        else UNDER_WAY.get(record.get("class", NO_CLASS).get("code", ""))
    )
    found: Node = {"status": STATUS_OF.get(trigger) or ended or "unknown", "class": NO_CLASS} | record
    if "participant" in found:
        found["participant"] = taking_part(found["participant"])
    if "identifier" in found:
        found["identifier"] = [
            one if one.get("system") == RECORD else {"type": VISIT} | one for one in found["identifier"]
        ]
    return kinds_in_words(containing(found))


def _patient(record: Node) -> Node:
    """The kinds of their numbers in words; whatever language the model keeps is the one that they prefer."""
    found = {**record}
    if "identifier" in found:
        found["identifier"] = numbered(found["identifier"])
    if "communication" in found:
        found["communication"] = [{**one, "preferred": True} for one in found["communication"]]
    return found


def _numbered(record: Node) -> Node:
    return {**record, "identifier": numbered(record["identifier"])} if "identifier" in record else record


def _observation(record: Node) -> Node:
    found = _valued(record)
    if "component" in found:
        found = {**found, "component": [_valued(repeated(one, record)) for one in found["component"]]}
    return {"status": "unknown", "code": UNKNOWN} | (ordered(found) if "basedOn" in found else found)


def _valued(record: Node) -> Node:
    """One value, since FHIR has room for one: a number that JSON cannot spell has its comparator apart, or is text."""
    said = record.get("valueQuantity", {}).get("value")
    found = _odd_number(record, said) if isinstance(said, str) else record
    several = [name for name in VALUES if name in found]
    if len(several) < 2:
        return found
    kept = {name: value for name, value in found.items() if name not in several[1:]}
    if "valueString" in several[1:]:
        kept["note"] = [*kept.get("note", ()), {"text": found["valueString"]}]
    return kept


VALUES: Final = ("valueQuantity", "valueCodeableConcept", "valueDateTime", "valueString")


def _odd_number(record: Node, said: str) -> Node:
    found = COMPARED.fullmatch(said)
    if found:
        value = {**record["valueQuantity"], "comparator": found[1], "value": msgspec.Raw(found[2].encode())}
        return {**record, "valueQuantity": value}
    unit = record["valueQuantity"].get("unit") or record["valueQuantity"].get("code", "")
    kept = {name: value for name, value in record.items() if name != "valueQuantity"}
    return {**kept, "valueString": " ".join(filter(None, (said, unit, record.get("valueString"))))}


def _medication(record: Node, directions: str) -> Node:
    """A dose that is no number is part of the directions."""
    dosage = record.get(directions, [{}])[0]
    dose = dosage.get("doseAndRate", [{}])[0].get("doseQuantity", {})
    if isinstance(dose.get("value"), str):
        told = " ".join(filter(None, (dosage.get("text"), dose["value"], dose.get("unit"))))
        kept = {name: value for name, value in dosage.items() if name != "doseAndRate"}
        record = {**record, directions: [{**kept, "text": told}]}
    return {"status": "unknown", "medicationCodeableConcept": UNKNOWN} | record


def _planned(record: Node) -> Node:
    """Activities and goals have states that nobody told us."""
    activities = [{"detail": {"status": "unknown", **one["detail"]}} for one in record.get("activity", ())]
    goals = [{"lifecycleStatus": "active", "subject": record["subject"], **one} for one in record.get("contained", ())]
    return {**record, **({"activity": activities} if activities else {}), **({"contained": goals} if goals else {})}


def _insured(record: Node) -> Node:
    """In whose name a coverage is: somebody related to whom it covers."""
    inner = [{"patient": record["beneficiary"]} | one for one in record.get("contained", ())]
    return {**_numbered(record), **({"contained": inner} if inner else {})}


# What the state of an appointment says of those who take part: one is booked when all of them have agreed.
AGREED: Final = {
    **dict.fromkeys(("booked", "arrived", "checked-in", "fulfilled", "noshow"), "accepted"),
    **dict.fromkeys(("cancelled", "entered-in-error"), "declined"),
}


def _attended(record: Node) -> Node:
    """Who takes part has agreed or not; of a time that is not booked yet nobody told us."""
    agreed = AGREED.get(record.get("status", ""), "needs-action")
    found = {
        **record,
        "participant": [{"status": agreed, **one} for one in record.get("participant", ({"actor": UNKNOWN},))],
    }
    return _filled(found) if "basedOn" in found else found


def _filled(record: Node) -> Node:
    """Where who asked for a time has a number of it, the first number is that of who keeps the schedule; both say so in words."""
    based = based_on(record)
    if not any(map(placed, based)):
        return {**record, "basedOn": based}
    first, *more = record["identifier"]
    mine = [first if first.get("system") == RECORD else {"type": FILLER} | first, *more]
    return {**record, "identifier": mine, "basedOn": based}


FILL: Final[Mapping[str, Callable[[Node], Node]]] = {
    "Patient": _patient,
    "Encounter": _encounter,
    "Condition": _numbered,
    "Observation": _observation,
    "MedicationStatement": lambda record: _medication(record, "dosage"),
    "MedicationRequest": lambda record: _medication(record, "dosageInstruction"),
    "Flag": lambda record: {"status": "active", "code": UNKNOWN} | record,
    "RiskAssessment": lambda record: {"status": "unknown"} | record,
    "QuestionnaireResponse": answered,
    "Coverage": lambda record: {"status": "active", "payor": [{"display": "unknown"}]} | _insured(record),
    "CarePlan": lambda record: {"status": "unknown", "intent": "plan"} | _planned(record),
    # A time must stand in a calendar.
    "Slot": lambda record: {"schedule": UNKNOWN} | record,
    "Appointment": lambda record: {"status": "proposed"} | _attended(record),
    "Communication": lambda record: {"status": "unknown"} | record,
    "DocumentReference": lambda record: {"status": "current", "content": [{"attachment": UNKNOWN}]} | record,
    "Consent": lambda record: (
        {"status": "proposed", "scope": PRIVACY, "category": [PAPER], "policyRule": UNKNOWN} | record
    ),
}
