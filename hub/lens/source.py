"""YAML text to plain values that remember their line: everything is text, so that NO stays a country and 007 a code."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from hub.errors import Misconfigured

Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
# A lens file has some thousand nodes; aliases of aliases would make billions of them.
MOST_NODES = 50_000
MOST_BYTES = 2_000_000
NULLS = frozenset({"", "~", "null", "Null", "NULL"})


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
    name = shown or path.name
    try:
        body = path.read_bytes()
    except OSError as error:
        raise Misconfigured("this file cannot be read.", at=name) from error
    return parse(body, name)


def parse(body: bytes | str, name: str) -> Map:
    """The mapping in a YAML text.

    >>> found = parse(b"a: no" + bytes([10]) + b"b: [x, ~]", "example.yaml")
    >>> found, found.places["b"].line
    ({'a': 'no', 'b': ['x', None]}, 2)
    """
    if len(body) > MOST_BYTES:
        raise Misconfigured(f"this file is larger than {MOST_BYTES} bytes.", at=name)
    try:
        node = yaml.compose(body, Loader=Loader)
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise _unparsable(error, name) from error
    if not isinstance(node, yaml.MappingNode):
        raise Misconfigured("this file is not a mapping of keys to values.", at=str(Place(name, 1)))
    value = _value(node, name, _counter(name))
    assert isinstance(value, Map)  # noqa: S101 - a mapping node gives a Map
    return value


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


def _counter(name: str) -> Iterator[None]:
    for _ in range(MOST_NODES):
        yield
    raise Misconfigured(f"this file unfolds to more than {MOST_NODES} values.", at=name, cure="Use fewer aliases.")


def _value(node: yaml.Node, name: str, count: Iterator[None]) -> Any:
    next(count)
    place = Place(name, node.start_mark.line + 1)
    if isinstance(node, yaml.MappingNode):
        return _mapping(node, place, count)
    if isinstance(node, yaml.SequenceNode):
        return [_value(item, name, count) for item in node.value]
    quoted = getattr(node, "style", None) in ("'", '"', "|", ">")
    return None if not quoted and node.value in NULLS else text(node.value, place)


def _mapping(node: yaml.MappingNode, place: Place, count: Iterator[None]) -> Map:
    found = Map(place)
    for key, value in node.value:
        at = Place(place.file, key.start_mark.line + 1)
        if not isinstance(key, yaml.ScalarNode):
            raise Misconfigured("a key must be plain text.", at=str(at))
        if key.value in found:
            raise Misconfigured(f'"{key.value}" stands here and in line {found.places[key.value].line}.', at=str(at))
        found.put(key.value, _value(value, place.file, count), at)
    return found


def _unparsable(error: Exception, name: str) -> Misconfigured:
    mark = getattr(error, "problem_mark", None)
    place = Place(name, mark.line + 1 if mark else 0)
    said = getattr(error, "problem", None) or "it is not UTF-8"
    return Misconfigured(f"this is not YAML: {said}.", at=str(place), cure="Quote text that holds a colon or a hash.")
