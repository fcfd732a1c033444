"""FHIR R4 between clinics and the hub, consents in R4B and R5 too: bundles and single resources in, transaction bundles out."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache, partial
from pathlib import Path
from typing import Final

import msgspec

import mappings
from adapters.ehr import fhir_bundle, fhir_consent, fhir_ours
from adapters.wire import fhir as wire
from adapters.wire import json, local
from adapters.wire.fhir import Node, Resources
from adapters.wire.fhir_lens import FHIR
from hub.contracts import Loss, Losses, Reading, Received, Target, Writing
from hub.errors import Misconfigured, Unmapped, Unreadable
from hub.lens.compile_write import bodies_of
from hub.lens.load import load
from hub.lens.losses import kept
from hub.lens.translate import Translator
from hub.model.disclosure import Disclosure
from hub.model.event import CrisisEvent
from hub.model.local import LocalFields
from hub.model.person import Person, PersonMerge
from hub.model.registry import body_of
from hub.model.values import Identifier

HOME = Path(mappings.__file__).parent
DEFAULT = HOME / "ehr" / "fhir" / "set.yaml"
# What is read here, all or in part, and not by lenses.
READ_HERE = frozenset({"Consent", "Ours"})


# The versions a partner may take. Of R5 there is what a registry of consents takes: consents, and whose they are.
VERSIONS = {
    **dict.fromkeys(("", "R4", "4.0", "4.0.1", "R4B", "4.3", "4.3.0"), "R4"),
    **dict.fromkeys(("R5", "5.0", "5.0.0"), "R5"),
}
IN_R5 = frozenset({"Consent", "Person"})

# What tells of records and not of care: who looked, who wrote, what went wrong. It is kept, and nothing follows from it.
RECORDS = frozenset({"AuditEvent", "Provenance", "OperationOutcome"})
# An entry of a Bundle that asks: the doors under /fhir answer, and a message is told nothing.
ASKS: Final = "GET"
DELETES: Final = "DELETE"
# By what bytes that are no JSON, or not whole, can be told to be a consent, in JSON or XML.
CONSENT: Final = re.compile(rb"[\"'<]Consent\b")
WHOLE: Final = (
    "Have it sent again, whole, as JSON; what it refuses is not known until then: ask, and file that from paper."
)
# Views of a message that are no type of resource.
MADE_UP = frozenset({"Resource", "Person", "Referral", "Answer", "Prediction"})


class Fhir:
    """One partner's FHIR. The profile may name `mapping`, its own lens set, and `version`."""

    name = "fhir"
    media_type = "application/fhir+json"

    def __init__(self, profile: Mapping[str, str] | None = None) -> None:
        """Compile the partner's lenses. Raises Misconfigured naming file and line."""
        self.profile = dict(profile or {})
        self.r5 = version(self.profile.get("version", "")) == "R5"
        self.translator = translator(self.profile.get("mapping", ""))
        self.written = bodies_of(self.translator.lenses.lenses)

    def recognises(self, body: bytes) -> bool:
        """Whether it is an object that names a resourceType, not about beds (`safr`), and no referral of a guide of its own."""
        return wire.opens(body) and not (any(guide in body for guide in wire.GUIDES) and wire.refers(body))

    def split(self, body: bytes) -> Iterable[bytes]:
        """The message, or of a bundle about several persons each person's part. Raises Unreadable."""
        if b'"Bundle"' not in body:
            return (body,)
        whole = _whole(body)
        parts = wire.people(whole)
        return (body,) if len(parts) == 1 or _deletes(whole) else tuple(json.write(part) for part in parts)

    def read(self, body: bytes, received: Received) -> Reading:
        """The events of one bundle or resource. Raises Unreadable (no FHIR) or Unmapped (kept, parked)."""
        whole = _whole(body)
        if at := _deletes(whole):
            raise Unmapped(
                "this entry deletes, and no message takes anything back by that.",
                at=at,
                cure="Have it sent with a status of entered-in-error, and see to what must not be told on until then.",
            )
        wire.one_person(whole)
        root = wire.gather(whole)
        reading = self._reading(root, whole["resourceType"], message_id(whole), received, partial(_root, body))
        return fhir_consent.judged(reading, root, received.zone)

    def _reading(
        self, root: Resources, kind: str, message: str, received: Received, again: Callable[[], Resources]
    ) -> Reading:
        """What lenses read, and what the hub wrote itself."""
        if _tells_nothing(root):
            account = partial(self.translator.account, again, kind, message, received)
            return Reading(kind=kind, events=(), message_id=message, account=account)
        if not root.keys() & READ_HERE:
            return self.translator.reading(root, kind, message, received, again=again)
        told = partial(_account, partial(self.translator.account, again, kind, message, received), again)
        if "Ours" not in root:
            reading = self.translator.reading(root, kind, message, received, again=again)
            return msgspec.structs.replace(reading, account=told)
        events, noticed = self.translator.read(root, kind, message, received, careful=False)
        ours = list(fhir_ours.events(root["Ours"], received, message, len(events)))
        events.extend(event for event in ours if not isinstance(event.body, LocalFields))
        if not events:
            raise Unmapped("nothing was found in this message.", at=kind)
        return Reading(
            kind=kind,
            events=tuple(events),
            message_id=message,
            inherited=tuple(dict.fromkeys(noticed.inherited)),
            invalid=tuple(loss for loss in told().items if loss.outcome == "invalid") if noticed.bad else (),
            unmapped_codes=tuple(noticed.unmapped),
            local=tuple(local.fields(ours)),
            account=told,
        )

    def write(self, disclosure: Disclosure, target: Target) -> Writing:
        """What a Disclosure says, as a transaction Bundle. Raises Unmapped."""
        events = addressed(disclosure.events, target.person_id, target.aliases)
        somebody = any(isinstance(event.body, Person | PersonMerge) for event in events)
        patient = fhir_bundle.address(target.message_id, 1) if somebody else ""
        parts = self.translator.write(events, "Bundle", target.zone, {"patient": patient}, target.at)
        parts = [self._complete(part, events, target.zone, patient) for part in parts]
        ours = [event for event in events if body_of(event.body) not in self.written]
        rides = [event for event in ours if body_of(event.body) in fhir_ours.ASKED]
        told = [event for event in ours if event not in rides]
        parts.append(("Observation", [fhir_ours.written(event, patient, target.zone) for event in told]))
        parts.append(("Task", [fhir_ours.asked(event, patient, target.zone) for event in rides]))
        if self.r5 and (other := next((each for each, records in parts if records and each not in IN_R5), "")):
            raise Unmapped("in R5 only consents are written.", at=other, cure="Let the partner take R4 for all else.")
        body = fhir_bundle.body(parts, disclosure, target, {} if self.r5 else fhir_bundle.FILL)
        back = Received(journal="", partner=target.partner, as_of=target.at, zone=target.zone)
        return Writing(
            body=body, media_type=self.media_type, kind="Bundle", losses=partial(self._kept, events, body, back)
        )

    def _complete(
        self, part: fhir_bundle.Part, events: Sequence[CrisisEvent], zone: str, patient: str
    ) -> fhir_bundle.Part:
        """Consents get the provisions that no lens can write."""
        each, records = part
        if each != "Consent" or not records:
            return part
        return each, [*fhir_consent.completed(records, events, zone, patient, as_r5=self.r5)]

    def _kept(self, events: Sequence[CrisisEvent], body: bytes, back: Received) -> Losses:
        return kept(events, local.back(events, self.read(body, back)))


