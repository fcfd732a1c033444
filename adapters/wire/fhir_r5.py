"""Resources of FHIR R5 as R4 has them, so that one mapping reads both. What R5 calls otherwise stands under its R4 name besides.

A resource says nowhere which version it is of: what only R5 has is known by its name or its shape, and everything else stays.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

Node = dict[str, Any]
PLANNED_START: Final = "urn:crisis-hub:encounter.planned_at"
PLANNED_END: Final = "http://hl7.org/fhir/5.0/StructureDefinition/extension-Encounter.plannedEndDate"


def as_r4(resource: Node) -> Node:
    """The resource under the names of R4; the very one when it is of R4.

    >>> as_r4({"resourceType": "Encounter", "actualPeriod": {"start": "2026"}})["period"]
    {'start': '2026'}
    """
    turns = TURNS.get(resource["resourceType"])
    if turns is None:
        return resource
    found = resource
    for name, turn in turns:
        value = resource.get(name)
        made = turn(value) if value is not None else None
        if made:
            found = {**found, **made}
    if "plannedStartDate" in found or "plannedEndDate" in found:
        found = {**found, "extension": [*_list(found.get("extension")), *_planned(found)]}
    return found


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _nodes(value: Any) -> list[Node]:
    return [one for one in _list(value) if isinstance(one, dict)]


def _planned(encounter: Node) -> Iterable[Node]:
    for name, url in (("plannedStartDate", PLANNED_START), ("plannedEndDate", PLANNED_END)):
        if name in encounter:
            yield {"url": url, "valueDateTime": encounter[name]}


# -- what turns one element into others; nothing where it is as R4 has it

Turn = Callable[[Any], Node | None]


def _as(name: str) -> Turn:
    return lambda value: {name: value}


def _first(name: str) -> Turn:
    """The first of a list of which R4 has one."""
    return lambda value: {name: value[0]} if isinstance(value, list) and value else None


def _concepts(name: str) -> Turn:
    """The concepts among codes or references."""
    return lambda value: {name: found} if (found := _of(value)) else None


def _concept(name: str) -> Turn:
    """The first concept among codes or references: R4 has one."""
    return lambda value: {name: found[0]} if (found := _of(value)) else None


def _of(value: Any) -> list[Any]:
    among = _nodes(value) or ([value] if isinstance(value, dict) else [])
    return [one["concept"] for one in among if "concept" in one]


def _class(value: Any) -> Node | None:
    codings = [coding for one in _nodes(value) for coding in _nodes(one.get("coding"))]
    return {"class": codings[0]} if codings else None


def _acting(value: Any) -> Node | None:
    if not any("actor" in one for one in _nodes(value)):
        return None
    return {"participant": [{**one, "individual": one["actor"]} if "actor" in one else one for one in _nodes(value)]}


def _why(value: Any) -> Node | None:
    """Why somebody came stands in R5 as uses of several codes each."""
    return {"reasonCode": found} if (found := [one for use in _nodes(value) for one in _of(use.get("value"))]) else None


def _drug(value: Any) -> Node | None:
    if not isinstance(value, dict) or not value.keys() & {"concept", "reference"}:
        return None
    names = {"concept": "medicationCodeableConcept", "reference": "medicationReference"}
    return {names[name]: said for name, said in value.items() if name in names}


def _asked(value: Any) -> Node | None:
    found = [one["reference"] for one in _nodes(value) if "reference" in one]
    return {"owner": found[0]} if found else None


def _numbered(value: Any) -> Node | None:
    found = [one["value"] for one in _nodes(value) if "value" in one]
    return {"subscriberId": found[0]} if found else None


def _classes(value: Any) -> Node | None:
    if not any(isinstance(one.get("value"), dict) for one in _nodes(value)):
        return None
    flat = [
        one | {"value": one["value"].get("value")} if isinstance(one.get("value"), dict) else one
        for one in _nodes(value)
    ]
    return {"class": flat}


def _reached(value: Any) -> Node | None:
    found = [telecom for one in _nodes(value) for telecom in _nodes(one.get("telecom"))]
    return {"telecom": found} if found else None


def _done(value: Any) -> Node | None:
    if not any("performedActivity" in one for one in _nodes(value)):
        return None
    codes = [code for one in _nodes(value) for code in _of(one.get("performedActivity"))]
    return {"activity": [*_nodes(value), *({"detail": {"code": code}} for code in codes)]}


def _told(value: Any) -> Node | None:
    said = [
        one["contentCodeableConcept"] for one in _nodes(value) if isinstance(one.get("contentCodeableConcept"), dict)
    ]
    texts = [one["text"] for one in said if "text" in one]
    return {"payload": [{"contentString": text} for text in texts]} if texts else None


def _reactions(value: Any) -> Node | None:
    if not any(_of(one.get("manifestation")) for one in _nodes(value)):
        return None
    return {"reaction": [one | {"manifestation": _of(one.get("manifestation"))} for one in _nodes(value)]}


def _spoken(value: Any) -> Node | None:
    found = [one["language"] for one in _nodes(value) if "language" in one]
    return {"communication": found} if found else None


def _asserting(value: Any) -> Node | None:
    found = [one["actor"] for one in _nodes(value) if "actor" in one]
    return {"asserter": found[0]} if found else None


TURNS: Final[Mapping[str, tuple[tuple[str, Turn], ...]]] = {
    "Encounter": (
        ("class", _class),
        ("serviceType", _concept("serviceType")),
        ("participant", _acting),
        ("actualPeriod", _as("period")),
        ("reason", _why),
        ("admission", _as("hospitalization")),
    ),
    "MedicationStatement": (
        ("medication", _drug),
        ("informationSource", _first("informationSource")),
        # In R5 it says how far the record is, and not whether somebody takes it.
        ("status", lambda status: {"status": "unknown"} if status in ("recorded", "draft") else None),
    ),
    "MedicationRequest": (("medication", _drug),),
    "ServiceRequest": (("code", _concept("code")), ("reason", _concepts("reasonCode"))),
    "Task": (
        ("requestedPerformer", _asked),
        ("requestedPeriod", lambda period: {"restriction": {"period": period}}),
        ("statusReason", _concept("statusReason")),
    ),
    "Coverage": (
        ("subscriberId", _numbered),
        ("insurer", lambda insurer: {"payor": [insurer]}),
        ("class", _classes),
    ),
    "CarePlan": (("activity", _done),),
    "Appointment": (("serviceType", _concepts("serviceType")), ("reason", _concepts("reasonCode"))),
    "Slot": (("serviceType", _concepts("serviceType")), ("appointmentType", _first("appointmentType"))),
    "Schedule": (("serviceType", _concepts("serviceType")),),
    "Communication": (("payload", _told),),
    "AllergyIntolerance": (("reaction", _reactions),),
    "Condition": (("participant", _asserting),),
    "Practitioner": (("communication", _spoken),),
    "HealthcareService": (("contact", _reached),),
    "Location": (("contact", _reached),),
    "PractitionerRole": (("contact", _reached),),
}
