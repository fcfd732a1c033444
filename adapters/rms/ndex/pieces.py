"""A message of several reports, or about several persons, as one message a report and person, before anything is sealed."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy

from adapters.rms.ndex.names import ID, PACKAGE, PERSON, REF, SAME, SAME_REF, SUBJECTS, tag
from adapters.wire import xml
from adapters.wire.xml import Element

ASSOCIATIONS = tag("lexsdigest:Associations")
PAYLOAD = tag("lexs:StructuredPayload")


def pieces(root: Element) -> Iterator[bytes]:
    """The message once for each report and each person it is about."""
    for n, _ in enumerate(list(root.iter(PACKAGE))):
        alone = _alone(root, n)
        subjects = [entity for entity in alone.iter(PERSON) if about(entity)]
        if len(subjects) < 2:
            yield xml.write(alone)
            continue
        for kept in range(len(subjects)):
            yield xml.write(_of(alone, kept))


def about(entity: Element) -> bool:
    """Whether a report is about a person: missing, accused, a victim or otherwise involved."""
    return any(xml.named(child) in SUBJECTS for child in entity)


def _alone(root: Element, n: int) -> Element:
    """The message with its nth report alone."""
    whole = deepcopy(root)
    for at, package in enumerate(list(whole.iter(PACKAGE))):
        if at != n:
            _remove(package)
    for message in [one for one in whole.iter(tag("lexs:PublishMessage")) if one.find(PACKAGE) is None]:
        _remove(message)
    return whole


def _of(whole: Element, kept: int) -> Element:
    """The message about one of its persons: the others go, with all that refers to them."""
    found = deepcopy(whole)
    others = [one for n, one in enumerate(e for e in found.iter(PERSON) if about(e)) if n != kept]
    gone = {each.get(ID) for other in others for each in other.iter() if each.get(ID)}
    for other in others:
        _remove(other)
    for associations in list(found.iter(ASSOCIATIONS)):
        for one in list(associations):
            if any(each.get(REF) in gone for each in one.iter()):
                _remove(one)
    for payload in found.iter(PAYLOAD):
        for one in [part for report in payload for part in report]:
            if any(each.get(SAME_REF) in gone for each in one.iter(SAME)):
                _remove(one)
    return found


def _remove(element: Element) -> None:
    above = element.getparent()
    if above is not None:
        above.remove(element)
