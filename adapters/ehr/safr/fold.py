"""Rows that lenses wrote, as a Bundle: what one unit said at one time is one MeasureReport, its groups in the order of the rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from adapters.ehr import fhir_bundle
from adapters.ehr.safr.unfold import COUNTS, DIVERSION, LOINC, OWN, PLAIN, Row
from adapters.wire.fhir_steps import moment

# The measure that SAFR 1.0 shows; a partner's file names another with `measure`.
MEASURE: Final = "http://hl7.org/fhir/us/safr/Measure/BedCapacityMeasureExample|1.0.0"
POPULATION: Final = {
    "coding": [{"system": "http://terminology.hl7.org/CodeSystem/measure-population", "code": "initial-population"}]
}
NO_CODE: Final = "no national code"


class Reports:
    """The Bundle of one message, in the making."""

    def __init__(self, message: str, now: str, zone: str, meta: Row, measure: str) -> None:
        """`now` stands in where a row has no time."""
        self._message, self._now, self._zone, self._meta, self._measure = message, now, zone, meta, measure
        self._entries: list[Row] = []
        self._places: dict[tuple[str, str], str] = {}
        self._reports: dict[tuple[str, str, str], Row] = {}

    def report(self, row: Row) -> Row:
        """The report of a row's unit at its time."""
        facility, unit, at = row.get("facility", ""), row.get("unit", ""), self._moment(row.get("at") or self._now)
        known = self._reports.get((facility, unit, at))
        if known is not None:
            return known
        found: Row = {
            "resourceType": "MeasureReport",
            "meta": self._meta,
            "status": "complete",
            "type": "individual",
            "measure": self._measure,
            **({"subject": {"reference": self._place(facility, unit)}} if facility or unit else {}),
            "date": at,
            "period": {"start": at, "end": at},
        }
        self._reports[facility, unit, at] = found
        self._add(found)
        return found

    def bundle(self) -> Row:
        """All of it; the one who sends it reports it."""
        sender = {"resourceType": "Organization", "name": "crisis-hub"}
        reporter = {"reference": self._add(sender)}
        for report in self._reports.values():
            report["reporter"] = reporter
        return {
            "resourceType": "Bundle",
            "meta": self._meta,
            "identifier": {"system": fhir_bundle.MESSAGE, "value": self._message},
            "type": "collection",
            "timestamp": self._now,
            "entry": self._entries,
        }

    def _moment(self, at: str) -> str:
        return moment(at, self._zone)

    def _place(self, facility: str, unit: str) -> str:
        """The address of a facility, or of a unit within it."""
        if (facility, unit) not in self._places:
            found: Row = {"resourceType": "Location", "identifier": [{"value": unit or facility}]}
            if unit and facility:
                found["partOf"] = {"reference": self._place(facility, "")}
            self._places[facility, unit] = self._add(found)
        return self._places[facility, unit]

    def _add(self, resource: Row) -> str:
        address = fhir_bundle.address(self._message, len(self._entries) + 1)
        self._entries.append({"fullUrl": address, "resource": resource})
        return address


def groups(row: Row, codes: Mapping[tuple[str, str], str]) -> Iterator[Row]:
    """A group for each count of a row; `codes` are the LOINC codes by bed type and count."""
    kind = row.get("kind", "")
    for count in COUNTS:
        if row.get(count) is not None:
            yield {
                "code": _code(kind, count, codes),
                "population": [{"code": POPULATION, "count": row[count]}],
            }


def _code(kind: str, count: str, codes: Mapping[tuple[str, str], str]) -> Row:
    known = codes.get((kind, count))
    if known:
        return {"coding": [{"system": LOINC, "code": known}]}
    return {"coding": [{"system": OWN, "code": f"{kind or 'beds'}-{count}"}], "text": NO_CODE}


def diversion(row: Row) -> Row:
    """A diversion as our extension: each of its texts under its name."""
    plain = {name: row[name] for name in PLAIN[1:] if row.get(name)}
    words = {
        f"{name}.{piece}": value
        for name, said in row.items()
        if isinstance(said, dict)
        for piece, value in said.items()
        if value
    }
    told = [{"url": name, "valueString": value} for name, value in {**words, **plain}.items()]
    return {"url": DIVERSION, "extension": told}
