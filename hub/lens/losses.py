"""What became of every element: of the source when reading, of the model when writing. The five outcomes sum to 100 %."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import msgspec

from hub.contracts import Loss, Losses
from hub.lens.run import Recording, Taken
from hub.lens.spec import Lenses
from hub.lens.syntax import Syntax
from hub.model.event import CrisisEvent
from hub.model.registry import LEAVES, body_of

COUNTED = re.compile(r"\[[^\]]*\]|\{[^}]*\}")
DECIDES = "decides which line reads"
NOT_UNDERSTOOD = "something else was expected here"


class Accountant:
    """Says what became of the elements of messages that one set reads."""

    def __init__(self, lenses: Lenses, syntax: Syntax) -> None:
        """What the adapter itself reads, and what is written anew, is known once for all messages."""
        self._syntax = syntax
        self._known = {_plain(path): why for path, why in lenses.known.items()}
        self._anew = _written_anew(lenses)

    def account(self, marked: Any, recording: Recording) -> Losses:
        """The outcome of every populated leaf of a marked message, after it was read while recording."""
        notes = recording.notes
        found = self._syntax.elements(marked).items()
        return Losses(
            items=tuple(_taken(path, notes[at]) if at in notes else self._left(path, marked, at) for at, path in found)
        )

    def invalid(self, marked: Any, recording: Recording) -> tuple[Loss, ...]:
        """The leaves that were not understood, alone."""
        wrong = {at: note for at, note in recording.notes.items() if note.outcome == "invalid"}
        paths = self._syntax.elements(marked) if wrong else {}
        return tuple(_taken(path, wrong[at]) for at, path in paths.items() if at in wrong)

    def _left(self, path: str, marked: Any, at: Any) -> Loss:
        """An element that no line took."""
        plain = _plain(path)
        written = self._anew.get(plain, ())
        if written and ("$n" in written or self._syntax.text_at(marked, at) in written):
            return Loss(path=path, outcome="mapped", why="written anew")
        why = self._known.get(plain) or next(
            (w for p, w in self._known.items() if plain.startswith((p + ".", p + "/"))), ""
        )
        return Loss(path=path, outcome="mapped" if why else "unmapped", why=why)


def _taken(path: str, note: Taken) -> Loss:
    why = NOT_UNDERSTOOD if note.outcome == "invalid" else DECIDES
    return Loss(path=path, outcome=note.outcome, why=f"{note.canon} ({note.line.place})" if note.line else why)


def _written_anew(lenses: Lenses) -> dict[str, frozenset[str]]:
    """The places of constants, and what is written there: a value that says the same carries nothing of its own."""
    found: dict[str, frozenset[str]] = {}
    for lens in lenses.lenses:
        record = (lens.within if lens.each.startswith(".") else "") + lens.each
        for one in lens.constants:
            path = _plain(record + one.wire if one.wire.startswith(".") else one.wire)
            found[path] = found.get(path, frozenset()) | {one.value}
        for line in lens.lines:
            for one in lenses.types[line.conversion].constants if line.conversion in lenses.types else ():
                whole = record + line.wire if line.wire.startswith(".") else line.wire
                found[_plain(whole + one.wire)] = frozenset({one.value})
    return found


def _plain(path: str) -> str:
    """A path without its counts and conditions, fields and components alike."""
    return COUNTED.sub("", path).replace("-", ".")


def kept(before: Sequence[CrisisEvent], after: Sequence[CrisisEvent]) -> Losses:
    """What a format carried: every populated leaf of `before` is mapped, transformed or unmapped, as `after` shows.

    `after` is what was read back from the bytes that were written.
    """
    told = dict(leaves(after))
    return Losses(items=tuple(_kept(path, value, told) for path, value in leaves(before)))


def _kept(path: str, value: Any, told: Mapping[str, Any]) -> Loss:
    if path not in told:
        return Loss(path=path, outcome="unmapped", why="the format has no place for it")
    same = told[path] == value
    return Loss(path=path, outcome="mapped" if same else "transformed", why="" if same else "it is spelled otherwise")


def leaves(events: Iterable[CrisisEvent]) -> Iterator[tuple[str, Any]]:
    """Every populated leaf of some events by its path; the nth event of a body carries its number."""
    counts: dict[str, int] = {}
    for event in events:
        root = body_of(event.body)
        n = counts[root] = counts.get(root, -1) + 1
        yield from _walk(event.body, root if not n else f"{root}[{n}]")


def _walk(value: Any, path: str) -> Iterator[tuple[str, Any]]:
    if isinstance(value, tuple):
        for n, item in enumerate(value):
            yield from _walk(item, f"{path}[{n}]")
    elif isinstance(value, LEAVES) or not isinstance(value, msgspec.Struct):
        if value not in (None, ""):
            yield path, value
    else:
        for name in value.__struct_fields__:
            yield from _walk(getattr(value, name), f"{path}.{name}")
