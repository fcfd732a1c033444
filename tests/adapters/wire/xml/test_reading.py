"""XML is read guarded: bombs, document types, entities and addresses are refused, nothing is fetched, and every line is known."""

from __future__ import annotations

import socket
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.wire import xml
from hub.errors import Unreadable

LAUGHS = b"""<?xml version="1.0"?>
<!DOCTYPE lolz [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;">]>
<lolz>&c;</lolz>"""
SECRET = "the words of a file on this machine"


@pytest.mark.parametrize(
    "body",
    [
        LAUGHS,
        b'<!DOCTYPE a SYSTEM "http://192.0.2.1/a.dtd"><a/>',
        b"<!-- first --><?x y?>\n<!DOCTYPE a><a/>",
        b'<!DOCTYPE a [<!ENTITY % x SYSTEM "file:///etc/hostname">%x;]><a/>',
        LAUGHS.decode().replace("<?xml", "<?xml").encode("utf-16"),
        b"\xef\xbb\xbf" + LAUGHS,
    ],
    ids=["laughs", "external", "after-comments", "parameter", "utf-16", "mark"],
)
def test_a_document_type_is_refused(body: bytes) -> None:
    with pytest.raises(Unreadable, match="document type"):
        xml.read(body)


def test_an_external_entity_is_never_resolved(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text(SECRET)
    body = f'<!DOCTYPE a [<!ENTITY x SYSTEM "file://{tmp_path}/secret">]><a>&x;</a>'.encode()

    with pytest.raises(Unreadable) as refused:
        xml.read(body)

    assert SECRET not in str(refused.value)


def test_nothing_is_fetched(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[object] = []
    monkeypatch.setattr(socket.socket, "connect", lambda *_: asked.append(1))
    space = 'xmlns:xi="http://www.w3.org/2001/XInclude" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
    body = f'<a {space} xsi:schemaLocation="urn:x http://192.0.2.1/x.xsd"><xi:include href="http://192.0.2.1/y"/></a>'

    found = xml.read(body.encode())

    assert not asked
    assert [xml.named(child) for child in found] == ["include"]


@pytest.mark.parametrize(
    ("body", "at"),
    [
        (b"<a>\n<b></a>", "line 2"),
        (b"<a>&nobody;</a>", "line 1"),
        (b"<a b='1' b='2'/>", "line 1"),
        (b"", "line"),
        (b"not xml", "line 1"),
        (b"<a>\x01</a>", "line 1"),
        (b"<p:a/>", "line 1"),
        (b"<?xml version='1.0' encoding='EBCDIC-US'?><a/>", "line 1"),
        (b"<a>\xff</a>", "byte 3"),
        (b"<a>" * 101 + b"</a>" * 101, "line 1 a"),
    ],
)
def test_what_is_not_xml_is_refused_with_its_place(body: bytes, at: str) -> None:
    with pytest.raises(Unreadable) as refused:
        xml.read(body)

    assert refused.value.at.startswith(at)


def test_a_refusal_quotes_nothing_of_the_message() -> None:
    with pytest.raises(Unreadable) as refused:
        xml.read(b"<Jordan><Doe>&Riley;</Jordan>")

    assert not any(name in str(refused.value) for name in ("Jordan", "Doe", "Riley"))


@pytest.mark.parametrize(
    "body",
    [
        b"<a>" + b"<b/>" * xml.MOST_TAGS + b"</a>",
        b"<a>" * 100_000,
        b"<a>" + b" " * xml.MOST_BYTES + b"</a>",
        b"<a " + b" ".join(b'a%d="1"' % n for n in range(200_000)) + b"/>",
    ],
    ids=["tags", "deep", "bytes", "attributes"],
)
def test_large_ones_are_decided_quickly(body: bytes) -> None:
    started = time.process_time()

    with suppress(Unreadable):
        xml.read(body)

    assert time.process_time() - started < 2


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "iso-8859-1", "windows-1252"])
def test_a_document_may_say_how_it_is_spelled(encoding: str) -> None:
    name = encoding.removesuffix("-sig")
    body = f"<?xml version='1.0' encoding='{name}'?>\n<a>\n<b>Zoë</b></a>".encode(encoding)

    found: Any = xml.read(body)

    assert (found[0].text, found[0].sourceline) == ("Zoë", 3)


def test_lines_are_known_far_down() -> None:
    found: Any = xml.read(b"<a>" + b"\n" * 80_000 + b"<b>x</b></a>")

    assert found[0].sourceline == 80_001


@given(st.binary(max_size=200) | st.binary(max_size=60).map(lambda some: b"<a>" + some + b"</a>"))
def test_any_bytes_are_read_or_refused(body: bytes) -> None:
    try:
        found = xml.read(body)
    except Unreadable:
        return

    assert xml.read(xml.write(found)).tag == found.tag


LONG = b"<!-- " + b"x" * 9000 + b" -->"


@pytest.mark.parametrize(
    ("body", "known"),
    [
        (LONG + b"\n<a:b xmlns:a='urn:x'/>", True),
        ("\ufeff<?xml version='1.0' encoding='utf-16'?><b/>".encode("utf-16-le"), True),
        (b"<!DOCTYPE b [<!ENTITY x 'y'>]><b/>", True),
        (b"<b:a xmlns:b='urn:x'/>", False),
        (b"<a><b/></a>", False),
        (b"<!-- <b> --><a/>", False),
        (b"<bb/>", False),
        (b"<!-- ", False),
        (b"b", False),
        (b"", False),
    ],
)
def test_a_document_is_known_by_its_first_element(body: bytes, known: bool) -> None:
    assert xml.opens(body, b"b") == known


def test_a_prolog_without_an_end_costs_no_more_than_its_length() -> None:
    assert not xml.opens(b"<!-- --> <? ?>" * 200_000 + b"<!-- <?" * 200_000, b"b")
