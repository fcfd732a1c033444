"""Referrals to social services over FHIR: Gravity SDOHCC and BSeR, a ServiceRequest with its Task, read and written."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache, partial
from pathlib import Path
from typing import Any, Final

import msgspec

from adapters.social.referral_bundle import Facts, body_of_bser, body_of_gravity
from adapters.wire import fhir as wire
from adapters.wire import json
from adapters.wire.fhir import Node, Resources
from adapters.wire.fhir_lens import FHIR
from adapters.wire.own_json import HOME, known_as, opens
from hub.contracts import Losses, Reading, Received, Target, Writing
from hub.errors import Unmapped
from hub.lens.load import load
from hub.lens.losses import kept
from hub.lens.times import write_iso
from hub.lens.translate import Translator
from hub.model.disclosure import Disclosure
from hub.model.event import CrisisEvent
from hub.model.service import Referral
from hub.model.values import Code, Instant

BUSINESS: Final = "http://hl7.org/fhir/us/bser/CodeSystem/TaskBusinessStatusCS"


class Gravity:
    """One partner's SDOHCC referrals. The profile may name `mapping`, a set of its own."""

    name = "gravity"
    media_type = "application/fhir+json"
    lenses = "social/referral/gravity.yaml"
    # By which profiles or code systems its messages are known.
    mark = wire.GUIDES[0]
    spelled = staticmethod(body_of_gravity)

    def __init__(self, profile: Mapping[str, str] | None = None) -> None:
        """Compile the partner's lenses. Raises Misconfigured naming file and line."""
        self.profile = dict(profile or {})
        self.translator = translator(self.profile.get("mapping") or str(HOME / self.lenses))

    def recognises(self, body: bytes) -> bool:
        """Whether it is a FHIR resource that names this guide, with a request or a task in it."""
        return opens(body) == b"{" and b'"resourceType"' in body and self.mark in body and wire.refers(body)

    def split(self, body: bytes) -> Iterable[bytes]:
        """The message, or of a bundle about several persons each person's part. Raises Unreadable."""
        parts = wire.people(wire.read(body))
        return (body,) if len(parts) == 1 else tuple(json.write(part) for part in parts)

    def read(self, body: bytes, received: Received) -> Reading:
        """The referral of one person. Raises Unreadable (no FHIR) or Unmapped (kept, parked)."""
        whole = wire.read(body)
        wire.one_person(whole)
        kind = whole["resourceType"]
        again = partial(_root, body)
        reading = self.translator.reading(wire.gather(whole), kind, _number(whole), received, again=again)
        return msgspec.structs.replace(reading, events=tuple(self.judged(event) for event in reading.events))

    def write(self, disclosure: Disclosure, target: Target) -> Writing:
        """What a Disclosure says of a referral, as a bundle of this guide. Raises Unmapped when there is none in it."""
        events = known_as([self.told(event) for event in disclosure.events], target.person_id, target.aliases)
        if not any(isinstance(event.body, Referral) for event in events):
            raise Unmapped("there is no referral in this.", cure="Take it out of what this partner wants.")
        facts = Facts(
            message=target.message_id,
            person=target.person_id,
            now=write_iso(Instant(at=target.at), target.zone),
            handling=disclosure.handling,
        )
        named = {"patient": facts.address("Patient", 1)}
        parts = self.translator.write(events, "Bundle", target.zone, named, target.at)
        body = type(self).spelled(parts, facts)
        back = Received(journal="", partner=target.partner, as_of=target.at, zone=target.zone)
        return Writing(
            body=body, media_type=self.media_type, kind="Bundle", losses=partial(self._kept, events, body, back)
        )

    # -- what a guide says in its own way

    def judged(self, event: CrisisEvent) -> CrisisEvent:
        """An event, after what only this guide's codes can say of it."""
        return event

    def told(self, event: CrisisEvent) -> CrisisEvent:
        """An event in the codes of this guide."""
        return event

    def _kept(self, events: Sequence[CrisisEvent], body: bytes, back: Received) -> Losses:
        return kept(events, self.read(body, back).events)


class Bser(Gravity):
    """One partner's BSeR referrals. Their business status says how far a request is; the task's own may lag behind."""

    name = "bser"
    lenses = "social/referral/bser.yaml"
    mark = wire.GUIDES[1]
    spelled = staticmethod(body_of_bser)

    def judged(self, event: CrisisEvent) -> CrisisEvent:
        """The referral as far as its business status says; what the task said of itself stays beside it."""
        body = event.body
        if not isinstance(body, Referral) or body.business_status is None:
            return event
        business = body.business_status
        known = self._codes().get(business.code or business.local)
        if known is None or (body.status and body.status.code == known.code):
            return event
        local = body.status.code if body.status else ""
        status = Code(code=known.code, system=known.system, display="", local=local)
        return _with(event, msgspec.structs.replace(body, status=status))

    def told(self, event: CrisisEvent) -> CrisisEvent:
        """The referral with the business status that its status means, where it has none of its own."""
        body = event.body
        if not isinstance(body, Referral) or body.business_status or not body.status:
            return event
        found = next((c for c in self._codes().values() if c.code == body.status.code), None)
        if found is None:
            return event
        business = Code(code=found.local, system=BUSINESS, display=found.display)
        return _with(event, msgspec.structs.replace(body, business_status=business))

    def _codes(self) -> dict[str, Code]:
        return self.translator.lenses.tables["bser_status"].codes(0)


def _with(event: CrisisEvent, body: Referral) -> CrisisEvent:
    return msgspec.structs.replace(event, body=body)


def _root(body: bytes) -> Resources:
    return wire.gather(wire.read(body))


def _number(whole: Node) -> str:
    """The sender's id of a message: of a Bundle its identifier, else its id."""
    found: Any = whole.get("identifier") if whole["resourceType"] == "Bundle" else None
    said = found.get("value") if isinstance(found, dict) else whole.get("id")
    return said if isinstance(said, str) else ""


@lru_cache(maxsize=256)
def translator(path: str) -> Translator:
    """The compiled lenses of a set file. Partners with the same file share them."""
    return Translator(load(Path(path), home=HOME), FHIR)
