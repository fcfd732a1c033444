"""YAML files whose every value knows its line, so that a refusal can name file, line, nearest match and cure.

The one reader of YAML. Only `true` and `false` are booleans, only plain decimals are numbers, and dates stay text: NO stays a
country and 007 a code. Keys stand once, aliases and odd tags are refused: they are how small files become huge or strange.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
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
_PLAIN: Final = re.compile(r"-?\d+(?:\.\d+)?|true|false")
NULLS: Final = frozenset({"", "~", "null", "Null", "NULL"})
CURE: Final = "Quote text that holds a colon or a hash."
# What libyaml says, and what is meant by whoever wrote the line.
_CURES: Final[Mapping[str, str]] = {
    "tab character": "Write spaces in the place of tabs.",
    "cannot start any token": "Write spaces in the place of tabs, and quote text that begins with a sign.",
    "expected key": "Begin the keys of one section in the same column.",
    "expected ':'": "Write a colon and a space behind the key of the line above.",
    "end of stream": "Close the quotes and brackets that are open.",
}
_UTF8: Final = "Save it as UTF-8."
# How a schema's words for what belongs somewhere are read aloud, and what stands there instead.
_KINDS: Final[Mapping[str, str]] = {
    "object": "a section: lines of key: value below it",
    "array": "a list, as [a, b]",
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "null": "nothing",
}
_FOUND: Final[tuple[tuple[type | tuple[type, ...], str], ...]] = (
    (type(None), "nothing"),
    (bool, "true or false"),
    ((int, float), "a number"),
    (str, "text"),
    (list, "a list"),
    (dict, "a section"),
)
_BOUNDS: Final[Mapping[str, tuple[str, str]]] = {
    "maximum": ("this is too large", "Write at most {}."),
    "minimum": ("this is too small", "Write at least {}."),
    "exclusiveMaximum": ("this is too large", "Write less than {}."),
    "exclusiveMinimum": ("this is too small", "Write more than {}."),
    "minItems": ("these are too few", "Write at least {} of them."),
    "maxItems": ("these are too many", "Write at most {} of them."),
}
# So many words are listed; where there are more, their number is told.
_LISTED: Final = 20
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


def load(path: Path, *, texts: bool = False, shown: str = "", cure: str = "") -> Located:
    """Read one YAML file; errors call it `shown`. Duplicate keys, aliases and odd tags are refused. Raises Misconfigured.

    `cure` says what helps where there is no such file.
    """
    try:
        body = path.read_bytes()
    except FileNotFoundError as problem:
        raise Misconfigured("there is no such file.", at=shown or str(path.absolute()), cure=cure) from problem
    except OSError as problem:
        said = f"it cannot be read: {problem.strerror or type(problem).__name__}."
        raise Misconfigured(said, at=shown or str(path), cure="See that it is a file, and may be read.") from problem
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
        cure = next((cure for said, cure in _CURES.items() if said in str(problem.problem)), CURE)
        raise Misconfigured(f"this is not YAML: {problem.problem}.", at=at, cure=cure) from problem
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError) as problem:
        said = "this is not YAML: it is not readable text."
        raise Misconfigured(said, at=f"{file} line 1", cure=_UTF8) from problem


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


def refusals(found: Located, kind: type[Any]) -> list[Misconfigured]:
    """Everything for which `convert` would refuse the file, in the order of its lines.

    A key that is missing where an odd one stands was probably meant by it, and is not told of.
    """
    problems = list(_leaves(_validator(kind).iter_errors(found.data)))
    odd = {tuple(p.absolute_path) for p in problems if p.validator == "additionalProperties"}
    told = [p for p in problems if p.validator != "required" or tuple(p.absolute_path) not in odd]
    return [_refusal(found, p) for p in sorted(told, key=lambda p: found.line(*p.absolute_path))]


def _validator(kind: Any) -> Draft202012Validator:
    if kind not in _JUDGES:
        _JUDGES[kind] = Draft202012Validator(json_schema(kind))
    return _JUDGES[kind]


def json_schema(kind: Any) -> dict[str, Any]:
    """The JSON Schema that files of this kind are checked by."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **msgspec.json.schema(kind)}


