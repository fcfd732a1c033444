"""JSON that an adapter lays out before lenses look at it. The account still goes by what was sent, element by element."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from adapters.wire.json_lens import Json, marked

# Where the message as it was sent stays in what was laid out of it.
SENT: Final = "\x00sent"


class LaidOut(Json):
    """The syntax of one format: a message in, and what its lenses see of it out."""

    def __init__(self, lay_out: Callable[[Any], dict[str, Any]]) -> None:
        """`lay_out` makes the lenses' view of a message. It keeps the leaves it shows, and makes none up."""
        self.lay_out = lay_out

    def mark(self, root: Any) -> Any:
        """A message as it was sent, laid out; every leaf knows its place on the wire."""
        sent = marked(root)
        return {**self.lay_out(sent), SENT: sent}

    def elements(self, root: Any) -> Mapping[Any, str]:
        """Every leaf of the wire."""
        return super().elements(root[SENT])

    def text_at(self, marked: Any, at: Any) -> str:
        """The leaf at a path of the wire."""
        return super().text_at(marked[SENT], at)
