"""Lines to Python that spells: which line writes a value, what it sets and checks beside it, and how the value is spelled.

A line's `when` is what reading tests and writing sets: if another line writes the tested place, the condition is checked against
what is written there; else the place gets the value. A line's `where` is the reverse: reading sets it, writing tests it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from hub.lens.build import Builder, Piece, Scene, last_each, parts
from hub.lens.coded import codings, systems_of
from hub.lens.conversions import Conversion, default_for
from hub.lens.leaf import converting, empty, placed
from hub.lens.paths import STRUCTS, Target, target
from hub.lens.run import Remembered
from hub.lens.spec import Coding, Condition, Constant, Lenses, Line, Type
from hub.lens.syntax import EACH, Frame, Located, Syntax


class Speller(Builder):
    """Writes what spells the lines of one lens or type."""

    def __init__(self, lenses: Lenses, syntax: Syntax, at: int, *, careful: bool) -> None:
        """`careful`: writes what the event says was emptied on purpose."""
        super().__init__(syntax)
        self.lenses, self.at = lenses, at
        self.careful = careful and bool(syntax.null)
        self.code.names.update(syntax.names)
        self.code.names.update(parts=parts)
        self._types: dict[tuple[Any, ...], tuple[str, bool]] = {}

    def lines(self, lines: Sequence[Line], scene: Scene) -> None:
        """Write what spells every line; the scene gets its pieces."""
        goals: dict[Target, list[Line]] = {}
        for line in lines:
            if line.direction != "read":
                goals.setdefault(placed(target, line.place)(line.canon, scene.made), []).append(line)
        # A condition that another line's text decides can only be asked once that text is there.
        for goal, mine in sorted(goals.items(), key=lambda item: any(line.when for line in item[1])):
            source = self._source(goal, scene)
            (self._many if goal.many else self._one)(goal, mine, source, scene)

    def _source(self, goal: Target, scene: Scene) -> str:
        """The variable with what stands at a goal; structs on the way may be absent."""
        body = scene.bodies.get("" if scene.made else goal.root, "e" if goal.root == "event" else "None")
        nullable = len(scene.bodies) > 1
        var = self.code.fresh("v")
        for depth, name in enumerate(goal.attrs):
            outer = var if depth else body
            nothing = empty(goal) if depth == len(goal.attrs) - 1 else None
            absent = f" if {outer} is not None else {nothing}" if depth or nullable else ""
            self.code(f"{var} = {outer}.{name}{absent}")
        return var

    def _one(self, goal: Target, lines: Sequence[Line], source: str, scene: Scene) -> None:
        """The first line whose conditions hold, and that can spell the value, writes it."""
        full = source if empty(goal) == "''" else f"{source} is not None"
        done: list[str] = []
        for line in lines:
            places = [self.located(wire, scene.frame, line.place) for wire in line.wire.split(" + ")]
            found = [self.code.fresh("w") for _ in places]
            self.code(f"{' = '.join(found)} = {self.syntax.absent}")
            checks, sets = self._conditions(line, scene)
            checks += [f"{var} == {self.syntax.absent}" for var in done]
            with self.code.block(f"if {' and '.join([full, *checks])}:"):
                self._value(line, goal, source, found, self.level(places[0].level, *places[0].steps))
            if self.careful and not done:
                with self.code.block(f"elif {self.canon(goal)} in k.cleared:"):
                    self.code(f"{found[0]} = {self.syntax.null_literal}")
            self._set_all(sets, found, scene)
            scene.pieces.extend(Piece(place, var) for place, var in zip(places, found, strict=True))
            done += found

    def _many(self, goal: Target, lines: Sequence[Line], source: str, scene: Scene) -> None:
        """Items go to the line whose `where` they meet; the rest to the first line that repeats, or one to a line."""
        left = source
        for line in (one for one in lines if one.where):
            asked = " and ".join(f"i.{name} == {value!r}" for name, value in line.where)
            mine, other = self.code.fresh("v"), self.code.fresh("v")
            self.code(f"{mine} = [i for i in {left} if {asked}]", f"{other} = [i for i in {left} if not ({asked})]")
            self._items(line, goal, (mine, 0), scene)
            left = other
        for turn, line in enumerate(one for one in lines if not one.where):
            if self._items(line, goal, (left, turn), scene):
                return

    def _items(self, line: Line, goal: Target, source: tuple[str, int], scene: Scene) -> bool:
        """Write the items of a source, or the one whose turn it is where the wire does not repeat; whether it does."""
        located = self.located(line.wire, scene.frame, line.place)
        checks, sets = self._conditions(line, scene)
        repeats = EACH in located.steps
        write = self._every if repeats else self._turn
        piece = write(line, goal, source, located, checks)
        if self.careful:
            null = self.syntax.null_literal
            level = self.level(piece.located.level, *piece.located.steps)
            with self.code.block(f"if not {source[0]} and {self.canon(goal)} in k.cleared:"):
                self.code(f"{piece.var} = {self.syntax.gather(f'[{null}]', level) if repeats else null}")
        self._set_all(sets, [piece.var], scene)
        scene.pieces.append(piece)
        return repeats

    def _turn(self, line: Line, goal: Target, source: tuple[str, int], located: Located, checks: list[str]) -> Piece:
        var = self.code.fresh("w")
        self.code(f"{var} = {self.syntax.absent}")
        with self.code.block(f"if {' and '.join([f'len({source[0]}) > {source[1]}', *checks])}:"):
            level = self.level(located.level, *located.steps)
            self._value(line, _single(goal), f"{source[0]}[{source[1]}]", [var], level)
        return Piece(located, var)

    def _every(self, line: Line, goal: Target, source: tuple[str, int], located: Located, checks: list[str]) -> Piece:
        at = last_each(located.steps)
        outer, rest = located.steps[:at], located.steps[at + 1 :]
        inner = self.level(located.level, *located.steps[: at + 1])
        var, found, item, one = (self.code.fresh(letter) for letter in "wliw")
        self.code(f"{var} = {self.syntax.absent}")
        # What single places before this one took is not written twice.
        rest_of = f"{source[0]}[{source[1]}:]" if source[1] else source[0]
        with self.code.block(f"if {' and '.join([source[0], *checks])}:"):
            self.code(f"{found} = []")
            with self.code.block(f"for {item} in {rest_of}:"):
                self.code(f"{one} = {self.syntax.absent}")
                self._value(line, _single(goal), item, [one], self.level(inner, *rest))
                self.code(f"{found}.append({self.build([Piece(Located('item', rest, inner), one)])})")
            self.code(f"{var} = {self.syntax.gather(found, self.level(located.level, *outer))}")
        return Piece(Located(located.anchor, outer, located.level), var)

    # -- one value

    def canon(self, goal: Target) -> str:
        """The expression of a goal's canonical path; inside a type it begins where the type is used."""
        below = ".".join(goal.attrs)
        return repr(f"{goal.root}.{below}") if goal.root else f"at + {'.' + below!r}"

    def _value(self, line: Line, goal: Target, source: str, found: list[str], level: str) -> None:
        """Write what spells a value of the model into the variables of its places."""
        if line.conversion in self.lenses.types:
            name, remembered = self._type(line, level)
            more = f", k, {self.canon(goal)}" if self.careful else ", k"
            self.code(f"{found[0]} = {name}[{source}]" if remembered else f"{found[0]} = {name}({source}{more})")
            return
        conversion: Conversion = converting(line, goal, self.lenses, self.at, self.syntax.times)
        text = self.code.fresh("y")
        zone = ", k.zone" if conversion.zoned else ""
        written = f"{self.code.keep(conversion.write, 'c')}({source}{zone})" if conversion.write else source
        if len(found) == 1 and self._as_it_is(line, goal):
            self.code(f"{found[0]} = {written} or {self.syntax.absent}")
            return
        self.code(f"{text} = {written}")
        texts = [text]
        if len(found) > 1:
            texts = [self.code.fresh("y") for _ in found]
            cut = text if conversion.parts else f"{text}.split(' ', {len(found) - 1})"
            self.code(f"{', '.join(texts)} = parts({cut}, {len(found)})")
        for one, var in zip(texts, found, strict=True):
            with self.code.block(f"if {one}:"):
                self.code(f"{var} = {self.syntax.spell(line.conversion or default_for(goal.type), one)}")

    def _as_it_is(self, line: Line, goal: Target) -> bool:
        """Whether the wire spells our text for a value as it stands."""
        return self.syntax.spell(line.conversion or default_for(goal.type), "y") == "y"

    def constants(self, constants: Sequence[Constant], conditions: Sequence[Condition], scene: Scene) -> None:
        """Write what the wire needs and the model does not carry, and what a lens's own `when` asks for."""
        for one in constants:
            scene.pieces.append(Piece(self.located(one.wire, scene.frame, one.place), self._constant(one)))
        for asked in conditions:
            self._set(asked, "True", scene)

    def _constant(self, one: Constant) -> str:
        var, text = self.code.fresh("w"), self.code.fresh("y")
        facts = {"$n": "str(n)", "$id": "e.id"}
        name = one.value.removeprefix("$")
        fact = facts.get(one.value, f"k.facts.get({name!r}, '')") if name != one.value else self.code.keep(name, "S")
        self.code(f"{text} = {fact}", f"{var} = {self.syntax.absent}")
        with self.code.block(f"if {text}:"):
            self.code(f"{var} = {self.syntax.spell('integer' if one.value == '$n' else '', text)}")
        return var

    # -- conditions

    def _conditions(self, line: Line, scene: Scene) -> tuple[list[str], list[Condition]]:
        """What to check before a line writes, and what to set once it has written."""
        checks, sets = [], []
        for one in line.when:
            written = [self._written(path, line, scene) for path in one.path.split(" or ")]
            if any(written):
                held = [self._holds(one, var) for var in written if var]
                checks.append(f"({(' and ' if one.negated else ' or ').join(held)})")
            else:
                sets.append(one)
        return checks, sets

    def _written(self, path: str, line: Line, scene: Scene) -> str:
        """The variable of what another line writes at a place, or nothing."""
        located = self.located(path, scene.frame, line.place)
        return next((piece.var for piece in scene.pieces if piece.located == located and not piece.asked), "")

    def _holds(self, one: Condition, var: str) -> str:
        no = "not " if one.negated else ""
        if one.table:
            return f"{var} {no}in {self.code.keep(frozenset(self.lenses.tables[one.table].words(self.at)), 'W')}"
        if one.values:
            # A syntax may have spelled a flag as a flag.
            flags = tuple(word == "true" for word in one.values if word in ("true", "false"))
            return f"{var} {no}in {(*one.values, *flags)!r}"
        return f"{var} {'==' if one.negated else '!='} {self.syntax.absent}"

    def _set_all(self, conditions: Sequence[Condition], found: Sequence[str], scene: Scene) -> None:
        for one in conditions:
            self._set(one, " or ".join(f"{var} != {self.syntax.absent}" for var in found), scene)

    def _set(self, one: Condition, when: str, scene: Scene) -> None:
        """Write the first value of a condition at the place it asks about, unless something stands there."""
        if not one.values or one.negated:
            return
        located = self.syntax.locate(one.path.split(" or ")[0], scene.frame)
        var = next((piece.var for piece in scene.pieces if piece.located == located), "")
        if not var:
            var = self.code.fresh("w")
            self.code(f"{var} = {self.syntax.absent}")
            scene.pieces.append(Piece(located, var, asked=True))
        with self.code.block(f"if ({when}) and {var} == {self.syntax.absent}:"):
            self.code(f"{var} = {self.syntax.spell('', self.code.keep(one.values[0], 'S'))}")

    # -- types

    def _type(self, line: Line, level: str) -> tuple[str, bool]:
        """The function that spells a type at a level of the wire, and whether it remembers codes that it spelled as strings."""
        kind = self.lenses.types[line.conversion]
        key = (kind.name, level, line.args)
        if key not in self._types:
            remembered = bool(kind.codings) and level in self.syntax.hashable and not self.careful
            name = self.code.fresh(f"spell_{kind.name}_")
            self._types[key], frame = (name, remembered), Frame(level=level)
            more = ", k, at" if self.careful else "" if remembered else ", k"
            with self.code.function(name, f"b{more}"):
                if kind.codings:
                    self._coded(kind, frame, line)
                else:
                    scene = Scene(frame, {"": "b"}, STRUCTS[kind.makes], [])
                    if any(one.value == "$n" for one in kind.constants):
                        self.code(f"n = k.number({kind.name!r})")
                    self.lines(kind.lines, scene)
                    self.constants(kind.constants, (), scene)
                    self.code(f"return {self.build(scene.pieces)}")
        return self._types[key]

    def _coded(self, kind: Type, frame: Frame, line: Line) -> None:
        table = self.lenses.tables.get(line.args[0]) if line.args else None
        known, wires = (table.codes(self.at), table.wires(self.at)) if table else (None, {})
        systems = systems_of(self.lenses.tables, kind, self.at)
        found = Remembered(partial(codings, systems=systems, codes=known, wires=wires))
        self.code(f"found = {self.code.keep(found)}[b]")
        pieces: list[Piece] = []
        locate = placed(self.syntax.locate, kind.place)
        for n, one in enumerate(kind.codings):
            if one.each:
                pieces.append(self._every_coding(one, locate, frame))
            else:
                with_names = [self.code.fresh("w") for _ in range(4)]
                self.code(f"{' = '.join(with_names)} = {self.syntax.absent}")
                with self.code.block(f"if len(found) > {n}:"):
                    self._coding(f"found[{n}]", with_names)
                pieces += [
                    Piece(locate(p, frame), w)
                    for p, w in zip((one.code, one.display, one.system, one.version), with_names, strict=True)
                    if p
                ]
        if kind.text:
            var = self.code.fresh("w")
            self.code(f"{var} = {self.syntax.absent}")
            # A wire that lists its codings has a place for words without a code; elsewhere they stand beside an empty code.
            spare = any(one.each for one in kind.codings)
            said = "(b.display if not (b.code or b.local) else '')" if spare else "''"
            self.code(f"y = b.text or {said}")
            with self.code.block("if y:"):
                self.code(f"{var} = {self.syntax.spell('', 'y')}")
            pieces.append(Piece(locate(kind.text, frame), var))
        self.code(f"return {self.build(pieces)}")

    def _coding(self, source: str, found: list[str]) -> None:
        texts = [self.code.fresh("y") for _ in found]
        self.code(f"{', '.join(texts)} = {source}")
        for text, var in zip(texts, found, strict=True):
            spelled = self.syntax.spell("", text)
            if spelled == text:
                self.code(f"{var} = {text} or {self.syntax.absent}")
                continue
            with self.code.block(f"if {text}:"):
                self.code(f"{var} = {spelled}")

    def _every_coding(self, one: Coding, locate: Callable[..., Any], frame: Frame) -> Piece:
        located: Located = locate(one.each, frame)
        inner = Frame(level=self.syntax.level(located.level, located.steps))
        names = [self.code.fresh("w") for _ in range(4)]
        var = self.code.fresh("w")
        self.code("rows = []")
        with self.code.block("for one in (found if b.code or b.local else ()):"):
            self.code(f"{' = '.join(names)} = {self.syntax.absent}")
            self._coding("one", names)
            pieces = [
                Piece(locate(p, inner), w)
                for p, w in zip((one.code, one.display, one.system, one.version), names, strict=True)
                if p
            ]
            self.code(f"rows.append({self.build(pieces)})")
        outer = located.steps[: located.steps.index(EACH)]
        self.code(f"{var} = {self.syntax.gather('rows', self.syntax.level(located.level, outer))}")
        return Piece(Located("item", outer, frame.level), var)


def _single(goal: Target) -> Target:
    return Target(goal.root, goal.attrs, goal.type, many=False, default=None)
