"""Events in which every leaf carries a value found nowhere else, so that a leak has a name."""

from __future__ import annotations

from functools import cache
from typing import Any

import msgspec

from hub.model.category import Category
from hub.model.consent import Provision
from hub.model.event import Body, CrisisEvent
from hub.model.registry import BODIES, FIELDS, LEAVES, hints, unwrap
from hub.model.values import Code, Instant, PartialDate, Quantity

PLACES = {field.path: n for n, field in enumerate(FIELDS)}


def mark(path: str) -> str:
    """The canary of a path; no canary is part of another."""
    return f"canary{PLACES[path]:05d}x"


def number(path: str) -> int:
    """The canary of a path that holds a number."""
    return 7_000_000_000 + PLACES[path]


@cache
def body(root: str) -> Body:
    """A body with a canary in every leaf."""
    filled: Body = _fill(BODIES[root], root)
    return filled


def event(root: str) -> CrisisEvent:
    """That body in an envelope."""
    return CrisisEvent(
        id="hub-id", body=body(root), source="sender", recorded_at=1, source_message="sender-id", cleared=()
    )


def _fill(kind: type, path: str) -> Any:
    return kind(**{name: _field(hint, f"{path}.{name}") for name, hint in hints(kind).items()})


def _field(hint: Any, path: str) -> Any:
    _, inner, many = unwrap(hint)
    one = _leaf(inner, path) if inner in LEAVES or not issubclass(inner, msgspec.Struct) else _fill(inner, path)
    return (one,) if many else one


def _leaf(kind: type, path: str) -> Any:
    made: dict[type, Any] = {
        str: mark(path),
        int: number(path),
        bool: False,
        Code: Code(code=mark(path)),
        Instant: Instant(at=number(path)),
        PartialDate: PartialDate(iso=mark(path)),
        Quantity: Quantity(value=mark(path)),
        Provision: Provision(effect=mark(path)),
    }
    return made[kind]


def found(events: tuple[CrisisEvent, ...]) -> set[str]:
    """The paths whose canary stands anywhere in what these events are written as."""
    written = msgspec.json.encode([e.body for e in events]).decode()
    seen = {p for p, n in PLACES.items() if mark(p) in written or str(number(p)) in written}
    return seen | {path for e in events for path in _said(e.body, type(e.body), _root(e.body))}


def _root(body: Any) -> str:
    return next(root for root, kind in BODIES.items() if kind is type(body))


def _said(value: Any, kind: type, path: str) -> set[str]:
    """Booleans have no room for a canary: saying either of the two is telling."""
    said: set[str] = set()
    for name, hint in hints(kind).items():
        _, inner, many = unwrap(hint)
        here, held = f"{path}.{name}", getattr(value, name)
        for one in held if many else (held,):
            if one is None:
                continue
            if inner is bool:
                said.add(here)
            elif inner not in LEAVES and issubclass(inner, msgspec.Struct):
                said |= _said(one, inner, here)
    return said


MESSAGE_FACTS = {field.path for field in FIELDS if field.category is Category.ADMIN}
