"""What permits oblige the hub to, and the notices that travel whole."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import msgspec

from hub.located import load, named

HERE = Path(__file__).parent


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
    return named(load(HERE / "obligations.yaml"), Obligation)


@cache
def notices() -> dict[str, Notice]:
    """All notices by id."""
    return named(load(HERE / "notices.yaml"), Notice)