def _whole(body: bytes) -> Node:
    """The resource in some bytes. Raises Unreadable, or Unmapped where it is a consent: that is kept, however broken it is."""
    try:
        return wire.read(body)
    except Unreadable as broken:
        if not CONSENT.search(body):
            raise
        raise Unmapped(
            f"this consent cannot be read, and opens nothing: {broken.message}", at=broken.at, cure=broken.cure or WHOLE
        ) from broken


def _tells_nothing(root: Resources) -> bool:
    """Whether a message tells of nobody's care and of no place: records, counts of many that are no beds, or questions alone."""
    said = root.keys() - MADE_UP
    if not said:
        requests = [one.get("request") for one in wire.nodes(root.whole.get("entry"))]
        return bool(requests) and all(isinstance(one, dict) and one.get("method") == ASKS for one in requests)
    counts = (one for one in root.get("MeasureReport", ()) if "subject" in one)
    return said <= RECORDS | {"MeasureReport"} and not any(counts)


def _deletes(whole: Node) -> str:
    """Where an entry of a message says that something is gone; empty where none does."""
    entries = whole.get("entry")
    for number, entry in enumerate(entries if isinstance(entries, list) else ()):
        request = entry.get("request") if isinstance(entry, dict) else None
        if isinstance(request, dict) and request.get("method") == DELETES:
            return f"Bundle.entry[{number}].request"
    return ""


