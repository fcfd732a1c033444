"""What FHIR has no resource for (a police contact, a call to 988, a hold): an Observation whose components are the facts.

A ride is asked for, and not observed: a Task whose inputs are the facts.

No lens does this: the model itself is the map, a component's code being the path in it, and a line for each would say it twice.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import msgspec

from adapters.wire.fhir import OURS, Node, Resources
from adapters.wire.fhir_steps import known, moment, named
from hub.contracts import Received
from hub.lens.paths import default_of
from hub.lens.times import iso_date, iso_instant, write_iso, write_iso_date
from hub.model.event import Body, CrisisEvent, event_id
from hub.model.registry import BODIES, LEAVES, body_of, hints, unwrap
from hub.model.values import Code, Instant, PartialDate

# What is asked for; of these FHIR has a task, its state among those of a task.
ASKED: Final = frozenset({"transport"})
_STATES: Final = frozenset({
    "draft", "requested", "received", "accepted", "rejected", "ready", "cancelled", "in-progress", "on-hold", "failed", "completed",
    "entered-in-error",
})  # fmt: skip
STEP: Final = re.compile(r"([a-z_]+)(?:\[(\d{1,3})\])?")
# The value of a component, by the type of the leaf.
VALUES: Final[Mapping[type, str]] = {
    bool: "valueBoolean",
    int: "valueInteger",
    str: "valueString",
    Code: "valueCodeableConcept",
    Instant: "valueDateTime",
    PartialDate: "valueDateTime",
}


def written(event: CrisisEvent, patient: str, zone: str) -> Node:
    """One body as an Observation, each populated leaf a component."""
    root = body_of(event.body)
    components = [
        {"code": {"coding": [{"system": f"{OURS}:{root}", "code": path}]}, VALUES[type(value)]: _spelled(value, zone)}
        for path, value in _leaves(event.body, "")
    ]
    words = root.replace("_", " ")
    return {
        "identifier": [{"system": "urn:crisis-hub:record", "value": event.id}],
        "status": "final",
        "code": {"coding": [{"system": OURS, "code": root}], "text": words[0].upper() + words[1:]},
        **({"subject": {"reference": patient}} if patient else {}),
        **({"component": components} if components else {}),
    }


def asked(event: CrisisEvent, patient: str, zone: str) -> Node:
    """One body as a Task, each populated leaf an input; its number, state and time stand where FHIR has them as well."""
    root, body = body_of(event.body), event.body
    inputs = [
        {
            "type": {"coding": [{"system": f"{OURS}:{root}", "code": path}], "text": path.replace("_", " ")},
            VALUES[type(value)]: _spelled(value, zone),
        }
        for path, value in _leaves(body, "")
    ]
    number, status, at = (getattr(body, name, None) for name in ("number", "status", "needed_at"))
    state = status.code if isinstance(status, Code) and status.code in _STATES else "requested"
    return {
        "identifier": [
            *([{"value": number}] if number else ()),
            {"system": "urn:crisis-hub:record", "value": event.id},
        ],
        "status": state,
        "intent": "order",
        "code": {"coding": [{"system": OURS, "code": root}], "text": root.capitalize()},
        **({"for": {"reference": patient}} if patient else {}),
        **(
            {"restriction": {"period": {"start": moment(write_iso(at, zone), zone)}}} if isinstance(at, Instant) else {}
        ),
        **({"input": inputs} if inputs else {}),
    }


def _leaves(value: msgspec.Struct, path: str) -> Iterator[tuple[str, Any]]:
    for name in value.__struct_fields__:
        found = getattr(value, name)
        if found is None or found in ("", ()):
            continue
        here = f"{path}.{name}" if path else name
        for n, one in enumerate(found) if isinstance(found, tuple) else [(None, found)]:
            place = here if n is None else f"{here}[{n}]"
            if type(one) in VALUES:
                yield place, one
            elif isinstance(one, msgspec.Struct) and not isinstance(one, LEAVES):
                yield from _leaves(one, place)


def _spelled(value: Any, zone: str) -> Any:
    match value:
        case Instant():
            return moment(write_iso(value, zone), zone)
        case PartialDate():
            return write_iso_date(value)
        case Code():
            return _concept(value)
        case _:
            return value


def _concept(value: Code) -> Node:
    found = []
    if value.code:
        found.append(
            {"system": named(value.system) if value.system else "", "code": value.code, "display": value.display}
        )
    if value.local:
        system = named(value.local_system) if value.local_system else ""
        found.append({"system": system, "code": value.local, "display": "" if value.code else value.display})
    codings = [{name: said for name, said in one.items() if said} for one in found]
    return {"coding": codings} if codings else {"text": value.display}


# -- reading


def events(nodes: Sequence[Node], received: Received, message: str, first: int) -> Iterator[CrisisEvent]:
    """The events in some Observations and Tasks of ours; their ids count from `first`."""
    bodies = (Reader(received.zone).body(node) for node in nodes)
    for n, body in enumerate((one for one in bodies if one is not None), first):
        yield CrisisEvent(
            id=event_id(received.journal, n),
            body=body,
            source=received.partner,
            recorded_at=received.as_of,
            source_message=message,
            provenance="fhir/ours",
        )


def taken(root: Resources) -> set[Any]:
    """The places of the leaves that are read, in a marked message."""
    reader = Reader("UTC")
    for node in root.get("Ours", ()):
        reader.body(node)
    return reader.taken


class Reader:
    """Reads such observations; `taken` collects which leaves it read."""

    def __init__(self, zone: str) -> None:
        """Times without a zone are in `zone`."""
        self.zone = zone
        self.taken: set[Any] = set()

    def body(self, node: Node) -> Body | None:
        """The body in an Observation or Task of ours; what is not one of its paths, or not of its type, is left."""
        kind = _code(node, OURS)
        root = str(kind["code"]) if kind else ""
        if kind is None or root not in BODIES:
            return None
        self._take(kind["system"], kind["code"])
        tree: dict[Any, Any] = {}
        place, name = ("input", "type") if root in ASKED else ("component", "code")
        facts = node.get(place)
        for one in facts if isinstance(facts, list) else ():
            coding = _code(one, f"{OURS}:{root}", name)
            if coding is not None:
                _plant(tree, coding["code"], (one, coding))
        found: Body | None = self._struct(BODIES[root], tree)
        return BODIES[root]() if found is None else found

    def _take(self, *leaves: Any) -> None:
        self.taken.update(getattr(leaf, "at", None) for leaf in leaves)

    def _struct(self, kind: type, tree: Mapping[Any, Any]) -> Any:
        """A struct of what stands in a tree, None when that is nothing; what it must have and nobody said is empty."""
        found: dict[str, Any] = {}
        for name, hint in hints(kind).items():
            _, inner, many = unwrap(hint)
            value = self._field(inner, tree.get(name), many=many)
            if value not in (None, (), ""):
                found[name] = value
        if not found:
            return None
        needed = {name: "" for name in hints(kind) if default_of(kind, name) is msgspec.NODEFAULT}
        return kind(**(needed | found))

    def _field(self, inner: type, below: Any, *, many: bool) -> Any:
        if not isinstance(below, dict):
            return None
        if not many:
            return self._value(inner, below)
        counts = sorted(n for n in below if isinstance(n, int))
        return tuple(one for n in counts if (one := self._value(inner, below[n])) is not None)

    def _value(self, inner: type, below: Mapping[Any, Any]) -> Any:
        if inner not in VALUES:
            return self._struct(inner, below)
        component, coding = below.get("", ({}, {}))
        said = component.get(VALUES[inner])
        found = self._concept(said) if inner is Code else self._leaf(inner, said)
        if found is not None:
            self._take(coding["system"], coding["code"])
        return found

    def _leaf(self, inner: type, said: Any) -> Any:
        text = "" if said is None or isinstance(said, dict | list) else _text(said)
        found = _READ[inner](text, self.zone) if text else None
        if found is not None:
            self._take(said)
        return found

    def _concept(self, said: Any) -> Code | None:
        parts = {"code": "", "system": "", "display": "", "local": "", "local_system": ""}
        for coding in _codings(said):
            code, system, display = (coding.get(name) for name in ("code", "system", "display"))
            name = str(known(system)) if isinstance(system, str) else ""
            if isinstance(code, str):
                pair = ("code", "system") if ":" in name else ("local", "local_system")
                parts |= {pair[0]: str(code), pair[1]: name}
                self._take(code, system)
            if isinstance(display, str):
                parts["display"] = str(display)
                self._take(display)
        text = said.get("text") if isinstance(said, dict) else None
        if isinstance(text, str) and not parts["display"]:
            parts["display"] = str(text)
            self._take(text)
        return msgspec.convert(parts, Code) if any(parts.values()) else None


_READ: Final[Mapping[type, Any]] = {
    bool: lambda text, _: {"true": True, "false": False}.get(text),
    int: lambda text, _: int(text) if re.fullmatch(r"-?\d{1,15}", text) else None,
    str: lambda text, _: text,
    Instant: iso_instant,
    PartialDate: lambda text, _: iso_date(text),
}


def _text(said: Any) -> str:
    return ("true" if said else "false") if isinstance(said, bool) else str(said)


def _codings(node: Any) -> list[Node]:
    found = node.get("coding") if isinstance(node, dict) else None
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def _code(node: Any, system: str, name: str = "code") -> Node | None:
    """The first coding of one of our systems."""
    codings = _codings(node.get(name) if isinstance(node, dict) else None)
    return next((one for one in codings if one.get("system") == system and isinstance(one.get("code"), str)), None)


def _plant(tree: dict[Any, Any], path: str, leaf: tuple[Node, Node]) -> None:
    """Put a component where its path leads; lists are by their count, a leaf stands under the empty name."""
    for part in path.split("."):
        found = STEP.fullmatch(part)
        if not found:
            return
        tree = tree.setdefault(found[1], {})
        if found[2]:
            tree = tree.setdefault(int(found[2]), {})
    tree[""] = leaf
