"""The shape a JSON message must have: which fields there are, of which type, and which may not be missing.

Codes are not judged here: an unknown code is a work item, a wrong type is the sender's mistake and refused with its path.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from difflib import get_close_matches
from typing import Any, Final

from adapters.wire.json import Spelled
from hub.errors import Misconfigured, Unreadable

# The types a field list may name, and what the strict reader makes of them. A word may also be sent as a number, a remark as a flag.
TYPES: Final[Mapping[str, type]] = {
    "text": str,
    "word": str,
    "remark": str,
    "code": str,
    "instant": str,
    "date": str,
    "integer": Spelled,
    "number": Spelled,
    "flag": bool,
}
ALSO: Final[Mapping[str, type]] = {"word": Spelled, "remark": bool}
WORDS: Final = {str: "text", Spelled: "a number", bool: "true or false", dict: "an object", list: "a list"}


class _Odd(Exception):
    """Something is not as the shape says; the path grows on the way up."""

    def __init__(self, message: str, cure: str = "") -> None:
        super().__init__(message)
        self.message, self.cure = message, cure
        self.path: list[str] = []


class Shape:
    """One object: its fields by name. Fields it does not know pass; they are counted as unmapped."""

    def __init__(self) -> None:
        """An object without fields."""
        self._plain: dict[str, type] = {}
        self._lists: dict[str, type | Shape] = {}
        self._inner: dict[str, Shape] = {}
        self._also: dict[str, type] = {}
        self._required: set[str] = set()
        self._any_of: tuple[str, ...] = ()

    def names(self) -> Iterator[str]:
        """The fields it knows."""
        yield from (*self._plain, *self._lists, *self._inner)

    def check(self, value: Any) -> None:
        """Refuse what does not have this shape: Unreadable, naming the path and, where a name is near, that name."""
        try:
            self._check(value)
        except _Odd as odd:
            at = "".join(reversed(odd.path)).lstrip(".") or "$"
            raise Unreadable(odd.message, at=at, cure=odd.cure) from None

    def _check(self, value: Any) -> None:
        if value.__class__ is not dict:
            raise _odd(dict)
        if not self._required <= value.keys():
            raise _Odd(*missing(value, self._required, self.names()))
        if self._any_of and not any(name in value for name in self._any_of):
            raise _Odd("nothing of this format is in it.", f"Send at least one of {', '.join(self._any_of)}.")
        plain = self._plain
        for name, found in value.items():
            want = plain.get(name)
            if want is None:
                if found.__class__ is list or found.__class__ is dict or name in self._inner or name in self._lists:
                    self._below(name, found)
            elif found.__class__ is not want and found is not None and found.__class__ is not self._also.get(name):
                raise _at(_odd(want), f".{name}")

    def _below(self, name: str, found: Any) -> None:
        if found is None:
            return
        if name in self._inner:
            self._nested(self._inner[name], found, f".{name}")
        elif name in self._lists:
            self._items(self._lists[name], found, name)

    def _nested(self, shape: Shape, found: Any, step: str) -> None:
        try:
            shape._check(found)
        except _Odd as odd:
            raise _at(odd, step) from None

    def _items(self, want: type | Shape, found: Any, name: str) -> None:
        if found.__class__ is not list:
            raise _at(_odd(list), f".{name}")
        for n, item in enumerate(found):
            if isinstance(want, Shape):
                self._nested(want, item, f".{name}[{n}]")
            elif item.__class__ is not want:
                raise _at(_odd(want), f".{name}[{n}]")

    def add(self, path: str, kind: str, *, required: bool = False) -> None:
        """Add a field by its path: `risk.level`, `follow_up.attempts[].at`, `criteria[]`. Required ones bind their own object."""
        head, dot, rest = path.partition(".")
        name, many = head.removesuffix("[]"), head.endswith("[]")
        if dot:
            inner = self._lists.setdefault(name, Shape()) if many else self._inner.setdefault(name, Shape())
            if not isinstance(inner, Shape):
                raise Misconfigured(f'"{name}" is a list of texts and of objects.')
            inner.add(rest, kind, required=required)
            return
        if kind not in TYPES:
            raise Misconfigured(f'"{kind}" is not a type of field.', cure=f"Use {', '.join(TYPES)}.")
        (self._lists if many else self._plain)[name] = TYPES[kind]
        if kind in ALSO:
            self._also[name] = ALSO[kind]
        if required:
            self._required.add(name)

    def any_of(self, names: Iterable[str]) -> None:
        """At least one of these must be there."""
        self._any_of = tuple(names)


def missing(value: Mapping[str, Any], required: Collection[str], known: Iterable[str]) -> tuple[str, str]:
    """What to say of an object that lacks a required field: which, and the unknown one that was probably meant.

    >>> missing({"lastUpdateTimestamp": ""}, {"lastUpdateTimeStamp"}, ["lastUpdateTimeStamp"])
    ('"lastUpdateTimestamp" is not a field here.', 'Did you mean "lastUpdateTimeStamp"?')
    """
    unknown = sorted(set(value) - set(known))
    gone = sorted(set(required) - value.keys())
    for name in gone:
        if close := get_close_matches(name, unknown, n=1, cutoff=0.8):
            return f'"{close[0]}" is not a field here.', f'Did you mean "{name}"?'
    return f'"{gone[0]}" is missing.', f"Send {gone[0]}."


def _odd(want: type) -> _Odd:
    return _Odd(f"{WORDS[want]} belongs here.")


def _at(odd: _Odd, step: str) -> _Odd:
    odd.path.append(step)
    return odd
