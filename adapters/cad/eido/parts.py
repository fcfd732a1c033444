"""The components of an EIDO: which there are, and what each must hold. Facts of NENA-STA-021.1, kept in `mappings/cad/eido/components.csv`.

The published schema lets unknown fields and dangling references pass; see `check`.
"""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path
from typing import Final, NamedTuple

import mappings
from adapters.wire.json import Spelled

TABLE: Final = Path(mappings.__file__).parent / "cad" / "eido" / "components.csv"
TYPES: Final = {"text": str, "flag": bool, "number": Spelled, "object": dict, "texts": list, "refs": list, "ref": dict}


class Part(NamedTuple):
    """A component: the fields it must hold, the type of each field it may, and the components inside it."""

    required: frozenset[str]
    types: dict[str, type]
    texts: frozenset[str]
    single: frozenset[str]
    several: frozenset[str]
    inner: dict[str, str]


@cache
def parts() -> dict[str, Part]:
    """Every component by name; `eido` is the message itself."""
    rows: dict[str, list[dict[str, str]]] = {}
    with TABLE.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            rows.setdefault(row["component"], []).append(row)
    prologue = rows.pop("*")
    return {name: _part([*prologue, *mine]) for name, mine in rows.items()}


def _part(rows: list[dict[str, str]]) -> Part:
    kinds = {row["field"]: row["type"].partition(" ") for row in rows}
    return Part(
        required=frozenset(row["field"] for row in rows if row["required"]),
        types={name: TYPES.get(kind) or (dict if kind == "part" else list) for name, (kind, _, _) in kinds.items()},
        texts=frozenset(name for name, (kind, _, _) in kinds.items() if kind == "texts"),
        single=frozenset(name for name, (kind, _, _) in kinds.items() if kind == "ref"),
        several=frozenset(name for name, (kind, _, _) in kinds.items() if kind == "refs"),
        inner={name: inner for name, (_, _, inner) in kinds.items() if inner},
    )
