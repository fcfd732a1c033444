"""FHIR R4 in JSON: read strictly and fast, its resources by type, its references resolved, its people told apart."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

import msgspec

from adapters.wire import json
from adapters.wire.fhir_r5 import as_r4
from adapters.wire.json import MOST_BYTES, MOST_DEPTH, Spelled
from hub.errors import Unmapped, Unreadable

Node = dict[str, Any]
_decode = msgspec.json.Decoder(float_hook=Spelled).decode
_encode = msgspec.json.Encoder(enc_hook=str).encode
_BEDS: Final = re.compile(rb'"resourceType"\s*+:\s*+"MeasureReport"')
_NO_BRACKETS: Final = bytes(sorted(set(range(256)) - set(b"{}[]")))


def read(body: bytes) -> Node:
    """The resource in some bytes. Raises Unreadable naming path, line or byte.

    >>> read(b'{"resourceType": "Patient", "multipleBirthInteger": 2}')["resourceType"]
    'Patient'
    """
    found = _quick(body)
    if found is None:
        found = json.read(body)
    if not isinstance(found, dict) or not isinstance(found.get("resourceType"), str):
        raise Unreadable("This is not a FHIR resource.", at="$", cure="Send an object that names its resourceType.")
    return found


def opens(body: bytes, *, beds: bool = False) -> bool:
    """Whether bytes begin as a resource does: about beds, which is a format of its own, if a MeasureReport is anywhere in it.

    >>> opens(b'{"resourceType": "Patient"}'), opens(b'{"resourceType": "MeasureReport"}')
    (True, False)
    """
    begins = body.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"{" and b'"resourceType"' in body
    return begins and bool(_BEDS.search(body)) == beds


def _quick(body: bytes) -> Any:
    """The value, unless there may be something wrong with it, which the strict reader then names, or denies.

    What reads the same when it is written again says no key twice. Of what is laid out otherwise, a key that stands twice shows
    because fewer colons are left; an escape could hide one, and a number such as -0 would change.
    """
    if len(body) > MOST_BYTES:
        return None
    try:
        found = _decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    again = _encode(found)
    if body != again and (body.count(b":") != again.count(b":") or _escaped(body) or b":-0" in body or b": -0" in body):
        return None
    return found if _shallow(body) else None


def _escaped(body: bytes) -> bool:
    return b"\\" in body and b"\\u" in body


def _shallow(body: bytes) -> bool:
    """Whether the brackets, those in texts too, fold away before they could be too deep. Each turn folds one level or two."""
    left = body.translate(None, _NO_BRACKETS)
    for _ in range(MOST_DEPTH // 2):
        if not left:
            return True
        left = left.replace(b"{}", b"").replace(b"[]", b"")
    return not left


# Guides for referrals to social services, whose messages are formats of their own.
GUIDES: Final = (b"hl7.org/fhir/us/sdoh-clinicalcare", b"hl7.org/fhir/us/bser")


def refers(body: bytes) -> bool:
    """Whether some bytes name a request or a task."""
    return b'"ServiceRequest"' in body or b'"Task"' in body


# -- resources and what they refer to

# The system of codes by which the hub says what kind of record an Observation of its own holds.
OURS: Final = "urn:crisis-hub:body"
# In which resources the hub writes what FHIR has none for.
_OURS: Final = frozenset({"Observation", "Task"})


# Resources that say of themselves, in words that nobody here knows, that they mean something else.
MODIFIED: Final = "Modified"


class Linked(Node):
    """A reference whose target came along."""

    __slots__ = ("target",)
    target: Node


class Resources(dict[str, list[Any]]):
    """The resources of a message by type, and joined ones by the name of what they are together. `whole` is all of it.

    Under `Ours` stand the Observations and Tasks in which the hub writes what FHIR has no resource for, under `Resource` everything,
    under `Modified` what is kept and not read.
    """

    __slots__ = ("whole",)
    whole: Node


# Where references stand whose targets are read: keys down from the resource; lists on the way are walked.
LINKS: Final[Mapping[str, tuple[tuple[str, ...], ...]]] = {
    "Patient": (("link", "other"),),
    "Encounter": (
        ("participant", "individual"),
        ("location", "location"),
        ("serviceProvider",),
        ("basedOn",),
        ("reasonReference",),
        ("extension", "valueReference"),
    ),
    "Condition": (("asserter",), ("recorder",)),
    "Observation": (("performer",), ("basedOn",)),
    "QuestionnaireResponse": (("author",), ("source",)),
    "RiskAssessment": (("performer",),),
    "MedicationStatement": (("medicationReference",), ("informationSource",)),
    "MedicationRequest": (("medicationReference",), ("requester",)),
    "ServiceRequest": (("requester",), ("performer",), ("extension", "valueReference")),
    "Task": (("requester",), ("owner",), ("focus",), ("basedOn",)),
    "Appointment": (("participant", "actor"), ("basedOn",)),
    "Coverage": (("payor",), ("subscriber",)),
    "CarePlan": (("goal",),),
    # A provision may stand in a provision, and so on: nobody was seen to go deeper.
    "Consent": (
        *((name,) for name in ("performer", "organization", "grantor", "grantee", "controller")),
        *((*("provision",) * n, "actor", "reference") for n in range(1, 6)),
    ),
    "DocumentReference": (("author",),),
    "PractitionerRole": (("practitioner",), ("organization",), ("location",)),
    "HealthcareService": (("providedBy",), ("location",)),
    "Organization": (("partOf",),),
    "Slot": (("schedule",),),
    "Location": (("partOf",), ("managingOrganization",)),
}


def resources(whole: Node) -> Iterator[tuple[str, Node]]:
    """Every resource of a message with the address it can be referred to by: those of a Bundle, or the one it is."""
    if whole["resourceType"] != "Bundle":
        yield "", whole
        return
    entries = whole.get("entry")
    for entry in entries if isinstance(entries, list) else ():
        resource = entry.get("resource") if isinstance(entry, dict) else None
        if isinstance(resource, dict) and isinstance(resource.get("resourceType"), str):
            address = entry.get("fullUrl")
            yield address if isinstance(address, str) else "", resource


def gather(whole: Node) -> Resources:
    """The resources of a message by type, their references linked to what came along, and what belongs together joined."""
    found = Resources()
    found.whole = whole
    index: dict[str, Node] = {}
    every = found["Resource"] = [whole] if whole["resourceType"] == "Bundle" else []
    for address, said in resources(whole):
        resource = as_r4(said)
        kind = resource["resourceType"]
        view = "Ours" if kind in _OURS and _is_ours(resource) else MODIFIED if _modified(resource) else kind
        found.setdefault(view, []).append(resource)
        every.append(resource)
        if address:
            index[address] = resource
        if isinstance(own := resource.get("id"), str):
            index.setdefault(f"{kind}/{own}", resource)
    for kind in LINKS.keys() & found.keys():
        for resource in found[kind]:
            _link_all(resource, LINKS[kind], index)
    _join(found)
    _ask(found)
    _list(found)
    return found


def _modified(resource: Node) -> bool:
    # FHIR R4 2.4.1: what such words say may turn the meaning round, and whoever does not know them must not go by the rest.
    # A consent is judged with them: what it refuses holds all the same.
    return resource["resourceType"] != "Consent" and ("modifierExtension" in resource or "implicitRules" in resource)


def _is_ours(observation: Node) -> bool:
    code = observation.get("code")
    codings = code.get("coding") if isinstance(code, dict) else None
    first = codings[0] if isinstance(codings, list) and codings else None
    return isinstance(first, dict) and first.get("system") == OURS


def _link_all(resource: Node, paths: Iterable[tuple[str, ...]], index: Mapping[str, Node]) -> None:
    contained = resource.get("contained")
    if isinstance(contained, list):
        inner = {f"#{one['id']}": one for one in contained if isinstance(one, dict) and isinstance(one.get("id"), str)}
        index = {**index, **inner}
    for path in paths:
        _link(resource, path, index)


def _link(node: Node, path: tuple[str, ...], index: Mapping[str, Node]) -> None:
    key, rest = path[0], path[1:]
    found = node.get(key)
    if found is None:
        return
    if not rest:
        node[key] = [linked(one, index) for one in found] if isinstance(found, list) else linked(found, index)
        return
    for one in found if isinstance(found, list) else (found,):
        if isinstance(one, dict):
            _link(one, rest, index)


def linked(reference: Any, index: Mapping[str, Node]) -> Any:
    """The reference with its target, if that came along; else as it was."""
    target = index.get(address_of(reference))
    if target is None:
        return reference
    found = Linked(reference)
    found.target = target
    return found


def address_of(reference: Any) -> str:
    """What a reference points at, without its version; empty when it points nowhere."""
    said = reference.get("reference") if isinstance(reference, dict) else None
    return said.partition("/_history/")[0] if isinstance(said, str) else ""


def _join(found: Resources) -> None:
    """Put together what says one thing in two resources: a person and their family, a request and its task."""
    people: list[Node] = [{"Patient": one} for one in found.get("Patient", ()) if not _links(one, "replaced-by")]
    if family := found.get("RelatedPerson"):
        people = people or [{}]
        people[0]["RelatedPerson"] = family
    found["Person"] = people
    requests = found.get("ServiceRequest", ())
    asked: dict[int, Node] = {id(one): {"ServiceRequest": one} for one in requests}
    alone = []
    for task in found.get("Task", ()):
        request = next((r for r in map(_target, _references(task)) if id(r) in asked), None)
        if request is not None and "Task" not in asked[id(request)]:
            asked[id(request)]["Task"] = task
        else:
            alone.append({"Task": task})
    found["Referral"] = [*asked.values(), *alone]


def _ask(found: Resources) -> None:
    """Each answer of a questionnaire and each prediction of an assessment by itself, under `Answer` and `Prediction`."""
    if responses := found.get("QuestionnaireResponse"):
        found["Answer"] = [answer for one in responses for answer in _answers(one, one)]
    if assessments := found.get("RiskAssessment"):
        found["Prediction"] = [
            {"RiskAssessment": one, "Prediction": said}
            for one in assessments
            for said in nodes(one.get("prediction")) or [{}]
        ]


def _answers(response: Node, node: Node) -> Iterator[Node]:
    """The answers below an item, however deep they stand."""
    for item in nodes(node.get("item")):
        for answer in nodes(item.get("answer")):
            yield {"QuestionnaireResponse": response, "Item": item, "Answer": answer}
            yield from _answers(response, answer)
        yield from _answers(response, item)


def nodes(value: Any) -> list[Node]:
    """The objects of a list; none of anything else."""
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


# What a directory is made of. Beside what tells of somebody's care, such resources say who and where, and nothing more.
DIRECTORY: Final = frozenset(
    {
        "HealthcareService",
        "Organization",
        "Location",
        "Practitioner",
        "PractitionerRole",
        "Schedule",
        "Slot",
        "Endpoint",
    }
)


def _list(found: Resources) -> None:
    """In a message of a directory each entry stands for itself, under `Listed` and its type; who gives a service stands with it."""
    said = found.keys() - {"Resource", "Person", "Referral", "OperationOutcome", "Provenance", MODIFIED}
    if said <= DIRECTORY:
        beside = {"Organization", "Location"} if "HealthcareService" in said else set()
        found |= {f"Listed{kind}": found[kind] for kind in said - beside}


def _links(patient: Node, kind: str) -> list[Any]:
    """The records that a patient's record is linked to in one way."""
    return [one.get("other") for one in nodes(patient.get("link")) if one.get("type") == kind]


