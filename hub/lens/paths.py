"""Canonical paths: where in the model a line puts its value, and of which type the place is."""

from __future__ import annotations

from difflib import get_close_matches
from functools import cache
from typing import Any

import msgspec

from hub.contracts import Reading
from hub.errors import Misconfigured
from hub.model import values
from hub.model.crisis import FollowUp, RiskAnswer
from hub.model.event import CrisisEvent
from hub.model.person import RelatedPerson, Sighting
from hub.model.public_safety import Caution
from hub.model.registry import BODIES, hints, unwrap
from hub.model.service import HousingService

# What a type may make: every composite of the model.

STRUCTS: dict[str, type] = {
    s.__name__: s
    for s in (
        *(v for v in vars(values).values() if isinstance(v, type) and issubclass(v, values.Value)),
        *BODIES.values(),
        RelatedPerson,
        Sighting,
        Caution,
        RiskAnswer,
        FollowUp,
        HousingService,
    )
}


# Besides the bodies: the envelope of each event, and the reading as a whole.
ENVELOPES: dict[str, type] = {"event": CrisisEvent, "reading": Reading}


class Target(msgspec.Struct, frozen=True):
    """A place in the model: the body (or type) it belongs to, the attributes down to it, its type, whether it repeats."""

    root: str
    attrs: tuple[str, ...]
    type: type
    many: bool
    default: Any


def target(canon: str, made: type | None = None) -> Target:
    """The place a canonical path names: below a body, below `event` or `reading`, or below what a type makes.

    Raises Misconfigured with the nearest path.

    >>> target("person.birth_date").type.__name__, target("person.names[]").many
    ('PartialDate', True)
    """
    path = canon.removesuffix("[]")
    root, *attrs = path.split(".") if made is None else ("", *path.split("."))
    struct = made or ENVELOPES.get(root) or BODIES.get(root)
    if struct is None:
        raise Misconfigured(f'"{root}" is not a body of the model.', cure=_near(root, [*BODIES, *ENVELOPES]))
    inner, many, default = _follow(struct, attrs, path)
    if many != canon.endswith("[]"):
        cure = f'Write "{path}[]".' if many else f'Write "{path}".'
        raise Misconfigured(f'"{canon}" {"repeats" if many else "does not repeat"} in the model.', cure=cure)
    return Target(root, tuple(attrs), inner, many, default)


def default_of(struct: type, name: str) -> Any:
    """What a field holds when nobody sets it; NODEFAULT when it must be set."""
    found = _fields(struct)[name]
    return found.default if found.default_factory is msgspec.NODEFAULT else found.default_factory()


@cache
def _fields(struct: type) -> dict[str, msgspec.structs.FieldInfo]:
    """Working them out takes a millisecond, and a start asks for them some thousand times."""
    return {found.name: found for found in msgspec.structs.fields(struct)}


def _follow(struct: type, attrs: list[str], path: str) -> tuple[type, bool, Any]:
    inner, many, default = struct, False, msgspec.NODEFAULT
    for name in attrs:
        known = hints(inner) if issubclass(inner, msgspec.Struct) else {}
        if many or name not in known:
            before = path.removesuffix("." + ".".join(attrs[attrs.index(name) :]))
            raise Misconfigured(
                f'"{path}" is not a path of the model.', cure=_near(path, _beside(struct, before, path))
            )
        default = default_of(inner, name)
        _, inner, many = unwrap(known[name])
    if not attrs:
        raise Misconfigured(f'"{path}" is a whole body, not a place in it.')
    return inner, many, default


def _beside(struct: type, before: str, path: str) -> list[str]:
    """Paths of the model near a wrong one."""
    prefix = path.split(".", maxsplit=1)[0] + "." if before != path and path.split(".", maxsplit=1)[0] in BODIES else ""
    return [prefix + name for name in hints(struct)] + [f"{before}.{name}" for name in hints(struct)]


def _near(wrong: str, known: list[str]) -> str:
    close = get_close_matches(wrong, known, n=1)
    return f'Did you mean "{close[0]}"?' if close else "`crisis-hub schema --paths` lists them."
