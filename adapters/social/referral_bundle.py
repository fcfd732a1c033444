"""A referral out of what lenses wrote: the bundle of each guide, and what its profiles require."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from hashlib import sha256
from typing import Any, Final, NamedTuple

import msgspec

from adapters.wire.fhir import Node
from adapters.wire.fhir_family import together
from adapters.wire.fhir_labels import TERMS, labels
from hub.model.label import Handling

SDOH: Final = "http://hl7.org/fhir/us/sdoh-clinicalcare/StructureDefinition"
BSER: Final = "http://hl7.org/fhir/us/bser/StructureDefinition"
GRAVITY_PROFILES: Final = {
    "ServiceRequest": f"{SDOH}/SDOHCC-ServiceRequest",
    "Task": f"{SDOH}/SDOHCC-TaskForReferralManagement",
}
BSER_PROFILES: Final = {
    "MessageHeader": f"{BSER}/BSeR-ReferralMessageHeader",
    "ServiceRequest": f"{BSER}/BSeR-ReferralServiceRequest",
    "Task": f"{BSER}/BSeR-ReferralTask",
}
FULFIL: Final = {"coding": [{"system": "http://hl7.org/fhir/CodeSystem/task-code", "code": "fulfill"}]}
# Gravity's tasks are neither ready nor received: what comes next of what they were.
STATUS: Final = {"ready": "accepted", "received": "requested"}
# What a task's state makes of the request it is about.
REQUEST_OF: Final = {
    **dict.fromkeys(("requested", "received", "accepted", "ready", "in-progress"), "active"),
    **dict.fromkeys(("rejected", "cancelled", "failed"), "revoked"),
    **{code: code for code in ("draft", "on-hold", "completed", "entered-in-error")},
}
ABSENT: Final = {
    "extension": [{"url": "http://hl7.org/fhir/StructureDefinition/data-absent-reason", "valueCode": "masked"}]
}
REFERRAL: Final = {"system": f"{TERMS}/v2-0003", "code": "I12", "display": "REF/RRI - Patient referral"}
Parts = Sequence[tuple[str, Sequence[Node]]]
_encode = msgspec.json.Encoder().encode


class Facts(NamedTuple):
    """Of this delivery: the id of the message, the recipient's own id of the person, our local time, the labels."""

    message: str
    person: str
    now: str
    handling: Handling

    def address(self, kind: str, n: int) -> str:
        """The address of a resource of this message: the same whenever it is written again."""
        found = sha256(f"{self.message}/{kind}/{n}".encode()).hexdigest()
        return f"urn:uuid:{found[:8]}-{found[8:12]}-5{found[13:16]}-9{found[17:20]}-{found[20:32]}"


def body_of_gravity(parts: Parts, facts: Facts) -> bytes:
    """A transaction: the person, and each request before its task."""
    entries = [
        {"fullUrl": full, "resource": _labelled(one, GRAVITY_PROFILES, facts), "request": _posted(one)}
        for full, one in _resources(parts, facts, gravity=True)
    ]
    return _bundle("transaction", entries, facts)


def body_of_bser(parts: Parts, facts: Facts) -> bytes:
    """A message: its header, which points at the task, then what it is about."""
    found = list(_resources(parts, facts, gravity=False))
    task = next(full for full, one in found if one["resourceType"] == "Task")
    header: Node = {
        "resourceType": "MessageHeader",
        "eventCoding": REFERRAL,
        "source": {"name": "crisis-hub", "endpoint": "urn:crisis-hub"},
        "reason": {"coding": [REFERRAL]},
        "focus": [{"reference": task}],
    }
    entries = [
        {"fullUrl": full, "resource": _labelled(one, BSER_PROFILES, facts)}
        for full, one in [(facts.address("MessageHeader", 1), header), *found]
    ]
    return _bundle("message", entries, facts)


def _bundle(kind: str, entries: list[Node], facts: Facts) -> bytes:
    return _encode(
        {
            "resourceType": "Bundle",
            "meta": labels(facts.handling),
            "identifier": {"system": "urn:crisis-hub:message", "value": facts.message},
            "type": kind,
            "timestamp": facts.now,
            "entry": entries,
        }
    )


def _resources(parts: Parts, facts: Facts, *, gravity: bool) -> Iterator[tuple[str, Node]]:
    """Every resource with its address; the person first, each request before its task."""
    people = (record for each, records in parts if each == "Person" for record in records)
    patient = next(map(together, people), None)
    if patient is not None:
        yield facts.address("Patient", 1), {"resourceType": "Patient", **patient}
    whose = _whose(patient, facts)
    records = [record for each, found in parts if each == "Referral" for record in found]
    for n, record in enumerate(records, 1):
        request, task = _referral(record["ServiceRequest"], record["Task"], whose)
        address = facts.address("ServiceRequest", n)
        yield address, request
        task["focus"] = {"reference": address}
        yield facts.address("Task", n), _gravity(task) if gravity else task


def _whose(patient: Node | None, facts: Facts) -> Node:
    """Whose it is. Nobody is made up: without a disclosed person there is the recipient's own id at most."""
    if patient is not None:
        return {"reference": facts.address("Patient", 1)}
    if facts.person:
        return {"identifier": {"system": "urn:crisis-hub:person", "value": facts.person}}
    return dict(ABSENT)


def _referral(request: Node, task: Node, whose: Node) -> tuple[Node, Node]:
    """A request and its task, each with what its profile requires of it."""
    asked: Node = {
        "resourceType": "ServiceRequest",
        "status": REQUEST_OF.get(task.get("status", ""), "active"),
        **request,
        "intent": "order",
        "subject": whose,
    }
    shared: Node = {
        name: asked[name] for name in ("identifier", "priority", "authoredOn", "requester") if name in asked
    }
    if "performer" in asked:
        shared["owner"] = asked["performer"][0]
    done: Node = {
        "resourceType": "Task",
        "status": "requested",
        "requester": dict(ABSENT),
        **shared,
        **task,
        "intent": "order",
        "code": FULFIL,
        "for": whose,
    }
    if "authoredOn" not in done:
        done["_authoredOn"] = dict(ABSENT)
    return asked, done


def _gravity(task: Node) -> Node:
    """A task of SDOHCC: its statuses are fewer, and a reason that is there is there in words."""
    found = {**task, "status": STATUS.get(task["status"], task["status"])}
    reason: dict[str, Any] | None = found.get("statusReason")
    if reason and not reason.get("text"):
        coding: Node = next(iter(reason.get("coding", ())), {})
        found["statusReason"] = {**reason, "text": coding.get("display") or coding.get("code") or "not told"}
    return found


def _labelled(resource: Node, profiles: dict[str, str], facts: Facts) -> Node:
    meta = labels(facts.handling)
    profile = profiles.get(resource["resourceType"])
    return {**resource, "meta": {**meta, "profile": [profile]} if profile else meta}


def _posted(resource: Node) -> Node:
    """How sending it again creates nothing: by the number its source gave it, or the event's."""
    kind = resource["resourceType"]
    known = next(iter(resource.get("identifier", ())), None)
    request: Node = {"method": "POST", "url": kind}
    if known and known.get("system"):
        request["ifNoneExist"] = f"identifier={known['system']}|{known['value']}"
    return request
