"""YAML files whose every value knows its line, so that a refusal can name file, line, nearest match and cure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any, TypeVar

import msgspec
import yaml
from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

from hub.errors import Misconfigured

T = TypeVar("T")
Steps = tuple[str | int, ...]
LARGEST = 4_000_000
_PLAIN = {"str", "int", "float", "bool", "null", "timestamp"}


class _Loader(yaml.SafeLoader):
    """Dates stay text: a partial date must not be filled up. Aliases are refused: they are how small files become huge."""

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        """Compose what is written out, and nothing that points elsewhere."""
        if self.check_event(yaml.AliasEvent):
            raise yaml.MarkedYAMLError(problem="aliases are not used here", problem_mark=self.get_mark())
        return super().compose_node(parent, index)


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in found if tag != "tag:yaml.org,2002:timestamp"]
    for first, found in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Located:
    """A file's plain data, and the line of every value in it."""

    file: str
    data: Any
    lines: Mapping[Steps, int]

    def at(self, *steps: str | int) -> str:
        """The place of a value, or of the nearest thing around it: `county/h1.yaml line 14`."""
        while steps and steps not in self.lines:
            steps = steps[:-1]
        return f"{self.file} line {self.lines.get(steps, 1)}"

    def refuse(self, message: str, *steps: str | int, cure: str = "") -> Misconfigured:
        """The error to raise about a value of this file."""
        return Misconfigured(message, at=self.at(*steps), cure=cure)


def load(path: Path) -> Located:
    """Read one YAML file. Duplicate keys, aliases and odd tags are refused. Raises Misconfigured."""
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as problem:
        raise Misconfigured(f"it cannot be read: {type(problem).__name__}.", at=str(path)) from problem
    return parse(text, path.name)


def parse(text: str, file: str) -> Located:
    """Read YAML text that came from `file`.

    >>> parse("a: [1, 2]", "x.yaml").data
    {'a': [1, 2]}
    """
    if len(text) > LARGEST:
        raise Misconfigured(f"it is larger than {LARGEST} characters.", at=file)
    lines: dict[Steps, int] = {}
    try:
        loader = _Loader(text)
        node = loader.get_single_node()
        data = None if node is None else _build(loader, node, (), lines, file)
    except yaml.MarkedYAMLError as problem:
        mark = problem.problem_mark
        raise Misconfigured(
            f"this is not YAML: {problem.problem}.", at=f"{file} line {mark.line + 1 if mark else 1}"
        ) from problem
    except (yaml.YAMLError, RecursionError) as problem:
        raise Misconfigured("this is not YAML.", at=file) from problem
    return Located(file=file, data=data, lines=lines)


def _build(loader: _Loader, node: yaml.Node, here: Steps, lines: dict[Steps, int], file: str) -> Any:
    lines[here] = node.start_mark.line + 1
    if isinstance(node, yaml.MappingNode):
        return dict(_pairs(loader, node, here, lines, file))
    if isinstance(node, yaml.SequenceNode):
        return [_build(loader, inner, (*here, n), lines, file) for n, inner in enumerate(node.value)]
    if node.tag.rpartition(":")[2] not in _PLAIN:
        raise Misconfigured(f"the tag {node.tag} is not used here.", at=f"{file} line {lines[here]}")
    return loader.construct_object(node)


def _pairs(
    loader: _Loader, node: yaml.MappingNode, here: Steps, lines: dict[Steps, int], file: str
) -> Iterator[tuple[str, Any]]:
    seen: set[str] = set()
    for key_node, value_node in node.value:
        line = key_node.start_mark.line + 1
        key = str(key_node.value)
        if not isinstance(key_node, yaml.ScalarNode) or key in seen:
            raise Misconfigured(f'"{key}" stands twice, or is no plain key.', at=f"{file} line {line}")
        seen.add(key)
        yield key, _build(loader, value_node, (*here, key), lines, file)
        lines[(*here, key)] = line


def convert(found: Located, kind: type[T]) -> T:
    """The file as a typed value, checked against the JSON Schema of `kind`; the first refusal names line and cure."""
    validator = Draft202012Validator(json_schema(kind))
    problem = min(_leaves(validator.iter_errors(found.data)), key=_urgency, default=None)
    if problem is not None:
        raise _refusal(found, problem)
    try:
        return msgspec.convert(found.data, kind)
    except msgspec.ValidationError as wrong:
        raise found.refuse(f"{wrong}.") from wrong


def json_schema(kind: type) -> dict[str, Any]:
    """The JSON Schema that files of this kind are checked by."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **msgspec.json.schema(kind)}


def _leaves(problems: Iterable[ValidationError]) -> Iterator[ValidationError]:
    """What is wrong inside the alternatives of a section that may be absent, rather than that none of them fits."""
    for problem in problems:
        yield from _leaves(problem.context) if problem.context else (problem,)


def _keys(instance: object) -> list[str]:
    return [str(key) for key in instance] if isinstance(instance, Mapping) else []


def _urgency(problem: ValidationError) -> tuple[int, bool, str]:
    """Deepest first; an odd key before the key it was probably meant to be."""
    return -len(problem.absolute_path), problem.validator != "additionalProperties", str(problem.json_path)


def _refusal(found: Located, problem: ValidationError) -> Misconfigured:
    steps: Steps = tuple(problem.absolute_path)
    schema: dict[str, Any] = dict(problem.schema) if isinstance(problem.schema, Mapping) else {}
    if problem.validator == "additionalProperties":
        known = list(schema.get("properties", {}))
        odd = next(k for k in _keys(problem.instance) if k not in known)
        return found.refuse(f'"{odd}" is not a key here.', *steps, odd, cure=near(odd, known))
    if problem.validator == "required":
        missing = re.findall(r"'(\w+)' is a required", problem.message)
        return found.refuse(f'"{missing[0]}" is missing.', *steps, cure=f"Add {missing[0]}: to this section.")
    if problem.validator in ("enum", "const"):
        words = [str(w) for w in schema.get("enum", [schema.get("const")])]
        return found.refuse(
            f'"{problem.instance}" is not one of these.', *steps, cure=near(str(problem.instance), words)
        )
    unquoted = problem.validator_value == "string" and isinstance(problem.instance, bool | int | float)
    return found.refuse(
        f"{steps[-1] if steps else 'the file'}: {problem.validator} expected {problem.validator_value}.",
        *steps,
        cure="Write it in quotes." if unquoted else "",
    )


def near(word: str, known: list[str]) -> str:
    """The sentence that names the closest of the known words, or all of them when they are few.

    >>> near("urll", ["url", "host"])
    'Did you mean "url"?'
    """
    close = get_close_matches(word, known, n=1)
    return f'Did you mean "{close[0]}"?' if close else f"Known here: {', '.join(sorted(known)[:20])}."
