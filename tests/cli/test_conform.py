"""Judging files against their standards, and printing the schemas of ours."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest

from adapters.wire.own_json import HOME
from hub.app.formats.conformance import findings
from hub.model.event import CrisisEvent
from hub.model.registry import FIELDS
from tests.adapters.cad.calls import GOLDEN
from tests.cli import county
from tests.cli.conftest import ran


class Silent:
    """A format whose reader finds nothing, for what only the library judges."""

    name, media_type = "fhir", "application/fhir+json"

    def split(self, body: bytes) -> tuple[bytes, ...]:
        return (body,)

    def read(self, body: bytes, received: object) -> object:
        from hub.contracts import Reading

        return Reading(kind="x", events=())


def fhir(body: bytes) -> list[tuple[str, str]]:
    """What fhir.resources says of a resource: level and place."""
    return [(f.level, f.place) for f in findings("fhir", Silent(), body)]  # type: ignore[arg-type]  # it needs no more


def test_a_message_as_the_standard_has_it_passes(tmp_path: Path) -> None:
    (tmp_path / "m").write_bytes(county.message(1))

    said = ran("conform", str(tmp_path / "m"))

    assert said.status == 0, said.out


def test_what_the_standard_requires_and_the_message_lacks_is_named(tmp_path: Path) -> None:
    (tmp_path / "m").write_bytes(county.message(1).replace(b"EVN|A04|20260310145501-0700\r", b""))

    said = ran("conform", str(tmp_path / "m"), "--json")

    assert said.status == 1
    assert ("error", "ADT_A01.EVN", "hl7apy") in [(f["level"], f["place"], f["by"]) for f in said.json["findings"]]


def test_a_message_of_2_3_needs_no_structure_in_msh_9(tmp_path: Path) -> None:
    lines = (
        rb"MSH|^~\&|EHR|H1|HUB|PINE|20261122161500||ADT^A04|7|P|2.3",
        b"EVN|A04|20261122161500",
        b"PID|1||445566^^^H1^MR||ROE^AVERY||19881231|F",
        b"PV1|1|E|ED",
    )
    (tmp_path / "m").write_bytes(b"\r".join((*lines, b"")))
    (tmp_path / "n").write_bytes(b"\r".join((lines[0], *lines[2:], b"")))

    assert ran("conform", str(tmp_path / "m")).status == 0
    assert "ADT_A01.EVN" in ran("conform", str(tmp_path / "n")).out


def test_a_plain_field_with_components_is_named_without_riddles(tmp_path: Path) -> None:
    left = b"V77^^^H1^VN" + b"|" * 17 + b"65^Discharged^HL70112"
    (tmp_path / "m").write_bytes(county.message(1).replace(b"V77^^^H1^VN", left))

    (wrong,) = (f for f in ran("conform", str(tmp_path / "m"), "--json").json["findings"] if f["level"] == "error")

    assert wrong["words"] == "PV1.PV1_36 is not of the datatype that belongs there"


def test_what_our_reader_cannot_understand_is_named(tmp_path: Path) -> None:
    (tmp_path / "m").write_bytes(county.message(1).replace(b"19900314", b"1990Doe4"))

    said = ran("conform", str(tmp_path / "m"))

    assert said.status == 1
    assert "PID-7" in said.out


def test_a_finding_never_quotes_the_message(tmp_path: Path) -> None:
    body = (
        county.message(1, sex="Secretname").replace(b"19900314", b"Secretname").replace(b"EVN|A04", b"EVN|Secretname")
    )
    (tmp_path / "m").write_bytes(body)

    said = ran("conform", str(tmp_path / "m"))

    assert said.status == 1
    assert "Secretname" not in said.whole


@pytest.mark.parametrize(
    ("body", "place"),
    [
        (b'{"resourceType": "Patient", "birthDate": "Secretname"}', "Patient.birthDate"),
        (b'{"resourceType": "Observation"}', "Observation"),
        (b'{"resourceType": "Nothing"}', "resourceType"),
        (b"[]", "resourceType"),
        (b"{", "resourceType"),
    ],
)
def test_fhir_is_judged_by_fhir_resources(body: bytes, place: str) -> None:
    found = fhir(body)

    assert found
    assert {level for level, _ in found} == {"error"}
    assert all(at.startswith(place) for _, at in found)


TRAFFIC = Path(__file__).parents[2] / "examples" / "county" / "traffic"


def test_a_format_of_our_own_is_judged_by_the_schema_we_publish(tmp_path: Path) -> None:
    record = json.loads((TRAFFIC / "04-pd-field-contact.json").read_text(encoding="utf-8"))
    (tmp_path / "wrong.json").write_text(json.dumps({**record, "person": ["Secretname"]}))
    schema = ran("schema", "--format", "rms").json

    sound = ran("conform", str(TRAFFIC / "04-pd-field-contact.json"), "--json")
    wrong = ran("conform", str(tmp_path / "wrong.json"), "--format", "rms", "--json")

    jsonschema.Draft202012Validator(schema).validate(record)
    assert (sound.status, sound.json["format"]) == (0, "rms"), sound.out
    assert wrong.status == 1
    assert ("$.person", "jsonschema") in [(f["place"], f["by"]) for f in wrong.json["findings"]]
    assert "Secretname" not in wrong.whole


@pytest.mark.parametrize(
    ("fmt", "file"),
    [
        ("lifeline988", "lifeline988/contact.schema.json"),
        ("mobile_crisis", "lifeline988/mct.schema.json"),
        ("rms", "rms/record.schema.json"),
    ],
)
def test_each_format_of_our_own_prints_the_schema_that_is_published(fmt: str, file: str) -> None:
    assert ran("schema", "--format", fmt).json == json.loads((HOME / file).read_text(encoding="utf-8"))


def test_every_fault_of_an_eido_is_named_and_none_twice(tmp_path: Path) -> None:
    eido = json.loads((GOLDEN / "a-crisis-unit-arrives" / "wire.json").read_text(encoding="utf-8"))
    del eido["eidoVersion"], eido["agencyComponent"][0]["agencyType"]
    (tmp_path / "m").write_text(json.dumps(eido), encoding="utf-8")

    said = ran("conform", str(tmp_path / "m"), "--json")

    assert said.status == 1
    assert [(f["place"], f["words"]) for f in said.json["findings"]] == [
        ("$", '"eidoVersion" is missing. Send eidoVersion.'),
        ("agencyComponent[0]", '"agencyType" is missing. Send agencyType.'),
    ]


def test_a_schema_of_other_people_is_not_ours_to_print() -> None:
    said = ran("schema", "--format", "hl7v2")

    assert said.status == 1
    assert "published by those who made it" in said.aside


def test_a_sound_resource_passes() -> None:
    assert fhir(b'{"resourceType": "Patient", "birthDate": "1990-03-14"}') == []


def test_the_formats_are_listed_with_their_judges() -> None:
    listed = {each["format"]: each["judges"] for each in ran("conform", "--list", "--json").json}

    assert "hl7apy" in listed["hl7v2"]
    assert ran("conform").status == 2


def test_the_schema_of_the_model_judges_canonical_events(tmp_path: Path) -> None:
    (tmp_path / "m").write_bytes(county.message(1))
    schema = ran("schema").json

    for event in ran("translate", str(tmp_path / "m"), "--json").json["messages"][0]["events"]:
        jsonschema.Draft202012Validator(schema).validate(event)

    assert schema["title"].startswith("crisis-hub")
    assert CrisisEvent.__name__ in schema["$defs"]


def test_every_path_is_listed_with_its_category() -> None:
    listed = ran("schema", "--paths").out.splitlines()[1:]

    assert len(listed) == len(FIELDS)
    assert listed[0].split()[:2] == [FIELDS[0].path, FIELDS[0].category.value]
    assert len(ran("schema", "--paths", "--json").json) == len(FIELDS)


def test_the_schema_of_a_partner_file_is_printed() -> None:
    assert "crisis-hub partner file" in ran("schema", "--partner").out
    assert ran("schema", "--partner", "--paths").status == 2
