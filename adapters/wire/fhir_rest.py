"""What a FHIR server says of itself and around resources: searchset Bundles, OperationOutcomes, the CapabilityStatement."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from adapters.wire.fhir import Node
from adapters.wire.fhir_params import TYPES, params

SMART: Final = "http://terminology.hl7.org/CodeSystem/restful-security-service"
OAUTH: Final = "http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris"
DEFINITIONS: Final = "http://hl7.org/fhir/OperationDefinition"
# When what is said here last changed.
WRITTEN: Final = "2026-11-22"
# The types of which everything about somebody may be asked for, and the definition of that question.
EVERYTHING: Final = {
    "Patient": f"{DEFINITIONS}/Patient-everything",
    "EpisodeOfCare": "urn:crisis-hub:everything-of-an-episode",
}
UPDATED: Final = frozenset({"Task"})


def searchset(
    base: str, matches: Sequence[Node], included: Sequence[Node], links: Iterable[tuple[str, str]], *, total: int = -1
) -> Node:
    """The Bundle that answers a search. `total` below 0 is not known, and not said.

    >>> searchset("https://hub.example/fhir", [], [], [("self", "https://hub.example/fhir/Task")], total=0)["total"]
    0
    """
    bundle: Node = {"resourceType": "Bundle", "type": "searchset"}
    if total >= 0:
        bundle["total"] = total
    bundle["link"] = [{"relation": relation, "url": url} for relation, url in links]
    found = [_entry(base, node, "match") for node in matches] + [_entry(base, node, "include") for node in included]
    if found:  # FHIR knows no empty list
        bundle["entry"] = found
    return bundle


def _entry(base: str, node: Node, mode: str) -> Node:
    full = f"{base}/{node['resourceType']}/{node['id']}"
    return {"fullUrl": full, "resource": node, "search": {"mode": mode}}


def capability(base: str, *, token: str, version: str, more: Sequence[Node] = ()) -> Node:
    """What this server does, for whoever asks: it is the same for everybody. `more` are further resources that it keeps."""
    endpoints = {"url": OAUTH, "extension": [{"url": "token", "valueUri": token}]}
    return {
        "resourceType": "CapabilityStatement",
        "status": "active",
        "date": WRITTEN,
        "kind": "instance",
        "software": {"name": "crisis-hub", "version": version},
        "implementation": {"description": "What partners may see, decided anew at every request.", "url": base},
        "fhirVersion": "4.0.1",
        "format": ["json", "application/fhir+json"],
        "rest": [
            {
                "mode": "server",
                "security": {
                    "extension": [endpoints],
                    "service": [{"coding": [{"system": SMART, "code": "SMART-on-FHIR"}], "text": "SMART Backend Services"}],
                    "description": "private_key_jwt or a token of the partner's file; scopes system/*.rs and system/Task.u.",
                },
                "resource": [*(_served(kind) for kind in TYPES), *more],
            }
        ],
    }  # fmt: skip


def _served(kind: str) -> Node:
    known = params(kind)
    links = sorted(f"{kind}:{name}" for name, param in known.items() if param.kind == "reference")
    back = sorted(
        f"{other}:{name}"
        for other, those in TYPES.items()
        for name, param in those.items()
        if param.kind == "reference" and (kind == "Patient") == (name in ("patient", "subject"))
    )
    found: Node = {
        "type": kind,
        "interaction": [{"code": code} for code in ("read", "search-type", *(("update",) if kind in UPDATED else ()))],
        "versioning": "versioned-update" if kind in UPDATED else "versioned",
        "readHistory": False,
        "updateCreate": False,
        "searchInclude": [*links, "*"],
        "searchRevInclude": back,
        "searchParam": [{"name": name, "type": param.kind} for name, param in sorted(known.items())],
    }
    if kind in EVERYTHING:
        found["operation"] = [{"name": "everything", "definition": EVERYTHING[kind]}]
    return found
