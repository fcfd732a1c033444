"""MeasureReports as rows: one a bed type of a unit, one a diversion; and the labels they came with.

SAFR says with the code of a group which count it is, SANER with the code of a population. Counts that have no national code have
one of ours: the bed type, a hyphen, and the name of the count.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from adapters.wire.json_nodes import derived

Row = dict[str, Any]

LOINC: Final = "http://loinc.org"
OWN: Final = "urn:crisis-hub:bed-count"
DIVERSION: Final = "urn:crisis-hub:diversion"
# The counts of a CapacityReport.
COUNTS: Final = ("occupied", "available", "staffed", "blocked", "held", "maximum", "waiting")
PLAIN: Final = ("facility", "since", "expires_at", "offload_minutes")


class Layout:
    """How the lenses see a message; which code means which count, and of which type, its tables say."""

    def __init__(self, types: Mapping[str, str], counts: Mapping[str, str]) -> None:
        """Bed types and names of counts by their codes."""
        self.types, self.counts = types, counts

    def __call__(self, whole: Row) -> Row:
        """The rows of a message."""
        index = dict(addressed(whole))
        found = [one for one in resources(whole) if one.get("resourceType") == "MeasureReport"]
        return {
            "beds": [row for one in found for row in self._beds(one, index)],
            "diversion": [row for one in found for row in _diversions(one, _about(one, index))],
            "security": list(_security([whole, *found])),
        }

    def _beds(self, report: Row, index: Mapping[str, Row]) -> Iterator[Row]:
        """One row a bed type: counts of one type stand together."""
        rows: dict[str, Row] = {}
        known = _about(report, index)
        for kind, count, value in self.counted(report):
            row = rows.setdefault(self.types.get(kind, kind), {**known, "kind": kind})
            row.setdefault(count, value)
        yield from rows.values()

    def counted(self, report: Row) -> Iterator[tuple[str, str, Any]]:
        """Every count of a report: the code of its bed type, its name, and the number."""
        for group in items(report, "group"):
            said = self._meant(group)
            for population in items(group, "population"):
                meant = self._meant(population) or said
                if meant and population.get("count") is not None:
                    yield *meant, population["count"]

    def means(self, code: str) -> bool:
        """Whether a code says which count it is."""
        return code in self.counts or code.rpartition("-")[2] in COUNTS

    def unknown(self, whole: Row) -> Iterator[str]:
        """The LOINC codes of groups that no table knows, and that have a count."""
        for report in resources(whole):
            for group in items(report, "group"):
                counted = [one for one in items(group, "population") if one.get("count") is not None]
                if counted and not any(self._meant(one) for one in (group, *counted)):
                    codings = items(group.get("code"), "coding")
                    yield from (text(one.get("code")) for one in codings if text(one.get("system")) == LOINC)

    def _meant(self, node: Row) -> tuple[str, str] | None:
        """The bed type and the count that a code means."""
        for coding in items(node.get("code"), "coding"):
            code = text(coding.get("code"))
            kind, _, count = code.rpartition("-")
            if text(coding.get("system")) == OWN and count in COUNTS:
                return derived(code, kind), count
            if code in self.counts:
                return code, self.counts[code]
        return None


def _about(report: Row, index: Mapping[str, Row]) -> Row:
    """Whose report it is, and of when: a unit stands within its facility."""
    subject = report.get("subject")
    place = _found(subject, index)
    above = _found(place.get("partOf"), index)
    at = report.get("date") or (report["period"].get("end") if isinstance(report.get("period"), dict) else None)
    if above:
        return {"facility": _named(above), "unit": _named(place), "at": text(at)}
    return {"facility": _named(place) or _spoken(subject), "at": text(at)}


def _diversions(report: Row, known: Row) -> Iterator[Row]:
    for extension in items(report, "extension"):
        if text(extension.get("url")) == DIVERSION:
            said = {text(one.get("url")): text(one.get("valueString")) for one in items(extension, "extension")}
            row: Row = {name: said[name] for name in PLAIN if name in said}
            for name, value in said.items():
                word, _, piece = name.partition(".")
                if piece:
                    row.setdefault(word, {})[piece] = value
            yield {"facility": known["facility"]} | row


def _named(place: Row) -> str:
    """A location by its own number, else by its name."""
    numbers = (text(one.get("value")) for one in items(place, "identifier"))
    return next((number for number in numbers if number), "") or text(place.get("name"))


def _spoken(subject: Any) -> str:
    """A location that did not come along, as the reference names it."""
    if not isinstance(subject, dict):
        return ""
    number = subject.get("identifier")
    said = number.get("value") if isinstance(number, dict) else None
    return text(said) or text(subject.get("display")) or text(subject.get("reference"))


def _security(found: list[Row]) -> Iterator[str]:
    for one in found:
        for coding in items(one.get("meta"), "security"):
            yield text(coding.get("code"))


def resources(whole: Row) -> Iterator[Row]:
    """The resources of a message: those of a Bundle, or the one it is."""
    if whole.get("resourceType") != "Bundle":
        yield whole
    for entry in items(whole, "entry"):
        if isinstance(entry.get("resource"), dict):
            yield entry["resource"]


def addressed(whole: Row) -> Iterator[tuple[str, Row]]:
    """Every resource by what a reference may call it."""
    for entry in items(whole, "entry"):
        one = entry.get("resource")
        if isinstance(one, dict):
            yield text(entry.get("fullUrl")), one
            yield f"{text(one.get('resourceType'))}/{text(one.get('id'))}", one


def _found(reference: Any, index: Mapping[str, Row]) -> Row:
    return index.get(text(reference.get("reference")), {}) if isinstance(reference, dict) else {}


def items(node: Any, name: str) -> list[Row]:
    """The objects of a list; whatever else stands there is nobody's."""
    found = node.get(name) if isinstance(node, dict) else None
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def text(value: Any) -> str:
    """A text, or none."""
    return value if isinstance(value, str) else ""
