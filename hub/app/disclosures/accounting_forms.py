"""An accounting for those who read it: plain text, CSV for spreadsheets, NDJSON for machines, FHIR AuditEvents (IHE BALP)."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

import msgspec

from hub.app.disclosures.accounting import Accounting, Row
from hub.flow.spreadsheet import inert
from hub.spans import SECOND

_COLUMNS: Final = (
    "date", "recipient", "address", "record of", "what", "why", "law", "rule in words", "times", "last", "certainty",
    "consents", "agreement", "rule set", "message", "ledger leaf", "recalled", "answered", "received by", "emergency",
)  # fmt: skip
_DCM: Final = "http://dicom.nema.org/resources/ontology/DCM"
_ENTITY: Final = "http://terminology.hl7.org/CodeSystem/audit-entity-type"
_ROLE: Final = "http://terminology.hl7.org/CodeSystem/object-role"
_LIFECYCLE: Final = "http://terminology.hl7.org/CodeSystem/iso-21089-lifecycle"
_SOURCE: Final = "http://terminology.hl7.org/CodeSystem/security-source-type"
_PROFILE: Final = "https://profiles.ihe.net/ITI/BALP/StructureDefinition/IHE.BasicAudit.PrivacyDisclosure.Source"


def day(at: int, zone: str) -> str:
    """A day and minute in a zone, as people write them.

    >>> day(1_773_594_000_000_000, "America/Phoenix")
    '2026-03-15 10:00 MST'
    """
    return f"{datetime.fromtimestamp(at / SECOND, UTC).astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M %Z}"


def sentences(made: Accounting) -> Iterator[str]:
    """The list in plain language: who, when, what, why, by which law."""
    yield f"{made.title} ({made.citation})"
    yield f"From {day(made.since, made.zone)} to {day(made.until, made.zone)}. {_whose(made)}"
    yield from made.notes
    if not made.rows:
        yield "In this time there was no disclosure that this law asks to be listed."
    for row in made.rows:
        yield sentence(row, made.zone)
    if made.tree_size:
        yield f"Each line stands in the ledger {made.origin}: {made.tree_size} leaves, root {made.tree_root}."


def sentence(row: Row, zone: str) -> str:
    """One row in words."""
    where = f" ({row.contact})" if row.contact else ""
    law = "; ".join(f"{basis.words} ({basis.citation})" if basis.citation else basis.words for basis in row.basis)
    more = f" {row.count} times, the last on {day(row.until, zone)}." if row.count > 1 else ""
    what = ", ".join(row.elements) or "what it was is destroyed"
    emergency = f" In an emergency, to {row.person}: {row.nature}." if row.person else ""
    return (
        f"{day(row.at, zone)}: {row.name}{where} {_GOT.get(row.certainty, 'may have received')} from the record of {row.source}: "
        f"{what}. For {row.why}. {law}{'.' if law and not law.endswith('.') else ''}{emergency}{more}{_recall(row, zone)}"
    )


def _recall(row: Row, zone: str) -> str:
    """That it was asked back, and whether anybody answered."""
    if not row.recalled:
        return ""
    answer = f"and answered on {day(row.answered, zone)}" if row.answered else "and has not answered"
    return f" On {day(row.recalled, zone)} they were asked to stop relying on it, {answer}."


_GOT: Final = {
    "received": "received",
    "shown": "was shown",
    "sent, not accepted": "was sent, and did not accept,",
    "sent, not accepted yet": "was sent, and has not accepted yet,",
}


def as_csv(made: Accounting) -> str:
    """A table for people's spreadsheets; what would run as a formula is written as text."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(_COLUMNS)
    for row in made.rows:
        writer.writerow(map(inert, _cells(row, made.zone)))
    return out.getvalue()


def as_ndjson(made: Accounting) -> str:
    """One JSON object a line: first what the list is, then its rows. Instants are UTC microseconds."""
    head = {name: getattr(made, name) for name in made.__struct_fields__ if name != "rows"}
    values = [
        {**head, "rows": len(made.rows)},
        *({**msgspec.to_builtins(row), "basis": _bases(row)} for row in made.rows),
    ]
    return "".join(f"{msgspec.json.encode(value).decode()}\n" for value in values)


