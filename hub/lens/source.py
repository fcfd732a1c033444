"""A lens file as plain values that remember their line: everything in it is text."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

from hub import located
from hub.located import Located, Steps


class Place(NamedTuple):
    """A line of a file, for errors and explanations."""

    file: str
    line: int

    def __str__(self) -> str:
        """As an editor can open it."""
        return f"{self.file} line {self.line}" if self.line else self.file


class Text(str):
    """A scalar and where it stands."""

    __slots__ = ("place",)
    place: Place


class Map(dict[str, Any]):
    """A mapping whose keys remember where they stand; `None` as a value removes what was inherited."""

    def __init__(self, place: Place) -> None:
        """An empty mapping that begins at `place`."""
        super().__init__()
        self.place = place
        self.places: dict[str, Place] = {}

    def put(self, key: str, value: Any, place: Place) -> None:
        """Set a key and remember its line."""
        self[key] = value
        self.places[key] = place


def text(value: str, place: Place) -> Text:
    """A piece of text that knows its place."""
    found = Text(value)
    found.place = place
    return found


def read(path: Path, shown: str = "") -> Map:
    """The mapping in a YAML file. Raises Misconfigured naming file and line; `shown` is the name that errors use."""
    return _mapping(located.load(path, texts=True, shown=shown))


def parse(body: bytes | str, name: str) -> Map:
    """The mapping in a YAML text.

    >>> found = parse(b"a: no" + bytes([10]) + b"b: [x, ~]", "example.yaml")
    >>> found, found.places["b"].line
    ({'a': 'no', 'b': ['x', None]}, 2)
    """
    return _mapping(located.parse(body, name, texts=True))


def _mapping(found: Located) -> Map:
    if not isinstance(found.data, dict):
        raise found.refuse("this file is not a mapping of keys to values.")
    value = _placed(found.data, found, ())
    assert isinstance(value, Map)  # noqa: S101 - a mapping gives a Map
    return value


def _placed(value: Any, found: Located, here: Steps) -> Any:
    place = Place(found.file, found.line(*here))
    if isinstance(value, dict):
        made = Map(place)
        for key, inner in value.items():
            made.put(key, _placed(inner, found, (*here, key)), Place(found.file, found.line(*here, key)))
        return made
    if isinstance(value, list):
        return [_placed(inner, found, (*here, n)) for n, inner in enumerate(value)]
    return None if value is None else text(value, place)


def plain(value: Any) -> Any:
    """The same values without their places, for a schema check or for printing."""
    if isinstance(value, dict):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, list):
        return [plain(v) for v in value]
    return None if value is None else str(value)


def place_of(value: Any, steps: tuple[str | int, ...]) -> Place:
    """The line where the part of `value` at `steps` stands, or the nearest part around it."""
    place: Place = value.place
    for step in steps:
        if isinstance(value, Map):
            place = value.places.get(str(step), place)
            value = value.get(str(step))
        elif isinstance(value, list) and isinstance(step, int) and step < len(value):
            value = value[step]
            place = getattr(value, "place", place)
    return place
