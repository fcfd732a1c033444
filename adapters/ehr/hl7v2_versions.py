"""Segments as an earlier version of HL7 v2 knows them: without what came later."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import lru_cache, partial
from typing import Final

from adapters.wire.hl7v2_lens import Piece

Trim = Callable[[str], str]
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
CE: Final = 6
# What is a code alone in PV1 before 2.7 (IS), and has words and a system since (CWE).
PLAIN: Final = (4, 10, 13, 14, 15, 36)


@lru_cache(maxsize=64)
def numbers(version: str) -> tuple[int, ...]:
    """A version as numbers, for comparing.

    >>> numbers("2.5.1") < numbers("2.6")
    True
    """
    return tuple(int(part) for part in version.split(".") if part.isdigit())


def fitting(pieces: list[Piece], version: str) -> list[Piece]:
    """The segments without what came after a version: since when a telephone number counts, the words of a code.

    >>> fitting([("NK1", "NK1|1||||^PRN^PH^^^^5550100^^^^^^20250101~5550101"), ("PV1", "PV1|1|E||1^Elective^L")], "2.5.1")
    [('NK1', 'NK1|1||||^PRN^PH^^^^5550100~5550101'), ('PV1', 'PV1|1|E||1')]
    """
    trims = _trims(numbers(version))
    return [(piece[0], trims[piece[0]](piece[1])) if piece[0] in trims else piece for piece in pieces]


@lru_cache(maxsize=64)
def _trims(known: tuple[int, ...]) -> Mapping[str, Trim]:
    """What becomes of the segments of which a version knows less, by name."""
    if known >= (2, 7):
        return {}
    found: dict[str, list[Trim]] = defaultdict(list)
    for name, since in LATER.items():
        if later := frozenset(n for n, first in since.items() if known < first):
            found[name].append(partial(_without, later))
    for name, counts in BEFORE_27.items():
        found[name].append(partial(_cut, counts))
    found["PV1"].append(_plain)
    for name, fields in CODED.items() if known < (2, 6) else ():
        found[name].append(partial(_six, fields))
    return {name: _after_another(trims) for name, trims in found.items()}


def _after_another(trims: Sequence[Trim]) -> Trim:
    def trimmed(said: str) -> str:
        for trim in trims:
            said = trim(said)
        return said

    return trims[0] if len(trims) == 1 else trimmed


def _six(fields: Sequence[int], said: str) -> str:
    """A segment, and the notes that follow it, whose codes have six components at most."""
    if said.count("^") < CE:
        return said
    first, end, notes = said.partition("\r")
    split = first.split("|")
    for n in fields:
        if len(split) > n and split[n].count("^") >= CE:
            split[n] = "~".join("^".join(one.split("^")[:CE]).rstrip("^") for one in split[n].split("~"))
    return f"{'|'.join(split)}{end}{notes}"


def _plain(visit: str) -> str:
    """A visit whose codes are codes alone; what has no code keeps its words."""
    fields = visit.split("|")
    for n in PLAIN:
        if len(fields) > n and "^" in fields[n]:
            each = (next(filter(None, one.split("^")), "") for one in fields[n].split("~"))
            fields[n] = "~".join(each)
    return "|".join(fields)


def _without(later: Collection[int], said: str) -> str:
    """A segment, and the notes that follow it, without the fields that came later."""
    first, end, notes = said.partition("\r")
    if first.count("|") < min(later):
        return said
    kept = ("" if n in later else one for n, one in enumerate(first.split("|")))
    return f"{'|'.join(kept).rstrip('|')}{end}{notes}"


def _cut(counts: Mapping[int, int], said: str) -> str:
    fields = said.split("|")
    for n, count in counts.items():
        if len(fields) > n and fields[n].count("^") >= count:
            each = ("^".join(one.split("^")[:count]).rstrip("^") for one in fields[n].split("~"))
            fields[n] = "~".join(each)
    return "|".join(fields)
