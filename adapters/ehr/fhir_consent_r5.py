"""A FHIR R5 Consent: a decision and its exceptions, exceptions to those, and so on; read and written beside R4 and R4B.

R5 knows no silence. Where ours permits something and says nothing of the rest, it is written as a refusal with that exception, and
an extension says that the rest is silence: whoever does not know it holds back more than was said, never less.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

import msgspec

from adapters.ehr.fhir_provision import Reader, period, written
from adapters.wire.fhir import Node
from hub.model.consent import ConsentDirective, Provision
from hub.model.values import Code

SILENT: Final = "urn:crisis-hub:consent_directive.silent"
# R5 keeps the day it was signed; the time stands beside it.
SIGNED: Final = "urn:crisis-hub:consent_directive.signed_at"
DAY: Final = len("2026-03-01")
OTHER: Final = {"permit": "deny", "deny": "permit"}
# Elements that R4 does not have.
OWN: Final = frozenset(
    {"decision", "subject", "grantor", "grantee", "controller", "manager", "regulatoryBasis", "policyBasis"}
)
NAMED: Final = ("purposes", "actions", "classes", "labels", "codes", "data")
CRITERIA: Final = ("actors", *NAMED, "data_starts_at", "data_ends_at")


def is_r5(node: Node) -> bool:
    """Whether a Consent is one of R5."""
    return not OWN.isdisjoint(node)


# -- reading


def read(node: Node, reader: Reader) -> Provision | None:
    """The decision with its exceptions as one tree; None where it neither permits nor denies."""
    decision = reader.take(node.get("decision"))
    if decision not in OTHER:
        return None
    exceptions = tuple(exception(one, decision, reader) for one in reader.listed(node, "provision"))
    found = _spoken(exceptions) if _is_silent(node) and decision == "deny" and exceptions else None
    root = found or Provision(effect=decision, provisions=exceptions)
    starts, ends = reader.period(node.get("period"))
    return msgspec.structs.replace(root, starts_at=starts or root.starts_at, ends_at=ends or root.ends_at)


def exception(node: Any, within: str, reader: Reader) -> Provision:
    """One exception to what it stands within, with those to it. It says itself neither permit nor deny."""
    if not isinstance(node, dict):
        reader.odd.add("words")
        return Provision(effect=OTHER[within])
    kinds = [*reader.listed(node, "resourceType"), *reader.listed(node, "documentType")]
    as_r4 = {name: value for name, value in node.items() if name not in ("resourceType", "documentType", "provision")}
    found = reader.provision(as_r4 | ({"class": kinds} if kinds else {}))
    effect = OTHER[within]
    inner = tuple(exception(one, effect, reader) for one in reader.listed(node, "provision"))
    return msgspec.structs.replace(found, effect=effect, provisions=inner)


def _spoken(exceptions: tuple[Provision, ...]) -> Provision:
    """What is permitted where the rest is silence: the first, and the others within it, each with criteria of its own."""
    first, *others = exceptions
    return msgspec.structs.replace(first, provisions=(*first.provisions, *others))


def _is_silent(node: Node) -> bool:
    said = node.get("extension")
    return isinstance(said, list) and any(
        isinstance(one, dict) and one.get("url") == SILENT and one.get("valueBoolean") is True for one in said
    )


def granting(root: Provision | None) -> Provision | None:
    """The provision in which a directive says to whom and what for: the root, or what a refusal excepts."""
    if root is None or root.effect == "permit" or not root.provisions:
        return root
    found = [one for one in root.provisions if one.effect == "permit"]
    if not found:
        return root
    named = {name: _joined(tuple(getattr(one, name) for one in found)) for name in NAMED}
    return msgspec.structs.replace(
        found[0],
        actors=tuple(actor for one in found for actor in one.actors),
        actor_roles=tuple(role for one in found for role in one.actor_roles),
        provisions=(),
        **named,
    )


def _joined(each: tuple[tuple[Code, ...], ...]) -> tuple[Code, ...]:
    """What several name between them; where one of them names nothing it is about everything."""
    return tuple(dict.fromkeys(code for codes in each for code in codes)) if all(each) else ()


# -- writing


def converted(record: Node, said: ConsentDirective, zone: str) -> Node:
    """What was written of a directive in R4, as R5 has it."""
    kept = {name: value for name, value in record.items() if name not in MOVED and name not in ("scope", "provision")}
    moved = {new: _list(record[old]) if many else record[old] for old, (new, many) in MOVED.items() if old in record}
    root = said.provision or _plain(said)
    decision, exceptions, silent = _decided(root)
    found = {
        "status": "unknown",
        "category": [{"coding": [{"system": "http://loinc.org", "code": "59284-0", "display": "Consent Document"}]}],
        **kept,
        **moved,
        "period": period(root.starts_at or said.effective_at, root.ends_at or said.expires_at, zone),
        "decision": decision,
        "provision": [_excepted(one, zone) for one in exceptions],
    }
    beside = [{"url": SILENT, "valueBoolean": True}] if silent else []
    if len(day := found.get("date", "")) > DAY:
        found["date"] = day[:DAY]
        beside.append({"url": SIGNED, "valueDateTime": day})
    found["extension"] = [*found.get("extension", ()), *beside]
    found["status"] = STATUS.get(found["status"], found["status"])
    return {name: value for name, value in found.items() if value or value is False}


MOVED: Final[Mapping[str, tuple[str, bool]]] = {
    "patient": ("subject", False),
    "dateTime": ("date", False),
    "performer": ("grantor", True),
    "organization": ("controller", True),
    "policyRule": ("regulatoryBasis", True),
    "sourceAttachment": ("sourceAttachment", True),
    "sourceReference": ("sourceReference", True),
}
STATUS: Final = {"proposed": "draft", "rejected": "not-done"}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _plain(said: ConsentDirective) -> Provision:
    return Provision(effect=said.decision, actors=said.recipients, purposes=said.purposes, classes=said.classes)


def _decided(root: Provision) -> tuple[str, tuple[Provision, ...], bool]:
    """The decision, its exceptions, and whether the rest is silence. A refusal of some is written as one of all."""
    if root.effect != "permit":
        return "deny", () if _limited(root) else tuple(_flat(root, "permit")), False
    if not _limited(root):
        return "permit", tuple(_flat(root, "deny")), False
    alone = msgspec.structs.replace(root, starts_at=None, ends_at=None)
    others = (_filled(one, root) for one in root.provisions if one.effect == "permit")
    return "deny", (alone, *others), True


def _limited(one: Provision) -> bool:
    return any(getattr(one, name) for name in CRITERIA)


def _flat(one: Provision, effect: str) -> Iterator[Provision]:
    """What stands within and says otherwise: an exception that says the same changes nothing where there are no criteria."""
    yield from (inner for inner in one.provisions if inner.effect == effect)


def _filled(inner: Provision, outer: Provision) -> Provision:
    """A permit within a permit, on its own: what it leaves open it has from the other."""
    open_ = {name: getattr(outer, name) for name in ("actors", *NAMED) if not getattr(inner, name)}
    if "actors" in open_:
        open_["actor_roles"] = outer.actor_roles
    return msgspec.structs.replace(inner, **open_)


def _excepted(one: Provision, zone: str) -> Node:
    """An exception, with the exceptions to it."""
    found = written(msgspec.structs.replace(one, provisions=()), zone)
    found.pop("type", None)
    if kinds := found.pop("class", None):
        found["resourceType"] = kinds
    inner = [_excepted(each, zone) for each in _flat(one, OTHER[one.effect])]
    return found | ({"provision": inner} if inner else {})
