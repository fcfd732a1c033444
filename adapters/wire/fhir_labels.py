"""The labels of a delivery as FHIR carries them: security codes in `meta`, the notice as a text that DS4P wants displayed."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Final

from adapters.wire.fhir import Node
from hub.model.label import Handling

TERMS: Final = "http://terminology.hl7.org/CodeSystem"
DS4P: Final = "http://hl7.org/fhir/uv/security-label-ds4p/StructureDefinition"


@lru_cache(maxsize=512)
def labels(handling: Handling) -> Node:
    """The handling block as meta: security codes, and the notice whole as a text that DS4P wants displayed."""
    basis = [_code("v3-ActCode", code) for code in dict.fromkeys(map(_regime, handling.regimes)) if ":" not in code]
    first = _code("v3-Confidentiality", _strictest(handling))
    more = [{"url": f"{DS4P}/extension-sec-label-basis", "valueCoding": one} for one in basis]
    if handling.consent:
        artifact = {"type": "documentation", "display": handling.consent}
        more.append({"url": f"{DS4P}/extension-sec-label-related-artifact", "valueRelatedArtifact": artifact})
    if more:
        first["extension"] = more
    codes = [*map(_regime, handling.regimes), *handling.sensitivities, *handling.refrain, *handling.obligations]
    found: Node = {"security": [first, *(_security(code) for code in dict.fromkeys(codes) if code not in STRICTER)]}
    if handling.notice_text:
        marks: Node = {"text": handling.notice_text}
        if handling.notice_version:
            named = f"{handling.notice_id}@{handling.notice_version}"
            marks["extension"] = [{"url": "urn:crisis-hub:notice", "valueString": named}]
        found["extension"] = [{"url": f"{DS4P}/extension-display", "valueAnnotation": marks}]
    return found


def joined(metas: Sequence[Node]) -> Node:
    """The labels of what is made of several resources: all of theirs, and the strictest confidentiality; notices whole."""
    codes = [code for meta in metas for code in meta.get("security", ())]
    strictest = max((code for code in codes if _is_strictness(code)), key=lambda code: STRICTER.index(code["code"]))
    others = [code for code in codes if not _is_strictness(code)]
    found: Node = {"security": [strictest, *(code for n, code in enumerate(others) if code not in others[:n])]}
    notices = [one for meta in metas for one in meta.get("extension", ())]
    if notices:
        found["extension"] = [one for n, one in enumerate(notices) if one not in notices[:n]]
    return found


def _is_strictness(code: Node) -> bool:
    return str(code["system"]).endswith("v3-Confidentiality")


# Unclassified, low, moderate, normal, restricted, very restricted.
STRICTER: Final = "ULMNRV"
# The codes HL7 has for regimes; the others go by our own name for them.
REGIMES: Final = {"PART2": "42CFRPart2", "PART2_RECEIVED": "42CFRPart2", "VA7332": "Title38Section7332"}


def _strictest(handling: Handling) -> str:
    said = [code for code in (handling.confidentiality, *handling.obligations) if code in STRICTER]
    return max(said, key=STRICTER.index, default="V")


def _regime(name: str) -> str:
    return REGIMES.get(name, f"urn:crisis-hub:regime:{name}")


def _security(code: str) -> Node:
    system, _, name = code.rpartition(":")
    return {"system": system, "code": name} if system else _code("v3-ActCode", code)


def _code(system: str, code: str) -> Node:
    return {"system": f"{TERMS}/{system}", "code": code}
