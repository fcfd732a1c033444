"""XML under lenses: paths, filters, repetitions and attributes, read and written from the same lines; every leaf accounted for."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from adapters.wire.xml import read, write
from adapters.wire.xml_lens import Xml
from adapters.wire.xml_nodes import tree, united, view
from hub.errors import Misconfigured
from hub.lens.load import load
from hub.lens.translate import Translator
from tests.disclosing import RECEIVED

SPACE = "urn:example:people"
LENSES = """
syntax: xml
tables: []
types:
  called:
    makes: HumanName
    lines:
      family: ./p:last
      given[]: ./p:first[]
      use: ./@use
  known:
    makes: Identifier
    lines: {value: ., type: ./@kind}
lenses:
  person:
    lines:
      person.names[]: p:person/p:name[] as called
      person.identifiers[]: p:person/p:id[] as known
      person.ssn: p:person/p:number[@kind=SSN]
      person.birth_place: p:person/p:at[p:kind=birth|home]/p:town
      person.birth_date: p:person/@born as date
  condition:
    each: p:person/p:finding[]
    lines:
      condition.text: .
      condition.rank: ./@rank
"""
MESSAGE = f"""<all xmlns="{SPACE}" note="kept">
  <person born="1990-03-14">
    <name use="official"><last>Doe</last><first>Riley</first><first>Quinn</first></name>
    <name><last>Roe</last></name>
    <id kind="MR">7</id>
    <number kind="FAX">1</number><number kind="SSN">2</number>
    <at><kind>work</kind><town>Elsewhere</town></at><at><kind>home</kind><town>Exampleton</town></at>
    <finding rank="1">tired</finding><finding>cold</finding>
    <empty/>
  </person>
</all>"""
XML = Xml({SPACE: "p"})


@pytest.fixture
def translator(tmp_path: Path) -> Translator:
    path = tmp_path / "set.yaml"
    path.write_text(LENSES, encoding="utf-8")
    return Translator(load(path), XML)


def seen(text: str = MESSAGE) -> Any:
    return view(read(text.encode()), XML.prefixes)


def test_paths_filters_repetitions_and_attributes_are_read(translator: Translator) -> None:
    events, k = translator.read(seen(), "all", "1", RECEIVED, careful=False)

    person: Any = events[0].body
    assert [(name.family, name.given, name.use) for name in person.names] == [
        ("Doe", ("Riley", "Quinn"), "official"),
        ("Roe", (), ""),
    ]
    assert (person.identifiers[0].value, person.identifiers[0].type) == ("7", "MR")
    assert (person.ssn, person.birth_place, person.birth_date.iso) == ("2", "Exampleton", "1990-03-14")
    findings: list[Any] = [event.body for event in events[1:]]
    assert [(one.text, one.rank) for one in findings] == [("tired", "1"), ("cold", "")]
    assert not k.bad


def test_every_text_and_attribute_is_accounted_for_once(translator: Translator) -> None:
    reading = translator.reading(seen(), "all", "1", RECEIVED)

    losses = {loss.path: loss.outcome for loss in reading.account().items}

    assert losses["@note"] == "unmapped"
    assert losses["p:person/p:number[1]"] == "unmapped"
    assert losses["p:person/p:number[2]"] == losses["p:person/p:number[2]/@kind"] == "mapped"
    assert losses["p:person/p:at[2]/p:kind"] == losses["p:person/p:finding[1]/@rank"] == "mapped"
    assert len(losses) == len(reading.account().items) == 20


def test_what_is_written_reads_the_same(translator: Translator) -> None:
    events, _ = translator.read(seen(), "all", "1", RECEIVED, careful=False)

    written = united(translator.write(events, "all", "UTC", {}, 0))
    order = {"p:person": ("p:id", "p:name")}
    body = write(tree("p:all", written, {"p": SPACE}, order))
    again, _ = translator.read(view(read(body), XML.prefixes), "all", "1", RECEIVED, careful=False)

    assert [event.body for event in again] == [event.body for event in events]
    assert body.index(b"p:id") < body.index(b"p:name")


def test_an_element_of_another_namespace_is_another_element(translator: Translator) -> None:
    found = seen(MESSAGE.replace("<empty/>", '<number xmlns="urn:other" kind="SSN">9</number>'))

    events, _ = translator.read(found, "all", "1", RECEIVED, careful=False)

    assert events[0].body.ssn == "2"  # type: ignore[union-attr]  # the first event is the person


def test_text_between_children_is_kept_with_its_element() -> None:
    assert view(read(b"<a>one<b/>two<b/> </a>"), {}) == {"b": ["", ""], "#text": "one two"}


def test_a_text_without_a_place_in_xml_is_written_without_it() -> None:
    assert write(tree("a", "x\x00y\x0b", {}, {})).endswith(b"<a>xy</a>")


@pytest.mark.parametrize("path", ["a[", "a]b", "a[b", "a b"])
def test_a_path_that_is_none_is_refused(path: str) -> None:
    with pytest.raises(Misconfigured, match="not a path in XML"):
        XML.locate(path, None)  # type: ignore[arg-type]  # a path is refused before its frame is looked at
