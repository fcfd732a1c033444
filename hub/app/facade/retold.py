"""Which of the resources about somebody no longer stand, because a later message of the same source says them anew or takes them back."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from adapters.ehr.fhir_bundle import RECORD, numbers
from adapters.wire.fhir import Node

# By the number of its source each of these is one thing, whatever a later message says of it. Numbers of findings are not as
# strict: laboratories give the number of an order to all that came of it.
ONE_THING: Final = frozenset({"Condition", "DocumentReference"})
RETOLD: Final = ONE_THING | {"Observation", "RiskAssessment", "AllergyIntolerance", "MedicationStatement", "Flag"}
Key = tuple[str, ...]


def hides(node: Node) -> Iterator[Key]:
    """What this resource puts an end to in older messages.

    >>> list(hides({"resourceType": "Condition", "identifier": [{"value": "D-1"}]}))
    [('Condition', '|D-1')]
    """
    kind, number = node["resourceType"], _number(node)
    if kind in ONE_THING and number:
        yield kind, number
    if kind in RETOLD and _taken_back(node):
        yield kind, number, *_about(node, number)


def hidden_by(node: Node) -> Iterator[Key]:
    """By which of these a newer message hides this resource."""
    kind, number = node["resourceType"], _number(node)
    if kind in RETOLD:
        yield kind, number, *_about(node, number)
        yield kind, number


def _number(node: Node) -> str:
    """The number that the source gave it; empty where it gave none."""
    found = [one for one in numbers(node) if one.get("system") != RECORD and one.get("value")]
    return f"{found[0].get('system', '')}|{found[0]['value']}" if found else ""


def _taken_back(node: Node) -> bool:
    verification = node.get("verificationStatus", {}).get("coding", ())
    return "entered-in-error" in (node.get("status"), *(one.get("code") for one in verification))


def _about(node: Node, number: str) -> Iterator[str]:
    """What it is of, and, where it has no number of its own, of when. What is told without a code is told apart by its words."""
    code: dict[str, Any] = node.get("code") or node.get("medicationCodeableConcept") or {}
    first: Node = next(iter(code.get("coding", ())), {})
    yield f"{first.get('system', '')}|{first.get('code', '')}" if first else str(code.get("text", ""))
    yield "" if number else str(node.get("effectiveDateTime") or node.get("occurrenceDateTime") or "")
