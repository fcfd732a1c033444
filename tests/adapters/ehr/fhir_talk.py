"""FHIR as the tests speak it: short resources in, readings and disclosures out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

import msgspec

from adapters.ehr.fhir import Fhir
from hub.contracts import Reading, Received, Target, Writing
from hub.flow.project import Envelope, project
from hub.model.decision import Decision
from hub.model.disclosure import Disclosure
from hub.model.event import Body, CrisisEvent
from hub.model.label import Handling
from hub.model.registry import EVERYTHING

AT = 1_772_379_000_000_000  # 2026-03-01T15:30:00Z
RECEIVED = Received(journal="j1", partner="clinic", as_of=AT, zone="America/Chicago")
TARGET = Target(partner="S1", message_id="out-1", person_id="p-7f3a", at=AT, zone="America/Chicago")
PATIENT = {"resourceType": "Patient", "id": "p1", "name": [{"family": "Doe", "given": ["Jordan"]}]}
SUBJECT = {"reference": "Patient/p1"}
PLAIN = Handling(confidentiality="R")
ADAPTER = Fhir()
T = TypeVar("T")


def bundle(*resources: dict[str, Any], kind: str = "transaction", **more: Any) -> bytes:
    """A Bundle of some resources."""
    entries = [{"resource": one} for one in resources]
    return msgspec.json.encode({"resourceType": "Bundle", "type": kind, "entry": entries, **more})


def concept(code: str, system: str = "", display: str = "") -> dict[str, Any]:
    """A CodeableConcept with one coding."""
    said = {"system": system, "code": code, "display": display}
    return {"coding": [{name: value for name, value in said.items() if value}]}


def reading(*resources: dict[str, Any]) -> Reading:
    """What some resources beside the patient say."""
    return ADAPTER.read(bundle(PATIENT, *resources), RECEIVED)


def bodies(found: Reading, kind: type[T]) -> list[T]:
    """The bodies of one kind."""
    return [event.body for event in found.events if isinstance(event.body, kind)]


def body(found: Reading, kind: type[T]) -> T:
    """The one body of a kind."""
    (one,) = bodies(found, kind)
    return one


def events(*said: Body) -> tuple[CrisisEvent, ...]:
    """Some bodies in envelopes."""
    return tuple(CrisisEvent(id=f"e{n}", body=one, source="H1", recorded_at=AT) for n, one in enumerate(said))


def disclosed(said: Sequence[CrisisEvent], handling: Handling = PLAIN) -> Disclosure:
    """A Disclosure of everything in some events."""
    decision = Decision(partner="S1", purpose="TREAT", granted=(EVERYTHING,) * len(said))
    envelopes = [Envelope(id=f"out-1.{n}", source=one.source) for n, one in enumerate(said)]
    return project(said, decision, handling, envelopes)


def written(*said: Body, handling: Handling = PLAIN, target: Target = TARGET) -> Writing:
    """What is written of some bodies."""
    return ADAPTER.write(disclosed(events(*said), handling), target)


def resources(writing: Writing, kind: str = "") -> list[dict[str, Any]]:
    """The resources of a written Bundle, or those of one type."""
    found = [entry["resource"] for entry in msgspec.json.decode(writing.body)["entry"]]
    return [one for one in found if kind in ("", one["resourceType"])]
