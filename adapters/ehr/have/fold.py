"""Rows that lenses wrote, as hospitals: what one facility said at one time stands in one Hospital."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from adapters.ehr.have.unfold import HANDLING, Row
from adapters.wire import json
from adapters.wire.xml_shape import Shape, holds

TRAFFIC: Final = "all"
# What a service's coverage says of a diversion of its scope; an advisory has no word there.
COVERED: Final = {"Normal": "true", "Closed": "false"}
INDICATORS: Final = {
    "psychiatric": ("PsychiatricIndicator", "Psychiatric"),
    "trauma": ("TraumaCenterServicesIndicator", "TraumaCenterServices"),
}


def fold(rows: Mapping[str, list[Row]], labels: Row, now: str, shape: Shape) -> Row:
    """A HospitalStatus of some rows; `now` stands in where a row has no time. Nothing when no row has a place in HAVE."""
    found: dict[tuple[str, str], Row] = {}
    for row in rows.get("beds", ()):
        status = _hospital(found, row, labels, now).setdefault("HospitalBedCapacityStatus", {})
        status.setdefault("BedCapacity", []).append(_beds(row, shape))
    for row in rows.get("diversion", ()):
        for name, part in _diversion(row, shape):
            _hospital(found, row, labels, now).setdefault(name, {}).update(part)
    return {"Hospital": list(found.values())} if found else {}


def _hospital(found: dict[tuple[str, str], Row], row: Row, labels: Row, now: str) -> Row:
    name, at = row.get("facility", ""), _whole(row.get("at") or now)
    said = {"xnl:OrganisationName": {"xnl:NameElement": name}} if name else ""
    comment = HANDLING + json.write(labels).decode()
    return found.setdefault(
        (name, at), {"Organization": {"OrganizationInformation": said, "CommentText": comment}, "LastUpdateTime": at}
    )


def _whole(at: str) -> str:
    """A time with all its parts; of a date alone the first instant, so that nothing looks newer than it is.

    >>> _whole("2026-03"), _whole("2026-03-01T08:00:00Z")
    ('2026-03-01T00:00:00', '2026-03-01T08:00:00Z')
    """
    return at + "0001-01-01T00:00:00"[len(at) :]


def _beds(row: Row, shape: Shape) -> Row:
    kind = _listed(row.get("type"), "BedCapacity", "BedType", shape)
    own = row.get("sub") or (row.get("type") if kind is None else None)
    counted = {
        "CapacityStatus": _listed(row.get("status"), "Capacity", "CapacityStatus", shape),
        "AvailableCount": row.get("available"),
        "BaselineCount": row.get("baseline"),
    }
    found = {
        "BedType": kind,
        "SubCategoryBedType": [*([own] if own else []), *row.get("category", ())],
        "Capacity": {name: value for name, value in counted.items() if value},
        "CommentText": row.get("note"),
    }
    return {name: value for name, value in found.items() if value}


def _listed(said: str | None, parent: str, name: str, shape: Shape) -> str | None:
    """A word that the standard's list has; one that it has not is no word of HAVE."""
    row = shape.row(parent, name)
    return said if said and row is not None and holds(row.holds, said) else None


def _diversion(row: Row, shape: Shape) -> Iterator[tuple[str, Row]]:
    scope = row.get("scope", TRAFFIC)
    status = _listed(row.get("status"), "EMSTraffic", "EMSTrafficStatus", shape)
    if scope in INDICATORS and status in COVERED:
        indicator, service = INDICATORS[scope]
        yield "ServiceCoverageStatus", {indicator: {service: COVERED[status]}}
    if scope == TRAFFIC:
        until = f"until {row['until']}" if row.get("until") else None
        traffic = {"EMSTrafficStatus": status, "EMSTrafficReason": row.get("reason"), "CommentText": until}
        minutes = {"EMSAmbulanceStatus": {"EMSOffloadMinutes": row["minutes"]}} if row.get("minutes") else {}
        said = {name: value for name, value in traffic.items() if value}
        if said or minutes:
            yield "EmergencyDepartmentStatus", {**({"EMSTraffic": said} if said else {}), **minutes}


def found(parts: list[Any]) -> dict[str, list[Row]]:
    """The rows of all lenses, by their kind."""
    rows: dict[str, list[Row]] = {}
    for part in parts:
        for kind, some in (part or {}).items():
            rows.setdefault(kind, []).extend(some)
    return rows
