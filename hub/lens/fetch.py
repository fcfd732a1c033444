"""Lines to Python that fetches: walk the wire once, every shared beginning once, and convert what stands there."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from difflib import get_close_matches
from typing import Any, NamedTuple

import msgspec

from hub.contracts import Outcome
from hub.errors import Misconfigured
from hub.lens.conversions import CONVERSIONS, PLAIN, Conversion, Setting, default_for, table_of
from hub.lens.emit import Node, Source
from hub.lens.paths import Target, target
from hub.lens.spec import Condition, Lenses, Line
from hub.lens.syntax import EACH, Anchor, Frame, Step, Syntax
from hub.model.values import Code


class Use(NamedTuple):
    """What a line does at a place: convert it into `result`. Below repetitions `rest` is left to walk."""

    line: Line
    goal: Target
    result: str
    late: bool = False
    guard: str = ""
    rest: tuple[Step, ...] | None = None


class Ask(NamedTuple):
    """A condition, or a coded type, wants the text at a place."""

    result: str
    present: bool = False


class Anchors(NamedTuple):
    """The variables that hold the nodes from which paths start."""

    root: str = "m"
    parent: str = "p"
    item: str = "i"


def placed(call: Callable[..., Any], place: object) -> Callable[..., Any]:
    """The same call; what it finds misconfigured is said to stand at `place`."""

    def at(*args: Any) -> Any:
        try:
            return call(*args)
        except Misconfigured as error:
            raise Misconfigured(error.message, at=error.at or str(place), cure=error.cure) from error

    return at


class Fetcher:
    """Writes what fetches and converts the lines of one lens or type. Types are left to who inherits."""

    def __init__(self, lenses: Lenses, syntax: Syntax, at: int, *, recording: bool, careful: bool) -> None:
        """`recording`: on marked nodes, noting every leaf. `careful`: looks for what the sender emptied on purpose."""
        self.lenses, self.syntax, self.at = lenses, syntax, at
        self.recording = recording
        self.careful = (careful or recording) and bool(syntax.null)
        # Whether types are told where they are used.
        self.pathed = self.careful or recording
        self.code = Source()
        self.code.names.update(syntax.names)
        if recording:
            self.code.names.update(syntax.marked)

    def composite(self, line: Line, goal: Target, level: str, var: str, value: str) -> None:
        """Write the call that reads a composite of the wire."""
        raise NotImplementedError

    def lines(self, lines: Sequence[Line], frame: Frame, anchors: Anchors, made: type | None) -> dict[Target, str]:
        """Write what fetches and converts every line; gives the variable of each goal."""
        mine = [line for line in lines if line.direction != "write"]
        goals: dict[Target, str] = {}
        uses = []
        for line in mine:
            goal = placed(target, line.place)(line.canon, made)
            late = goal in goals
            uses.append(Use(line, goal, goals.setdefault(goal, self.code.fresh("r")), late))
        self._initialise(mine, goals, made)
        guarded = [u._replace(guard=self.conditions(u.line.when, frame, anchors, u.line.place)) for u in uses]
        # A goal's first line is fetched with all others; its later lines wait until it is known whether they are needed.
        self._fetch([use for use in guarded if not use.late], frame, anchors)
        for use in guarded:
            if use.late:
                self._fetch([use], frame, anchors)
        for use in uses:
            if use.line.required:
                with self.code.block(f"if not {use.result}:"):
                    self.code(f"missing({self.code.keep(use.line)})")
        return goals

    def _fetch(self, uses: Sequence[Use], frame: Frame, anchors: Anchors) -> None:
        """Walk to the places of some lines at once, then join those that stand in several places."""
        trees: dict[tuple[Anchor, str], Node] = {}
        joined = []
        for use in uses:
            wires = use.line.wire.split(" + ")
            parts = [Ask(self.code.fresh("q")) for _ in wires] if len(wires) > 1 else [use]
            for wire, part in zip(wires, parts, strict=True):
                located = placed(self.syntax.locate, use.line.place)(wire, frame)
                steps, rest = _split(located.steps)
                node = trees.setdefault((located.anchor, located.level), Node())
                node.plant(steps, part._replace(rest=rest) if isinstance(part, Use) else part)
            if len(wires) > 1:
                joined.append((use, [part.result for part in parts]))
                self.code(f"{' = '.join(joined[-1][1])} = ''")
        for (anchor, level), node in trees.items():
            self._root(node, anchors, anchor, level)
        for use, names in joined:
            self._join(use, names)

    def _join(self, use: Use, names: list[str]) -> None:
        conversion = self.conversion(use.line, use.goal)
        if conversion is None:
            raise Misconfigured("a type reads one place, not several joined by +.", at=str(use.line.place))
        with self.code.blocks([*self._headers(use), f"if {' or '.join(names)}:"]):
            text = self.code.fresh("y")
            whole = f"({', '.join(names)})"
            self.code(f"{text} = {whole}" if conversion.parts else f"{text} = ' '.join(filter(None, {whole}))")
            value = self.code.fresh("v") if use.goal.many else use.result
            for name in names:
                self.note(name, "transformed", use)
            self._converted(use, conversion, text, value)
            if use.goal.many:
                with self.code.block(f"if {value} is not None:"):
                    self._keep_many(use, f"({value},)")

    def note(self, leaf: str, outcome: Outcome, use: Use) -> None:
        """Write, in the recording variant, that a line took a leaf."""
        if self.recording:
            self.code(f"k.note({leaf}, {outcome!r}, {self.code.keep(use.line)}, {self.canon(use.goal)})")

    def _initialise(self, lines: Sequence[Line], goals: dict[Target, str], made: type | None) -> None:
        said = {target(line.canon, made): line for line in lines if line.default is not None}
        by_value: dict[str, list[str]] = {}
        for goal, result in goals.items():
            value = self.default(said[goal], goal) if goal in said else empty(goal)
            by_value.setdefault(value, []).append(result)
        for value, results in by_value.items():
            self.code(f"{' = '.join(results)} = {value}")

    def default(self, line: Line, goal: Target) -> str:
        """The name of the value that a line's `default` stands for."""
        conversion = self.conversion(line, goal)
        text = line.default or ""
        value: Any
        if conversion is None:
            value = Code(code=text) if goal.type is Code else None
        elif conversion.codes is not None:
            wire = next((c for c in conversion.codes.values() if c.code == text), None)
            value = msgspec.structs.replace(wire, local="") if wire else None
        elif conversion.read is None:
            value = text
        else:
            value = conversion.read(text, "UTC") if conversion.zoned else conversion.read(text)
        if value is None:
            raise Misconfigured(f'the default "{text}" cannot stand in {line.canon}.', at=str(line.place))
        return self.code.keep((value,) if goal.many else value, "D")

    # -- walking

    def _root(self, node: Node, anchors: Anchors, anchor: Anchor, level: str) -> None:
        var = getattr(anchors, anchor)
        with self.code.blocks([f"if {self.present(var)}:"] if anchor == "parent" else []):
            self.visit(node, var, level)

    def visit(self, node: Node, var: str, level: str) -> None:
        """Write what is done at a node, then at the nodes below it."""
        alone = len(node.uses) == 1 and not node.children
        for use in node.uses:
            self._use(use, var, level, alone=alone)
        if not node.children:
            return
        steps = [(step, self._wants_text(below)) for step, below in node.children.items()]
        cut = self.syntax.cut(var, level, steps, self.code.fresh)
        self.code(*cut.setup)
        for (step, below), (expr, repairs) in zip(node.children.items(), cut.parts, strict=True):
            child = self.code.fresh()
            self.code(f"{child} = {expr}")
            with self.code.block(f"if {self.present(child)}:"):
                self.code(*(line.format(x=child) for line in repairs))
                self.visit(below, child, self.syntax.level(level, (step,)))

    def _wants_text(self, node: Node) -> bool:
        plain = (
            isinstance(u, Ask) or (u.rest is None and u.line.conversion not in self.lenses.types) for u in node.uses
        )
        return not node.children and all(plain)

    def _use(self, use: Use | Ask, var: str, level: str, *, alone: bool) -> None:
        if isinstance(use, Ask):
            self._ask(use, var)
            return
        with self.code.blocks(self._headers(use)):
            if self.careful:
                self._null(use, var, level, alone=alone)
            else:
                self._take(use, var, level, alone=alone)

    def _headers(self, use: Use) -> list[str]:
        headers = [f"if {use.guard}:"] if use.guard else []
        if use.late and not use.goal.many:
            headers.append(f"if {use.result} == {empty(use.goal)}:")
        return headers

    def _null(self, use: Use, var: str, level: str, *, alone: bool) -> None:
        """What the sender emptied on purpose is said to be cleared; a default does not stand in for it."""
        with self.code.block(f"if {self.syntax.null.format(x=var)}:"):
            self.code(f"k.clear({self.canon(use.goal)})")
            if use.line.default is not None:
                self.code(f"{use.result} = {empty(use.goal)}")
            self.note(var, "mapped", use)
        with self.code.block("else:"):
            self._take(use, var, level, alone=alone)

    def canon(self, goal: Target) -> str:
        """The expression of a goal's canonical path; inside a type it begins where the type is used."""
        below = ".".join(goal.attrs)
        return repr(f"{goal.root}.{below}") if goal.root else f"at + {'.' + below!r}"

    def _take(self, use: Use, var: str, level: str, *, alone: bool) -> None:
        if use.rest is None:
            self._value(use, var, level, alone=alone)
            return
        found, one, value = self.code.fresh("l"), self.code.fresh("i"), self.code.fresh("v")
        single = msgspec.structs.replace(use.goal, many=False, default=None)
        inner = use._replace(result=value, rest=None, late=False, guard="", goal=single)
        steps, rest = _split(use.rest)
        self.code(f"{found} = []")
        with self.code.block(f"for {one} in {self.syntax.items(var, level)}:"):
            self.code(f"{value} = None")
            with self.code.block(f"if {self.present(one)}:"):
                if rest is not None:
                    inner = inner._replace(rest=rest, goal=use.goal)
                    self.code(f"{value} = ()")
                self.visit(Node().plant(steps, inner), one, self.syntax.level(level, (EACH,)))
            with self.code.block(f"if {value} is not None:"):
                self.code(f"{found} += {value}" if rest is not None else f"{found}.append({value})")
        self._keep_many(use, f"tuple({found})")

    def _value(self, use: Use, var: str, level: str, *, alone: bool) -> None:
        """Convert what `var` holds; a goal that repeats takes it as its one item."""
        value = self.code.fresh("v") if use.goal.many else use.result
        if use.goal.many:
            self.code(f"{value} = None")
        if use.line.conversion in self.lenses.types:
            self.composite(use.line, use.goal, level, var, value)
        else:
            self._simple(use, var, value, alone=alone)
        if use.goal.many:
            with self.code.block(f"if {value} is not None:"):
                self._keep_many(use, f"({value},)")

    def _keep_many(self, use: Use, items: str) -> None:
        again = use.late or use.line.default is not None
        self.code(f"{use.result} {'+=' if use.late else '='} {items}" if again else f"{use.result} = {items}")

    # -- one text

    def text(self, var: str, *, alone: bool = False, into: str = "") -> str:
        """Write what brings a node to its text; gives the variable that holds it."""
        text = into or (var if alone else self.code.fresh("y"))
        if text != var:
            self.code(f"{text} = {var}")
        self.code(*self.syntax.leaf(text))
        return text

    def _ask(self, use: Ask, var: str) -> None:
        if use.present:
            self.code(f"{use.result} = True")
            return
        self.text(var, into=use.result)

    def _simple(self, use: Use, var: str, value: str, *, alone: bool) -> None:
        text = self.text(var, alone=alone)
        conversion = self.conversion(use.line, use.goal)
        assert conversion is not None  # noqa: S101 - types went another way
        with self.code.block(f"if {text}:"):
            self._converted(use, conversion, text, value)
            plain = (use.line.conversion or default_for(use.goal.type)) in PLAIN
            self.note(text, "mapped" if plain else "transformed", use)

    def _converted(self, use: Use, conversion: Conversion, text: str, value: str) -> None:
        if conversion.codes is not None:
            codes = self.code.keep(conversion.codes, "T")
            self.code(f"{value} = {codes}.get({text})")
            with self.code.block(f"if {value} is None:"):
                self.code(f"{value} = k.unknown({conversion.table!r}, {text}, {codes})")
        elif conversion.read is None:
            self.code(f"{value} = {text}")
        else:
            zone = ", k.zone" if conversion.zoned else ""
            self.code(f"{value} = {self.code.keep(conversion.read, 'c')}({text}{zone})")
            with self.code.block(f"if {value} is None:"):
                self._failed(use, text, value)

    def _failed(self, use: Use, text: str, value: str) -> None:
        self.code("k.bad = True")
        if self.recording:
            self.code(f"k.fail({text}, {self.code.keep(use.line)}, {self.canon(use.goal)})")
        if value == use.result and empty(use.goal) != "None":
            self.code(f"{value} = {empty(use.goal)}")

    def conversion(self, line: Line, goal: Target) -> Conversion | None:
        """The conversion of a line; None when it is a type's."""
        if (line.conversion or default_for(goal.type)) in self.lenses.types:
            return None
        return converting(line, goal, self.lenses, self.at, self.syntax.times)

    # -- conditions

    def conditions(self, tests: Sequence[Condition], frame: Frame, anchors: Anchors, place: object) -> str:
        """Write what fetches the texts that conditions ask for; gives the expression that is true when all hold."""
        said = []
        for one in tests:
            result = self.code.fresh("t")
            self.code(f"{result} = ''")
            located = placed(self.syntax.locate, place)(one.path, frame)
            ask = Ask(result, present=not (one.values or one.table))
            self._root(Node().plant(located.steps, ask), anchors, located.anchor, located.level)
            said.append(self._holds(one, result, place))
            if self.recording:
                with self.code.block(f"if {said[-1]}:"):
                    self.code(f"k.note({result}, 'mapped')")
        return " and ".join(said)

    def _holds(self, one: Condition, result: str, place: object) -> str:
        no = "not " if one.negated else ""
        if one.table:
            wires = frozenset(placed(table_of, place)(one.table, self.lenses.tables).words(self.at))
            return f"{result} {no}in {self.code.keep(wires, 'W')}"
        if one.values:
            return f"{result} {no}in {one.values!r}"
        return f"{no}{result}"

    def present(self, var: str) -> str:
        """The expression that says a node is there."""
        return self.syntax.present.format(x=var)


