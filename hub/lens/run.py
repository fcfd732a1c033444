"""What compiled lenses need while a message passes: its facts, and what was noticed on the way."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, NoReturn

from hub.contracts import Outcome, Received
from hub.errors import UnknownCode, Unmapped
from hub.lens.conversions import known
from hub.lens.spec import Line
from hub.model.values import Code

# The words by which a message that waits for a code is found again.
IN_NO_TABLE = "is in no table"
# So many distinct composites, or codes, of one type are remembered.
REMEMBERED = 2048


class Context:
    """One reading. `bad` says that something could not be understood, and `wrong` by which lenses; a recording then says what."""

    __slots__ = ("as_of", "bad", "cleared", "inherited", "journal", "message", "partner", "unmapped", "wrong", "zone")

    def __init__(self, received: Received, message: str) -> None:
        """The facts of an arrival, and the sender's id of the message."""
        self.journal, self.partner = received.journal, received.partner
        self.as_of, self.zone = received.as_of, received.zone
        self.message = message
        self.bad = False
        self.wrong: list[int] = []
        self.unmapped: list[tuple[str, str]] = []
        self.cleared: list[str] = []
        self.inherited: tuple[str, ...] = ()

    def unknown(self, table: str, text: str, codes: Mapping[str, Code]) -> Code:
        """The Code of a wire code that a table does not have as it stands."""
        same = known(codes, text)
        if same is not None:
            return Code(code=same.code, system=same.system, display=same.display, local=str(text))
        self.unmapped.append((table, str(text)))
        return Code(local=str(text))

    def unmapped_code(self, table: str, local: str) -> None:
        """A coded value whose local code no table knows."""
        if local:
            self.unmapped.append((table, local))

    def clear(self, path: str) -> None:
        """The sender emptied this on purpose."""
        if path not in self.cleared:
            self.cleared.append(path)

    def cleared_of(self, root: str) -> tuple[str, ...]:
        """What was emptied of one body."""
        return tuple(path for path in self.cleared if path.startswith(root + "."))

    def note(self, leaf: Any, outcome: Outcome, line: Line | None = None, canon: str = "") -> None:
        """A leaf was taken: nobody asks, unless this is a Recording."""

    def fail(self, leaves: Any, line: Line | None = None, canon: str = "") -> None:
        """A leaf, or several that are read together, could not be understood."""
        self.bad = True


class Taken(NamedTuple):
    """What became of one leaf: how it went, and which line took it to which canonical path."""

    outcome: Outcome
    line: Line | None
    canon: str


class Recording(Context):
    """A reading that also notes, for every leaf it takes, which line took it and how it went."""

    __slots__ = ("_order", "notes")

    def __init__(self, received: Received, message: str) -> None:
        """As for a Context."""
        super().__init__(received, message)
        self.notes: dict[Any, Taken] = {}
        self._order: list[Any] = []

    def note(self, leaf: Any, outcome: Outcome, line: Line | None = None, canon: str = "") -> None:
        """A leaf was taken. The first word counts."""
        where = getattr(leaf, "at", None)
        if where is not None and where not in self.notes:
            self.notes[where] = Taken(outcome, line, canon)
            self._order.append(where)

    def fail(self, leaves: Any, line: Line | None = None, canon: str = "") -> None:
        """A leaf, or several that are read together, could not be understood."""
        self.bad = True
        for leaf in leaves if isinstance(leaves, tuple) else (leaves,):
            where = getattr(leaf, "at", None)
            if where is not None:
                self.notes[where] = Taken("invalid", line, canon)

    def mark(self) -> int:
        """How many leaves were taken so far."""
        return len(self._order)

    def undo(self, mark: int, line: Line, canon: str) -> None:
        """What was taken since belonged to a value that could not be built."""
        for where in self._order[mark:]:
            self.notes[where] = Taken("invalid", line, canon)


class Remembered(dict[Any, Any]):
    """What composites of the wire were read as, or codes written as. Free text without a code is nobody's to remember."""

    def __init__(self, make: Callable[[Any], Any]) -> None:
        """Remembers nothing yet."""
        super().__init__()
        self._make = make

    def __missing__(self, said: Any) -> Any:
        """Make what was not made lately."""
        found = self._make(said)
        if any(isinstance(one, Code) and not (one.code or one.local) for one in (said, found)):
            return found
        if len(self) >= REMEMBERED:
            self.clear()
        self[said] = found
        return found


def missing(line: Line) -> NoReturn:
    """Refuse a message that lacks what a line requires."""
    raise Unmapped(
        f"the message has no {line.wire}, which {line.canon} requires.",
        at=str(line.place),
        cure="Ask the sender for it, or take `required` away in the partner's lens.",
    )


def unknown(line: Line, found: Code | tuple[Code, ...]) -> None:
    """Let a message wait whose code a line requires and no table knows: answered by one line there, it is read again."""
    codes = found if isinstance(found, tuple) else (found,)
    if strange := tuple((line.args[0], one.local) for one in codes if not one.code and one.local):
        raise UnknownCode(
            f"a code at {line.wire} {IN_NO_TABLE}, and {line.canon} requires that it is known.",
            codes=strange,
            at=str(line.place),
            cure=f"`crisis-hub codes unmapped` shows it; write a line for it into {line.args[0]}.csv, then `crisis-hub codes again`.",
        )
