"""JSON is read strictly: what other readers repair or overlook is refused, with its path and without its values."""

from __future__ import annotations

import sys

import pytest

from adapters.wire.json import MOST_DEPTH, read, write
from hub.errors import Unreadable


@pytest.mark.parametrize(
    ("body", "at", "says"),
    [
        (b'{"a":{"b":[1,{"ssn":"1","ssn":"2"}]}}', "$.a.b[1]", "twice"),
        (b'{"a":[1,NaN]}', "$.a[1]", "NaN"),
        (b'{"a":-Infinity}', "$.a", "Infinity"),
        (b'{"a":"\\ud83d"}', "$.a", "surrogate"),
        (b'{"\\udc00":1}', "$", "surrogate"),
        (b'{"a":"\xff"}', "byte 6", "UTF-8"),
        # Python 3.13 points to the comma that is too many, earlier ones to what follows it.
        (b'{"a":1,}', f"line 1 column {7 if sys.version_info >= (3, 13) else 8}", "JSON"),
        (b"", "line 1 column 1", "JSON"),
    ],
)
def test_what_is_not_json_is_refused_where_it_stands(body: bytes, at: str, says: str) -> None:
    with pytest.raises(Unreadable) as refused:
        read(body)

    assert refused.value.at == at
    assert says in refused.value.message


@pytest.mark.parametrize(("opened", "closed"), [("[", "]"), ('{"a":', "}")])
@pytest.mark.parametrize("depth", [MOST_DEPTH + 1, 5_000, 200_000])
def test_a_deep_message_is_refused_and_nobody_falls(opened: str, closed: str, depth: int) -> None:
    with pytest.raises(Unreadable, match=f"more than {MOST_DEPTH} deep") as refused:
        read(("\n" + opened * depth + "1" + closed * depth).encode())

    assert refused.value.at == f"line 2 column {len(opened) * MOST_DEPTH + 1}"


def test_where_it_becomes_too_deep_is_not_led_astray_by_text() -> None:
    body = '["[[[\\"[[[", ' + "[" * MOST_DEPTH + "]" * MOST_DEPTH + "]"

    with pytest.raises(Unreadable, match="deep") as refused:
        read(body.encode())

    assert refused.value.at == f"line 1 column {body.index('[' * MOST_DEPTH) + MOST_DEPTH}"


def test_more_values_than_any_message_has_are_refused_before_they_are_read() -> None:
    with pytest.raises(Unreadable, match="more than 250000 commas"):
        read(b"[" + b"1," * 250_001 + b"1]")


def test_a_deep_message_with_a_key_twice_is_refused_too() -> None:
    with pytest.raises(Unreadable):
        read(b'[{"a":1,"a":2},' + b"[" * 5_000 + b"]" * 5_000 + b"]")


def test_a_broad_message_is_not_a_deep_one() -> None:
    assert len(read(b"[" + b",".join([b"{}"] * 500) + b"]")) == 500


def test_brackets_in_a_text_are_no_depth() -> None:
    assert read(b'{"a":"' + b"[" * 500 + b'"}') == {"a": "[" * 500}


def test_a_large_message_is_refused_before_it_is_read() -> None:
    with pytest.raises(Unreadable, match="larger than 10 bytes"):
        read(b'{"a": "bcdefgh"}', most_bytes=10)


def test_numbers_keep_their_spelling_there_and_back() -> None:
    body = b'{"a":1.00,"b":-0,"c":1E5,"d":12345678901234567890}'

    assert write(read(body)) == body