def converting(line: Line, goal: Target, lenses: Lenses, at: int, spelling: str) -> Conversion:
    """The conversion a line names, or the one its goal means. Raises Misconfigured with the nearest name."""
    name = line.conversion or default_for(goal.type)
    if name not in CONVERSIONS:
        raise Misconfigured(
            f'"{name}" is neither a conversion nor a type.' if name else f"{line.canon} holds a {goal.type.__name__}.",
            at=str(line.place),
            cure=_near(name, [*CONVERSIONS, *lenses.types]) if name else "Say `as` what.",
        )
    setting = Setting(line.args, lenses.tables, at, spelling)
    found: Conversion = placed(CONVERSIONS[name], line.place)(setting)
    if not issubclass(found.makes, goal.type):
        message = f'"{name}" makes a {found.makes.__name__}; {line.canon} holds a {goal.type.__name__}.'
        raise Misconfigured(message, at=str(line.place))
    return found


def empty(goal: Target) -> str:
    """The literal of a goal that nobody set."""
    if goal.many:
        return "()"
    return "''" if goal.default == "" or (goal.default is msgspec.NODEFAULT and goal.type is str) else repr(_bare(goal))


def _bare(goal: Target) -> Any:
    return None if goal.default is msgspec.NODEFAULT else goal.default


def any_of(goals: dict[Target, str]) -> str:
    """The expression that says whether any goal was set."""
    said = [r if t.many or empty(t) == "''" else f"{r} is not None" for t, r in goals.items()]
    return " or ".join(said) or "False"


def _split(steps: tuple[Step, ...]) -> tuple[tuple[Step, ...], tuple[Step, ...] | None]:
    """The steps up to the first repetition, and those below it."""
    if EACH not in steps:
        return steps, None
    first = steps.index(EACH)
    return steps[:first], steps[first + 1 :]


def _near(wrong: str, known: Sequence[str]) -> str:
    close = get_close_matches(wrong, known, n=1)
    return f'Did you mean "{close[0]}"?' if close else ""
