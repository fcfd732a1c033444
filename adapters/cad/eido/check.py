"""Whether an EIDO holds what the standard requires: quickly where it does, and with every fault by its path where it does not.

Unknown fields pass, and are counted. A missing field is a fault, with the near match it was probably meant to be; a dangling
reference is counted as invalid.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any, Final, NamedTuple

from adapters.cad.eido.parts import Part, parts
from adapters.wire.json import Spelled
from adapters.wire.shape import missing
from hub.errors import Unreadable

TEXT: Final = frozenset({str})
# A component with more fields than this is not worth remembering.
MOST_FIELDS: Final = 64
WORDS: Final = {str: "a text", bool: "true or false", Spelled: "a number", dict: "an object", list: "a list"}


class Found(NamedTuple):
    """What a check found: every component by its id, every id that is referred to, and lists that came as a single reference."""

    by_id: dict[str, dict[str, Any]]
    wanted: set[str]
    lone: list[str]


class _Odd(Exception):
    """Something is not as the standard has it; `faults` says what."""


def check(eido: Any) -> Found:
    """The components of a message by id, and what they refer to. Raises Unreadable with the first fault."""
    found = Found({}, set(), [])
    try:
        _check(eido, "eido", "", found)
        _texts(found.wanted)
    except _Odd:
        raise next(faults(eido)) from None
    return found


def _check(part: Any, name: str, path: str, found: Found) -> None:
    """Check one component, then those inside it."""
    if part.__class__ is not dict:
        raise _Odd
    plan = _plan(name, tuple(part)) if len(part) <= MOST_FIELDS else _plan.__wrapped__(name, tuple(part))
    if plan.missing:
        raise _Odd
    whole, path = part, f"{path}." if path else ""
    if tuple(map(type, part.values())) != plan.types:
        part = _usual(part, parts()[name], path, found)
        plan = _plan(name, tuple(part))
    if path:
        found.by_id[part["$id"]] = whole
    _refer(part, plan, found.wanted)
    for field, inner in plan.inner:
        value = part[field]
        if value.__class__ is dict:
            _check(value, inner, f"{path}{field}", found)
        else:
            for n, one in enumerate(value):
                _check(one, inner, f"{path}{field}[{n}]", found)


def _refer(part: Mapping[str, Any], plan: _Plan, wanted: set[str]) -> None:
    """Collect what a component refers to; on the way its lists of texts are asked whether they are."""
    for field in plan.texts:
        _texts(part[field])
    try:
        for field in plan.single:
            wanted.add(part[field]["$ref"])
        for field in plan.several:
            wanted.update([one["$ref"] for one in part[field]])
    except (KeyError, TypeError):
        raise _Odd from None


def _texts(values: Iterable[Any]) -> None:
    if not TEXT.issuperset(map(type, values)):
        raise _Odd


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


def _usual(part: dict[str, Any], mine: Part, path: str, found: Found) -> dict[str, Any]:
    """The known fields of a component that has unknown ones, nulls, or a single reference for a list."""
    known = {field: value for field, value in part.items() if field in mine.types and value is not None}
    if not mine.required <= known.keys():
        raise _Odd
    for field, value in known.items():
        if value.__class__ is not mine.types[field]:
            # One reference where a list of them belongs says the same: it is read, and counted as invalid.
            if field not in mine.several or value.__class__ is not dict:
                raise _Odd
            found.wanted.add(value.get("$ref", 0))
            found.lone.append(f"{path}{field}.$ref")
    return {field: value for field, value in known.items() if value.__class__ is mine.types[field]}


# -- every fault, when there is one


def faults(eido: Any) -> Iterator[Unreadable]:
    """Everything that is not as the standard has it, each with its path and, where there is one, the near match."""
    yield from _faults(eido, "eido", "")


def _faults(part: Any, name: str, path: str) -> Iterator[Unreadable]:
    if part.__class__ is not dict:
        yield Unreadable("an object belongs here.", at=path or "$")
        return
    mine = parts()[name]
    for gone in sorted(mine.required - part.keys()):
        message, cure = missing(part, {gone}, mine.types)
        yield Unreadable(message, at=path or "$", cure=cure)
    before = f"{path}." if path else ""
    for field in sorted(one for one in mine.required & part.keys() if part[one] is None):
        yield Unreadable(f'"{field}" is null.', at=f"{before}{field}", cure="Send it.")
    for field, value in part.items():
        if field in mine.types and value is not None:
            yield from _of_field(mine, field, value, f"{before}{field}")


def _of_field(mine: Part, field: str, value: Any, path: str) -> Iterator[Unreadable]:
    want: Any = mine.types[field]
    if field in mine.single or (field in mine.several and value.__class__ is dict):
        yield from _of_reference(value, path)
    elif value.__class__ is not want:
        yield Unreadable(f"{WORDS[want]} belongs here.", at=path)
    elif field in mine.texts and not TEXT.issuperset(map(type, value)):
        yield Unreadable("texts belong here.", at=path)
    elif field in mine.several:
        for one in value:
            yield from _of_reference(one, path)
    elif field in mine.inner:
        for n, one in enumerate(value) if want is list else ((None, value),):
            yield from _faults(one, mine.inner[field], path if n is None else f"{path}[{n}]")


def _of_reference(value: Any, path: str) -> Iterator[Unreadable]:
    if value.__class__ is not dict or value.get("$ref").__class__ is not str:
        yield Unreadable('{"$ref": id} belongs here.', at=path)
