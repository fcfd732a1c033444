"""Invariants as data: what must hold of every rule set, each with its law. A rule set that breaks one cannot be activated."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

from consent.obligation import obligations
from consent.rule import ANY
from consent.view import View
from consent.vocabulary import UNKNOWN, Dimension, Vocabulary
from hub.errors import Misconfigured
from hub.located import Located, load, near, shaped
from hub.model.registry import branch

KINDS = ("never", "at_most", "carries", "allows")


class Invariant(msgspec.Struct, frozen=True, kw_only=True):
    """One promise about a region of requests.

    `never`: nothing is permitted there (of `paths`, where some are named). `at_most`: no more than a view is shown there.
    `carries`: what is permitted there carries an obligation. `allows`: everything there is permitted, as far as a view shows.
    """

    id: str
    kind: str
    words: str
    citation: str
    where: dict[str, frozenset[str]]
    name: str = ""
    paths: tuple[str, ...] = ()


class WrittenInvariant(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """An invariant as it stands in the file: `never` holds its region, the others name it `where`."""

    id: str
    words: str
    citation: str
    never: dict[str, Any] = {}
    at_most: str = ""
    carries: str = ""
    allows: str = ""
    where: dict[str, Any] = {}
    paths: list[str] = []
    usual: bool = False


def load_invariants(path: Path, vocabulary: Vocabulary, views: dict[str, View]) -> tuple[Invariant, ...]:
    """Read invariants.yaml. Raises Misconfigured naming file, line and near match."""
    return invariants_of(load(path), vocabulary, views)


def invariants_of(file: Located, vocabulary: Vocabulary, views: dict[str, View]) -> tuple[Invariant, ...]:
    """The invariants of a file that was read, against a vocabulary and views. Raises Misconfigured as `load_invariants` does."""
    written = shaped(file, list[WrittenInvariant])
    found = tuple(_invariant(n, w, file, vocabulary, views) for n, w in enumerate(written))
    seen: set[str] = set()
    for n, one in enumerate(found):
        if one.id in seen:
            raise file.refuse(f'the invariant "{one.id}" stands twice.', n, "id", cure="Rename one.")
        seen.add(one.id)
    return found


def _invariant(n: int, w: WrittenInvariant, file: Located, vocabulary: Vocabulary, views: dict[str, View]) -> Invariant:
    kinds = [kind for kind in KINDS if getattr(w, kind)]
    if len(kinds) != 1 or bool(w.never) == bool(w.where):
        raise file.refuse(f"an invariant promises one of {', '.join(KINDS)}.", n, cure="Say one, and where.")
    kind = kinds[0]
    name = "" if kind == "never" else str(getattr(w, kind))
    known = obligations() if kind == "carries" else views
    if name and name not in known:
        raise file.refuse(f'"{name}" is not known.', n, kind, cure=near(name, known))
    for k, path in enumerate(w.paths):
        _path(path, file, (n, "paths", k))
    plain = _usual(vocabulary) if w.usual else {}
    return Invariant(
        id=w.id,
        kind=kind,
        words=" ".join(w.words.split()),
        citation=w.citation,
        where=plain | _region(w.never or w.where, file, (n, "never" if w.never else "where"), vocabulary),
        name=name,
        paths=tuple(w.paths),
    )


def _path(path: str, file: Located, place: tuple[str | int, ...]) -> None:
    try:
        branch(path)
    except Misconfigured as wrong:
        raise file.refuse(wrong.message, *place, cure=wrong.cure) from wrong


def _region(
    where: dict[str, Any], file: Located, place: tuple[str | int, ...], vocabulary: Vocabulary
) -> dict[str, frozenset[str]]:
    """A region names values; `{except: [A]}` is everything else, the unknown included."""
    found = {}
    for name, asked in where.items():
        dimension = vocabulary.dimensions.get(name)
        if dimension is None:
            raise file.refuse(f'no dimension "{name}".', *place, name, cure=near(name, vocabulary.dimensions))
        found[name] = _values(dimension, asked, file, (*place, name))
    return found


def _values(dimension: Dimension, asked: Any, file: Located, place: tuple[str | int, ...]) -> frozenset[str]:
    if asked == "any":
        return ANY
    if isinstance(asked, list) and UNKNOWN in asked:
        rest = [value for value in asked if value != UNKNOWN]
        return frozenset({UNKNOWN}) | (dimension.resolve(rest, file, place) if rest else frozenset())
    found = dimension.resolve(asked, file, place)
    return found | {UNKNOWN} if isinstance(asked, dict) else found


def _usual(vocabulary: Vocabulary) -> dict[str, frozenset[str]]:
    return {name: frozenset({d.usual}) for name, d in vocabulary.dimensions.items() if d.usual != UNKNOWN}
