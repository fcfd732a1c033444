"""What permits oblige the hub to, and the notices that travel whole."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TypeVar

import msgspec

from consent.yamlfile import File

HERE = Path(__file__).parent
T = TypeVar("T")


class Obligation(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One obligation in words. `refrain` and `travels` are HL7 v3 codes for the handling block; `notice` names a text."""

    words: str
    citation: str
    refrain: str = ""
    travels: str = ""
    notice: str = ""
    afterwards: bool = False


class Notice(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A text with its version."""

    version: str
    citation: str
    text: str


@cache
def obligations() -> dict[str, Obligation]:
    """All obligations by id."""
    return _load("obligations.yaml", Obligation)


@cache
def notices() -> dict[str, Notice]:
    """All notices by id."""
    return _load("notices.yaml", Notice)


def _load(name: str, kind: type[T]) -> dict[str, T]:
    file = File(HERE / name)
    found: dict[str, T] = {}
    for key, data in file.data.items():
        try:
            found[key] = msgspec.convert(data, kind)
        except msgspec.ValidationError as wrong:
            raise file.wrong(f"{wrong}.", (key,), cure="See the entries beside it.") from wrong
    return found
