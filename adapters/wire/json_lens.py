"""JSON as a syntax of lenses.

`a.b` keys, `a[]` every item, `a[?k=v]` the first item whose k is v, `a[?k=v][]` all of them, `a{k=v}` the object if its k is v,
`a[0]` one item. Inside a record or type a path begins with a dot; with two dots it begins at the group around the record.
A key that holds a dot, bracket or brace stands in double quotes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from adapters.wire.json import number, read, write
from adapters.wire.json_nodes import (
    NOTHING,
    Marked,
    every,
    grouped,
    index,
    is_,
    leaves,
    marked,
    nested,
    pick,
    picks,
    rows,
    tagged,
    text,
    united,
    unlike,
)
from hub.errors import Misconfigured
from hub.lens.syntax import EACH, Anchor, Cut, Frame, Fresh, Located, Loop, Step

# What an adapter that sees messages its own way builds on.
__all__ = [
    "JSON",
    "Json",
    "parse",
    "NOTHING",
    "Marked",
    "every",
    "grouped",
    "index",
    "is_",
    "leaves",
    "marked",
    "nested",
    "pick",
    "picks",
    "rows",
    "tagged",
    "text",
    "united",
    "unlike",
]

PART = re.compile(
    r'\.?(?:(?P<key>[^."\[\]{}\s]+)|"(?P<quoted>[^"]+)")'
    r"|(?P<picks>\[\?(?P<pk>[^=\]]+)=(?P<pv>[^\]]+)\])"
    r"|(?P<is>\{(?P<ik>[^=}]+)=(?P<iv>[^}]+)\})"
    r"|(?P<each>\[\])|\[(?P<index>\d+)\]"
)


def parse(path: str) -> tuple[Step, ...]:
    """The steps of a path without its leading dots.

    >>> [step.kind for step in parse("entry[].resource{resourceType=Patient}.name[?use=official].family")]
    ['key', 'each', 'key', 'is', 'key', 'pick', 'key']
    """
    steps: list[Step] = []
    at = 0
    while at < len(path):
        found = PART.match(path, at)
        if not found:
            cure = 'Write it like incident.units[].id, name[?use=official].family or "a.b".'
            raise Misconfigured(f'"{path}" is not a path in JSON.', cure=cure)
        steps.append(_step(found))
        at = found.end()
        if path[at : at + 3] == ".[]":
            at += 1
    return tuple(
        step._replace(kind="picks") if step.kind == "pick" and steps[n + 1 : n + 2] == [EACH] else step
        for n, step in enumerate(steps)
    )


def _step(found: re.Match[str]) -> Step:
    if found["each"]:
        return EACH
    if found["picks"]:
        return Step("pick", (found["pk"], found["pv"]))
    if found["is"]:
        return Step("is", (found["ik"], found["iv"]))
    if found["index"]:
        return Step("index", int(found["index"]))
    return Step("key", found["key"] or found["quoted"])


# Conversions whose words JSON has as numbers.
NUMBERS: Final = frozenset(("number", "integer", "latitude", "longitude"))


class Json:
    """The syntax. See `hub.lens.syntax.Syntax` for what each word promises."""

    name = "json"
    absent = "None"
    nothing = "None"
    present = "{x} is not None"
    null = ""
    null_literal = "None"
    times = "iso"
    hashable: frozenset[str] = frozenset()
    names: Mapping[str, Any] = {
        "text": text,
        "unlike": unlike,
        "rows": rows,
        "picks": picks,
        "pick": pick,
        "is_": is_,
        "index": index,
        "every": every,
        "tagged": tagged,
        "united": united,
        "nested": nested,
        "grouped": grouped,
        "number": number,
    }
    marked: Mapping[str, Any] = {}

    def locate(self, path: str, frame: Frame) -> Located:
        """A path from the root, or with a dot from the record or type, or with two from the group."""
        anchor: Anchor = "root"
        if path.startswith(".."):
            anchor = "parent"
        elif path.startswith("."):
            anchor = "item"
        return Located(anchor, parse(path.lstrip(".")), "node")

    def level(self, start: str, steps: Sequence[Step]) -> str:
        """One level is like the other."""
        return "node"

    def cut(self, node: str, level: str, steps: Sequence[tuple[Step, bool]], fresh: Fresh) -> Cut:
        """Keys of an object, items of a list."""
        keys = any(step.kind == "key" for step, _ in steps)
        setup = [f"if {node}.__class__ is not dict: {node} = unlike({node}, k)"] if keys else []
        return Cut(setup, [(self._child(node, step), []) for step, _ in steps])

    def _child(self, node: str, step: Step) -> str:
        if step.kind == "key":
            return f"{node}.get({step.arg!r})"
        if step.kind == "index":
            return f"index({node}, {step.arg}, k)"
        word = "is_" if step.kind == "is" else step.kind
        return f"{word}({node}, {step.arg[0]!r}, {step.arg[1]!r}, k)"

    def leaf(self, var: str) -> list[str]:
        """Text as it is; numbers and flags as they are spelled."""
        return [f"if {var}.__class__ is not str: {var} = text({var}, k)"]

    def items(self, var: str, level: str) -> str:
        """The items of a list."""
        return f"rows({var}, k)"

    def loop(self, frame: Frame, fresh: Fresh) -> Loop:
        """Over every node at a path, within every node at the path of its group."""
        item, parent = fresh(), fresh()
        headers = []
        base = "m"
        if frame.within:
            headers.append(f"for {parent} in every(m, {_literal(parse(frame.within))}, k):")
            base = parent
        elif frame.level:
            base = "i"
        headers.append(f"for {item} in every({base}, {_literal(parse(frame.each.lstrip('.')))}, k):")
        return Loop(headers, item, parent)

    def spell(self, conversion: str, expr: str) -> str:
        """Flags and numbers as JSON has them, everything else as text."""
        if conversion == "flag":
            return f"({expr} == 'true')"
        return f"number({expr})" if conversion in NUMBERS else expr

    def build(self, level: str, parts: Sequence[tuple[Step, str]], var: str) -> list[str]:
        """An object of its keys, or a list of the items that a filter names."""
        kinds = {step.kind for step, _ in parts}
        if kinds == {"each"}:
            return [f"{var} = [{parts[0][1]}] if {parts[0][1]} is not None else None"]
        if kinds == {"is"}:
            found = [f"tagged({part}, {s.arg[0]!r}, {s.arg[1]!r}) if {part} is not None else None" for s, part in parts]
            return [f"{var} = {self.unite(found, level) if len(found) > 1 else found[0]}"]
        if kinds <= {"pick", "picks", "index"}:
            return [
                f"{var} = []",
                *(line for step, part in parts for line in _item(step, part, var)),
                f"{var} = {var} or None",
            ]
        if len(parts) == 1:
            ((step, part),) = parts
            return [f"{var} = {{{step.arg!r}: {part}}} if {part} is not None else None"]
        lines = [f"{var} = {{}}"]
        lines += [f"if {part} is not None: {var}[{step.arg!r}] = {part}" for step, part in parts]
        return [*lines, f"if not {var}: {var} = None"]

    def gather(self, expr: str, level: str) -> str:
        """A list, or nothing instead of an empty one."""
        return f"[x for x in {expr} if x is not None] or None"

    def unite(self, found: Sequence[str], level: str) -> str:
        """Objects merged, lists one after the other."""
        return f"united(({', '.join(found)},))"

    def group(self, frame: Frame, item: str, parent: str, var: str) -> list[str]:
        """A record, and beside it its group."""
        return [f"if {item} is not None: {var}.append({f'({parent}, {item})' if frame.within else item})"]

    def wrap(self, frame: Frame, var: str) -> str:
        """The records where the path leads."""
        each = _literal(parse(frame.each.lstrip(".")))
        if frame.within:
            return f"grouped({var}, {_literal(parse(frame.within))}, {each})"
        return f"nested({var}, {each})"

    def snippet(self, wire: Any, kind: str) -> Any:
        """An example, written as JSON text or as YAML."""
        return read(wire.encode()) if isinstance(wire, str) else wire

    def reread(self, parts: Sequence[Any], kind: str) -> Any:
        """What was written, read again."""
        return read(write(united(parts) or {}))

    def mark(self, root: Any) -> Any:
        """Every leaf knows its path."""
        return marked(root)

    def text_at(self, marked: Any, at: Any) -> str:
        """The leaf at a path."""
        for step in at:
            marked = marked[step]
        return str(marked)

    def elements(self, root: Any) -> Mapping[Any, str]:
        """Every leaf that says anything: `incident.units[2].id`."""
        return {leaf.at: _shown(leaf.at) for leaf in leaves(root)}


def _item(step: Step, part: str, var: str) -> list[str]:
    if step.kind == "index":
        return [f"if {part} is not None: {var}.append({part})"]
    key, value = step.arg
    if step.kind == "picks":
        return [f"if {part} is not None: {var}.extend(tagged(x, {key!r}, {value!r}) for x in {part})"]
    return [f"if {part} is not None: {var}.append(tagged({part}, {key!r}, {value!r}))"]


def _literal(steps: Iterable[Step]) -> str:
    return f"({''.join(f'({s.kind!r}, {s.arg!r}), ' for s in steps)})"


def _shown(at: tuple[str | int, ...]) -> str:
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in at).lstrip(".")


JSON = Json()
