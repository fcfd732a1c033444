"""The EIDO adapter: what a partner's message says, and what a message to a partner must be."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache, partial
from pathlib import Path
from typing import Any, Final

import msgspec

from adapters.cad import pidflo
from adapters.cad.eido.changes import snapshot
from adapters.cad.eido.check import Found, check, faults
from adapters.cad.eido.fold import Facts, fold
from adapters.cad.eido.recast import recast
from adapters.cad.eido.registries import strangers
from adapters.cad.eido.unfold import SUBJECTS, rank_of, unfold, unread
from adapters.wire import json
from adapters.wire.json_lens import leaves, marked, united
from adapters.wire.laid_out import LaidOut
from adapters.wire.own_json import HOME, describes, known_as, labels, opens, placed
from hub.contracts import Loss, Losses, Reading, Received, Target, Writing
from hub.errors import Unmapped, Unreadable
from hub.lens.compile_write import bodies_of
from hub.lens.load import load
from hub.lens.losses import kept
from hub.lens.times import write_iso
from hub.lens.translate import Translator
from hub.model.disclosure import Disclosure
from hub.model.event import CrisisEvent
from hub.model.public_safety import CallForService
from hub.model.values import Instant

DEFAULT: Final = HOME / "cad" / "eido" / "set.yaml"
KIND: Final = "EIDO"
ROLES: Final = re.compile(rb'"(?:' + "|".join(SUBJECTS).encode() + rb')"')
# One that lacks its version is an EIDO that lacks its version, and not something that nobody knows.
MARKS: Final = (b'"eidoVersion"', b'"incidentComponent"', b'"emergencyResourceComponent"', b'"callbackComponent"')
# Paths of the structure itself: they carry nothing of their own.
JOINTS: Final = (".$ref", "$id", "lastUpdateTimeStamp")


class EidoSyntax(LaidOut):
    """JSON whose messages are unfolded before lenses look at them."""

    def __init__(self) -> None:
        """Unfolds by the ids that the components of a message have."""
        super().__init__(lambda eido: unfold(eido, index(eido)))

    def elements(self, root: Any) -> Mapping[Any, str]:
        """Every leaf of the wire; of the location that was read, the elements of its XML."""
        found = super().elements(root)
        read = (root["place"] or {}).get("locationByValue")
        if not read or not root["place"]["lo"]:
            return found
        counts: dict[str, int] = {}
        parts = {}
        for path in pidflo.elements(read):
            n = counts[path] = counts.get(path, 0) + 1
            name = path if n == 1 else f"{path}[{n}]"
            parts[(*read.at, *name.split("."))] = f"{found[read.at]}.{name}"
        return {at: path for at, path in found.items() if at != read.at} | parts

    def text_at(self, marked: Any, at: Any) -> str:
        """The text of a leaf; what stands inside an XML string has none of its own here."""
        inside = "locationByValue" in at and at[-1] != "locationByValue"
        return "" if inside else super().text_at(marked, at)


EIDO: Final = EidoSyntax()


class Eido:
    """One partner's EIDO. The profile may name `mapping`, and as whom we write: `agency`, `element`."""

    name = "eido"
    media_type = "application/emergency.eido+json"

    def __init__(self, profile: Mapping[str, str] | None = None) -> None:
        """Compile the partner's lenses. Raises Misconfigured naming file and line."""
        self.profile = dict(profile or {})
        self.translator = translator(self.profile.get("mapping") or str(DEFAULT))
        self.written = bodies_of(self.translator.lenses.lenses)

    def recognises(self, body: bytes) -> bool:
        """Whether it is a JSON object with an EIDO version, or a component that nothing else has."""
        return opens(body) == b"{" and any(mark in body for mark in MARKS) and not describes(body)

    def split(self, body: bytes) -> Iterator[bytes]:
        """One piece a person the call is about; notifications of a subscription are taken out of their envelope."""
        if b'"notification"' not in body and len(ROLES.findall(body)) < 2:
            return iter((body,))
        return _pieces(json.read(body), body)

    def read(self, body: bytes, received: Received) -> Reading:
        """The events of one message. Raises Unreadable naming the path, and the near match of a misspelt field."""
        eido = json.read(body)
        found = check(eido)
        number = f"{eido['$id']} {eido['lastUpdateTimeStamp']}"
        view = unfold(eido, found.by_id)
        reading = self.translator.reading(view, KIND, number, received, again=partial(json.read, body))
        odd = _odd(eido, view, found)
        told = partial(_account, reading, odd)
        return msgspec.structs.replace(
            reading,
            invalid=tuple(loss for loss in told().items if loss.outcome == "invalid") if odd else reading.invalid,
            unmapped_codes=(*reading.unmapped_codes, *_unknown_types(reading.events)),
            snapshot=snapshot(view, reading.events, received),
            account=told,
        )

    def faults(self, body: bytes) -> Iterator[Unreadable]:
        """Everything that is not as the standard has it, each with its path and near match. Raises Unreadable."""
        for eido in notified(json.read(body)):
            yield from faults(eido)

    def write(self, disclosure: Disclosure, target: Target) -> Writing:
        """What a Disclosure says, as an EIDO. Raises Unmapped when it has no place for any of it."""
        options = self.profile | dict(target.options)
        events = known_as(recast(disclosure.events), target.person_id, target.aliases)
        view = united(self.translator.write(events, KIND, target.zone, {}, target.at))
        if not view or not placed(events, self.written):
            raise Unmapped("an EIDO has no place for any of this.", cure="Take it out of what this partner wants.")
        facts = Facts(
            now=write_iso(Instant(at=target.at), target.zone),
            agency=options.get("agency", "crisis-hub.invalid"),
            element=options.get("element", "crisis-hub"),
            message=target.message_id,
        )
        body = json.write(fold({**view, "handling": labels(disclosure.handling)}, facts))
        back = Received(journal="", partner=target.partner, as_of=target.at, zone=target.zone)
        return Writing(body=body, media_type=self.media_type, kind=KIND, losses=partial(self._kept, events, body, back))

    def _kept(self, events: Sequence[CrisisEvent], body: bytes, back: Received) -> Losses:
        return kept(events, self.read(body, back).events)