def _leaves(problems: Iterable[ValidationError]) -> Iterator[ValidationError]:
    """What is wrong inside the likeliest alternative of a section that may be absent, rather than that none of them fits."""
    for problem in problems:
        ways: dict[str | int, list[ValidationError]] = {}
        for inner in problem.context or ():
            ways.setdefault(inner.relative_schema_path[0], []).append(inner)
        yield from max((list(_leaves(way)) for way in ways.values()), key=_likely, default=[problem])


def _likely(way: Sequence[ValidationError]) -> tuple[int, bool]:
    """What was meant is what could be read furthest, and rather something than nothing."""
    return max(len(p.absolute_path) for p in way), any(p.validator_value != "null" for p in way)


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
        missing = re.findall(r"'(\w+)' is a required", problem.message)[0]
        cure = f"Add {missing}: to this section{_meant(schema.get('properties', {}).get(missing, {}))}."
        return found.refuse(f'"{missing}" is missing.', *steps, cure=cure)
    if problem.validator in ("enum", "const"):
        words = [str(w) for w in schema.get("enum", [schema.get("const")])]
        return found.refuse(
            f'"{problem.instance}" is not one of these.', *steps, cure=near(str(problem.instance), words)
        )
    said, cure = _misfit(problem)
    return found.refuse(f"{_named(steps)}: {said}.", *steps, cure=cure)


def _named(steps: Steps) -> str:
    """What a place is called: its key, or which entry of a list it is.

    >>> _named(("doors", 1, "port")), _named(("overlays", 0)), _named(())
    ('port', 'overlays, entry 1', 'the file')
    """
    if not steps:
        return "the file"
    *before, last = steps
    return str(last) if isinstance(last, str) else f"{before[-1] if before else 'the file'}, entry {last + 1}"


def _misfit(problem: ValidationError) -> tuple[str, str]:
    """What is wrong with a value that is not of its kind or out of its bounds, and what to write; the value is not quoted."""
    here: Any = problem.instance
    wanted: Any = problem.validator_value
    if problem.validator != "type":
        said, cure = _BOUNDS.get(str(problem.validator), (f"{problem.validator} expected {wanted}", ""))
        return said, cure.format(wanted)
    stands = next(words for kind, words in _FOUND if isinstance(here, kind))
    if wanted == "string" and isinstance(here, bool | int | float):
        return f"{stands} stands here", "Write it in quotes."
    if isinstance(here, str) and wanted in ("integer", "number", "boolean") and _PLAIN.fullmatch(here):
        return "text stands here", "Take the quotes away."
    return (
        f"{stands} stands here",
        f"Write {' or '.join(_KINDS[k] for k in ([wanted] if isinstance(wanted, str) else wanted))}.",
    )


def _meant(schema: Mapping[str, Any]) -> str:
    """What a missing key is for, and the words that it may hold where they are few."""
    about = str(schema.get("description", "")).rstrip(".")
    words = [str(word) for word in schema.get("enum", ())]
    listed = f"one of {', '.join(words)}" if 0 < len(words) <= _LISTED else ""
    return f" ({'; '.join(filter(None, (about, listed)))})" if about or listed else ""


def near(word: object, known: Iterable[str]) -> str:
    """The sentence that names the closest of the known words, however they are capitalized, or the first of them.

    >>> near("urll", ["url", "host"]), near("treat", ["COC", "TREAT"])
    ('Did you mean "url"?', 'Did you mean "TREAT"?')
    """
    known = sorted(known)
    folded = {one.casefold(): one for one in known}
    close = get_close_matches(str(word).casefold(), folded, n=1)
    if close:
        return f'Did you mean "{folded[close[0]]}"?'
    more = f" and {len(known) - _LISTED} more" if len(known) > _LISTED else ""
    return f"Known here: {', '.join(known[:_LISTED])}{more}."
