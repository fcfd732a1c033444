"""A small writer of Python source, and the tree in which wire paths share their common beginnings."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from hub.lens.syntax import Step

INDENT = "    "


class Source:
    """Functions of Python in the making, fresh names, and the values they refer to."""

    def __init__(self) -> None:
        """Nothing written yet."""
        self.names: dict[str, Any] = {}
        # What the function being written has asked about: variables by what they hold.
        self.asked: dict[Any, str] = {}
        self._rows: list[str] = []
        self._done: list[str] = []
        self._kept: dict[int, str] = {}
        self._depth = 0
        self._count = 0

    def __call__(self, *lines: str) -> None:
        """Write lines at the present depth."""
        self._rows.extend(INDENT * self._depth + line for line in lines)

    @contextmanager
    def function(self, name: str, arguments: str) -> Iterator[None]:
        """A function of its own; the one being written waits."""
        waiting, self._rows, self._depth, self.asked = (self._rows, self._depth, self.asked), [], 0, {}
        with self.block(f"def {name}({arguments}):"):
            yield
        self._done += self._rows
        self._rows, self._depth, self.asked = waiting

    @contextmanager
    def block(self, header: str) -> Iterator[None]:
        """A header and what stands below it; an empty block passes."""
        self(header)
        self._depth += 1
        before = len(self._rows)
        yield
        if len(self._rows) == before:
            self("pass")
        self._depth -= 1

    @contextmanager
    def blocks(self, headers: Sequence[str]) -> Iterator[None]:
        """Several headers, each below the one before."""
        if headers:
            with self.block(headers[0]), self.blocks(headers[1:]):
                yield
        else:
            yield

    def fresh(self, prefix: str = "x") -> str:
        """A name that is not used yet."""
        self._count += 1
        return f"{prefix}{self._count}"

    def keep(self, value: Any, prefix: str = "K") -> str:
        """A name by which the code reaches a value."""
        name = self._kept.get(id(value))
        if name is None:
            name = self._kept[id(value)] = self.fresh(prefix)
            self.names[name] = value
        return name

    def run(self, label: str) -> dict[str, Any]:
        """Compile what was written; gives the names it defines."""
        code = compile("\n".join(self._done), f"<{label}>", "exec")
        exec(code, self.names)  # noqa: S102 - we wrote it, from files that were checked
        return self.names

    def __str__(self) -> str:
        """The functions written so far."""
        return "\n".join(self._done)


class Node:
    """A place on the wire: the places below it, and what is done with it."""

    __slots__ = ("children", "uses")

    def __init__(self) -> None:
        """A place nobody uses yet."""
        self.children: dict[Step, Node] = {}
        self.uses: list[Any] = []

    def plant(self, steps: Sequence[Step], use: Any) -> Node:
        """Add a use at the end of some steps; gives this node back."""
        node = self
        for step in steps:
            node = node.children.setdefault(step, Node())
        node.uses.append(use)
        return self
