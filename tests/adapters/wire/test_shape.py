"""A wrong type is refused with its path; a misspelt field with the name it was meant to be."""

from __future__ import annotations

from typing import Any

import pytest

from adapters.wire import json
from adapters.wire.shape import Shape
from hub.errors import Misconfigured, Unreadable


@pytest.fixture
def shape() -> Shape:
    found = Shape()
    for path, kind, required in (
        ("contact_id", "text", True),
        ("age", "word", False),
        ("active", "flag", False),
        ("score", "number", False),
        ("concerns[]", "code", False),
        ("risk.level", "code", False),
        ("attempts[].number", "integer", True),
        ("attempts[].at", "instant", False),
    ):
        found.add(path, kind, required=required)
    return found


@pytest.mark.parametrize(
    ("more", "at", "says"),
    [
        ({"contact_id": 5}, "contact_id", "text belongs here"),
        ({"active": "true"}, "active", "true or false belongs here"),
        ({"score": "9"}, "score", "a number belongs here"),
        ({"concerns": "suicide"}, "concerns", "a list belongs here"),
        ({"concerns": ["a", 5]}, "concerns[1]", "text belongs here"),
        ({"risk": "high"}, "risk", "an object belongs here"),
        ({"risk": {"level": ["high"]}}, "risk.level", "text belongs here"),
        ({"attempts": {"number": 1}}, "attempts", "a list belongs here"),
        ({"attempts": [{"number": 1}, {"number": "2"}]}, "attempts[1].number", "a number belongs here"),
        ({"attempts": [{"nunber": 1}]}, "attempts[0]", '"nunber" is not a field here'),
        ({"attempts": [7]}, "attempts[0]", "an object belongs here"),
    ],
)
def test_a_wrong_type_is_refused_with_its_path(shape: Shape, more: dict[str, Any], at: str, says: str) -> None:
    with pytest.raises(Unreadable) as refused:
        shape.check(json.read(json.write({"contact_id": "C-1", **more})))

    assert (refused.value.at, says in refused.value.message) == (at, True)


def test_a_misspelt_field_is_named_with_its_near_match(shape: Shape) -> None:
    with pytest.raises(Unreadable, match='Did you mean "contact_id"?'):
        shape.check({"contactid": "C-1"})


@pytest.mark.parametrize("record", [[], "text", None, True])
def test_a_record_is_an_object(shape: Shape, record: Any) -> None:
    with pytest.raises(Unreadable, match=r"^\$: an object belongs here"):
        shape.check(record)


def test_unknown_fields_and_nulls_pass_and_a_word_may_be_a_number(shape: Shape) -> None:
    shape.check(json.read(b'{"contact_id": "C-1", "age": 34, "active": null, "risk": null, "vendor": {"x": [1]}}'))


def test_a_message_with_nothing_of_the_format_is_refused(shape: Shape) -> None:
    shape.any_of(["risk", "attempts"])

    with pytest.raises(Unreadable, match="Send at least one of risk, attempts"):
        shape.check({"contact_id": "C-1"})


def test_a_type_that_does_not_exist_is_refused(shape: Shape) -> None:
    with pytest.raises(Misconfigured, match='"colour" is not a type of field'):
        shape.add("x", "colour")
