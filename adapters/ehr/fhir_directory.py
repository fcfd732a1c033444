"""Entries of a directory that are no service: what a lens wrote as a HealthcareService, as the resource that FHIR has for it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from adapters.wire.fhir import Node

LISTING: Final = "urn:crisis-hub:service_listing."
ENTRY: Final = f"{LISTING}entry"
MOMENT: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)", re.ASCII)
DAY: Final = re.compile(r"\d{4}(-\d\d(-\d\d(T\S+)?)?)?", re.ASCII)
# Where each part of a service stands in a resource; what is not named here stands in an extension of ours.
Moves = Mapping[str, Callable[[Any], Node]]


def listed(service: Node) -> tuple[str, Node]:
    """A listing as the kind of resource that it is an entry of; a time that nobody can book at, and a service, stay one.

    >>> listed({"name": "Bridge", "extension": [{"url": ENTRY, "valueCode": "organization"}]})
    ('Organization', {'name': 'Bridge'})
    """
    told = {one["url"]: one for one in service.get("extension", ())}
    kind, moves, needed = MADE.get(told.get(ENTRY, {}).get("valueCode", ""), ("", {}, ()))
    found = _moved(service, moves) if kind else {}
    if not kind or not all(name in found for name in needed):
        return "HealthcareService", service
    return kind, found


def _moved(service: Node, moves: Moves) -> Node:
    parts = _parts(service)
    found: Node = {"identifier": service["identifier"]} if "identifier" in service else {}
    for name, value in parts.items():
        if name in moves:
            found |= moves[name](value)
    left = [one for name, value in parts.items() if name not in moves for one in _extended(name, value)]
    return found | ({"extension": left} if left else {})


def _parts(service: Node) -> dict[str, Any]:
    """What a service says, by the names of the model."""
    told: dict[str, list[Node]] = {}
    for one in service.get("extension", ()):
        told.setdefault(one["url"].removeprefix(LISTING), []).append(one)
    return {
        name: value
        for name, value in (
            ("name", service.get("name")),
            ("organization", service.get("providedBy", {}).get("display")),
            ("description", service.get("comment")),
            ("kinds", service.get("type")),
            ("addresses", [one["address"] for one in service.get("contained", ()) if "address" in one]),
            ("telecoms", service.get("telecom")),
            ("languages", service.get("communication")),
            ("eligibility", (service.get("eligibility") or [{}])[0].get("comment")),
            ("hours", [one["valueString"] for one in told.get("hours", ())]),
            ("status", next(iter(told.get("status", ())), {}).get("valueCoding")),
            ("url", next(iter(told.get("url", ())), {}).get("valueString")),
        )
        if value
    }


def _extended(name: str, value: Any) -> Iterable[Node]:
    kind = VALUES.get(name)
    many = value if isinstance(value, list) else [value]
    return ({"url": f"{LISTING}{name}", kind: one} for one in many) if kind else ()


VALUES: Final = {
    "languages": "valueCodeableConcept",
    "status": "valueCoding",
    **dict.fromkeys(("organization", "description", "eligibility", "hours", "url"), "valueString"),
}


def _as(name: str) -> Callable[[Any], Node]:
    return lambda value: {name: value}


def _shown(name: str) -> Callable[[Any], Node]:
    return lambda value: {name: {"display": value}}


def _span(hours: list[str]) -> tuple[str, str]:
    start, _, end = hours[0].partition(" ")
    return start, end


def _time(hours: list[str]) -> Node:
    start, end = _span(hours)
    return {"start": start, "end": end} if MOMENT.fullmatch(start) and MOMENT.fullmatch(end) else {}


def _horizon(hours: list[str]) -> Node:
    said = zip(("start", "end"), _span(hours), strict=True)
    return {"planningHorizon": {name: value for name, value in said if DAY.fullmatch(value)}}


def _at_work(name: str) -> Callable[[Any], Node]:
    return lambda found: {name: [{"use": "work"} | one for one in found]}


def _places(found: list[Node]) -> Node:
    places = [{"resourceType": "Location", "id": f"l{n}", "address": one} for n, one in enumerate(found, 1)]
    return {"contained": places, "location": [{"reference": f"#{one['id']}"} for one in places]}


# By what is listed: the resource, where it has room for what, and what it cannot be without.
MADE: Final[Mapping[str, tuple[str, Moves, tuple[str, ...]]]] = {
    "organization": (
        "Organization",
        {
            "name": _as("name"),
            "organization": _shown("partOf"),
            "kinds": _as("type"),
            "addresses": _as("address"),
            "telecoms": _as("telecom"),
        },
        (),
    ),
    "place": (
        "Location",
        {
            "name": _as("name"),
            "organization": _shown("managingOrganization"),
            "description": _as("description"),
            "kinds": _as("type"),
            "addresses": lambda found: {"address": found[0]},
            "telecoms": _as("telecom"),
        },
        (),
    ),
    "professional": (
        "PractitionerRole",
        {
            "name": _shown("practitioner"),
            "organization": _shown("organization"),
            "kinds": _as("code"),
            "addresses": _places,
            "telecoms": _as("telecom"),
        },
        (),
    ),
    "person": (
        "Practitioner",
        {
            "name": lambda name: {"name": [{"text": name}]},
            "kinds": lambda kinds: {"qualification": [{"code": one} for one in kinds]},
            "addresses": _at_work("address"),
            "telecoms": _at_work("telecom"),
            "languages": _as("communication"),
        },
        (),
    ),
    "calendar": (
        "Schedule",
        {
            "name": lambda name: {"actor": [{"display": name}]},
            "description": _as("comment"),
            "kinds": _as("serviceType"),
            "hours": _horizon,
        },
        ("actor",),
    ),
    "time": (
        "Slot",
        {
            "name": _shown("schedule"),
            "description": _as("comment"),
            "kinds": _as("serviceType"),
            "status": lambda coding: {"status": coding["code"]},
            "hours": _time,
        },
        ("status", "start"),
    ),
}