def _references(task: Node) -> tuple[Any, ...]:
    based = task.get("basedOn")
    return task.get("focus"), *(based if isinstance(based, list) else ())


def _target(reference: Any) -> Node | None:
    return reference.target if isinstance(reference, Linked) else None


# -- one person a message

# By which element a resource says whose it is.
WHOSE: Final = ("subject", "patient", "for", "beneficiary", "individual")


def people(whole: Node) -> list[Node]:
    """One message a person: what is theirs, and what is nobody's. A message about one person, or none, is as it was."""
    if whole["resourceType"] != "Bundle" or _alone(whole):
        return [whole]
    found = [(address, resource, _whose(resource)) for address, resource in resources(whole)]
    patients = [(address, resource) for address, resource, _ in found if resource["resourceType"] == "Patient"]
    same = {f"Patient/{resource.get('id')}": _known(address, resource) for address, resource in patients}
    same |= {address: address for address, _ in patients if address}
    for address, resource in patients:  # a record that was replaced is about the same person
        same |= {address_of(other): _known(address, resource) for other in _links(resource, "replaces")}
    same = {one: same.get(other, other) for one, other in same.items()}
    named = (one for address, resource, theirs in found for one in theirs or _own(address, resource))
    persons = dict.fromkeys(same.get(one, one) for one in named)
    return [whole] if len(persons) < 2 else [_part(whole, one, same) for one in persons]


