"""HL7 v2 messages under compiled lenses: segments cut into fields, what writers put together, and leaves that know their place."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import zip_longest
from typing import Any

from adapters.wire.hl7v2.marks import STANDARD, escape, unescape
from adapters.wire.hl7v2.message import Message

# A message as compiled lenses see it: segments cut into fields, by name, with the recommended delimiters.
Root = dict[str, list[list[str]]]
# A written segment: where it belongs in the order of the message, and its text; a group goes as one piece.
Piece = tuple[str, str]
WHOLE = "\x00whole"
CUTS = re.compile(r"[~^&]")
DELIMITERS = ("MSH-1", "MSH-2")
NONE: tuple[list[str], ...] = ()


def root(message: Message) -> Root:
    """The segments of a message by name, in wire order; all of them under WHOLE."""
    found: Root = {}
    rows = [segment.fields for segment in message.rows] if message.marks == STANDARD else respelled(message)
    for fields in rows:
        found.setdefault(fields[0], []).append(fields)
    found[WHOLE] = rows
    return found


def respelled(message: Message) -> list[list[str]]:
    """The fields of every segment, spelled with the recommended delimiters."""
    rows = []
    for segment in message.rows:
        count = len(segment.fields)
        rows.append([segment.id, *("~".join(map(_rep, segment.tree(n))) for n in range(1, count))])
    return rows


def _rep(components: list[list[str]]) -> str:
    return "^".join("&".join(t if t == '""' else escape(t, STANDARD) for t in subs) for subs in components)


def first(field: str) -> str:
    """The first repetition of a field."""
    return field.split("~", 1)[0]


def again(first: str, others: str) -> str:
    """A field with its further repetitions."""
    return f"{first}~{others}" if others else first


def leaf(text: str) -> str:
    """The text of a node: of its first repetition, component and subcomponent; `""` says nothing."""
    for mark in "~^&":
        if mark in text:
            text = text.split(mark, 1)[0]
    if text == '""':
        return ""
    return unescape(text, STANDARD) if "\\" in text else text


def spelled(text: str) -> str:
    """Text with its delimiters escaped."""
    return escape(text, STANDARD)


def nth(message: Root, name: str, number: int) -> list[list[str]]:
    """The nth segment of a name, alone."""
    return message.get(name, [])[number - 1 : number]


def chosen(message: Root, name: str, field: int, values: tuple[str, ...]) -> list[list[str]]:
    """The segments of a name whose field begins with one of some values."""
    found = message.get(name, NONE)
    return [fields for fields in found if len(fields) > field and str(fields[field]).partition("^")[0] in values]


def paired(message: Root, group: str, each: str) -> Iterable[tuple[list[str] | None, list[str]]]:
    """Each `each` segment with the `group` segment it follows."""
    if group not in message:
        return [(None, fields) for fields in message.get(each, NONE)]
    found, head = [], None
    for fields in message[WHOLE]:
        if fields[0] == group:
            head = fields
        elif fields[0] == each:
            found.append((head, fields))
    return found


def after(message: Root, row: list[str], name: str) -> Sequence[list[str]]:
    """The segments of a name that follow a segment before any other does: what is noted of it.

    >>> found = {"OBX": [["OBX", "1"]], "NTE": [["NTE", "", "", "x"]], WHOLE: [["OBX", "1"], ["NTE", "", "", "x"]]}
    >>> after(found, found[WHOLE][0], "NTE")
    [['NTE', '', '', 'x']]
    """
    if name not in message:
        return NONE
    known: Any = message.get(f"{WHOLE}{name}") or message.setdefault(f"{WHOLE}{name}", _followed(message[WHOLE], name))
    return _of(known, row)


def following(message: Root, row: list[str], name: str) -> Sequence[str]:
    """The first segment of a name that follows a segment before any other does, if one does."""
    found = after(message, row, name)
    return found[0] if found else ()


def headed(message: Root, row: list[str], name: str) -> Sequence[list[str]]:
    """The segments of a name at the head of a group: behind the one that opens it and before its first finding; ORC stands before.

    >>> rows = [["ORC", "RE"], ["OBR", "1"], ["NTE", "", "", "x"], ["OBX", "1"], ["NTE", "", "", "of a finding"]]
    >>> found = {"ORC": rows[:1], "OBR": rows[1:2], "NTE": [rows[2], rows[4]], WHOLE: rows}
    >>> headed(found, rows[1], "NTE"), headed(found, rows[1], "ORC")
    ([['NTE', '', '', 'x']], [['ORC', 'RE']])
    """
    if name not in message:
        return NONE
    key = f"{WHOLE}{row[0]}{name}"
    known: Any = message.get(key) or message.setdefault(key, _heads(message[WHOLE], row[0], name))
    return _of(known, row)


def heading(message: Root, row: list[str], name: str) -> Sequence[str]:
    """The first segment of a name at the head of a group, if there is one."""
    found = headed(message, row, name)
    return found[0] if found else ()


def _heads(rows: Sequence[list[str]], group: str, name: str) -> list[Any]:
    """Each segment that opens a group, and those of a name at its head."""
    found: list[Any] = []
    opening: list[list[str]] = []
    within = False
    for row in rows:
        if row[0] == group:
            found.append([row, *opening])
            opening, within = [], True
        elif row[0] == "ORC":
            opening, within = [row] if name == "ORC" else [], False
        elif row[0] == "OBX":
            within = False
        elif within and row[0] == name:
            found[-1].append(row)
    return found


def _of(known: Sequence[Any], row: list[str]) -> Sequence[list[str]]:
    """What belongs to a segment. A short one was padded meanwhile: then it is known by what it says."""
    found = next((rows for rows in known if rows[0] is row), None) or next(
        (rows for rows in known if rows[0] == row[: len(rows[0])]), NONE
    )
    return list(found[1:])


def _followed(rows: Sequence[list[str]], name: str) -> list[Any]:
    """Each segment that is followed by some of a name, and these. Who took part in it (PRT) stands between."""
    found: list[Any] = []
    head: list[str] = []
    for row in rows:
        if row[0] != name:
            head = head if row[0] == "PRT" else row
        elif found and found[-1][0] is head:
            found[-1].append(row)
        else:
            found.append([head, row])
    return found


def grouped(out: list[Piece], group: str, head: str, each: str, item: str) -> None:
    """Add a written segment below its group's, which is written once for neighbours.

    Where there is no group there is none to write, unless another stands before: then an empty one ends that.
    """
    opened = _opened(group, head)
    if not group or not (head or out):
        out.append((each, each + item))
    elif out and out[-1][1].startswith(f"{opened}\r"):
        out[-1] = (group, f"{out[-1][1]}\r{each}{item}")
    elif head or out[-1][0] == group:
        out.append((group, f"{opened}\r{each}{item}"))
    else:
        out.append((each, each + item))


def _opened(group: str, head: str) -> str:
    r"""What opens a group; ORC, which was put behind with the rest, stands before.

    >>> _opened("OBR", "|1\rORC|RE\rTQ1|1")
    'ORC|RE\rOBR|1\rTQ1|1'
    """
    first, found, rest = head.partition("\rORC|")
    if not found:
        return group + head
    order, more, behind = rest.partition("\r")
    return f"ORC|{order}\r{group}{first}{more}{behind}"


# Segments of which a message about one person has one: what several lenses say in them goes into the same.
ONCE = frozenset({"EVN", "PID", "PD1", "MRG", "PV1", "PV2"})


def united(parts: Iterable[Sequence[Piece]]) -> list[Piece]:
    """What the lenses have written, as one list; a segment that stands once has the fields of all of them."""
    found: list[Piece] = []
    once: dict[str, int] = {}
    for name, text in (piece for part in parts for piece in part):
        if name in once:
            found[once[name]] = (name, overlaid(found[once[name]][1], text))
            continue
        if name in ONCE:
            once[name] = len(found)
        found.append((name, text))
    return found


def overlaid(first: str, second: str) -> str:
    """A segment with the fields of both; where both say something, what the first says.

    >>> overlaid("EVN|||x", "EVN|A01||y|z")
    'EVN|A01||x|z'
    """
    pairs = zip_longest(first.split("|"), second.split("|"), fillvalue="")
    return "|".join(one or other for one, other in pairs)


class Marked(str):
    """Text that knows where in the message it stands: segment, field, repetition, component, subcomponent."""

    __slots__ = ("at",)
    at: tuple[int, ...]

    def split(self, sep: str | None = None, maxsplit: Any = -1) -> list[Any]:
        """The parts, each with its place."""
        depth = {"~": 2, "^": 3, "&": 4}[str(sep)]
        base = self.at + (1,) * (depth - len(self.at))
        return [mark(part, (*base, n)) for n, part in enumerate(str(self).split(sep, maxsplit), 1)]

    def isalnum(self) -> bool:
        """Never plainly so: every leaf is completed to its full place."""
        return False


def mark(text: str, at: tuple[int, ...]) -> Marked:
    """A text and its place."""
    found = Marked(text)
    found.at = at
    return found


def marked_leaf(text: str) -> str:
    """As `leaf`, keeping the place."""
    at = getattr(text, "at", None)
    return mark(leaf(str(text)), at + (1,) * (5 - len(at))) if at else leaf(text)


def marked(message: Root) -> Root:
    """The same message, every field knowing its place."""
    rows = [
        [str(fields[0]), *(mark(f, (n, m)) for m, f in enumerate(fields[1:], 1))]
        for n, fields in enumerate(message[WHOLE])
    ]
    found: Root = {}
    for fields in rows:
        found.setdefault(fields[0], []).append(fields)
    found[WHOLE] = rows
    return found


def elements(message: Root) -> Mapping[Any, str]:
    """Every populated leaf, named as people name it: `PID-3[2].4.1`."""
    found: dict[Any, str] = {}
    turns: dict[str, int] = {}
    for n, fields in enumerate(message[WHOLE]):
        turn = turns[fields[0]] = turns.get(fields[0], 0) + 1
        name = fields[0] if len(message[fields[0]]) == 1 else f"{fields[0]}[{turn}]"
        for m, field in enumerate(fields[1:], 1):
            if field:
                _leaves(found, (n, m), f"{name}-{m}", str(field))
    return found


def _leaves(found: dict[Any, str], at: tuple[int, int], name: str, field: str) -> None:
    if not CUTS.search(field) or (name in DELIMITERS):
        found[*at, 1, 1, 1] = name
        return
    for r, rep in enumerate(field.split("~"), 1):
        comps = rep.split("^")
        turn = f"{name}[{r}]" if r > 1 else name
        for c, comp in enumerate(comps, 1):
            subs = comp.split("&")
            place = f"{turn}.{c}" if len(comps) > 1 else turn
            for s, sub in enumerate(subs, 1):
                if sub:
                    found[*at, r, c, s] = f"{place}.{s}" if len(subs) > 1 else place


def text_at(message: Root, at: tuple[int, ...]) -> str:
    """The raw text of a leaf."""
    row, field, *rest = at
    text = str(message[WHOLE][row][field])
    for mark_, n in zip("~^&", rest, strict=True):
        text = text.split(mark_)[n - 1] if mark_ in text else text
    return text
