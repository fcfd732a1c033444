"""What a C-CDA 2.1 document lacks of what its own templates require: the header, and the sections that are read.

`mappings/ehr/ccda/templates.csv` says it, one row a requirement: whatever claims a template must have what the row needs, of the
template that the row names. A section that says it has no information (nullFlavor) needs no entries.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Final, NamedTuple

from adapters.ehr.ccda.narrative import V3
from adapters.wire import xml
from adapters.wire.own_json import HOME
from adapters.wire.xml import Element
from adapters.wire.xml_shape import Fault

TABLE: Final = HOME / "ehr" / "ccda" / "templates.csv"
SPACE: Final = {"": V3}
HEADER: Final = "2.16.840.1.113883.10.20.22.1.1"


class Need(NamedTuple):
    """One requirement of a template: a path of children, an attribute's value, and which template must stand there."""

    name: str
    path: str
    attribute: str
    value: str
    of: str
    unless: str


@cache
def needs() -> Mapping[str, tuple[Need, ...]]:
    """The requirements by template."""
    found: defaultdict[str, tuple[Need, ...]] = defaultdict(tuple)
    with TABLE.open(encoding="utf-8", newline="") as rows:
        for row in csv.DictReader(rows):
            path, _, asked = row["needs"].partition("/@")
            attribute, _, value = asked.partition("=")
            found[row["template"]] += (Need(row["name"], path, attribute, value, row["of"], row["unless"]),)
    return dict(found)


def missing(body: bytes) -> Iterator[Fault]:
    """Everything that a document lacks of what its templates require. Raises Unreadable where there is no document."""
    root = xml.read(body)
    if HEADER not in claimed(root):
        yield Fault("template", root, "this document does not claim the US Realm Header of C-CDA.", f"Claim {HEADER}.")
        yield from _lacking(root, HEADER)
    for element in root.iter(f"{{{V3}}}*"):
        for template in claimed(element):
            yield from _lacking(element, template)


def _lacking(element: Element, template: str) -> Iterator[Fault]:
    return (Fault("template", element, _words(one)) for one in needs().get(template, ()) if not _met(one, element))


def claimed(element: Element) -> list[str]:
    """The templates that an element claims, each once."""
    roots = (one.get("root", "") for one in element.iterfind("templateId", SPACE))
    return list(dict.fromkeys(roots))


def _met(need: Need, element: Element) -> bool:
    if need.unless and element.get(need.unless) is not None:
        return True
    there = element.iterfind(need.path, SPACE)
    return any(
        (not need.attribute or one.get(need.attribute) == need.value) and (not need.of or need.of in claimed(one))
        for one in there
    )


def _words(need: Need) -> str:
    asked = f" with {need.attribute} {need.value}" if need.attribute else ""
    found = needs().get(need.of)
    template = f" of the template {f'{found[0].name} ' if found else ''}({need.of})" if need.of else ""
    return f"{need.name} requires {need.path}{asked}{template}."
