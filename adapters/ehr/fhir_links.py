"""How resources of one message belong together: which diagnoses a visit has, in which part and of which rank."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from adapters.wire.fhir import Node
from adapters.wire.fhir_labels import TERMS

TYPES: Final = f"{TERMS}/v2-0052"
ROLE: Final = f"{TERMS}/diagnosis-role"
RANK: Final = "urn:crisis-hub:condition.rank"
# The part that a diagnosis of some type (HL7 table 0052) has in a visit: the official map of HL7 v2 to FHIR knows of one.
ROLES: Final = {"A": {"coding": [{"system": ROLE, "code": "AD", "display": "Admission diagnosis"}]}}


def diagnosed(entries: Sequence[Node]) -> None:
    """Let the visit of a message name the diagnoses that came with it; of several visits nobody said whose they are."""
    visits = [entry["resource"] for entry in entries if entry["resource"]["resourceType"] == "Encounter"]
    found = list(_diagnoses(entries)) if len(visits) == 1 else []
    if found:
        visits[0]["diagnosis"] = found


def _diagnoses(entries: Sequence[Node]) -> Iterator[Node]:
    for entry in entries:
        resource = entry["resource"]
        if resource["resourceType"] == "Condition":
            yield {"condition": {"reference": entry["fullUrl"]}, **_part(resource)}


def _part(condition: Node) -> Node:
    """The part a condition has in the visit and its rank, where it says them."""
    codings = (coding for concept in condition.get("category", ()) for coding in concept.get("coding", ()))
    use = next((ROLES[one["code"]] for one in codings if one.get("system") == TYPES and one.get("code") in ROLES), None)
    rank = next((one["valueString"] for one in condition.get("extension", ()) if one["url"] == RANK), "")
    return {**({"use": use} if use else {}), **({"rank": int(rank)} if rank.isdecimal() and int(rank) else {})}
