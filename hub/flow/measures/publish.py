"""A report as files that others read: CSV, NDJSON and FHIR R4 MeasureReport. What is hidden is hidden in all of them."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, Final

import msgspec

from hub.flow.measures.cells import Shown
from hub.flow.measures.report import Report, Table
from hub.spans import SECOND

HEADS: Final = ("measure", "dimensions", "at", "episodes", "value", "number", "query", "checkpoint")
MASKED: Final = {
    "url": "http://hl7.org/fhir/StructureDefinition/data-absent-reason",
    "valueCode": "masked",
}


def rows(report: Report) -> Iterator[dict[str, Any]]:
    """One row for each number: the count of a cell, and each value measured of it."""
    root = _root(report)
    for table in report.tables:
        for cell in table.cells:
            head = {
                "measure": table.id,
                "dimensions": " / ".join(table.dimensions),
                "at": " / ".join(cell.at),
                "episodes": cell.n,
                "query": report.digest,
                "checkpoint": root,
            }
            yield {**head, "value": "", "number": ""}
            for name, number in cell.values:
                yield {**head, "value": name, "number": number}


def as_csv(report: Report) -> str:
    """The rows, with their heads."""
    out = io.StringIO()
    writer = csv.DictWriter(out, HEADS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows(report))
    return out.getvalue()


def as_ndjson(report: Report) -> str:
    """One JSON object a line: the report without its tables, then each row."""
    head = {
        "query": report.query,
        "digest": report.digest,
        "messages": report.messages,
        "destroyed": report.destroyed,
        "checkpoint": report.checkpoint,
    }
    return "".join(msgspec.json.encode(line).decode() + "\n" for line in (head, *rows(report)))


def as_fhir(report: Report) -> dict[str, Any]:
    """A collection Bundle of one MeasureReport a table (FHIR R4): a group for the counts, and one for each value."""
    return {
        "resourceType": "Bundle",
        "type": "collection",
        "entry": [{"resource": _measure_report(report, table)} for table in report.tables],
    }


def _measure_report(report: Report, table: Table) -> dict[str, Any]:
    return {
        "resourceType": "MeasureReport",
        "status": "complete",
        "type": "summary",
        "identifier": [{"system": "urn:crisis-hub:query", "value": f"{report.digest}#{table.id}"}],
        "measure": f"urn:crisis-hub:measure:{table.id}",
        "period": {"start": _instant(report.query["since"]), "end": _instant(report.query["until"])},
        "group": [_group(table, name) for name in ("episodes", *_names(table))],
    }


def _names(table: Table) -> list[str]:
    return list(dict.fromkeys(name for cell in table.cells for name, _ in cell.values))


def _group(table: Table, name: str) -> dict[str, Any]:
    """One thing that was measured, cell by cell; the first group of a table has its counts."""
    strata = [_stratum(table, cell, name) for cell in table.cells if name == "episodes" or name in dict(cell.values)]
    code = {"code": [{"text": " / ".join(table.dimensions)}]}
    return {"code": {"text": name}, **({"stratifier": [{**code, "stratum": strata}]} if strata else {})}


def _stratum(table: Table, cell: Shown, name: str) -> dict[str, Any]:
    component = [
        {"code": {"text": dimension}, "value": {"text": word}}
        for dimension, word in zip(table.dimensions, cell.at, strict=True)
    ]
    score = {"measureScore": {"value": dict(cell.values)[name]}} if name != "episodes" else {}
    counted = {"count": cell.n} if isinstance(cell.n, int) else {"_count": {"extension": [MASKED]}}
    return {"component": component, "population": [counted], **score}


def _instant(at: int) -> str:
    return datetime.fromtimestamp(at / SECOND, UTC).isoformat()


def _root(report: Report) -> str:
    """The root hash of the tree that the numbers go with: the third line of its checkpoint."""
    lines = report.checkpoint.splitlines()
    return lines[2] if len(lines) > 2 else ""


def _csv(report: Report) -> bytes:
    return as_csv(report).encode()


def _ndjson(report: Report) -> bytes:
    return as_ndjson(report).encode()


def _fhir(report: Report) -> bytes:
    return msgspec.json.format(msgspec.json.encode(as_fhir(report)), indent=2)


# The forms in which a report is handed over, by name.
FORMS: Final[Mapping[str, Callable[[Report], bytes]]] = {"csv": _csv, "ndjson": _ndjson, "fhir": _fhir}
