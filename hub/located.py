"""YAML files whose every value knows its line, so that a refusal can name file, line, nearest match and cure.

The one reader of YAML. Only `true` and `false` are booleans, only plain decimals are numbers, and dates stay text: NO stays a
country and 007 a code. Keys stand once, aliases and odd tags are refused: they are how small files become huge or strange.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Final, TypeVar

import msgspec
import yaml
from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

from hub.errors import Misconfigured

T = TypeVar("T")
S = TypeVar("S", bound=msgspec.Struct)
Steps = tuple[str | int, ...]
LARGEST: Final = 4_000_000
# So deep nesting is nobody's meaning. libyaml dies of some ten thousand levels, so a file that could hold them is looked through first.
DEEPEST: Final = 100
SAFE: Final = 2_000
_OPENS: Final = re.compile(r"[\[{]|[-?]\s")
NULLS: Final = frozenset({"", "~", "null", "Null", "NULL"})
CURE: Final = "Quote text that holds a colon or a hash."
_TAG: Final = "tag:yaml.org,2002:"
# The judge of each kind of file, made once.
_JUDGES: Final[dict[Any, Draft202012Validator]] = {}
# libyaml where PyYAML was built with it: ten times as fast.
_Base: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Loader(_Base):  # type: ignore[misc]  # which base it is depends on how PyYAML was built
    """Nothing is guessed: what is no boolean, number or null is text."""


_Loader.yaml_implicit_resolvers = {}
_Loader.add_implicit_resolver(f"{_TAG}null", re.compile(r"^(?:~|null|Null|NULL|)$"), ["~", "n", "N", ""])
_Loader.add_implicit_resolver(f"{_TAG}bool", re.compile(r"^(?:true|false)$"), list("tf"))
_Loader.add_implicit_resolver(f"{_TAG}int", re.compile(r"^-?(?:0|[1-9][0-9]*)$"), list("-0123456789"))
_Loader.add_implicit_resolver(f"{_TAG}float", re.compile(r"^-?(?:0|[1-9][0-9]*)\.[0-9]+$"), list("-0123456789"))
_SCALARS: Final[Mapping[str, Any]] = {
    f"{_TAG}str": str,
    f"{_TAG}null": lambda _: None,
    f"{_TAG}bool": lambda text: text == "true",
    f"{_TAG}int": int,
    f"{_TAG}float": float,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Located:
    """A file's plain data, and the line of every value in it."""

    file: str
    data: Any
    lines: Mapping[Steps, int]

    def at(self, *steps: str | int) -> str:
        """The place of a value, or of the nearest thing around it: `county/h1.yaml line 14`."""
        return f"{self.file} line {self.line(*steps)}"

    def line(self, *steps: str | int) -> int:
        """The line of a value, or of the nearest thing around it."""
        while steps and steps not in self.lines:
            steps = steps[:-1]
        return self.lines.get(steps, 1)

    def refuse(self, message: str, *steps: str | int, cure: str = "") -> Misconfigured:
        """The error to raise about a value of this file."""
        return Misconfigured(message, at=self.at(*steps), cure=cure)


def load(path: Path, *, texts: bool = False, shown: str = "") -> Located:
    """Read one YAML file; errors call it `shown`. Duplicate keys, aliases and odd tags are refused. Raises Misconfigured."""
    try:
        body = path.read_bytes()
    except OSError as problem:
        raise Misconfigured(f"it cannot be read: {type(problem).__name__}.", at=shown or str(path)) from problem
    return parse(body, shown or path.name, texts=texts)


def parse(body: str | bytes, file: str, *, texts: bool = False) -> Located:
    """Read YAML text that came from `file`. With `texts` every value is text, as it is spelled; nothing and ~ are None.

    >>> parse("a: [1, NO, 2026-03]", "x.yaml").data, parse("a: [1, ~]", "x.yaml", texts=True).data
    ({'a': [1, 'NO', '2026-03']}, {'a': ['1', None]})
    """
    if len(body) > LARGEST:
        raise Misconfigured(f"it is larger than {LARGEST} characters.", at=file)
    try:
        text = body.decode("utf-8") if isinstance(body, bytes) else body
        _plainly(text, file)
        return _Builder(file, texts=texts).built(_Loader(text).get_single_node())
    except yaml.MarkedYAMLError as problem:
        mark = problem.problem_mark
        at = f"{file} line {mark.line + 1 if mark else 1}"
        raise Misconfigured(f"this is not YAML: {problem.problem}.", at=at, cure=CURE) from problem
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError) as problem:
        raise Misconfigured("this is not YAML: it is not readable text.", at=f"{file} line 1") from problem


def _plainly(text: str, file: str) -> None:
    """Refuse nesting without end before anything is built, and whatever points elsewhere in the file."""
    if "&" not in text and "\n" + " " * DEEPEST not in text and len(_OPENS.findall(text)) < SAFE:
        return
    depth = 0
    for event in yaml.parse(text, _Loader):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if isinstance(event, yaml.AliasEvent) or depth > DEEPEST:
            said = "it is nested too deep" if depth > DEEPEST else "aliases are not used here"
            line = event.start_mark.line + 1 if event.start_mark else 1
            raise Misconfigured(f"this is not YAML: {said}.", at=f"{file} line {line}")


