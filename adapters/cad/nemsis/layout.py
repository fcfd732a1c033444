"""One report as its lenses see it.

INVARIANT: a value with a pertinent negative is among the negatives and nowhere else; what is nil is nowhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from adapters.wire.json_nodes import derived
from adapters.wire.xml_lens import parse
from adapters.wire.xml_nodes import every, text_of

View = dict[str, Any]

CONDITIONS: Final = (
    "eSituation/eSituation.09[]",
    "eSituation/eSituation.10[]",
    "eSituation/eSituation.11[]",
    "eSituation/eSituation.12[]",
    "eInjury/eInjury.01[]",
    "eHistory/eHistory.08[]",
)
NEGATIVES: Final = (*CONDITIONS, "eMedications/eMedications.MedicationGroup[]/eMedications.03")
# Groups and lists that say something only where one element of them does.
STATED: Final = {
    "taken": ("eHistory/eHistory.CurrentMedsGroup[]", "eHistory.12"),
    "given": ("eMedications/eMedications.MedicationGroup[]", "eMedications.03"),
    "drug_allergies": ("eHistory/eHistory.06[]", ""),
    "allergies": ("eHistory/eHistory.07[]", ""),
}
VITALS: Final = (
    "eVitals.BloodPressureGroup/eVitals.06",
    "eVitals.BloodPressureGroup/eVitals.07",
    "eVitals.HeartRateGroup/eVitals.10",
    "eVitals.12",
    "eVitals.14",
    "eVitals.18",
    "eVitals.GlasgowScoreGroup/eVitals.23",
    "eVitals.TemperatureGroup/eVitals.24",
    "eVitals.PainScaleGroup/eVitals.27",
    "eVitals.26",
)
CODED: Final = ("eHistory/eHistory.17[]", "eSituation/eSituation.13", "eDisposition/eDisposition.19")
CODES: Final = ("eVitals.26", "eHistory.17", "eSituation.13", "eDisposition.19")
# Procedures of the past stand in the same list as conditions.
CONDITION: Final = re.compile(r"[A-Z]\d[0-9A-Z](\.[0-9A-Z]{1,4})?", re.ASCII)


def lay_out(whole: View) -> View:
    """The first report of a message, with what is laid out of it."""
    header = _first(whole.get("Header"))
    report = _first(header.get("PatientCareReport"))
    findings = [*_vitals(report), *_coded(report)]
    return {
        **report,
        "agency": header.get("DemographicGroup"),
        "scene": _scene(_first(report.get("eScene"))),
        "conditions": list(_conditions(report)),
        "negatives": list(_negatives(report)),
        "measured": [one for one in findings if one["kind"] not in CODES],
        "coded": [one for one in findings if one["kind"] in CODES],
        **{name: list(_stated(report, *paths)) for name, paths in STATED.items()},
    }


def _stated(report: View, path: str, said: str) -> Iterator[Any]:
    """The groups of which an element says what is so."""
    for node in _at(report, path):
        if any(_is_so(one) for one in (_at(node, said) if said else (node,))):
            yield node


def _conditions(report: View) -> Iterator[View]:
    for path in CONDITIONS:
        for node in _at(report, path):
            if _is_so(node) and CONDITION.fullmatch(text_of(node)):
                yield {"kind": _name(path), "value": text_of(node)}


def _negatives(report: View) -> Iterator[View]:
    for path in NEGATIVES:
        for node in _at(report, path):
            if text_of(node) and _negated(node):
                kind = {"type": node["@CodeType"]} if "@CodeType" in node else {}
                yield {"kind": _name(path), "value": text_of(node), "not": node["@PN"], **kind}


def _vitals(report: View) -> Iterator[View]:
    for group in _at(report, "eVitals/eVitals.VitalGroup[]"):
        at = next(_at(group, "eVitals.01"), None)
        for path in VITALS:
            yield from (_finding(path, node, at) for node in _at(group, path) if _is_so(node))


def _coded(report: View) -> Iterator[View]:
    for path in CODED:
        yield from (_finding(path, node, None) for node in _at(report, path) if _is_so(node))


def _finding(path: str, node: Any, at: Any) -> View:
    found = {"kind": _name(path), "value": text_of(node)}
    return found | {"at": text_of(at)} if at is not None else found


def _scene(scene: View) -> View:
    """Latitude and longitude, which stand in one text."""
    said = text_of(scene.get("eScene.11"))
    if not said or "," not in said:
        return {}
    return {name: derived(said, text) for name, text in zip(("latitude", "longitude"), said.split(",", 1), strict=True)}


def _at(node: Any, path: str) -> Iterator[Any]:
    return every(node, tuple((step.kind, step.arg) for step in parse(path)), None)


def _is_so(node: Any) -> bool:
    return bool(text_of(node)) and not _negated(node)


def _negated(node: Any) -> bool:
    return isinstance(node, dict) and bool(node.get("@PN"))


def _first(node: Any) -> View:
    found = node[0] if isinstance(node, list) else node
    return found if isinstance(found, dict) else {}


def _name(path: str) -> str:
    return path.rpartition("/")[2].removesuffix("[]")
