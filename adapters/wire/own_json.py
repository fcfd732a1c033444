"""What our own JSON formats share: one adapter over a field list and a set of lenses, and the labels that travel in a `handling` object."""

from __future__ import annotations

import json as stdlib
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import cache, lru_cache, partial
from pathlib import Path
from typing import Any, Final

import msgspec

import mappings
from adapters.wire import fieldlist, json, local
from adapters.wire.json_lens import united
from adapters.wire.laid_out import LaidOut
from adapters.wire.shape import Shape
from hub.contracts import Loss, Losses, Reading, Received, Target, Writing
from hub.errors import Unmapped
from hub.lens.load import load
from hub.lens.losses import kept
from hub.lens.spec import Lenses
from hub.lens.times import write_iso
from hub.lens.translate import Translator
from hub.model.disclosure import Disclosure
from hub.model.event import CrisisEvent
from hub.model.label import Handling
from hub.model.person import Person
from hub.model.registry import body_of
from hub.model.values import Identifier, Instant

HOME: Final = Path(mappings.__file__).parent
# Who it is about is no message by itself: it says neither what happened nor where.
WHO: Final = frozenset(("person", "anonymous"))
# How far into a file its nature shows, and what only a JSON Schema or an OpenAPI has.
MOST_HEAD: Final = 16_384
SCHEMA: Final = re.compile(rb'"(?:\$schema|openapi)"\s*:|"properties"\s*:\s*\{')
COUNTS: Final = re.compile(r"\[\d+\]")
# A marked flag is text.
YES: Final = (True, "true")
View = dict[str, Any]


class OwnJson:
    """One of our own formats, for one partner. The profile may name `mapping`, a set of the partner's own."""

    name: str
    media_type: str = "application/json"
    kind: str
    # The lens set and the field list below the mappings, and the name under which the schema is published.
    lenses: str
    fields: str
    schema: str
    # At least one of these must be in a message; and which of them, or of others, tell it from other formats.
    any_of: tuple[str, ...]
    marks: tuple[bytes, ...]
    # Lists that may come as one object.
    lists: tuple[str, ...] = ()
    # Where the sender's own number of the record stands, for messages that carry no id.
    numbers: tuple[str, ...]
    # What is not taken up although it was sent, by how its fields begin, and why.
    withheld: Mapping[str, str] = {}

    def __init__(self, profile: Mapping[str, str] | None = None) -> None:
        """Compile the partner's lenses. Raises Misconfigured naming file and line."""
        self.profile = dict(profile or {})
        self.translator = translator(self.profile.get("mapping") or str(HOME / self.lenses), type(self).shown)
        self._shape = shape(self.fields, self.any_of)

    def recognises(self, body: bytes) -> bool:
        """Whether it is a JSON object, or a list of them, that names this schema or, where it names none, a field of it."""
        marks = (self.schema.rpartition("/")[0].encode(),) if b'"crisis-hub/' in body else self.marks
        return opens(body) in (b"{", b"[") and any(mark in body for mark in marks) and not describes(body)

    def split(self, body: bytes) -> Iterator[bytes]:
        """One piece a record: a list is taken apart without touching what is in it."""
        return items(body) if opens(body) == b"[" else iter((body,))

    def read(self, body: bytes, received: Received) -> Reading:
        """The events of one record. Raises Unreadable naming the path, or Unmapped."""
        record = json.read(body)
        self._shape.check(listed(record, self.lists) if record.__class__ is dict else record)
        shown, number = self.shown(record), self._number(record)
        reading = self.translator.reading(shown, self.kind, number, received, again=partial(json.read, body))
        return self.accounted(local.read(reading, record), str)

    def write(self, disclosure: Disclosure, target: Target) -> Writing:
        """A record of this format. Raises Unmapped when the format has no place for anything in it."""
        events = known_as(self.told(disclosure.events), target.person_id, target.aliases)
        parts = self.translator.write(events, self.kind, target.zone, {}, target.at)
        record = self.written(united(parts) or {}) | local.written(disclosure.events)
        if record.keys() <= WHO:
            raise Unmapped(f"{self.name} has no place for any of this.", cure="Take it out of what this partner wants.")
        envelope = {
            "schema": self.schema,
            "message_id": target.message_id,
            "sent_at": write_iso(Instant(at=target.at), target.zone),
        }
        body = self.spelled({**envelope, **record, "handling": labels(disclosure.handling)})
        back = Received(journal="", partner=target.partner, as_of=target.at, zone=target.zone)
        return Writing(
            body=body, media_type=self.media_type, kind=self.kind, losses=partial(self._kept, events, body, back)
        )

    def accounted(self, reading: Reading, field: Callable[[str], str]) -> Reading:
        """A reading whose account says what was not taken up on purpose. `field` tells the field of a wire path."""
        return msgspec.structs.replace(reading, account=partial(_accounted, reading, self.withheld, field))

    # -- what a format may do its own way

    def spelled(self, record: View) -> bytes:
        """A record as bytes."""
        return json.write(record)

    @staticmethod
    def shown(record: View) -> View:
        """A record as the lenses see it."""
        return record

    def told(self, events: Sequence[CrisisEvent]) -> Sequence[CrisisEvent]:
        """The events in the words of this format."""
        return events

    def written(self, record: View) -> View:
        """What the lenses wrote, as a record."""
        return record

    # -- once a format

    def _number(self, record: View) -> str:
        """The sender's id of the message; without one, the record's own number, and its version where it has one."""
        number = next((str(record[name]) for name in self.numbers if record.get(name)), "")
        version = record.get("version")
        return record.get("message_id") or (f"{number} v{version}" if version else number)

    def _kept(self, events: Sequence[CrisisEvent], body: bytes, back: Received) -> Losses:
        found = kept(events, local.back(events, self.read(body, back)))
        told = one_way(self.translator.lenses)
        return Losses(items=tuple(_told(loss, told) for loss in found.items))


