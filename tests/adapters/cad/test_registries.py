"""Words that no registry has are said to be invalid, with the near one; the call is kept, and what we write has none."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from adapters.cad.eido import Eido
from adapters.cad.eido.registries import STRANGE, registries, strangers
from hub.model.public_safety import CallForService
from tests.adapters.cad.calls import FOLDER, GOLDEN, body, golden, reading
from tests.samples import samples

NEAR: list[tuple[tuple[Any, ...], Any, str, str]] = [
    (("incidentComponent", "incidentStatusCommonRegistryText"), ["Actve"], "[0]", "Active"),
    (("agencyComponent", 0, "agencyRoleDescriptionRegistryText"), ["CallReciving"], "[0]", "CallReceiving"),
    (("locationComponent", 0, "locationTypeDescriptionRegistryText"), "CurrentIncidents", "", "CurrentIncident"),
    (("cautionComponent", 0, "cautionSeverity"), "hgh", "", "high"),
    (("callComponent", 0, "direction"), "incomming", "", "incoming"),
]


def spoilt(path: tuple[Any, ...], wrong: Any) -> dict[str, Any]:
    message = golden("a-person-who-talks-of-dying")
    node: Any = message
    for step in path[:-1]:
        node = node[step]
    node[path[-1]] = wrong
    return message


@pytest.mark.parametrize(("path", "wrong", "more", "meant"), NEAR)
def test_a_word_that_no_registry_has_is_invalid_with_the_near_one_and_the_call_is_kept(
    path: tuple[Any, ...], wrong: Any, more: str, meant: str
) -> None:
    found = reading(spoilt(path, wrong))

    where = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path).lstrip(".") + more
    assert [(loss.path, loss.why) for loss in found.invalid] == [(where, f'{STRANGE}. Did you mean "{meant}"?')]
    assert body(found, CallForService).incident


def test_the_word_itself_is_never_repeated() -> None:
    found = reading(spoilt(("incidentComponent", "incidentStatusCommonRegistryText"), ["Jordan Doe"]))

    assert [loss.why for loss in found.invalid] == [STRANGE]


@pytest.mark.parametrize("case", sorted(path.name for path in GOLDEN.iterdir()))
def test_what_we_write_has_words_of_registries_alone(case: str) -> None:
    written = GOLDEN / case / "back.json"

    decode, text, at = json.JSONDecoder().raw_decode, written.read_text("utf-8"), 0
    while at < len(text):
        message, at = decode(text, at)
        assert strangers(message) == {}


@pytest.mark.parametrize("name", ["sample_call_transfer_eido.json", "eidolib_tests/SampleCallTransferEido.json"])
def test_official_samples_use_words_of_registries_alone(name: str) -> None:
    message = (samples(FOLDER) / name).read_bytes()

    assert Eido().recognises(message)
    assert [loss.path for loss in reading(message).invalid if "Registry" in loss.path] == []


def enums(node: Any) -> Iterator[list[str]]:
    """Every closed list of words that a schema holds."""
    if isinstance(node, dict):
        yield from [node["enum"]] if isinstance(node.get("enum"), list) else ()
    for inner in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        yield from enums(inner)


def test_the_registries_are_those_of_the_standard() -> None:
    published = json.loads((samples(FOLDER) / "derived" / "registries_subset.json").read_text("utf-8"))
    known = [frozenset(words) for words in published.values() if isinstance(words, list | dict)]
    schema = json.loads((samples(FOLDER) / "derived" / "eido_core.schema.json").read_text("utf-8"))
    known += map(frozenset, enums(schema))

    assert [field for _, field, words in registries() if words not in known] == []
