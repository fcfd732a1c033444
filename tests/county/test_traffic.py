"""The county's own messages: well-formed in their formats, about invented people only, and about the right person."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fhir.resources.R4B.bundle import Bundle
from jsonschema import Draft202012Validator

from adapters.wire.hl7v2 import Message, read
from tests.partners.desk import COUNTY
from tests.samples import samples

TRAFFIC = sorted((COUNTY / "traffic").iterdir())


def loaded(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def named(pattern: str) -> list[Path]:
    found = [path for path in TRAFFIC if re.search(pattern, path.name)]
    assert found, pattern
    return found


def ids(path: Path) -> str:
    return path.stem


def leaves(value: Any) -> Iterator[str]:
    match value:
        case dict():
            yield from (leaf for inner in value.values() for leaf in leaves(inner))
        case list():
            yield from (leaf for inner in value for leaf in leaves(inner))
        case str():
            yield value


def message(path: Path) -> Message:
    return read(path.read_bytes().replace(b"\n", b"\r"))


@pytest.mark.parametrize("path", named(r"\.hl7$"), ids=ids)
def test_hl7_messages_name_sender_patient_and_visit(path: Path) -> None:
    segments = {line[:3]: line.split("|") for line in path.read_text(encoding="utf-8").splitlines()}

    assert bytes(message(path)).startswith(b"MSH|^~\\&|")
    assert segments["MSH"][3] == path.name.split("-")[1].upper()
    assert segments["PID"][5].startswith("Doe^Riley")
    assert segments["PID"][7] == "19900314"
    assert re.fullmatch(r"\w+\^\w*\^\w*\^(H1|S1)", segments["PV1"][3])
    assert segments["PV1"][19].split("^")[0].startswith(("V-", "S1-V"))


@pytest.mark.parametrize("path", named("cr1-|b1s?-"), ids=ids)
def test_fhir_bundles_are_valid_r4(path: Path) -> None:
    bundle = loaded(path)

    Bundle.model_validate(bundle)
    assert bundle["type"] == "transaction"
    fulls = {entry["fullUrl"] for entry in bundle["entry"]}
    referred = set(re.findall(r'"reference": "(urn:uuid:[^"]+)"', json.dumps(bundle)))
    assert referred <= fulls


@pytest.mark.parametrize("path", named("c1-"), ids=ids)
def test_eidos_keep_the_schema_and_point_only_to_what_they_hold(path: Path) -> None:
    schema = json.loads(samples("public_safety/eido/derived/eido_core.schema.json").read_text(encoding="utf-8"))
    eido = loaded(path)

    problems = [f"{'/'.join(map(str, e.path))}: {e.message}" for e in Draft202012Validator(schema).iter_errors(eido)]
    assert problems == []
    held = set(re.findall(r'"\$id": "([^"]+)"', json.dumps(eido)))
    assert set(re.findall(r'"\$ref": "([^"]+)"', json.dumps(eido))) <= held


def test_all_that_speak_of_riley_agree_so_that_they_link() -> None:
    police = loaded(named("pd-field-contact")[0])["person"]
    patients = [
        resource
        for path in named("cr1-|b1s?-")
        for resource in (entry["resource"] for entry in loaded(path)["entry"])
        if resource["resourceType"] == "Patient"
    ]
    hospital = [path.read_text(encoding="utf-8") for path in named(r"\.hl7$")]

    assert police["names"] == [{"family": "Doe", "given": ["Riley"]}]
    assert {p["telecom"][0]["value"] for p in patients} == {police["telecoms"][0]["value"]} == {"602-555-0142"}
    assert {p["birthDate"] for p in patients} == {police["birth_date"]} == {"1990-03-14"}
    assert {p["address"][0]["line"][0] for p in patients} == {police["addresses"][0]["lines"][0]}
    assert all("602^5550142" in text and "418 Cactus Wren Lane" in text for text in hospital)


@pytest.mark.parametrize("path", TRAFFIC, ids=ids)
def test_every_telephone_is_fictional(path: Path) -> None:
    numbers = re.findall(r"\b\d{3}[-^]?555[-^]?\d{4}\b", path.read_text(encoding="utf-8"))

    assert all(re.search(r"555[-^]?01\d\d$", number) for number in numbers), numbers


@pytest.mark.parametrize("path", named("l1-contact"), ids=ids)
def test_988_contacts_are_anonymous(path: Path) -> None:
    contact = loaded(path)

    assert contact["anonymous"] is True
    assert "person" not in contact
    assert not any("Doe" in leaf or "Riley" in leaf for leaf in leaves(contact))


@pytest.mark.parametrize("path", named(r"\.json$"), ids=ids)
def test_every_instant_has_its_offset(path: Path) -> None:
    times = re.findall(r'"(\d{4}-\d\d-\d\dT[^"]*)"', path.read_text(encoding="utf-8"))

    assert times
    assert all(re.fullmatch(r"\S+T\d\d:\d\d:\d\d-07:00", time) for time in times), times
