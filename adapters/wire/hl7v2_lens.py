"""HL7 v2 as a syntax of lenses: `PID-3[].4.1`, `NK1[]`, and inside a type `.4.1`, counted from where the type stands.

`+NTE[]-3` is of the segments that follow the record's own, and of no other; `+IN2-7` of the first of them.
`OBR+NTE[]-3` and `OBR+TQ1-9` are of what stands at the head of the record's group: behind OBR, before its first finding (ORC: before it).
`OBX-5[2:]` are the repetitions of a field after the first.
Of several segments of one name `PID[2]` is the second, and `PRD[?1=RP]` the first whose field 1 begins with RP; `[]` after that, each.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from adapters.wire import hl7v2_nodes as nodes
from adapters.wire.hl7v2.reader import read
from adapters.wire.hl7v2_nodes import Piece, Root, root, united
from hub.errors import Misconfigured
from hub.lens.syntax import EACH, Anchor, Cut, Frame, Fresh, Located, Loop, Step

__all__ = ["HL7V2", "Hl7v2", "Piece", "Root", "root", "united"]

PATH = re.compile(
    r"(?:([A-Z][A-Z0-9]{2})?(\+))?([A-Z][A-Z0-9]{2})(?:\[([2-9])\]|\[\?([1-9]\d?)=([^\]\s]+)\])?(\[\])?(?:-([1-9]\d?\d?)(\[\]|\[2:\])?((?:\.[1-9]\d?){0,2}))?"
)
BELOW = re.compile(r"(?:\.[1-9]\d?\d?(?:\[\]|\[2:\])?)*")
AFTER = {
    "after": "segments",
    "next": "segment",
    "heads": "segments",
    "head": "segment",
    "seg": "segment",
    "segs": "segments",
    "field": "rep",
    "fields": "field",
    "others": "others",
    "comp": "comp",
    "sub": "sub",
}
# How the segments that follow one are found.
FOLLOWING = {"after": "after", "next": "following", "heads": "headed", "head": "heading"}
EACH_OF = {"segments": "segment", "field": "rep", "others": "rep"}
MARK = {"segment": "|", "rep": "^", "comp": "&"}


class Which(NamedTuple):
    """Which segments of a message: all of a name, the nth, or those whose field begins with one of some values."""

    name: str
    nth: int = 0
    field: int = 0
    values: tuple[str, ...] = ()

    @property
    def fetched(self) -> str:
        """The expression that finds them."""
        if self.field:
            return f"chosen(m, {self.name!r}, {self.field}, {self.values!r})"
        return f"nth(m, {self.name!r}, {self.nth})" if self.nth else f"m.get({self.name!r})"

    @property
    def place(self) -> str:
        """Where in the order of a message it is written: the second PID is not the first."""
        return f"{self.name}.{self.nth}" if self.nth else self.name


class Hl7v2:
    """The syntax. See `hub.lens.syntax.Syntax` for what each word promises."""

    name = "hl7v2"
    absent = '""'
    nothing = "()"
    present = "{x}"
    null = "{x} == '\"\"'"
    null_literal = "'\"\"'"
    times = "compact"
    hashable = frozenset({"rep", "comp", "sub"})
    names: Mapping[str, Any] = {
        "first": nodes.first,
        "leaf": nodes.leaf,
        "spelled": nodes.spelled,
        "again": nodes.again,
        "paired": nodes.paired,
        "nth": nodes.nth,
        "chosen": nodes.chosen,
        "grouped": nodes.grouped,
        "after": nodes.after,
        "following": nodes.following,
        "headed": nodes.headed,
        "heading": nodes.heading,
        "NONE": nodes.NONE,
        **{f"PAD{n}": [""] * n for n in range(1, 130)},
    }
    marked: Mapping[str, Any] = {"leaf": nodes.marked_leaf}

    def locate(self, path: str, frame: Frame) -> Located:
        """`PID-3[].4.1`: from the message, the group or the record; `.4.1` from where the type stands."""
        if path.startswith("."):
            return Located("item", _below(path, frame.level or "segment"), frame.level or "segment")
        found = PATH.fullmatch(path)
        if not found:
            cure = "Write it like PID-3, PID-5.1, PID-3[] or NK1[]."
            raise Misconfigured(f'"{path}" is not a place in an HL7 v2 message.', cure=cure)
        group, follows, name, nth, test, values, repeats, field, fields, rest = found.groups()
        tail = f".{field}{fields or ''}{rest}" if field else ""
        if follows:
            return _following(path, group or "", frame, (name, bool(repeats)), _below(tail, "segment"))
        anchor: Anchor = "item" if name == frame.each else "parent" if name == frame.within else "root"
        if anchor != "root":
            return Located(anchor, _below(tail, "segment"), "segment")
        which = Which(name, int(nth or 0), int(test or 0), tuple((values or "").split(",")))
        head = (Step("segs", which), EACH) if repeats else (Step("seg", which),)
        return Located("root", (*head, *_below(tail, "segment")), "root")

    def level(self, start: str, steps: Sequence[Step]) -> str:
        """Where some steps lead."""
        for step in steps:
            start = EACH_OF[start] if step == EACH else AFTER[step.kind]
        return start

    def cut(self, node: str, level: str, steps: Sequence[tuple[Step, bool]], fresh: Fresh) -> Cut:
        """Split once; a short segment or composite is padded, so that every index exists."""
        if level == "root":
            return Cut([], [(s.arg.fetched, ["{x} = {x}[0]"] if s.kind == "seg" else []) for s, _ in steps])
        followed = {step: fresh() for step, _ in steps if step.kind in FOLLOWING}
        found = [f"{var} = {FOLLOWING[step.kind]}(m, {node}, {step.arg!r})" for step, var in followed.items()]
        most = max((step.arg for step, _ in steps if step.kind not in FOLLOWING), default=0)
        if level == "segment":
            setup = [*found, f"if len({node}) <= {most}: {node} = {node} + PAD{most + 1 if most < 128 else 129}"]
            return Cut(
                setup,
                [
                    (followed.get(s) or f"{node}[{s.arg}]", [] if text or s.kind != "field" else [FIRST])
                    for s, text in steps
                ],
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
        return var if level == "segments" else f"{var}.split('~'){'[1:]' if level == 'others' else ''}"

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
            return [f"{var} = [x for x in ({parts[0][1]},) if x]" if level == "segments" else f"{var} = {parts[0][1]}"]
        if level == "root":
            lines = [f"{var} = []"]
            for step, part in parts:
                name, place = step.arg.name, step.arg.place
                if step.kind == "seg":
                    lines += [f"if {part}: {var}.append(({place!r}, {name!r} + {part}))"]
                else:
                    lines += [f"for x in {part} or (): {var}.append(({place!r}, {name!r} + x))"]
            return lines
        following = [(step, part) for step, part in parts if step.kind in FOLLOWING]
        at = {step.arg: part for step, part in parts if step.kind not in (*FOLLOWING, "others")}
        at |= {step.arg: f"again({at[step.arg]}, {part})" for step, part in parts if step.kind == "others"}
        texts = [f"{{{at[n]}}}" if n in at else "" for n in range(1, max(at) + 1)]
        start = "|" if level == "segment" else ""
        text = start + MARK[level].join(texts)
        lines = [f"{var} = f{text!r}.rstrip({MARK[level]!r})"]
        # What is noted of a segment stands behind it, and nowhere where there is none.
        more = [_behind(step, part, var) for step, part in following]
        return [*lines, *more]

    def gather(self, expr: str, level: str) -> str:
        """Repetitions of a field joined, segments listed."""
        return f"[x for x in {expr} if x]" if level == "segments" else f"'~'.join([x for x in {expr} if x])"

    def unite(self, found: Sequence[str], level: str) -> str:
        """Repetitions side by side; of anything else the first that is there."""
        if level == "segments":
            return f"[{', '.join(f'*{one}' for one in found)}]"
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
        return nodes.marked(root)

    def text_at(self, marked: Root, at: tuple[int, ...]) -> str:
        """The raw text of a leaf."""
        return nodes.text_at(marked, at)

    def elements(self, message: Root) -> Mapping[Any, str]:
        """Every populated leaf, named as people name it: `PID-3[2].4.1`."""
        return nodes.elements(message)


def _following(path: str, group: str, frame: Frame, which: tuple[str, bool], below: tuple[Step, ...]) -> Located:
    """Of segments behind the record's own, or behind the one that opens its group."""
    if not frame.each or group != (frame.within if group else ""):
        cure = "Write it as +NTE[]-3 in a lens with each, or as OBR+NTE[]-3 in one within OBR."
        raise Misconfigured(f'"{path}" follows no record.', cure=cure)
    name, repeats = which
    kinds = ("heads", "head") if group else ("after", "next")
    steps = (Step(kinds[0], name), EACH) if repeats else (Step(kinds[1], name),)
    return Located("parent" if group else "item", (*steps, *below), "segment")


