"""One value, one spelling, so that its hash means something: canonical JSON (RFC 8785, without floats and nulls) and base64."""

from __future__ import annotations

import binascii
import json

from hub.errors import ProofFailed

# Beyond this, readers that keep numbers as doubles would see another number (RFC 8785, section 3.2.2.3).
_LARGEST = 2**53 - 1
_spell = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode


def canonical(value: object) -> bytes:
    """The one spelling of a value of str, int, bool, list, tuple and dict with ASCII keys; ProofFailed names what has none.

    >>> canonical({"who": "rms", "what": ["person.name", True]})
    b'{"what":["person.name",true],"who":"rms"}'
    """
    _check(value)
    try:
        return _spell(value).encode()
    except UnicodeEncodeError as error:
        raise ProofFailed("half a surrogate pair has no canonical spelling") from error


def parse_canonical(raw: bytes) -> object:
    """The value, when these bytes are its one spelling; ProofFailed otherwise, also for duplicate keys.

    >>> parse_canonical(b'{"size":3}')
    {'size': 3}
    """
    try:
        value: object = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise ProofFailed("not JSON") from error
    if canonical(value) != raw:
        raise ProofFailed("not the canonical spelling of this JSON")
    return value


def to_base64(raw: bytes) -> str:
    """Standard base64 with padding, on one line (RFC 4648 section 4)."""
    return binascii.b2a_base64(raw, newline=False).decode()


def from_base64(text: str) -> bytes:
    """The bytes of standard base64, in its only canonical spelling; ProofFailed otherwise."""
    try:
        raw = binascii.a2b_base64(text, strict_mode=True)
    except ValueError as error:
        raise ProofFailed("not base64") from error
    if to_base64(raw) != text:
        raise ProofFailed("base64 with stray bits or characters")
    return raw


def _check(value: object) -> None:
    match value:
        case str() | bool():
            return
        case int() if -_LARGEST <= value <= _LARGEST:
            return
        case int():
            raise ProofFailed("a whole number beyond 2**53 - 1 has no canonical spelling")
        case list() | tuple():
            for each in value:
                _check(each)
        case dict():
            # Among ASCII keys, order by character is the order by UTF-16 unit that RFC 8785 asks for.
            if not all(isinstance(key, str) and key.isascii() for key in value):
                raise ProofFailed("a key of canonical JSON is ASCII text")
            for each in value.values():
                _check(each)
        case _:
            raise ProofFailed(f"{type(value).__name__} has no canonical spelling here")
