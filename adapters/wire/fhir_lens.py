"""FHIR as a syntax of lenses: JSON paths, and what FHIR adds to them.

A lens names in `each` the resource it reads: a type, or `Person` (Patient and RelatedPerson), `Referral` (ServiceRequest and Task).
Besides the paths of `json_lens`:

participant[?type*.coding*.code=SYSTEM#ATND]   picks by what stands deeper, a star where a list does; the system is only written
identifier[?system!=X]    picks the others; `[?system=*/X]` picks what ends so, `[?reference=X/*]` what begins so
individual->Practitioner.name    is read from the resource a reference points at, and written into `contained`
system:uri                an address; what is none is written as one of ours
system:name               the name of a code system; one that only its sender knows is no URI in the model, and is one again when written
questionnaire:last        the last part of an address, without its version; only read
data:base64               text, packed as FHIR packs documents
start:full                only a time with all its parts
birthDate:date            a date even where a time was sent
value:number              a number, or text where JSON cannot spell it as one
use:in(home,work,office=work)    writes only these codes, the last as another
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from adapters.wire import fhir_steps, json_lens
from adapters.wire.fhir import Node, Resources, gather
from adapters.wire.fhir_steps import Asked
from adapters.wire.json import read, write
from adapters.wire.json_lens import NOTHING, Json, leaves, marked, tagged
from hub.errors import Misconfigured
from hub.lens.syntax import EACH, Anchor, Frame, Fresh, Located, Loop, Step

TARGET: Final = re.compile(r"([A-Z][A-Za-z]+)(.*)", re.DOTALL)


FILTER: Final = re.compile(r"(.*):(uri|name|last|date|full|number|base64|in\(([^)]*)\))", re.DOTALL)


def parse(path: str) -> tuple[Step, ...]:
    """The steps of a path without its leading dots.

    >>> [step.kind for step in parse("participant[?type*.coding*.code=ATND][].individual->Practitioner.id:uri")]
    ['key', 'picks', 'each', 'key', 'follow', 'key', 'uri']
    """
    filtered = FILTER.fullmatch(path)
    first, *after = (filtered[1] if filtered else path).split("->")
    steps = [_tested(step) for step in json_lens.parse(first.rstrip("."))]
    for part in after:
        found = TARGET.fullmatch(part)
        if not found:
            raise Misconfigured(f'"{path}" does not say what it refers to.', cure="Write ->Practitioner.name.")
        steps += [Step("follow", found[1]), *(_tested(step) for step in json_lens.parse(found[2].rstrip(".")))]
    return (*steps, *([_filter(filtered)] if filtered else []))


def _tested(step: Step) -> Step:
    if step.kind not in ("pick", "picks"):
        return step
    key, value = step.arg
    system, _, code = value.rpartition("#")
    asked: Asked = (tuple(key.removesuffix("!").split(".")), code, system, key.endswith("!"))
    return Step(step.kind, asked)


def _filter(found: re.Match[str]) -> Step:
    if not found[3]:
        return Step(found[2])
    pairs = (code.partition("=") for code in found[3].split(","))
    return Step("in", tuple((code, other or code) for code, _, other in pairs))


# How each filter reads, where the text changes, and how it writes.
READ: Final = {"uri": "bare", "name": "known", "last": "last", "base64": "decoded"}
WRITTEN: Final = {
    "uri": "address({part})",
    "name": "named({part})",
    "last": "{part}",
    "base64": "encoded({part})",
    "date": "{part}[:10]",
    "full": "full({part})",
    "number": "number({part})",
    "in": "only({part}, {arg!r})",
}
FILTERS: Final = WRITTEN.keys()
CALLED: Final = (
    *("text", "unlike", "items", "index", "picks", "pick", "follow", "bare", "known", "last", "decoded"),
    *("address", "named", "refer", "whole", "meeting", "only", "moment", "full", "encoded"),
)


class Fhir(Json):
    """The syntax. See `hub.lens.syntax.Syntax` for what each word promises."""

    name = "fhir"
    names: Mapping[str, Any] = {
        **Json.names,
        **{name: getattr(fhir_steps, name) for name in CALLED},
        "NONE": (),
        "NOTHING": NOTHING,
    }

    def locate(self, path: str, frame: Frame) -> Located:
        """A path from the resource, or where a type is used."""
        if not path.startswith("."):
            raise Misconfigured(f'"{path}" is not a path in a resource.', cure=f'Write ".{path}".')
        anchor: Anchor = "parent" if path.startswith("..") else "item"
        return Located(anchor, parse(path.lstrip(".")), "node")

    def _child(self, node: str, step: Step) -> str:
        match step.kind:
            case "pick" | "picks":
                return f"{step.kind}({node}, {step.arg!r}, k)"
            case "follow":
                return f"follow({node}, {step.arg!r}, k)"
            case kind if kind in READ:
                return f"{READ[kind]}({node})"
            case kind if kind in WRITTEN:
                return node
            case _:
                return super()._child(node, step)

    def loop(self, frame: Frame, fresh: Fresh) -> Loop:
        """Over the resources of a type; in a coded type, over the items of a list."""
        item, parent = fresh(), fresh()
        if not frame.level and not frame.within:
            return Loop([f"for {item} in m.get({frame.each!r}, NONE):"], item, parent)
        steps = parse(frame.each.lstrip("."))
        if len(steps) != 2 or steps[0].kind != "key" or steps[1] != EACH:
            raise Misconfigured(f'"{frame.each}" is not a list.', cure="Write .coding[].")
        if frame.level:
            return Loop([f"for {item} in items(i, {steps[0].arg!r}, k):"], item, parent)
        outer = f"for {parent} in m.get({frame.within!r}, NONE):"
        return Loop([outer, f"for {item} in items({parent}, {steps[0].arg!r}, k):"], item, parent)

    def spell(self, conversion: str, expr: str) -> str:
        """As JSON; a time with all that FHIR wants."""
        if conversion in ("instant", "date"):
            return f"moment({expr}, k.zone)"
        return f"number({expr})" if conversion == "structured" else super().spell(conversion, expr)

    def build(self, level: str, parts: Sequence[tuple[Step, str]], var: str) -> list[str]:
        """As JSON; references and addresses besides."""
        kinds = {step.kind for step, _ in parts}
        if kinds <= FILTERS:
            (kind, arg), part = parts[0]
            said = WRITTEN[kind].format(part=part, arg=arg)
            return [f"{var} = {said} if {part} is not None else None"]
        if kinds <= {"pick", "picks", "index"}:
            lines = [line for step, part in parts for line in _item(step, part, var)]
            return [f"{var} = []", *lines, f"{var} = {var} or None"]
        plain = [(step, part) for step, part in parts if step.kind != "follow"]
        lines = super().build(level, plain, var) if plain else [f"{var} = None"]
        for step, part in parts:
            if step.kind == "follow":
                lines += [
                    f"if {part} is not None: {var} = {{**({var} or NOTHING), 'reference': refer({part}, {step.arg!r}, k)}}"
                ]
        return lines

    def group(self, frame: Frame, item: str, parent: str, var: str) -> list[str]:
        """A resource with those it contains."""
        return [f"if {item} is not None: {var}.append(whole({item}, k))"]

    def wrap(self, frame: Frame, var: str) -> str:
        """The resources of a lens, by the name of its `each`."""
        return f"({frame.each!r}, {var})"

    def snippet(self, wire: Any, kind: str) -> Resources:
        """A resource or Bundle, written as JSON text or as YAML."""
        return gather(read(wire.encode()) if isinstance(wire, str) else _plain(wire))

    def reread(self, parts: Sequence[Any], kind: str) -> Resources:
        """What was written, read again as a Bundle."""
        return gather(read(write({"resourceType": "Bundle", "entry": list(entries(parts))})))

    def mark(self, root: Resources) -> Resources:
        """Every leaf knows its path."""
        return gather(marked(root.whole))

    def text_at(self, marked: Resources, at: Any) -> str:
        """The leaf at a path."""
        return super().text_at(marked.whole, at)

    def elements(self, root: Resources) -> Mapping[Any, str]:
        """Every leaf that says anything: `Condition[2].code.text`; what every resource has is `Resource[2].id`."""
        kind, names = str(root.whole["resourceType"]), _names(root.whole)
        return {leaf.at: _shown(leaf.at, kind, names) for leaf in leaves(root.whole)}


FHIR = Fhir()
COMMON: Final = frozenset({"resourceType", "id", "meta", "implicitRules", "language"})


def entries(parts: Sequence[tuple[str, Sequence[Node]]]) -> Iterator[Node]:
    """Entries of what lenses wrote, as plainly as can be."""
    for each, records in parts:
        for record in records:
            joined = {kind: one for kind, one in record.items() if kind[:1].isupper()} or {each: record}
            for kind, resource in joined.items():
                for one in resource if isinstance(resource, list) else (resource,):
                    yield {"resource": tagged(one, "resourceType", kind)}


def _plain(value: Any) -> Any:
    """YAML as JSON: numbers and flags where they look like them stay text, which reads the same."""
    return read(write(value))


def _item(step: Step, part: str, var: str) -> list[str]:
    if step.kind == "index":
        return [f"if {part} is not None: {var}.append({part})"]
    if step.kind == "picks":
        return [f"if {part} is not None: {var}.extend([{_meeting('x', step.arg)} for x in {part}])"]
    return [f"if {part} is not None: {var}.append({_meeting(part, step.arg)})"]


def _meeting(item: str, test: fhir_steps.Asked) -> str:
    """The expression of an item that meets a test."""
    outer, wanted = fhir_steps.met(test)
    if wanted is None:
        return item
    if outer:
        return f"meeting({item}, {outer!r}, {wanted!r})"
    return f"{{{', '.join(f'{key!r}: {value!r}' for key, value in wanted.items())}, **{item}}}"


def _names(whole: Node) -> Mapping[int, str]:
    """The type of the resource in each entry, by the entry's place."""
    found = whole.get("entry")
    kinds = (
        (n, entry["resource"].get("resourceType"))
        for n, entry in enumerate(found if isinstance(found, list) else ())
        if isinstance(entry, dict) and isinstance(entry.get("resource"), dict)
    )
    return {n: str(kind) for n, kind in kinds if isinstance(kind, str)}


def _shown(at: tuple[str | int, ...], kind: str, names: Mapping[int, str]) -> str:
    match at:
        case ("entry", int(n), "resource", *rest) if n in names:
            return _path(f"{'Resource' if rest[0] in COMMON else names[n]}[{n + 1}]", rest)
        case (first, *_) if first in COMMON and kind != "Bundle":
            return _path("Resource", at)
        case _:
            return _path(kind, at)


def _path(name: str, rest: Sequence[str | int]) -> str:
    return name + "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in rest)
