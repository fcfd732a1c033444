"""A message around what the lenses wrote: its header, what the standard requires, the labels that travel along, the order."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Final

from adapters.ehr.hl7v2_kinds import structure
from adapters.ehr.hl7v2_versions import numbers
from adapters.wire import hl7v2 as wire
from adapters.wire.hl7v2_lens import Piece
from adapters.wire.hl7v2_nodes import overlaid
from hub.errors import Misconfigured, Unmapped
from hub.model.label import Handling

VERSION: Final = "2.5.1"
CHARSET: Final = "UNICODE UTF-8"
# What findings stand under that nobody ordered; the lens knows that it is no order.
LOOSE: Final = "OBR|1|||FINDINGS^Findings^CRISISHUB"
# An encounter that is not one: PV1 must be there.
NO_VISIT: Final[Piece] = ("PV1", "PV1|1|N")
# Who writes: each name of MSH-3 to MSH-6 may stand in the partner file.
NAMES: Final = (
    ("sending_application", "CRISISHUB"),
    ("sending_facility", ""),
    ("receiving_application", ""),
    ("receiving_facility", ""),
)
# What the standard requires in a segment that says nothing there.
NEEDED: Final = {name: f"{name}|1" for name in ("AIS", "AIG", "AIL", "AIP", "TQ1")}


def header(kind: str, now: str, message_id: str, handling: Handling, options: Mapping[str, str]) -> str:
    """MSH, as the version that the partner takes has it."""
    version = options["version"]
    names = (options.get(name, default) for name, default in NAMES)
    said = f"{kind}^{structure(kind)}" if numbers(version) >= (2, 3, 1) else kind
    level = text(handling.confidentiality)
    fields = (
        f"{'|'.join(map(text, names))}|{now}|{level}|{said}|{text(message_id)}|{text(options.get('processing', 'P'))}|"
    )
    tail = f"{version}|||AL|NE||{text(options.get('charset') or CHARSET)}"
    if numbers(version) >= (2, 9):
        tail += f"{'|' * 8}{level}|{'~'.join(map(text, handling.refrain))}".rstrip("|")
    return f"MSH|^~\\&|{fields}{tail}"


def labels(handling: Handling, version: str) -> list[Piece]:
    """The labels that travel along: ZHB, which the interface agreement declares, and from 2.6 on ARV for each sensitivity."""
    notice = "^".join(map(text, (handling.notice_id, handling.notice_version, handling.notice_text))).rstrip("^")
    lists = (handling.sensitivities, handling.regimes, handling.refrain, handling.obligations)
    middle = "|".join("~".join(map(text, found)) for found in lists)
    fields = f"{text(handling.confidentiality)}|{middle}|{notice}|{text(handling.consent)}"
    found: list[Piece] = [("ZHB", f"ZHB|{fields}".rstrip("|"))]
    if numbers(version) >= (2, 6):
        found += [("ARV", f"ARV|{n}|A|{text(code)}") for n, code in enumerate(handling.sensitivities, 1)]
    return found


def complete(pieces: list[Piece], kind: str, now: str) -> list[Piece]:
    """What the standard requires though nothing was disclosed for it."""
    family, _, trigger = kind.partition("^")
    names = {name for name, _ in pieces}
    if family in ("ADT", "MDM"):
        pieces = _event(pieces, trigger, now)
    if family in ("ADT", "MDM") and not names & {"PV1", "MRG", "NPU"}:
        pieces.append(NO_VISIT)
    if family in ("REF", "RRI") and "PRD" not in names:
        pieces.append(("PRD", "PRD|RP"))
    if family == "SIU":
        pieces.append(("RGS", "RGS|1"))
    needed = _needed(names, pieces, family, trigger)
    if not names.isdisjoint(needed):
        pieces = [(name, overlaid(said, needed[name])) if name in needed else (name, said) for name, said in pieces]
    return _loose(pieces) if family in ("ORU", "REF", "RRI") else pieces


def _needed(names: Collection[str], pieces: list[Piece], family: str, trigger: str) -> Mapping[str, str]:
    """What the standard requires in the segments of a message, by name."""
    found = dict(NEEDED)
    if "SCH" in names:
        # Why it is announced, and whom to ask about it (SCH-16, SCH-20): the hub, since nobody else was disclosed.
        found["SCH"] = f"SCH||||||{trigger}{'|' * 10}^CRISISHUB||||^CRISISHUB"
    if "MRG" in names:
        found["MRG"] = _same_person(pieces)
    if family == "MDM":
        found["OBX"] = "OBX|1||DOCUMENT^Document^CRISISHUB||||||||F"
    return found


def _same_person(pieces: list[Piece]) -> str:
    """Where an account or a visit alone has another name, the person before is the person now."""
    person = next((said for name, said in pieces if name == "PID"), "")
    return "|".join(("MRG", *person.split("|")[3:4]))


def _event(pieces: list[Piece], trigger: str, now: str) -> list[Piece]:
    """EVN names the trigger event, the one in MSH-9, and when the message was written."""
    said = next((said for name, said in pieces if name == "EVN"), "EVN")
    after = said.split("|")[2:]
    event = "|".join(("EVN", trigger, *(after or [""])))
    return [*(piece for piece in pieces if piece[0] != "EVN"), ("EVN", overlaid(event, f"EVN|{trigger}|{now}"))]


def _loose(pieces: list[Piece]) -> list[Piece]:
    """Findings that nobody ordered stand below an OBR of ours."""
    first = next((n for n, piece in enumerate(pieces) if piece[0] == "OBX"), -1)
    return [(name, f"{LOOSE}\r{said}" if n == first else said) for n, (name, said) in enumerate(pieces)]


def ordered(pieces: list[Piece], order: Mapping[str, Sequence[str]], kind: str) -> list[Piece]:
    """The segments a message of this kind has, in their order, and those of the partner's own at its end."""
    places = {name: n for n, name in enumerate(order.get(kind) or order.get(kind.partition("^")[0], ()))}
    known = [piece for piece in pieces if piece[0] in places or piece[0][0] == "Z"]
    return sorted(known, key=lambda piece: places.get(piece[0], len(places)))


def spelled(head: str, pieces: Iterable[Piece], charset: str) -> bytes:
    """The bytes of a message in the partner's charset. Raises Misconfigured for one nobody knows, Unmapped for what it lacks."""
    known = wire.codecs(charset or CHARSET)
    if not known:
        raise Misconfigured(f'"{charset}" is no charset of HL7 table 0211.', cure="Write UNICODE UTF-8 or 8859/1.")
    # The last one a name stands for is the narrowest: a message that says 8859/1 holds nothing of Windows.
    codec = known[-1]
    lines = [head, *(said for _, said in pieces)]
    try:
        return "".join(f"{line}\r" for line in lines).encode(codec)
    except UnicodeEncodeError as error:
        place = next(line[:3] for line in lines if line.encode(codec, "ignore").decode(codec) != line)
        message = f"There is a character that {charset} does not have."
        raise Unmapped(message, at=place, cure="Write to this partner in UNICODE UTF-8.") from error


def text(value: str) -> str:
    """A value with its delimiters escaped."""
    return value if value.isalnum() else wire.escape(value, wire.STANDARD)
