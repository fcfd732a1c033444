"""What lenses wrote, as an EIDO: components with ids and references, and everything the standard requires."""

from __future__ import annotations

import html
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, NamedTuple

from adapters.cad import pidflo

View = dict[str, Any]
EXTENSIONS: Final = {
    "handling": ("urn:crisis-hub:eido:handling:1", "crisisHubHandling"),
    "capacity": ("urn:crisis-hub:eido:capacity:1", "crisisHubCapacity"),
    "diversion": ("urn:crisis-hub:eido:diversion:1", "crisisHubDiversion"),
}
# What must stand where nothing was disclosed: the type of an incident that only informs, of a unit, of an agency.
INFORMS, OTHER = "INFO", "other"
REFRAINS: Final = frozenset({"NORDSCLCD", "NORDSLCD", "NORDSCLW", "NODSCLCD"})
RETENTION: Final = "retention-expiry:"
STATUSES: Final = ("Dispatched", "EnRoute", "OnScene", "Cleared")


class Facts(NamedTuple):
    """Of this delivery: our instant in the recipient's zone, our agency and element, and the id of the message."""

    now: str
    agency: str
    element: str
    message: str


def fold(view: View, facts: Facts) -> View:
    """The message. Its components are numbered in a fixed order, so that the same disclosure gives the same bytes."""
    incident = view.get("incident") or {}
    number = incident.get("internalIncidentId") or facts.message
    found: View = {
        **_prologue(
            (view.get("eido") or {}).get("$id") or f"urn:emergency:uid:incidentid:{number}:{facts.agency}", facts
        ),
        "eidoVersion": "1.0",
        "eidoExtensionId": [urn for name, (urn, _) in EXTENSIONS.items() if view.get(name)],
        "issuingElementIdentification": facts.element,
    }
    found["incidentComponent"] = _incident(view, incident, facts)
    found |= {name: list(parts) for name, parts in _lists(view, facts, found["$id"], number)}
    found["agencyComponent"] = list(_agencies(view, facts))
    found |= {name: view[key] for key, (_, name) in EXTENSIONS.items() if view.get(key)}
    return {name: part for name, part in found.items() if part not in ([], None)}


def _prologue(name: str, facts: Facts, at: str = "") -> View:
    return {
        "$id": name,
        "lastUpdateTimeStamp": at or facts.now,
        "updatedByAgencyReference": {"$ref": facts.agency},
    }


def _lists(view: View, facts: Facts, whole: str, number: str) -> Iterator[tuple[str, Iterable[View]]]:
    yield "callComponent", _calls(view, facts)
    yield "callbackComponent", _callbacks(view, facts)
    yield "personComponent", _people(view, facts)
    yield "locationComponent", _places(view, facts)
    yield (
        "emergencyResourceComponent",
        (_unit(n, u, facts, whole, number) for n, u in enumerate(view.get("units") or (), 1)),
    )
    yield "agentComponent", _agents(view, facts)
    yield "notesComponent", (_note(n, text, facts) for n, text in enumerate(view.get("notes") or (), 1))
    yield "cautionComponent", (_caution(n, c, facts) for n, c in enumerate(view.get("cautions") or (), 1))
    yield "linkComponent", _directed(view.get("links") or (), "linkDirectionCode", "link", facts)
    yield "mergeComponent", _directed(view.get("merges") or (), "incidentMergeDirectionCode", "merge", facts)


def _directed(links: Iterable[View], direction: str, name: str, facts: Facts) -> Iterator[View]:
    """Other incidents; the standard wants to know of each how it is one with this."""
    said = (link for link in links if link.keys() >= {direction, "incidentTrackingIdentifier"})
    for n, link in enumerate(said, 1):
        yield {**_prologue(f"{name}-{n}", facts), **link}


def _incident(view: View, incident: View, facts: Facts) -> View | None:
    if not incident:
        return None
    codes = [d for d in incident.get("dispositionComponent") or () if "dispositionCommonRegistryCode" in d]
    found = {
        "incidentTypeCommonRegistryText": INFORMS,
        **incident,
        "dispositionComponent": [{**_prologue(f"disposition-{n}", facts), **one} for n, one in enumerate(codes, 1)],
        "locationReference": [{"$ref": "place-1"}] if view.get("place") else [],
        "personReference": [{"$ref": "person-1"}] if view.get("subject") else [],
        "notesReference": [{"$ref": f"note-{n}"} for n, _ in enumerate(view.get("notes") or (), 1)],
    }
    return _prologue("incident-1", facts) | {name: part for name, part in found.items() if part != []}


def _calls(view: View, facts: Facts) -> Iterator[View]:
    """A call needs its beginning; without one there is only a number to call back."""
    call = view.get("call")
    if call and "callStartTimestamp" in call:
        back = {"callBackReference": {"$ref": "callback-1"}} if view.get("callback") else {}
        filled = {
            "standardPrimaryCallType": "emergency",
            "direction": "incoming",
            "callStateRegistryText": "callAnswered",
        }
        yield {**_prologue("call-1", facts), **filled, **call, **back}


