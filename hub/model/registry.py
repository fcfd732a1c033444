"""The field registry, derived from the model: every leaf path with its category. Never written twice.

A set of paths is an int: bit n stands for the nth path of `FIELDS`. Persist names, never bits.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from functools import cache, lru_cache
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

import msgspec

from hub.errors import Misconfigured
from hub.model.category import Category
from hub.model.consent import Provision
from hub.model.event import Body
from hub.model.values import Code, Instant, PartialDate, Quantity

LEAVES: tuple[type, ...] = (Instant, PartialDate, Code, Quantity, Provision)


class Field(msgspec.Struct, frozen=True, kw_only=True):
    """One leaf of the model: its path (`person.names.family`), the body it belongs to, its category, and its Python type."""

    path: str
    body: str
    category: Category
    type: str
    many: bool


def root(body: type) -> str:
    """The first word of a body's paths.

    >>> from hub.model.public_safety import CallForService
    >>> root(CallForService)
    'call_for_service'
    """
    return re.sub(r"(?<!^)(?=[A-Z])", "_", body.__name__).lower()


@cache
def hints(struct: type) -> dict[str, Any]:
    """The annotated types of a struct's own fields."""
    found = get_type_hints(struct, include_extras=True)
    return {name: found[name] for name in struct.__struct_fields__}  # type: ignore[attr-defined]  # every body is a Struct


def unwrap(hint: Any) -> tuple[Category | None, Any, bool]:
    """Category, bare type and whether it repeats, of one annotated field."""
    category, many = None, False
    while True:
        if hasattr(hint, "__metadata__"):
            category = category or next((m for m in hint.__metadata__ if isinstance(m, Category)), None)
            hint = hint.__origin__
        elif get_origin(hint) is tuple:
            hint, many = get_args(hint)[0], True
        elif get_origin(hint) in (Union, UnionType):
            hint = next(a for a in get_args(hint) if a is not NoneType)
        else:
            return category, hint, many


def _walk(struct: type, path: str, body: str, outer: Category | None, *, many: bool) -> Iterator[Field]:
    for name, hint in hints(struct).items():
        category, inner, repeats = unwrap(hint)
        category = outer or category
        here = f"{path}.{name}"
        if issubclass(inner, msgspec.Struct) and inner not in LEAVES:
            yield from _walk(inner, here, body, category, many=many or repeats)
        elif category is None:
            raise Misconfigured("this leaf has no category.", at=here, cure="Annotate it where it is declared.")
        else:
            yield Field(path=here, body=body, category=category, type=inner.__name__, many=many or repeats)


BODIES: dict[str, type] = {root(b): b for b in get_args(Body)}
FIELDS: tuple[Field, ...] = tuple(f for r, b in BODIES.items() for f in _walk(b, r, r, None, many=False))
BIT: dict[str, int] = {f.path: 1 << n for n, f in enumerate(FIELDS)}
BY_BODY: dict[str, int] = {r: sum(BIT[f.path] for f in FIELDS if f.body == r) for r in BODIES}
BY_CATEGORY: dict[Category, int] = {c: sum(BIT[f.path] for f in FIELDS if f.category is c) for c in Category}
EVERYTHING: int = (1 << len(FIELDS)) - 1


def mask(paths: Iterable[str]) -> int:
    """The bits of some paths; a path may be a leaf or a branch (`person.names` covers all leaves below it).

    >>> paths(mask(["person.names.family"]))
    ('person.names.family',)
    """
    bits = 0
    for path in paths:
        bits |= branch(path)
    return bits


@cache
def branch(path: str) -> int:
    """The bits of one leaf or of every leaf below a branch; an unknown path is refused with its nearest match."""
    if path in BIT:
        return BIT[path]
    below = sum(bit for p, bit in BIT.items() if p.startswith(path + "."))
    if not below:
        raise Misconfigured(f'"{path}" is not a path of the model.', cure=near(path))
    return below


def near(path: str) -> str:
    """The sentence that names the closest path."""
    close = get_close_matches(path, BIT, n=1)
    return f'Did you mean "{close[0]}"?' if close else "`crisis-hub schema --paths` lists them."


@lru_cache(maxsize=4096)
def paths(bits: int) -> tuple[str, ...]:
    """The names of a set of paths, in the order of the model."""
    return tuple(f.path for n, f in enumerate(FIELDS) if bits >> n & 1)


@cache
def path_set(bits: int) -> str:
    """The id of a set of paths: a digest of their names, so that it binds the names and stays when the model grows.

    >>> named(path_set(mask(["person.names.family"])))
    ('person.names.family',)
    """
    return learn(paths(bits))


def learn(names: tuple[str, ...]) -> str:
    """Keep the names of a set of paths, whichever process made it; gives its id."""
    found = hashlib.sha256("\n".join(names).encode()).hexdigest()[:32]
    _NAMED[found] = names
    return found


def named(path_set_id: str) -> tuple[str, ...]:
    """The names behind an id that this process has made or learnt."""
    return _NAMED[path_set_id]


def learnt(after: int = 0) -> tuple[tuple[str, ...], ...]:
    """The sets of paths that this process knows, in the order in which it came to, without the first `after`."""
    return tuple(list(_NAMED.values())[after:]) if len(_NAMED) > after else ()


def body_of(event_body: msgspec.Struct) -> str:
    """The first path word of a body value."""
    return _ROOTS[type(event_body)]


_NAMED: dict[str, tuple[str, ...]] = {}
_ROOTS: dict[type, str] = {b: r for r, b in BODIES.items()}