@lru_cache(maxsize=256)
def translator(path: str) -> Translator:
    """The compiled lenses of a set file. Partners with the same file share them."""
    return Translator(load(Path(path), home=HOME), EIDO)


def index(eido: Mapping[str, Any]) -> dict[str, Any]:
    """Every top-level component by its id."""
    several = [part for value in eido.values() for part in (value if isinstance(value, list) else [value])]
    return {part["$id"]: part for part in several if isinstance(part, dict) and "$id" in part}


# -- what the schema lets pass


def _odd(eido: Mapping[str, Any], view: Mapping[str, Any], found: Found) -> dict[str, str]:
    """What is invalid though the published schema would not say so, by path, and why."""
    odd = dict.fromkeys(found.lone, "a list of references belongs here")
    gone = found.wanted - found.by_id.keys()
    if gone:
        dangling = (leaf.at for leaf in leaves(marked(eido)) if leaf.at[-1] == "$ref" and leaf in gone)
        odd |= {".".join(_steps(at)): "nothing in this message has that id" for at in dangling}
    place = view["place"]
    if place and place.get("locationByValue") and not place["lo"]:
        odd |= unread(eido)
    return odd | strangers(eido)


def _steps(at: Sequence[str | int]) -> Iterator[str]:
    """The steps of a path, each index with the list it is of."""
    for n, step in enumerate(at):
        if isinstance(step, str):
            more = at[n + 1] if n + 1 < len(at) else ""
            yield f"{step}[{more}]" if isinstance(more, int) else step


def _unknown_types(events: Sequence[CrisisEvent]) -> Iterator[tuple[str, str]]:
    for event in events:
        kind = event.body.final_type if isinstance(event.body, CallForService) else None
        if kind and kind.local and not kind.code:
            yield "incident_type", kind.local


def _account(reading: Reading, odd: Mapping[str, str]) -> Losses:
    """The account of the lenses, with what they cannot know: which leaves only join components, and which are invalid."""
    return Losses(items=tuple(_known(loss, odd) for loss in reading.account().items))


def _known(loss: Loss, odd: Mapping[str, str]) -> Loss:
    if loss.path in odd:
        return Loss(path=loss.path, outcome="invalid", why=odd[loss.path])
    if loss.outcome != "unmapped" or not loss.path.endswith(JOINTS):
        return loss
    return Loss(path=loss.path, outcome="transformed", why="joins the components, or says when one changed")


# -- what is split


def notified(whole: Any) -> list[Any]:
    """What a subscription brought, out of its envelope; a message that came without one is itself."""
    event = whole.get("event") if whole.__class__ is dict else None
    notes = event.get("notification") if event.__class__ is dict else None
    return notes if notes.__class__ is list else [whole]


def _pieces(whole: Any, body: bytes) -> Iterator[bytes]:
    for one in notified(whole):
        yield from _persons(one, body if one is whole else json.write(one))


def _persons(eido: Any, body: bytes) -> Iterator[bytes]:
    """A message about several people, once for each of them."""
    check(eido)
    people = eido.get("personComponent") or ()
    subjects = [person for person in people if rank_of(person) is not None]
    if len(subjects) < 2:
        yield body
        return
    for one in subjects:
        gone = {person["$id"] for person in subjects if person is not one}
        yield json.write(_without(eido, gone))


def _without(node: Any, gone: set[str]) -> Any:
    """The same message without some components and whatever refers to them."""
    if node.__class__ is list:
        return [_without(one, gone) for one in node if one.__class__ is not dict or not gone.intersection(_names(one))]
    if node.__class__ is dict:
        return {key: _without(value, gone) for key, value in node.items()}
    return node


def _names(node: Mapping[str, Any]) -> tuple[Any, ...]:
    return node.get("$id"), node.get("$ref")
