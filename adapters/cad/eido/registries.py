"""Registries of the standard that are closed: a word that is in none of them passes the published schema, and says nothing to anybody.

Types of incidents and of resources are left out: agencies have their own, and those become work items.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import Any, Final

import mappings

TABLE: Final = Path(mappings.__file__).parent / "cad" / "eido" / "registries.csv"
STRANGE: Final = "the registry of this field has no such word"
Registry = tuple[tuple[str, ...], str, frozenset[str]]


@cache
def registries() -> tuple[Registry, ...]:
    """The steps to each component, the field, and the words of its registry."""
    with TABLE.open(encoding="utf-8", newline="") as file:
        return tuple(
            (tuple(row["component"].split(".")), row["field"], frozenset(row["values"].split()))
            for row in csv.DictReader(file)
        )


def strangers(eido: Mapping[str, Any]) -> dict[str, str]:
    """Every word that its registry does not have: its path, and what it was probably meant to be."""
    found: dict[str, str] = {}
    for steps, field, words in registries():
        for path, part in _parts(eido, steps, ""):
            said = part.get(field)
            if said.__class__ is str:
                if said not in words:
                    found[f"{path}.{field}"] = _why(said, words)
            elif said.__class__ is list and not words.issuperset(said):
                found |= {f"{path}.{field}[{n}]": _why(one, words) for n, one in enumerate(said) if one not in words}
    return found


def _parts(node: Mapping[str, Any], steps: tuple[str, ...], path: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The components at the end of some steps, each with its path."""
    found, here = node.get(steps[0]), f"{path}.{steps[0]}" if path else steps[0]
    if found.__class__ is list:
        inner = [(f"{here}[{n}]", one) for n, one in enumerate(found)]
    else:
        inner = [(here, found)] if found.__class__ is dict else []
    for at, one in inner:
        if len(steps) == 1:
            yield at, one
        else:
            yield from _parts(one, steps[1:], at)


def _why(said: str, words: frozenset[str]) -> str:
    close = get_close_matches(said, words, n=1)
    return f'{STRANGE}. Did you mean "{close[0]}"?' if close else STRANGE