@lru_cache(maxsize=256)
def translator(path: str, shown: Callable[[View], View]) -> Translator:
    """The compiled lenses of a set file. Partners with the same file share them."""
    return Translator(load(Path(path), home=HOME), LaidOut(shown))


@cache
def shape(name: str, any_of: tuple[str, ...]) -> Shape:
    """The shape of a field list."""
    return fieldlist.shape(fieldlist.load(name), any_of=any_of)


def one_way(lenses: Lenses) -> tuple[str, ...]:
    """The canonical paths that a format writes in the words of another body, so that reading back cannot show them."""
    lines = (line for lens in lenses.lenses for line in lens.lines)
    return tuple(line.canon.removesuffix("[]") for line in lines if line.direction == "write")


def _accounted(reading: Reading, withheld: Mapping[str, str], field: Callable[[str], str]) -> Losses:
    return Losses(items=tuple(_withheld(loss, withheld, field) for loss in reading.account().items))


def _withheld(loss: Loss, withheld: Mapping[str, str], field: Callable[[str], str]) -> Loss:
    if loss.outcome != "unmapped" or not withheld:
        return loss
    path = field(loss.path)
    why = next((why for start, why in withheld.items() if path.startswith(start)), "")
    return Loss(path=loss.path, outcome="withheld", why=why) if why else loss


def _told(loss: Loss, told: Collection[str]) -> Loss:
    path = COUNTS.sub("", loss.path)
    if loss.outcome != "unmapped" or not any(path == one or path.startswith(f"{one}.") for one in told):
        return loss
    return Loss(path=loss.path, outcome="transformed", why="it is told in the words of this format")


def labels(handling: Handling) -> View:
    """The labels that travel with a record, whole."""
    return {"confidentiality": handling.confidentiality, **msgspec.to_builtins(handling)}


# Who assigned the further ids of somebody: the hub itself, and not the source whose record it is.
OURS: Final = "crisis-hub"


def known_as(events: Sequence[CrisisEvent], person_id: str, aliases: Sequence[str] = ()) -> tuple[CrisisEvent, ...]:
    """The events, the person among them known by the recipient's own id first, and by its aliases last.

    Nobody is made up: without a person, or with one of whom nothing that tells who it is was disclosed, there is no id either.
    """
    return tuple(_known_as(event, person_id, aliases) for event in events) if person_id else tuple(events)


def placed(events: Iterable[CrisisEvent], written: Collection[str]) -> bool:
    """Whether a format that writes these bodies has a place for something that happened.

    A person alone, beside news that has no place, would be told to somebody who does not learn why.
    """
    happened = {body_of(event.body) for event in events} - {"person"}
    return not happened or not happened.isdisjoint(written)


def _known_as(event: CrisisEvent, person_id: str, aliases: Sequence[str]) -> CrisisEvent:
    body = event.body
    if not isinstance(body, Person) or not (body.names or body.identifiers or body.birth_date or body.ssn):
        return event
    known = Identifier(value=person_id)
    further = (Identifier(value=alias, assigner=OURS) for alias in aliases)
    identifiers = (known, *body.identifiers, *further)
    return msgspec.structs.replace(event, body=msgspec.structs.replace(body, identifiers=identifiers))


def opens(body: bytes) -> bytes:
    r"""The first byte that says something.

    >>> opens(b"\xef\xbb\xbf [1]")
    b'['
    """
    return body[:1024].lstrip(b"\xef\xbb\xbf \t\r\n")[:1]


def describes(body: bytes) -> bool:
    """Whether it is a schema: it names every field of a format, and is no message of it.

    >>> describes(b'{"type": "object", "properties": {"contact_id": {}}}'), describes(b'{"contact_id": "1"}')
    (True, False)
    """
    return SCHEMA.search(body[:MOST_HEAD]) is not None


def items(body: bytes) -> Iterator[bytes]:
    """The items of a JSON list, each as it was spelled. Raises Unreadable.

    >>> list(items(b'[{"a": 1.00}, {"a": 2}]'))
    [b'{"a": 1.00}', b'{"a": 2}']
    """
    json.read(body)  # everything is refused here that a piece would be refused for
    text = body.decode("utf-8-sig")
    at, decode = text.index("[") + 1, stdlib.JSONDecoder().raw_decode
    while True:
        at += len(text[at:]) - len(text[at:].lstrip(" \t\r\n,"))
        if text[at] == "]":
            return
        _, end = decode(text, at)
        yield text[at:end].encode()
        at = end


def listed(record: View, names: Collection[str]) -> View:
    """A record in which the named fields are lists: one object stands for a list of one.

    >>> listed({"capacity": {"available": 3}}, ["capacity"])
    {'capacity': [{'available': 3}]}
    """
    odd = {name: [record[name]] for name in names if record.get(name).__class__ is dict}
    return record | odd if odd else record


def guarded(record: View) -> View:
    """A record that is anonymous where the person in it is: of two words the one that tells less counts.

    >>> guarded({"anonymous": False, "person": {"anonymous": True}})["anonymous"]
    True
    """
    person = record.get("person")
    kept = person.get("anonymous") if person.__class__ is dict else None
    return record | {"anonymous": kept} if kept in YES else record
