"""An EIDO as the lenses see it: its flat lists joined by their references, its location read, its notes without markup.

The names are those of the wire below `eido`, `incident`, `call`, `callback`, `subject`, `place`, `owner`, `transfer`, `units`, `notes`,
`cautions` and `links`. What is derived keeps the place of what it was derived from, so that the account names the wire.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from adapters.cad import pidflo
from adapters.cad.eido.fold import RETENTION
from adapters.wire.json_nodes import Marked, derived
from hub.errors import Unreadable

View = dict[str, Any]
# The person a call is about, by role; a caller is not, unless another role says so.
SUBJECTS: Final = ("Patient", "PersonOfInterest", "InvolvedPerson", "Suspect", "Victim")
# Where it happens, best first. Where units and towers are is no place of the incident.
PLACES: Final = ("CurrentIncident", "InitialIncident", "Caller", "Other", "Investigation", "RoutingLocation")
BREAKS: Final = re.compile(r"</?(?:p|br|div|li|ul|ol|tr|td|th|h\d)\b[^<>]*>", re.IGNORECASE)
MARKUP: Final = re.compile(r"<[^<>]*>")
# What carriers hang on to a number, as whether they vouch for it (RFC 3966); an extension is dialled.
ASIDE: Final = re.compile(r";(?!ext=)[^;]*", re.IGNORECASE)
# What a unit's secondary status says about it, and which instant of a call that is.
MOMENTS: Final = {"Dispatched": "dispatched", "EnRoute": "en_route", "OnScene": "on_scene", "Cleared": "cleared"}
CLEARED: Final = "Cleared"


def unfold(eido: Mapping[str, Any], index: Mapping[str, Any]) -> View:
    """The view of a message whose components were checked and indexed by their ids."""
    incident = eido.get("incidentComponent")
    call = next(iter(eido.get("callComponent") or ()), None)
    place = _place(eido, incident, call, index)
    units = [_unit(unit, eido, incident, index) for unit in eido.get("emergencyResourceComponent") or ()]
    return {
        "eido": eido,
        "incident": incident,
        "call": call,
        "callback": _callback(eido, call, index),
        "subject": subject(eido.get("personComponent") or ()),
        "place": place,
        "obligations": _obligations(place["lo"]) if place else (),
        "units": units,
        "times": _times(units),
        "notes": [_note(note) for note in eido.get("notesComponent") or ()],
        "cautions": eido.get("cautionComponent"),
        "links": eido.get("linkComponent"),
        "merges": eido.get("mergeComponent"),
        "handling": eido.get("crisisHubHandling"),
        "capacity": eido.get("crisisHubCapacity"),
        "diversion": eido.get("crisisHubDiversion"),
        **_agencies(eido),
    }


def subject(people: Iterable[Mapping[str, Any]]) -> Mapping[str, Any] | None:
    """The one person the call is about, or None: callers and witnesses are not."""
    ranked = [(rank, n, person) for n, person in enumerate(people) if (rank := rank_of(person)) is not None]
    return min(ranked)[2] if ranked else None


def rank_of(person: Mapping[str, Any]) -> int | None:
    """How much a person is what the call is about; None when not at all."""
    ranks = [SUBJECTS.index(role) for role in person["personIncidentRoleRegistryText"] if role in SUBJECTS]
    return min(ranks, default=None)


def referred(node: Any, index: Mapping[str, Any]) -> list[Any]:
    """What a reference, or each of several, refers to; what nothing in the message has is left out."""
    references = node if node.__class__ is list else [node] if node else ()
    return [found for one in references if (found := index.get(one["$ref"])) is not None]


def _callback(eido: Mapping[str, Any], call: Any, index: Mapping[str, Any]) -> View | None:
    named = referred(call.get("callBackReference"), index) if call else []
    found = next(iter((*named, *(eido.get("callbackComponent") or ()))), None)
    return {"phones": [_phone(uri) for uri in found.get("callBackInformationUri") or ()]} if found else None


def _phone(uri: Any) -> View:
    scheme, _, number = uri.partition(":")
    scheme = scheme.lower()
    if scheme == "tel":
        return {"value": derived(uri, ASIDE.sub("", number))}
    return {"value": uri, "system": scheme if scheme in ("sip", "sips") else "other"}


def _place(eido: Mapping[str, Any], incident: Any, call: Any, index: Mapping[str, Any]) -> View | None:
    """The best place that the incident, the call, or anything else names; one with a value before one behind a link."""
    named = [one for part in (incident, call) if part for one in referred(part.get("locationReference"), index)]
    best: tuple[bool, int] | None = None
    found: Any = None
    for one in (*named, *(eido.get("locationComponent") or ())):
        kind = one.get("locationTypeDescriptionRegistryText")
        if kind in PLACES:
            rank = ("locationByValue" not in one, PLACES.index(kind))
            if best is None or rank < best:
                best, found = rank, one
    return {**found, "lo": _location(found)} if found is not None else None


def _location(place: Mapping[str, Any]) -> View:
    """The parts of a location. One that cannot be read has none: the call is worth more than its place, and `unread` names it."""
    source = place.get("locationByValue")
    try:
        parts = pidflo.read(source) if source else {}
    except Unreadable:
        return {}
    return {name: _below(source, text, name) for name, text in parts.items()} if source.__class__ is Marked else parts


def unread(eido: Mapping[str, Any]) -> dict[str, str]:
    """The locations of a message that cannot be read, by path, and why."""
    found = {}
    for n, place in enumerate(eido.get("locationComponent") or ()):
        try:
            pidflo.read(place.get("locationByValue") or "<none/>")
        except Unreadable as problem:
            found[f"locationComponent[{n}].locationByValue"] = problem.message
    return found


def _obligations(parts: Mapping[str, Any]) -> list[Any]:
    """What the usage rules bind a recipient to: only what was said, though RFC 4119 would have silence mean no."""
    found = [
        derived(rule, "NORDSCLCD") for rule in (parts.get("retransmission"),) if rule and rule.lower() in pidflo.NO
    ]
    if expiry := parts.get("expiry"):
        found.append(derived(expiry, f"{RETENTION}{expiry}"))
    return found


def _below(source: Marked, text: str, name: str) -> Any:
    found = derived(source, text)
    found.at = (*source.at, *pidflo.path(name).split("."))
    return found


def _unit(unit: Mapping[str, Any], eido: Mapping[str, Any], incident: Any, index: Mapping[str, Any]) -> View:
    agents = referred(unit.get("agentReference"), index)
    sent = (one for one in eido.get("dispatchComponent") or () if _names(one.get("emergencyResourceReference"), unit))
    agencies = (one["agencyReference"]["$ref"] for one in (*agents, *sent) if one.get("agencyReference"))
    stamp = unit["lastUpdateTimeStamp"]
    return {
        **unit,
        "crew": agents,
        "agency": next(agencies, None),
        "number": _number(unit.get("activeOnIncidentId"), eido, incident),
        "since": dict.fromkeys(unit["secondaryUnitStatusRegistryText"], stamp),
    }


def _names(references: Any, part: Mapping[str, Any]) -> bool:
    """Whether one of some references is to this part."""
    several = references if references.__class__ is list else [references] if references else ()
    return any(one["$ref"] == part["$id"] for one in several)


def _number(incident_id: Any, eido: Mapping[str, Any], incident: Any) -> Any:
    """The number of the incident a unit is on, as the agency calls it where it is this one."""
    local = incident.get("internalIncidentId") if incident else None
    return derived(incident_id, local) if incident_id and local and incident_id == eido["$id"] else incident_id


def _times(units: Sequence[Mapping[str, Any]]) -> View:
    """When the first unit came as far as each status says; the call is cleared by the last of them, and not before."""
    found: View = {}
    for status, moment in MOMENTS.items():
        told = [at for unit in units if (at := unit["since"].get(status))]
        if told and status != CLEARED:
            found[moment] = min(told)
        elif told and len(told) == len(units):
            found[moment] = max(told)
    return found


def _note(note: Mapping[str, Any]) -> Any:
    text = note["notesActionComments"]
    return derived(text, plain(text)) if "<" in text or "&" in text else text


def plain(text: str) -> str:
    """A note without its markup. Notes are HTML of strangers, so nothing of it is kept but the words.

    >>> plain("<p>Talks of <b>dying</b> &amp; is cold.</p>")
    'Talks of dying & is cold.'
    """
    return " ".join(html.unescape(MARKUP.sub("", BREAKS.sub(" ", text))).split())


def _agencies(eido: Mapping[str, Any]) -> View:
    owner = transfer = None
    for agency in eido["agencyComponent"]:
        roles = agency["agencyRoleDescriptionRegistryText"]
        if "TransferredTo" in roles:
            transfer = transfer or agency
        elif agency.get("incidentOwningAgencyIndicator") in (True, "true") or (
            owner is None and "CallReceiving" in roles
        ):
            owner = agency
    return {"owner": owner, "transfer": transfer}
