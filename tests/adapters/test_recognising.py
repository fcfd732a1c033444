"""What a file is: a message is known as one of one format alone, and what only describes a format is none of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from adapters import found
from adapters.wire.own_json import HOME
from tests.samples import every

FORMATS = {name: make({}) for name, make in found().items()}
OURS = sorted(HOME.rglob("*.schema.json"))
THEIRS = [*every("public_safety/hsds_3_1/*.schema.json"), *every("public_safety/eido/derived/*.schema.json")]


@pytest.mark.parametrize("path", [*(pytest.param(path, id=path.name) for path in OURS), *THEIRS])
def test_a_schema_is_no_message_of_the_format_that_it_describes(path: Path) -> None:
    body = path.read_bytes()

    assert [name for name, one in FORMATS.items() if one.recognises(body)] == []


@pytest.mark.parametrize("path", every("public_safety/eido/third_party_variants/*.json"))
def test_what_does_not_conform_is_known_for_what_it_was_meant_to_be(path: Path) -> None:
    body = path.read_bytes()

    assert [name for name, one in FORMATS.items() if one.recognises(body)] == ["eido"]
