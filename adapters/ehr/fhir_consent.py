"""What a FHIR Consent grants under the profile `ihe-pcf`: nothing, unless every word that could narrow it is understood.

It is read and written in R4, R4B (which has the same) and R5.

A permit with a flaw is kept and grants nothing. A denial is never narrowed by what we cannot read: it then denies everybody.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import msgspec

from adapters.ehr import fhir_consent_r5 as r5
from adapters.ehr.fhir_provision import Reader, written
from adapters.wire.fhir import Linked, Node, Resources
from adapters.wire.fhir_labels import TERMS
from hub.contracts import Loss, Reading
from hub.model.category import Category
from hub.model.consent import ConsentDirective, Provision
from hub.model.event import CrisisEvent
from hub.model.values import Code

KIND: Final = "urn:crisis-hub:consent-kind"
ROLE: Final = "urn:crisis-hub:signer-role"
TPO: Final = frozenset({"TREAT", "HPAYMT", "HOPERAT"})
# Roles of actors to whom something is disclosed, and of those who disclose (HL7 v3 ParticipationType).
RECIPIENTS: Final = frozenset({"", "IRCP", "PRCP"})
DISCLOSERS: Final = frozenset({"CST", "AUT"})
# The words of a flaw, in the order they are told.
FLAWS: Final = {
    "status": "it is not in force",
    "patient": "it does not say whose it is",
    "dated": "it does not say when it was given",
    "category": "it does not say what kind of consent it is",
    "policy": "it does not say under which policy",
    "scope": "it is not about privacy",
    "decision": "it neither permits nor denies",
    "words": "it says what nobody here understands",
    "period": "its period cannot be read",
    "never": "it ends before it begins",
    "actor": "it names somebody nobody can tell",
    "role": "it gives somebody an unknown role",
    "recipient": "it names no recipient",
    "purpose": "its purpose cannot be read",
    "class": "it names a kind of content nobody can tell",
    # Read and kept; until whoever weighs a permit weighs these too, it grants nothing.
    "codes": "it is about single facts",
    "data": "it is about single things, or about some time",
    "verified": "it was not verified",
}
# Where each stands, in R4 and where R5 has it elsewhere.
PLACES: Final = {
    "status": "Consent.status",
    "patient": "Consent.patient",
    "dated": "Consent.dateTime",
    "category": "Consent.category",
    "policy": "Consent.policyRule",
    "scope": "Consent.scope",
    "decision": "Consent.provision.type",
    "words": "Consent",
    "period": "Consent.provision.period",
    "never": "Consent.provision.period",
    "actor": "Consent.provision.actor.reference",
    "role": "Consent.provision.actor.role",
    "recipient": "Consent.provision.actor",
    "purpose": "Consent.provision.purpose",
    "class": "Consent.provision.class",
    "codes": "Consent.provision.code",
    "data": "Consent.provision.data",
    "verified": "Consent.verification",
}
IN_R5: Final = {
    "patient": "Consent.subject",
    "dated": "Consent.date",
    "scope": "Consent.category",
    "decision": "Consent.decision",
    "period": "Consent.period",
    "never": "Consent.period",
    "class": "Consent.provision.resourceType",
}


def judged(reading: Reading, root: Resources, zone: str) -> Reading:
    """The reading, every directive in it with its provision, its kind and its flaws."""
    nodes = iter(root.get("Consent", ()))
    if not any(isinstance(event.body, ConsentDirective) for event in reading.events):
        return reading
    flags: list[Loss] = []
    events = tuple(
        _judged(e, e.body, next(nodes), zone, flags) if isinstance(e.body, ConsentDirective) else e
        for e in reading.events
    )
    return msgspec.structs.replace(reading, events=events, flagged=tuple(flags))


def _judged(event: CrisisEvent, said: ConsentDirective, node: Node, zone: str, flags: list[Loss]) -> CrisisEvent:
    """The event with its directive judged; what is wrong with it is put among the flags, with its place."""
    reader = Reader(zone)
    provision = _provision(node, reader)
    giving = r5.granting(provision) if r5.is_r5(node) else provision
    said = _named_in(said, node, giving)
    effect = _effect(giving, said)
    if provision is not None and _never(provision):
        reader.odd.add("never")
        # A refusal is none the shorter for a period that cannot be.
        provision = msgspec.structs.replace(provision, starts_at=None, ends_at=None) if effect == "deny" else provision
    found = _permit(said, node, giving, reader) if effect != "deny" else _deny(said, provision, reader)
    places = PLACES | (IN_R5 if r5.is_r5(node) else {})
    wrong = reader.odd | {name for name, words in FLAWS.items() if words in found.flaws}
    flags += [Loss(path=places[name], outcome="invalid", why=FLAWS[name]) for name in FLAWS if name in wrong]
    inactive = said.status is not None and said.status.code == "inactive"
    body = msgspec.structs.replace(
        found,
        decision=effect,
        discloser=(*said.discloser, *_actors(giving, DISCLOSERS)),
        signer_role=_signer(node),
        revoked_at=said.revoked_at or (said.signed_at if inactive else None),
        effective_at=provision.starts_at if provision else said.effective_at,
        expires_at=provision.ends_at if provision else said.expires_at,
        provision=provision,
    )
    return msgspec.structs.replace(event, body=body)


def _never(one: Provision) -> bool:
    """Whether a period, or one within it, is over before it begins."""
    ends = one.starts_at is not None and one.ends_at is not None and one.ends_at.at <= one.starts_at.at
    return ends or any(_never(inner) for inner in one.provisions)


def _provision(node: Node, reader: Reader) -> Provision | None:
    if r5.is_r5(node):
        return r5.read(node, reader)
    top = node.get("provision")
    return None if top is None else reader.provision(top)


def _named_in(said: ConsentDirective, node: Node, giving: Provision | None) -> ConsentDirective:
    """With what no lens reads, because R5 has it in exceptions. Who must comply with a refusal does not make it smaller."""
    if giving is None:
        return said
    spared = r5.is_r5(node) and giving.effect == "deny" and "controller" not in node
    discloser = () if spared else said.discloser
    return msgspec.structs.replace(said, purposes=giving.purposes, classes=giving.classes, discloser=discloser)


def _effect(provision: Provision | None, said: ConsentDirective) -> str:
    """What the root says, or where it says nothing the policy it names."""
    if provision is not None and provision.effect in ("permit", "deny"):
        return provision.effect
    policy = (said.kind or Code()).code
    return {"OPTIN": "permit", "OPTOUT": "deny"}.get(policy, "")


def _named(name: str, policy: Code | None) -> Code:
    """The kind of a directive, and beside it the policy that it names itself."""
    found = policy or Code()
    return Code(
        code=name, system=KIND, local=found.code or found.local, local_system=found.system or found.local_system
    )


def _deny(said: ConsentDirective, provision: Provision | None, reader: Reader) -> ConsentDirective:
    """A refusal. What of it cannot be read does not make it smaller."""
    blurred = bool(reader.odd)
    status = _status(said)
    return msgspec.structs.replace(
        said,
        kind=_named("DENY", said.kind),
        recipients=() if blurred else _actors(provision, RECIPIENTS),
        purposes=() if blurred else said.purposes,
        classes=() if blurred else said.classes,
        flaws=(FLAWS["status"],) if status else (),
    )


def _permit(said: ConsentDirective, node: Node, provision: Provision | None, reader: Reader) -> ConsentDirective:
    recipients = _actors(provision, RECIPIENTS)
    whole = {purpose.code for purpose in said.purposes} >= TPO
    flaws = {name for name, holds in _flaws(said, node, provision).items() if holds} | reader.odd
    if not whole:
        flaws |= ({"recipient"} if not recipients else set()) | ({"purpose"} if not said.purposes else set())
    return msgspec.structs.replace(
        said,
        kind=_named("TPO" if whole else "SPECIFIC", said.kind),
        recipients=recipients,
        flaws=tuple(words for name, words in FLAWS.items() if name in flaws),
    )


def _flaws(said: ConsentDirective, node: Node, provision: Provision | None) -> Mapping[str, bool]:
    """What a permit must not have."""
    roles = RECIPIENTS | DISCLOSERS
    return {
        "status": _status(said),
        **_missing(said, node),
        "scope": _scope(node) not in (("", "patient-privacy") if r5.is_r5(node) else ("patient-privacy",)),
        "decision": provision is None or _effect(provision, said) != "permit",
        "role": provision is not None and not set(provision.actor_roles) <= roles,
        "class": any(one.code not in Category.__members__ for one in said.classes),
        "codes": provision is not None and bool(provision.codes or provision.actions),
        "data": provision is not None and bool(provision.data or provision.data_starts_at or provision.data_ends_at),
        "words": "modifierExtension" in node,
        "verified": any(isinstance(v, dict) and v.get("verified") is False for v in _list(node.get("verification"))),
    }


def _missing(said: ConsentDirective, node: Node) -> Mapping[str, bool]:
    """The elements that a permit must have under the profile; R5 has a place for neither kind nor policy that it asks for."""
    whose = node.get("subject") if r5.is_r5(node) else node.get("patient")
    found = {"patient": not (isinstance(whose, dict) and whose), "dated": said.signed_at is None}
    if r5.is_r5(node):
        return found
    return found | {
        "category": not _list(node.get("category")),
        "policy": not (_list(node.get("policy")) or node.get("policyRule")),
    }


def _status(said: ConsentDirective) -> bool:
    return said.status is None or said.status.code not in ("active", "inactive")


def _scope(node: Node) -> str:
    """What it is about; R5 says that among its categories, or not at all."""
    said = [node.get("scope"), *(_list(node.get("category")) if r5.is_r5(node) else ())]
    codings = [c for one in said if isinstance(one, dict) for c in _list(one.get("coding")) if isinstance(c, dict)]
    if r5.is_r5(node):
        codings = [c for c in codings if c.get("system") == f"{TERMS}/consentscope"]
    return next((str(c.get("code")) for c in codings), "")


def _actors(provision: Provision | None, roles: frozenset[str]) -> tuple[Code, ...]:
    if provision is None:
        return ()
    return tuple(who for who, role in zip(provision.actors, provision.actor_roles, strict=True) if role in roles)


def _signer(node: Node) -> Code | None:
    """Who signed: the person, or somebody for them."""
    performer = next(iter(_list(node.get("performer")) or _list(node.get("grantor"))), None)
    said = performer.get("reference") if isinstance(performer, dict) else None
    patient = node.get("patient") or node.get("subject")
    if not isinstance(said, str):
        return None
    kind = performer.target.get("resourceType") if isinstance(performer, Linked) else said.partition("/")[0]
    same = isinstance(patient, dict) and patient.get("reference") == said
    return Code(code="PERSON" if same or kind == "Patient" else "REPRESENTATIVE", system=ROLE)


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def taken(root: Resources) -> set[Any]:
    """The places of the leaves of provisions that are read, in a marked message."""
    reader = Reader("UTC")
    for node in root.get("Consent", ()):
        _provision(node, reader)
    return reader.taken


# -- writing


def completed(
    records: Sequence[Node], events: Sequence[CrisisEvent], zone: str, patient: str, *, as_r5: bool
) -> Iterator[Node]:
    """What the lens wrote of each directive, with its provision."""
    bodies = [event.body for event in events if isinstance(event.body, ConsentDirective)]
    for record, said in zip(records, bodies, strict=True):
        whole = _completed(record, said, zone, patient)
        yield r5.converted(whole, said, zone) if as_r5 else whole


def _completed(record: Node, said: ConsentDirective, zone: str, patient: str) -> Node:
    top = written(said.provision, zone) if said.provision else _plainly(said, zone)
    found = {**record, "provision": top} if top else record
    if said.kind and said.kind.local:
        found["policyRule"] = {"coding": [{"system": said.kind.local_system or KIND, "code": said.kind.local}]}
    if patient and said.signer_role and said.signer_role.code == "PERSON":
        found["performer"] = [{"reference": patient}]
    return found


def _plainly(said: ConsentDirective, zone: str) -> Node:
    """The provision of a directive that has none of its own."""
    return written(
        Provision(
            effect=said.decision,
            starts_at=said.effective_at,
            ends_at=said.expires_at,
            actors=said.recipients,
            purposes=said.purposes,
            classes=said.classes,
        ),
        zone,
    )
