"""HL7 v2 between hospitals and the hub: admissions, transfers, discharges, updates, merges and results, both ways."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

import msgspec

import mappings
from adapters.wire import hl7v2 as wire
from adapters.wire.hl7v2_lens import HL7V2, Piece, Root, root, united
from hub.contracts import Losses, Reading, Received, Target, Writing
from hub.lens.load import load
from hub.lens.losses import kept
from hub.lens.times import write_compact
from hub.lens.translate import Translator
from hub.model.care import Encounter, Observation
from hub.model.crisis import RiskAssessment
from hub.model.disclosure import Disclosure
from hub.model.event import CrisisEvent
from hub.model.label import Handling
from hub.model.person import Person, PersonMerge
from hub.model.values import Identifier, Instant

HOME = Path(mappings.__file__).parent
DEFAULT = HOME / "ehr" / "hl7v2" / "set.yaml"
VERSION = "2.5.1"
# Which message structure a trigger event travels in (HL7 v2.5.1, table 0354); the others have one of their own name.
STRUCTURES = {
    **dict.fromkeys(("A01", "A04", "A08", "A13"), "ADT_A01"),
    **dict.fromkeys(("A05", "A14", "A28", "A31"), "ADT_A05"),
    **dict.fromkeys(("A06", "A07"), "ADT_A06"),
    **dict.fromkeys(("A09", "A10", "A11", "A12"), "ADT_A09"),
    **dict.fromkeys(("A21", "A22", "A23", "A25", "A26", "A27", "A29", "A32", "A33"), "ADT_A21"),
    **dict.fromkeys(("A39", "A40", "A41", "A42"), "ADT_A39"),
    "A02": "ADT_A02",
    "A03": "ADT_A03",
    "A34": "ADT_A30",
    "R01": "ORU_R01",
}
# What findings stand under that nobody ordered; the lens knows that it is no order.
LOOSE = "OBR|1|||FINDINGS^Findings^CRISISHUB"
# An encounter that is not one: PV1 must be there.
NO_VISIT: Piece = ("PV1", "PV1|1|N")
# Messages in which one person follows the other: PID opens the next one's part.
SHARED = ("MSH", "SFT", "UAC", "EVN")


class Hl7v2:
    """One partner's HL7 v2. The profile may name `mapping` (its own lens set), `version`, `charset` and its names in MSH."""

    name = "hl7v2"
    media_type = "application/hl7-v2"

    def __init__(self, profile: Mapping[str, str] | None = None) -> None:
        """Compile the partner's lenses. Raises Misconfigured naming file and line."""
        self.profile = dict(profile or {})
        self.translator = translator(self.profile.get("mapping", ""))

    def recognises(self, body: bytes) -> bool:
        """Whether it begins with MSH, FHS or BHS."""
        return wire.looks_like(body) or body.lstrip()[:3] in (b"FHS", b"BHS")

    def split(self, body: bytes) -> Iterable[bytes]:
        """Each message of a batch, and of a message about several persons each person's part."""
        for piece in wire.split_batch(body):
            yield from _persons(piece, self.profile.get("charset", "")) if _opens(piece, b"PID") > 1 else (piece,)

    def read(self, body: bytes, received: Received) -> Reading:
        """The events of one message. Raises Unreadable (not HL7 v2) or Unmapped (kept, parked)."""
        charset = received.charset or self.profile.get("charset", "")
        message = wire.read(body, charset=charset)
        kind = message.kind
        if "^" not in kind and (trigger := message.value("EVN", 1)):
            kind = f"{kind}^{trigger}"  # versions before 2.3.1 name it there
        again = partial(_root, body, charset)
        careful = b'""' in body
        return self.translator.reading(root(message), kind, message.control_id, received, careful=careful, again=again)

    def write(self, disclosure: Disclosure, target: Target) -> Writing:
        """What a Disclosure says, as a message of the version that the partner takes. Raises Unmapped."""
        options = {"version": VERSION} | self.profile | dict(target.options)
        events = addressed(disclosure.events, target.person_id, options.get("assigner", "CRISISHUB"))
        kind = options.get("kind") or kind_of(events)
        now = write_compact(Instant(at=target.at), target.zone)
        parts = self.translator.write(events, kind, target.zone, {"now": now, "kind": kind}, target.at)
        pieces = _complete(united(parts), kind, now)
        pieces += labels(disclosure.handling, options["version"])
        head = _header(kind, now, target.message_id, disclosure.handling, options)
        text = head + _lines(_ordered(pieces, self.translator.lenses.order, kind))
        body = text.encode()
        back = Received(journal="", partner=target.partner, as_of=target.at, zone=target.zone)
        return Writing(body=body, media_type=self.media_type, kind=kind, losses=partial(self._kept, events, body, back))

    def _kept(self, events: Sequence[CrisisEvent], body: bytes, back: Received) -> Losses:
        return kept(events, self.read(body, back).events)


def _root(body: bytes, charset: str) -> Root:
    return root(wire.read(body, charset=charset))


@lru_cache(maxsize=256)
def translator(mapping: str) -> Translator:
    """The compiled lenses of a partner's mapping file, or the common ones. Partners with the same file share them."""
    return Translator(load(Path(mapping) if mapping else DEFAULT, home=HOME), HL7V2)


# -- what is written