class _Builder:
    """Plain values of a file's nodes, noting lines on the way."""

    def __init__(self, file: str, *, texts: bool) -> None:
        self.file, self.texts = file, texts
        self.lines: dict[Steps, int] = {}

    def built(self, node: yaml.Node | None) -> Located:
        """The whole file."""
        data = None if node is None else self._value(node, ())
        return Located(file=self.file, data=data, lines=self.lines)

    def _value(self, node: yaml.Node, here: Steps) -> Any:
        self.lines[here] = node.start_mark.line + 1
        match node:
            case yaml.MappingNode(tag="tag:yaml.org,2002:map"):
                return dict(self._pairs(node, here))
            case yaml.SequenceNode(tag="tag:yaml.org,2002:seq"):
                return [self._value(inner, (*here, n)) for n, inner in enumerate(node.value)]
            case yaml.ScalarNode():
                return self._text(node) if self.texts else self._scalar(node, here)
        raise Misconfigured(f"the tag {node.tag} is not used here.", at=f"{self.file} line {self.lines[here]}")

    def _text(self, node: yaml.ScalarNode) -> str | None:
        quoted = node.style in ("'", '"', "|", ">")
        return None if not quoted and node.value in NULLS else str(node.value)

    def _scalar(self, node: yaml.ScalarNode, here: Steps) -> Any:
        try:
            return _SCALARS[node.tag](node.value)
        except (KeyError, ValueError) as problem:
            at = f"{self.file} line {self.lines[here]}"
            raise Misconfigured(f"the tag {node.tag} is not used here.", at=at) from problem

    def _pairs(self, node: yaml.MappingNode, here: Steps) -> Iterator[tuple[str, Any]]:
        seen: set[str] = set()
        for key_node, value_node in node.value:
            line = key_node.start_mark.line + 1
            if not isinstance(key_node, yaml.ScalarNode):
                raise Misconfigured("a key must be plain text.", at=f"{self.file} line {line}")
            key = str(key_node.value)
            if key in seen:
                first = self.lines[(*here, key)]
                said = f'"{key}" stands here and in line {first}.'
                raise Misconfigured(said, at=f"{self.file} line {line}", cure="Keep one of them.")
            seen.add(key)
            yield key, self._value(value_node, (*here, key))
            self.lines[(*here, key)] = line


def shaped(found: Located, kind: type[T], *within: str | int) -> T:
    """The file, or what stands within it, as a typed value; refused like `convert`, several times as fast where it holds."""
    data = found.data
    for step in within:
        data = data[step]
    try:
        return msgspec.convert(data, kind)
    except msgspec.ValidationError as wrong:
        problem = min(_leaves(_validator(kind).iter_errors(data)), key=_urgency, default=None)
        if problem is not None:
            raise _refusal(found, problem, within) from wrong
        said, _, where = str(wrong).partition(" - at ")
        raise found.refuse(f"{said[0].lower()}{said[1:]}.", *within, *_steps(where)) from wrong


def named(found: Located, kind: type[S]) -> dict[str, S]:
    """The file as a mapping of names to values of one kind, refused like `shaped`."""
    return {name: shaped(found, kind, name) for name in shaped(found, dict[str, Any])}


def _steps(where: str) -> Steps:
    """Where msgspec found fault.

    >>> _steps("`$.rules[3].words`")
    ('rules', 3, 'words')
    """
    steps = re.findall(r"\[(\d+)\]|\.([A-Za-z_]\w*)", where)
    return tuple(int(n) if n else name for n, name in steps)


def convert(found: Located, kind: type[T]) -> T:
    """The file as a typed value, checked against the JSON Schema of `kind`; the first refusal names line and cure."""
    problem = min(_leaves(_validator(kind).iter_errors(found.data)), key=_urgency, default=None)
    if problem is not None:
        raise _refusal(found, problem)
    try:
        return msgspec.convert(found.data, kind)
    except msgspec.ValidationError as wrong:
        raise found.refuse(f"{wrong}.") from wrong


def _validator(kind: Any) -> Draft202012Validator:
    if kind not in _JUDGES:
        _JUDGES[kind] = Draft202012Validator(json_schema(kind))
    return _JUDGES[kind]


def json_schema(kind: Any) -> dict[str, Any]:
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


def _refusal(found: Located, problem: ValidationError, within: Steps = ()) -> Misconfigured:
    steps: Steps = (*within, *problem.absolute_path)
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


def near(word: object, known: Iterable[str]) -> str:
    """The sentence that names the closest of the known words, or all of them when they are few.

    >>> near("urll", ["url", "host"])
    'Did you mean "url"?'
    """
    known = sorted(known)
    close = get_close_matches(str(word), known, n=1)
    return f'Did you mean "{close[0]}"?' if close else f"Known here: {', '.join(known[:20])}."
