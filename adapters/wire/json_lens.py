"""JSON as a syntax of lenses.

`a.b` keys, `a[]` every item, `a[?k=v]` the first item whose k is v, `a[?k=v][]` all of them, `a{k=v}` the object if its k is v,
`a[0]` one item. Inside a record or type a path begins with a dot; with two dots it begins at the group around the record.
A key that holds a dot, bracket or brace stands in double quotes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from adapters.wire.json import Spelled, number, read, write
from hub.errors import Misconfigured
from hub.lens.syntax import EACH, Anchor, Cut, Frame, Fresh, Located, Loop, Step

PART = re.compile(
    r'\.?(?:(?P<key>[^."\[\]{}\s]+)|"(?P<quoted>[^"]+)")'
    r"|(?P<picks>\[\?(?P<pk>[^=\]]+)=(?P<pv>[^\]]+)\])"
    r"|(?P<is>\{(?P<ik>[^=}]+)=(?P<iv>[^}]+)\})"
    r"|(?P<each>\[\])|\[(?P<index>\d+)\]"
)
NOTHING: dict[str, Any] = {}


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


# -- what compiled readers call


def text(node: Any, k: Any) -> Any:
    """The text of a leaf that is not plain text; an object or list where a text belongs is not understood."""
    if node.__class__ is Spelled:
        return str(node)
    if node is True or node is False:
        return "true" if node else "false"
    if node.__class__ is Marked:
        return node
    _fail(node, k)
    return ""


def unlike(node: Any, k: Any) -> dict[str, Any]:
    """No object stands here where one belongs."""
    if node is not None:
        _fail(node, k)
    return NOTHING


def rows(node: Any, k: Any) -> Any:
    """The items of a list; anything else is not understood."""
    if node.__class__ is list:
        return node
    _fail(node, k)
    return ()


def picks(node: Any, key: str, value: str, k: Any) -> list[Any]:
    """The items of a list whose key holds a value."""
    return [item for item in rows(node, k) if is_(item, key, value, k) is not None]


def pick(node: Any, key: str, value: str, k: Any) -> Any:
    """The first item of a list whose key holds a value, or None."""
    return next(iter(picks(node, key, value, k)), None)


def is_(node: Any, key: str, value: str, k: Any) -> Any:
    """The node, if it is an object whose key holds a value."""
    if node.__class__ is not dict or node.get(key) != value:
        return None
    k.note(node[key], "mapped")
    return node


def _fail(node: Any, k: Any) -> None:
    """Something stands where something else belongs: all of it is not understood."""
    k.bad = True
    for leaf in leaves(node):
        k.fail(leaf)


def index(node: Any, at: int, k: Any) -> Any:
    """One item of a list, or None."""
    found = rows(node, k)
    return found[at] if at < len(found) else None


def every(node: Any, steps: tuple[tuple[str, Any], ...], k: Any) -> Iterator[Any]:
    """Every node at the end of some steps."""
    if node is None:
        return
    if not steps:
        yield node
        return
    (kind, arg), rest = steps[0], steps[1:]
    if kind == "each":
        for item in rows(node, k):
            yield from every(item, rest, k)
    else:
        yield from every(_one(node, kind, arg, k), rest, k)


def _one(node: Any, kind: str, arg: Any, k: Any) -> Any:
    """The node one step further."""
    if kind == "key":
        return node.get(arg) if node.__class__ is dict else unlike(node, k).get(arg)
    if kind == "index":
        return index(node, arg, k)
    choose: Any = {"pick": pick, "picks": picks, "is": is_}[kind]
    return choose(node, *arg, k)


# -- what compiled writers call


def tagged(node: Any, key: str, value: str) -> dict[str, Any]:
    """An object that says what it is before what it holds."""
    return {key: value, **node}


def united(found: Sequence[Any]) -> Any:
    """What several lines write at one place, as one: objects merged, lists one after the other, else the first."""
    whole: Any = None
    for part in found:
        if part is None:
            continue
        if isinstance(whole, dict) and isinstance(part, dict):
            whole = whole | {key: united((whole.get(key), value)) for key, value in part.items()}
        elif isinstance(whole, list) and isinstance(part, list):
            whole = whole + part
        elif whole is None:
            whole = part
    return whole


def nested(records: Sequence[Any], steps: tuple[tuple[str, Any], ...]) -> Any:
    """Records put where a path with one `[]` leads."""
    if not records:
        return None
    at = next(n for n, (kind, _) in enumerate(steps) if kind == "each")
    node: Any = [_below(record, steps[at + 1 :]) for record in records]
    return _below(node, steps[:at])


def _below(node: Any, steps: tuple[tuple[str, Any], ...]) -> Any:
    for kind, arg in reversed(steps):
        if kind == "key":
            node = {arg: node}
        elif kind == "picks":
            node = [tagged(item, *arg) for item in node]
        elif kind == "pick":
            node = [tagged(node, *arg)]
        elif kind == "is":
            node = tagged(node, *arg)
        elif kind == "each":
            node = [node]
    return node


def grouped(records: Sequence[tuple[Any, Any]], within: Any, each: Any) -> Any:
    """Records in their groups: neighbours with the same group share it."""
    groups: list[tuple[Any, list[Any]]] = []
    for parent, item in records:
        if groups and groups[-1][0] == parent:
            groups[-1][1].append(item)
        else:
            groups.append((parent, [item]))
    return nested([united((parent, nested(items, each))) for parent, items in groups], within)


# -- accounting


class Marked(str):
    """A leaf that knows its path."""

    __slots__ = ("at",)
    at: tuple[str | int, ...]


def marked(node: Any, at: tuple[str | int, ...] = ()) -> Any:
    """The same value, every leaf of it as text that knows its path."""
    if isinstance(node, dict):
        return {key: marked(value, (*at, key)) for key, value in node.items()}
    if isinstance(node, list):
        return [marked(value, (*at, n)) for n, value in enumerate(node)]
    if node is None:
        return None
    found = Marked(("true" if node else "false") if isinstance(node, bool) else node)
    found.at = at
    return found


def leaves(node: Any) -> Iterator[Marked]:
    """Every leaf of a marked value that says anything."""
    if isinstance(node, Marked):
        if node:
            yield node
    elif isinstance(node, dict | list):
        for inner in node.values() if isinstance(node, dict) else node:
            yield from leaves(inner)


class Json:
    """The syntax. See `hub.lens.syntax.Syntax` for what each word promises."""

    name = "json"
    absent = "None"
    nothing = "None"
    present = "{x} is not None"
    null = ""
    null_literal = "None"
    times = "iso"
    hashable = False
    names: Mapping[str, Any] = {
        "text": text, "unlike": unlike, "rows": rows, "picks": picks, "pick": pick, "is_": is_, "index": index,
        "every": every, "tagged": tagged, "united": united, "nested": nested, "grouped": grouped, "number": number,
    }  # fmt: skip
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
        return f"number({expr})" if conversion in ("number", "integer") else expr

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
