"""Who stands beside a person: whom a source keeps as somebody of their own is a RelatedPerson, others are contacts of the Patient."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from adapters.wire.fhir import Node


def family(record: Node) -> Iterator[tuple[str, Node]]:
    """What a lens wrote of a person and their relatives, as resources.

    >>> [kind for kind, _ in family({"RelatedPerson": [{"name": [{"family": "Doe"}]}, {"identifier": [{"value": "r1"}]}]})]
    ['Patient', 'RelatedPerson']
    """
    relatives = record.get("RelatedPerson", ())
    own = [one for one in relatives if "identifier" in one]
    yield "Patient", _patient(record, [one for one in relatives if one not in own])
    yield from (("RelatedPerson", one) for one in own)


def together(record: Node) -> Node:
    """The same in one Patient: there all relatives are contacts, and have no numbers."""
    relatives = record.get("RelatedPerson", ())
    return _patient(record, [{name: one[name] for name in one if name != "identifier"} for one in relatives])


def _patient(record: Node, relatives: Iterable[Node]) -> Node:
    contacts = [_contact(one) for one in relatives]
    return {**record.get("Patient", {}), **({"contact": contacts} if contacts else {})}


def _contact(relative: Node) -> Node:
    """A contact has room for one name and one address."""
    return relative | {name: relative[name][0] for name in ("name", "address") if name in relative}