def one_person(whole: Node) -> None:
    """Raises Unmapped (kept, parked) of a message about several."""
    if len(people(whole)) > 1:
        raise Unmapped("this bundle is about several persons.", at="Bundle", cure="Split it before it is read.")


def _alone(whole: Node) -> bool:
    """Whether everything is plainly about one person: one patient at most, to whom all references are spelled alike."""
    said: set[str] = set()
    patients = 0
    for address, resource in resources(whole):
        kind = resource["resourceType"]
        if kind == "Patient":
            patients += 1
            said |= {address} if address else {f"Patient/{resource.get('id')}"}
        elif kind == "Appointment":
            return False
        else:
            for name in WHOSE:
                if (reference := resource.get(name)) is not None:
                    said.add(address_of(reference))
    return patients < 2 and len(said) < 2


def _own(address: str, resource: Node) -> tuple[str, ...]:
    return (_known(address, resource),) if resource["resourceType"] == "Patient" else ()


def _known(address: str, patient: Node) -> str:
    return address or f"Patient/{patient.get('id')}"


def _whose(resource: Node) -> tuple[str, ...]:
    said = [resource.get(name) for name in WHOSE]
    taking = resource.get("participant") if resource["resourceType"] == "Appointment" else ()
    said += [one.get("actor") for one in taking if isinstance(one, dict)] if isinstance(taking, list) else []
    return tuple(a for a in map(address_of, said) if "Patient" in a or a.startswith("urn:"))


def _part(whole: Node, person: str, same: Mapping[str, str]) -> Node:
    """A Bundle of what belongs to one person, and of what belongs to nobody."""
    kept = []
    for entry in whole["entry"]:
        resource = entry.get("resource") if isinstance(entry, dict) else None
        if not isinstance(resource, dict) or not isinstance(resource.get("resourceType"), str):
            continue
        own = entry.get("fullUrl") if isinstance(entry.get("fullUrl"), str) else ""
        theirs = (_known(own, resource),) if resource["resourceType"] == "Patient" else _whose(resource)
        if not theirs or person in {same.get(one, one) for one in theirs}:
            kept.append(entry)
    return {**whole, "entry": kept}
