"""Lenses to straight Python that reads: one function a lens, one a type; nothing is interpreted while messages pass.

Two variants come out of one emitter, so that they cannot disagree: the fast one, and the recording one, which runs on
marked nodes and notes for every leaf element which line took it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from hub.errors import Misconfigured
from hub.lens.coded import coded, held, systems_of
from hub.lens.conversions import table_of
from hub.lens.emit import Node
from hub.lens.fetch import Anchors, Fetcher
from hub.lens.leaf import Ask, any_of, placed
from hub.lens.paths import ENVELOPES, STRUCTS, Target, target
from hub.lens.run import Context, Remembered, missing, unknown
from hub.lens.spec import Coding, Lens, Lenses, Line, Type
from hub.lens.syntax import Frame, Syntax
from hub.lens.tables import Table
from hub.model.event import CrisisEvent, event_id
from hub.model.registry import BODIES
from hub.model.values import Code, Unit, Worker

# Composites of which there are few distinct ones, and none that says who a patient is: equal ones are read once.
FEW = (Code, Unit, Worker)

Read = Callable[[Any, Context, list[CrisisEvent]], None]


class ReadCompiler(Fetcher):
    """Writes the reading functions of one set, as its tables stand at one instant."""

    def __init__(self, lenses: Lenses, syntax: Syntax, at: int, *, recording: bool, careful: bool) -> None:
        """As for a Fetcher."""
        super().__init__(lenses, syntax, at, recording=recording, careful=careful)
        self.code.names.update(STRUCTS)
        self.code.names.update(
            CrisisEvent=CrisisEvent, event_id=event_id, missing=missing, unknown=unknown, coded=coded, held=held
        )
        self._types: dict[tuple[Any, ...], tuple[str, bool]] = {}

    def functions(self) -> dict[str, Read]:
        """One reading function a lens, by the lens's name."""
        names = {lens.name: self._lens(lens) for lens in self.lenses.lenses}
        found = self.code.run(f"reading {self.lenses.name}")
        for name, remembered in self._types.values():
            if remembered:
                found[name] = Remembered(found[name])
        return {lens: found[name] for lens, name in names.items()}

    def _lens(self, lens: Lens) -> str:
        code, frame = self.code, Frame(lens.each, lens.within)
        name = code.fresh(f"read_{lens.name}_")
        loop = placed(self.syntax.loop, lens.place)(frame, code.fresh) if lens.each else None
        anchors = Anchors("m", loop.parent, loop.item) if loop else Anchors()
        with code.function(name, "m, k, out"), code.blocks(loop.headers if loop else []):
            tests = self.conditions(lens.when, frame, anchors, lens.place)
            with code.blocks([f"if {tests}:"] if tests else []):
                if self.careful:
                    code("k.cleared = []")
                self._events(lens, self.lines(lens.lines, frame, anchors, None))
        return name

    def _events(self, lens: Lens, goals: dict[Target, str]) -> None:
        envelope = {t.attrs[0]: r for t, r in goals.items() if t.root == "event"}
        provenance = self.code.keep(f"{self.lenses.name}/{lens.name}@{self.lenses.digest[:12]}", "P")
        defaulted = {target(line.canon) for line in lens.lines if line.default is not None}
        for goal, result in goals.items():
            if goal.root == "reading":
                self.code(f"k.{goal.attrs[0]} += {result}")
        for root in dict.fromkeys(t.root for t in goals if t.root not in ENVELOPES):
            mine = {t: r for t, r in goals.items() if t.root == root}
            asked = any_of({t: r for t, r in mine.items() if t not in defaulted} or mine)
            with self.code.block(f"if {asked} or k.cleared_of({root!r}):" if self.careful else f"if {asked}:"):
                self._append(root, self._struct(BODIES[root], mine, ()), envelope, provenance)

    def _append(self, root: str, body: str, envelope: dict[str, str], provenance: str) -> None:
        fields = {
            "id": "event_id(k.journal, len(out))",
            "body": body,
            "source": "k.partner",
            "recorded_at": "k.as_of",
            "source_message": "k.message",
            "provenance": provenance,
            **envelope,
        }
        if self.careful:
            fields["cleared"] = f"k.cleared_of({root!r})"
        self.code(f"out.append(CrisisEvent({', '.join(f'{n}={v}' for n, v in fields.items())}))")

    # -- types

    def composite(self, line: Line, goal: Target, level: str, var: str, value: str) -> None:
        """Write the call that reads a composite of the wire."""
        name, remembered = self._type(line, goal, level)
        more = f", k, {self.canon(goal)}" if self.pathed else ", k"
        self.code(f"{value} = {name}[{var}]" if remembered else f"{value} = {name}({var}{more})")
        if line.args and goal.type is Code:
            with self.code.block(f"if {value} is not None and not {value}.code:"):
                self.code(f"k.unmapped_code({line.args[0]!r}, {value}.local)")

    def _type(self, line: Line, goal: Target, level: str) -> tuple[str, bool]:
        """The function that reads a type at a level of the wire, and whether it remembers what it read."""
        kind = self.lenses.types[line.conversion]
        made = STRUCTS.get(kind.makes)
        if made is None:
            raise Misconfigured(f'"{kind.makes}" is not a composite of the model.', at=str(kind.place))
        if not issubclass(made, goal.type):
            message = f'"{line.conversion}" makes a {kind.makes}; {line.canon} holds a {goal.type.__name__}.'
            raise Misconfigured(message, at=str(line.place))
        key = (kind.name, level, line.args, line.where)
        if key not in self._types:
            remembered = level in self.syntax.hashable and made in FEW and not self.careful and not self.recording
            self._types[key] = (self.code.fresh(f"type_{kind.name}_"), remembered)
            self._type_function(self._types[key], kind, made, level, line)
        return self._types[key]

    def _type_function(self, name: tuple[str, bool], kind: Type, made: type, level: str, line: Line) -> None:
        more = "" if name[1] else ", k, at" if self.pathed else ", k"
        with self.code.function(name[0], f"i{more}"):
            if kind.codings:
                self._coded(kind, Frame(level=level), line)
            else:
                self._composite(kind, made, Frame(level=level), line)

    def _composite(self, kind: Type, made: type, frame: Frame, line: Line) -> None:
        if self.recording:
            self.code("before = k.mark()")
        if self.careful:
            self.code("emptied = len(k.cleared)")
        goals = self.lines(kind.lines, frame, Anchors(), made)
        with self.code.block(f"if {_enough(goals, 1)}:"):
            fixed = {name: repr(value) for name, value in line.where}
            self.code(f"return {self._struct(made, goals, (), fixed)}")
        self._incomplete(goals, line)
        self.code("return None")

    def _incomplete(self, goals: dict[Target, str], line: Line) -> None:
        """What there is without what it needs is not understood, and what it emptied is not said."""
        if any(goal.default is msgspec.NODEFAULT for goal in goals):
            with self.code.block(f"if {any_of(goals)}:"):
                self.code("k.bad = True")
                if self.recording:
                    self.code(f"k.undo(before, {self.code.keep(line)}, at)")
        if self.careful:
            self.code("del k.cleared[emptied:]")

    def _coded(self, kind: Type, frame: Frame, line: Line) -> None:
        """Write a reader of a coded value: its codings, its text, and the table that knows its local codes."""
        self.code("w = ''", "found = []")
        locate = placed(self.syntax.locate, kind.place)
        for one in kind.codings:
            if one.each:
                loop = self.syntax.loop(frame._replace(each=one.each), self.code.fresh)
                with self.code.blocks(loop.headers):
                    self._coding(one, Frame(level=frame.level), loop.item, locate)
            else:
                self._coding(one, frame, "i", locate)
        if kind.text:
            located = locate(kind.text, frame)
            self.visit(Node().plant(located.steps, Ask("w")), "i", located.level)
        systems = self.code.keep(systems_of(self.lenses.tables, kind, self.at))
        self.code(f"v = coded(found, w, {systems}, {self.code.keep(self._local_codes(line))})")
        if self.recording:
            with self.code.block(f"for q in held(v, found, w, {systems}):"):
                self.code(f"k.note(q, 'transformed', {self.code.keep(line)}, at)")
        self.code("return v")

    def _coding(self, one: Coding, frame: Frame, var: str, locate: Callable[..., Any]) -> None:
        node, names = Node(), []
        for path in (one.code, one.display, one.system, one.version):
            name = self.code.fresh("q")
            names += [name]
            if path:
                node.plant(locate(path, frame).steps, Ask(name))
        self.code(f"{' = '.join(names)} = ''")
        self.visit(node, var, frame.level)
        with self.code.block(f"if {names[0]} or {names[1]}:"):
            self.code(f"found.append(({', '.join(names)}))")

    def _local_codes(self, line: Line) -> dict[str, Code] | None:
        if not line.args:
            return None
        table: Table = placed(table_of, line.place)(line.args[0], self.lenses.tables)
        return table.codes(self.at)

    # -- building values

    def _struct(
        self, made: type, goals: dict[Target, str], prefix: tuple[str, ...], fixed: dict[str, str] | None = None
    ) -> str:
        """The expression that makes a struct of the goals below `prefix`; structs inside it are built first."""
        depth = len(prefix)
        fields = dict(fixed or {})
        nested: dict[str, dict[Target, str]] = {}
        for goal, result in goals.items():
            if len(goal.attrs) == depth + 1:
                name = goal.attrs[depth]
                fields[name] = f"{result} or {fields[name]}" if name in fields else result
            else:
                nested.setdefault(goal.attrs[depth], {})[goal] = result
        for name, inner in nested.items():
            fields[name] = self._nested(target(name, made).type, inner, (*prefix, name))
        return f"{made.__name__}({', '.join(f'{n}={v}' for n, v in fields.items())})"

    def _nested(self, made: type, goals: dict[Target, str], prefix: tuple[str, ...]) -> str:
        value = self.code.fresh("s")
        self.code(f"{value} = None")
        with self.code.block(f"if {_enough(goals, len(prefix) + 1)}:"):
            self.code(f"{value} = {self._struct(made, goals, prefix)}")
        return value


def _enough(goals: dict[Target, str], depth: int) -> str:
    """The expression that says whether a struct can be made: all it must have, or anything at all."""
    needed = [r for t, r in goals.items() if len(t.attrs) == depth and t.default is msgspec.NODEFAULT]
    return " and ".join(needed) or any_of(goals)


def reads(lens: Lens, kind: str) -> bool:
    """Whether a lens reads messages of a kind: `ADT` means every `ADT^...`, nothing means everything.

    >>> from hub.lens.source import Place
    >>> reads(Lens(name="x", place=Place("x", 1), reads=("ADT", "ORU^R01")), "ADT^A04")
    True
    """
    return not lens.reads or any(kind == one or kind.startswith(one + "^") for one in lens.reads)


def selected(lenses: Sequence[Lens], kind: str) -> list[str]:
    """The names of the lenses that read a kind, in the order of the set."""
    return [lens.name for lens in lenses if reads(lens, kind)]
