"""One value has one spelling."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.errors import ProofFailed
from hub.tlog.canonical import canonical, from_base64, parse_canonical, to_base64

KEYS = st.text(st.characters(max_codepoint=127), max_size=8)
LEAVES = st.text(max_size=20) | st.booleans() | st.integers(min_value=-(2**53) + 1, max_value=2**53 - 1)
VALUES = st.recursive(LEAVES, lambda below: st.lists(below, max_size=4) | st.dictionaries(KEYS, below, max_size=4))


@given(VALUES)
def test_a_value_survives_its_spelling(value: object) -> None:
    assert json.loads(canonical(value)) == value
    assert parse_canonical(canonical(value)) == value


@given(st.dictionaries(KEYS, LEAVES, min_size=2))
def test_order_of_making_does_not_show(value: dict[str, object]) -> None:
    assert canonical(dict(reversed(value.items()))) == canonical(value)


def test_it_is_spelled_as_rfc_8785_does() -> None:
    # The string of RFC 8785, section 3.2.4, and a name in another script.
    value = {"string": '\N{EURO SIGN}$\x0f\nA\'B"\\\\"/', "b": [True, 1, -7], "a": {"Zürich": ""}["Zürich"], "A": ()}

    assert canonical(value) == b'{"A":[],"a":"","b":[true,1,-7],"string":"\xe2\x82\xac$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}'


@pytest.mark.parametrize(
    "value", [None, 1.0, float("nan"), 2**53, -(2**53), b"bytes", {1: "a"}, {"é": 1}, [{"a": None}], "\ud800", {1, 2}]
)
def test_what_others_might_read_otherwise_has_no_spelling(value: object) -> None:
    with pytest.raises(ProofFailed):
        canonical(value)


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{",
        b'{"a": 1}',
        b'{"b":1,"a":1}',
        b'{"a":1,"a":1}',
        b'{"a":1}\n',
        b'{"a":01}',
        b'{"a":1.0}',
        b'{"a":1e2}',
        b'{"a":NaN}',
        b'"\\u0041"',
        b'"\\/"',
        b'"\\ud800"',
        b"\xff",
        b"[" * 100_000,
    ],
)
def test_another_spelling_is_refused(raw: bytes) -> None:
    with pytest.raises(ProofFailed):
        parse_canonical(raw)


@given(st.binary(max_size=100))
def test_base64_reads_as_it_was_written(raw: bytes) -> None:
    assert from_base64(to_base64(raw)) == raw


@pytest.mark.parametrize(
    "text", ["A", "AA", "AAA", "AAAA=", "AA==A", "AA= =", "AB==", "AAAB\n", "AA-_", " AAAA", "ÄÄÄÄ", "===="]
)
def test_base64_has_no_second_spelling(text: str) -> None:
    with pytest.raises(ProofFailed):
        from_base64(text)
