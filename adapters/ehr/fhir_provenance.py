"""Where a Bundle comes from: one Provenance of everything in it, made of the Disclosure alone.

Who told it stands there only where a number in the Bundle names them already: elsewhere the name of a source may itself tell of
somebody's treatment, and whoever may not know it must not learn it here (42 CFR 2.13(c)).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from adapters.wire.fhir import Node
from adapters.wire.fhir_labels import TERMS

# ISO 21089: what was received was made into what is sent.
MADE: Final = {
    "coding": [
        {
            "system": f"{TERMS}/iso-21089-lifecycle",
            "code": "transform",
            "display": "Transform/Translate Record Lifecycle Event",
        }
    ]
}
PARTS: Final = f"{TERMS}/provenance-participant-type"
ASSEMBLER: Final = {
    "type": {"coding": [{"system": PARTS, "code": "assembler", "display": "Assembler"}]},
    "who": {"type": "Device", "display": "crisis-hub"},
}
INFORMANT: Final = {"coding": [{"system": PARTS, "code": "informant", "display": "Informant"}]}


def provenance(entries: Sequence[Node], recorded: str, source: str, own: str) -> Node:
    """Who made the resources of some entries, when, and out of what. `own` begins the systems of numbers of the source's own."""
    named = any(_names(entry["resource"], own) for entry in entries)
    teller = {"type": INFORMANT, "who": {"identifier": {"system": "urn:crisis-hub:source", "value": source}}}
    return {
        "resourceType": "Provenance",
        "target": [{"reference": entry["fullUrl"]} for entry in entries],
        "recorded": recorded,
        "activity": MADE,
        "agent": [ASSEMBLER, teller] if named else [ASSEMBLER],
    }


def _names(resource: Node, own: str) -> bool:
    known: Any = resource.get("identifier", ())
    return any(one.get("system", "").startswith(own) for one in ([known] if isinstance(known, dict) else known))