def _callbacks(view: View, facts: Facts) -> Iterator[View]:
    if view.get("callback"):
        yield {
            **_prologue("callback-1", facts),
            "callBackInformationUri": [_uri(p) for p in view["callback"]["phones"]],
        }


def _uri(phone: Mapping[str, str]) -> str:
    value = phone["value"]
    bare = phone.get("system") in ("sip", "other") or value.startswith(("sip:", "sips:", "tel:"))
    return value if bare else f"tel:{value.replace(' ', '').replace('(', '').replace(')', '-')}"


def _people(view: View, facts: Facts) -> Iterator[View]:
    subject = view.get("subject")
    if subject:
        person = dict(subject.get("ncPersonComponent") or {})
        if "birthDate" in person:
            person["birthDate"] = [_date(person["birthDate"][0])]
        role = {"personIncidentRoleRegistryText": ["InvolvedPerson"]}
        yield {**_prologue("person-1", facts), **({"ncPersonComponent": person} if person else {}), **role}


def _date(date: View) -> View:
    """A date that stops at the month or the year has a place of its own in NIEM."""
    text = date["date"][0]["value"]
    return {{4: "year", 7: "yearMonth"}.get(len(text), "date"): [{"value": text}]}


def _places(view: View, facts: Facts) -> Iterator[View]:
    place = view.get("place")
    if place:
        parts = dict(place.get("lo") or {})
        if line := place.get("street"):
            parts |= pidflo.street(line)
        if unit := place.get("street2"):
            parts["UNIT"] = unit
        handling = view.get("handling") or {}
        refrain = REFRAINS.intersection(handling.get("refrain", ()))
        kept = next((code for code in handling.get("obligations", ()) if code.startswith(RETENTION)), "")
        parts |= {"expiry": kept.removeprefix(RETENTION)} if kept else {}
        rest = {name: part for name, part in place.items() if name not in ("lo", "street", "street2")}
        value = {"locationByValue": pidflo.write(parts, forward=not refrain)} if parts else {}
        yield {**_prologue("place-1", facts), "locationTypeDescriptionRegistryText": "Other", **rest, **value}


def _unit(n: int, unit: View, facts: Facts, whole: str, number: str) -> View:
    since = unit.get("since") or {}
    done = [status for status in STATUSES if status in since]
    active = unit.get("secondaryUnitStatusRegistryText") or done[-1:]
    on = unit.get("number") or ""
    found = {
        "emergencyResourceTypeCommonRegistryText": OTHER,
        "resourceAttributeRegistryText": [],
        "primaryUnitStatusRegistryText": "Available" if "Cleared" in active else "NotAvailable",
        **{name: part for name, part in unit.items() if name not in ("since", "number", "agency", "crew")},
        "secondaryUnitStatusRegistryText": active,
        "agentReference": [{"$ref": _agent(n, m, one)} for m, one in enumerate(_crew(unit), 1)],
    }
    on_incident = {"activeOnIncidentId": whole if on == number else on} if on else {}
    return {**_prologue(f"unit-{n}", facts, since[done[-1]] if done else ""), **found, **on_incident}


def _crew(unit: View) -> list[View]:
    """Who is on a unit; an agency without a known crew is carried by an agent of no name."""
    return unit.get("crew") or ([{}] if unit.get("agency") else [])


def _agent(n: int, m: int, worker: View) -> str:
    return str(worker.get("$id") or f"agent-{n}-{m}")


def _agents(view: View, facts: Facts) -> Iterator[View]:
    for n, unit in enumerate(view.get("units") or (), 1):
        for m, worker in enumerate(_crew(unit), 1):
            yield {
                **_prologue(_agent(n, m, worker), facts),
                "agentRoleRegistryText": ["Field Responder"],
                "agencyReference": {"$ref": unit.get("agency") or facts.agency},
            }


def _note(n: int, text: str, facts: Facts) -> View:
    return {**_prologue(f"note-{n}", facts), "notesActionComments": html.escape(text, quote=False)}


def _caution(n: int, caution: View, facts: Facts) -> View:
    kind = caution.get("cautionTypeCommonRegistryText") or "Other"
    filled = {"cautionTypeInternalText": kind, "cautionTypeCommonRegistryText": kind, "cautionSeverity": "normal"}
    return {**_prologue(f"caution-{n}", facts), **filled, **caution}


def _agencies(view: View, facts: Facts) -> Iterator[View]:
    """Every agency the message names: the owner of the incident, whom it was handed to, those of the units, and us."""
    owner, transfer = ((view.get(name) or {}).get("$id") for name in ("owner", "transfer"))
    known = {owner, transfer, None}
    if owner:
        yield _agency(owner, "Informational", facts) | {"incidentOwningAgencyIndicator": True}
    if transfer:
        yield _agency(transfer, "TransferredTo", facts, view["transfer"].get("lastUpdateTimeStamp", ""))
    for name in (facts.agency, *(unit.get("agency") for unit in view.get("units") or ())):
        if name not in known:
            known.add(name)
            yield _agency(name, "Informational" if name == facts.agency else "Dispatched", facts)


def _agency(name: str, role: str, facts: Facts, at: str = "") -> View:
    return {**_prologue(name, facts, at), "agencyRoleDescriptionRegistryText": [role], "agencyType": [OTHER]}