def _behind(step: Step, part: str, var: str) -> str:
    """A line that puts what follows a segment behind it: of a record only where there is one, while a group may open with nothing else."""
    asked = part if step.kind in ("head", "heads") else f"{var} and {part}"
    if AFTER[step.kind] == "segment":
        return f"if {asked}: {var} += '\\r{step.arg}' + {part}"
    return f"if {asked}: {var} += ''.join(f'\\r{step.arg}{{x}}' for x in {part})"


def _head(kind: str) -> str:
    return f"MSH|^~\\&|||||||{kind or 'ADT^A08'}|1|P|2.5.1||||||UNICODE UTF-8"


def _root(lines: Sequence[str]) -> Root:
    return root(read(("\r".join(lines) + "\r").encode()))


FIRST = "if '~' in {x}: {x} = first({x})"


def _below(path: str, level: str) -> tuple[Step, ...]:
    """The steps of `.3[].4.1` from a segment, of `.4.1` from a repetition, of `.1` from a component."""
    if not BELOW.fullmatch(path):
        raise Misconfigured(f'"{path}" is not a place below a segment.', cure="Write it like .5, .5.1 or .5[].")
    steps: list[Step] = []
    for part in path.split(".")[1:]:
        name, repeats, which = part.partition("[")
        number = int(name)
        if level == "segment":
            steps += (
                [Step("others" if which == "2:]" else "fields", number), EACH] if repeats else [Step("field", number)]
            )
            level = "rep"
        elif repeats or level not in ("rep", "comp"):
            raise Misconfigured(f'"{path}" goes deeper than HL7 v2 does, or repeats where it does not.')
        else:
            steps.append(Step("comp" if level == "rep" else "sub", number))
            level = "comp" if level == "rep" else "sub"
    return tuple(steps)


HL7V2 = Hl7v2()
