"""Views: named allow lists of model paths, per recipient class and purpose. What no view lists is withheld."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

from consent.vocabulary import Vocabulary
from consent.yamlfile import File, near
from hub.errors import Misconfigured
from hub.model.category import Category
from hub.model.registry import BY_CATEGORY, branch, paths

# Views whose paths the consent, or the order, of the question names.
NAMED_BY = ("consent", "order")
KEYS = {"version", "words", "categories", "paths", "except", "named_by"}


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


def load_views(folder: Path, vocabulary: Vocabulary) -> dict[str, View]:
    """All views of a folder, by name. Raises Misconfigured naming file, line and near match."""
    found: dict[str, View] = {}
    for path in sorted(folder.glob("*.yaml")):
        file = File(path)
        if not isinstance(file.data, dict):
            raise file.wrong("a file of views maps names to views.", cure="See views/clinical.yaml.")
        for name, data in file.data.items():
            if name in found:
                raise file.wrong(f'a view "{name}" stands elsewhere too.', (name,), cure="Rename one.")
            found[name] = _view(name, data, file, vocabulary)
    return found


def _view(name: str, data: Any, file: File, vocabulary: Vocabulary) -> View:
    if not isinstance(data, dict):
        raise file.wrong(
            f'the view "{name}" has no content.', (name,), cure="Give it version, words, categories and paths."
        )
    for key in data.keys() - KEYS:
        raise file.wrong(f'a view has no "{key}".', (name, key), cure=near(key, KEYS))
    for key in ("version", "words", "categories"):
        if not data.get(key):
            raise file.wrong(f'the view "{name}" lacks "{key}".', (name,), cure=f"Add {key}.")
    if data.get("named_by", "consent") not in NAMED_BY:
        raise file.wrong(
            "named_by is consent or order.", (name, "named_by"), cure=near(str(data["named_by"]), NAMED_BY)
        )
    allowed = _allowed(name, data, file, vocabulary)
    return View(
        name=name,
        version=str(data["version"]),
        words=data["words"],
        bits=_bits(name, data, file, allowed),
        named_by=data.get("named_by", ""),
    )


def _allowed(name: str, data: dict[str, Any], file: File, vocabulary: Vocabulary) -> int:
    found = vocabulary.dimensions["category"].resolve(data["categories"], file, (name, "categories"))
    bits = 0
    for category in found:
        bits |= BY_CATEGORY[Category(category)]
    return bits


def _bits(name: str, data: dict[str, Any], file: File, allowed: int) -> int:
    """A listed leaf must have a category of the view; a listed branch gives those of its leaves that have one."""
    listed = data.get("paths", [])
    bits = allowed if listed == "all" else 0
    for n, path in enumerate(() if listed == "all" else listed):
        below = _branch(path, file, (name, "paths", n))
        if not below & allowed:
            raise file.wrong(
                f'nothing at "{path}" has a category of this view.', (name, "paths", n), cure="Mend categories."
            )
        bits |= below & allowed
    for n, path in enumerate(data.get("except", [])):
        bits &= ~_branch(path, file, (name, "except", n))
    return bits


def _branch(path: Any, file: File, place: tuple[str | int, ...]) -> int:
    try:
        return branch(str(path))
    except Misconfigured as wrong:
        raise file.wrong(wrong.message, place, cure=wrong.cure) from wrong
