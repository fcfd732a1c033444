"""HSDS as tables: records joined by their ids into the objects that the JSON has, and taken apart again."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Any, Final, NamedTuple

from adapters.social.hsds.rooms import LABELS, PLACE, View
from adapters.wire import csv
from adapters.wire.archive import ZIP, pack, unzip
from adapters.wire.csv_lens import HANDLING, labelled, told
from hub.errors import Unreadable

MOST_BYTES: Final = 64 * 1024 * 1024
MEMBERS: Final = 100
Tables = dict[str, list[View]]


class Join(NamedTuple):
    """A table inside another: the column that names the other's id, and the field in which its rows stand there.

    `single`: the outer row names the inner one, which stands there by itself.
    """

    inner: str
    outer: str
    column: str
    field: str
    single: bool = False


# The innermost first, so that what is joined is whole.
JOINS: Final = (
    Join("taxonomy_terms", "attributes", "taxonomy_term_id", "taxonomy_term", single=True),
    Join("attributes", "service_capacity", "link_id", "attributes"),
    Join("attributes", "services", "link_id", "attributes"),
    Join("units", "service_capacity", "unit_id", "unit", single=True),
    Join("addresses", "locations", "location_id", "addresses"),
    Join("locations", "service_at_locations", "location_id", "location", single=True),
    Join("service_at_locations", "services", "service_id", "service_at_locations"),
    Join("phones", "services", "service_id", "phones"),
    Join("schedules", "services", "service_id", "schedules"),
    Join("languages", "services", "service_id", "languages"),
    Join("service_capacity", "services", "service_id", "capacities"),
    Join("organizations", "services", "organization_id", "organization", single=True),
)
# The file of each table, in the order in which they are written; the standard says service_at_location and service_capacity.
FILES: Final = {
    "organizations": "organizations",
    "services": "services",
    "locations": "locations",
    "service_at_locations": "service_at_locations",
    "addresses": "addresses",
    "phones": "phones",
    "schedules": "schedules",
    "languages": "languages",
    "units": "units",
    "service_capacity": "service_capacity",
    "taxonomy_terms": "taxonomy_terms",
    "attributes": "attributes",
}
# By which columns a table that came without the others is known.
ALONE: Final = {
    "service_capacity": frozenset(("id", "service_id", "available", "updated")),
    "services": frozenset(("id", "organization_id", "name", "status")),
}
ALSO: Final = {
    "service_at_location": "service_at_locations",
    "service_capacities": "service_capacity",
    "organization": "organizations",
    "service": "services",
    "location": "locations",
    "address": "addresses",
    "phone": "phones",
    "schedule": "schedules",
    "language": "languages",
    "unit": "units",
    "taxonomy_term": "taxonomy_terms",
    "attribute": "attributes",
}


def read(body: bytes, charset: str = "") -> Tables:
    """The tables of an archive, by name, or the one table that came by itself. Raises Unreadable naming file and line."""
    if not body.startswith(ZIP):
        return _lone(body, charset)
    found: Tables = {}
    for spelled, inner in unzip(body, most=MOST_BYTES, members=MEMBERS):
        path = PurePosixPath(spelled.replace("\\", "/"))
        if path.suffix.lower() == ".csv" and not path.name.startswith("."):
            name = ALSO.get(path.stem.lower(), path.stem.lower())
            found[name] = _rows(name, inner, charset)
    if not found:
        raise Unreadable("There is no CSV file in the archive.")
    return found


def lone(body: bytes) -> str:
    """Which table this is, come by itself: services or their capacity, which say something alone. Empty where it is neither."""
    columns = frozenset(csv.head(body))
    return next((name for name, own in ALONE.items() if own <= columns), "")


def _lone(body: bytes, charset: str) -> Tables:
    name = lone(body)
    if not name:
        said = "HSDS as tables is a zip of CSV files, or services or service_capacity alone."
        raise Unreadable(said, at="byte 0")
    return {name: _rows(name, body, charset)}


def _rows(name: str, body: bytes, charset: str) -> list[View]:
    try:
        return csv.read(body, charset=charset)
    except Unreadable as problem:
        raise Unreadable(problem.message, at=f"{name}.csv {problem.at}".strip(), cure=problem.cure) from problem


def joined(tables: Tables) -> View:
    """The same as a page of services. Capacities whose service is not among them stand by themselves, as `loose`."""
    rows = {name: [{**row, PLACE: f"{name}[{n}]."} for n, row in enumerate(mine)] for name, mine in tables.items()}
    for join in JOINS:
        (_one if join.single else _many)(join, rows)
    listed = {row.get("id") for row in rows.get("services", ())}
    loose = [row for row in rows.get("service_capacity", ()) if row.get("service_id") not in listed]
    labels = labelled({HANDLING: rows["services"][0][HANDLING]}) if _labelled(rows) else {}
    page = {"contents": [{"service": row} for row in rows.get("services", ())], "loose": loose}
    return page | ({LABELS: labels["handling"]} if labels else {})


def _labelled(rows: Tables) -> bool:
    return bool(rows.get("services")) and HANDLING in rows["services"][0]


def _one(join: Join, rows: Tables) -> None:
    known = {row.get("id"): row for row in rows.get(join.inner, ()) if row.get("id")}
    for row in rows.get(join.outer, ()):
        if (found := known.get(row.get(join.column))) is not None:
            row[join.field] = found


def _many(join: Join, rows: Tables) -> None:
    known = {row.get("id"): row for row in rows.get(join.outer, ()) if row.get("id")}
    for row in rows.get(join.inner, ()):
        if (found := known.get(row.get(join.column))) is not None:
            found.setdefault(join.field, []).append(row)


def write(page: View) -> bytes:
    """A page of services as an archive of tables, the labels beside every service."""
    found: Tables = {}
    for service in page["contents"]:
        _take("services", dict(service), found)
    labels = told(page.get(LABELS) or {})
    for row in found.get("services", ()):
        row[HANDLING] = labels
    return pack({f"{file}.csv": _spelled(found[name]) for name, file in FILES.items() if name in found})


def _take(table: str, row: View, found: Tables) -> None:
    """Put a row into its table, and what is joined to it into theirs."""
    for join in JOINS:
        if join.outer != table or join.field not in row:
            continue
        inner = row.pop(join.field)
        for one in [inner] if join.single else inner:
            child = dict(one)
            if join.single:
                row[join.column] = child["id"]
            else:
                child[join.column] = row["id"]
            _take(join.inner, child, found)
    mine = found.setdefault(table, [])
    if not any(old["id"] == row["id"] for old in mine):
        mine.append(row)


def _spelled(rows: list[View]) -> bytes:
    columns = dict.fromkeys(name for row in rows for name in row)
    return csv.write([*columns], [dict(_texts(row)) for row in rows])


def _texts(row: View) -> Iterator[tuple[str, str]]:
    for name, value in row.items():
        yield name, _text(value)


def _text(value: Any) -> str:
    """A number that a lens wrote is a raw piece of JSON."""
    return bytes(value).decode() if not isinstance(value, str) else value
