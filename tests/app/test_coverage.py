"""What coverage tells: by format and source, put together again, and against what other people made of the same messages."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pytest
from msgspec.structs import replace

from hub.app.coverage import documents, hl7v2, register
from hub.app.coverage.golden import Compared, Disagreement, Goldens, verdict
from hub.app.coverage.hl7v2 import same
from hub.app.coverage.measure import report
from hub.bench.messages import message
from tests.cli.conftest import ran
from tests.samples import samples


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Two sources that a list names, and a folder that none names."""
    for place, number in (("theirs/alpha/a.hl7", 1), ("theirs/beta/deep/b.hl7", 2), ("own/c.hl7", 3)):
        file = tmp_path / place
        file.parent.mkdir(parents=True)
        file.write_bytes(message("A", number))
    (tmp_path / "theirs" / "SOURCES.md").write_text("where they come from")
    return tmp_path


def test_each_source_is_counted_apart_and_all_of_them_together(data: Path) -> None:
    found = report(data).formats["hl7v2"]

    assert {name: one.read.messages for name, one in found.sources.items()} == {
        "own": 1,
        "theirs/alpha": 1,
        "theirs/beta": 1,
    }
    assert found.whole.read.messages == 3
    parts = [one.read.counts["mapped"] for one in found.sources.values()]
    assert sum(parts) == found.whole.read.counts["mapped"] > 0
    assert (found.whole.rewriting.tried, found.whole.rewriting.same) == (3, 3)


def judged(folder: Path) -> Iterable[Compared]:
    """Two pairs, of which one disagrees."""
    assert (folder / "deep").is_dir()
    yield Compared(pair="one", fields=4, left_out={"no place": 2})
    yield Compared(pair="two", fields=6, disagreements=(Disagreement(pair="two", path="Patient.gender", what="other"),))


def test_a_format_joins_with_one_entry(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    entry = replace(register.MEASURES["hl7v2"], goldens=(Goldens(name="theirs", source="beta", compare=judged),))
    monkeypatch.setitem(register.MEASURES, "hl7v2", entry)

    found = report(data).formats["hl7v2"].goldens["theirs"]
    said = ran("map", "coverage", "--data", str(data)).out

    assert (found.pairs, found.agreeing, found.pair_share) == (2, 1, 50)
    assert (found.fields, found.right, found.field_share) == (10, 9, 90)
    assert "hl7v2, theirs: 1 of 2 pairs agree, 9 of 10 fields are right" in said
    assert "two Patient.gender: other" in said
    assert "left out, no place: 2" in said


def test_nothing_compared_is_not_everything_right() -> None:
    assert verdict(()).pair_share == 0


ODD = b'MSH|^~\\&|EHR||||||ADT^A01|7|P|2.5.1\r\n\r\nPID|1||M1^^^H&1.2~S2||D\xf6e^""\\.br\\||\n'


def test_an_odd_message_is_put_together_again_to_the_byte() -> None:
    assert same(ODD)


def test_a_piece_that_was_lost_on_the_way_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hl7v2, "_spelled", lambda row: row.text.rstrip("|"))

    assert not same(ODD)


def test_every_real_message_that_can_be_read_is_put_together_again_to_the_byte() -> None:
    found = report(samples("healthcare"), "hl7v2").formats["hl7v2"].whole

    assert found.rewriting.tried == found.rewriting.same >= 526
    assert found.read.unreadable == 0


# Files of each format among the samples, and those of them that break their standard's rules and are refused for it.
XML_FILES = (
    ("public_safety/nemsis_3_5_1", "nemsis", 8, 2),
    ("public_safety/ndex_2_1_1", "ndex", 9, 0),
    ("healthcare/c-cda-examples", "ccda", 1, 0),
    ("healthcare/saner-compiled", "safr", 4, 0),
)


@pytest.mark.parametrize(("place", "fmt", "messages", "refused"), XML_FILES)
def test_every_real_document_is_known_for_what_it_is_and_put_together_again(
    place: str, fmt: str, messages: int, refused: int
) -> None:
    found = report(samples(place)).formats[fmt].whole

    assert (found.read.messages, found.read.unreadable) == (messages, refused)
    assert found.rewriting.tried == found.rewriting.same == messages


ODD_XML = "<?xml version='1.0' encoding='iso-8859-1'?>\n<!-- a --><x:a xmlns:x='u' q='1 &amp; 2'>\r\nD<!-- b -->\xf6e<?p?><b/>&lt;</x:a>"


def test_an_odd_document_is_put_together_again() -> None:
    assert documents.same_xml(ODD_XML.encode("latin-1"))


@pytest.mark.parametrize(
    "other", [b"<a><b/><c/></a>", b"<a><b><c/></b></a>", b"<a><b c=''/><c/></a>", b"<a><b/>x<c/></a>"]
)
def test_a_document_that_came_out_otherwise_is_noticed(other: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("adapters.wire.xml.write", lambda _: b"<a><b/><c/></a>")

    assert documents.same_xml(other) == (other == b"<a><b/><c/></a>")


@pytest.mark.parametrize("other", [b'{"a":1.0}', b'{"a":1}', b'{"a":"1.0"}', b'{"a":1.0,"b":null}'])
def test_a_resource_that_came_out_otherwise_is_noticed(other: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("adapters.wire.json.write", lambda _: b'{ "a": 1.0 }')

    assert documents.same_json(other) == (other == b'{"a":1.0}')


@pytest.mark.slow
def test_every_real_fhir_message_is_lexically_the_same_when_nobody_touches_it() -> None:
    found = report(samples("healthcare/fhir-r4-examples"), "fhir").formats["fhir"].whole

    assert found.rewriting.tried == found.rewriting.same >= 130
