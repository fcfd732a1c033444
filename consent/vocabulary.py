"""The dimensions that rules speak in: their values, their words, and the named sets of values."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import msgspec

from hub.located import Located, load, near, shaped
from hub.model.category import Category, Regime

UNKNOWN = "UNKNOWN"
NOTHING: frozenset[str] = frozenset()


class Dimension(msgspec.Struct, frozen=True, kw_only=True):
    """One finite fact: what it asks in words, its values in words, named sets of values, and the plain case."""

    name: str
    words: str
    values: dict[str, str]
    sets: dict[str, frozenset[str]] = msgspec.field(default_factory=dict)
    usual: str = UNKNOWN

    def resolve(self, asked: Any, file: Located, place: tuple[str | int, ...]) -> frozenset[str]:
        """The values that `[TREAT, care]` or `{except: [TPO]}` name. Raises Misconfigured with the nearest match."""
        match asked:
            case {"except": excluded, **rest} if not rest:
                return frozenset(self.values) - self.resolve(excluded, file, (*place, "except"))
            case str():
                return self.resolve([asked], file, place)
            case [_, *_]:
                return NOTHING.union(*(self._one(word, file, (*place, n)) for n, word in enumerate(asked)))
        raise file.refuse(f"{self.name} wants a list of values.", *place, cure="Write [A, B] or {except: [A]}.")

    def _one(self, word: Any, file: Located, place: tuple[str | int, ...]) -> frozenset[str]:
        if isinstance(word, str) and word in self.values:
            return frozenset({word})
        if isinstance(word, str) and word in self.sets:
            return self.sets[word]
        raise file.refuse(
            f'"{word}" is not a value of {self.name}.', *place, cure=near(word, [*self.values, *self.sets])
        )


class Vocabulary(msgspec.Struct, frozen=True, kw_only=True):
    """All dimensions by name; `regime` and `category` are asked of an element, the others of the context."""

    dimensions: dict[str, Dimension]

    @property
    def context(self) -> tuple[str, ...]:
        """The dimensions that hold for a whole question, in order."""
        return tuple(name for name in self.dimensions if name not in ("regime", "category"))

    def say(self, dimension: str, value: str) -> str:
        """A value in words."""
        found = self.dimensions.get(dimension)
        return found.values.get(value, f"an unknown {dimension}") if found else value


class WrittenDimension(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """A dimension as it stands in the file."""

    words: str
    values: dict[str, str]
    sets: dict[str, list[str]] = {}
    usual: str = UNKNOWN


class WrittenVocabulary(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """The file of the vocabulary."""

    dimensions: dict[str, WrittenDimension]
    category_sets: dict[str, list[str]]
    categories: dict[str, str]
    regimes: dict[str, str]


def load_vocabulary(path: Path) -> Vocabulary:
    """Read vocabulary.yaml. Raises Misconfigured when it disagrees with the categories and regimes of the model."""
    file = load(path)
    written = shaped(file, WrittenVocabulary)
    _agrees(file, "regimes", set(written.regimes), {r.value for r in Regime})
    _agrees(file, "categories", set(written.categories), {c.value for c in Category})
    found = {name: _dimension(name, w, file) for name, w in written.dimensions.items()}
    regimes = WrittenDimension(
        words="the law an element stands under", values={r: w for r, w in written.regimes.items() if r != UNKNOWN}
    )
    categories = WrittenDimension(
        words="what an element is about", values=written.categories, sets=written.category_sets
    )
    found["regime"] = _dimension("regime", regimes, file)
    found["category"] = _dimension("category", categories, file)
    return Vocabulary(dimensions=found)


def _dimension(name: str, w: WrittenDimension, file: Located) -> Dimension:
    for said in (*(value for values in w.sets.values() for value in values), w.usual):
        if said not in w.values and said != UNKNOWN:
            raise file.refuse(f'"{said}" is not a value of {name}.', "dimensions", name, cure=near(said, w.values))
    sets = {key: frozenset(values) for key, values in w.sets.items()}
    return Dimension(name=name, words=w.words, values=w.values, sets=sets, usual=w.usual)


def _agrees(file: Located, part: str, said: set[str], model: set[str]) -> None:
    for name in sorted(model ^ said):
        raise file.refuse(f'"{name}" stands only in the model or only here.', part, cure="Give it words, or remove it.")


@cache
def vocabulary() -> Vocabulary:
    """The vocabulary of this room."""
    return load_vocabulary(Path(__file__).parent / "vocabulary.yaml")
