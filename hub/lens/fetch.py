"""Lines to Python that fetches: walk the wire once, every shared beginning once, and convert what stands there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import msgspec

from hub.errors import Misconfigured
from hub.lens.conversions import table_of
from hub.lens.emit import Node
from hub.lens.leaf import Ask, Leaves, Use, empty, placed
from hub.lens.paths import Target, target
from hub.lens.spec import Condition, Line
from hub.lens.syntax import EACH, Anchor, Frame, Located, Step
from hub.model.values import Code


class Anchors(NamedTuple):
    """The variables that hold the nodes from which paths start."""

    root: str = "m"
    parent: str = "p"
    item: str = "i"


class Fetcher(Leaves):
    """Writes what fetches and converts the lines of one lens or type. Types are left to who inherits."""

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
            result = goals.setdefault(goal, self.code.fresh("r"))
            uses.append(Use(line, goal, result, late, emptied=f"z{result}"))
        self._initialise(mine, goals, made)
        guarded = [u._replace(guard=self.conditions(u.line.when, frame, anchors, u.line.place)) for u in uses]
        # A goal's first line is fetched with all others; its later lines wait until it is known whether they are needed.
        self._fetch([use for use in guarded if not use.late], frame, anchors)
        for use in guarded:
            if use.late:
                self._fetch([use], frame, anchors)
        if self.careful:
            self._clear(goals)
        for use in uses:
            if use.line.required:
                with self.code.block(f"if not {use.result}:"):
                    self.code(f"missing({self.code.keep(use.line)})")
                if use.goal.type is Code and use.line.args:
                    self.code(f"unknown({self.code.keep(use.line)}, {use.result})")
        return goals

    def _clear(self, goals: dict[Target, str]) -> None:
        """What was emptied on purpose, and is not said elsewhere."""
        for goal, result in goals.items():
            with self.code.block(f"if z{result} and not {result}:"):
                self.code(f"k.clear({self.canon(goal)})")

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
            alone = f"{names[0]} if not ({' or '.join(names[1:])}) else ' '.join(filter(None, {whole}))"
            self.code(f"{text} = {whole if conversion.parts else alone}")
            value = self.code.fresh("v") if use.goal.many else use.result
            for name in names:
                self.note(name, "transformed", use)
            self.converted(use, conversion, text, value)
            if use.goal.many:
                with self.code.block(f"if {value} is not None:"):
                    self._keep_many(use, f"({value},)")

    def _initialise(self, lines: Sequence[Line], goals: dict[Target, str], made: type | None) -> None:
        said = {target(line.canon, made): line for line in lines if line.default is not None}
        by_value: dict[str, list[str]] = {}
        for goal, result in goals.items():
            value = self.default(said[goal], goal) if goal in said else empty(goal)
            by_value.setdefault(value, []).append(result)
        if self.careful and goals:
            by_value["False"] = by_value.get("False", []) + [f"z{result}" for result in goals.values()]
        for value, results in by_value.items():
            self.code(f"{' = '.join(results)} = {value}")

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
            self.ask(use, var)
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
            self.code(f"{use.emptied} = True")
            if use.line.default is not None:
                self.code(f"{use.result} = {empty(use.goal)}")
            self.note(var, "mapped", use)
        with self.code.block("else:"):
            self._take(use, var, level, alone=alone)

    def _take(self, use: Use, var: str, level: str, *, alone: bool) -> None:
        if use.rest is None:
            self._value(use, var, level, alone=alone)
            return
        found, one, value = self.code.fresh("l"), self.code.fresh("i"), self.code.fresh("v")
        single = msgspec.structs.replace(use.goal, many=False, default=None)
        inner = use._replace(result=value, rest=None, late=False, guard="", goal=single)
        steps, rest = _split(use.rest)
        many = use.goal.many
        self.code(f"{found} = []")
        with self.code.block(f"for {one} in {self.syntax.items(var, level)}:"):
            self.code(f"{value} = None")
            with self.code.block(f"if {self.present(one)}:"):
                if rest is not None:
                    inner = inner._replace(rest=rest, goal=use.goal)
                    self.code(f"{value} = {'()' if many else empty(use.goal)}")
                self.visit(Node().plant(steps, inner), one, self.syntax.level(level, (EACH,)))
            with self.code.block(f"if {value} is not None:"):
                self.code(f"{found} += {value}" if many and rest is not None else f"{found}.append({value})")
        if many:
            self._keep_many(use, f"tuple({found})")
        else:
            self._joined(use, found)

    def _joined(self, use: Use, found: str) -> None:
        """What repeats on the wire and is one text in the model: its repetitions are lines."""
        if use.goal.type is not str:
            raise Misconfigured(
                f"{use.line.canon} holds one value, and {use.line.wire} repeats.", at=str(use.line.place)
            )
        with self.code.block(f"if {found}:"):
            self.code(f"{use.result} = chr(10).join({found})")

    def _value(self, use: Use, var: str, level: str, *, alone: bool) -> None:
        """Convert what `var` holds; a goal that repeats takes it as its one item."""
        value = self.code.fresh("v") if use.goal.many else use.result
        if use.goal.many:
            self.code(f"{value} = None")
        if use.line.conversion in self.lenses.types:
            self.composite(use.line, use.goal, level, var, value)
        else:
            self.simple(use, var, value, alone=alone)
        if use.goal.many:
            with self.code.block(f"if {value} is not None:"):
                self._keep_many(use, f"({value},)")

    def _keep_many(self, use: Use, items: str) -> None:
        again = use.late or use.line.default is not None
        self.code(f"{use.result} {'+=' if use.late else '='} {items}" if again else f"{use.result} = {items}")

    # -- conditions

    def conditions(self, tests: Sequence[Condition], frame: Frame, anchors: Anchors, place: object) -> str:
        """Write what fetches the texts that conditions ask for; gives the expression that is true when all hold."""
        return " and ".join(self._condition(one, frame, anchors, place) for one in tests)

    def _condition(self, one: Condition, frame: Frame, anchors: Anchors, place: object) -> str:
        said = []
        for path in one.path.split(" or "):
            located = placed(self.syntax.locate, place)(path, frame)
            result = self._asked(located, anchors, present=not (one.values or one.table))
            said.append(self._holds(one, result, place))
            if self.recording:
                with self.code.block(f"if {said[-1]}:"):
                    self.code(f"k.note({result}, 'mapped')")
        return f"({(' and ' if one.negated else ' or ').join(said)})" if len(said) > 1 else said[0]

    def _asked(self, located: Located, anchors: Anchors, *, present: bool) -> str:
        """The variable with what stands at a place that conditions ask about; a function asks about each place once."""
        known = self.code.asked.get((located, anchors, present))
        if known:
            return known
        result = self.code.asked[located, anchors, present] = self.code.fresh("t")
        self.code(f"{result} = ''")
        ask = Ask(result, present=present)
        self._root(Node().plant(located.steps, ask), anchors, located.anchor, located.level)
        return result

    def _holds(self, one: Condition, result: str, place: object) -> str:
        no = "not " if one.negated else ""
        if one.table:
            wires = frozenset(placed(table_of, place)(one.table, self.lenses.tables).words(self.at))
            return f"{result} {no}in {self.code.keep(wires, 'W')}"
        if one.values:
            return f"{result} {no}in {one.values!r}"
        return f"{no}{result}"


def _split(steps: tuple[Step, ...]) -> tuple[tuple[Step, ...], tuple[Step, ...] | None]:
    """The steps up to the first repetition, and those below it."""
    if EACH not in steps:
        return steps, None
    first = steps.index(EACH)
    return steps[:first], steps[first + 1 :]
