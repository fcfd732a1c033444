"""A message around what the lenses wrote: its header, what the standard requires, the labels that travel along, the order."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from adapters.ehr.hl7v2_kinds import structure
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
# How many components a version before 2.7 knows of the addresses and telephone numbers of a segment, by field.
BEFORE_27: Final = {"PID": {11: 14, 13: 12}, "NK1": {4: 14, 5: 12, 6: 12}}
# The fields of a segment that came later: in which version, by their number.
LATER: Final = {"OBX": {20: (2, 6), 21: (2, 6)}, "DG1": {22: (2, 6)}, "ACC": {13: (2, 7)}}
# Fields that are CE before 2.6: a code has no version and no original text there.
CODED: Final = {
    "PID": (10, 15, 16, 17, 22, 26, 27, 28),
    "NK1": (3, 7),
    "PV2": (2, 3, 25, 38),
    "OBX": (3, 6, 17),
    "OBR": (4,),
    "AL1": (2, 3, 4),
    "DG1": (3,),
    "IN1": (2, 17),
    "SCH": (7, 8, 25),
    "AIS": (3,),
    "AIG": (3, 4),
    "AIP": (4,),
    "RF1": (1, 2, 3, 10),
    "ROL": (3,),
}
MANY: Final = re.compile(r"(?:\^[^|~^]*){12}")
# What is a code alone in PV1 before 2.7 (IS), and has words and a system since (CWE).
PLAIN: Final = (4, 10, 13, 14, 15, 36)
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
    # Why it is announced, and whom to ask about it (SCH-16, SCH-20): the hub, since nobody else was disclosed.
    needed = NEEDED | {"SCH": f"SCH||||||{trigger}{'|' * 10}^CRISISHUB||||^CRISISHUB", "MRG": _same_person(pieces)}
    if family == "MDM":
        needed["OBX"] = "OBX|1||DOCUMENT^Document^CRISISHUB||||||||F"
    pieces = [(name, overlaid(said, needed[name]) if name in needed else said) for name, said in pieces]
    return _loose(pieces) if family in ("ORU", "REF", "RRI") else pieces


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


def fitting(pieces: list[Piece], version: str) -> list[Piece]:
    """The segments without what came after a version: since when a telephone number counts, the words of a code.

    >>> fitting([("NK1", "NK1|1||||^PRN^PH^^^^5550100^^^^^^20250101~5550101"), ("PV1", "PV1|1|E||1^Elective^L")], "2.5.1")
    [('NK1', 'NK1|1||||^PRN^PH^^^^5550100~5550101'), ('PV1', 'PV1|1|E||1')]
    """
    known = numbers(version)
    if known >= (2, 7):
        return pieces
    fewer = [(name, _fitted(_without(said, name, known), name)) for name, said in pieces]
    return fewer if known >= (2, 6) else [(name, _six(said, CODED.get(name, ()))) for name, said in fewer]


def _six(said: str, fields: tuple[int, ...]) -> str:
    """A segment, and the notes that follow it, whose codes have six components at most."""
    first, end, notes = said.partition("\r")
    if not fields or first.count("^") < 6:
        return said
    split = first.split("|")
    for n in fields:
        if len(split) > n and split[n].count("^") >= 6:
            split[n] = "~".join("^".join(one.split("^")[:6]).rstrip("^") for one in split[n].split("~"))
    return f"{'|'.join(split)}{end}{notes}"


def _fitted(said: str, name: str) -> str:
    return _plain(said) if name == "PV1" else _cut(said, name)


def _plain(visit: str) -> str:
    """A visit whose codes are codes alone; what has no code keeps its words."""
    fields = visit.split("|")
    for n in PLAIN:
        if len(fields) > n and "^" in fields[n]:
            each = (next(filter(None, one.split("^")), "") for one in fields[n].split("~"))
            fields[n] = "~".join(each)
    return "|".join(fields)


def _without(said: str, name: str, version: tuple[int, ...]) -> str:
    """A segment, and the notes that follow it, without the fields that came later."""
    later = [n for n, since in LATER.get(name, {}).items() if version < since]
    first, end, notes = said.partition("\r")
    if not later or first.count("|") < min(later):
        return said
    kept = ("" if n in later else one for n, one in enumerate(first.split("|")))
    return f"{'|'.join(kept).rstrip('|')}{end}{notes}"


def _cut(said: str, name: str) -> str:
    if name not in BEFORE_27 or not MANY.search(said):
        return said
    fields = said.split("|")
    for n, count in BEFORE_27[name].items():
        if len(fields) > n:
            each = ("^".join(one.split("^")[:count]).rstrip("^") for one in fields[n].split("~"))
            fields[n] = "~".join(each)
    return "|".join(fields)


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


def numbers(version: str) -> tuple[int, ...]:
    """A version as numbers, for comparing.

    >>> numbers("2.5.1") < numbers("2.6")
    True
    """
    return tuple(int(part) for part in version.split(".") if part.isdigit())
