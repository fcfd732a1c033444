"""HL7 v2 as a syntax of lenses: `PID-3[].4.1`, `NK1[]`, and inside a type `.4.1`, counted from where the type stands."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import zip_longest
from typing import Any

from adapters.wire.hl7v2.marks import STANDARD, escape, unescape
from adapters.wire.hl7v2.message import Message
from adapters.wire.hl7v2.read import read
from hub.errors import Misconfigured
from hub.lens.syntax import EACH, Anchor, Cut, Frame, Fresh, Located, Loop, Step

# A message as compiled lenses see it: segments cut into fields, by name, with the recommended delimiters.
Root = dict[str, list[list[str]]]
# A written segment: where it belongs in the order of the message, and its text; a group goes as one piece.
Piece = tuple[str, str]

PATH = re.compile(r"([A-Z][A-Z0-9]{2})(\[\])?(?:-([1-9]\d?\d?)(\[\])?((?:\.[1-9]\d?){0,2}))?")
BELOW = re.compile(r"(?:\.[1-9]\d?\d?(?:\[\])?)*")
AFTER = {"seg": "segment", "segs": "segments", "field": "rep", "fields": "field", "comp": "comp", "sub": "sub"}
EACH_OF = {"segments": "segment", "field": "rep"}
MARK = {"segment": "|", "rep": "^", "comp": "&"}
WHOLE = "\x00whole"
NONE: tuple[list[str], ...] = ()


def root(message: Message) -> Root:
    """The segments of a message by name, in wire order; all of them under WHOLE."""
    found: Root = {}
    rows = [segment.fields for segment in message.rows] if message.marks == STANDARD else respelled(message)
    for fields in rows:
        found.setdefault(fields[0], []).append(fields)
    found[WHOLE] = rows
    return found


def respelled(message: Message) -> list[list[str]]:
    """The fields of every segment, spelled with the recommended delimiters."""
    rows = []
    for segment in message.rows:
        count = len(segment.fields)
        rows.append([segment.id, *("~".join(map(_rep, segment.tree(n))) for n in range(1, count))])
    return rows


def _rep(components: list[list[str]]) -> str:
    return "^".join("&".join(t if t == '""' else escape(t, STANDARD) for t in subs) for subs in components)


def first(field: str) -> str:
    """The first repetition of a field."""
    return field.split("~", 1)[0]


def leaf(text: str) -> str:
    """The text of a node: of its first repetition, component and subcomponent; `""` says nothing."""
    for mark in "~^&":
        if mark in text:
            text = text.split(mark, 1)[0]
    if text == '""':
        return ""
    return unescape(text, STANDARD) if "\\" in text else text


def spelled(text: str) -> str:
    """Text with its delimiters escaped."""
    return escape(text, STANDARD)


def paired(message: Root, group: str, each: str) -> Iterable[tuple[list[str] | None, list[str]]]:
    """Each `each` segment with the `group` segment it follows."""
    if group not in message:
        return [(None, fields) for fields in message.get(each, NONE)]
    found, head = [], None
    for fields in message[WHOLE]:
        if fields[0] == group:
            head = fields
        elif fields[0] == each:
            found.append((head, fields))
    return found


def grouped(out: list[Piece], group: str, head: str, each: str, item: str) -> None:
    """Add a written segment below its group's, which is written once for neighbours.

    Where there is no group there is none to write, unless another stands before: then an empty one ends that.
    """
    if not group or not (head or out):
        out.append((each, each + item))
    elif out and out[-1][1].startswith(f"{group}{head}\r"):
        out[-1] = (group, f"{out[-1][1]}\r{each}{item}")
    elif head or out[-1][0] == group:
        out.append((group, f"{group}{head}\r{each}{item}"))
    else:
        out.append((each, each + item))


# Segments of which a message about one person has one: what several lenses say in them goes into the same.
ONCE = frozenset({"EVN", "PID", "PD1", "MRG", "PV1", "PV2"})


def united(parts: Iterable[Sequence[Piece]]) -> list[Piece]:
    """What the lenses have written, as one list; a segment that stands once has the fields of all of them."""
    found: list[Piece] = []
    once: dict[str, int] = {}
    for name, text in (piece for part in parts for piece in part):
        if name in once:
            found[once[name]] = (name, _overlaid(found[once[name]][1], text))
            continue
        if name in ONCE:
            once[name] = len(found)
        found.append((name, text))
    return found


def _overlaid(first: str, second: str) -> str:
    pairs = zip_longest(first.split("|"), second.split("|"), fillvalue="")
    return "|".join(one or other for one, other in pairs)


class Marked(str):
    """Text that knows where in the message it stands: segment, field, repetition, component, subcomponent."""

    __slots__ = ("at",)
    at: tuple[int, ...]

    def split(self, sep: str | None = None, maxsplit: Any = -1) -> list[Any]:
        """The parts, each with its place."""
        depth = {"~": 2, "^": 3, "&": 4}[str(sep)]
        base = self.at + (1,) * (depth - len(self.at))
        return [mark(part, (*base, n)) for n, part in enumerate(str(self).split(sep, maxsplit), 1)]

    def isalnum(self) -> bool:
        """Never plainly so: every leaf is completed to its full place."""
        return False


def mark(text: str, at: tuple[int, ...]) -> Marked:
    """A text and its place."""
    found = Marked(text)
    found.at = at
    return found


def marked_leaf(text: str) -> str:
    """As `leaf`, keeping the place."""
    at = getattr(text, "at", None)
    return mark(leaf(str(text)), at + (1,) * (5 - len(at))) if at else leaf(text)


def marked(message: Root) -> Root:
    """The same message, every field knowing its place."""
    rows = [
        [str(fields[0]), *(mark(f, (n, m)) for m, f in enumerate(fields[1:], 1))]
        for n, fields in enumerate(message[WHOLE])
    ]
    found: Root = {}
    for fields in rows:
        found.setdefault(fields[0], []).append(fields)
    found[WHOLE] = rows
    return found


class Hl7v2:
    """The syntax. See `hub.lens.syntax.Syntax` for what each word promises."""

    name = "hl7v2"
    absent = '""'
    nothing = "()"
    present = "{x}"
    null = "{x} == '\"\"'"
    null_literal = "'\"\"'"
    times = "compact"
    hashable = True
    names: Mapping[str, Any] = {
        "first": first, "leaf": leaf, "spelled": spelled, "paired": paired, "grouped": grouped, "NONE": NONE,
        **{f"PAD{n}": [""] * n for n in range(1, 130)},
    }  # fmt: skip
    marked: Mapping[str, Any] = {"leaf": marked_leaf}

    def locate(self, path: str, frame: Frame) -> Located:
        """`PID-3[].4.1`: from the message, the group or the record; `.4.1` from where the type stands."""
        if path.startswith("."):
            return Located("item", _below(path, frame.level or "segment"), frame.level or "segment")
        found = PATH.fullmatch(path)
        if not found:
            cure = "Write it like PID-3, PID-5.1, PID-3[] or NK1[]."
            raise Misconfigured(f'"{path}" is not a place in an HL7 v2 message.', cure=cure)
        name, repeats, field, fields, rest = found.groups()
        tail = f".{field}{fields or ''}{rest}" if field else ""
        anchor: Anchor = "item" if name == frame.each else "parent" if name == frame.within else "root"
        if anchor != "root":
            return Located(anchor, _below(tail, "segment"), "segment")
        head = (Step("segs", name), EACH) if repeats else (Step("seg", name),)
        return Located("root", (*head, *_below(tail, "segment")), "root")

    def level(self, start: str, steps: Sequence[Step]) -> str:
        """Where some steps lead."""
        for step in steps:
            start = EACH_OF[start] if step == EACH else AFTER[step.kind]
        return start

    def cut(self, node: str, level: str, steps: Sequence[tuple[Step, bool]], fresh: Fresh) -> Cut:
        """Split once; a short segment or composite is padded, so that every index exists."""
        if level == "root":
            return Cut([], [(f"m.get({s.arg!r})", ["{x} = {x}[0]"] if s.kind == "seg" else []) for s, _ in steps])
        most = max(step.arg for step, _ in steps)
        if level == "segment":
            setup = [f"if len({node}) <= {most}: {node} = {node} + PAD{most + 1 if most < 128 else 129}"]
            return Cut(
                setup, [(f"{node}[{s.arg}]", [] if text or s.kind == "fields" else [FIRST]) for s, text in steps]
            )
        parts = fresh()
        setup = [f"{parts} = {node}.split({MARK[level]!r})"]
        if most > 1:
            setup.append(f"if len({parts}) < {most}: {parts} = {parts} + PAD{most}")
        return Cut(setup, [(f"{parts}[{step.arg - 1}]", []) for step, _ in steps])

    def leaf(self, var: str) -> list[str]:
        """Most texts are plain words; the others are looked at."""
        return [f"if not {var}.isalnum(): {var} = leaf({var})"]

    def items(self, var: str, level: str) -> str:
        """Repetitions of a field, or segments of one name."""
        return var if level == "segments" else f"{var}.split('~')"

    def loop(self, frame: Frame, fresh: Fresh) -> Loop:
        """Over the segments of one name; with `within`, each beside the segment that opens its group."""
        if not re.fullmatch(r"[A-Z][A-Z0-9]{2}", frame.each):
            raise Misconfigured(f'"{frame.each}" is not the name of a segment.')
        item, parent = fresh(), fresh()
        if frame.within:
            return Loop([f"for {parent}, {item} in paired(m, {frame.within!r}, {frame.each!r}):"], item, parent)
        return Loop([f"for {item} in m.get({frame.each!r}, NONE):"], item, parent)

    def spell(self, conversion: str, expr: str) -> str:
        """Text with its delimiters escaped."""
        return f"({expr} if {expr}.isalnum() else spelled({expr}))"

    def build(self, level: str, parts: Sequence[tuple[Step, str]], var: str) -> list[str]:
        """Composites by one f-string, without the delimiters that end them; the root is a list of named segments."""
        if parts[0][0] == EACH:
            return [f"{var} = [{parts[0][1]}]" if level == "segments" else f"{var} = {parts[0][1]}"]
        if level == "root":
            lines = [f"{var} = []"]
            for step, part in parts:
                name = step.arg
                if step.kind == "seg":
                    lines += [f"if {part}: {var}.append(({name!r}, {name!r} + {part}))"]
                else:
                    lines += [f"for x in {part} or (): {var}.append(({name!r}, {name!r} + x))"]
            return lines
        at = {step.arg: part for step, part in parts}
        texts = [f"{{{at[n]}}}" if n in at else "" for n in range(1, max(at) + 1)]
        start = "|" if level == "segment" else ""
        text = start + MARK[level].join(texts)
        return [f"{var} = f{text!r}.rstrip({MARK[level]!r})"]

    def gather(self, expr: str, level: str) -> str:
        """Repetitions of a field joined, segments listed."""
        return f"[x for x in {expr} if x]" if level == "segments" else f"'~'.join([x for x in {expr} if x])"

    def unite(self, found: Sequence[str], level: str) -> str:
        """Repetitions side by side; of anything else the first that is there."""
        if level == "segments":
            return " + ".join(found)
        return f"'~'.join([x for x in ({', '.join(found)}) if x])" if level == "field" else " or ".join(found)

    def group(self, frame: Frame, item: str, parent: str, var: str) -> list[str]:
        """A segment, after that of its group."""
        return [f"grouped({var}, {frame.within!r}, {parent}, {frame.each!r}, {item})"]

    def wrap(self, frame: Frame, var: str) -> str:
        """Named segments are a root already."""
        return var

    def snippet(self, wire: Any, kind: str) -> Root:
        """Segments as an analyst writes them, one to a line; MSH is put before them."""
        lines = re.split(r"[\r\n]+|\\r", str(wire).strip())
        return _root(lines if lines[0].startswith("MSH") else [_head(kind), *lines])

    def reread(self, parts: Sequence[Any], kind: str) -> Root:
        """What was written, read again."""
        return _root([_head(kind), *(text for _, text in united(parts))])

    def mark(self, root: Root) -> Root:
        """Every field knows its place."""
        return marked(root)

    def text_at(self, marked: Root, at: tuple[int, ...]) -> str:
        """The raw text of a leaf."""
        row, field, *rest = at
        text = str(marked[WHOLE][row][field])
        for mark_, n in zip("~^&", rest, strict=True):
            text = text.split(mark_)[n - 1] if mark_ in text else text
        return text

    def elements(self, message: Root) -> Mapping[Any, str]:
        """Every populated leaf, named as people name it: `PID-3[2].4.1`."""
        rows = message[WHOLE]
        found: dict[Any, str] = {}
        for n, fields in enumerate(rows):
            same = [k for k, other in enumerate(rows) if other[0] == fields[0]]
            name = fields[0] if len(same) == 1 else f"{fields[0]}[{same.index(n) + 1}]"
            for m, field in enumerate(fields[1:], 1):
                found.update(_leaves((n, m), f"{name}-{m}", str(field), whole=fields[0] == "MSH" and m < 3))
        return found


def _head(kind: str) -> str:
    return f"MSH|^~\\&|||||||{kind or 'ADT^A08'}|1|P|2.5.1||||||UNICODE UTF-8"


def _root(lines: Sequence[str]) -> Root:
    return root(read(("\r".join(lines) + "\r").encode()))


FIRST = "if '~' in {x}: {x} = first({x})"


def _leaves(at: tuple[int, int], name: str, field: str, *, whole: bool) -> Iterable[tuple[tuple[int, ...], str]]:
    if whole:
        yield (*at, 1, 1, 1), name
        return
    reps = field.split("~")
    for r, rep in enumerate(reps, 1):
        comps = rep.split("^")
        for c, comp in enumerate(comps, 1):
            subs = comp.split("&")
            for s, sub in enumerate(subs, 1):
                if sub:
                    tail = (
                        (f"[{r}]" if r > 1 else "")
                        + (f".{c}" if len(comps) > 1 else "")
                        + (f".{s}" if len(subs) > 1 else "")
                    )
                    yield (*at, r, c, s), name + tail


def _below(path: str, level: str) -> tuple[Step, ...]:
    """The steps of `.3[].4.1` from a segment, of `.4.1` from a repetition, of `.1` from a component."""
    if not BELOW.fullmatch(path):
        raise Misconfigured(f'"{path}" is not a place below a segment.', cure="Write it like .5, .5.1 or .5[].")
    steps: list[Step] = []
    for part in path.split(".")[1:]:
        number, repeats = int(part.removesuffix("[]")), part.endswith("[]")
        if level == "segment":
            steps += [Step("fields", number), EACH] if repeats else [Step("field", number)]
            level = "rep"
        elif repeats or level not in ("rep", "comp"):
            raise Misconfigured(f'"{path}" goes deeper than HL7 v2 does, or repeats where it does not.')
        else:
            steps.append(Step("comp" if level == "rep" else "sub", number))
            level = "comp" if level == "rep" else "sub"
    return tuple(steps)


HL7V2 = Hl7v2()
