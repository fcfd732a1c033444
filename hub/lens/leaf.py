"""One leaf of the wire to one value of the model: the Python for its text, its conversion, its default, and its note."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from difflib import get_close_matches
from typing import Any, NamedTuple

import msgspec

from hub.contracts import Outcome
from hub.errors import Misconfigured
from hub.lens.conversions import CONVERSIONS, PLAIN, Conversion, Setting, default_for
from hub.lens.emit import Source
from hub.lens.paths import Target
from hub.lens.spec import Lenses, Line
from hub.lens.syntax import Step, Syntax
from hub.model.values import Code


class Use(NamedTuple):
    """What a line does at a place: convert it into `result`. Below repetitions `rest` is left to walk."""

    line: Line
    goal: Target
    result: str
    late: bool = False
    emptied: str = ""
    guard: str = ""
    rest: tuple[Step, ...] | None = None


class Ask(NamedTuple):
    """A condition, or a coded type, wants the text at a place."""

    result: str
    present: bool = False


class Leaves:
    """Writes what happens at a leaf."""

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

    def note(self, leaf: str, outcome: Outcome, use: Use) -> None:
        """Write, in the recording variant, that a line took a leaf."""
        if self.recording:
            self.code(f"k.note({leaf}, {outcome!r}, {self.code.keep(use.line)}, {self.canon(use.goal)})")

    def canon(self, goal: Target) -> str:
        """The expression of a goal's canonical path; inside a type it begins where the type is used."""
        below = ".".join(goal.attrs)
        return repr(f"{goal.root}.{below}") if goal.root else f"at + {'.' + below!r}"

    def text(self, var: str, *, alone: bool = False, into: str = "") -> str:
        """Write what brings a node to its text; gives the variable that holds it."""
        text = into or (var if alone else self.code.fresh("y"))
        if text != var:
            self.code(f"{text} = {var}")
        self.code(*self.syntax.leaf(text))
        return text

    def ask(self, use: Ask, var: str) -> None:
        """Write what brings a text, or that there is one, to who asked."""
        if use.present:
            self.code(f"{use.result} = True")
            return
        self.text(var, into=use.result)

    def simple(self, use: Use, var: str, value: str, *, alone: bool) -> None:
        """Write what brings a node to its text and converts it."""
        text = self.text(var, alone=alone)
        conversion = self.conversion(use.line, use.goal)
        assert conversion is not None  # noqa: S101 - types went another way
        with self.code.block(f"if {text}:"):
            self.converted(use, conversion, text, value)
            plain = (use.line.conversion or default_for(use.goal.type)) in PLAIN
            self.note(text, "mapped" if plain else "transformed", use)

    def converted(self, use: Use, conversion: Conversion, text: str, value: str) -> None:
        """Write what converts a text; what cannot be converted is noted and leaves nothing."""
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

    def present(self, var: str) -> str:
        """The expression that says a node is there."""
        return self.syntax.present.format(x=var)


def placed(call: Callable[..., Any], place: object) -> Callable[..., Any]:
    """The same call; what it finds misconfigured is said to stand at `place`."""

    def at(*args: Any) -> Any:
        try:
            return call(*args)
        except Misconfigured as error:
            raise Misconfigured(error.message, at=error.at or str(place), cure=error.cure) from error

    return at


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


def _near(wrong: str, known: Sequence[str]) -> str:
    close = get_close_matches(wrong, known, n=1)
    return f'Did you mean "{close[0]}"?' if close else ""
