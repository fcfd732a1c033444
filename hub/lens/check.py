"""Everything that is wrong with a set, all at once, each with its file, line and what was probably meant."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from difflib import get_close_matches
from functools import partial
from pathlib import Path

from hub.errors import Misconfigured
from hub.lens.cases import cases, problems
from hub.lens.conversions import table_of
from hub.lens.leaf import converting, placed
from hub.lens.load import load
from hub.lens.paths import STRUCTS, Target, target
from hub.lens.source import Place
from hub.lens.spec import Condition, Lens, Lenses, Line, Type
from hub.lens.syntax import Frame, Syntax
from hub.lens.translate import Translator


def check(path: Path, syntax: Syntax, home: Path | None = None) -> list[str]:
    """What is wrong with a lens file and all it extends: words of one line each, none when it may go live."""
    try:
        lenses = load(path, home)
    except Misconfigured as error:
        return [str(error)]
    return examine(lenses, syntax)


def examine(lenses: Lenses, syntax: Syntax) -> list[str]:
    """What is wrong with a resolved set: its lines, then whether it compiles, then its cases."""
    found = {str(error): error for error in _wrong(lenses, syntax)}
    if found:
        return sorted(found, key=_by_line)
    try:
        translator = Translator(lenses, syntax)
    except Misconfigured as error:
        return [str(error)]
    return [f"{case.place}: {said}" for case in cases(lenses.lenses) for said in problems(translator, case)]


def count(lenses: Lenses) -> tuple[int, int]:
    """How many lines and how many cases a resolved set has: what `examine` looks at."""
    lines = sum(len(one.lines) for one in lenses.lenses) + sum(len(one.lines) for one in lenses.types.values())
    return lines, len(list(cases(lenses.lenses)))


def _by_line(said: str) -> tuple[str, int]:
    file, _, rest = said.partition(" line ")
    number = rest.partition(":")[0]
    return file, int(number) if number.isdigit() else 0


def _wrong(lenses: Lenses, syntax: Syntax) -> Iterator[Misconfigured]:
    for lens in lenses.lenses:
        frame = Frame(lens.each, lens.within)
        yield from _refusals(partial(_head, lens, frame, lenses, syntax))
        yield from _lines(lens.lines, frame, None, lenses, syntax)
        yield from _twice(lens.lines)
    for kind in lenses.types.values():
        yield from _refusals(partial(_made, kind))
        if kind.makes in STRUCTS:
            # Where a type is used decides how deep its paths may go; here they are only read as words.
            yield from _lines(kind.lines, None, STRUCTS[kind.makes], lenses, syntax)
            yield from _twice(kind.lines)


def _refusals(ask: Callable[[], object]) -> Iterator[Misconfigured]:
    try:
        ask()
    except Misconfigured as error:
        yield error


def _head(lens: Lens, frame: Frame, lenses: Lenses, syntax: Syntax) -> None:
    if lens.each:
        placed(syntax.loop, lens.place)(frame, lambda: "x")
    for one in lens.when:
        _condition(one, frame, lens.place, lenses, syntax)
    for constant in lens.constants:
        placed(syntax.locate, constant.place)(constant.wire, frame)


def _condition(one: Condition, frame: Frame | None, place: Place, lenses: Lenses, syntax: Syntax) -> None:
    for path in one.path.split(" or ") if frame is not None else ():
        placed(syntax.locate, place)(path, frame)
    if one.table:
        placed(table_of, place)(one.table, lenses.tables)


def _lines(
    lines: Sequence[Line], frame: Frame | None, made: type | None, lenses: Lenses, syntax: Syntax
) -> Iterator[Misconfigured]:
    for line in lines:
        yield from _refusals(partial(_line, line, frame, made, lenses, syntax))


def _line(line: Line, frame: Frame | None, made: type | None, lenses: Lenses, syntax: Syntax) -> None:
    goal: Target = placed(target, line.place)(line.canon, made)
    for wire in line.wire.split(" + ") if frame is not None else ():
        placed(syntax.locate, line.place)(wire, frame)
    for one in line.when:
        _condition(one, frame, line.place, lenses, syntax)
    if line.conversion not in lenses.types:
        converting(line, goal, lenses, 0, syntax.times)
        return
    kind = lenses.types[line.conversion]
    if kind.makes in STRUCTS and not issubclass(STRUCTS[kind.makes], goal.type):
        message = f'"{line.conversion}" makes a {kind.makes}; {line.canon} holds a {goal.type.__name__}.'
        raise Misconfigured(message, at=str(line.place))
    for name in line.args:
        placed(table_of, line.place)(name, lenses.tables)
    for field, _ in line.where:
        placed(target, line.place)(field, STRUCTS[kind.makes])


def _made(kind: Type) -> None:
    if kind.makes not in STRUCTS:
        close = get_close_matches(kind.makes, STRUCTS, n=1)
        cure = f'Did you mean "{close[0]}"?' if close else ""
        raise Misconfigured(f'"{kind.makes}" is not a composite of the model.', at=str(kind.place), cure=cure)


def _twice(lines: Sequence[Line]) -> Iterator[Misconfigured]:
    """Lines that say again what another said, or that another never lets come to its turn."""
    seen: dict[tuple[str, str, str], list[Line]] = {}
    for line in lines:
        before = seen.setdefault((line.canon, line.wire, line.direction), [])
        first = next((one for one in before if not one.when or set(one.when) == set(line.when)), None)
        if first is not None and first.where == line.where:
            message = f"this line is never reached: line {first.place.line} takes {line.wire} for {line.canon} already."
            yield Misconfigured(message, at=str(line.place), cure="Remove one of them.")
        before.append(line)
