"""What a lens file says, as values: lines, types, lenses, and the set of them that reads and writes one format."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import msgspec

from hub.errors import Misconfigured
from hub.lens.source import Map, Place, Text
from hub.lens.tables import Table

Direction = Literal["both", "read", "write"]


class Condition(msgspec.Struct, frozen=True):
    """A condition on the wire: the text at `path` is one of `values`, is a wire code of `table`, or is there at all.

    A path `A or B` asks about both.
    """

    path: str
    values: tuple[str, ...] = ()
    table: str = ""
    negated: bool = False


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One line: a canonical path, a wire path, and how a value gets from one to the other."""

    canon: str
    wire: str
    place: Place
    conversion: str = ""
    args: tuple[str, ...] = ()
    when: tuple[Condition, ...] = ()
    where: tuple[tuple[str, str], ...] = ()
    default: str | None = None
    required: bool = False
    direction: Direction = "both"


class Coding(msgspec.Struct, frozen=True, kw_only=True):
    """Where a coded value keeps code, display and system; `each` when they repeat."""

    code: str
    display: str = ""
    system: str = ""
    version: str = ""
    each: str = ""


class Constant(msgspec.Struct, frozen=True, kw_only=True):
    """What the wire needs and the model does not carry. A value `$name` is a fact of the delivery."""

    wire: str
    value: str
    place: Place


class Type(msgspec.Struct, frozen=True, kw_only=True):
    """A composite of the wire, named once and used by many lines. With `codings` it makes a Code."""

    name: str
    makes: str
    place: Place
    lines: tuple[Line, ...] = ()
    constants: tuple[Constant, ...] = ()
    codings: tuple[Coding, ...] = ()
    text: str = ""
    systems: str = ""


class Lens(msgspec.Struct, frozen=True, kw_only=True):
    """One wire record. `each` gives one event per repetition, `within` the group it stands in.

    `writes` asks something of the model: such a lens writes the events of which that is true, and no other lens does.
    """

    name: str
    place: Place
    reads: tuple[str, ...] = ()
    each: str = ""
    within: str = ""
    when: tuple[Condition, ...] = ()
    writes: Condition | None = None
    lines: tuple[Line, ...] = ()
    constants: tuple[Constant, ...] = ()
    cases: tuple[Map, ...] = ()


class Lenses(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that reads and writes one format, resolved: a partner's differences are already in it."""

    name: str
    syntax: str
    place: Place
    lenses: tuple[Lens, ...]
    types: Mapping[str, Type]
    tables: Mapping[str, Table]
    order: Mapping[str, tuple[str, ...]]
    known: Mapping[str, str]
    digest: str
    resolved: Mapping[str, Any]
    files: tuple[Path, ...]


SPLIT = re.compile(r"\s+(as|where|when|unless|default)\s+")
ARROWS = {"<": "read", ">": "write"}


def line(key: str, value: Text, key_place: Place) -> Line:
    """One line of a lens file.

    >>> found = line("person.sex <", Text("PID-8 as code sex when PID-8"), Place("x", 1))
    >>> found.canon, found.wire, found.conversion, found.args, found.direction, found.when[0].path
    ('person.sex', 'PID-8', 'code', ('sex',), 'read', 'PID-8')
    """
    canon, direction = _key(key)
    text = value.removesuffix(" required")
    wire, *rest = SPLIT.split(" " + text.strip())
    said: dict[str, list[str]] = {}
    for word, argument in zip(rest[::2], rest[1::2], strict=True):
        said.setdefault(word, []).append(argument.strip())
    place = getattr(value, "place", key_place)
    conversion, *args = said.get("as", [""])[0].split(" ")
    for word in ("as", "where", "default"):
        if len(said.get(word, ())) > 1:
            raise Misconfigured(f'this line says "{word}" twice.', at=str(place))
    return Line(
        canon=canon,
        wire=wire.strip(),
        place=place,
        conversion=conversion,
        args=tuple(a for a in args if a),
        when=(
            *(condition(t, place) for t in said.get("when", ())),
            *(condition(t, place, negated=True) for t in said.get("unless", ())),
        ),
        where=tuple(_pair(p, place) for p in said.get("where", [""])[0].split(",") if p),
        default=next(iter(said.get("default", ())), None),
        required=text != value,
        direction=direction,
    )


def condition(said: str, place: Place, *, negated: bool = False) -> Condition:
    """A condition: `OBX-2`, `OBX-2 = NM`, `OBX-2 in NM, SN`, `OBX-3.1 in table risk_scale`.

    >>> condition("OBX-2 in NM, SN", Place("x", 1)).values
    ('NM', 'SN')
    """
    if found := re.fullmatch(r"(\S+(?: or \S+)*)\s+in\s+table\s+(\w+)", said):
        return Condition(found[1], (), found[2], negated)
    if found := re.fullmatch(r"(\S+(?: or \S+)*)\s+in\s+(.+)", said):
        return Condition(found[1], tuple(v.strip() for v in found[2].split(",")), "", negated)
    if found := re.fullmatch(r"(\S+(?: or \S+)*)\s+=\s+(.+)", said):
        return Condition(found[1], (found[2].strip(),), "", negated)
    if " " in said.replace(" or ", ""):
        cure = "Write `PATH`, `PATH = VALUE`, `PATH in A, B` or `PATH in table NAME`."
        raise Misconfigured(f'"{said}" is not a condition.', at=str(place), cure=cure)
    return Condition(said, (), "", negated)


def _key(key: str) -> tuple[str, Direction]:
    arrow = ARROWS.get(key[-1:], "both")
    return key.rstrip("<> "), arrow  # type: ignore[return-value]  # the arrows name directions


def _pair(said: str, place: Place) -> tuple[str, str]:
    field, mark, value = said.partition("=")
    if not mark:
        raise Misconfigured(f'"{said.strip()}" is not `field = value`.', at=str(place))
    return field.strip(), value.strip()
