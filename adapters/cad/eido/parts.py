"""The components of an EIDO: which there are, and what each must hold. Facts of NENA-STA-021.1, kept in `mappings/cad/eido/components.csv`.

The published schema lets unknown fields and dangling references pass. Unknown fields pass here too, and are counted; a missing field
is refused with the near match it was probably meant to be; a dangling reference is counted as invalid.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, Final, NamedTuple, NoReturn

import mappings
from adapters.wire.json import Spelled
from adapters.wire.shape import missing
from hub.errors import Unreadable

TABLE: Final = Path(mappings.__file__).parent / "cad" / "eido" / "components.csv"
TYPES: Final = {"text": str, "flag": bool, "number": Spelled, "object": dict, "texts": list, "refs": list, "ref": dict}
TEXT: Final = frozenset({str})
# A component with more fields than this is not worth remembering.
MOST_FIELDS: Final = 64
WORDS: Final = {str: "a text", bool: "true or false", Spelled: "a number", dict: "an object", list: "a list"}


class Part(NamedTuple):
    """A component: the fields it must hold, the type of each field it may, and the components inside it."""

    required: frozenset[str]
    types: dict[str, type]
    texts: frozenset[str]
    single: frozenset[str]
    several: frozenset[str]
    inner: dict[str, str]


class Found(NamedTuple):
    """What a check found: every component by its id, every id that is referred to, and lists that came as a single reference."""

    by_id: dict[str, dict[str, Any]]
    wanted: set[str]
    lone: list[str]


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


def check(eido: Any) -> Found:
    """The components of a message by id, and what they refer to. Raises Unreadable naming the path, and near matches."""
    found = Found({}, set(), [])
    _check(eido, "eido", "", found)
    if any(name.__class__ is not str for name in found.wanted):
        raise Unreadable("a reference holds something else than a text.", at="$ref")
    return found


def _check(part: Any, name: str, path: str, found: Found) -> None:
    """Check one component, then those inside it."""
    if part.__class__ is not dict:
        raise Unreadable("an object belongs here.", at=path or "$")
    plan = _plan(name, tuple(part)) if len(part) <= MOST_FIELDS else _plan.__wrapped__(name, tuple(part))
    if plan.missing:
        message, cure = missing(part, parts()[name].required, parts()[name].types)
        raise Unreadable(message, at=path or "$", cure=cure)
    whole, path = part, f"{path}." if path else ""
    if tuple(map(type, part.values())) != plan.types:
        part = _usual(part, name, path, found)
        plan = _plan(name, tuple(part))
    if path:
        found.by_id[part["$id"]] = whole
    _refer(part, plan, path, found.wanted)
    for field, inner in plan.inner:
        value = part[field]
        if value.__class__ is dict:
            _check(value, inner, f"{path}{field}", found)
        else:
            for n, one in enumerate(value):
                _check(one, inner, f"{path}{field}[{n}]", found)


def _refer(part: Mapping[str, Any], plan: _Plan, path: str, wanted: set[str]) -> None:
    """Collect what a component refers to; on the way its lists of texts are asked whether they are."""
    for field in plan.texts:
        if not TEXT.issuperset(map(type, part[field])):
            raise Unreadable("texts belong here.", at=f"{path}{field}")
    try:
        for field in plan.single:
            wanted.add(part[field]["$ref"])
        for field in plan.several:
            wanted.update([one["$ref"] for one in part[field]])
    except (KeyError, TypeError):
        _refuse_reference(part, plan, path)


class _Plan(NamedTuple):
    """What to do with a component that has certain fields: in most messages all of a kind have the same."""

    missing: bool
    types: tuple[type, ...]
    texts: tuple[str, ...]
    single: tuple[str, ...]
    several: tuple[str, ...]
    inner: tuple[tuple[str, str], ...]


@lru_cache(maxsize=512)
def _plan(name: str, fields: tuple[str, ...]) -> _Plan:
    part = parts()[name]
    return _Plan(
        missing=not part.required <= set(fields),
        types=tuple(part.types.get(field, object) for field in fields),
        texts=tuple(field for field in fields if field in part.texts),
        single=tuple(field for field in fields if field in part.single),
        several=tuple(field for field in fields if field in part.several),
        inner=tuple((field, part.inner[field]) for field in fields if field in part.inner),
    )


def _usual(part: dict[str, Any], name: str, path: str, found: Found) -> dict[str, Any]:
    """The known fields of a component that has unknown ones, nulls, or a single reference for a list. Raises Unreadable."""
    mine = parts()[name]
    known = {field: value for field, value in part.items() if field in mine.types and value is not None}
    if gone := sorted(mine.required - known.keys()):
        raise Unreadable(f'"{gone[0]}" is null.', at=f"{path}{gone[0]}", cure="Send it.")
    for field, value in known.items():
        want = mine.types[field]
        if value.__class__ is not want:
            # One reference where a list of them belongs says the same: it is read, and counted as invalid.
            if field not in mine.several or value.__class__ is not dict:
                raise Unreadable(f"{WORDS[want]} belongs here.", at=f"{path}{field}")
            found.wanted.add(_reference(value, path, field))
            found.lone.append(f"{path}{field}.$ref")
    return {field: value for field, value in known.items() if value.__class__ is mine.types[field]}


def _refuse_reference(part: Mapping[str, Any], plan: _Plan, path: str) -> NoReturn:
    """Name the field that holds something else than a reference."""
    for field in (*plan.single, *plan.several):
        for one in part[field] if field in plan.several else (part[field],):
            _reference(one, path, field)
    raise Unreadable('{"$ref": id} belongs here.', at=path.rstrip("."))


def _reference(value: Any, path: str, field: str) -> str:
    found = value.get("$ref") if value.__class__ is dict else None
    if not isinstance(found, str):
        raise Unreadable('{"$ref": id} belongs here.', at=f"{path}{field}")
    return found
