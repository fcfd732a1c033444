"""The provisions of a FHIR R4 Consent, nested as they are: read with a note of what was not understood, and written again.

No lens reads them: the model keeps a provision whole, with the exceptions inside it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from adapters.wire.fhir import Linked, Node
from adapters.wire.fhir_steps import moment
from hub.lens.times import iso_instant, until, write_iso, write_until
from hub.model.consent import Provision
from hub.model.values import Code, Instant

KNOWN: Final = frozenset(
    [
        "id",
        "type",
        "period",
        "actor",
        "action",
        "securityLabel",
        "purpose",
        "class",
        "code",
        "data",
        "dataPeriod",
        "provision",
    ]
)


class Reader:
    """Reads provisions; `odd` collects what kinds of things it could not read, `taken` which leaves it read."""

    def __init__(self, zone: str) -> None:
        """Dates without a zone are in `zone`."""
        self.zone = zone
        self.odd: set[str] = set()
        self.taken: set[Any] = set()

    def provision(self, node: Any) -> Provision:
        """One provision with those in it."""
        if not isinstance(node, dict):
            self.odd.add("words")
            return Provision(effect="")
        if node.keys() - KNOWN:
            self.odd.add("words")
        starts, ends = self.period(node.get("period"))
        said_from, said_until = self.period(node.get("dataPeriod"))
        actors = [self._actor(one) for one in self.listed(node, "actor")]
        return Provision(
            effect=self._effect(node.get("type")),
            starts_at=starts,
            ends_at=ends,
            actors=tuple(actor for actor, _ in actors),
            actor_roles=tuple(role for _, role in actors),
            actions=self._codes(node, "action", self._concept),
            labels=self._codes(node, "securityLabel", self._coding),
            purposes=self._codes(node, "purpose", self._coding),
            classes=self._codes(node, "class", self._coding),
            codes=self._codes(node, "code", self._concept),
            data=tuple(self._datum(one) for one in self.listed(node, "data")),
            data_starts_at=said_from,
            data_ends_at=said_until,
            provisions=tuple(self.provision(one) for one in self.listed(node, "provision")),
        )

    def period(self, node: Any) -> tuple[Instant | None, Instant | None]:
        """A period: its first instant, and the first after it (FHIR: the end is inclusive)."""
        found = self._object(node, "period")
        return self._instant(found.get("start")), until(self._instant(found.get("end")), self.zone)

    def take(self, leaf: Any) -> str:
        """The text of a leaf, noted."""
        if not isinstance(leaf, str):
            return ""
        self.taken.add(getattr(leaf, "at", None))
        return str(leaf)

    def _effect(self, said: Any) -> str:
        effect = self.take(said)
        if effect not in ("permit", "deny", ""):
            self.odd.add("words")
        return effect

    def _instant(self, said: Any) -> Instant | None:
        found = iso_instant(text, self.zone) if (text := self.take(said)) else None
        if said is not None and found is None:
            self.odd.add("period")
        return found

    def _actor(self, node: Any) -> tuple[Code, str]:
        actor = self._object(node, "actor")
        role = self._concept(actor.get("role")) or Code()
        found = self.who(actor.get("reference"))
        if not found.code:
            self.odd.add("actor")
        return found, role.code or role.local

    def _datum(self, node: Any) -> Code:
        datum = self._object(node, "words")
        found = self._object(datum.get("reference"), "words")
        return Code(code=self.take(found.get("reference")), local=self.take(datum.get("meaning")))

    def who(self, reference: Any) -> Code:
        """Whom a reference names: by an identifier, its own or that of what it points at; else only how it was spelled."""
        said = self._object(reference, "actor")
        target = said.target if isinstance(said, Linked) else {}
        known = next(
            filter(None, (_identifier(one) for one in (said.get("identifier"), *_list(target, "identifier")))), {}
        )
        display = self.take(said.get("display")) or self.take(target.get("name"))
        spelled = self.take(said.get("reference"))
        if not known:
            return Code(local=spelled, display=display)
        return Code(code=self.take(known["value"]), system=self.take(known.get("system")), display=display)

    def _codes(self, node: Node, name: str, read: Callable[[Any], Code | None]) -> tuple[Code, ...]:
        found = [read(one) for one in self.listed(node, name)]
        if not all(code is not None and (code.code or code.local) for code in found):
            self.odd.add("purpose" if name == "purpose" else "words")
        return tuple(code for code in found if code is not None)

    def _coding(self, node: Any) -> Code | None:
        said = self._object(node, "words")
        code, system, display = (self.take(said.get(name)) for name in ("code", "system", "display"))
        if not (code or display):
            return None
        return Code(code=code, system=system, display=display)

    def _concept(self, node: Any) -> Code | None:
        said = self._object(node, "words")
        text = self.take(said.get("text"))
        first = next(iter([self._coding(one) for one in self.listed(said, "coding")]), None)
        return first or (Code(display=text) if text else None)

    def _object(self, node: Any, odd: str) -> Node:
        if isinstance(node, dict):
            return node
        if node is not None:
            self.odd.add(odd)
        return {}

    def listed(self, node: Node, name: str) -> list[Any]:
        """What stands in a list."""
        found = node.get(name)
        if found is not None and not isinstance(found, list):
            self.odd.add("words")
        return found if isinstance(found, list) else []


def _list(node: Node, name: str) -> list[Any]:
    found = node.get(name)
    return found if isinstance(found, list) else []


def _identifier(node: Any) -> Node | None:
    return node if isinstance(node, dict) and isinstance(node.get("value"), str) and node["value"] else None


# -- writing


def written(one: Provision, zone: str) -> Node:
    """A provision as FHIR has it."""
    roles = (*one.actor_roles, *("" for _ in one.actors))
    found: Node = {
        "type": one.effect,
        "period": period(one.starts_at, one.ends_at, zone),
        "actor": [actor(who, role) for who, role in zip(one.actors, roles, strict=False)],
        "action": [{"coding": [_coding(code)]} for code in one.actions],
        "securityLabel": [_coding(code) for code in one.labels],
        "purpose": [_coding(code) for code in one.purposes],
        "class": [_coding(code) for code in one.classes],
        "code": [{"coding": [_coding(code)]} for code in one.codes],
        "data": [{"meaning": one.local, "reference": {"reference": one.code}} for one in one.data],
        "dataPeriod": period(one.data_starts_at, one.data_ends_at, zone),
        "provision": [written(inner, zone) for inner in one.provisions],
    }
    return {name: value for name, value in found.items() if value}


def actor(who: Code, role: str) -> Node:
    """Somebody in a role; whom only a reference names is named by it again."""
    coding = {"system": "http://terminology.hl7.org/CodeSystem/v3-ParticipationType", "code": role or "IRCP"}
    numbered = {"identifier": _filled(system=who.system or who.local_system, value=who.code or who.local)}
    known = numbered if who.code or who.local_system else _filled(reference=who.local)
    return {"role": {"coding": [coding]}, "reference": {**known, **_filled(display=who.display)}}


def _coding(code: Code) -> Node:
    return _filled(system=code.system or code.local_system, code=code.code or code.local, display=code.display)


def _filled(**said: str) -> Node:
    return {name: value for name, value in said.items() if value}


def period(start: Instant | None, end: Instant | None, zone: str) -> Node:
    """A period; one that ends with a day says that day."""
    return _filled(start=_moment(start, zone), end=_end(end, zone))


def _end(instant: Instant | None, zone: str) -> str:
    return moment(write_until(instant, zone, iso_instant, write_iso), zone) if instant else ""


def _moment(instant: Instant | None, zone: str) -> str:
    return moment(write_iso(instant, zone), zone) if instant else ""