def addressed(events: Sequence[CrisisEvent], person_id: str, assigner: str) -> tuple[CrisisEvent, ...]:
    """The events, the person among them known by the recipient's own id; without a person one who has only that id."""
    if not person_id:
        return tuple(events)
    known = Identifier(value=person_id, assigner=assigner, type="PI")
    first = next((event for event in events if isinstance(event.body, Person)), None)
    if first is None or not isinstance(first.body, Person):
        at = events[0].recorded_at if events else 0
        anonymous = CrisisEvent(id="", body=Person(identifiers=(known,)), source="", recorded_at=at)
        return (anonymous, *events)
    body = msgspec.structs.replace(first.body, identifiers=(known, *first.body.identifiers))
    return tuple(msgspec.structs.replace(e, body=body) if e is first else e for e in events)


def kind_of(events: Sequence[CrisisEvent]) -> str:
    """The message that says these events: a merge, what the encounter's own message was, results, or an update."""
    bodies = [event.body for event in events]
    visit = next((body for body in bodies if isinstance(body, Encounter)), None)
    if any(isinstance(body, PersonMerge) for body in bodies):
        return "ADT^A40"
    if visit and visit.trigger in STRUCTURES and visit.trigger != "R01":
        return f"ADT^{visit.trigger}"
    if any(isinstance(body, Observation | RiskAssessment) for body in bodies):
        return "ORU^R01"
    return "ADT^A08" if visit else "ADT^A31"


def labels(handling: Handling, version: str) -> list[Piece]:
    """The labels that travel along: ZHB, which the interface agreement declares, and from 2.6 on ARV for each sensitivity."""
    notice = "^".join(map(_text, (handling.notice_id, handling.notice_version, handling.notice_text))).rstrip("^")
    lists = (handling.sensitivities, handling.regimes, handling.refrain, handling.obligations)
    middle = "|".join("~".join(map(_text, found)) for found in lists)
    fields = f"{_text(handling.confidentiality)}|{middle}|{notice}|{_text(handling.consent)}"
    found: list[Piece] = [("ZHB", f"ZHB|{fields}".rstrip("|"))]
    if _numbers(version) >= (2, 6):
        found += [("ARV", f"ARV|{n}|A|{_text(code)}") for n, code in enumerate(handling.sensitivities, 1)]
    return found


def _header(kind: str, now: str, message_id: str, handling: Handling, options: Mapping[str, str]) -> str:
    version = options["version"]
    structure = STRUCTURES.get(kind.partition("^")[2], kind.replace("^", "_"))
    names = (
        options.get(name, default)
        for name, default in (
            ("sending_application", "CRISISHUB"),
            ("sending_facility", ""),
            ("receiving_application", ""),
            ("receiving_facility", ""),
        )
    )
    fields = f"{'|'.join(map(_text, names))}|{now}|{_text(handling.confidentiality)}|{kind}^{structure}|{_text(message_id)}|P|"
    tail = f"{version}|||AL|NE||UNICODE UTF-8"
    if _numbers(version) >= (2, 9):
        tail += f"{'|' * 8}{_text(handling.confidentiality)}|{'~'.join(map(_text, handling.refrain))}".rstrip("|")
    return f"MSH|^~\\&|{fields}{tail}"


def _complete(pieces: list[Piece], kind: str, now: str) -> list[Piece]:
    """What the standard requires though nothing was disclosed for it."""
    names = {name for name, _ in pieces}
    if kind.startswith("ORU"):
        return [
            (name, f"{LOOSE}\r{text}" if name == "OBX" and n == _first(pieces, "OBX") else text)
            for n, (name, text) in enumerate(pieces)
        ]
    if "EVN" not in names:
        pieces.append(("EVN", f"EVN|{kind.partition('^')[2]}|{now}"))
    if "PV1" not in names and "MRG" not in names:
        pieces.append(NO_VISIT)
    return pieces


def _first(pieces: list[Piece], name: str) -> int:
    return next(n for n, piece in enumerate(pieces) if piece[0] == name)


def _ordered(pieces: list[Piece], order: Mapping[str, Sequence[str]], kind: str) -> list[Piece]:
    """The segments a message of this kind has, in their order, and those of the partner's own at its end."""
    places = {name: n for n, name in enumerate(order.get(kind) or order.get(kind.partition("^")[0], ()))}
    known = [piece for piece in pieces if piece[0] in places or piece[0][0] == "Z"]
    return sorted(known, key=lambda piece: places.get(piece[0], len(places)))


def _lines(pieces: Iterable[Piece]) -> str:
    return "".join(f"\r{text}" for _, text in pieces) + "\r"


def _text(value: str) -> str:
    return value if value.isalnum() else wire.escape(value, wire.STANDARD)


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".") if part.isdigit())


# -- what is split


def _opens(piece: bytes, segment: bytes) -> int:
    return sum(piece.count(end + segment) for end in (b"\r", b"\n"))


def _persons(piece: bytes, charset: str) -> Iterable[bytes]:
    """One message a person: what they share, then each PID with what follows it."""
    message = wire.read(piece, charset=charset)
    shared: list[Any] = []
    parts: list[list[Any]] = []
    for segment in message:
        if segment.id == "PID":
            parts.append([*shared])
        (parts[-1] if parts and segment.id not in SHARED else shared).append(segment)
    return [wire.write(part, charset=message.charset) for part in parts] if len(parts) > 1 else [piece]