def as_fhir(made: Accounting, address: Callable[[str], str] = str) -> dict[str, Any]:
    """A collection Bundle of AuditEvents by IHE BALP, one a row. `address` gives the network address of a recipient."""
    stamp = datetime.fromtimestamp(made.made_at / SECOND, UTC).isoformat(timespec="seconds")
    entries = [
        {"fullUrl": f"urn:{made.origin}:leaf:{row.leaf}", "resource": _audit_event(made, row, address(row.recipient))}
        for row in made.rows
    ]
    return {"resourceType": "Bundle", "type": "collection", "timestamp": stamp, "entry": entries}


def _whose(made: Accounting) -> str:
    entity = made.scope.entity
    return f"Disclosures of the records of {entity} alone." if entity else "Disclosures of every record in the hub."


def _cells(row: Row, zone: str) -> Iterator[str]:
    yield day(row.at, zone)
    yield row.name
    yield row.contact
    yield row.source
    yield ", ".join(row.elements)
    yield row.why
    yield "; ".join(basis.citation for basis in row.basis)
    yield " ".join(basis.words for basis in row.basis)
    yield str(row.count)
    yield day(row.until, zone) if row.until else ""
    yield row.certainty
    yield ", ".join(row.consents)
    yield row.agreement
    yield row.rule_set
    yield row.message
    yield str(row.leaf)
    yield day(row.recalled, zone) if row.recalled else ""
    yield day(row.answered, zone) if row.answered else ""
    yield row.person
    yield row.nature


def _bases(row: Row) -> list[dict[str, str]]:
    return [basis._asdict() for basis in row.basis]


def _audit_event(made: Accounting, row: Row, address: str) -> dict[str, Any]:
    observer = {"display": made.origin}
    event: dict[str, Any] = {
        "resourceType": "AuditEvent",
        "id": f"leaf-{row.leaf}",
        "meta": {"profile": [_PROFILE]},
        "type": _coding(_DCM, "110106", "Export"),
        "subtype": [_coding(_LIFECYCLE, "disclose", "Disclose Record Lifecycle Event")],
        "action": "R",
        "recorded": datetime.fromtimestamp(row.at / SECOND, UTC).isoformat(timespec="milliseconds"),
        "outcome": "0" if row.certainty in ("received", "shown") else "4",
        "outcomeDesc": sentence(row, made.zone),
        "agent": [
            _agent("110153", "Source Role ID", observer, made.origin),
            _agent("110152", "Destination Role ID", {"display": row.name}, address or row.recipient),
        ],
        "source": {"observer": observer, "type": [_coding(_SOURCE, "4", "Application Server")]},
        "entity": [
            {
                "what": {"type": "Patient", "display": "the person of this accounting"},
                "type": _coding(_ENTITY, "1", "Person"),
                "role": _coding(_ROLE, "1", "Patient"),
            },
            {
                "what": {"display": ", ".join(row.elements) or "destroyed"},
                "type": _coding(_ENTITY, "2", "System Object"),
                "role": _coding(_ROLE, "4", "Domain Resource"),
                "detail": [{"type": name, "valueString": value} for name, value in _details(row) if value],
            },
        ],
    }
    if row.purpose:
        event["purposeOfEvent"] = [{"text": row.why, **_reason(row.purpose)}]
    return event


def _details(row: Row) -> Iterator[tuple[str, str]]:
    yield "law", "; ".join(basis.citation for basis in row.basis)
    yield "rules", ", ".join(basis.rule for basis in row.basis)
    yield "record of", row.source
    yield "consents", ", ".join(row.consents)
    yield "agreement", row.agreement
    yield "rule set", row.rule_set
    yield "ledger leaf", str(row.leaf)
    yield "received by", row.person
    yield "emergency", row.nature
    yield "times", str(row.count) if row.count > 1 else ""


# Our purposes that HL7's v3-ActReason knows by the same code.
_ACT_REASONS: Final = frozenset({"TREAT", "ETREAT", "COC", "HPAYMT", "HOPERAT", "PUBHLTH", "HRESCH", "PATRQT", "BTG"})


def _reason(purpose: str) -> Mapping[str, Any]:
    system = "http://terminology.hl7.org/CodeSystem/v3-ActReason"
    return {"coding": [{"system": system, "code": purpose}]} if purpose in _ACT_REASONS else {}


def _coding(system: str, code: str, display: str) -> dict[str, str]:
    return {"system": system, "code": code, "display": display}


def _agent(code: str, display: str, who: Mapping[str, str], address: str) -> dict[str, Any]:
    # Network type 1 is a machine name.
    return {
        "type": {"coding": [_coding(_DCM, code, display)]},
        "who": dict(who),
        "requestor": False,
        "network": {"address": address, "type": "1"},
    }
