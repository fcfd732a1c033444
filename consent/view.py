"""Views: named allow lists of model paths, per recipient class and purpose. What no view lists is withheld."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import msgspec

from consent.vocabulary import Vocabulary
from hub.errors import Misconfigured
from hub.located import Located, load, named
from hub.model.category import Category
from hub.model.registry import BY_CATEGORY, branch, paths


class View(msgspec.Struct, frozen=True, kw_only=True):
    """One allow list. `bits` are its paths; `named_by` says that a consent or an order narrows them further.

    INVARIANT: every path has one of `categories` where it is declared, so a leaf that moves to another category stops start-up.
    """

    name: str
    version: str
    words: str
    bits: int
    named_by: str = ""

    @property
    def paths(self) -> tuple[str, ...]:
        """The names of its paths, in the order of the model."""
        return paths(self.bits)


class WrittenView(msgspec.Struct, kw_only=True, forbid_unknown_fields=True, rename={"but": "except"}):
    """A view as it stands in a file; `paths: all` means every path of its categories."""

    version: str
    words: str
    categories: list[str]
    paths: list[str] | Literal["all"]
    but: list[str] = []
    named_by: Literal["", "consent", "order"] = ""


def load_views(folder: Path, vocabulary: Vocabulary) -> dict[str, View]:
    """All views of a folder, by name. Raises Misconfigured naming file, line and near match."""
    found: dict[str, View] = {}
    for path in sorted(folder.glob("*.yaml")):
        file = load(path)
        for name, written in named(file, WrittenView).items():
            if name in found:
                raise file.refuse(f'a view "{name}" stands elsewhere too.', name, cure="Rename one.")
            found[name] = _view(name, written, file, vocabulary)
    return found


def _view(name: str, w: WrittenView, file: Located, vocabulary: Vocabulary) -> View:
    bits = _bits(name, w, file, _allowed(name, w, file, vocabulary))
    return View(name=name, version=w.version, words=w.words, bits=bits, named_by=w.named_by)


def _allowed(name: str, w: WrittenView, file: Located, vocabulary: Vocabulary) -> int:
    found = vocabulary.dimensions["category"].resolve(w.categories, file, (name, "categories"))
    bits = 0
    for category in found:
        bits |= BY_CATEGORY[Category(category)]
    return bits


def _bits(name: str, w: WrittenView, file: Located, allowed: int) -> int:
    """A listed leaf must have a category of the view; a listed branch gives those of its leaves that have one."""
    bits = allowed if w.paths == "all" else 0
    for n, path in enumerate(w.paths if isinstance(w.paths, list) else ()):
        below = _branch(path, file, (name, "paths", n))
        if not below & allowed:
            cure = "Mend categories or path."
            raise file.refuse(f'nothing at "{path}" has a category of this view.', name, "paths", n, cure=cure)
        bits |= below & allowed
    for n, path in enumerate(w.but):
        bits &= ~_branch(path, file, (name, "except", n))
    return bits


def _branch(path: str, file: Located, place: tuple[str | int, ...]) -> int:
    try:
        return branch(path)
    except Misconfigured as wrong:
        raise file.refuse(wrong.message, *place, cure=wrong.cure) from wrong
