"""Lenses to straight Python that writes, from the same lines that read: one function a lens, one a type."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from hub.errors import Misconfigured
from hub.lens.build import Scene
from hub.lens.compile_read import reads
from hub.lens.leaf import placed
from hub.lens.paths import ENVELOPES, target
from hub.lens.run import Remembered
from hub.lens.spec import Condition, Lens
from hub.lens.spell import Speller
from hub.lens.syntax import Frame
from hub.model.event import CrisisEvent
from hub.model.values import Code

Write = Callable[[Mapping[str, Sequence[CrisisEvent]], "Delivery"], Any]


class Delivery:
    """One writing: the recipient's zone, the facts that constants name, and what the present event says was emptied."""

    __slots__ = ("_numbers", "cleared", "facts", "zone")

    def __init__(self, zone: str, facts: Mapping[str, str]) -> None:
        """`facts` by name, without the dollar sign."""
        self.zone, self.facts = zone, facts
        self.cleared: tuple[str, ...] = ()
        self._numbers: dict[str, int] = {}

    def number(self, record: str) -> int:
        """The next number of a record, counted from 1 in each message."""
        found = self._numbers[record] = self._numbers.get(record, 0) + 1
        return found


class WriteCompiler(Speller):
    """Writes the writing functions of one set, as its tables stand at one instant."""

    def functions(self) -> dict[str, Write]:
        """One writing function a lens, by the lens's name."""
        names = {lens.name: self._lens(lens) for lens in self.lenses.lenses if roots_of(lens)}
        found = self.code.run(f"writing {self.lenses.name}")
        for name, remembered in self._types.values():
            if remembered:
                found[name] = Remembered(found[name])
        return {lens: found[name] for lens, name in names.items()}

    def _lens(self, lens: Lens) -> str:
        name = self.code.fresh(f"write_{lens.name}_")
        with self.code.function(name, "events, k"):
            if lens.each:
                self._records(lens)
            else:
                self._once(lens)
        return name

    def _records(self, lens: Lens) -> None:
        frame, root = Frame(lens.each, lens.within), roots_of(lens)[0]
        self.code("out = []")
        with self.code.block(f"for e in events.get({root!r}, ()):"):
            self.code("b = e.body")
            for unlike in self._left_to_others(lens, root):
                self.code(f"if {unlike}: continue")
            if any(one.value == "$n" for one in lens.constants):
                self.code(f"n = k.number({lens.each!r})")
            if self.careful:
                self.code("k.cleared = e.cleared")
            scene = Scene(frame, {root: "b"}, None, [])
            self.lines(lens.lines, scene)
            self.constants(lens.constants, lens.when, scene)
            item, parent = self.build(scene.pieces, "item"), self.build(scene.pieces, "parent")
            self.code(*self.syntax.group(frame, item, parent, "out"))
        self.code(f"return {self.syntax.wrap(frame, 'out')}")

    def _left_to_others(self, lens: Lens, root: str) -> list[str]:
        """Of which events this lens is not the one that writes them."""
        if lens.writes is not None:
            return [f"not ({_asked(lens.writes, lens, root)})"]
        others = [other for other in self.lenses.lenses if root in roots_of(other)]
        return [_asked(other.writes, other, root) for other in others if other.writes]

    def _once(self, lens: Lens) -> None:
        bodies = {root: self.code.fresh("b") for root in roots_of(lens)}
        self.code("n = 1", "e = None")
        for root, body in bodies.items():
            self.code(f"found = events.get({root!r})", f"{body} = None")
            with self.code.block("if found:"):
                self.code("e = found[0]", f"{body} = e.body")
                if self.careful:
                    self.code("k.cleared = e.cleared")
        with self.code.block("if e is None:"):
            self.code(f"return {self.syntax.nothing}")
        scene = Scene(Frame(), bodies, None, [])
        self.lines(lens.lines, scene)
        self.constants(lens.constants, lens.when, scene)
        self.code(f"return {self.build(scene.pieces, 'root')}")


def roots_of(lens: Lens) -> list[str]:
    """The bodies a lens writes, in order."""
    written = (line.canon.split(".")[0] for line in lens.lines if line.direction != "read")
    return [root for root in dict.fromkeys(written) if root not in ENVELOPES]


def bodies_of(lenses: Sequence[Lens]) -> frozenset[str]:
    """The bodies that some lenses write."""
    return frozenset(root for lens in lenses for root in roots_of(lens))


def writers(lenses: Sequence[Lens], kind: str) -> list[str]:
    """The names of the lenses that write a kind: those that ask what they write, and of the others of one body the first."""
    taken: set[str] = set()
    found = []
    for lens in lenses:
        roots = set(roots_of(lens))
        if not roots or not reads(lens, kind) or (lens.each and not lens.writes and roots & taken):
            continue
        found.append(lens.name)
        if lens.each and not lens.writes:
            taken |= roots
    return found


def _asked(asked: Condition, lens: Lens, root: str) -> str:
    """The expression that asks of a body `b` whether a code is one of some, or whether there is one. Raises Misconfigured."""
    goal = placed(target, lens.place)(asked.path)
    if goal.root != root or len(goal.attrs) != 1 or goal.type is not Code or asked.table:
        message = f'"{asked.path}" is no code of {root}.'
        raise Misconfigured(message, at=str(lens.place), cure="Ask for a code that stands in the body itself.")
    there = f"b.{goal.attrs[0]} is not None"
    said = f"{there} and b.{goal.attrs[0]}.code in {asked.values!r}" if asked.values else there
    return f"not ({said})" if asked.negated else said
