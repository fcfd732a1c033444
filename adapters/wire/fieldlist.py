"""Field lists: what our own JSON formats hold, one line a field. The reader's shape and the published JSON Schema come from them.

A row of type `group` puts the rows of `ours/groups/NAME.csv` below its field, or in its place when it names none.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from importlib import resources
from pathlib import Path
from typing import Any

import msgspec

from adapters.wire.shape import Shape
from hub.errors import Misconfigured
from hub.lens.tables import Table

COLUMNS = ("field", "type", "values", "required", "words", "source", "confidence")
HOME = Path(str(resources.files("mappings")))
JSON_TYPES: Mapping[str, dict[str, Any]] = {
    "text": {"type": "string"},
    "word": {"type": ["string", "number"]},
    "remark": {"type": ["string", "boolean"]},
    "code": {"type": "string"},
    "instant": {"type": "string", "format": "date-time"},
    "date": {"type": "string", "pattern": r"^\d{4}(-\d\d(-\d\d)?)?$"},
    "integer": {"type": "integer"},
    "number": {"type": "number"},
    "flag": {"type": "boolean"},
}


class Field(msgspec.Struct, frozen=True, kw_only=True):
    """One field: its path in the JSON, its type, the code table or format of its values, and where it comes from."""

    path: str
    type: str
    values: str = ""
    required: bool = False
    words: str = ""
    source: str = ""
    confidence: str = ""


def load(name: str) -> tuple[Field, ...]:
    """The fields of a list below the mappings, its groups unfolded: `load("rms/field_list_record")`. Raises Misconfigured."""
    return tuple(_rows(HOME / f"{name}.csv", ""))


def shape(fields: Sequence[Field], *, any_of: Sequence[str] = ()) -> Shape:
    """The shape that messages of this list are held to; at least one of the fields `any_of` must be there."""
    found = Shape()
    for field in fields:
        found.add(field.path, field.type, required=field.required)
    found.any_of(any_of)
    return found


def schema(
    fields: Sequence[Field], title: str, tables: Mapping[str, Table], any_of: Sequence[str] = ()
) -> dict[str, Any]:
    """The published JSON Schema of a list. Codes are open: those our tables know stand as examples."""
    root = _object()
    for field in fields:
        _place(root, field.path, field, tables)
    more = {"anyOf": [{"required": [name]} for name in any_of]} if any_of else {}
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": title, **root, **more}


def _rows(path: Path, prefix: str) -> Iterator[Field]:
    with path.open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file)
        if tuple(rows.fieldnames or ()) != COLUMNS:
            raise Misconfigured(
                "this is not a field list.", at=path.name, cure=f"Its columns are {', '.join(COLUMNS)}."
            )
        for row in rows:
            name = f"{prefix}{row['field']}"
            if row["type"] == "group":
                yield from _rows(HOME / "ours" / "groups" / f"{row['values']}.csv", f"{name}." if name else "")
            else:
                yield _field(row, name, f"{path.name} line {rows.line_num}")


def _field(row: dict[str, str], name: str, place: str) -> Field:
    if None in row.values() or row["type"] not in JSON_TYPES:
        raise Misconfigured(f'"{row["type"]}" is not a type of field.', at=place, cure=f"Use {', '.join(JSON_TYPES)}.")
    said = {key: row[key] for key in COLUMNS if key not in ("field", "required")}
    return Field(path=name, required=row["required"] == "yes", **said)


def _object() -> dict[str, Any]:
    return {"type": "object", "properties": {}}


def _place(node: dict[str, Any], path: str, field: Field, tables: Mapping[str, Table]) -> None:
    head, dot, rest = path.partition(".")
    name, many = head.removesuffix("[]"), head.endswith("[]")
    leaf = _object() if dot else _leaf(field, tables)
    found = node["properties"].setdefault(name, {"type": "array", "items": leaf} if many else leaf)
    if dot:
        _place(found["items"] if many else found, rest, field, tables)
    elif field.required:
        node.setdefault("required", []).append(name)


def _leaf(field: Field, tables: Mapping[str, Table]) -> dict[str, Any]:
    table = tables.get(field.values) if field.type == "code" else None
    words = "; ".join(w for w in (field.words, "" if table else field.values) if w)
    return {
        **JSON_TYPES[field.type],
        **({"description": words} if words else {}),
        **({"examples": [row.wire for row in table.rows]} if table else {}),
    }
