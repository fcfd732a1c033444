"""JSON, strictly: no key twice, no NaN, no lone surrogate, not too deep, large or many; numbers keep their spelling."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, Final

import msgspec

from hub.errors import Unreadable

MOST_BYTES: Final = 16 * 1024 * 1024
MOST_DEPTH: Final = 100
# Each value costs a microsecond or two, and whoever reads holds up everybody else: one more than these is no message.
MOST_COMMAS: Final = 250_000
NUMBER: Final = re.compile(r"-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?", re.ASCII)


class Spelled(str):
    """A number as the sender spelled it."""

    __slots__ = ()


class _Wrong:
    """Stands where something is that JSON does not have."""


class _Twice(dict[str, Any]):
    """An object in which `key` stood twice."""

    key = ""


def read(body: bytes, *, most_bytes: int = MOST_BYTES) -> Any:
    """The value: dicts, lists, str, Spelled, bool and None. Raises Unreadable naming the path, or line and column.

    >>> read(b'{"a": [1.00, "x"]}')
    {'a': ['1.00', 'x']}
    """
    if len(body) > most_bytes:
        raise Unreadable(f"The JSON is larger than {most_bytes} bytes.", at=f"byte {most_bytes}")
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Unreadable("The JSON is not UTF-8.", at=f"byte {error.start}") from error
    if text.count(",") > MOST_COMMAS:
        raise Unreadable(f"The JSON has more than {MOST_COMMAS} commas.", at="$", cure="Send less at once.")
    found = _parse(text)
    if found.__class__ in (dict, list) and text.count("{") + text.count("[") > MOST_DEPTH and _deep([found]):
        raise _too_deep(text)
    if "\\u" in text:
        _refuse_surrogates(found)
    return found


def write(value: Any) -> bytes:
    """The bytes of a value, in UTF-8, keys in the order they were put.

    >>> write(read(b'{"b": 1.00, "a": [true, null]}'))
    b'{"b":1.00,"a":[true,null]}'
    """
    return msgspec.json.encode(value, enc_hook=_spelling)


def _spelling(value: Any) -> msgspec.Raw:
    """A number as it was spelled when it was read."""
    if isinstance(value, Spelled):
        return msgspec.Raw(value.encode())
    raise TypeError(type(value).__name__)


def number(text: str) -> Any:
    """A number to write, with the digits of its spelling; what JSON cannot spell as a number stays text."""
    return msgspec.Raw(text.encode()) if NUMBER.fullmatch(text) else text


def _parse(text: str) -> Any:
    try:
        return json.loads(
            text, object_pairs_hook=_object, parse_float=Spelled, parse_int=Spelled, parse_constant=_no_constant
        )
    except json.JSONDecodeError as error:
        # The parser's own words name what is wrong and quote nothing.
        at = f"line {error.lineno} column {error.colno}"
        raise Unreadable(f"This is not JSON: {error.msg}.", at=at) from error
    except _Refused:
        raise _located(text) from None
    except RecursionError as error:
        raise _too_deep(text) from error


class _Refused(Exception):
    """Something is wrong; where, a second look will say."""


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _Refused
    return found


def _no_constant(_: str) -> Any:
    raise _Refused


def _located(text: str) -> Unreadable:
    """Read again, leniently, to name the path of what was refused."""
    try:
        lenient = json.loads(text, object_pairs_hook=_lenient, parse_constant=lambda _: _Wrong())
    except RecursionError:
        return _too_deep(text)
    for path, value in _walk(lenient, "$"):
        if isinstance(value, _Wrong):
            return Unreadable("NaN and Infinity are not JSON.", at=path)
        if isinstance(value, _Twice):
            return Unreadable("A key stands twice in this object.", at=path, cure="Send every key once.")
    return Unreadable("This is not JSON.")


def _lenient(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    return found if len(found) == len(pairs) else _Twice(pairs)


def _walk(value: Any, path: str) -> Iterator[tuple[str, Any]]:
    todo = [(path, value)]
    while todo:
        path, value = todo.pop()
        yield path, value
        if isinstance(value, dict):
            todo.extend((f"{path}.{key}", inner) for key, inner in value.items())
        elif isinstance(value, list):
            todo.extend((f"{path}[{n}]", inner) for n, inner in enumerate(value))


def _deep(value: Any) -> bool:
    """Whether it is too deep. Level by level: what is deep enough to matter would exhaust whoever walks it by calling itself."""
    level = [value]
    for _ in range(MOST_DEPTH + 1):
        level = [
            inner
            for node in level
            for inner in (node.values() if node.__class__ is dict else node)
            if inner.__class__ is dict or inner.__class__ is list
        ]
        if not level:
            return False
    return True


_MARK: Final = re.compile(r'"(?:[^"\\]++|\\.)*+"?|[\[\]{}]', re.DOTALL)
_STEP: Final = {"[": 1, "{": 1, "]": -1, "}": -1}


def _too_deep(text: str) -> Unreadable:
    """Where it becomes too deep; up to there it is known to be JSON."""
    depth, at = 0, ""
    for mark in _MARK.finditer(text):
        depth += _STEP.get(mark[0], 0)
        if depth > MOST_DEPTH:
            line, start = text.count("\n", 0, mark.start()) + 1, text.rfind("\n", 0, mark.start())
            at = f"line {line} column {mark.start() - start}"
            break
    return Unreadable(f"The JSON is nested more than {MOST_DEPTH} deep.", at=at)


def _refuse_surrogates(value: Any) -> None:
    for path, inner in _walk(value, "$"):
        texts = inner if isinstance(inner, dict) else [inner] if isinstance(inner, str) else ()
        for text in texts:
            try:
                text.encode()
            except UnicodeEncodeError as error:
                raise Unreadable("Half of a surrogate pair is not text.", at=path) from error
