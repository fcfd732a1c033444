"""Which line of which file puts a wire element into the model, and where a canonical value comes from: the set, unfolded to leaves."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import msgspec

from hub.lens.spec import Condition, Lens, Lenses, Line, Type

ARROWS = {"both": "↔", "read": "←", "write": "→"}
COUNTED = re.compile(r"\[[^\]]*\]|\{[^}]*\}")


class Way(msgspec.Struct, frozen=True, kw_only=True):
    """One leaf: its place in the model, its place on the wire, how it gets there, and the line that says so."""

    canon: str
    wire: str
    how: str
    direction: str
    lens: str
    place: str


def ways(lenses: Lenses) -> Iterator[Way]:
    """Every leaf of a set, all types unfolded."""
    for lens in lenses.lenses:
        for line in lens.lines:
            for wire in line.wire.split(" + "):
                whole = lens.each + wire if wire.startswith(".") and not wire.startswith("..") else wire
                yield from _unfold(lenses, line, line.canon, whole, lens.name)


def explain(lenses: Lenses, path: str) -> tuple[Way, ...]:
    """The ways of one canonical path, or of one wire path, or of all below it.

    Counts and conditions in either do not matter: `person.names[].family` is `person.names.family`, `PID-3[2].1` is `PID-3.1`.
    """
    wanted = _plain(path)
    return tuple(way for way in ways(lenses) if any(_below(wanted, _plain(p)) for p in (way.canon, way.wire)))


def page(lenses: Lenses) -> str:
    """The lines of a set as tables in Markdown, one a lens and one a type, for the page that tells of the format."""
    parts = [_table(lens.name, _when(lens), lens.lines) for lens in lenses.lenses]
    parts += [
        _table(f"type {kind.name}", f"makes {kind.makes}", kind.lines) for kind in lenses.types.values() if kind.lines
    ]
    return "\n".join(parts)


def _when(lens: Lens) -> str:
    each = (
        f"one for each {lens.each}" + (f" within {lens.within}" if lens.within else "")
        if lens.each
        else "one a message"
    )
    return f"{each}; {', '.join(lens.reads)}" if lens.reads else each


def _table(title: str, about: str, lines: Sequence[Line]) -> str:
    rows = [f"| {line.canon} | {ARROWS[line.direction]} | {line.wire} | {_how(line)} |" for line in lines]
    return "\n".join((f"**{title}** ({about})", "", "| model | | wire | how |", "|---|---|---|---|", *rows, ""))


def _how(line: Line) -> str:
    conditions = [f"{'unless' if one.negated else 'when'} {one.path}{_asked(one)}" for one in line.when]
    where = [f"where {name} = {value}" for name, value in line.where]
    default = [f"default {line.default}"] if line.default is not None else []
    required = ["required"] if line.required else []
    return " ".join((line.conversion or "text", *line.args, *where, *conditions, *default, *required))


def _asked(one: Condition) -> str:
    if one.table:
        return f" in table {one.table}"
    return f" in {', '.join(one.values)}" if len(one.values) > 1 else f" = {one.values[0]}" if one.values else ""


def _unfold(lenses: Lenses, line: Line, canon: str, wire: str, lens: str) -> Iterator[Way]:
    kind = lenses.types.get(line.conversion)
    if kind is None:
        yield _way(line, canon, wire, line.conversion or "text", lens)
    elif kind.codings:
        yield from _codings(kind, line, canon, wire, lens)
    else:
        for inner in kind.lines:
            for part in inner.wire.split(" + "):
                yield from _unfold(lenses, _inside(inner, line), f"{canon}.{inner.canon}", wire + part, lens)


def _inside(inner: Line, outer: Line) -> Line:
    """A type's line as its user sees it: what is only read stays only read."""
    return inner if outer.direction == "both" else msgspec.structs.replace(inner, direction=outer.direction)


def _codings(kind: Type, line: Line, canon: str, wire: str, lens: str) -> Iterator[Way]:
    how = " ".join((kind.name, *line.args))
    for one in kind.codings:
        for part, path in (
            ("code", one.code),
            ("display", one.display),
            ("system", one.system),
            ("version", one.version),
        ):
            if path:
                yield _way(line, f"{canon}.{part}", wire + one.each + path, how, lens)
    if kind.text:
        yield _way(line, f"{canon}.display", wire + kind.text, how, lens)


def _way(line: Line, canon: str, wire: str, how: str, lens: str) -> Way:
    arguments = "" if how.endswith(" ".join(line.args)) or not line.args else " " + " ".join(line.args)
    return Way(canon=canon, wire=wire, how=how + arguments, direction=line.direction, lens=lens, place=str(line.place))


def _plain(path: str) -> str:
    return COUNTED.sub("", path)


def _below(wanted: str, path: str) -> bool:
    """Whether a path is the wanted one or below it. The first component of a field that has no others is the field."""
    return path in (wanted, wanted.removesuffix(".1")) or path.startswith((wanted + ".", wanted + "-"))
