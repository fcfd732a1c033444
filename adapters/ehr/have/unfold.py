"""Hospitals as rows: one a bed type, one a diversion, one a service that is covered or not; and the labels they came with."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from adapters.wire import json
from adapters.wire.json_nodes import Marked, derived
from adapters.wire.xml_nodes import below, one, repeated, text_of
from hub.errors import Unreadable

Row = dict[str, Any]

OWN: Final = "urn:crisis-hub:bed-type:"
HANDLING: Final = "urn:crisis-hub:handling:"
# HAVE 1.0 has no element for the end of a diversion: we write it into the comment of EMSTraffic, and read it there.
UNTIL: Final = re.compile(r"until (\S+)")
# Services whose coverage says that people of that need are sent elsewhere.
COVERAGE: Final = (
    ("psychiatric", ("PsychiatricIndicator", "Psychiatric")),
    ("trauma", ("TraumaCenterServicesIndicator", "TraumaCenterServices")),
)


def unfold(whole: Row) -> Row:
    """The rows of a message, each with its facility and the time of its last update."""
    hospitals = [node for node in repeated(whole, "Hospital") if isinstance(node, dict)]
    return {
        "beds": [row for hospital in hospitals for row in _beds(hospital)],
        "diversion": [row for hospital in hospitals for row in _diversion(hospital)],
        "coverage": [row for hospital in hospitals for row in _coverage(hospital)],
        "handling": _handling(hospitals),
    }


def shared(whole: Row) -> Iterator[tuple[str | int, ...]]:
    """The counts of which nobody can tell the bed type, because several types share one record: their places."""
    for hospital in repeated(whole, "Hospital"):
        for record in _records(hospital):
            types, counts = _types(record), repeated(record, "Capacity")
            if len(types) > 1 and len(types) != len(counts):
                yield from (leaf.at for count in counts for leaf in _leaves(count))


def _beds(hospital: Row) -> Iterator[Row]:
    known = _known(hospital)
    for record in _records(hospital):
        types, counts = _types(record), repeated(record, "Capacity")
        comment = next(below(record, ("CommentText",)), "")
        if len(types) > 1 and len(types) != len(counts):
            continue
        pairs = zip(types, counts, strict=True) if len(types) > 1 else ((types[0], count) for count in counts)
        for (kind, sub), count in pairs:
            yield {**known, **_kind(kind, sub), **_counted(count), "note": comment}


def _types(record: Row) -> list[tuple[Any, list[Any]]]:
    """The bed types of a record, each with the categories below it."""
    types, subs = repeated(record, "BedType"), repeated(record, "SubCategoryBedType")
    if len(types) < 2:
        return [(types[0] if types else None, subs)]
    return [(kind, [subs[n]] if len(subs) == len(types) else []) for n, kind in enumerate(types)]


def _kind(kind: Any, subs: list[Any]) -> Row:
    """A type of the standard, or ours; what stands below it is a category."""
    said = [text for text in map(text_of, subs) if text]
    if kind is None:
        return {"sub": said[0], "category": said[1:]} if said else {}
    return {"type": text_of(kind), "category": said}


def _counted(count: Any) -> Row:
    names = {"status": "CapacityStatus", "available": "AvailableCount", "baseline": "BaselineCount"}
    return {name: one(count, tag) for name, tag in names.items()} if isinstance(count, dict) else {}


def _diversion(hospital: Row) -> Iterator[Row]:
    status = one(hospital, "EmergencyDepartmentStatus")
    traffic = one(status, "EMSTraffic") if isinstance(status, dict) else None
    if not isinstance(traffic, dict):
        return
    comment = text_of(one(traffic, "CommentText"))
    until = UNTIL.fullmatch(comment)
    yield {
        **_known(hospital),
        "scope": "all",
        "status": one(traffic, "EMSTrafficStatus"),
        "reason": one(traffic, "EMSTrafficReason"),
        "until": derived(comment, until[1]) if until else None,
        "minutes": next(below(status, ("EMSAmbulanceStatus", "EMSOffloadMinutes")), None),
    }


def _coverage(hospital: Row) -> Iterator[Row]:
    services = one(hospital, "ServiceCoverageStatus")
    for scope, path in COVERAGE:
        for said in below(services, path) if isinstance(services, dict) else ():
            if said in ("true", "false", "1", "0"):
                yield {**_known(hospital), "scope": scope, "covered": said}


def _known(hospital: Row) -> Row:
    """What every row of a hospital says: whose it is, and when it was so."""
    name = ("Organization", "OrganizationInformation", "xnl:OrganisationName")
    number = next(below(hospital, (*name, "@xnl:ID")), "")
    found = number or next(below(hospital, (*name, "xnl:NameElement")), "")
    return {"facility": found, "at": one(hospital, "LastUpdateTime")}


def _handling(hospitals: list[Row]) -> Row:
    """The labels that we put into a comment of the organization."""
    for hospital in hospitals:
        for comment in below(hospital, ("Organization", "CommentText")):
            if comment.startswith(HANDLING):
                return _labels(comment)
    return {}


def _labels(comment: str) -> Row:
    try:
        found = json.read(comment.removeprefix(HANDLING).encode())
    except Unreadable:
        return {}
    if not isinstance(found, dict):
        return {}
    return {
        name: [derived(comment, text) for text in said] if isinstance(said, list) else derived(comment, said)
        for name, said in found.items()
        if isinstance(said, str) or (isinstance(said, list) and all(isinstance(text, str) for text in said))
    }


def _records(hospital: Any) -> list[Row]:
    status = one(hospital, "HospitalBedCapacityStatus") if isinstance(hospital, dict) else None
    return [node for node in repeated(status, "BedCapacity") if isinstance(node, dict)]


def _leaves(node: Any) -> Iterator[Marked]:
    for value in node.values() if isinstance(node, dict) else (node,):
        if isinstance(value, Marked) and value:
            yield value


__all__ = ["HANDLING", "OWN", "UNTIL", "Row", "shared", "unfold"]
