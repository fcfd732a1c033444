"""The wire, put together from pieces: each written line gives one, and pieces with a common beginning share it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from hub.lens.emit import Node, Source
from hub.lens.leaf import placed
from hub.lens.syntax import EACH, Anchor, Frame, Located, Step, Syntax


class Piece(NamedTuple):
    """A wire place and the variable that holds what is written there. `asked`: a condition put it there, not a line."""

    located: Located
    var: str
    asked: bool = False


class Scene(NamedTuple):
    """What one record or type writes: where its paths start, the variables of its bodies, and the pieces so far."""

    frame: Frame
    bodies: Mapping[str, str]
    made: type | None
    pieces: list[Piece]


class Builder:
    """Writes what puts pieces together."""

    def __init__(self, syntax: Syntax) -> None:
        """For one syntax; nothing written yet."""
        self.syntax = syntax
        self.code = Source()

    def build(self, pieces: Sequence[Piece], anchor: Anchor = "item") -> str:
        """Write what puts the pieces of an anchor together; gives the variable that holds the node."""
        mine = [piece for piece in pieces if piece.located.anchor == anchor]
        if not mine:
            return self.syntax.nothing if anchor == "root" else self.syntax.absent
        tree = Node()
        for piece in mine:
            tree.plant(piece.located.steps, piece.var)
        return self._node(tree, mine[0].located.level)

    def _node(self, node: Node, level: str) -> str:
        found: list[str] = list(node.uses)
        if node.children:
            below = [(step, self._node(child, self.level(level, step))) for step, child in node.children.items()]
            var = self.code.fresh("n")
            self.code(*self.syntax.build(level, below, var))
            found.append(var)
        if len(found) == 1:
            return found[0]
        var = self.code.fresh("n")
        self.code(f"{var} = {self.syntax.unite(found, level)}")
        return var

    def level(self, start: str, *steps: Step) -> str:
        """The level some steps further."""
        return self.syntax.level(start, steps)

    def located(self, wire: str, frame: Frame, place: object) -> Located:
        """A wire path, parsed. What is wrong with it is said to stand at `place`."""
        found: Located = placed(self.syntax.locate, place)(wire, frame)
        return found


def last_each(steps: Sequence[Step]) -> int:
    """Where the repetition is that a repeated value is written to; those before it hold one item."""
    return len(steps) - 1 - steps[::-1].index(EACH)


def parts(found: Sequence[str], count: int) -> Sequence[str]:
    """Exactly so many texts: what is missing is empty."""
    return (*found, *("",) * count)[:count]
