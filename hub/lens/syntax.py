"""What a wire syntax tells the engine: how its paths read, and which lines of Python cut a node, reach a leaf, build it again.

A syntax is a table of spellings; it holds no state. The engine knows no segment and no JSON; it asks.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal, NamedTuple, Protocol

Anchor = Literal["root", "parent", "item"]
Fresh = Callable[[], str]


class Step(NamedTuple):
    """One step down a wire path. `each` steps stand for every repetition of the node before them."""

    kind: str
    arg: Any = None


EACH = Step("each")


class Frame(NamedTuple):
    """Where a path is written: in a lens (with its `each` and `within`), or in a type used at a level of the wire."""

    each: str = ""
    within: str = ""
    level: str = ""


class Located(NamedTuple):
    """A wire path, parsed: where it starts, its steps, and the level it starts from."""

    anchor: Anchor
    steps: tuple[Step, ...]
    level: str


class Cut(NamedTuple):
    """Python that takes children out of a node: lines to run first, then for each child its expression and its repairs."""

    setup: list[str]
    parts: list[tuple[str, list[str]]]


class Loop(NamedTuple):
    """Python that visits each record: nested `for` headers, and the names that hold the record and its group."""

    headers: list[str]
    item: str
    parent: str


class Syntax(Protocol):
    """One wire syntax. Variables named `{x}` in its templates are filled in by the engine."""

    name: str
    # The literal of "not there" when writing.
    absent: str
    # The literal of a root in which nothing was written.
    nothing: str
    # Whether a fetched node is there, and whether the sender emptied it on purpose ("" when the syntax cannot say that).
    present: str
    null: str
    # The literal that says "emptied on purpose" when writing.
    null_literal: str
    # How it spells dates: a key of `hub.lens.conversions.SPELLINGS`.
    times: str
    # The levels at which a composite is a string, so that equal ones can be remembered.
    hashable: frozenset[str]
    # What the generated code may call; and what the recording pass calls instead.
    names: Mapping[str, Any]
    marked: Mapping[str, Any]

    def locate(self, path: str, frame: Frame) -> Located:
        """Parse a wire path. Raises Misconfigured without a place; the engine adds it."""
        ...

    def level(self, start: str, steps: Sequence[Step]) -> str:
        """The level of the node at the end of some steps."""
        ...

    def cut(self, node: str, level: str, steps: Sequence[tuple[Step, bool]], fresh: Fresh) -> Cut:
        """Python for the children of a node; each step comes with whether only its text is wanted."""
        ...

    def leaf(self, var: str) -> list[str]:
        """Python that turns a fetched node into its text, in place; it may set it to None when there is no text in it."""
        ...

    def items(self, var: str, level: str) -> str:
        """An expression for the repetitions of a node."""
        ...

    def loop(self, frame: Frame, fresh: Fresh) -> Loop:
        """The loop over the records of a lens."""
        ...

    def spell(self, conversion: str, expr: str) -> str:
        """An expression that spells our text for the wire; `expr` is never empty."""
        ...

    def build(self, level: str, parts: Sequence[tuple[Step, str]], var: str) -> list[str]:
        """Python that builds a node of a level from its children into `var`, absent when all of them are."""
        ...

    def unite(self, found: Sequence[str], level: str) -> str:
        """An expression for what several lines write at one place."""
        ...

    def wrap(self, frame: Frame, var: str) -> str:
        """An expression that makes a root of the records in the list `var`."""
        ...

    def gather(self, expr: str, level: str) -> str:
        """An expression that makes a repeating node from an iterable of repetitions, without the absent ones."""
        ...

    def snippet(self, wire: Any, kind: str) -> Any:
        """The root node of an example in a lens file."""
        ...

    def reread(self, parts: Sequence[Any], kind: str) -> Any:
        """The root node of what the lenses of a kind have written."""
        ...

    def group(self, frame: Frame, item: str, parent: str, var: str) -> list[str]:
        """Python that adds a written record and its group to the list `var` of records."""
        ...

    def mark(self, root: Any) -> Any:
        """The same message, every leaf knowing its place (`leaf.at`)."""
        ...

    def text_at(self, marked: Any, at: Any) -> str:
        """The text of a leaf element of a marked message."""
        ...

    def elements(self, root: Any) -> Mapping[Any, str]:
        """Every populated leaf element of a marked message: its place, and its path as people write it."""
        ...
