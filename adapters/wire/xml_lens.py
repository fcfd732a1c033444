"""XML as a syntax of lenses.

`a/b` children, the first where they repeat; `a[]` every repetition, `a[2]` one of them; `a/@n` an attribute; `a[b/@c=v]` the first
below which v stands at b/@c, `a[b/@c=v|w][]` all of them, for either value; `a[.=v]` asks for the text itself. A path starts at the
root, with `./` at the record or where a type is used, with `../` at the group around the record; `.` is the record's own text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from itertools import zip_longest
from typing import Any, Final

from adapters.wire import xml_nodes
from adapters.wire.fhir_steps import moment
from adapters.wire.json_lens import Json
from adapters.wire.json_nodes import leaves, marked
from adapters.wire.xml import read
from adapters.wire.xml_nodes import TEXT, tree, united, view
from hub.errors import Misconfigured
from hub.lens.syntax import EACH, Anchor, Cut, Frame, Fresh, Located, Loop, Step

PART: Final = re.compile(
    r"/?(?P<name>@?[^/\[\]\s]+)|\[(?P<each>)\]|\[(?P<index>\d+)\]|\[(?P<path>[^=\]]+)=(?P<values>[^\]]+)\]"
)
# Where the message as it was sent stays in what was laid out of it.
SENT: Final = "\x00sent"
FILTERED: Final = ("each", "pick", "picks", "index")
CALLED: Final = (
    "one",
    "rows",
    "text",
    "plain",
    "index",
    "pick",
    "picks",
    "every",
    "united",
    "meeting",
    "nested",
    "grouped",
)


def parse(path: str) -> tuple[Step, ...]:
    """The steps of a path without what says where it starts.

    >>> [step.kind for step in parse("a/b[]/c[d/@e=1|2]/f/@g")]
    ['key', 'keys', 'each', 'keys', 'pick', 'key', 'key']
    """
    steps: list[Step] = []
    at = 0
    while at < len(path):
        found = PART.match(path, at)
        if not found:
            raise Misconfigured(f'"{path}" is not a path in XML.', cure="Write it like a/b[]/c[@d=x]/@e.")
        steps.append(_step(found))
        at = found.end()
    return tuple(_told(step, after) for step, after in zip_longest(steps, steps[1:]))


def _step(found: re.Match[str]) -> Step:
    if found["name"]:
        return Step("key", found["name"])
    if found["index"]:
        return Step("index", int(found["index"]))
    if found["path"]:
        path = () if found["path"] == "." else tuple(found["path"].split("/"))
        return Step("pick", (path, tuple(found["values"].split("|"))))
    return EACH


def _told(step: Step, after: Step | None) -> Step:
    """A child of which one repetition is asked for is fetched with all of them."""
    if step.kind == "key" and after is not None and after.kind in FILTERED:
        return Step("keys", step.arg)
    return Step("picks", step.arg) if step.kind == "pick" and after == EACH else step


_STARTS: Final[tuple[tuple[str, Anchor], ...]] = (("../", "parent"), ("./", "item"), (".[", "item"))


def _anchored(path: str) -> tuple[Anchor, str]:
    if path in (".", ".."):
        return ("item" if path == "." else "parent"), ""
    for start, anchor in _STARTS:
        if path.startswith(start):
            return anchor, path[1:] if start == ".[" else path[len(start) :]
    return "root", path


class Xml(Json):
    """The syntax of one format. `lay_out` may make another view of a message for its lenses, of the same leaves."""

    name = "xml"
    names: Mapping[str, Any] = {
        **Json.names,
        **{name: getattr(xml_nodes, name) for name in CALLED},
        "moment": moment,
    }

    def __init__(self, prefixes: Mapping[str, str], lay_out: Callable[[Any], Any] | None = None) -> None:
        """`prefixes`: what stands before the names of a namespace, by the namespace."""
        self.prefixes = prefixes
        self.lay_out = lay_out

    def locate(self, path: str, frame: Frame) -> Located:
        """A path from the root, or with `./` from the record or type, or with `../` from the group."""
        anchor, rest = _anchored(path)
        return Located(anchor, parse(rest), "node")

    def cut(self, node: str, level: str, steps: Sequence[tuple[Step, bool]], fresh: Fresh) -> Cut:
        """Children and attributes of an element, repetitions of a child."""
        keys = any(step.kind in ("key", "keys") for step, _ in steps)
        setup = [f"if {node}.__class__ is not dict: {node} = plain({node})"] if keys else []
        return Cut(setup, [(self._child(node, step), []) for step, _ in steps])

    def _child(self, node: str, step: Step) -> str:
        match step.kind:
            case "key":
                return f"one({node}, {step.arg!r})"
            case "keys":
                return f"{node}.get({step.arg!r})"
            case "index":
                return f"index({node}, {step.arg}, k)"
            case _:
                return f"{step.kind}({node}, {step.arg[0]!r}, {step.arg[1]!r}, k)"

    def loop(self, frame: Frame, fresh: Fresh) -> Loop:
        """Over every node at a path, within every node at the path of its group."""
        item, parent = fresh(), fresh()
        headers, base = [], "i" if frame.level else "m"
        if frame.within:
            headers.append(f"for {parent} in every(m, {_literal(frame.within)}, k):")
            base = parent
        headers.append(f"for {item} in every({base}, {_literal(frame.each)}, k):")
        return Loop(headers, item, parent)

    def spell(self, conversion: str, expr: str) -> str:
        """Everything is text; a time with all that XML wants of one."""
        return f"moment({expr}, k.zone)" if conversion == "instant" else expr

    def build(self, level: str, parts: Sequence[tuple[Step, str]], var: str) -> list[str]:
        """An element of its children, or the repetitions that filters name."""
        if all(step.kind in FILTERED for step, _ in parts):
            lines = [f"{var} = []"]
            for step, part in parts:
                lines += [f"if {part} is not None: {var} += {_repeated(step, part)}"]
            return [*lines, f"{var} = {var} or None"]
        lines = [f"{var} = {{}}"]
        for step, part in parts:
            lines += [f"if {part} is not None: {var}[{step.arg!r}] = united(({var}.get({step.arg!r}), {part}))"]
        return [*lines, f"if not {var}: {var} = None"]

    def wrap(self, frame: Frame, var: str) -> str:
        """The records where the path leads."""
        if frame.within:
            return f"grouped({var}, {_literal(frame.within)}, {_literal(frame.each)})"
        return f"nested({var}, {_literal(frame.each)})"

    def snippet(self, wire: Any, kind: str) -> Any:
        """An example, written as XML or as YAML of what the lenses see."""
        return view(read(wire.encode()), self.prefixes) if isinstance(wire, str) else wire

    def reread(self, parts: Sequence[Any], kind: str) -> Any:
        """What was written, read again."""
        written = united(parts) or {}
        spaces = {prefix: space for space, prefix in self.prefixes.items()}
        return view(tree("root", written, spaces, {}), self.prefixes)

    def mark(self, root: Any) -> Any:
        """Every leaf knows its path; laid out for the lenses, and as it was sent."""
        sent = marked(root)
        return {**self.lay_out(sent), SENT: sent} if self.lay_out else sent

    def elements(self, root: Any) -> Mapping[Any, str]:
        """Every text and attribute that says anything: `Header/PatientCareReport/eTimes/eTimes.08/@NV`."""
        return {leaf.at: shown(leaf.at) for leaf in leaves(root[SENT] if self.lay_out else root)}

    def text_at(self, marked: Any, at: Any) -> str:
        """The text at a path of the wire."""
        return super().text_at(marked[SENT] if self.lay_out else marked, at)


def shown(at: Sequence[str | int]) -> str:
    """A path as people write it; repetitions are counted from one.

    >>> shown(("a", "b", 1, "@c")), shown(("a", "#text"))
    ('a/b[2]/@c', 'a')
    """
    found = ""
    for step in at:
        if isinstance(step, int):
            found += f"[{step + 1}]"
        elif step != TEXT:
            found += f"/{step}"
    return found.lstrip("/") or "."


def _repeated(step: Step, part: str) -> str:
    if step.kind in ("each", "index"):
        return f"[{part}]"
    if step.kind == "picks":
        return f"[meeting(x, {step.arg[0]!r}, {step.arg[1]!r}) for x in {part}]"
    return f"[meeting({part}, {step.arg[0]!r}, {step.arg[1]!r})]"


def _literal(path: str) -> str:
    _, rest = _anchored(path)
    return f"({''.join(f'({s.kind!r}, {s.arg!r}), ' for s in parse(rest))})"
