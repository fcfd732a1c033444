"""Both layers: LEXS and N-DEx by their shapes, then every reference between them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from adapters.rms.ndex.names import ID, NDEX, PREFIXES, REF, REPORTS, ROOT, SAME, SAME_REF, tag
from adapters.wire import xml, xml_shape
from adapters.wire.own_json import HOME
from adapters.wire.xml import Element
from adapters.wire.xml_shape import Fault
from hub.errors import Unreadable

FOLDER: Final = HOME / "rms" / "ndex"
PAYLOAD: Final = tag("lexs:StructuredPayload")
# A report without the outer layer: half a message.
BARE: Final = frozenset(tag(f"ndexia:{name}") for name in REPORTS)


def checked(body: bytes) -> Element:
    """A message whose layers keep their shapes and refer to what is there. Raises Unreadable at the first line that does not."""
    root = outer(body)
    fault = next(faults(root), None)
    if fault is not None:
        raise fault.error()
    return root


def outer(body: bytes) -> Element:
    """The outermost element: a doPublish, or a report without one. Raises Unreadable where there is neither."""
    root = xml.read(body)
    if root.tag != ROOT and root.tag not in BARE:
        raise Unreadable("A doPublish of LEXS 3.1 belongs here.", at=xml.place(root))
    return root


def faults(root: Element) -> Iterator[Fault]:
    """Everything that is wrong: first the outer layer, then each report within, then what refers to nothing."""
    if root.tag in BARE:
        yield from _report(root)
        return  # what it refers to stands in the layer that is missing
    yield from xml_shape.load(FOLDER / "lexs.csv", PREFIXES).faults(root)
    for payload in root.iter(PAYLOAD):
        for report in payload:
            if str(report.tag).startswith(f"{{{NDEX}/2.1}}"):
                yield from _report(report)
    yield from _references(root)


def _report(report: Element) -> Iterator[Fault]:
    if xml.named(report) not in REPORTS:
        yield Fault("unknown", report, "this is none of the four reports.", f"Send {', '.join(REPORTS)}.")
    else:
        yield from xml_shape.load(FOLDER / "report.csv", PREFIXES).faults(report)


def _references(root: Element) -> Iterator[Fault]:
    """References and ids: an id stands once, a reference says nothing itself and points at one that is there."""
    known: set[str] = set()
    for element in root.iter():
        own = element.get(ID)
        if own is not None and own in known:
            yield Fault("id", element, "another element has this id.")
        known |= {own} if own is not None else set()
    for element in root.iter():
        found = element.get(SAME_REF) if element.tag == SAME else element.get(REF)
        if found is None:
            continue
        if found not in known:
            yield Fault("reference", element, "nothing in this message has the id that it refers to.")
        if len(element) or (element.text or "").strip():
            yield Fault("form", element, "a reference holds nothing itself.")