def version(said: str) -> str:
    """The version of FHIR that a partner takes, R4 or R5. Raises Misconfigured."""
    if said not in VERSIONS:
        raise Misconfigured(f'"{said}" is no version of FHIR that is written here.', cure="Write R4, R4B or R5.")
    return VERSIONS[said]


def _account(told: Callable[[], Losses], again: Callable[[], Resources]) -> Losses:
    """As the lenses account for it; what was read here besides is mapped."""
    marked = FHIR.mark(again())
    names = FHIR.elements(marked)
    here = {names[at] for at in fhir_consent.taken(marked) | fhir_ours.taken(marked) if at in names}
    return Losses(items=tuple(_mapped(loss) if loss.path in here else loss for loss in told().items))


def _mapped(loss: Loss) -> Loss:
    if loss.outcome != "unmapped":
        return loss
    return Loss(path=loss.path, outcome="mapped", why="read without a lens (adapters/ehr)")


def _root(body: bytes) -> Resources:
    return wire.gather(wire.read(body))


def addressed(events: Sequence[CrisisEvent], person_id: str, aliases: Sequence[str] = ()) -> tuple[CrisisEvent, ...]:
    """The events, the person among them known by the recipient's own id; without a person one who has only that id.

    `aliases` stand last. Records of either id go on coming under it, so that none is old: each is the other's secondary one.
    """
    if not person_id:
        return tuple(events)
    known = Identifier(value=person_id, assigner=fhir_bundle.PERSON)
    first = next((event for event in events if isinstance(event.body, Person)), None)
    if first is None or not isinstance(first.body, Person):
        at = events[0].recorded_at if events else 0
        return (CrisisEvent(id="", body=Person(identifiers=(known,)), source="", recorded_at=at), *events)
    others = (one for one in first.body.identifiers if one != known)
    further = (Identifier(value=alias, assigner=fhir_bundle.PERSON, use="secondary") for alias in aliases)
    body = msgspec.structs.replace(first.body, identifiers=(known, *others, *further))
    return tuple(msgspec.structs.replace(e, body=body) if e is first else e for e in events)


def message_id(whole: Node) -> str:
    """The sender's id of a message: of a Bundle its identifier, else its id."""
    found = whole.get("identifier") if whole["resourceType"] == "Bundle" else None
    said = found.get("value") if isinstance(found, dict) else whole.get("id")
    return said if isinstance(said, str) else ""


@lru_cache(maxsize=256)
def translator(mapping: str) -> Translator:
    """The compiled lenses of a partner's mapping file, or the common ones. Partners with the same file share them."""
    return Translator(load(Path(mapping) if mapping else DEFAULT, home=HOME), FHIR)
