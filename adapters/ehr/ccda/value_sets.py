"""Words of a C-CDA 2.1 document that the value set of their place does not have: states, moods, types of problems and allergies.

`mappings/ehr/ccda/value_sets.csv` says it, one row a place of a template. What must be of its set is wrong where it is not; what
should be is worth a look. An element that says why it has no word (nullFlavor) needs none.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from functools import cache
from typing import Final, NamedTuple

from adapters.ehr.ccda.narrative import V3
from adapters.ehr.ccda.templates import SPACE, claimed
from adapters.wire import xml
from adapters.wire.own_json import HOME
from adapters.wire.xml import Element
from adapters.wire.xml_shape import Fault

TABLE: Final = HOME / "ehr" / "ccda" / "value_sets.csv"


class Bound(NamedTuple):
    """A place of a template whose words are listed: a path of children, an attribute, the words, and whether it must be one of them."""

    name: str
    path: str
    attribute: str
    words: tuple[str, ...]
    must: bool
    source: str


class Stranger(NamedTuple):
    """A word outside its value set, and whether the template forbids it or only advises against it."""

    fault: Fault
    must: bool


@cache
def bounds() -> Mapping[str, tuple[Bound, ...]]:
    """The places by template."""
    found: defaultdict[str, tuple[Bound, ...]] = defaultdict(tuple)
    with TABLE.open(encoding="utf-8", newline="") as rows:
        for row in csv.DictReader(rows):
            path, _, attribute = row["at"].rpartition("@")
            words = tuple(row["words"].split())
            bound = Bound(row["name"], path.rstrip("/") or ".", attribute, words, bool(row["must"]), row["source"])
            found[row["template"]] += (bound,)
    return dict(found)


def strangers(body: bytes) -> Iterator[Stranger]:
    """Every word that the value set of its place does not have. Raises Unreadable where there is no document."""
    for element in xml.read(body).iter(f"{{{V3}}}*"):
        for template in claimed(element):
            for bound in bounds().get(template, ()):
                yield from (Stranger(_fault(bound, one), bound.must) for one in _outside(bound, element))


def _outside(bound: Bound, element: Element) -> Iterator[Element]:
    for one in element.iterfind(bound.path, SPACE):
        said = one.get(bound.attribute)
        if said is not None and not set(said.split()) <= set(bound.words) and one.get("nullFlavor") is None:
            yield one


def _fault(bound: Bound, element: Element) -> Fault:
    place = bound.attribute if bound.path == "." else f"{bound.path}/{bound.attribute}"
    near = get_close_matches((element.get(bound.attribute) or "").casefold(), bound.words, n=1)
    few = f"one of {', '.join(bound.words)}" if len(bound.words) > 1 else bound.words[0]
    cure = f'Did you mean "{near[0]}"?' if near else f"Send {few}."
    return Fault("value set", element, f"{bound.name} has another word in {place} than {bound.source} has.", cure)
