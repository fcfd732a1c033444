"""Field lists, the schemas published from them, and that what we read and write keeps to those."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from adapters.lifeline988.contact import Contact
from adapters.lifeline988.mobile_crisis import MobileCrisis
from adapters.rms.record import Record
from adapters.wire import fieldlist
from adapters.wire.own_json import OwnJson
from hub.errors import Misconfigured

GOLDEN = Path(__file__).parents[2] / "golden"
FORMATS: list[type[OwnJson]] = [Contact, MobileCrisis, Record]
each_format = pytest.mark.parametrize("kind", FORMATS, ids=lambda kind: kind.name)


def schema(kind: type[OwnJson]) -> dict[str, Any]:
    tables = kind().translator.lenses.tables
    return fieldlist.schema(fieldlist.load(kind.fields), kind.schema, tables, kind.any_of)


def published(kind: type[OwnJson]) -> Path:
    return fieldlist.HOME / f"{kind.fields.replace('field_list_', '')}.schema.json"


@each_format
def test_the_published_schema_is_the_field_list(kind: type[OwnJson]) -> None:
    text = json.dumps(schema(kind), indent=1, ensure_ascii=False) + "\n"
    if os.environ.get("CRISIS_HUB_GOLDEN") == "anew":
        published(kind).write_text(text, encoding="utf-8")

    assert published(kind).read_text(encoding="utf-8") == text, "CRISIS_HUB_GOLDEN=anew publishes it anew"


def records(path: Path) -> Iterator[Any]:
    text, decode, at = path.read_text(encoding="utf-8").strip(), json.JSONDecoder().raw_decode, 0
    while at < len(text):
        found, at = decode(text, at)
        yield from found if isinstance(found, list) else [found]


@each_format
def test_what_we_write_and_what_we_read_keep_to_the_published_schema(kind: type[OwnJson]) -> None:
    validator = jsonschema_rs.validator_for(json.loads(published(kind).read_text(encoding="utf-8")))
    files = [*(GOLDEN / kind.name).glob("*/back.json"), *(GOLDEN / kind.name).glob("*/wire.json")]
    # The reader takes one object where a list belongs; the schema does not.
    found = [record for path in files for record in records(path) if isinstance(record.get("capacity", []), list)]

    assert len(found) > 4
    assert [error.message for record in found for error in validator.iter_errors(record)] == []


@each_format
def test_every_field_names_where_it_comes_from(kind: type[OwnJson]) -> None:
    fields = fieldlist.load(kind.fields)

    assert len({field.path for field in fields}) == len(fields)
    assert [field.path for field in fields if not field.source or not field.confidence] == []


@each_format
def test_every_coded_field_with_a_table_names_one_that_exists(kind: type[OwnJson]) -> None:
    tables = kind().translator.lenses.tables
    named = {field.values for field in fieldlist.load(kind.fields) if field.type == "code" and field.values.islower()}

    assert {name for name in named if " " not in name} <= set(tables)


def test_a_field_of_no_known_type_is_refused_with_its_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    head = ",".join(fieldlist.COLUMNS)
    (tmp_path / "odd.csv").write_text(f"{head}\na,text,,,,us,design\nb,colour,,,,us,design\n", encoding="utf-8")
    monkeypatch.setattr(fieldlist, "HOME", tmp_path)

    with pytest.raises(Misconfigured, match='odd.csv line 3: "colour" is not a type of field'):
        fieldlist.load("odd")


def test_a_file_that_is_no_field_list_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "odd.csv").write_text("name,kind\na,b\n", encoding="utf-8")
    monkeypatch.setattr(fieldlist, "HOME", tmp_path)

    with pytest.raises(Misconfigured, match="this is not a field list"):
        fieldlist.load("odd")
