"""nil, NV and PN: why a value is missing or negated, held to the errors of the national Schematron, under their names there.

A Not Value (NV) says why nothing was recorded; a Pertinent Negative (PN) says that something is not so. Which of them an element may
carry, and whether it may be nil, stands in the table of the shape.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from adapters.wire.xml import Element, named
from adapters.wire.xml_shape import NIL, Fault, Row, Shape

UNABLE: Final = "8801023"
APPROXIMATE: Final = "8801029"
# Times that may be approximate: the pertinent negative then stands beside the time.
ONSETS: Final = ("eSituation.01", "eSituation.18")
# Elements whose pertinent negative stands beside a value, and the rule that says so.
BESIDE: Final = {"eSituation.10": "nemSch_e005", "eMedications.03": "nemSch_e006", "eProcedures.03": "nemSch_e007"}
# Of these it may stand beside a value or not: they are judged by their own sections.
EITHER: Final = ("eHistory.10", "eCustomResults.01")


def faults(root: Element, shape: Shape) -> Iterator[Fault]:
    """Everything that is wrong with nil, NV and PN, in the order of the document."""
    for element in root.iter():
        if element.attrib:
            parent = element.getparent()
            row = shape.row(named(parent), named(element)) if parent is not None else None
            yield from _allowed(element, row)
            yield from _together(element)


def _allowed(element: Element, row: Row | None) -> Iterator[Fault]:
    """What the table lets an element carry."""
    for name in ("NV", "PN"):
        code = element.get(name)
        allowed = (row.more.get(name.lower(), "") if row else "").split()
        if code is not None and row is not None and code not in allowed:
            said = f"{name} takes one of {', '.join(allowed)} here." if allowed else f"{name} may not stand here."
            yield Fault(name, element, said)
    if _nil(element) and row is not None and not row.more.get("nil"):
        yield Fault("nil", element, "this may not be nil.")
    if _nil(element) and (len(element) or (element.text or "").strip()):
        yield Fault("nil", element, "what is nil holds nothing.")


def _together(element: Element) -> Iterator[Fault]:
    """Which of the three may stand together. The first rule that fits an element is the one that judges it."""
    name, nil, nv, pn = named(element), _nil(element), element.get("NV"), element.get("PN")
    if name in EITHER or (pn and _assessed(element)):
        return
    if pn:
        rule, valued = _negative(name, pn)
        if valued and (nil or nv):
            yield Fault(rule, element, "a pertinent negative stands here beside its value, without nil and NV.")
        elif not valued and (not nil or nv):
            yield Fault(rule, element, "with this pertinent negative it is nil, and has no NV.")
    elif nil and not nv:
        yield Fault("nemSch_e001", element, "what is nil says why: NV or PN.", "Say why, or leave it out.")
    elif nv and not nil:
        yield Fault("nemSch_e002", element, "what has an NV is nil.")


def _negative(name: str, pn: str) -> tuple[str, bool]:
    """The rule that judges a pertinent negative, and whether it stands beside a value."""
    if name in ONSETS and pn in (UNABLE, APPROXIMATE):
        return ("nemSch_e004", True) if pn == APPROXIMATE else ("nemSch_e003", False)
    if name in BESIDE:
        return BESIDE[name], True
    return "nemSch_e008", False


def _assessed(element: Element) -> bool:
    return any(named(above) == "eExam.AssessmentGroup" for above in element.iterancestors())


def _nil(element: Element) -> bool:
    return (element.get(NIL) or "").strip() in ("true", "1")
