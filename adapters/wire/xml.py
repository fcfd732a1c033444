"""XML, guarded: no document type, no entity of its own, nothing fetched; not too large, deep or many; every element knows its line."""

from __future__ import annotations

import re
from typing import Final

from lxml import etree

from hub.errors import Unreadable

Element = etree._Element  # noqa: SLF001 - lxml has no public name for what its parser returns

MOST_BYTES: Final = 16 * 1024 * 1024
MOST_DEPTH: Final = 100
# Each costs a microsecond or two, and whoever reads holds up everybody else: one more than these is no message.
MOST_TAGS: Final = 400_000
XSI: Final = "http://www.w3.org/2001/XMLSchema-instance"
DECLARED: Final = re.compile(rb"<\?xml[^>]{0,80}?\bencoding\s*=\s*[\"']([A-Za-z][\w.\-]{0,30})[\"']")
# How a document may be spelled, by the name it gives itself. UTF-16 shows itself by its first bytes.
ENCODINGS: Final = {
    "utf-8": "utf-8",
    "utf8": "utf-8",
    "us-ascii": "ascii",
    "ascii": "ascii",
    "iso-8859-1": "latin-1",
    "windows-1252": "cp1252",
}
MARKS: Final = ((b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"), (b"\xef\xbb\xbf", "utf-8-sig"))
# What may stand before the document type, and before the first element.
PROLOG: Final = re.compile(r"(?:\s++|<!--.*?-->|<\?.*?\?>)*+", re.DOTALL)
# The first element's name. A document that declares a type is known by its element as well, and refused where it is read.
FIRST: Final = re.compile(
    rb"(?:\s++|<!--.*?-->|<\?.*?\?>|<!DOCTYPE[^>\[]*+(?:\[.*?\]\s*+)?+>)*+<(?:[\w.\-]++:)?+([\w.\-]++)", re.DOTALL
)


def read(body: bytes, *, most_bytes: int = MOST_BYTES) -> Element:
    """The root element. Comments and instructions are left out. Raises Unreadable naming line and column, and quotes nothing.

    >>> root = read(b"<a><b c='1'>x</b></a>")
    >>> root[0].text, root[0].sourceline
    ('x', 1)
    """
    if len(body) > most_bytes:
        raise Unreadable(f"The XML is larger than {most_bytes} bytes.", at=f"byte {most_bytes}")
    text = _text(body)
    start = PROLOG.match(text)
    at = start.end() if start else 0
    if text.startswith("<!DOCTYPE", at):
        line = text.count("\n", 0, at) + 1
        raise Unreadable("A document type may not be declared.", at=f"line {line}", cure="Send it without <!DOCTYPE>.")
    if text.count("<") > MOST_TAGS:
        raise Unreadable(f"The XML has more than {MOST_TAGS} tags.", at="line 1", cure="Send less at once.")
    root = _parsed(text.encode())
    _refuse_depth(root)
    return root


def write(root: Element) -> bytes:
    """The bytes of a document, in UTF-8."""
    return etree.tostring(root, encoding="UTF-8", xml_declaration=True)


def opens(body: bytes, name: bytes) -> bool:
    r"""Whether bytes begin as XML does, and the first element has a name; its prefix does not count.

    >>> opens(b"\xef\xbb\xbf <?xml version='1.0'?><!-- a: --><a:HospitalStatus/>", b"HospitalStatus")
    True
    """
    wide = body[:2] in (b"\xff\xfe", b"\xfe\xff")
    first = FIRST.match((body.replace(b"\x00", b"") if wide else body).lstrip(b"\xef\xbb\xbf\xff\xfe"))
    return first is not None and first[1] == name


def named(element: Element) -> str:
    """The name of an element without its namespace.

    >>> named(read(b"<a:b xmlns:a='urn:x'/>"))
    'b'
    """
    return str(element.tag).rpartition("}")[2]


def place(element: Element) -> str:
    """Where an element stands: its line and its name, never its text."""
    return f"line {element.sourceline} {named(element)}"


def _text(body: bytes) -> str:
    marked = next((name for mark, name in MARKS if body.startswith(mark)), "")
    said = DECLARED.match(body.lstrip())
    declared = said[1].decode().lower() if said else "utf-8"
    if not marked and declared not in ENCODINGS:
        raise Unreadable(f'The encoding "{declared}" is not one of {", ".join(ENCODINGS)}.', at="line 1")
    try:
        return body.decode(marked or ENCODINGS[declared])
    except UnicodeDecodeError as error:
        raise Unreadable(f"The XML is not {marked or declared}.", at=f"byte {error.start}") from error


def _parsed(text: bytes) -> Element:
    # A parser of its own for each document: lxml's parsers hold state, and adapters hold none.
    parser = etree.XMLParser(
        encoding="utf-8",
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(text, parser)
    except etree.XMLSyntaxError as error:
        # The parser's own words may quote the message; the name of what is wrong does not.
        line, column = error.position
        raise Unreadable(f"This is not XML: {_wrong(error)}.", at=f"line {line} column {column}") from None
    except ValueError:
        raise Unreadable("This is not XML: it holds a character that XML does not have.") from None
    if root.getroottree().docinfo.internalDTD is not None:
        raise Unreadable("A document type may not be declared.", at="line 1", cure="Send it without <!DOCTYPE>.")
    return root


def _wrong(error: etree.XMLSyntaxError) -> str:
    """The name of an error as words: `tag name mismatch`."""
    last = getattr(error.error_log, "last_error", None)
    name = str(last.type_name) if last is not None else "nothing in it"
    return name.removeprefix("ERR_").replace("_", " ").lower()


def _refuse_depth(root: Element) -> None:
    """Level by level: what is deep enough to matter would exhaust whoever walks it by calling itself."""
    level = [root]
    for _ in range(MOST_DEPTH):
        level = [child for element in level for child in element]
        if not level:
            return
    raise Unreadable(f"The XML is nested more than {MOST_DEPTH} deep.", at=place(level[0]))
