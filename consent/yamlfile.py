"""Reads one YAML file of the room strictly, and names the line when something in it is wrong."""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterable
from difflib import get_close_matches
from pathlib import Path
from typing import Any, TypeVar

import msgspec
import yaml

from hub.errors import Misconfigured

T = TypeVar("T")
S = TypeVar("S", bound=msgspec.Struct)
# libyaml where PyYAML was built with it: ten times as fast.
_Base: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Strict(_Base):  # type: ignore[misc]  # which base it is depends on how PyYAML was built
    """Only `true` and `false` are booleans (NO is a value here), and a key stands once."""

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Hashable, Any]:  # noqa: FBT001, FBT002  # PyYAML's signature
        found: dict[Hashable, Any] = super().construct_mapping(node, deep=deep)
        if len(found) != len(node.value):
            raise yaml.constructor.ConstructorError(None, None, "a key stands here twice", node.start_mark)
        return found


_Strict.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in found if not tag.endswith((":bool", ":int", ":float"))]
    for first, found in _Base.yaml_implicit_resolvers.items()
}
_Strict.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(r"^(?:true|false)$"), list("tf"))
_Strict.add_implicit_resolver("tag:yaml.org,2002:int", re.compile(r"^-?(?:0|[1-9][0-9]*)$"), list("-0123456789"))


class File:
    """One file: its data, and the line of any place in it."""

    def __init__(self, path: Path, text: str | None = None) -> None:
        """Read `path`; `text` stands in for its content in tests. Raises Misconfigured with file and line."""
        self.path = path
        try:
            self.text = path.read_text(encoding="utf-8") if text is None else text
            self.data: Any = yaml.load(self.text, _Strict)  # noqa: S506  # a safe loader, stricter than SafeLoader
        except yaml.MarkedYAMLError as wrong:
            line = wrong.problem_mark.line + 1 if wrong.problem_mark else 1
            raise Misconfigured(f"{wrong.problem}.", at=f"{path.name} line {line}", cure="Correct the YAML.") from wrong
        except (yaml.YAMLError, ValueError, RecursionError) as wrong:
            # An impossible date, a control character, bytes that are not UTF-8, nesting without end.
            raise Misconfigured(
                f"this is not readable: {wrong}", at=f"{path.name} line 1", cure="Correct it."
            ) from wrong

    def named(self, kind: type[S]) -> dict[str, S]:
        """The data as a mapping of names to structs of one kind. Raises Misconfigured naming the line."""
        names = self.shaped(dict[str, Any])
        return {name: self.shaped(kind, kind, within=name) for name in names}

    def shaped(self, kind: type[T], *parts: type[msgspec.Struct], within: str = "") -> T:
        """The data, or what stands `within` a name, as a typed value.

        Raises Misconfigured naming the line; `parts` are the structs whose keys may be meant.
        """
        try:
            return msgspec.convert(self.data[within] if within else self.data, kind)
        except msgspec.ValidationError as wrong:
            said, _, where = str(wrong).partition(" - at ")
            known = {name for part in parts for name in part.__struct_encode_fields__}
            unknown = re.search(r"unknown field `(.*)`", said)
            place = ((within,) if within else ()) + _place(where)
            if unknown:
                name = unknown[1]
                raise self.wrong(f'there is no "{name}" here.', (*place, name), cure=near(name, known)) from wrong
            missing = re.search(r"missing required field `(.*)`", said)
            message = f'"{missing[1]}" is missing here.' if missing else f"{said[0].lower()}{said[1:]}."
            raise self.wrong(message, place, cure="See the entries beside it.") from wrong

    def at(self, place: tuple[str | int, ...] = ()) -> str:
        """`hipaa.yaml line 14`: where a place in the data stands; the nearest enclosing place when it is absent.

        Only called when something is wrong, so it may parse again.
        """
        node = yaml.compose(self.text, _Strict)
        line = node.start_mark.line if node else 0
        for step in place:
            found = _step(node, step)
            if found is None:
                break
            line, node = found
        return f"{self.path.name} line {line + 1}"

    def wrong(self, message: str, place: tuple[str | int, ...] = (), cure: str = "") -> Misconfigured:
        """The error to raise for one place."""
        return Misconfigured(message, at=self.at(place), cure=cure)


def _place(where: str) -> tuple[str | int, ...]:
    """Where msgspec found fault.

    >>> _place("`$.rules[3].words`")
    ('rules', 3, 'words')
    """
    steps = re.findall(r"\[(\d+)\]|\.([A-Za-z_]\w*)", where)
    return tuple(int(n) if n else name for n, name in steps)


def _step(node: Any, step: str | int) -> tuple[int, Any] | None:
    if isinstance(node, yaml.MappingNode):
        return next(((key.start_mark.line, value) for key, value in node.value if key.value == step), None)
    if isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
        return node.value[step].start_mark.line, node.value[step]
    return None


def near(word: str, known: Iterable[str]) -> str:
    """The sentence that names the nearest known word, or all of them when few.

    >>> near("TREET", ["TREAT", "LEGAL"])
    'Did you mean "TREAT"?'
    """
    names = sorted(known)
    close = get_close_matches(str(word), names, n=1)
    return f'Did you mean "{close[0]}"?' if close else f"Known here: {', '.join(names)}."
